"""Custom actions, messages, update profile, jump and end: done when a person arrives (product.md, Activities)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.core.effect import CallAction, Jump, SendMessage, UpdateProfile
from engine.core.handlers import TaskHandler
from engine.core.step_context import ActivityError, Need
from engine.core.stimulus import ActionDone
from engine.expression.types import STRING, ListType, ObjectType, Type
from engine.expression.values import value_to_json
from engine.model.action import BodyNode, BodyObject, CallParameter, Constant, Variable
from engine.model.activities import (
    CollectionParameter,
    CustomActionActivity,
    EndActivity,
    JumpActivity,
    MessageActivity,
    ParameterValue,
    UpdateProfileActivity,
)
from engine.model.fields import Field

if TYPE_CHECKING:
    from engine.core.program import Formula, JourneyCompiler, Node
    from engine.core.step_context import StepContext

ANY_LIST = ListType(ObjectType())
FillBody = Callable[[list[Any]], Any]


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value to be computed: ``name`` says where it goes, ``fields`` map the items of a collection."""

    name: str
    formula: Formula
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def to_json(self, value: Any) -> Any:
        """The JSON of the formula's value."""
        if value is None:
            return None
        if not self.fields:
            return value_to_json(value, self.formula.type)
        return [{name: _pick(item, path) for name, path in self.fields} for item in value]


def _pick(item: Any, path: tuple[str, ...]) -> Any:
    for part in path:
        item = item.get(part) if isinstance(item, Mapping) else None
    return item


class Parameters:
    """All values that an activity computes, in order: the constants in their places, the others with their index."""

    __slots__ = ("_computed", "_constants", "names")

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        given = tuple(parameters)
        self.names = tuple(parameter.name for parameter in given)
        self._constants = [parameter.formula.value for parameter in given]
        self._computed = [(at, parameter) for at, parameter in enumerate(given) if not parameter.formula.constant]

    def compute(self, context: StepContext) -> list[Any] | None:
        """The values as JSON; None when data are fetched first, all that are needed together."""
        values = self._constants.copy()
        needs: list[Need] = []
        for at, parameter in self._computed:
            value = context.evaluate(parameter.formula, needs)
            values[at] = value if type(value) is str else parameter.to_json(value)
        if needs:
            context.instance.draws = context.step.draws
            context.fetch(needs)
            return None
        return values


class Texts:
    """Headers or query values by name, some computed; one whose value is null is left out."""

    __slots__ = ("_computed", "_given")

    def __init__(self, used: list[CallParameter], first: int) -> None:
        self._given = {one.name: one.value for one in used}
        self._computed = tuple(enumerate((one.name for one in used if one.value is None), first))

    def fill(self, values: list[Any]) -> Mapping[str, Any]:
        """The texts, given all values of the activity."""
        if not self._computed:
            return self._given
        filled: dict[str, Any] = self._given.copy()
        for at, name in self._computed:
            filled[name] = values[at]
        return {name: value for name, value in filled.items() if value is not None}


@dataclass(frozen=True, slots=True)
class CallSettings:
    """A custom action's call: the ``parameters`` are those of the path, the headers, the query and the body in turn."""

    action: str
    parameters: Parameters
    dynamic_path: bool
    headers: Texts
    query: Texts
    body: FillBody | None


@dataclass(frozen=True, slots=True)
class MessageSettings:
    """A message: the template's name, and the address before the ``variables`` in ``parameters``."""

    channel: str
    action: str
    variables: tuple[str, ...]
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class UpdateSettings:
    """The attribute's path in the profile and its new value."""

    action: str
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class JumpSettings:
    """The target journey's name and the values for its entry event."""

    action: str
    parameters: Parameters


def _compile_call(activity: CustomActionActivity, compiler: JourneyCompiler) -> CallSettings:
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
    """The function that builds a body from all values of the activity; a variable without a value is null."""
    if isinstance(node, Constant):
        constant = node.value
        return lambda _values: constant
    if isinstance(node, Variable):
        place = places.get(node.name)
        return lambda values: None if place is None else values[place]
    assert isinstance(node, BodyObject)
    fixed: dict[str, Any] = {}
    variable: list[tuple[str, int]] = []
    nested: list[tuple[str, FillBody]] = []
    for name, child in node.children.items():
        fixed[name] = child.value if isinstance(child, Constant) else None
        if isinstance(child, BodyObject):
            nested.append((name, _fill(child, places)))
        elif isinstance(child, Variable) and child.name in places:
            variable.append((name, places[child.name]))

    def fill(values: list[Any]) -> dict[str, Any]:
        body = fixed.copy()
        for name, place in variable:
            body[name] = values[place]
        for name, fill_child in nested:
            body[name] = fill_child(values)
        return body

    return fill


def _call(context: StepContext, node: Node) -> str | None:
    settings: CallSettings = node.settings
    values = settings.parameters.compute(context)
    if values is None:
        return None
    url_path = ""
    if settings.dynamic_path and (url_path := values[0]) is None:
        raise ActivityError("evaluation")
    headers, query = settings.headers.fill(values), settings.query.fill(values)
    body = settings.body(values) if settings.body is not None else None
    call = context.number()
    key = context.instance.idempotency_key(call)
    timeout = context.program.timeout_ms
    context.effects.append(CallAction(call, node.id, settings.action, url_path, headers, query, body, timeout, key))
    context.step.call = call
    return None


def _called(context: StepContext, node: Node, answer: ActionDone) -> str:
    if answer.response is not None:
        instance = context.instance
        instance.events = {**instance.events, node.settings.action: {"response": answer.response}}
    return ""


def _compile_message(activity: MessageActivity, compiler: JourneyCompiler) -> MessageSettings:
    template = compiler.definitions.template[activity.template or ""]
    fields = [field for field in template.variables if field.name in activity.parameters]
    names = tuple(field.name for field in fields)
    variables = (
        Parameter(field.name, compiler.formula(activity.parameters[field.name], field.type)) for field in fields
    )
    address = Parameter("", compiler.formula(activity.address, STRING))
    return MessageSettings(template.channel, template.name, names, Parameters((address, *variables)))


def _send(context: StepContext, node: Node) -> str | None:
    settings: MessageSettings = node.settings
    computed = settings.parameters.compute(context)
    if computed is None:
        return None
    address, *values = computed
    if not address:
        raise ActivityError("evaluation")
    call = context.number()
    variables = dict(zip(settings.variables, values, strict=True))
    key = context.instance.idempotency_key(call)
    timeout = context.program.timeout_ms
    context.effects.append(
        SendMessage(call, node.id, settings.channel, settings.action, address, variables, timeout, key)
    )
    context.step.call = call
    return None


def _sent(context: StepContext, node: Node, answer: ActionDone) -> str:
    if answer.message_id is not None:
        context.instance.messages = {**context.instance.messages, node.id: answer.message_id}
    return ""


def _compile_update(activity: UpdateProfileActivity, compiler: JourneyCompiler) -> UpdateSettings:
    name = activity.field or ""
    wanted: Type = compiler.profile_type(name)
    value = Parameter("", compiler.formula(activity.value, wanted))
    return UpdateSettings(name.partition(".")[2], Parameters((value,)))


def _update(context: StepContext, node: Node) -> str | None:
    settings: UpdateSettings = node.settings
    values = settings.parameters.compute(context)
    if values is None:
        return None
    call = context.number()
    context.effects.append(UpdateProfile(call, node.id, settings.action, values[0]))
    context.step.call = call
    return None


def _compile_jump(activity: JumpActivity, compiler: JourneyCompiler) -> JumpSettings:
    parameters = (Parameter(name, compiler.formula(value)) for name, value in activity.parameters.items())
    return JumpSettings(activity.journey or "", Parameters(parameters))


def _jump(context: StepContext, node: Node) -> str | None:
    settings: JumpSettings = node.settings
    values = settings.parameters.compute(context)
    if values is None:
        return None
    call = context.number()
    given = dict(zip(settings.parameters.names, values, strict=True))
    context.effects.append(Jump(call, node.id, settings.action, given))
    context.step.call = call
    return None


def _compile_end(_activity: EndActivity, _compiler: JourneyCompiler) -> None:
    return None


def _end(_context: StepContext, _node: Node) -> str | None:
    return ""


CUSTOM_ACTION = TaskHandler(_compile_call, _call, _called, action=True)
MESSAGE = TaskHandler(_compile_message, _send, _sent, action=True)
UPDATE_PROFILE = TaskHandler(_compile_update, _update, action=True)
JUMP = TaskHandler(_compile_jump, _jump, action=True)
END = TaskHandler(_compile_end, _end)
