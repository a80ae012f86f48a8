"""Update profile: sets one existing field of the profile.

Files name the field as ``FieldGroup.path``. People also write a reference to it
(``#{ExperiencePlatform.Profile.tier}``) or its path alone (``tier``); a file is normalized when it is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from engine.activities.parameters import Parameter, Parameters
from engine.core.effect import UpdateProfile
from engine.core.handlers import TaskHandler
from engine.core.inspection import Inspection
from engine.core.program import JourneyCompiler, ProgramNode
from engine.core.step_context import StepContext
from engine.expression.types import Type
from engine.model.activity import ActivityBase, ActivityKind
from engine.model.base import Expression
from engine.model.definitions import PROFILE_STORE, DataSource, FieldGroup
from engine.model.fields import Field


class UpdateProfileActivity(ActivityBase):
    """Sets one existing field of the profile; ``field`` is ``FieldGroup.path``."""

    type: Literal["update_profile"]
    field: str | None = None
    value: Expression = ""
    on_error: bool = False


@dataclass(frozen=True, slots=True)
class UpdateSettings:
    """The attribute's path in the profile and its new value."""

    action: str
    parameters: Parameters


def _compile(activity: UpdateProfileActivity, compiler: JourneyCompiler) -> UpdateSettings:
    name = activity.field or ""
    wanted: Type = compiler.profile_type(name)
    value = Parameter("", compiler.formula(activity.value, wanted))
    return UpdateSettings(name.partition(".")[2], Parameters((value,)))


def _run(context: StepContext, node: ProgramNode) -> None:
    settings: UpdateSettings = node.settings
    values = settings.parameters.compute(context)
    if values is None:
        return
    call = context.begin_call()
    context.effects.append(UpdateProfile(call, node.id, settings.action, values[0]))


def _check(inspection: Inspection, activity: UpdateProfileActivity) -> None:
    """Return a field of the profile store, a value of its type, a namespace."""
    if inspection.journey.namespace is None:
        inspection.report("ERR_PROFILE_004", activity)
    wanted: Type | None = None
    if activity.field is None:
        inspection.report("ERR_PROFILE_001", activity, ".field")
    elif (field := _profile_field(inspection, activity.field)) is None:
        inspection.report("ERR_PROFILE_002", activity, ".field", name=activity.field)
    else:
        wanted = field.type
    if not activity.value.strip():
        inspection.report("ERR_PROFILE_003", activity, ".value")
    else:
        inspection.formula(activity, ".value", activity.value, wanted)


def _profile_field(inspection: Inspection, name: str) -> Field | None:
    """Return the attribute that ``FieldGroup.path`` names."""
    group_name, *path = name.split(".")
    source = inspection.definitions.data_source.get(PROFILE_STORE)
    groups = source.field_groups if source is not None else ()
    group = next((one for one in groups if one.name == group_name and one.source_schema != "experience_event"), None)
    found = None if group is None or not path else Field("", "object", group.fields)
    for part in path:
        found = found.child(part) if found is not None else None
    return found


def _normalize(activity: UpdateProfileActivity, sources: Iterable[DataSource]) -> UpdateProfileActivity:
    groups = [
        group
        for source in sources
        if source.built_in
        for group in source.field_groups
        if group.source_schema != "experience_event"
    ]
    if activity.field is None:
        return activity
    return activity.model_copy(update={"field": attribute_name(activity.field, groups)})


def attribute_name(name: str, groups: Iterable[FieldGroup]) -> str:
    """``FieldGroup.path`` for a name in any of its forms; what is no attribute stays as it is, to be reported so."""
    plain = name.strip().removeprefix("#{").removesuffix("}").strip().removeprefix(f"{PROFILE_STORE}.")
    first = plain.partition(".")[0]
    named = {group.name: group for group in groups}
    if first in named:
        return plain
    return next((f"{group}.{plain}" for group, known in named.items() if _holds(known, plain)), name)


def _holds(group: FieldGroup, path: str) -> bool:
    found: Field | None = Field("", "object", group.fields)
    for part in path.split("."):
        found = found.child(part) if found is not None else None
    return found is not None


UPDATE_PROFILE = ActivityKind(
    key="update_profile",
    settings=UpdateProfileActivity,
    handler=TaskHandler(run=_run, compile=_compile, check=_check),
    noun="profile update",
    category="action",
    needs_namespace=True,
    normalize=_normalize,
)
