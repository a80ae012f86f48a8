"""Profiles in texts: JSON lines, one JSON list, or CSV, whole or in parts (interfaces.md, ``profiles import``).

Pure. A large file is cut where records end into parts that can be read and stored one after the other.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from engine.catalogue import Phrase
from engine.core.declared import NO_VALUE, SCIENTIFIC, UnfitError, check_attributes, field_at, read_text
from engine.errors import SojournError
from engine.json_types import JsonDict
from engine.model.base import shown
from engine.model.definitions import Profile
from engine.model.document_errors import DocumentError, locate_fault, parse
from engine.model.fields import Field
from engine.services.views import ProfileFooter

IDENTITY = "identity:"
Fields = tuple[Field, ...]
_SEPARATORS = ",;\t|"
_SAID = re.compile(r"\"?sep=([^\"\r\n\w])\"?(?:\r?\n|$)", re.IGNORECASE)
_BLANK = re.compile(r"[\s,;|]*?\n")
_QUOTED = re.compile(r'"[^"]*"')


def read_lines(text: str, first: int = 1, fields: Fields = ()) -> Iterator[Profile]:
    """Profiles from JSON lines, or from one JSON list; raises SojournError that names the line.

    ``first`` is the number of the first line, or item, where the text is a part of a file.
    """
    for one in read_items(text, fields, first):
        if isinstance(one, RowFault):
            raise one.error
        yield one


def read_items(text: str, fields: Fields, first: int = 1) -> Iterator[Profile | RowFault]:
    """Profiles from JSON lines, or from one JSON list, as declared."""
    stripped = text.lstrip("\ufeff").strip()
    if stripped.startswith("["):
        items = parse(stripped)
        assert isinstance(items, list)
        for index, value in enumerate(items, max(first, 1) - 1):
            yield _item(index, f"$[{index}]", partial(_same, value), fields)
        return
    for number, line in enumerate(text.lstrip("\ufeff").split("\n"), first):
        if line.strip():
            yield _item(number, f"line {number}", partial(_loads, line, f"line {number}"), fields)


def _same(value: object) -> object:
    return value


def _item(number: int, where: str, load: Callable[[], object], fields: Fields) -> Profile | RowFault:
    value: object = None
    try:
        value = load()
        return declared_profile(read_profile(value, where), fields, where)
    except SojournError as error:
        return RowFault(number, error, () if value is None else (json.dumps(value, ensure_ascii=False),))


def _loads(text: str, where: str) -> object:
    try:
        return parse(text)
    except DocumentError as fault:
        raise SojournError("profile_malformed.line", where, reason=fault.phrase) from None


def read_profile(value: object, where: str) -> Profile:
    """Read a profile from its JSON form; raises SojournError."""
    try:
        profile = Profile.model_validate_json(json.dumps(value))
    except ValidationError as error:
        fault = locate_fault(error, value)
        place = fault.where.removeprefix("$").removeprefix(".")
        raise SojournError(
            "profile_malformed.place", where, place=place or Phrase("word.the_profile"), reason=fault.phrase
        ) from None
    if not profile.identities:
        raise SojournError("profile_identity", where)
    return profile


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row, line or item that is no profile, and why."""

    row: int
    error: SojournError
    source: tuple[str, ...] = ()
    """Its cells, or its text alone."""


def read_csv(text: str, fields: Fields = (), first: int | None = None) -> Iterator[Profile]:
    """Profiles from CSV, see :func:`read_table`; raises the error of the first row that is none."""
    for one in read_table(text, fields, first):
        if isinstance(one, RowFault):
            raise one.error
        if isinstance(one, Profile):
            yield one


def read_table(
    text: str, fields: Fields = (), first: int | None = None
) -> Iterator[Profile | RowFault | ProfileFooter]:
    """Profiles from CSV with the columns ``identity:<code>``, ``testProfile`` and attribute paths.

    Cells are separated as a line ``sep=`` or the head says. Empty rows and columns are passed over. Rows of one cell
    after an empty one, with no others to the end, are the footer of a report: no profiles, but counted. The cell of a
    declared attribute is read as its type, of another as the JSON value that it is, else as a text. ``first`` is the
    number of the first line after the head, where the text is a part of a file.
    """
    separator, before_head, text = _separated(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    columns = [column.strip() for column in next(reader, [])]
    while columns and not columns[-1]:
        columns.pop()
    _check_columns(columns)
    shift = before_head if first is None else first - reader.line_num - 1
    ending, held = False, list[tuple[int, list[str]]]()
    while True:
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise not_csv(error, reader.line_num + shift) from None
        if cells is None:
            break
        line = reader.line_num + shift
        if not any(cell.strip() for cell in cells):
            ending = True
        elif ending and is_footer(cells, columns):
            held.append((line, cells))
        else:
            for number, row in (*held, (line, cells)):
                yield _read_row(columns, row, fields, number)
            ending, held = False, []
    if held:
        yield ProfileFooter(held[0][0], len(held))


def _read_row(columns: Sequence[str], cells: list[str], fields: Fields, line: int) -> Profile | RowFault:
    try:
        return _csv_profile(columns, cells, fields, f"line {line}")
    except SojournError as error:
        return RowFault(line, error, tuple(cells))


def is_footer(cells: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether a row after an empty one belongs to the footer of a report, if no full row follows."""
    return len(columns) > 1 and len([cell for cell in cells if cell.strip()]) == 1 and len(cells) in (1, len(columns))


def _separated(text: str) -> tuple[str, int, str]:
    """Return the separator, how many lines stand before the head, and the text from the head on."""
    text, skipped = text.lstrip("\ufeff"), 0
    said = _SAID.match(text)
    if said is not None:
        text, skipped = text[said.end() :], 1
    while (blank := _BLANK.match(text)) is not None:
        text, skipped = text[blank.end() :], skipped + 1
    return said[1] if said is not None else separator_of(text.partition("\n")[0]), skipped, text


def separator_of(head: str) -> str:
    """Detect the separator of a table's cells by its first line; separators in quotes do not count."""
    plain = _QUOTED.sub("", head)
    return max(_SEPARATORS, key=plain.count)


def not_csv(error: csv.Error, line: int) -> SojournError:
    """Make the error for a table that cannot be read any further."""
    return SojournError("profile_malformed.csv", f"line {line}", reason=error)


def _check_columns(columns: list[str]) -> None:
    if not any(column.startswith(IDENTITY) for column in columns):
        raise SojournError("profile_malformed.csv_identity", "line 1")
    for column in columns:
        if column and (columns.count(column) > 1 or any(not part for part in column.split("."))):
            raise SojournError("profile_malformed.csv_column", "line 1", column=shown(column))
        inside = next((other for other in columns if column and other.startswith(f"{column}.")), None)
        if inside is not None:
            raise SojournError("profile_malformed.csv_nested", "line 1", column=shown(column), inside=shown(inside))


def _csv_profile(columns: Sequence[str], cells: Sequence[str], fields: Fields, where: str) -> Profile:
    identities: dict[str, str] = {}
    attributes: JsonDict = {}
    profile: JsonDict = {"identities": identities, "attributes": attributes}
    if len(cells) < len(columns) or any(cell.strip() for cell in cells[len(columns) :]):
        raise SojournError("profile_malformed.csv_cells", where)
    for column, text in zip(columns, cells, strict=False):
        if not text.strip() or text.strip() in NO_VALUE:
            continue
        if not column:
            raise SojournError("profile_malformed.csv_cells", where)
        if column.startswith(IDENTITY):
            if SCIENTIFIC.fullmatch(text.strip()):
                raise SojournError(
                    "profile_malformed.value", where, place=column, reason=Phrase("profile_value.scientific")
                )
            identities[column.removeprefix(IDENTITY)] = text
        elif column == "testProfile":
            profile["testProfile"] = _flag(text, where)
        else:
            _put(attributes, column.split("."), _cell(text, field_at(fields, column), column, where))
    if "testProfile" in columns:
        profile.setdefault("testProfile", False)
    return declared_profile(read_profile(profile, where), fields, where)


def _flag(text: str, where: str) -> bool:
    try:
        return read_text(text, Field("testProfile", "boolean")) is True
    except UnfitError:
        raise SojournError("profile_malformed.csv_test_profile", where) from None


def _cell(text: str, field: Field | None, column: str, where: str) -> object:
    """Read a cell: as declared, else a JSON number, truth value, list or object, else the text as it stands."""
    try:
        if field is not None:
            return read_text(text, field)
        return parse(text)
    except UnfitError as error:
        raise SojournError("profile_malformed.value", where, place=column, reason=error.phrase) from None
    except DocumentError:
        return text


def declared_profile(profile: Profile, fields: Fields, where: str) -> Profile:
    """Return a profile whose attributes have their declared types; raises SojournError that names the attribute."""
    try:
        attributes = check_attributes(profile.attributes, fields)
    except UnfitError as error:
        raise SojournError("profile_malformed.value", where, place=error.path, reason=error.phrase) from None
    return profile if attributes is profile.attributes else profile.model_copy(update={"attributes": attributes})


def _put(attributes: JsonDict, path: list[str], value: object) -> None:
    for part in path[:-1]:
        inner = attributes.setdefault(part, {})
        attributes = inner if isinstance(inner, dict) else {}
    attributes[path[-1]] = value


ProfileFormat = Literal["json", "csv"]
_TABLES = (".csv", ".tsv", ".tab", ".txt")


def form_of(file: Path) -> ProfileFormat:
    """Return the form of a file by its name."""
    return "csv" if file.suffix.lower() in _TABLES else "json"


Record = tuple[int, str]
"""The number of its first line, and its lines."""


@dataclass(frozen=True, slots=True)
class ProfileChunk:
    """A text that is read like a whole file; ``first`` numbers its first line after the head, or its first item."""

    text: str
    first: int
    head: tuple[str, ...] = ()


def split_profiles(lines: Iterable[str], form: ProfileFormat, size: int, separator: str = "") -> Iterator[ProfileChunk]:
    """Cut a file into chunks of at most ``size`` records; raises SojournError when it cannot be cut."""
    rest = iter(lines)
    if form == "csv":
        yield from _tables(rest, size, separator)
        return
    blank = []
    for line in rest:
        blank.append(line)
        if line.strip():
            break
    if blank and blank[-1].lstrip().startswith("["):
        yield from _lists("".join([*blank, *rest]), size)
    else:
        yield from _cut(enumerate(chain(blank, rest), 1), "", size)


def _lists(text: str, size: int) -> Iterator[ProfileChunk]:
    try:
        items = parse(text.strip())
    except DocumentError as fault:
        raise SojournError("profile_malformed", fault.where, reason=fault.phrase) from None
    assert isinstance(items, list)
    for start in range(0, len(items), size):
        yield ProfileChunk(json.dumps(items[start : start + size], ensure_ascii=False), start + 1)


def _tables(lines: Iterator[str], size: int, separator: str) -> Iterator[ProfileChunk]:
    start, before = 1, ""
    line = next(lines, "").lstrip("\ufeff")
    if _SAID.fullmatch(line):
        before, line, start = line, next(lines, ""), 2
    if separator:
        before = f"sep={separator}\n"
    while line and not line.strip(" \t\r\n,;|"):
        line, start = next(lines, ""), start + 1
    separator = before[before.index("=") + 1] if before else separator_of(line)
    records = _records(chain([line], lines), separator, start)
    _, head = next(records, (start, line))
    columns = next(csv.reader([head], delimiter=separator), [])
    rows = _whole_rows(records, separator, columns)
    second = next(rows, None)
    if second is None:
        yield ProfileChunk(before + head, start + 1, tuple(columns))
    else:
        yield from _cut(chain([second], rows), before + head, size, tuple(columns))


def _whole_rows(records: Iterator[Record], separator: str, columns: Sequence[str]) -> Iterator[Record]:
    """Join empty rows and the rows of a footer with the row that follows, so that no chunk begins between them."""
    start, waiting, ending = 0, "", False
    for number, text in records:
        start, waiting = (start, waiting + text) if waiting else (number, text)
        cells = next(csv.reader([text], delimiter=separator), [])
        if not any(cell.strip() for cell in cells):
            ending = True
        elif not (ending and is_footer(cells, columns)):
            yield start, waiting
            waiting, ending = "", False
    if waiting:
        yield start, waiting


def _records(lines: Iterator[str], separator: str, start: int = 1) -> Iterator[Record]:
    """Yield the records of a table: a cell in quotes may go on over several lines."""
    taken: list[str] = []

    def take() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    reader, before = csv.reader(take(), delimiter=separator), start - 1
    while True:
        try:
            found = next(reader, None)
        except csv.Error as error:
            raise not_csv(error, reader.line_num + before) from None
        if found is None:
            return
        yield start, "".join(taken)
        start += len(taken)
        taken.clear()


def _cut(records: Iterator[Record], head: str, size: int, columns: tuple[str, ...] = ()) -> Iterator[ProfileChunk]:
    while some := list(islice(records, size)):
        yield ProfileChunk(head + "".join(text for _, text in some), some[0][0], columns)
