"""Custom action: a call to another system, its variables filled by expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.activities.event import has_qualification
from engine.activities.parameters import CollectionParameter, Parameter, Parameters, ParameterValue
from engine.core.effect import CallAction
from engine.core.handlers import TaskHandler
from engine.core.inspection import Inspection
from engine.core.program import JourneyCompiler, ProgramNode
from engine.core.step_context import ActivityError, StepContext
from engine.core.stimulus import ActionDone
from engine.expression import Checked
from engine.expression.types import STRING, ListType, ObjectType, Type
from engine.json_types import JsonDict
from engine.model.action import (
    BodyList,
    BodyNode,
    BodyObject,
    CallParameter,
    Constant,
    CustomAction,
    Variable,
    content_fault,
    payload_fault,
)
from engine.model.activity import ActivityBase, ActivityKind
from engine.model.base import Expression
from engine.model.fields import Field

ANY_LIST = ListType(ObjectType())
FillBody = Callable[[list[object]], object]


class ActionCallBase(ActivityBase):
    """The settings of a call of a custom action; ``parameters``, ``headers`` and ``query`` fill its variables."""

    action: str | None = None
    url_path: Expression = ""
    headers: Mapping[str, Expression] = {}
    query: Mapping[str, Expression] = {}
    parameters: Mapping[str, ParameterValue] = {}
    on_error: bool = False


class CustomActionActivity(ActionCallBase):
    """Calls a custom action. ``parameters``, ``headers`` and ``query`` fill its variables by name."""

    type: Literal["action"]


class Texts:
    """Headers or query values by name, some computed; one whose value is null is left out."""

    __slots__ = ("_computed", "_given")

    def __init__(self, used: list[CallParameter], first: int) -> None:
        self._given = {one.name: one.value for one in used}
        self._computed = tuple(enumerate((one.name for one in used if one.value is None), first))

    def fill(self, values: list[object]) -> Mapping[str, str]:
        """Return the texts, given all values of the activity."""
        filled: JsonDict = {**self._given, **{name: values[at] for at, name in self._computed}}
        return {name: value for name, value in filled.items() if isinstance(value, str)}


@dataclass(frozen=True, slots=True)
class CallSettings:
    """A custom action's call: the ``parameters`` are those of the path, the headers, the query and the body in turn."""

    action: str
    parameters: Parameters
    dynamic_path: bool
    headers: Texts
    query: Texts
    body: FillBody | None


def compile_call(activity: ActionCallBase, compiler: JourneyCompiler) -> CallSettings:
    """Compile the call: values of the path, the headers, the query and the body."""
    action = compiler.definitions.action[activity.action or ""]
    variables = [variable for variable in action.variables if variable.name in activity.parameters]
    path = [Parameter("", compiler.formula(activity.url_path, STRING))] if action.dynamic_path else []
    headers, query = _used(action.headers, activity.headers), _used(action.query, activity.query)
    texts = [*path, *_texts(headers, activity.headers, compiler), *_texts(query, activity.query, compiler)]
    body = (_parameter(variable, activity.parameters[variable.name], compiler) for variable in variables)
    places = {variable.name: at for at, variable in enumerate(variables, len(texts))}
    return CallSettings(
        action=action.name,
        parameters=Parameters((*texts, *body)),
        dynamic_path=action.dynamic_path,
        headers=Texts(headers, len(path)),
        query=Texts(query, len(texts) - sum(one.value is None for one in query)),
        body=None if action.body is None else _fill(action.body, places),
    )


def _used(declared: tuple[CallParameter, ...], values: Mapping[str, str]) -> list[CallParameter]:
    """Constants, and the variables that the activity fills; the last of a name."""
    named = {one.name: one for one in declared if one.value is not None or one.variable in values}
    return list(named.values())


def _texts(used: list[CallParameter], values: Mapping[str, str], compiler: JourneyCompiler) -> list[Parameter]:
    variables = (one for one in used if one.value is None)
    return [Parameter(one.name, compiler.formula(values[one.variable or ""], STRING)) for one in variables]


def _parameter(variable: Variable, value: ParameterValue, compiler: JourneyCompiler) -> Parameter:
    if isinstance(value, CollectionParameter):
        fields = tuple((name, tuple(source.split("."))) for name, source in value.fields.items())
        return Parameter(variable.name, compiler.formula(value.items, ANY_LIST), fields)
    return Parameter(variable.name, compiler.formula(value, Field("", variable.kind).type))


def _fill(node: BodyNode, places: Mapping[str, int]) -> FillBody:
    """Return the function that builds a body from all values of the activity; a variable without a value is null."""
    if isinstance(node, Constant):
        constant = node.value
        return lambda _values: constant
    if isinstance(node, Variable):
        place = places.get(node.name)
        return lambda values: None if place is None else values[place]
    if isinstance(node, BodyList):
        items = tuple(_fill(item, places) for item in node.items)
        return lambda values: [fill_item(values) for fill_item in items]
    fixed: JsonDict = {}
    variable: list[tuple[str, int]] = []
    nested: list[tuple[str, FillBody]] = []
    for name, child in node.children.items():
        fixed[name] = child.value if isinstance(child, Constant) else None
        if isinstance(child, BodyObject | BodyList):
            nested.append((name, _fill(child, places)))
        elif isinstance(child, Variable) and child.name in places:
            variable.append((name, places[child.name]))

    def fill(values: list[object]) -> JsonDict:
        body = fixed.copy()
        for name, place in variable:
            body[name] = values[place]
        for name, fill_child in nested:
            body[name] = fill_child(values)
        return body

    return fill


def call_action(context: StepContext, node: ProgramNode, callback_header: str = "") -> None:
    """Make the call of compiled :class:`CallSettings`; a header of the name given carries its callback address."""
    settings: CallSettings = node.settings
    values = settings.parameters.compute(context)
    if values is None:
        return
    url_path = values[0] if settings.dynamic_path else ""
    if not isinstance(url_path, str):
        raise ActivityError("evaluation")
    headers, query = settings.headers.fill(values), settings.query.fill(values)
    body = settings.body(values) if settings.body is not None else None
    call = context.begin_call()
    key = context.instance.idempotency_key(call)
    timeout, name = context.program.timeout_ms, settings.action
    effect = CallAction(call, node.id, name, url_path, headers, query, body, timeout, key, callback_header)
    context.effects.append(effect)


def keep_response(context: StepContext, node: ProgramNode, answer: ActionDone) -> str:
    """Keep the response for later expressions, and leave."""
    if answer.response is not None:
        instance = context.instance
        instance.events = {**instance.events, node.settings.action: {"response": answer.response}}
    return ""


def check_custom_action(inspection: Inspection, activity: ActionCallBase) -> None:
    """Return an action that exists, all its variables filled with values of their types."""
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
    elif (reason := content_fault(action)) is not None:
        inspection.report("ERR_ACTION_010", activity, ".action", name=action.name, reason=reason)
    if action.dynamic_path and not activity.url_path.strip():
        inspection.report("ERR_ACTION_006", activity, ".url_path")
    elif action.dynamic_path:
        inspection.formula(activity, ".url_path", activity.url_path, STRING)
    _check_texts(inspection, activity, action.headers, activity.headers, ".headers")
    _check_texts(inspection, activity, action.query, activity.query, ".query")
    _check_body(inspection, activity, action)


def _check_campaign_classic(inspection: Inspection, activity: ActionCallBase, action: CustomAction) -> None:
    """Return a payload that names its event; no journey that a whole segment may enter at once."""
    reason = payload_fault(action)
    if reason is not None:
        inspection.report("ERR_ACTION_008", activity, ".action", name=action.name, reason=reason)
    if has_qualification(inspection.journey):
        inspection.report("ERR_ACTION_009", activity, ".action")


def _check_texts(
    inspection: Inspection,
    activity: ActionCallBase,
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


def _check_body(inspection: Inspection, activity: ActionCallBase, action: CustomAction) -> None:
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


def _check_value(inspection: Inspection, activity: ActionCallBase, variable: Variable, value: ParameterValue) -> None:
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


CUSTOM_ACTION = ActivityKind(
    key="action",
    settings=CustomActionActivity,
    handler=TaskHandler(run=call_action, complete=keep_response, compile=compile_call, check=check_custom_action),
    noun="action",
    category="action",
    definition="action",
    readable=lambda activity: activity.action,
)
