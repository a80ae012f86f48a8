"""Overwriting what SQLite leaves in the unused middle of its pages, in files of any size.

A page that was split keeps the bytes of the rows that moved away, between its list of cells and the cells themselves;
``secure_delete`` does not reach there. SQLite never reads these bytes, so zeros may be written over them in the file,
while nobody else writes and the log is empty: a power cut in between leaves a page as good as before. Pages that look
in any way other than expected are left alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

_INTERIOR, _LEAF = (2, 5), (10, 13)
_FIRST_HEADER = 100
"""The first page begins with the header of the file."""

_LARGEST_PAGE = 65_536
_MOST_PAGES = 2 << 24
"""In larger files the number at the beginning of an overflow page could be taken for a kind of page."""

_CHUNK = 8 << 20


def find(path: Path, needles: Sequence[bytes]) -> Iterator[int]:
    """Where in a file these bytes stand."""
    overlap = max(map(len, needles), default=1) - 1
    with path.open("rb") as file:
        at, before = 0, b""
        while chunk := file.read(_CHUNK):
            joined, start = before + chunk, at - len(before)
            for needle in needles:
                place = joined.find(needle)
                while place >= 0:
                    yield start + place
                    place = joined.find(needle, place + 1)
            at += len(chunk)
            before = joined[-overlap:] if overlap else b""


def wipe(path: Path, places: Iterable[int]) -> int:
    """Overwrite the gaps of the pages with these bytes; how many pages had one."""
    wiped = 0
    with path.open("r+b") as file:
        header = file.read(_FIRST_HEADER)
        size = int.from_bytes(header[16:18], "big")
        size = _LARGEST_PAGE if size == 1 else size
        moves_pages = any(header[52:56])  # then some pages list others, and begin with any byte
        if moves_pages or path.stat().st_size // size >= _MOST_PAGES:
            return 0
        for number in sorted({place // size for place in places}):
            file.seek(number * size)
            gap = gap_of(file.read(size), _FIRST_HEADER if number == 0 else 0)
            if gap is not None:
                file.seek(number * size + gap[0])
                file.write(bytes(gap[1] - gap[0]))
                wiped += 1
        file.flush()
        os.fsync(file.fileno())
    return wiped


def gap_of(page: bytes, header: int = 0) -> tuple[int, int] | None:
    """From where to where nothing is used in a page of a table or an index; None if it is no such page, or full."""
    kind = page[header]
    if kind not in _INTERIOR and kind not in _LEAF:
        return None
    first = header + (12 if kind in _INTERIOR else 8)
    cells, content = (int.from_bytes(page[header + at : header + at + 2], "big") for at in (3, 5))
    content = content or _LARGEST_PAGE
    begin = first + 2 * cells
    if not begin < content <= len(page):
        return None
    pointers = (int.from_bytes(page[at : at + 2], "big") for at in range(first, begin, 2))
    return (begin, content) if all(content <= pointer < len(page) for pointer in pointers) else None
