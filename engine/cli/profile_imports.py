"""The command ``profiles import``: every row is checked before anything is written (interfaces.md, commands)."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.cli import GOOD, NO, Arguments, print_line
from engine.errors import SojournError, WrongUseError
from engine.facade import Engine
from engine.files import naming_file, read_text, write_text
from engine.services.profile_files import ProfileChunk, ProfileFormat, form_of, split_profiles
from engine.services.text_encoding import read_text_lines
from engine.services.views import Caller, ProfileFooter, ProfileRefusal

_PART = 1_000
_SHOWN = 20
_NO_DELIMITERS = ('"', "\r", "\n")
_DELIMITERS = {"tab": "\t", "\\t": "\t"}


def import_profiles(engine: Engine, caller: Caller, arguments: Arguments) -> int:
    """Bring in the profiles of a file; 1 where a dry run finds refused rows."""
    name: str = arguments.file
    form = form_of(Path(name))
    piped = read_text(name) if name == "-" else ""
    with naming_file(name):
        count, refused, head = 0, list[ProfileRefusal](), tuple[str, ...]()
        for part in _parts(arguments, form, piped):
            checked = engine.profiles.import_rows(caller, part.text, form, part.first)
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
        for part in _parts(arguments, form, piped):
            engine.profiles.import_rows(caller, part.text, form, part.first, write=True)
    print_line(f"{count} profiles, {len(refused)} refused" if refused else f"{count} profiles")
    return GOOD


def _parts(arguments: Arguments, form: ProfileFormat, piped: str) -> Iterator[ProfileChunk]:
    """Read the parts of the file; those of standard input, which can be read once, from what was ``piped``."""
    name: str = arguments.file
    if name == "-":
        lines: Iterator[str] = iter(piped.splitlines(keepends=True))
    else:
        lines = read_text_lines(Path(name), arguments.encoding)
    sign = _DELIMITERS.get(arguments.delimiter, arguments.delimiter)
    if len(sign) > 1 or sign in _NO_DELIMITERS:
        raise WrongUseError("delimiter_malformed", "--delimiter")
    return split_profiles(lines, form, _PART, sign)


def _print_refused(name: str, refused: list[ProfileRefusal]) -> None:
    for one in refused[:_SHOWN]:
        sys.stderr.write(f"{name}: {SojournError.of(one.reason, one.where)}\n")
    if len(refused) > _SHOWN:
        sys.stderr.write(f"{name}: {len(refused) - _SHOWN} more rows are refused\n")


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
    target = Path(arguments.rejects or f"{arguments.file}.rejects")
    text = io.StringIO()
    if form == "csv":
        table = csv.writer(text)
        table.writerow([*head, "line", "reason"])
        for one in refused:
            cells = [*one.source[: len(head)], *[""] * (len(head) - len(one.source))]
            table.writerow([*cells, str(one.row), str(one.reason)])
    else:
        for one in refused:
            row = {"line": one.row, "reason": str(one.reason), "profile": "".join(one.source)}
            text.write(json.dumps(row, ensure_ascii=False) + "\n")
    write_text(target, text.getvalue())
    sys.stderr.write(f"{target}: {len(refused)} refused rows\n")
