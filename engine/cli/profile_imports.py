"""The command ``profiles import``: every row is checked before anything is written (interfaces.md, commands)."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from engine.cli import GOOD, NO, Arguments, print_line
from engine.errors import SojournError, WrongUseError
from engine.facade import Engine
from engine.files import naming_file, read_text, write_text
from engine.services.profile_chunks import ProfileChunk, form_of, split_profiles
from engine.services.profile_files import ProfileFormat
from engine.services.profile_rejects import rejects_path, rejects_text
from engine.services.profile_views import IdentityConflict, ProfileFooter, ProfileRefusal
from engine.services.text_encoding import file_encoding, read_text_lines
from engine.services.views import Caller

_PART = 1_000
_SHOWN = 20
_NO_DELIMITERS = ('"', "\r", "\n")
_DELIMITERS = {"tab": "\t", "\\t": "\t"}


def import_profiles(engine: Engine, caller: Caller, arguments: Arguments) -> int:
    """Bring in the profiles of a file; 1 where a dry run finds refused rows."""
    name: str = arguments.file
    form = form_of(Path(name))
    with naming_file(name):
        columns = _columns(arguments.columns)
        source = _Source(arguments, form)
        count, refused, head = 0, list[ProfileRefusal](), tuple[str, ...]()
        for part in source.parts():
            checked = engine.profiles.import_rows(caller, part.text, form, part.first, columns=columns)
            count, head = count + checked.profiles, part.head
            refused.extend(checked.refused)
            if checked.footer is not None:
                _print_footer(name, checked.footer)
        _print_refused(name, refused)
        if arguments.dry_run:
            print_line(f"{count} profiles, {len(refused)} refused")
            return NO if refused else GOOD
        if refused and not arguments.skip:
            raise SojournError("profiles_refused", _place(refused[0]), reason=refused[0].reason, count=len(refused))
        if refused:
            _write_rejects(arguments, form, head, refused)
        conflicts: list[IdentityConflict] = []
        for part in source.parts():
            done = engine.profiles.import_rows(caller, part.text, form, part.first, write=True, columns=columns)
            conflicts.extend(done.conflicts)
        _print_conflicts(name, conflicts)
    print_line(f"{count} profiles, {len(refused)} refused" if refused else f"{count} profiles")
    return GOOD


def _columns(pairs: Sequence[str]) -> Mapping[str, str]:
    """Read ``column=attribute``; the last sign ``=`` divides, since heads may contain one."""
    found: dict[str, str] = {}
    for pair in pairs:
        column, sign, target = pair.rpartition("=")
        if not sign or not column.strip():
            raise WrongUseError("column_malformed", "--map", text=pair)
        found[column.strip()] = target
    return found


class _Source:
    """A file that is read twice; standard input, which can be read once, is kept."""

    def __init__(self, arguments: Arguments, form: ProfileFormat) -> None:
        self._name: str = arguments.file
        self._form = form
        self._piped = read_text(self._name) if self._name == "-" else ""
        self._separator = _DELIMITERS.get(arguments.delimiter, arguments.delimiter)
        if len(self._separator) > 1 or self._separator in _NO_DELIMITERS:
            raise WrongUseError("delimiter_malformed", "--delimiter")
        self._encoding = ""
        if self._name != "-":
            found = file_encoding(Path(self._name), arguments.encoding)
            self._encoding = found.name
            if found.guessed:
                sys.stderr.write(f"{self._name}: read as {found.name}, by its letters; --encoding chooses another\n")

    def parts(self) -> Iterator[ProfileChunk]:
        """Read the parts of the file."""
        lines: Iterator[str] = (
            iter(self._piped.splitlines(keepends=True))
            if self._name == "-"
            else read_text_lines(Path(self._name), self._encoding)
        )
        return split_profiles(lines, self._form, _PART, self._separator)


def _print_refused(name: str, refused: list[ProfileRefusal]) -> None:
    for one in refused[:_SHOWN]:
        sys.stderr.write(f"{name}: {SojournError.of(one.reason, one.where)}\n")
    if len(refused) > _SHOWN:
        sys.stderr.write(f"{name}: {len(refused) - _SHOWN} more rows are refused\n")


def _print_conflicts(name: str, conflicts: list[IdentityConflict]) -> None:
    for one in conflicts[:_SHOWN]:
        became = "is taken from another profile" if one.moved else "stays with another profile"
        sys.stderr.write(f"{name}: line {one.row}: the identity in {one.namespace} {became}\n")
    if len(conflicts) > _SHOWN:
        sys.stderr.write(f"{name}: {len(conflicts) - _SHOWN} more identities are of other profiles\n")


def _print_footer(name: str, footer: ProfileFooter) -> None:
    sys.stderr.write(
        f"{name}: line {footer.row}: no person from here on, the footer of a report ({footer.rows} rows)\n"
    )


def _place(one: ProfileRefusal) -> str:
    return one.where or f"line {one.row}"


def _write_rejects(
    arguments: Arguments, form: ProfileFormat, head: tuple[str, ...], refused: list[ProfileRefusal]
) -> None:
    """Write the refused rows with their reasons."""
    target = Path(arguments.rejects) if arguments.rejects else rejects_path(Path(arguments.file), form)
    write_text(target, rejects_text(form, head, refused, lambda one: str(one.reason)))
    sys.stderr.write(f"{target}: {len(refused)} refused rows\n")
