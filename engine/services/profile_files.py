"""Profiles from files: JSON lines, one JSON list, or CSV (interfaces.md, ``profiles import``).

Pure. Each row is a profile or a fault; a file of refused rows can be read again after its rows are corrected, since
columns and lines that begin with ``#`` are comments.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

from pydantic import ValidationError

from engine.catalogue import Phrase
from engine.core.declared import (
    NO_VALUE,
    ProfileSchema,
    UnfitError,
    check_attributes,
    check_identities,
    check_known,
    field_at,
    read_plain,
    read_text,
)
from engine.errors import SojournError
from engine.json_types import JsonDict
from engine.model.base import shown
from engine.model.definitions import Profile
from engine.model.document_errors import DocumentError, locate_fault, parse
from engine.model.fields import Field
from engine.services.profile_views import ProfileFooter

IDENTITY = "identity:"
COMMENT = "#"
"""What a column that is not read, or a line of JSON lines, begins with."""
ProfileFormat = Literal["json", "csv"]
ANY = ProfileSchema()
COLUMN_KINDS = ("string", "boolean", "integer", "decimal", "dateOnly", "dateTimeOnly", "dateTime")
"""The types that a column without a declared attribute can be given, as ``attribute:type``."""
SEPARATOR_LINE = re.compile(r"\"?sep=([^\"\r\n\w])\"?(?:\r?\n|$)", re.IGNORECASE)
_SEPARATORS = ",;\t|"
_BLANK = re.compile(r"[\s,;|]*?\n")
_QUOTED = re.compile(r'"[^"]*"')


class ProfileAt(NamedTuple):
    """A profile and its line or item."""

    row: int
    profile: Profile


@dataclass(frozen=True, slots=True)
class RowFault:
    """A row, line or item that is no profile, and why."""

    row: int
    error: SojournError
    source: tuple[str, ...] = ()
    """Its cells, or its text alone."""


class Column(NamedTuple):
    """A column of a table: its target is ``identity:<code>``, ``testProfile``, an attribute path, or a comment."""

    target: str
    field: Field | None = None


def read_lines(text: str, first: int = 1, schema: ProfileSchema = ANY) -> Iterator[Profile]:
    """Profiles from JSON lines, or from one JSON list; raises SojournError that names the line.

    ``first`` is the number of the first line, or item, where the text is a part of a file.
    """
    for one in read_items(text, schema, first):
        if isinstance(one, RowFault):
            raise one.error
        yield one.profile


def read_items(text: str, schema: ProfileSchema, first: int = 1) -> Iterator[ProfileAt | RowFault]:
    """Profiles from JSON lines, or from one JSON list, as declared."""
    stripped = text.lstrip("\ufeff").strip()
    if stripped.startswith("["):
        items = parse(stripped)
        assert isinstance(items, list)
        for index, value in enumerate(items, max(first, 1) - 1):
            yield _item(index, f"$[{index}]", partial(_same, value), "", schema)
        return
    for number, line in enumerate(text.lstrip("\ufeff").split("\n"), first):
        if line.strip() and not line.startswith(COMMENT):
            yield _item(number, f"line {number}", partial(_loads, line, f"line {number}"), line.rstrip("\r"), schema)


def _same(value: object) -> object:
    return value


def _item(
    number: int, where: str, load: Callable[[], object], source: str, schema: ProfileSchema
) -> ProfileAt | RowFault:
    value: object = None
    try:
        value = load()
        return ProfileAt(number, declared_profile(read_profile(value, where), schema, where))
    except SojournError as error:
        return RowFault(number, error, (source or json.dumps(value, ensure_ascii=False),))


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


def read_csv(text: str, schema: ProfileSchema = ANY, first: int | None = None) -> Iterator[Profile]:
    """Profiles from CSV, see :func:`read_table`; raises the error of the first row that is none."""
    for one in read_table(text, schema, first):
        if isinstance(one, RowFault):
            raise one.error
        if isinstance(one, ProfileAt):
            yield one.profile


def read_table(
    text: str,
    schema: ProfileSchema = ANY,
    first: int | None = None,
    columns: Mapping[str, str] | None = None,
) -> Iterator[ProfileAt | RowFault | ProfileFooter]:
    """Profiles from CSV with the columns ``identity:<code>``, ``testProfile`` and attribute paths.

    ``columns`` gives other heads their targets, see :func:`column_of`. Cells are separated as a line ``sep=`` or the
    head says. Empty rows and columns are passed over. Rows of one cell after an empty one, with no others to the end,
    are the footer of a report: no profiles, but counted. The cell of a declared attribute is read as its type, of
    another as the JSON value that it is, else as a text. ``first`` is the number of the first line after the head,
    where the text is a part of a file.
    """
    separator, before_head, text = separated(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    heads = [head.strip() for head in next(reader, [])]
    while heads and not heads[-1]:
        heads.pop()
    found = [column_of(head, columns or {}, schema) for head in heads]
    _check_columns([column.target for column in found])
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
        elif ending and is_footer(cells, heads):
            held.append((line, cells))
        else:
            for number, row in (*held, (line, cells)):
                yield _read_row(found, row, schema, number)
            ending, held = False, []
    if held:
        yield ProfileFooter(held[0][0], len(held))


def _read_row(columns: Sequence[Column], cells: list[str], schema: ProfileSchema, line: int) -> ProfileAt | RowFault:
    try:
        return ProfileAt(line, _csv_profile(columns, cells, schema, f"line {line}"))
    except SojournError as error:
        return RowFault(line, error, tuple(cells))


def is_footer(cells: Sequence[str], columns: Sequence[str]) -> bool:
    """Whether a row after an empty one belongs to the footer of a report, if no full row follows."""
    return len(columns) > 1 and len([cell for cell in cells if cell.strip()]) == 1 and len(cells) in (1, len(columns))


def separated(text: str) -> tuple[str, int, str]:
    """Return the separator, how many lines stand before the head, and the text from the head on."""
    text, skipped = text.lstrip("\ufeff"), 0
    said = SEPARATOR_LINE.match(text)
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


def column_of(head: str, columns: Mapping[str, str], schema: ProfileSchema) -> Column:
    """Return the column with a head: its target is the head itself, or what ``columns`` maps it to.

    A target is ``identity:<code>``, ``testProfile`` or an attribute path, also with a type (``born:dateOnly``) where
    the attribute is not declared; an empty one leaves the column out.
    """
    target = columns.get(head, head).strip()
    if not target:
        return Column(COMMENT if head in columns else "")
    kind = ""
    if not target.startswith(IDENTITY) and target.rpartition(":")[2] in COLUMN_KINDS:
        target, _, kind = target.rpartition(":")
    return Column(target, field_at(schema.fields, target) or (Field(target, kind) if kind else None))


def _check_columns(columns: list[str]) -> None:
    if not any(column.startswith(IDENTITY) for column in columns):
        raise SojournError("profile_malformed.csv_identity", "line 1")
    columns = [column for column in columns if not column.startswith(COMMENT)]
    for column in columns:
        if column and (columns.count(column) > 1 or any(not part for part in column.split("."))):
            raise SojournError("profile_malformed.csv_column", "line 1", column=shown(column))
        inside = next((other for other in columns if column and other.startswith(f"{column}.")), None)
        if inside is not None:
            raise SojournError("profile_malformed.csv_nested", "line 1", column=shown(column), inside=shown(inside))


def _csv_profile(columns: Sequence[Column], cells: Sequence[str], schema: ProfileSchema, where: str) -> Profile:
    identities: dict[str, str] = {}
    attributes: JsonDict = {}
    profile: JsonDict = {"identities": identities, "attributes": attributes}
    if len(cells) < len(columns) or any(cell.strip() for cell in cells[len(columns) :]):
        raise SojournError("profile_malformed.csv_cells", where)
    marks = False
    for (target, field), text in zip(columns, cells, strict=False):
        marks = marks or target == "testProfile"
        if not text.strip() or text.strip() in NO_VALUE or target.startswith(COMMENT):
            continue
        if not target:
            raise SojournError("profile_malformed.csv_cells", where)
        if target.startswith(IDENTITY):
            identities[target.removeprefix(IDENTITY)] = text
        elif target == "testProfile":
            profile["testProfile"] = _flag(text, where)
        else:
            _put(attributes, target.split("."), _cell(text, field, target, where))
    if marks:
        profile.setdefault("testProfile", False)
    return declared_profile(read_profile(profile, where), schema, where)


def _flag(text: str, where: str) -> bool:
    try:
        return read_text(text, Field("testProfile", "boolean")) is True
    except UnfitError:
        raise SojournError("profile_malformed.csv_test_profile", where) from None


def _cell(text: str, field: Field | None, column: str, where: str) -> object:
    """Read a cell: as declared, else a JSON number, truth value, list or object, else the text as it stands."""
    try:
        return read_plain(text) if field is None else read_text(text, field)
    except UnfitError as error:
        raise _value_fault(column, error, where) from None


def declared_profile(profile: Profile, schema: ProfileSchema, where: str, *, known: bool = True) -> Profile:
    """Return a profile whose identities and attributes are as declared; raises SojournError that names the fault.

    With ``known`` an attribute that is not declared is a fault where any is.
    """
    try:
        identities = check_identities(profile.identities, schema)
    except UnfitError as error:
        raise _value_fault(f"{IDENTITY}{error.path}", error, where) from None
    try:
        if known:
            check_known(profile.attributes, schema.fields)
        attributes = check_attributes(profile.attributes, schema.fields)
    except UnfitError as error:
        raise _value_fault(error.path, error, where) from None
    if attributes is profile.attributes and identities == profile.identities:
        return profile
    return profile.model_copy(update={"attributes": attributes, "identities": identities})


def _value_fault(place: str, error: UnfitError, where: str) -> SojournError:
    return SojournError("profile_malformed.value", where, place=place, reason=error.phrase)


def _put(attributes: JsonDict, path: list[str], value: object) -> None:
    for part in path[:-1]:
        inner = attributes.setdefault(part, {})
        attributes = inner if isinstance(inner, dict) else {}
    attributes[path[-1]] = value
