"""Where a new activity goes, and what moves aside for it: pure functions.

An activity keeps to the row of its path. Where the row belongs to others, they and everything below move down; where an
edge is too short for one more, what follows moves to the right.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from engine.model.activity import ERROR, TIMEOUT, exit_paths
from engine.model.journey import Edge, JourneyVersion

Position = tuple[float, float]
End = tuple[str, str]
"""The end of a path: activity id and path."""

COLUMN = 180
ROW = 140
CHIP_COLUMN = 220
"""Column width after a named path, with room for its chip (look.md, Measure)."""


@dataclass(frozen=True, slots=True)
class Placement:
    """The position of a new activity and the new positions of those that move aside."""

    position: Position
    moved: Mapping[str, Position] = field(default_factory=dict)


def column_after(path: str) -> int:
    """Return the distance from an activity to the next one on a path."""
    return CHIP_COLUMN if path else COLUMN


def is_straight(path: str, index: int) -> bool:
    """Return whether a path goes straight on: the first, unless people leave by it because something went wrong."""
    return index == 0 and path not in (ERROR, TIMEOUT)


def free_position(journey: JourneyVersion) -> Position:
    """Return the default position of the next activity: below the others, at their left."""
    positions = list(_positions(journey).values())
    if not positions:
        return (0, 0)
    return (min(x for x, _ in positions), max(y for _, y in positions) + ROW)


def place_after(journey: JourneyVersion, end: End, height: float = 0) -> Placement:
    """Place what follows a path's end; ``height`` is that of several activities between first and last row."""
    places = _positions(journey)
    level = places.get(end[0], (0, 0))[1]
    x, y = places.get(end[0], (0, 0))[0] + column_after(end[1]), _row_after(journey, end, places)
    if y == level:
        while _taken((x, y), places):
            y += ROW
        return Placement((x, y))
    below = {name: place for name, place in places.items() if name != end[0] and place[1] > y - ROW / 2}
    in_the_way = any(px > x - COLUMN and py < y + height + ROW / 2 for px, py in below.values())
    moved = {name: (px, py + height + ROW) for name, (px, py) in below.items()} if in_the_way else {}
    return Placement((x, y), moved)


def _row_after(journey: JourneyVersion, end: End, places: Mapping[str, Position]) -> float:
    """Return the row of a path: below the paths above it and what is parallel to it already."""
    source, path = end
    order = {way: index for index, way in enumerate(exit_paths(journey.by_id[source]))}
    own = order.get(path, 0)
    above = [edge for edge in journey.outgoing.get(source, ()) if order.get(edge.path, 0) <= own]
    rows = [places[name][1] for edge in above for name in _descendants(journey, edge.target) if name in places]
    first = places.get(source, (0, 0))[1] + (own if is_straight(path, own) else max(own, 1)) * ROW
    return max([first, *(row + ROW for row in rows)])


def place_between(journey: JourneyVersion, edge: Edge, wish: Position, name: str = "") -> Placement:
    """Place an activity on an edge near a point, level with what follows; ``name`` is one that is there already."""
    places = {other: place for other, place in _positions(journey).items() if other != name}
    if edge.source not in places or edge.target not in places:
        return Placement(wish)
    (left, _), (right, level) = places[edge.source], places[edge.target]
    if right <= left:
        return Placement(wish)
    first, last = left + column_after(edge.path), right - COLUMN
    x = max(first, min(wish[0], last))
    shift = x + COLUMN - right
    if shift <= 0:
        return Placement((x, level))
    following = _descendants(journey, edge.target)
    moved = {other: (px + shift, py) for other, (px, py) in places.items() if other in following}
    staying = {other: place for other, place in places.items() if other not in following}
    if any(_taken(place, staying) for place in moved.values()):
        moved = {other: (px + shift, py) for other, (px, py) in places.items() if px >= right}
    return Placement((x, level), moved)


def _positions(journey: JourneyVersion) -> dict[str, Position]:
    return {activity.id: activity.position for activity in journey.activities if activity.position is not None}


def _descendants(journey: JourneyVersion, name: str) -> Collection[str]:
    """Return an activity and all that follow it."""
    found, pending = set[str](), [name]
    while pending:
        current = pending.pop()
        if current not in found:
            found.add(current)
            pending.extend(edge.target for edge in journey.outgoing.get(current, ()))
    return found


def _taken(place: Position, places: Mapping[str, Position]) -> bool:
    return any(abs(x - place[0]) < COLUMN / 2 and abs(y - place[1]) < ROW / 2 for x, y in places.values())
