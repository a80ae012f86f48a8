"""Custom actions, messages, update profile, jump and end: done when a person arrives (product.md, Activities)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.core.activities.handler import Worked
from engine.core.effect import CallAction, Jump, SendMessage, UpdateProfile
from engine.core.stimulus import ActionDone
from engine.core.turn import ActivityError, Need, NeedsFetchError
from engine.expression.types import STRING, ListType, ObjectType, Type
from engine.expression.values import value_to_json
from engine.model.action import BodyNode, BodyObject, CallParameter, Constant, CustomAction, Variable
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
    from engine.core.program import Compiler, Formula, Node
    from engine.core.turn import Turn

ANY_LIST = ListType(ObjectType())
FillBody = Callable[[Mapping[str, Any]], Any]


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


def compute(turn: Turn, parameters: tuple[Parameter, ...]) -> list[Any] | None:
    """An activity's parameters as JSON; None when data are fetched first, all that are needed together."""
    values: list[Any] = []
    needs: list[Need] = []
    for parameter in parameters:
        formula = parameter.formula
        if formula.constant:
            values.append(formula.value)
            continue
        missing = turn.missing(formula) if formula.reads else None
        if missing:
            needs += missing
            continue
        try:
            value = turn.evaluate(formula)
        except NeedsFetchError as error:
            needs += error.needs
        else:
            values.append(value if type(value) is str else parameter.to_json(value))
    if needs:
        turn.instance.draws = turn.step.draws
        turn.fetch(needs)
        return None
    return values


@dataclass(frozen=True, slots=True)
class CallSettings:
    """A custom action's call: constants filled in, the rest in ``parameters`` (path, headers, query, body in turn)."""

    action: str
    parameters: tuple[Parameter, ...]
    headers: tuple[tuple[str, str | None], ...]
    query: tuple[tuple[str, str | None], ...]
    dynamic_path: bool
    texts: int
    """How many of the parameters come before those of the body."""
    body: FillBody | None
    variables: tuple[str, ...]
    fixed_headers: Mapping[str, str]
    fixed_query: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class MessageSettings:
    """A message: the template's name, and the address before the variables in ``parameters``."""

    channel: str
    action: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class UpdateSettings:
    """The attribute's path in the profile and its new value."""

    action: str
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class JumpSettings:
    """The target journey's name and the values for its entry event."""

    action: str
    parameters: tuple[Parameter, ...]


def _compile_call(activity: CustomActionActivity, compiler: Compiler) -> CallSettings:
    action = compiler.definitions.action[activity.action or ""]
    variables = [variable for variable in action.variables if variable.name in activity.parameters]
    path = [Parameter("", compiler.formula(activity.url_path, STRING))] if action.dynamic_path else []
    texts = [
        *path,
        *_texts(action.headers, activity.headers, compiler),
        *_texts(action.query, activity.query, compiler),
    ]
    filled = (_parameter(variable, activity.parameters[variable.name], compiler) for variable in variables)
    return CallSettings(
        action=action.name,
        parameters=(*texts, *filled),
        headers=tuple((parameter.name, parameter.value) for parameter in _given(action.headers, activity.headers)),
        query=tuple((parameter.name, parameter.value) for parameter in _given(action.query, activity.query)),
        dynamic_path=action.dynamic_path,
        texts=len(texts),
        body=_body_of(action),
        variables=tuple(variable.name for variable in variables),
        fixed_headers=_constants(action.headers),
        fixed_query=_constants(action.query),
    )


def _constants(declared: tuple[CallParameter, ...]) -> dict[str, str]:
    return {one.name: one.value for one in declared if one.value is not None}


def _given(declared: tuple[CallParameter, ...], values: Mapping[str, str]) -> list[CallParameter]:
    return [one for one in declared if one.variable is None or one.variable in values]


def _texts(declared: tuple[CallParameter, ...], values: Mapping[str, str], compiler: Compiler) -> list[Parameter]:
    given = [one for one in _given(declared, values) if one.variable is not None]
    return [Parameter(one.name, compiler.formula(values[one.variable or ""], STRING)) for one in given]


def _parameter(variable: Variable, value: ParameterValue, compiler: Compiler) -> Parameter:
    if isinstance(value, CollectionParameter):
        fields = tuple((name, tuple(source.split("."))) for name, source in value.fields.items())
        return Parameter(variable.name, compiler.formula(value.items, ANY_LIST), fields)
    return Parameter(variable.name, compiler.formula(value, Field("", variable.kind).type))


def _body_of(action: CustomAction) -> FillBody | None:
    return None if action.body is None else _fill(action.body)


def _fill(node: BodyNode) -> FillBody:
    """The function that builds a body from the values of its variables; a variable without one is null."""
    if isinstance(node, Constant):
        constant = node.value
        return lambda _values: constant
    if isinstance(node, Variable):
        name = node.name
        return lambda values: values.get(name)
    assert isinstance(node, BodyObject)
    fixed = {name: child.value if isinstance(child, Constant) else None for name, child in node.children.items()}
    filled = tuple((name, _fill(child)) for name, child in node.children.items() if not isinstance(child, Constant))

    def fill(values: Mapping[str, Any]) -> dict[str, Any]:
        body = fixed.copy()
        for name, fill_child in filled:
            body[name] = fill_child(values)
        return body

    return fill


def _call(turn: Turn, node: Node) -> str | None:
    settings: CallSettings = node.settings
    values = compute(turn, settings.parameters)
    if values is None:
        return None
    url_path = ""
    headers, query = settings.fixed_headers, settings.fixed_query
    if settings.texts:
        texts = iter(values[: settings.texts])
        if settings.dynamic_path and (url_path := next(texts)) is None:
            raise ActivityError("evaluation")
        headers, query = _with_values(settings.headers, texts), _with_values(settings.query, texts)
    body = (
        settings.body(dict(zip(settings.variables, values[settings.texts :], strict=True))) if settings.body else None
    )
    call = turn.number()
    key = turn.instance.idempotency_key(call)
    timeout = turn.program.timeout_ms
    turn.effects.append(CallAction(call, node.id, settings.action, url_path, headers, query, body, timeout, key))
    turn.step.call = call
    return None


def _with_values(declared: tuple[tuple[str, str | None], ...], values: Iterator[Any]) -> dict[str, str]:
    """Header or query values by name; one whose value is null is left out."""
    found = ((name, next(values) if value is None else value) for name, value in declared)
    return {name: value for name, value in found if value is not None}


def _called(turn: Turn, node: Node, answer: ActionDone) -> str:
    if answer.response is not None:
        instance = turn.instance
        instance.events = {**instance.events, node.settings.action: {"response": answer.response}}
    return ""


def _compile_message(activity: MessageActivity, compiler: Compiler) -> MessageSettings:
    template = compiler.definitions.template[activity.template or ""]
    fields = [field for field in template.variables if field.name in activity.parameters]
    variables = (
        Parameter(field.name, compiler.formula(activity.parameters[field.name], field.type)) for field in fields
    )
    address = Parameter("", compiler.formula(activity.address, STRING))
    return MessageSettings(template.channel, template.name, (address, *variables))


def _send(turn: Turn, node: Node) -> str | None:
    settings: MessageSettings = node.settings
    computed = compute(turn, settings.parameters)
    if computed is None:
        return None
    address, *values = computed
    if not address:
        raise ActivityError("evaluation")
    call = turn.number()
    variables = {parameter.name: value for parameter, value in zip(settings.parameters[1:], values, strict=True)}
    key = turn.instance.idempotency_key(call)
    timeout = turn.program.timeout_ms
    turn.effects.append(SendMessage(call, node.id, settings.channel, settings.action, address, variables, timeout, key))
    turn.step.call = call
    return None


def _sent(turn: Turn, node: Node, answer: ActionDone) -> str:
    if answer.message_id is not None:
        turn.instance.messages = {**turn.instance.messages, node.id: answer.message_id}
    return ""


def _compile_update(activity: UpdateProfileActivity, compiler: Compiler) -> UpdateSettings:
    name = activity.field or ""
    wanted: Type = compiler.profile_type(name)
    return UpdateSettings(name.partition(".")[2], (Parameter("", compiler.formula(activity.value, wanted)),))


def _update(turn: Turn, node: Node) -> str | None:
    settings: UpdateSettings = node.settings
    values = compute(turn, settings.parameters)
    if values is None:
        return None
    call = turn.number()
    turn.effects.append(UpdateProfile(call, node.id, settings.action, values[0]))
    turn.step.call = call
    return None


def _compile_jump(activity: JumpActivity, compiler: Compiler) -> JumpSettings:
    parameters = (Parameter(name, compiler.formula(value)) for name, value in activity.parameters.items())
    return JumpSettings(activity.journey or "", tuple(parameters))


def _jump(turn: Turn, node: Node) -> str | None:
    settings: JumpSettings = node.settings
    values = compute(turn, settings.parameters)
    if values is None:
        return None
    call = turn.number()
    names = (parameter.name for parameter in settings.parameters)
    turn.effects.append(Jump(call, node.id, settings.action, dict(zip(names, values, strict=True))))
    turn.step.call = call
    return None


def _compile_end(_activity: EndActivity, _compiler: Compiler) -> None:
    return None


def _end(_turn: Turn, _node: Node) -> str | None:
    return ""


CUSTOM_ACTION = Worked(_compile_call, _call, _called, action=True)
MESSAGE = Worked(_compile_message, _send, _sent, action=True)
UPDATE_PROFILE = Worked(_compile_update, _update, action=True)
JUMP = Worked(_compile_jump, _jump, action=True)
END = Worked(_compile_end, _end)
