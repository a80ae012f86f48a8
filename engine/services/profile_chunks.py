"""Large files of profiles, cut where records end into chunks that can be read and stored one after the other. Pure."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path

from engine.errors import SojournError
from engine.model.document_errors import DocumentError, parse
from engine.services.profile_files import SEPARATOR_LINE, ProfileFormat, is_footer, not_csv, separator_of
from engine.services.spreadsheet import OTHERS, SUFFIXES

_TABLES = (".csv", ".tsv", ".tab", ".txt", *SUFFIXES, *OTHERS)


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
    if SEPARATOR_LINE.fullmatch(line):
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
