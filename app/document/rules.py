"""Design rules checked before every gesture and edit (product.md, Design rules).

Each check returns None if the edit is allowed, else one translated sentence with the reason and a remedy. Rules for a
finished journey are checked again by ``core.validate``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from app.activity_views import full_name, path_name, type_title
from app.document.patches import line, revise
from app.document.transfer import ActivityTemplate
from app.translation import tr
from engine.model.activity import ACTIVITY_KINDS, Activity, exit_paths, kind_of
from engine.model.journey import MAX_ACTIVITIES, Edge, JourneyVersion

Reason = str | None


def is_message(activity: Activity) -> bool:
    """Return whether an activity sends a message."""
    return bool(ACTIVITY_KINDS[kind_of(activity)].channel)


def is_entry(journey: JourneyVersion, name: str) -> bool:
    """Return whether people enter here: an event or qualification without an incoming edge."""
    activity = journey.by_id.get(name)
    return activity is not None and ACTIVITY_KINDS[kind_of(activity)].starts_journey and name not in journey.incoming


def entry_of(journey: JourneyVersion) -> Activity | None:
    """Return the entry (of several the first connected one); None if nobody can enter."""
    entries = [activity for activity in journey.activities if is_entry(journey, activity.id)]
    leading = [activity for activity in entries if activity.id in journey.outgoing]
    return next(iter(leading or entries), None)


def predecessors(journey: JourneyVersion, name: str) -> Iterator[Activity]:
    """Yield the activities leading to one, itself first, the nearest next."""
    seen: set[str] = set()
    while name in journey.by_id and name not in seen:
        seen.add(name)
        yield journey.by_id[name]
        edges = journey.incoming.get(name, ())
        name = edges[0].source if edges else ""


def can_add(journey: JourneyVersion, template: ActivityTemplate) -> Reason:
    """Check whether one more activity of this kind may be added anywhere."""
    if len(journey.activities) >= MAX_ACTIVITIES:
        return tr("A journey has at most {count} activities. Delete one first.", count=MAX_ACTIVITIES)
    kind, entry = ACTIVITY_KINDS[template.kind], entry_of(journey)
    if kind.needs_namespace and entry is not None and journey.namespace is None:
        return tr("{name} needs a profile. Start with an event that has a namespace.", name=type_title(template.kind))
    if entry is not None and kind_of(entry) in kind.excluded_starts:
        start = type_title(kind_of(entry))
        return tr(
            "{name} cannot be in a journey that starts with {start}.", name=type_title(template.kind), start=start
        )
    return None


def can_begin(journey: JourneyVersion, template: ActivityTemplate) -> Reason:
    """Check whether an activity of this kind may be added unconnected."""
    if reason := can_add(journey, template):
        return reason
    if not journey.activities and not ACTIVITY_KINDS[template.kind].starts_journey:
        return tr("A journey starts with an event or a segment qualification. Add one first.")
    return None


def can_follow(journey: JourneyVersion, template: ActivityTemplate, source: str, path: str) -> Reason:
    """Check whether a new activity of this kind may follow a path's end."""
    return (
        can_add(journey, template)
        or _exit_path(journey, source, path)
        or _missing_message(journey, source, template)
        or _conflict(journey, source, path, template.kind)
    )


def _missing_message(journey: JourneyVersion, source: str, template: ActivityTemplate) -> Reason:
    if not ACTIVITY_KINDS[template.kind].needs_message or any(map(is_message, predecessors(journey, source))):
        return None
    name = type_title(template.kind)
    return tr("{name} needs a message before it. Add an email, an SMS or a push first.", name=name)


def can_insert(journey: JourneyVersion, template: ActivityTemplate, edge: Edge) -> Reason:
    """Check whether a new activity of this kind may be inserted on an edge."""
    if edge not in journey.edges:
        return tr("This path has changed. Try again.")
    if ACTIVITY_KINDS[template.kind].ends_path:
        return tr("Nothing can follow an end. Put it at the end of a path.")
    return (
        can_add(journey, template)
        or _missing_message(journey, edge.source, template)
        or _conflict(journey, edge.source, edge.path, template.kind, leaving=(edge.target,))
    )


def can_insert_existing(journey: JourneyVersion, name: str, edge: Edge) -> Reason:
    """Check whether an unconnected activity may be inserted on an edge."""
    activity = journey.by_id[name]
    if name in journey.incoming or name in journey.outgoing or name in (edge.source, edge.target):
        return tr("Only an unconnected activity can be placed on a path.")
    if edge not in journey.edges or not exit_paths(activity):
        return tr("Nothing can follow an end. Put it at the end of a path.")
    return _conflict(journey, edge.source, edge.path, kind_of(activity), leaving=(edge.target,))


def can_connect(journey: JourneyVersion, source: str, path: str, target: str, moving: Edge | None = None) -> Reason:
    """Check whether a path may be connected; ``moving`` is the edge the new one replaces."""
    if reason := _exit_path(journey, source, path):
        return reason
    activity = journey.by_id.get(target)
    if activity is None:
        return tr("This activity no longer exists. Choose another.")
    if source == target or any(step.id == target for step in predecessors(_without(journey, moving), source)):
        return tr("A path cannot lead back. Journeys have no loops.")
    if any(edge != moving for edge in journey.incoming.get(target, ())):
        return tr("{name} already has an incoming path. An activity can have only one.", name=full_name(activity))
    return _conflict(_without(journey, moving), source, path, kind_of(activity))


def _without(journey: JourneyVersion, moving: Edge | None) -> JourneyVersion:
    if moving is None:
        return journey
    return revise(journey, edges=tuple(edge for edge in journey.edges if edge != moving))


def _exit_path(journey: JourneyVersion, source: str, path: str) -> Reason:
    """Return why nothing can leave this activity by this path."""
    activity = journey.by_id.get(source)
    if activity is None:
        return tr("This activity no longer exists. Choose another.")
    if ACTIVITY_KINDS[kind_of(activity)].ends_path:
        return tr("Nothing can follow an end.")
    if path not in exit_paths(activity):
        return tr("{name} has no such path.", name=full_name(activity))
    return None


def _conflict(journey: JourneyVersion, source: str, path: str, kind: str, leaving: Collection[str] = ()) -> Reason:
    """Return why an activity of this type cannot be parallel to those after this path."""
    present = [edge.target for edge in journey.outgoing.get(source, ()) if edge.path == path]
    others = [kind_of(journey.by_id[name]) for name in present if name not in leaving and name in journey.by_id]
    if not others:
        return None
    if all(ACTIVITY_KINDS[one].is_parallel for one in (kind, *others)):
        return None
    activity = journey.by_id[source]
    where = path_name(activity, path) or full_name(activity)
    return tr("{name} is already connected. Only events, reactions and waits can run in parallel.", name=where)


def open_paths(journey: JourneyVersion, name: str) -> tuple[str, ...]:
    """Return the unconnected paths of an activity, from the top."""
    used = {edge.path for edge in journey.outgoing.get(name, ())}
    return tuple(path for path in exit_paths(journey.by_id[name]) if path not in used)


def parallel_path(journey: JourneyVersion, name: str) -> Reason:
    """Return the path that can take one more parallel event, reaction or wait; None without one."""
    for path in exit_paths(journey.by_id[name]):
        targets = [edge.target for edge in journey.outgoing.get(name, ()) if edge.path == path]
        if targets and all(ACTIVITY_KINDS[kind_of(journey.by_id[target])].is_parallel for target in targets):
            return path
    return None


def bridging_edges(journey: JourneyVersion, gone: Collection[str]) -> tuple[Edge, ...]:
    """Return the edges that join neighbours of deleted activities: one incoming, one outgoing."""
    joined: list[Edge] = []
    for edge in journey.edges:
        if edge.source in gone or edge.target not in gone:
            continue
        leaving = list(_leaving(journey, edge.target, gone))
        trial = revise(journey, edges=(*journey.edges, *joined))
        if len(leaving) == 1 and _can_rejoin(trial, edge, leaving[0].target, gone):
            joined.append(line(edge.source, edge.path, leaving[0].target))
    return tuple(joined)


def _leaving(journey: JourneyVersion, name: str, gone: Collection[str]) -> Iterator[Edge]:
    """Return the edges by which deleted activities, starting at one, lead to remaining ones."""
    pending, seen = [name], set()
    while pending:
        current = pending.pop()
        if current in seen:
            continue
        seen.add(current)
        for edge in journey.outgoing.get(current, ()):
            if edge.target in gone:
                pending.append(edge.target)
            else:
                yield edge


def _can_rejoin(journey: JourneyVersion, edge: Edge, target: str, gone: Collection[str]) -> bool:
    return _conflict(journey, edge.source, edge.path, kind_of(journey.by_id[target]), leaving=gone) is None


def can_paste(
    journey: JourneyVersion,
    activities: Collection[Activity],
    roots: Collection[Activity],
    after: tuple[str, str] | None,
) -> Reason:
    """Check whether copied activities may be pasted; ``roots`` have no incoming edge."""
    if len(journey.activities) + len(activities) > MAX_ACTIVITIES:
        return tr("A journey has at most {count} activities. Delete one first.", count=MAX_ACTIVITIES)
    if after is None or not roots:
        return None
    if len(roots) > 1:
        return tr("Only activities with a single start can be pasted at the end of a path.")
    first = next(iter(roots))
    return _exit_path(journey, *after) or _conflict(journey, *after, kind_of(first))
