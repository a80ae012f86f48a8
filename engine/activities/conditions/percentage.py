"""Percentage split: chooses at random with the weights of the paths."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from engine.activities.conditions.base import ConditionBase, check_paths, condition_kind
from engine.core.activity_names import path_name
from engine.core.handlers import TaskHandler
from engine.core.inspection import Inspection
from engine.core.program import JourneyCompiler, ProgramNode
from engine.core.step_context import StepContext
from engine.model.activity import ConditionPath
from engine.model.base import Number


class SplitPath(ConditionPath):
    """Taken by ``weight`` per cent of the people."""

    weight: Number = 0


class SplitCondition(ConditionBase):
    """Chooses at random with the paths' weights, which add up to 100."""

    kind: Literal["percentage"]
    paths: tuple[SplitPath, ...] = ()
    on_error: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """The branches with the cumulated weights."""

    branches: tuple[tuple[str, float], ...]
    total: float


def _compile(activity: SplitCondition, _compiler: JourneyCompiler) -> Split:
    sums = tuple(accumulate(float(path.weight) for path in activity.paths))
    return Split(tuple(zip((path.id for path in activity.paths), sums, strict=True)), sums[-1])


def _run(context: StepContext, node: ProgramNode) -> str:
    """Compare one draw with the cumulated weights; take the topmost branch in test mode."""
    settings: Split = node.settings
    if context.instance.in_test:
        return settings.branches[0][0]
    draw = context.random() * settings.total
    return next(branch for branch, cumulated in settings.branches if draw < cumulated)


def _check(inspection: Inspection, activity: SplitCondition) -> None:
    """Require shares that make 100 per cent."""
    check_paths(inspection, activity, activity.paths)
    for index, path in enumerate(activity.paths):
        where, name = f".paths[{index}].weight", path_name(path, index)
        if path.weight < 0:
            inspection.report("ERR_CONDITION_009", activity, where, name=name)
        elif path.weight == 0:
            inspection.report("WARN_GRAPH_001", activity, where, name=name)
    total = sum(path.weight for path in activity.paths)
    if activity.paths and abs(total - 100) > 1e-6:
        inspection.report("ERR_CONDITION_003", activity, ".paths", total=total)


PERCENTAGE = condition_kind(
    "percentage", SplitCondition, TaskHandler(run=_run, compile=_compile, check=_check, draws=True)
)
