"""Data source condition: the first path from the top whose expression is true."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.activities.conditions.base import ConditionBase, check_paths, condition_kind, others_exit
from engine.core.activity_names import exit_name, path_name
from engine.core.handlers import TaskHandler
from engine.core.inspection import Inspection
from engine.core.program import Formula, JourneyCompiler, ProgramNode
from engine.core.step_context import Need, StepContext
from engine.expression import syntax
from engine.expression.types import BOOLEAN
from engine.model.activity import OTHERS, ConditionPath
from engine.model.base import Expression


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


def _compile(activity: DataSourceCondition, compiler: JourneyCompiler) -> FormulaPaths:
    paths = tuple((path.id, compiler.formula(path.expression, BOOLEAN)) for path in activity.paths)
    return FormulaPaths(paths, others_exit(activity))


def _run(context: StepContext, node: ProgramNode) -> str | None:
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


def _check(inspection: Inspection, activity: DataSourceCondition) -> None:
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


DATA_SOURCE = condition_kind("data_source", DataSourceCondition, TaskHandler(run=_run, compile=_compile, check=_check))
