"""A large file of profiles in parts that can be read and stored one after the other, cut where records end. Pure."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Literal

from engine.errors import SojournError
from engine.model.document_errors import DocumentError, parse
from engine.services.profile_parsing import not_csv, separator_of

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
