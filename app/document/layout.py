"""Automatic layout: columns to the right, a row for each branch.

Linear in the number of activities: one pass sets depths, one gives each branch its rows.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.activity import exit_paths
from engine.model.journey import JourneyVersion

COLUMN = 180
ROW = 140
CHIP_COLUMN = 220
"""Column width after a named path, with room for its chip (look.md, Measure)."""

Point = tuple[int, int]


def arrange(journey: JourneyVersion) -> Mapping[str, Point]:
    """Return a position for every activity; branches keep their order, unconnected parts are placed below."""
    places: dict[str, Point] = {}
    row = 0
    for activity in journey.activities:
        if activity.id not in journey.incoming and activity.id not in places:
            row = _place_branch(journey, activity.id, row, places) + 1
    for activity in journey.activities:
        if activity.id not in places:
            row = _place_branch(journey, activity.id, row, places) + 1
    return places


def _place_branch(journey: JourneyVersion, root: str, top: int, places: dict[str, Point]) -> int:
    """Place everything reachable from ``root`` starting at row ``top``; return the last row used."""
    bottom = top
    pending: list[tuple[str, int, bool]] = [(root, 0, False)]
    while pending:
        name, left, first_of_row = pending.pop()
        if name in places or name not in journey.by_id:
            continue
        if first_of_row:
            bottom += 1
        places[name] = (left, bottom * ROW)
        following = _following(journey, name)
        for index in range(len(following) - 1, -1, -1):
            target, path = following[index]
            pending.append((target, left + (CHIP_COLUMN if path else COLUMN), index > 0))
    return bottom


def _following(journey: JourneyVersion, name: str) -> list[tuple[str, str]]:
    """Return the activities after one in the order of its paths, each with its path."""
    order = {path: index for index, path in enumerate(exit_paths(journey.by_id[name]))}
    edges = journey.outgoing.get(name, ())
    heights = {activity.id: activity.position[1] if activity.position else 0 for activity in journey.activities}
    ranked = sorted(edges, key=lambda edge: (order.get(edge.path, len(order)), heights.get(edge.target, 0)))
    return [(edge.target, edge.path) for edge in ranked]


def with_positions(journey: JourneyVersion) -> Mapping[str, Point]:
    """Return positions for activities that have none; empty if all have one."""
    missing = [activity.id for activity in journey.activities if activity.position is None]
    if not missing:
        return {}
    places = arrange(journey)
    if len(missing) == len(journey.activities):
        return places
    lowest = max(activity.position[1] for activity in journey.activities if activity.position)
    top = min(places[name][1] for name in missing)
    return {name: (places[name][0], round(places[name][1] - top + lowest + ROW)) for name in missing}
