"""Rules and times that events, reactions and waits have in common."""

from __future__ import annotations

from datetime import timedelta

from engine.core.inspection import Inspection
from engine.core.program import ProgramNode
from engine.core.step_context import Need, StepContext
from engine.model.activity import Activity

ONE_SECOND = timedelta(seconds=1)
LONGEST_WAIT = timedelta(days=30)


def longest_wait(inspection: Inspection) -> timedelta:
    """Return the longest wait in the journey: 30 days, or its global timeout when that is longer."""
    return max(LONGEST_WAIT, inspection.journey.properties.global_timeout)


def due_after(context: StepContext, arrived: int, length_ms: int) -> int:
    """Return the end of a wait that began at ``arrived``; in test mode every wait lasts the test wait time."""
    return arrived + (context.instance.test_wait_ms if context.instance.in_test else length_ms)


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
