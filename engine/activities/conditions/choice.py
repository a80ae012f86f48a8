"""Conditions by data: an expression for each path, a percentage split, or the number of passages."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from engine.activities.conditions.base import ConditionBase, check_paths, condition_kind, others_exit
from engine.core.effect import CountPassage
from engine.core.handlers import TaskHandler
from engine.core.inspection import Inspection
from engine.core.issues import exit_name, path_name
from engine.core.program import Formula, JourneyCompiler, ProgramNode
from engine.core.step_context import Need, StepContext
from engine.core.stimulus import PassageCounted
from engine.expression import syntax
from engine.expression.types import BOOLEAN
from engine.model.activity import OTHERS, ConditionPath
from engine.model.base import Expression, Number


class ExpressionPath(ConditionPath):
    """Taken when ``expression`` is true."""

    expression: Expression = ""


class DataSourceCondition(ConditionBase):
    """The first path from the top whose expression holds; else ``others``, if there is one."""

    kind: Literal["data_source"]
    paths: tuple[ExpressionPath, ...] = ()
    others: bool = False
    on_error: bool = False


@dataclass(frozen=True, slots=True)
class FormulaPaths:
    """The paths with their compiled expressions."""

    paths: tuple[tuple[str, Formula], ...]
    others: str


def _compile_formulas(activity: DataSourceCondition, compiler: JourneyCompiler) -> FormulaPaths:
    paths = tuple((path.id, compiler.formula(path.expression, BOOLEAN)) for path in activity.paths)
    return FormulaPaths(paths, others_exit(activity))


def _run_formulas(context: StepContext, node: ProgramNode) -> str | None:
    """Evaluate one path after the other; one that is decided is not evaluated again when data for the next arrive."""
    settings: FormulaPaths = node.settings
    step = context.step
    for index in range(step.index, len(settings.paths)):
        path, formula = settings.paths[index]
        step.index = index
        needs: list[Need] = []
        holds = formula.value if formula.constant else context.evaluate(formula, needs)
        if needs:
            context.fetch(needs)
            return None
        if holds is True:
            return path
    return settings.others


def _check_formulas(inspection: Inspection, activity: DataSourceCondition) -> None:
    """Require a boolean expression for each path, and none that is out of reach."""
    check_paths(inspection, activity, activity.paths)
    earlier: set[str] = set()
    certain = False
    for index, path in enumerate(activity.paths):
        where = f".paths[{index}].expression"
        text = path.expression.strip()
        if not text:
            inspection.report("ERR_CONDITION_002", activity, where, name=path_name(path, index))
            continue
        checked = inspection.formula(activity, where, text, BOOLEAN)
        constant = checked.tree.value if checked is not None and isinstance(checked.tree, syntax.Literal) else None
        if certain or text in earlier or constant is False:
            inspection.report("WARN_GRAPH_001", activity, where, name=path_name(path, index))
        earlier.add(text)
        certain = certain or constant is True
    if certain and activity.others:
        inspection.report("WARN_GRAPH_001", activity, ".others", name=exit_name(OTHERS))


DATA_SOURCE = condition_kind(
    "data_source", DataSourceCondition, TaskHandler(run=_run_formulas, compile=_compile_formulas, check=_check_formulas)
)


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


def _compile_split(activity: SplitCondition, _compiler: JourneyCompiler) -> Split:
    sums = tuple(accumulate(float(path.weight) for path in activity.paths))
    return Split(tuple(zip((path.id for path in activity.paths), sums, strict=True)), sums[-1])


def _run_split(context: StepContext, node: ProgramNode) -> str:
    """Compare one draw with the cumulated weights; take the topmost branch in test mode."""
    settings: Split = node.settings
    if context.instance.in_test:
        return settings.branches[0][0]
    draw = context.random() * settings.total
    return next(branch for branch, cumulated in settings.branches if draw < cumulated)


def _check_split(inspection: Inspection, activity: SplitCondition) -> None:
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
    "percentage", SplitCondition, TaskHandler(run=_run_split, compile=_compile_split, check=_check_split, draws=True)
)


class CapPath(ConditionPath):
    """The path of a profile cap; the people beyond the limit take ``others``."""


class ProfileCapCondition(ConditionBase):
    """The first ``limit`` passages take the path, the rest ``others``."""

    kind: Literal["profile_cap"]
    paths: tuple[CapPath, ...] = ()
    limit: int | None = None
    others: bool = False
    on_error: bool = False


@dataclass(frozen=True, slots=True)
class Cap:
    """The path of the first ``limit`` passages."""

    path: str
    limit: int
    others: str


def _compile_cap(activity: ProfileCapCondition, _compiler: JourneyCompiler) -> Cap:
    return Cap(activity.paths[0].id, activity.limit or 0, others_exit(activity))


def _run_cap(context: StepContext, node: ProgramNode) -> None:
    call = context.begin_call()
    context.effects.append(CountPassage(call, node.id))


def _complete_cap(_context: StepContext, node: ProgramNode, answer: PassageCounted) -> str:
    settings: Cap = node.settings
    return settings.path if answer.passage <= settings.limit else settings.others


def _check_cap(inspection: Inspection, activity: ProfileCapCondition) -> None:
    """Require one path and a limit."""
    check_paths(inspection, activity, activity.paths)
    if len(activity.paths) > 1:
        inspection.report("ERR_CONDITION_008", activity, ".paths", count=len(activity.paths))
    if activity.limit is None or activity.limit < 1:
        inspection.report("ERR_CONDITION_007", activity, ".limit")


PROFILE_CAP = condition_kind(
    "profile_cap",
    ProfileCapCondition,
    TaskHandler(run=_run_cap, complete=_complete_cap, compile=_compile_cap, check=_check_cap),
)
