"""Profile cap: the first passages take the path, the rest the other one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.activities.conditions.base import ConditionBase, check_paths, condition_kind, others_exit
from engine.core.effect import CountPassage
from engine.core.handlers import TaskHandler
from engine.core.inspection import Inspection
from engine.core.program import JourneyCompiler, ProgramNode
from engine.core.step_context import StepContext
from engine.core.stimulus import PassageCounted
from engine.model.activity import ConditionPath


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


def _compile(activity: ProfileCapCondition, _compiler: JourneyCompiler) -> Cap:
    return Cap(activity.paths[0].id, activity.limit or 0, others_exit(activity))


def _run(context: StepContext, node: ProgramNode) -> None:
    call = context.begin_call()
    context.effects.append(CountPassage(call, node.id))


def _complete(_context: StepContext, node: ProgramNode, answer: PassageCounted) -> str:
    settings: Cap = node.settings
    return settings.path if answer.passage <= settings.limit else settings.others


def _check(inspection: Inspection, activity: ProfileCapCondition) -> None:
    """Require one path and a limit."""
    check_paths(inspection, activity, activity.paths)
    if len(activity.paths) > 1:
        inspection.report("ERR_CONDITION_008", activity, ".paths", count=len(activity.paths))
    if activity.limit is None or activity.limit < 1:
        inspection.report("ERR_CONDITION_007", activity, ".limit")


PROFILE_CAP = condition_kind(
    "profile_cap",
    ProfileCapCondition,
    TaskHandler(run=_run, complete=_complete, compile=_compile, check=_check),
)
