"""The effect of each edit on a journey, and its layout: pure functions without rules or history.

The document checks the rules first and pushes the difference on its undo stack. The automatic layout puts columns to
the right and a row for each branch; it is linear in the number of activities.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from app.document import rules
from app.document.patches import line, revise
from app.document.placement import ROW, End, Placement, Position, column_after, is_straight
from app.document.transfer import ClipboardContent
from engine.model.activity import ACTIVITY_KINDS, Activity, exit_paths, kind_of
from engine.model.journey import Edge, Group, JourneyVersion


def round_position(position: Position) -> tuple[int, int]:
    """Round a position to whole pixels."""
    return round(position[0]), round(position[1])


def _at(activity: Activity, position: Position) -> Activity:
    return activity.model_copy(update={"position": round_position(position)})


def place_unpositioned(journey: JourneyVersion) -> JourneyVersion:
    """Position every activity that has no position."""
    places = with_positions(journey)
    return _move_activities(journey, places) if places else journey


def arrange_all(journey: JourneyVersion) -> JourneyVersion:
    """Lay out everything again."""
    return _move_activities(journey, arrange(journey))


def _move_activities(journey: JourneyVersion, places: Mapping[str, Position]) -> JourneyVersion:
    return revise(
        journey,
        activities=tuple(_at(item, places[item.id]) if item.id in places else item for item in journey.activities),
    )


def move_items(
    journey: JourneyVersion, places: Mapping[str, Position], notes: Mapping[int, Position]
) -> JourneyVersion:
    """Move activities and notes."""
    papers = tuple(
        note.model_copy(update={"position": round_position(notes[index])}) if index in notes else note
        for index, note in enumerate(journey.notes)
    )
    return revise(_move_activities(journey, places), notes=papers)


def add_activity(
    journey: JourneyVersion,
    activity: Activity,
    after: End | None,
    on_edge: Edge | None,
    moved: Mapping[str, Position],
) -> JourneyVersion:
    """Add an activity: after a path's end, on an edge, or unconnected; others are ``moved`` aside."""
    edges = list(journey.edges)
    if after:
        edges.append(line(after[0], after[1], activity.id))
    elif on_edge:
        _split_edge(edges, on_edge, activity)
    shifted = _move_activities(journey, moved)
    return revise(shifted, activities=(*shifted.activities, activity), edges=tuple(edges))


def insert_activity(journey: JourneyVersion, name: str, edge: Edge, placement: Placement | None) -> JourneyVersion:
    """Insert an unconnected activity on an edge."""
    edges = list(journey.edges)
    _split_edge(edges, edge, journey.by_id[name])
    places = {**placement.moved, name: placement.position} if placement is not None else {}
    return revise(_move_activities(journey, places), edges=tuple(edges))


def _split_edge(edges: list[Edge], edge: Edge, activity: Activity) -> None:
    edges[edges.index(edge)] = line(edge.source, edge.path, activity.id)
    edges.append(line(activity.id, exit_paths(activity)[0], edge.target))


def replace_activity(journey: JourneyVersion, old: Activity, new: Activity) -> JourneyVersion:
    """Replace an activity; remove edges of paths that no longer exist."""
    ways = exit_paths(new)
    edges = tuple(edge for edge in journey.edges if edge.source != old.id or edge.path in ways)
    return revise(
        journey, activities=tuple(new if item.id == old.id else item for item in journey.activities), edges=edges
    )


def remove_items(
    journey: JourneyVersion, names: Collection[str], edges: Collection[Edge], notes: Collection[int]
) -> JourneyVersion:
    """Remove items and join neighbours where that is unambiguous."""
    gone = frozenset(names) & journey.by_id.keys()
    shorn = revise(journey, edges=tuple(edge for edge in journey.edges if edge not in edges))
    kept = tuple(edge for edge in shorn.edges if edge.source not in gone and edge.target not in gone)
    return revise(
        journey,
        activities=tuple(item for item in journey.activities if item.id not in gone),
        edges=kept + rules.bridging_edges(shorn, gone),
        notes=tuple(note for index, note in enumerate(journey.notes) if index not in notes),
        groups=_remove_from_groups(journey.groups, gone),
    )


def _remove_from_groups(groups: Iterable[Group], gone: Collection[str]) -> tuple[Group, ...]:
    """Remove activities from groups; drop groups that become empty."""
    smaller = (
        group.model_copy(update={"activities": tuple(item for item in group.activities if item not in gone)})
        for group in groups
    )
    return tuple(group for group in smaller if group.activities)


def connect_edge(journey: JourneyVersion, new: Edge, moving: Edge | None) -> JourneyVersion:
    """Add an edge; ``moving`` is the one it replaces."""
    if moving is None:
        return revise(journey, edges=(*journey.edges, new))
    return revise(journey, edges=tuple(new if edge == moving else edge for edge in journey.edges))


def paste_clip(
    journey: JourneyVersion, clip: ClipboardContent, after: End | None, moved: Mapping[str, Position]
) -> JourneyVersion:
    """Add a clip with free ids, connected to a path's end if given; others are ``moved`` aside."""
    edges = (*journey.edges, *clip.edges)
    if after and clip.roots:
        edges = (*edges, line(after[0], after[1], clip.roots[0].id))
    shifted = _move_activities(journey, moved)
    activities, notes = (*shifted.activities, *clip.activities), (*journey.notes, *clip.notes)
    return revise(journey, activities=activities, edges=edges, notes=notes)


def entry_event(journey: JourneyVersion) -> str:
    """Return the name of the event that a journey begins with, '' for none."""
    kinds = ((ACTIVITY_KINDS[kind_of(item)], item) for item in journey.activities if item.id not in journey.incoming)
    names = (vars(item).get(kind.definition) for kind, item in kinds if kind.starts_journey and kind.definition)
    return str(next(names, None) or "")


def group_activities(journey: JourneyVersion, names: Collection[str], label: str, color: str) -> JourneyVersion:
    """Group activities; each is in one group at most."""
    ordered = tuple(item.id for item in journey.activities if item.id in names)
    group = Group(label=label, color=color, activities=ordered)
    return revise(journey, groups=(*_remove_from_groups(journey.groups, names), group))


def top_left(clip: ClipboardContent) -> Position:
    """Return the upper left corner of a clip."""
    places: list[Position] = [
        *(item.position or (0, 0) for item in clip.activities),
        *(note.position for note in clip.notes),
    ]
    return (min((x for x, _ in places), default=0), min((y for _, y in places), default=0))


Point = tuple[int, int]


def arrange(journey: JourneyVersion) -> Mapping[str, Point]:
    """Return a position for every activity; branches keep their order, unconnected parts are placed below.

    Only a normal path goes straight on; that of an error or a timeout leaves downwards, even if it is the only one.
    """
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
            pending.append((target, left + column_after(path), not is_straight(path, index)))
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
