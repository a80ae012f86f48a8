"""Activities that await something: an event, a reaction to a message, a change of a segment.

Events and segment qualifications can also start a journey.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from engine.activities.wait import ONE_SECOND, check_patience, longest_wait, timeout_due
from engine.catalogue import Phrase
from engine.core.handlers import WaitHandler
from engine.core.inspection import Inspection
from engine.core.instance import Instance
from engine.core.issues import quoted
from engine.core.program import JourneyCompiler, ProgramNode, to_milliseconds
from engine.core.stimulus import EventArrived, Occurrence, ReactionArrived, SegmentChanged
from engine.expression import Scope, check
from engine.expression.types import BOOLEAN, Type
from engine.model.activity import ACTIVITY_KINDS, ActivityBase, ActivityKind, kind_of
from engine.model.base import Duration
from engine.model.channel import CHANNELS
from engine.model.definitions import QUALIFICATION, EventDefinition
from engine.model.journey import JourneyVersion


class EventActivity(ActivityBase):
    """Waits for an event, or is the entry. ``timeout`` ends the waiting; ``timeout_path`` gives that its own way."""

    type: Literal["event"]
    event: str | None = None
    timeout: Duration | None = None
    timeout_path: bool = False


@dataclass(frozen=True, slots=True)
class EventSettings:
    """The name of the event, and how long it is awaited."""

    event: str
    timeout_ms: int | None


def _compile_event(activity: EventActivity, _compiler: JourneyCompiler) -> EventSettings:
    return EventSettings(activity.event or "", None if activity.timeout is None else to_milliseconds(activity.timeout))


def _matches_event(node: ProgramNode, occurrence: Occurrence, _instance: Instance) -> bool:
    return type(occurrence) is EventArrived and occurrence.name == node.settings.event


def _check_event(inspection: Inspection, activity: EventActivity) -> None:
    """Require a finished event of the journey's namespace and a sensible timeout."""
    if activity.event is None:
        inspection.report("ERR_EVENT_001", activity, ".event")
    elif (event := inspection.definitions.event.get(activity.event)) is None:
        inspection.report("ERR_EVENT_002", activity, ".event", name=activity.event)
    else:
        _check_definition(inspection, activity, event)
    longest = longest_wait(inspection)
    if activity.timeout is not None and not ONE_SECOND <= activity.timeout <= longest:
        inspection.report("ERR_EVENT_004", activity, ".timeout", days=longest.days)
    if activity.timeout_path and activity.timeout is None:
        inspection.report("ERR_EVENT_005", activity, ".timeout_path")
    check_patience(inspection, activity)


def _check_definition(inspection: Inspection, activity: EventActivity, event: EventDefinition) -> None:
    namespace = inspection.journey.namespace
    if None not in (namespace, event.namespace) and event.namespace != namespace:
        other, namespace = event.namespace or "", namespace or ""
        inspection.report("ERR_EVENT_003", activity, ".event", name=event.name, other=other, namespace=namespace)
    reason = incompleteness(event)
    if reason is not None:
        inspection.report("ERR_EVENT_006", activity, ".event", name=event.name, reason=reason)


def incompleteness(event: EventDefinition) -> Phrase | None:
    """Return a clause on what is missing or wrong in an event definition; None if nothing is."""
    scope = Scope({event.name: event.payload_type})
    texts: list[tuple[str, str, Type | None]] = [("key", event.key, None)]
    if event.type == "rule":
        texts.append(("rule", event.rule, BOOLEAN))
    for name, text, expected in texts:
        if not text.strip():
            return Phrase(f"incomplete.no_{name}")
        errors = check(text, scope, expected).errors
        if errors:
            return Phrase(f"incomplete.{name}", {"reason": errors[0].phrase})
    return None


EVENT = ActivityKind(
    key="event",
    settings=EventActivity,
    handler=WaitHandler(
        due=timeout_due,
        matches=_matches_event,
        compile=_compile_event,
        check=_check_event,
        events=lambda settings: (settings.event,),
    ),
    noun="event",
    category="event",
    definition="event",
    starts_journey=True,
    readable=lambda activity: activity.event,
)


TIMEOUT_RANGE = (timedelta(seconds=40), timedelta(days=29))
TEST_WAIT_MS = 40_000


class ReactionActivity(ActivityBase):
    """Waits for what a person does with the message that activity ``to`` sent."""

    type: Literal["reaction"]
    to: str | None = None
    on: Literal["sent", "opened", "clicked", "failed"] | None = None
    timeout: Duration | None = None
    timeout_path: bool = False


@dataclass(frozen=True, slots=True)
class ReactionSettings:
    """The activity whose message is meant, the kind of feedback, and how long it is awaited."""

    to: str
    on: str
    timeout_ms: int | None


def _compile_reaction(activity: ReactionActivity, _compiler: JourneyCompiler) -> ReactionSettings:
    timeout = None if activity.timeout is None else to_milliseconds(activity.timeout)
    return ReactionSettings(activity.to or "", activity.on or "", timeout)


def _matches_reaction(node: ProgramNode, occurrence: Occurrence, instance: Instance) -> bool:
    return (
        type(occurrence) is ReactionArrived
        and occurrence.kind == node.settings.on
        and occurrence.message == instance.messages.get(node.settings.to)
    )


def _is_met(node: ProgramNode, instance: Instance) -> bool:
    message = instance.messages.get(node.settings.to, "")
    return node.settings.on in instance.reactions.get(message, ())


def reaction_noun(reaction: str) -> Phrase:
    """Return the word for a reaction; that of an extension has no translation."""
    return Phrase(f"reaction.{reaction}", {"message": reaction})


def _check_reaction(inspection: Inspection, activity: ReactionActivity) -> None:
    """Require a message earlier on the path, feedback that it can have, and a timeout in its range."""
    message = next((one for one, _ in inspection.ancestors[activity.id] if one.id == activity.to), None)
    channel = CHANNELS.get(ACTIVITY_KINDS[kind_of(message)].channel) if message is not None else None
    if activity.to is None:
        inspection.report("ERR_REACTION_001", activity, ".to")
    elif channel is None:
        other = inspection.journey.by_id.get(activity.to)
        name = quoted(activity.to) if other is None else inspection.display_name(other)
        inspection.report("ERR_REACTION_002", activity, ".to", name=name)
    elif activity.on not in channel.reactions:
        choices = tuple(reaction_noun(one) for one in channel.reactions)
        inspection.report("ERR_REACTION_003", activity, ".on", name=reaction_noun(activity.on or ""), choices=choices)
    if activity.timeout is not None and not TIMEOUT_RANGE[0] <= activity.timeout <= TIMEOUT_RANGE[1]:
        inspection.report("ERR_REACTION_004", activity, ".timeout")
    if activity.timeout_path and activity.timeout is None:
        inspection.report("ERR_EVENT_005", activity, ".timeout_path")
    check_patience(inspection, activity)


REACTION = ActivityKind(
    key="reaction",
    settings=ReactionActivity,
    handler=WaitHandler(
        due=timeout_due,
        matches=_matches_reaction,
        is_met=_is_met,
        compile=_compile_reaction,
        check=_check_reaction,
        min_test_wait_ms=TEST_WAIT_MS,
    ),
    noun="reaction",
    needs_message=True,
    activity_settings=("to",),
    category="event",
)


CHANGES = {"enter": ("enter",), "exit": ("exit",), "both": ("enter", "exit")}


class SegmentQualificationActivity(ActivityBase):
    """Waits until the person enters or leaves a segment, or is the entry."""

    type: Literal["segment_qualification"]
    segment: str | None = None
    behaviour: Literal["enter", "exit", "both"] = "enter"


@dataclass(frozen=True, slots=True)
class QualificationSettings:
    """The segment and its awaited changes."""

    segment: str
    changes: tuple[str, ...]


def has_qualification(journey: JourneyVersion) -> bool:
    """Whether a journey uses a segment qualification anywhere."""
    return any(isinstance(activity, SegmentQualificationActivity) for activity in journey.activities)


def _compile_qualification(activity: SegmentQualificationActivity, _compiler: JourneyCompiler) -> QualificationSettings:
    return QualificationSettings(activity.segment or "", CHANGES[activity.behaviour])


def _matches_change(node: ProgramNode, occurrence: Occurrence, _instance: Instance) -> bool:
    return (
        type(occurrence) is SegmentChanged
        and occurrence.segment == node.settings.segment
        and occurrence.change in node.settings.changes
    )


def _check_qualification(inspection: Inspection, activity: SegmentQualificationActivity) -> None:
    """Require a segment that exists and has been computed, and a namespace where it starts a journey."""
    if activity.segment is None:
        inspection.report("ERR_SEGMENT_001", activity, ".segment")
    elif (segment := inspection.definitions.segment.get(activity.segment)) is None:
        inspection.report("ERR_SEGMENT_002", activity, ".segment", name=activity.segment)
    else:
        written, computed = segment.expression.strip(), inspection.computed_segments
        inspection.check_segment(activity, ".segment", segment)
        if not written or (computed is not None and segment.name not in computed):
            inspection.report("WARN_SEGMENT_001", activity, ".segment", name=segment.name)
    if activity.id not in inspection.journey.incoming and inspection.journey.namespace is None:
        inspection.report("ERR_SEGMENT_003", activity)
    check_patience(inspection, activity)


SEGMENT_QUALIFICATION = ActivityKind(
    key="segment_qualification",
    settings=SegmentQualificationActivity,
    handler=WaitHandler(
        matches=_matches_change,
        compile=_compile_qualification,
        check=_check_qualification,
        segment_changes=lambda settings: tuple((settings.segment, change) for change in settings.changes),
    ),
    noun="segment qualification",
    category="event",
    starts_journey=True,
    readable=lambda _activity: QUALIFICATION,
)
