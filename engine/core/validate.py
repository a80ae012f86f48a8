"""Check a journey by the design rules (product.md, The journey), as one draws and before it runs.

The rules of the journey as a whole are here: its properties, its entry, its shape, and what all its versions share.
Those of an activity are in its handler.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import timedelta

from engine.core.calendar import bound_instant, find_zone
from engine.core.definition_checks import definition_faults
from engine.core.handlers import handler_of
from engine.core.inspection import Inspection
from engine.core.issues import Issue, exit_name
from engine.model.activity import ACTIVITY_KINDS, Activity, exit_paths, kind_of
from engine.model.definitions import Definitions
from engine.model.journey import MAX_ACTIVITIES, Edge, JourneyVersion


def validate(
    journey: JourneyVersion,
    definitions: Definitions,
    *,
    journeys: Sequence[JourneyVersion] | None = None,
    computed_segments: Collection[str] | None = None,
    for_test: bool = False,
    live_journeys: int = 0,
    alone: bool = False,
) -> tuple[Issue, ...]:
    """All issues, those of the whole journey first, the others from left to right.

    ``journeys`` are the latest versions of the sandbox's journeys (None: not known, so the targets of jumps are not
    looked at; ``alone`` says that they are looked for beside this one file); ``computed_segments`` the segments that
    have been computed (None: not known). ``for_test`` adds what test mode needs; ``live_journeys`` is how many others
    are live, when one is to be published.
    """
    computed = None if computed_segments is None else frozenset(computed_segments)
    inspection = Inspection(journey, definitions, journeys, computed, alone=alone)
    check_properties(inspection, for_test=for_test, live=live_journeys)
    if check_shape(inspection):
        for activity in journey.activities:
            handler_of(kind_of(activity)).check(inspection, activity)
    return tuple(sorted(inspection.issues, key=lambda issue: _place(journey, issue)))


def check_unused(definitions: Definitions, found: Iterable[Issue]) -> Iterator[Issue]:
    """Yield the issues of templates and segments of a file that no issue of its journey names yet."""
    named = {(issue.code, issue.arguments.get("name")) for issue in found}
    for section in ("templates", "segments"):
        for index, model in enumerate(getattr(definitions, section)):
            for fault in definition_faults(model, definitions):
                if (fault.code, model.name) not in named:
                    yield Issue(fault.code, "", f"$.{section}[{index}].{fault.setting}", fault.arguments)


def _place(journey: JourneyVersion, issue: Issue) -> tuple[bool, float, float]:
    """Return the whole journey first, then from left to right."""
    activity = journey.by_id.get(issue.activity)
    x, y = (activity.position if activity is not None else None) or (0, 0)
    return activity is not None, x, y


def changed_invariant(before: JourneyVersion, after: JourneyVersion) -> str | None:
    """Name the rule that a later version changes: ``entry``, ``namespace``, ``reentrance``; None if it changes none."""
    rules = (
        ("entry", _entry_kind(before), _entry_kind(after)),
        ("namespace", before.namespace, after.namespace),
        ("reentrance", before.properties.reentrance, after.properties.reentrance),
    )
    return next((what for what, old, new in rules if old != new), None)


def _entry_kind(version: JourneyVersion) -> tuple[str, str | None]:
    entry = next(activity for activity in version.activities if activity.id not in version.incoming)
    return entry.type, vars(entry).get("segment")


MAX_LIVE = 100
MAX_REENTRANCE_WAIT = timedelta(days=90)
CALL_TIMEOUT = (timedelta(seconds=1), timedelta(seconds=30))
GLOBAL_TIMEOUT = (timedelta(seconds=1), timedelta(days=91))


def check_properties(inspection: Inspection, *, for_test: bool, live: int) -> None:
    """Time zone, dates, lengths of time, namespace, limits."""
    journey, properties = inspection.journey, inspection.journey.properties
    if find_zone(properties.time_zone) is None:
        inspection.report("ERR_JOURNEY_004", where=".properties.time_zone", name=properties.time_zone)
    else:
        _check_dates(inspection)
    if properties.reentrance_wait > MAX_REENTRANCE_WAIT:
        inspection.report("ERR_JOURNEY_007", where=".properties.reentrance_wait")
    if not CALL_TIMEOUT[0] <= properties.timeout_and_error <= CALL_TIMEOUT[1]:
        inspection.report("ERR_JOURNEY_008", where=".properties.timeout_and_error")
    if not GLOBAL_TIMEOUT[0] <= properties.global_timeout <= GLOBAL_TIMEOUT[1]:
        inspection.report("ERR_JOURNEY_009", where=".properties.global_timeout")
    if journey.namespace is None:
        if for_test:
            inspection.report("ERR_JOURNEY_010", where=".namespace")
    elif journey.namespace not in inspection.definitions.namespace_codes:
        inspection.report("ERR_JOURNEY_011", where=".namespace", name=journey.namespace)
    if len(journey.activities) > MAX_ACTIVITIES:
        inspection.report("ERR_JOURNEY_003", where=".activities", count=len(journey.activities), limit=MAX_ACTIVITIES)
    if live >= MAX_LIVE:
        inspection.report("ERR_JOURNEY_013", limit=MAX_LIVE)


def _check_dates(inspection: Inspection) -> None:
    properties = inspection.journey.properties
    found: list[int] = []
    for name, text in (("starts_at", properties.starts_at), ("ends_at", properties.ends_at)):
        if text is None:
            continue
        try:
            found.append(bound_instant(text, properties.time_zone, after=name == "ends_at"))
        except ValueError:
            inspection.report("ERR_JOURNEY_005", where=f".properties.{name}", name=text)
    if len(found) == 2 and found[1] <= found[0]:
        inspection.report("ERR_JOURNEY_006", where=".properties.ends_at")


def check_shape(inspection: Inspection) -> bool:
    """Require one entry, no loops, one incoming edge each and valid groups; return False when ids repeat."""
    counts = Counter(activity.id for activity in inspection.journey.activities)
    twice = [name for name, count in counts.items() if count > 1]
    for name in twice:
        inspection.report("ERR_JOURNEY_012", where=".activities", name=name)
    if twice:
        return False
    for index, edge in enumerate(inspection.journey.edges):
        _check_edge(inspection, edge, f".edges[{index}]")
    _check_entry(inspection)
    _check_ways_in(inspection)
    _check_groups(inspection)
    return True


def _check_edge(inspection: Inspection, edge: Edge, where: str) -> None:
    by_id = inspection.journey.by_id
    missing = [name for name in (edge.source, edge.target) if name not in by_id]
    for name in missing:
        inspection.report("ERR_GRAPH_005", where=where, name=name)
    if not missing and edge.path not in exit_paths(by_id[edge.source]):
        inspection.report("ERR_GRAPH_006", by_id[edge.source], name=exit_name(edge.path))


def _check_entry(inspection: Inspection) -> None:
    """Return the entry is the activity without an incoming edge; a second one, or one of another kind, is loose."""
    roots = [activity for activity in inspection.journey.activities if activity.id not in inspection.journey.incoming]
    entries = [activity for activity in roots if ACTIVITY_KINDS[kind_of(activity)].starts_journey]
    if not entries:
        inspection.report("ERR_JOURNEY_001", where=".activities")
    for activity in entries[1:]:
        inspection.report("ERR_JOURNEY_002", activity)
    for activity in roots:
        if activity not in entries:
            inspection.report("ERR_GRAPH_001", activity)


def _check_ways_in(inspection: Inspection) -> None:
    for activity in inspection.journey.activities:
        edges = inspection.journey.incoming.get(activity.id, ())
        if len(edges) > 1:
            inspection.report("ERR_GRAPH_003", activity)
        elif edges and _in_loop(inspection, activity):
            inspection.report("ERR_GRAPH_002", activity)


def _in_loop(inspection: Inspection, activity: Activity) -> bool:
    """Whether going back from the activity leads to itself."""
    here, seen = activity.id, set()
    while (edges := inspection.journey.incoming.get(here)) and here not in seen:
        seen.add(here)
        here = edges[0].source
    return here == activity.id


def _check_groups(inspection: Inspection) -> None:
    """Require one activity after an exit, or parallel events, reactions and waits."""
    by_id = inspection.journey.by_id
    beside = Counter((edge.source, edge.path) for edge in inspection.journey.edges)
    for edge in inspection.journey.edges:
        target = by_id.get(edge.target)
        crowded = beside[edge.source, edge.path] > 1
        if target is not None and crowded and not ACTIVITY_KINDS[kind_of(target)].is_parallel:
            inspection.report("ERR_GRAPH_004", target)
