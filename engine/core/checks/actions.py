"""Rules of custom actions, messages, update profile and jump."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.inspection import Inspection
from engine.expression import Checked
from engine.expression.types import STRING, ListType, ObjectType, Type
from engine.model.action import CallParameter, CustomAction, MessageTemplate, Variable, payload_fault
from engine.model.activities import (
    CollectionParameter,
    CustomActionActivity,
    JumpActivity,
    Message,
    ParameterValue,
    UpdateProfileActivity,
)
from engine.model.data_source import PROFILE_STORE
from engine.model.fields import Field
from engine.model.journey import JourneyVersion

ANY_LIST = ListType(ObjectType())


def check_custom_action(inspection: Inspection, activity: CustomActionActivity) -> None:
    """An action that exists, all its variables filled with values of their types."""
    if activity.action is None:
        inspection.report("ERR_ACTION_001", activity, ".action")
        return
    action = inspection.definitions.action.get(activity.action)
    if action is None:
        inspection.report("ERR_ACTION_002", activity, ".action", name=activity.action)
        return
    if action.type == "campaign_classic":
        _check_campaign_classic(inspection, activity, action)
    elif not action.url:
        inspection.report("ERR_ACTION_007", activity, ".action", name=action.name)
    if action.dynamic_path and not activity.url_path.strip():
        inspection.report("ERR_ACTION_006", activity, ".url_path")
    elif action.dynamic_path:
        inspection.formula(activity, ".url_path", activity.url_path, STRING)
    _check_texts(inspection, activity, action.headers, activity.headers, ".headers")
    _check_texts(inspection, activity, action.query, activity.query, ".query")
    _check_body(inspection, activity, action)


def _check_campaign_classic(inspection: Inspection, activity: CustomActionActivity, action: CustomAction) -> None:
    """A payload that names its event; no journey that a whole segment may enter at once."""
    reason = payload_fault(action)
    if reason is not None:
        inspection.report("ERR_ACTION_008", activity, ".action", name=action.name, reason=reason)
    if any(one.type == "segment_qualification" for one in inspection.journey.activities):
        inspection.report("ERR_ACTION_009", activity, ".action")


def _check_texts(
    inspection: Inspection,
    activity: CustomActionActivity,
    declared: tuple[CallParameter, ...],
    given: Mapping[str, str],
    where: str,
) -> None:
    variables = [one.variable for one in declared if one.variable is not None]
    for name in given:
        if name not in variables:
            inspection.report("ERR_ACTION_004", activity, f"{where}.{name}", name=name)
    for name in variables:
        if not given.get(name, "").strip():
            inspection.report("ERR_ACTION_003", activity, f"{where}.{name}", name=name)
        else:
            inspection.formula(activity, f"{where}.{name}", given[name], STRING)


def _check_body(inspection: Inspection, activity: CustomActionActivity, action: CustomAction) -> None:
    variables = {variable.name: variable for variable in action.variables}
    for name in activity.parameters:
        if name not in variables:
            inspection.report("ERR_ACTION_004", activity, f".parameters.{name}", name=name)
    for name, variable in variables.items():
        value = activity.parameters.get(name, "")
        text = value.items if isinstance(value, CollectionParameter) else value
        if not text.strip():
            inspection.report("ERR_ACTION_003", activity, f".parameters.{name}", name=name)
        else:
            _check_value(inspection, activity, variable, value)


def _check_value(
    inspection: Inspection, activity: CustomActionActivity, variable: Variable, value: ParameterValue
) -> None:
    where = f".parameters.{variable.name}"
    if not isinstance(value, CollectionParameter):
        inspection.formula(activity, where, value, Field("", variable.kind).type)
        return
    checked = inspection.formula(activity, f"{where}.items", value.items, ANY_LIST)
    if checked is None:
        return
    wanted = {field.name for field in variable.fields}
    for name, source in value.fields.items():
        if name not in wanted:
            inspection.report("ERR_ACTION_004", activity, f"{where}.fields.{name}", name=name)
        elif not _has(checked, source):
            inspection.report("ERR_ACTION_005", activity, f"{where}.fields.{name}", name=variable.name, field=source)


def _has(checked: Checked, source: str) -> bool:
    """Whether the items of a list have the field; of what is no list of objects nothing is known."""
    here: Type | None = checked.type.item if isinstance(checked.type, ListType) else None
    for part in source.split("."):
        if not isinstance(here, ObjectType):
            return True
        here = here.fields.get(part)
    return here is not None


def check_message(inspection: Inspection, activity: Message) -> None:
    """A template of the channel, an address, all variables filled."""
    if not activity.address.strip():
        inspection.report("ERR_MESSAGE_003", activity, ".address")
    else:
        inspection.formula(activity, ".address", activity.address, STRING)
    if activity.template is None:
        inspection.report("ERR_MESSAGE_001", activity, ".template")
        return
    template = inspection.definitions.template.get(activity.template)
    if template is None or template.channel != activity.type:
        inspection.report("ERR_MESSAGE_002", activity, ".template", channel=activity.type, name=activity.template)
        return
    _check_variables(inspection, activity, template)


def _check_variables(inspection: Inspection, activity: Message, template: MessageTemplate) -> None:
    variables = {field.name: field for field in template.variables}
    for name in activity.parameters:
        if name not in variables:
            inspection.report("ERR_MESSAGE_005", activity, f".parameters.{name}", name=name)
    for name, field in variables.items():
        text = activity.parameters.get(name, "")
        if not text.strip():
            inspection.report("ERR_MESSAGE_004", activity, f".parameters.{name}", name=name)
        else:
            inspection.formula(activity, f".parameters.{name}", text, field.type)


def check_update(inspection: Inspection, activity: UpdateProfileActivity) -> None:
    """A field of the profile store, a value of its type, a namespace."""
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
    """The attribute that ``FieldGroup.path`` names."""
    group_name, *path = name.split(".")
    source = inspection.definitions.data_source.get(PROFILE_STORE)
    groups = source.field_groups if source is not None else ()
    group = next((one for one in groups if one.name == group_name and one.source_schema != "experience_event"), None)
    found = None if group is None or not path else Field("", "object", group.fields)
    for part in path:
        found = found.child(part) if found is not None else None
    return found


def check_jump(inspection: Inspection, activity: JumpActivity) -> None:
    """A target in the same namespace that starts with an event and does not lead back; values for its event."""
    journey = inspection.journey
    if journey.namespace is None:
        inspection.report("ERR_JUMP_008", activity)
    if any(one.type == "segment_qualification" for one in journey.activities):
        inspection.report("ERR_JUMP_007", activity)
    if activity.journey is None:
        inspection.report("ERR_JUMP_001", activity, ".journey")
        return
    if activity.journey == journey.name:
        inspection.report("ERR_JUMP_005", activity, ".journey", name=activity.journey)
        return
    if inspection.journeys is None:
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
    if entry is None or entry.type != "event":
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
            target = activity.journey if activity.type == "jump" else None
            if target == name:
                return True
            if target in known and target not in seen:
                waiting.append(known[target])
    return False
