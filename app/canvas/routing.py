"""Route lines: orthogonal, around activities, with few bends. Pure geometry without Qt.

Candidates are tried from the simplest: straight, one trunk, a detour through a free lane above or below. The cheapest
wins; crossing an activity costs more than any detour.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

Point = tuple[float, float]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

LEAD = 14.0
"""Length of the straight part after a source."""
INTO = 22.0
"""Length of the straight part before a target: room for corner and arrowhead."""
GAP = 14.0
"""Distance a line keeps from activities it passes."""
_CROSSING = 100_000.0
_BEND = 24.0
_TRIED = 4
"""Number of lanes beyond the boxes to try when all nearer ones are blocked."""


def route(start: Point, end: Point, boxes: Sequence[Box]) -> list[Point]:
    """Return the corners of the line from ``start`` (right side) to ``end`` (left side), both included."""
    near = nearby(start, end, boxes)
    best: list[Point] = []
    cheapest = float("inf")
    for points in _candidates(start, end, near):
        cost = _cost(points, near)
        if cost < cheapest:
            best, cheapest = points, cost
        if cheapest < _CROSSING and len(points) > len(best):
            break
    if cheapest < _CROSSING:
        return best
    return min([best, *_wide(start, end, near)], key=lambda points: _cost(points, near))


def nearby(start: Point, end: Point, boxes: Iterable[Box]) -> list[Box]:
    """Return the boxes that the line or a detour might touch."""
    left, right = min(start[0], end[0]) - 240, max(start[0], end[0]) + 240
    top, bottom = min(start[1], end[1]) - 240, max(start[1], end[1]) + 240
    return [box for box in boxes if box[0] < right and box[2] > left and box[1] < bottom and box[3] > top]


def surroundings(start: Point, end: Point, boxes: Iterable[Box]) -> list[Box]:
    """Return a key of everything a route depends on, relative to its start: equal keys give equal routes."""
    x, y = start
    return [(left - x, top - y, right - x, bottom - y) for left, top, right, bottom in ((*start, *end), *boxes)]


def meet(one: Box, other: Box) -> bool:
    """Return whether two boxes overlap."""
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


def _candidates(start: Point, end: Point, boxes: Sequence[Box]) -> Iterator[list[Point]]:
    (x1, y1), (x2, y2) = start, end
    forward = x2 - x1 >= LEAD + INTO
    if abs(y1 - y2) < 0.5 and x2 > x1:
        yield [start, end]
    if forward and abs(y1 - y2) >= 0.5:
        for x in _trunks(x1 + LEAD, x2 - INTO, boxes):
            yield [start, (x, y1), (x, y2), end]
    for y in _lanes(y1, y2, boxes):
        out, into = x1 + LEAD, x2 - INTO
        yield [start, (out, y1), (out, y), (into, y), (into, y2), end]


def _wide(start: Point, end: Point, boxes: Sequence[Box]) -> Iterator[list[Point]]:
    """Yield detours that turn later and return earlier, past the boxes next to both ends."""
    (x1, y1), (x2, y2) = start, end
    outs = sorted({x1 + LEAD, *(box[2] + GAP for box in boxes if box[2] + GAP > x1 + LEAD)})[:_TRIED]
    intos = sorted({x2 - INTO, *(box[0] - GAP for box in boxes if box[0] - GAP < x2 - INTO)})[-_TRIED:]
    for y in list(_lanes(y1, y2, boxes))[: 2 * _TRIED]:
        for out in outs:
            for into in reversed(intos):
                yield [start, (out, y1), (out, y), (into, y), (into, y2), end]


def _trunks(first: float, last: float, boxes: Sequence[Box]) -> Iterable[float]:
    """Yield positions for a vertical part, nearest to the source first, to leave room for the path's name."""
    sides = [side for box in boxes for side in (box[0] - GAP, box[2] + GAP)]
    return dict.fromkeys([first, *sorted(side for side in sides if first < side < last), last])


def _lanes(y1: float, y2: float, boxes: Sequence[Box]) -> Iterable[float]:
    """Yield lanes for a horizontal detour: nearest first, then middle, then upper."""
    sides = dict.fromkeys(sorted(side for box in boxes for side in (box[1] - GAP, box[3] + GAP)))
    return sorted({(y1 + y2) / 2: None} | sides, key=lambda y: abs(y - y1) + abs(y - y2))


def _cost(points: Sequence[Point], boxes: Sequence[Box]) -> float:
    length, crossings = 0.0, 0
    for (x1, y1), (x2, y2) in pairwise(points):
        length += abs(x1 - x2) + abs(y1 - y2)
        left, right = (x1, x2) if x1 < x2 else (x2, x1)
        top, bottom = (y1, y2) if y1 < y2 else (y2, y1)
        for box in boxes:
            if box[0] < right and box[2] > left and box[1] < bottom and box[3] > top:
                crossings += 1
    return length + crossings * _CROSSING + _BEND * len(points)


def last_level(points: Sequence[Point]) -> tuple[float, float, float]:
    """Return the last horizontal part of a line as left x, right x, y: the position of the chip."""
    (x1, _), (x2, y2) = points[-2], points[-1]
    return min(x1, x2), max(x1, x2), y2
