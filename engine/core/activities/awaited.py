"""Events, reactions, segment qualifications and waits (product.md, Activities; runtime.md, Moving)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from engine.core.calendar import to_instant
from engine.core.handlers import WaitHandler
from engine.core.step_context import ActivityError
from engine.core.stimulus import EventArrived, ReactionArrived, SegmentChanged
from engine.expression.types import DATE_TIME_ONLY
from engine.model.activities import (
    CustomWait,
    DurationWait,
    EventActivity,
    ReactionActivity,
    SegmentQualificationActivity,
)

if TYPE_CHECKING:
    from engine.core.instance import Instance
    from engine.core.program import Formula, JourneyCompiler, Node
    from engine.core.step_context import Need, StepContext

Occurrence = EventArrived | SegmentChanged | ReactionArrived

CHANGES = {"enter": ("enter",), "exit": ("exit",), "both": ("enter", "exit")}


@dataclass(frozen=True, slots=True)
class EventSettings:
    """Which event, and for how long."""

    event: str
    timeout_ms: int | None


@dataclass(frozen=True, slots=True)
class ReactionSettings:
    """Which feedback on the message of which activity, and for how long."""

    to: str
    on: str
    timeout_ms: int | None


@dataclass(frozen=True, slots=True)
class QualificationSettings:
    """Which changes of which segment."""

    segment: str
    changes: tuple[str, ...]
    timeout_ms: None = None


def _length(length: timedelta | None) -> int | None:
    return None if length is None else length // timedelta(milliseconds=1)


def _compile_event(activity: EventActivity, _compiler: JourneyCompiler) -> EventSettings:
    return EventSettings(activity.event or "", _length(activity.timeout))


def _compile_reaction(activity: ReactionActivity, _compiler: JourneyCompiler) -> ReactionSettings:
    return ReactionSettings(activity.to or "", activity.on or "", _length(activity.timeout))


def _compile_qualification(activity: SegmentQualificationActivity, _compiler: JourneyCompiler) -> QualificationSettings:
    return QualificationSettings(activity.segment or "", CHANGES[activity.behaviour])


def _compile_duration(activity: DurationWait, _compiler: JourneyCompiler) -> int | None:
    return _length(activity.duration)


def _compile_custom(activity: CustomWait, compiler: JourneyCompiler) -> Formula:
    return compiler.formula(activity.until, DATE_TIME_ONLY)


def _after(context: StepContext, arrived: int, length: int) -> int:
    """In test mode every wait lasts the test wait time."""
    return arrived + (context.instance.test_wait_ms if context.instance.in_test else length)


def _timeout(context: StepContext, node: Node, arrived: int, _needs: list[Need]) -> int | None:
    length = node.settings.timeout_ms
    return None if length is None else _after(context, arrived, length)


def _duration(context: StepContext, node: Node, arrived: int, _needs: list[Need]) -> int | None:
    return _after(context, arrived, node.settings)


def _custom(context: StepContext, node: Node, arrived: int, needs: list[Need]) -> int | None:
    formula: Formula = node.settings
    until = context.evaluate(formula, needs)
    if needs:
        return None
    if not isinstance(until, datetime):
        raise ActivityError("evaluation")
    if context.instance.in_test:
        return _after(context, arrived, 0)
    return max(arrived, to_instant(until, context.instance.zone))


def _takes_event(node: Node, occurrence: Occurrence, _instance: Instance) -> bool:
    return type(occurrence) is EventArrived and occurrence.name == node.settings.event


def _takes_reaction(node: Node, occurrence: Occurrence, instance: Instance) -> bool:
    return (
        type(occurrence) is ReactionArrived
        and occurrence.kind == node.settings.on
        and occurrence.message == instance.messages.get(node.settings.to)
    )


def _takes_change(node: Node, occurrence: Occurrence, _instance: Instance) -> bool:
    return (
        type(occurrence) is SegmentChanged
        and occurrence.segment == node.settings.segment
        and occurrence.change in node.settings.changes
    )


def _takes_nothing(_node: Node, _occurrence: Occurrence, _instance: Instance) -> bool:
    return False


def _never_ready(_node: Node, _instance: Instance) -> bool:
    return False


def _reaction_ready(node: Node, instance: Instance) -> bool:
    message = instance.messages.get(node.settings.to, "")
    return node.settings.on in instance.reactions.get(message, ())


EVENT = WaitHandler(_compile_event, _timeout, _takes_event, _never_ready)
REACTION = WaitHandler(_compile_reaction, _timeout, _takes_reaction, _reaction_ready)
QUALIFICATION = WaitHandler(_compile_qualification, _timeout, _takes_change, _never_ready)
DURATION_WAIT = WaitHandler(_compile_duration, _duration, _takes_nothing, _never_ready)
CUSTOM_WAIT = WaitHandler(_compile_custom, _custom, _takes_nothing, _never_ready)
