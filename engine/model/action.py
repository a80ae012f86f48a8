"""Custom actions and message templates: what a journey can do to the outside world (product.md, Actions)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, Self, get_args
from urllib.parse import urlencode

from pydantic import (
    BeforeValidator,
    ConfigDict,
    PlainSerializer,
    WithJsonSchema,
    model_validator,
)

from engine.catalogue import Phrase
from engine.expression.types import ObjectType
from engine.json_types import JsonDict, JsonObject
from engine.model.authentication import Authentication, NoAuthentication
from engine.model.base import Model, Name, fault, shown
from engine.model.content_type import read_content_type
from engine.model.fields import TYPE_NAMES, Field, Fields, object_type, read_fields, write_fields


@dataclass(frozen=True, slots=True)
class Constant:
    """A body leaf that the technical user fixed; any JSON value."""

    value: object


@dataclass(frozen=True, slots=True)
class Variable:
    """A body leaf that the business user fills; ``fields`` describe the items of a ``listObject``."""

    name: str
    kind: str = "string"
    label: str = ""
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class BodyObject:
    """An object in a body: its keys in order."""

    children: Mapping[str, BodyNode] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BodyList:
    """A list in a body that has variables inside; one without them may be a constant."""

    items: tuple[BodyNode, ...] = ()


BodyNode = Constant | Variable | BodyObject | BodyList


def _is_leaf(notation: JsonObject) -> bool:
    keys = set(notation)
    return keys == {"value"} or (
        "variable" in keys and "type" in keys and keys <= {"variable", "type", "label", "fields"}
    )


def read_body(notation: object, path: str = "") -> BodyNode:
    """Return a body tree from its file form; raises PydanticCustomError with ``path`` and ``phrase``."""
    if isinstance(notation, Constant | Variable | BodyObject | BodyList):
        return notation
    if isinstance(notation, list):
        return BodyList(tuple(read_body(item, f"{path}.{index}") for index, item in enumerate(notation)))
    if not isinstance(notation, Mapping):
        raise fault(Phrase("file_wrong_type.body"), path)
    if set(notation) == {"object"} and isinstance(notation["object"], Mapping):
        return _read_object(notation["object"], f"{path}.object")
    return _read_leaf(notation, path) if _is_leaf(notation) else _read_object(notation, path)


def _read_object(notation: JsonObject, path: str) -> BodyObject:
    return BodyObject({name: read_body(value, f"{path}.{name}") for name, value in notation.items()})


def _read_leaf(notation: JsonObject, path: str) -> BodyNode:
    if "value" in notation:
        return Constant(notation["value"])
    name, kind, label = notation["variable"], notation["type"], notation.get("label", "")
    if not isinstance(name, str) or not name or name[0] in ".$":
        raise fault(Phrase("file_wrong_type.variable_name"), f"{path}.variable")
    if kind not in TYPE_NAMES:
        raise fault(Phrase("file_wrong_type.type_name", {"text": shown(kind), "names": TYPE_NAMES}), f"{path}.type")
    if not isinstance(label, str):
        raise fault(Phrase("file_wrong_type.string_type"), f"{path}.label")
    return Variable(name, kind, label, read_fields(notation.get("fields", {}), f"{path}.fields"))


def write_body(node: BodyNode) -> object:
    """Return the file form of a body tree."""
    if isinstance(node, Constant):
        return {"value": node.value}
    if isinstance(node, Variable):
        leaf: JsonDict = {"variable": node.name, "type": node.kind}
        if node.label:
            leaf["label"] = node.label
        if node.fields:
            leaf["fields"] = write_fields(node.fields)
        return leaf
    if isinstance(node, BodyList):
        return [write_body(item) for item in node.items]
    children = {name: write_body(child) for name, child in node.children.items()}
    ambiguous = _is_leaf(children) or set(children) == {"object"}
    return {"object": children} if ambiguous else children


def body_variables(node: BodyNode | None) -> tuple[Variable, ...]:
    """Return the variables of a body in reading order, each name once."""
    found: dict[str, Variable] = {}
    pending = [node] if node is not None else []
    while pending:
        current = pending.pop(0)
        if isinstance(current, Variable):
            found.setdefault(current.name, current)
        elif isinstance(current, BodyObject):
            pending[:0] = current.children.values()
        elif isinstance(current, BodyList):
            pending[:0] = current.items
    return tuple(found.values())


def has_lists(node: BodyNode | None) -> bool:
    """Whether a body has lists with variables."""
    if isinstance(node, BodyObject):
        return any(map(has_lists, node.children.values()))
    return isinstance(node, BodyList)


Body = Annotated[
    BodyNode,
    BeforeValidator(read_body, json_schema_input_type=JsonDict),
    PlainSerializer(write_body, return_type=object),
    WithJsonSchema({"x-notation": "BodyNode"}),
]


class CallParameter(Model):
    """A header or query parameter: a constant ``value``, or a ``variable`` the business user fills (a string)."""

    name: str
    value: str | None = None
    variable: str | None = None
    label: str = ""


Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
METHODS: tuple[str, ...] = get_args(Method)
_CAMPAIGN_CLASSIC_KEYS = frozenset({"name", "type", "description", "body"})


class CustomAction(Model):
    """A call to another system that journeys can make.

    Of the type ``campaign_classic`` it is a transactional event of Adobe Campaign Classic or v8: its ``body`` is the
    pasted payload, and its address is a workspace setting, the same for all such actions.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"properties": {"type": {"const": "campaign_classic"}}, "required": ["type"]},
            "then": {"propertyNames": {"enum": [*sorted(_CAMPAIGN_CLASSIC_KEYS)]}},
        }
    )

    name: Name
    type: Literal["custom", "campaign_classic"] = "custom"
    description: str = ""
    url: str = ""
    method: Method = "POST"
    dynamic_path: bool = False
    headers: tuple[CallParameter, ...] = ()
    query: tuple[CallParameter, ...] = ()
    content_type: str = "application/json"
    auth: Authentication = NoAuthentication()
    body: Body | None = None
    response: Fields = ()

    @model_validator(mode="after")
    def _check_type(self) -> Self:
        strange = self.model_fields_set - _CAMPAIGN_CLASSIC_KEYS if self.type == "campaign_classic" else ()
        if strange:
            raise fault(Phrase("file_wrong_type.campaign_classic", {"names": tuple(sorted(strange))}))
        return self

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The body's variables, to be filled by an activity's ``parameters``."""
        return body_variables(self.body)

    @property
    def response_type(self) -> ObjectType:
        """Return the type of ``@{Name.response.…}`` in later expressions: an object with one field, ``response``."""
        return ObjectType({"response": object_type(self.response)})


FORM = "application/x-www-form-urlencoded"


def media_type(content_type: str) -> str:
    """Return a content type without its parameters, in lower case."""
    return read_content_type(content_type).kind


def is_json(kind: str) -> bool:
    """Whether a media type is JSON."""
    return kind in ("application/json", "text/json") or kind.endswith("+json")


def form_text(body: object) -> str:
    """Encode an object as a form: ``a[b]`` for a field of an object, ``a[0][b]`` for one of a list's objects.

    A list of other values repeats its name; null and empty values of objects and lists are left out. Raises ValueError
    for a text that cannot be written.
    """
    fields = body.items() if isinstance(body, Mapping) else ()
    return urlencode([pair for name, value in fields for pair in _form_pairs(str(name), value)])


def _form_pairs(name: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _form_pairs(f"{name}[{key}]", inner)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _form_pairs(f"{name}[{index}]" if isinstance(item, Mapping | list | tuple) else name, item)
    elif value is not None:
        yield name, value if isinstance(value, str) else json.dumps(value)


def content_fault(action: CustomAction) -> Phrase | None:
    """Return why the body of an action cannot be sent as its content type and method say, or None."""
    if action.body is None:
        return None
    kind, charset = read_content_type(action.content_type)
    if action.method == "GET":
        return Phrase("unsendable.get")
    if kind != FORM and not is_json(kind):
        return Phrase("unsendable.type", {"kind": kind, "form": FORM})
    if charset not in ("", "utf-8", "utf8"):
        return Phrase("unsendable.charset", {"charset": charset})
    if kind == FORM and not isinstance(action.body, BodyObject) and not _is_object(action.body):
        return Phrase("unsendable.form")
    return None


CAMPAIGN_CLASSIC_EVENT = "eventType"
"""The field of a payload that names the event of Adobe Campaign Classic, and by it the message."""


def payload_fault(action: CustomAction) -> Phrase | None:
    """Return the first fault of a Campaign Classic payload, or None; Campaign checks the rest."""
    if not isinstance(action.body, BodyObject) or not action.body.children:
        return Phrase("incomplete.empty")
    event = action.body.children.get(CAMPAIGN_CLASSIC_EVENT)
    if event is None or (isinstance(event, Constant) and (not isinstance(event.value, str) or not event.value)):
        return Phrase("incomplete.no_event", {"field": CAMPAIGN_CLASSIC_EVENT})
    context = action.body.children.get("ctx")
    if context is not None and not isinstance(context, BodyObject) and not _is_object(context):
        return Phrase("incomplete.context")
    return None


def _is_object(node: BodyNode) -> bool:
    return isinstance(node, Constant) and isinstance(node.value, dict)
