"""Profiles in texts: JSON lines, one JSON list, or CSV, whole or in parts (interfaces.md, ``profiles import``).

Pure. A large file is cut where records end into parts that can be read and stored one after the other.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal

from pydantic import ValidationError

from engine.catalogue import Phrase
from engine.errors import SojournError
from engine.json_types import JsonDict
from engine.model.base import shown
from engine.model.definitions import PROFILE_STORE, Definitions, Profile
from engine.model.document_errors import DocumentError, locate_fault, parse
from engine.model.fields import Field

IDENTITY = "identity:"
_TRUE = ("true", "1", "yes")
_FALSE = ("false", "0", "no", "")
_SEPARATORS = ",;\t"


def read_lines(text: str, first: int = 1) -> Iterator[Profile]:
    """Profiles from JSON lines, or from one JSON list; raises SojournError that names the line.

    ``first`` is the number of the first line, or item, where the text is a part of a file.
    """
    stripped = text.strip()
    if stripped.startswith("["):
        items = parse(stripped)
        assert isinstance(items, list)
        for index, value in enumerate(items):
            yield read_profile(value, f"$[{index + first - 1}]")
        return
    for number, line in enumerate(text.split("\n"), first):
        if line.strip():
            yield read_profile(_loads(line, f"line {number}"), f"line {number}")


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


def read_csv(text: str, texts: Set[str] = frozenset(), first: int | None = None) -> Iterator[Profile]:
    """Profiles from CSV with the columns ``identity:<code>``, ``testProfile`` and attribute paths.

    Cells are separated by commas, semicolons or tabs, as the first line has them. A cell is the JSON value that it
    reads as, else a text; that of an attribute in ``texts`` is always a text, so that a postcode keeps its zeros.
    ``first`` is the number of the first line after the head, where the text is a part of a file.
    """
    head = text.lstrip("\ufeff").partition("\n")[0]
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=separator_of(head))
    columns = [column.strip() for column in reader.fieldnames or ()]
    reader.fieldnames = columns
    _check_columns(columns)
    before = 0 if first is None else first - reader.line_num - 1
    try:
        for row in reader:
            yield _csv_profile(row, texts, f"line {reader.line_num + before}")
    except csv.Error as error:
        raise not_csv(error, reader.line_num + before) from None


def separator_of(head: str) -> str:
    """Detect the separator of a table's cells by its first line."""
    return max(_SEPARATORS, key=head.count)


def not_csv(error: csv.Error, line: int) -> SojournError:
    """Make the error for a table that cannot be read any further."""
    return SojournError("profile_malformed.csv", f"line {line}", reason=error)


def _check_columns(columns: list[str]) -> None:
    if not any(column.startswith(IDENTITY) for column in columns):
        raise SojournError("profile_malformed.csv_identity", "line 1")
    for column in columns:
        if not column or columns.count(column) > 1 or any(not part for part in column.split(".")):
            raise SojournError("profile_malformed.csv_column", "line 1", column=shown(column))
        inside = next((other for other in columns if other.startswith(f"{column}.")), None)
        if inside is not None:
            raise SojournError("profile_malformed.csv_nested", "line 1", column=shown(column), inside=shown(inside))


def _csv_profile(row: Mapping[str | None, str | None], texts: Set[str], where: str) -> Profile:
    identities: dict[str, str] = {}
    attributes: JsonDict = {}
    profile: JsonDict = {"identities": identities, "attributes": attributes}
    for column, text in row.items():
        if column is None or text is None:
            raise SojournError("profile_malformed.csv_cells", where)
        if column.startswith(IDENTITY):
            identities |= {column.removeprefix(IDENTITY): text} if text else {}
        elif column == "testProfile":
            profile["testProfile"] = _flag(text, where)
        elif text:
            _put(attributes, column.split("."), text if column in texts else _cell(text))
    return read_profile(profile, where)


def _flag(text: str, where: str) -> bool:
    if text.strip().lower() not in (*_TRUE, *_FALSE):
        raise SojournError("profile_malformed.csv_test_profile", where)
    return text.strip().lower() in _TRUE


def _cell(text: str) -> object:
    """Read a cell: a JSON number, truth value, list or object; else the text as it stands."""
    try:
        return parse(text)
    except DocumentError:
        return text


def _put(attributes: JsonDict, path: list[str], value: object) -> None:
    for part in path[:-1]:
        inner = attributes.setdefault(part, {})
        attributes = inner if isinstance(inner, dict) else {}
    attributes[path[-1]] = value


def text_attributes(definitions: Definitions) -> frozenset[str]:
    """Return the paths of the profile attributes that the profile store declares as texts."""
    store = definitions.data_source.get(PROFILE_STORE)
    groups = store.field_groups if store is not None else ()
    return frozenset(path for group in groups if group.source_schema == "profile" for path in _texts(group.fields, ""))


def _texts(fields: tuple[Field, ...], before: str) -> Iterator[str]:
    for field in fields:
        if field.kind == "string":
            yield f"{before}{field.name}"
        elif field.kind == "object":
            yield from _texts(field.fields, f"{before}{field.name}.")


ProfileFormat = Literal["json", "csv"]
Record = tuple[int, str]
"""The number of its first line, and its lines."""


@dataclass(frozen=True, slots=True)
class ProfileChunk:
    """A text that is read like a whole file; ``first`` numbers its first line after the head, or its first item."""

    text: str
    first: int


def split_profiles(lines: Iterable[str], form: ProfileFormat, size: int) -> Iterator[ProfileChunk]:
    """Cut a file into chunks of at most ``size`` records; raises SojournError when it cannot be cut."""
    rest = iter(lines)
    if form == "csv":
        yield from _tables(rest, size)
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


def _tables(lines: Iterator[str], size: int) -> Iterator[ProfileChunk]:
    head = next(lines, "").lstrip("\ufeff")
    records = _records(chain([head], lines), separator_of(head))
    _, first = next(records, (1, head))
    second = next(records, None)
    if second is None:
        yield ProfileChunk(first, 2)
    else:
        yield from _cut(chain([second], records), first, size)


def _records(lines: Iterator[str], separator: str) -> Iterator[Record]:
    """Yield the records of a table: a cell in quotes may go on over several lines."""
    taken: list[str] = []

    def take() -> Iterator[str]:
        for line in lines:
            taken.append(line)
            yield line

    reader, start = csv.reader(take(), delimiter=separator), 1
    while True:
        try:
            found = next(reader, None)
        except csv.Error as error:
            raise not_csv(error, reader.line_num) from None
        if found is None:
            return
        yield start, "".join(taken)
        start += len(taken)
        taken.clear()


def _cut(records: Iterator[Record], head: str, size: int) -> Iterator[ProfileChunk]:
    while some := list(islice(records, size)):
        yield ProfileChunk(head + "".join(text for _, text in some), some[0][0])
