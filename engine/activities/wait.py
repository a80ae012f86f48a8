"""Waits, for a length of time or until a computed time, and ends; with the rules and times that all waiting shares."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from engine.core.calendar import to_instant
from engine.core.handlers import TaskHandler, WaitHandler
from engine.core.inspection import Inspection
from engine.core.program import Formula, JourneyCompiler, ProgramNode, to_milliseconds
from engine.core.step_context import ActivityError, Need, StepContext
from engine.expression.printer import print_tree
from engine.expression.syntax import FunctionCall
from engine.expression.types import DATE_TIME, MOMENT
from engine.model.activity import Activity, ActivityBase, ActivityKind
from engine.model.base import Duration, Expression

ONE_SECOND = timedelta(seconds=1)
LONGEST_WAIT = timedelta(days=30)


def longest_wait(inspection: Inspection) -> timedelta:
    """Return the longest wait in the journey: 30 days, or its global timeout when that is longer."""
    return max(LONGEST_WAIT, inspection.journey.properties.global_timeout)


def due_after(context: StepContext, arrived: int, length_ms: int) -> int:
    """Return the end of a wait that began at ``arrived``; in a test it lasts the test wait time, if one is set."""
    return arrived + context.instance.lasting(length_ms)


def timeout_due(context: StepContext, node: ProgramNode, arrived: int, _needs: list[Need]) -> int | None:
    """Return the end of the timeout of a node whose compiled settings have ``timeout_ms``."""
    length = node.settings.timeout_ms
    return None if length is None else due_after(context, arrived, length)


def check_patience(inspection: Inspection, activity: Activity) -> None:
    """Warn when nothing in the group of an awaited activity ends the waiting."""
    edges = inspection.journey.incoming.get(activity.id, ())
    if not edges:
        return
    exit_taken = (edges[0].source, edges[0].path)
    by_id = inspection.journey.by_id
    beside = [by_id.get(edge.target) for edge in inspection.journey.edges if (edge.source, edge.path) == exit_taken]
    if not any(one is not None and (one.type == "wait" or getattr(one, "timeout", None)) for one in beside):
        inspection.report("WARN_EVENT_001", activity)


class DurationWait(ActivityBase):
    """Waits for a length of time."""

    type: Literal["wait"]
    kind: Literal["duration"]
    duration: Duration | None = None


class CustomWait(ActivityBase):
    """Waits until the time that ``until`` computes: a dateTimeOnly in the journey's time zone, or a dateTime."""

    type: Literal["wait"]
    kind: Literal["custom"]
    until: Expression = ""


def _compile_duration(activity: DurationWait, _compiler: JourneyCompiler) -> int:
    assert activity.duration is not None
    return to_milliseconds(activity.duration)


def _duration_due(context: StepContext, node: ProgramNode, arrived: int, _needs: list[Need]) -> int:
    return due_after(context, arrived, node.settings)


def _check_duration(inspection: Inspection, activity: DurationWait) -> None:
    """Require a second at least, and 30 days or the global timeout at most."""
    limit, longest = inspection.journey.properties.global_timeout, longest_wait(inspection)
    if activity.duration is None:
        inspection.report("ERR_WAIT_001", activity, ".duration")
    elif activity.duration < ONE_SECOND:
        inspection.report("ERR_WAIT_002", activity, ".duration")
    elif activity.duration > longest:
        inspection.report("ERR_WAIT_003", activity, ".duration", days=longest.days)
    elif activity.duration > limit:
        inspection.report("WARN_WAIT_001", activity, ".duration")


def _compile_custom(activity: CustomWait, compiler: JourneyCompiler) -> Formula:
    return compiler.formula(activity.until, MOMENT)


def _custom_due(context: StepContext, node: ProgramNode, arrived: int, needs: list[Need]) -> int | None:
    formula: Formula = node.settings
    until = context.evaluate(formula, needs)
    if needs:
        return None
    if not isinstance(until, datetime):
        raise ActivityError("evaluation")
    if context.instance.in_test and context.instance.test_wait_ms:
        return due_after(context, arrived, 0)
    return max(arrived, to_instant(until, context.instance.zone))


def _check_custom(inspection: Inspection, activity: CustomWait) -> None:
    """Require an expression for the time; warn when it drops the offset of a dateTime."""
    if not activity.until.strip():
        inspection.report("ERR_WAIT_004", activity, ".until")
        return
    checked = inspection.formula(activity, ".until", activity.until, MOMENT)
    tree = checked.tree if checked is not None else None
    if checked is None or not isinstance(tree, FunctionCall) or tree.name != "toDateTimeOnly":
        return
    (argument,) = tree.arguments
    if checked.typed.types.get(id(argument)) == DATE_TIME:
        written, meant = print_tree(tree), print_tree(argument)
        inspection.report("WARN_WAIT_002", activity, ".until", written=written, meant=meant)


DURATION = ActivityKind(
    key="wait.duration",
    settings=DurationWait,
    handler=WaitHandler(due=_duration_due, compile=_compile_duration, check=_check_duration),
    noun="wait",
    category="orchestration",
)
CUSTOM = ActivityKind(
    key="wait.custom",
    settings=CustomWait,
    handler=WaitHandler(due=_custom_due, compile=_compile_custom, check=_check_custom),
    noun="wait",
    category="orchestration",
)


class EndActivity(ActivityBase):
    """A labelled end of a path."""

    type: Literal["end"]


END = ActivityKind(
    key="end",
    settings=EndActivity,
    handler=TaskHandler(run=lambda _context, _node: ""),
    noun="end",
    category="orchestration",
    exits=lambda _activity: (),
    ends_path=True,
)
