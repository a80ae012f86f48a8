"""Rules of events, reactions, segment qualifications and waits."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from engine.core.inspection import Inspection
from engine.expression import Scope, check
from engine.expression.types import BOOLEAN, DATE_TIME_ONLY, Type
from engine.model.activities import (
    Activity,
    CustomWait,
    DurationWait,
    EventActivity,
    ReactionActivity,
    SegmentQualificationActivity,
)
from engine.model.event import EventDefinition

ONE_SECOND = timedelta(seconds=1)
LONGEST_WAIT = timedelta(days=30)
REACTION_TIMEOUT = (timedelta(seconds=40), timedelta(days=29))
REACTIONS: Mapping[str, tuple[str, ...]] = {
    "email": ("sent", "opened", "clicked", "failed"),
    "push": ("sent", "clicked", "failed"),
    "sms": ("sent", "failed"),
}
"""What can be reacted to, by the kind of message."""


def check_event(inspection: Inspection, activity: EventActivity) -> None:
    """An event that exists, of the journey's namespace, finished; a sensible timeout."""
    if activity.event is None:
        inspection.report("ERR_EVENT_001", activity, ".event")
    elif (event := inspection.definitions.event.get(activity.event)) is None:
        inspection.report("ERR_EVENT_002", activity, ".event", name=activity.event)
    else:
        _check_definition(inspection, activity, event)
    longest = max(LONGEST_WAIT, inspection.journey.properties.global_timeout)
    if activity.timeout is not None and not ONE_SECOND <= activity.timeout <= longest:
        inspection.report("ERR_EVENT_004", activity, ".timeout", days=longest.days)
    if activity.timeout_path and activity.timeout is None:
        inspection.report("ERR_EVENT_005", activity, ".timeout_path")
    _check_patience(inspection, activity)


def _check_definition(inspection: Inspection, activity: EventActivity, event: EventDefinition) -> None:
    namespace = inspection.journey.namespace
    if None not in (namespace, event.namespace) and event.namespace != namespace:
        inspection.report(
            "ERR_EVENT_003",
            activity,
            ".event",
            name=event.name,
            other=event.namespace,
            namespace=inspection.journey.namespace,
        )
    reason = unfinished(event)
    if reason:
        inspection.report("ERR_EVENT_006", activity, ".event", name=event.name, reason=reason)


def unfinished(event: EventDefinition) -> str:
    """What is missing or wrong in an event definition, '' if nothing is."""
    scope = Scope({event.name: event.payload_type})
    texts: list[tuple[str, str, Type | None]] = [("key", event.key, None)]
    if event.type == "rule":
        texts.append(("rule", event.rule, BOOLEAN))
    for name, text, expected in texts:
        if not text.strip():
            return f"it has no {name}"
        errors = check(text, scope, expected).errors
        if errors:
            return f"its {name}: {errors[0].message}"
    return ""


def _check_patience(inspection: Inspection, activity: Activity) -> None:
    """Something in the group must end the waiting."""
    edges = inspection.journey.incoming.get(activity.id, ())
    if not edges:
        return
    way = (edges[0].source, edges[0].path)
    beside = [
        inspection.journey.by_id.get(edge.target)
        for edge in inspection.journey.edges
        if (edge.source, edge.path) == way
    ]
    if not any(one is not None and (one.type == "wait" or getattr(one, "timeout", None)) for one in beside):
        inspection.report("WARN_EVENT_001", activity)


def check_reaction(inspection: Inspection, activity: ReactionActivity) -> None:
    """A message earlier on the path, feedback that it can have, a timeout in its range."""
    message = next((one for one, _ in inspection.ancestors[activity.id] if one.id == activity.to), None)
    if activity.to is None:
        inspection.report("ERR_REACTION_001", activity, ".to")
    elif message is None or message.type not in REACTIONS:
        other = inspection.journey.by_id.get(activity.to)
        name = repr(activity.to) if other is None else inspection.display_name(other)
        inspection.report("ERR_REACTION_002", activity, ".to", name=name)
    elif activity.on not in REACTIONS[message.type]:
        choices = ", ".join(REACTIONS[message.type])
        inspection.report("ERR_REACTION_003", activity, ".on", name=activity.on or "", choices=choices)
    if activity.timeout is not None and not REACTION_TIMEOUT[0] <= activity.timeout <= REACTION_TIMEOUT[1]:
        inspection.report("ERR_REACTION_004", activity, ".timeout")
    if activity.timeout_path and activity.timeout is None:
        inspection.report("ERR_EVENT_005", activity, ".timeout_path")
    _check_patience(inspection, activity)


def check_qualification(
    inspection: Inspection, activity: SegmentQualificationActivity, computed: frozenset[str] | None
) -> None:
    """A segment that exists and has been computed; a namespace where it begins a journey."""
    if activity.segment is None:
        inspection.report("ERR_SEGMENT_001", activity, ".segment")
    elif (segment := inspection.definitions.segment.get(activity.segment)) is None:
        inspection.report("ERR_SEGMENT_002", activity, ".segment", name=activity.segment)
    else:
        scope = inspection.definitions.scope({})
        errors = check(segment.expression, scope, BOOLEAN).errors if segment.expression.strip() else ()
        if errors:
            inspection.report("ERR_SEGMENT_004", activity, ".segment", name=segment.name, reason=errors[0].message)
        if not segment.expression.strip() or (computed is not None and segment.name not in computed):
            inspection.report("WARN_SEGMENT_001", activity, ".segment", name=segment.name)
    if activity.id not in inspection.journey.incoming and inspection.journey.namespace is None:
        inspection.report("ERR_SEGMENT_003", activity)
    _check_patience(inspection, activity)


def check_duration(inspection: Inspection, activity: DurationWait) -> None:
    """A second at least, 30 days at most, or a longer global timeout."""
    limit = inspection.journey.properties.global_timeout
    longest = max(LONGEST_WAIT, limit)
    if activity.duration is None:
        inspection.report("ERR_WAIT_001", activity, ".duration")
    elif activity.duration < ONE_SECOND:
        inspection.report("ERR_WAIT_002", activity, ".duration")
    elif activity.duration > longest:
        inspection.report("ERR_WAIT_003", activity, ".duration", days=longest.days)
    elif activity.duration > limit:
        inspection.report("WARN_WAIT_001", activity, ".duration")


def check_custom(inspection: Inspection, activity: CustomWait) -> None:
    """An expression for the time of the day."""
    if not activity.until.strip():
        inspection.report("ERR_WAIT_004", activity, ".until")
    else:
        inspection.formula(activity, ".until", activity.until, DATE_TIME_ONLY)
