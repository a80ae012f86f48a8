"""Jump: hands the person to another journey."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.activities.event import EventActivity, has_qualification
from engine.activities.parameters import Parameter, Parameters
from engine.core.effect import Jump
from engine.core.handlers import TaskHandler
from engine.core.inspection import Inspection
from engine.core.program import JourneyCompiler, ProgramNode
from engine.core.step_context import StepContext
from engine.model.activity import ActivityBase, ActivityKind
from engine.model.base import Expression
from engine.model.fields import Field
from engine.model.journey import JourneyVersion


class JumpActivity(ActivityBase):
    """Hands the person to another journey; ``parameters`` give a value for each field of its entry event."""

    type: Literal["jump"]
    journey: str | None = None
    parameters: Mapping[str, Expression] = {}
    on_error: bool = False


@dataclass(frozen=True, slots=True)
class JumpSettings:
    """The target journey's name and the values for its entry event."""

    action: str
    parameters: Parameters


def _compile(activity: JumpActivity, compiler: JourneyCompiler) -> JumpSettings:
    parameters = (Parameter(name, compiler.formula(value)) for name, value in activity.parameters.items())
    return JumpSettings(activity.journey or "", Parameters(parameters))


def _run(context: StepContext, node: ProgramNode) -> None:
    settings: JumpSettings = node.settings
    values = settings.parameters.compute(context)
    if values is None:
        return
    call = context.begin_call()
    given = dict(zip(settings.parameters.names, values, strict=True))
    context.effects.append(Jump(call, node.id, settings.action, given))


def _check(inspection: Inspection, activity: JumpActivity) -> None:
    """Require a target in the same namespace that starts with an event and does not lead back, and its values."""
    journey = inspection.journey
    if journey.namespace is None:
        inspection.report("ERR_JUMP_008", activity)
    if has_qualification(journey):
        inspection.report("ERR_JUMP_007", activity)
    if activity.journey is None:
        inspection.report("ERR_JUMP_001", activity, ".journey")
        return
    if activity.journey == journey.name:
        inspection.report("ERR_JUMP_005", activity, ".journey", name=activity.journey)
        return
    if inspection.journeys is None:
        if inspection.alone:
            inspection.report("WARN_JUMP_001", activity, ".journey", name=activity.journey)
        return
    target = inspection.journeys.get(activity.journey)
    if target is None:
        inspection.report("ERR_JUMP_002", activity, ".journey", name=activity.journey)
        return
    _check_target(inspection, activity, target)


def _check_target(inspection: Inspection, activity: JumpActivity, target: JourneyVersion) -> None:
    if target.namespace != inspection.journey.namespace:
        inspection.report("ERR_JUMP_003", activity, ".journey", name=target.name)
    if _leads_to(inspection, target, inspection.journey.name):
        inspection.report("ERR_JUMP_005", activity, ".journey", name=target.name)
    entry = next((one for one in target.activities if one.id not in target.incoming), None)
    if not isinstance(entry, EventActivity):
        inspection.report("ERR_JUMP_004", activity, ".journey", name=target.name)
        return
    event = inspection.definitions.event.get(entry.event or "")
    fields = {field.name: field for field in event.fields} if event is not None else {}
    for name, text in activity.parameters.items():
        field = _below(fields, name)
        if field is None:
            inspection.report("ERR_JUMP_006", activity, f".parameters.{name}", name=name)
        elif text.strip():
            inspection.formula(activity, f".parameters.{name}", text, field.type)
    for name, field in fields.items():
        is_key = event is not None and event.key.strip() == f"@{{{event.name}.{name}}}"
        if field.required and not is_key and not activity.parameters.get(name, "").strip():
            inspection.report("ERR_JUMP_009", activity, f".parameters.{name}", name=name)


def _below(fields: Mapping[str, Field], name: str) -> Field | None:
    first, *path = name.split(".")
    found = fields.get(first)
    for part in path:
        found = found.child(part) if found is not None else None
    return found


def _leads_to(inspection: Inspection, journey: JourneyVersion, name: str) -> bool:
    """Whether jumps lead from a journey to that of this name."""
    known = inspection.journeys or {}
    waiting, seen = [journey], set()
    while waiting:
        here = waiting.pop()
        seen.add(here.name)
        for activity in here.activities:
            target = activity.journey if isinstance(activity, JumpActivity) else None
            if target == name:
                return True
            if target in known and target not in seen:
                waiting.append(known[target])
    return False


JUMP = ActivityKind(
    key="jump",
    settings=JumpActivity,
    handler=TaskHandler(run=_run, compile=_compile, check=_check),
    noun="jump",
    category="action",
    needs_namespace=True,
    excluded_starts=("segment_qualification",),
)
