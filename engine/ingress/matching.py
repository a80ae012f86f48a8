"""Match entities with event definitions and keys, or explain the refusal (runtime.md, Events in). Pure.

An entity that names an ``eventID`` is that definition's event; any other is one of every rule that holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import msgspec

from engine.catalogue import Phrase
from engine.expression import Compiled, Context, EvaluationError, Scope, check, to_string
from engine.expression.errors import UnplacedError
from engine.expression.types import BOOLEAN, SCALARS
from engine.expression.values import coercion
from engine.json_types import JsonDict, JsonObject
from engine.model.definitions import MAX_KEY, Definitions, EventDefinition
from engine.model.fields import SCALAR_LISTS, Field

NO_MATCH = "no_match"
MISSING_FIELD = "missing_field"
WRONG_TYPE = "wrong_type"
EMPTY_KEY = "empty_key"

EVENT_ID_PATH = ("_experience", "campaign", "orchestration", "eventID")
EVENT_ID_FIELD = ".".join(EVENT_ID_PATH)

_REFERENCE = re.compile(r"@\{\s*\w+\.([^,}]+?)\s*[,}]")
_PLAIN_KEY = re.compile(r"@\{\s*\w+\.([\w.-]+)\s*\}")
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
_OBJECT = (dict, Mapping)
_AS_THEY_ARE: Mapping[str, type] = {"string": str, "boolean": bool}
"""Kinds of fields whose values have one class, and what is of that class fits."""


class EventMatch(msgspec.Struct, frozen=True, gc=False):
    """The entity is an event of this definition, for this key; ``payload`` is the entity."""

    event: str
    key: str
    namespace: str | None
    payload: JsonObject


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """The entity is not accepted as an event: ``code`` with the ``field`` at fault and a clause for the sender.

    ``accepted`` says that the sender is told nothing: of an entity without id that no rule matches.
    """

    code: str
    field: str
    phrase: Phrase
    event: str | None = None
    accepted: bool = False


class MatchOutcome(msgspec.Struct, frozen=True, gc=False):
    """The matches and refusals of one entity."""

    matches: tuple[EventMatch, ...] = ()
    refusals: tuple[Refusal, ...] = ()


class Matcher:
    """The event definitions of a sandbox, compiled. Expressions with errors match nothing.

    ``older`` are the definitions that running versions were published with, where those differ: what one of them
    accepts is accepted.
    """

    def __init__(
        self, definitions: Definitions, older: Mapping[str, tuple[EventDefinition, ...]] | None = None
    ) -> None:
        self.older = older or {}
        self._events = {event.name: event for event in definitions.events}
        self._by_id = {
            event.event_id: event for event in definitions.events if event.type == "system" and event.event_id
        }
        self._rules = [
            (event, rule)
            for event in definitions.events
            if event.type == "rule" and (rule := _compiled(event, event.rule, boolean=True)) is not None
        ]
        self._keys = {event.name: _compiled(event, event.key) for event in definitions.events}
        self._older_keys = {
            (event.name, event.key): _compiled(event, event.key) for events in self.older.values() for event in events
        }

    def match(self, entity: object, name: str | None = None) -> MatchOutcome:
        """Match an entity; with ``name`` as if that definition's id were in it."""
        if not isinstance(entity, _OBJECT):
            return _refused("", Phrase("event_fault.no_object"))
        if name is not None:
            event = self._events.get(name)
            return self._read([event], entity) if event else _unknown(name, "event")
        found, event_id = _event_id(entity)
        if not found:
            return self._match_rules(entity)
        event = self._by_id.get(event_id) if isinstance(event_id, str) else None
        return self._read([event], entity) if event else _unknown(event_id, EVENT_ID_FIELD)

    def _match_rules(self, entity: Mapping[str, object]) -> MatchOutcome:
        events = [event for event, rule in self._rules if _holds(event, rule, entity)]
        if events:
            return self._read(events, entity)
        return MatchOutcome(refusals=(Refusal(NO_MATCH, "", Phrase("event_fault.no_rule"), accepted=True),))

    def _read(self, events: list[EventDefinition], entity: Mapping[str, object]) -> MatchOutcome:
        if len(events) == 1:
            one = self._read_one(events[0], entity)
            return MatchOutcome((one,)) if isinstance(one, EventMatch) else MatchOutcome((), (one,))
        read = [self._read_one(event, entity) for event in events]
        return MatchOutcome(
            tuple(one for one in read if isinstance(one, EventMatch)),
            tuple(one for one in read if isinstance(one, Refusal)),
        )

    def _read_one(self, event: EventDefinition, entity: Mapping[str, object]) -> EventMatch | Refusal:
        first = self._read_as(event, entity, self._keys[event.name])
        if isinstance(first, EventMatch) or event.name not in self.older:
            return first
        for other in self.older[event.name]:
            found = self._read_as(other, entity, self._older_keys[other.name, other.key])
            if isinstance(found, EventMatch):
                return found
        return first

    def _read_as(
        self, event: EventDefinition, entity: Mapping[str, object], compiled: Compiled | None
    ) -> EventMatch | Refusal:
        fault = next(faults(event.fields, entity), None)
        return Refusal(*fault, event.name) if fault is not None else self._with_key(event, entity, compiled)

    def _with_key(
        self, event: EventDefinition, entity: Mapping[str, object], compiled: Compiled | None
    ) -> EventMatch | Refusal:
        try:
            key = None if compiled is None else compiled.evaluate(Context({event.name: entity}, _NO_TIME))
        except EvaluationError:
            key = None
        text = to_string(key)
        if not text.strip() or len(text) > MAX_KEY:
            named = {"event": event.name, "field": key_field(event)}
            if text.strip():
                phrase = Phrase("event_fault.long_key", {**named, "number": MAX_KEY})
                return Refusal(WRONG_TYPE, named["field"], phrase, event.name)
            return Refusal(EMPTY_KEY, named["field"], Phrase("event_fault.empty_key", named), event.name)
        return EventMatch(event.name, text, event.namespace, entity)


def match(definitions: Definitions, entity: object, name: str | None = None) -> MatchOutcome:
    """One entity against all event definitions; for many, keep a :class:`Matcher`."""
    return Matcher(definitions).match(entity, name)


def key_field(event: EventDefinition) -> str:
    """Return the field that the key is read from, or ``key`` if it is computed from several."""
    found = _REFERENCE.findall(event.key)
    return found[0] if len(found) == 1 else "key"


def jump_payload(event: EventDefinition, values: Mapping[str, object], key: str) -> JsonDict:
    """Build the internal event of a jump: the mapped values, and the key if the event's key is a plain field."""
    payload: JsonDict = {}
    for name, value in values.items():
        _put(payload, name.split("."), value)
    plain = _PLAIN_KEY.fullmatch(event.key.strip())
    if plain is not None:
        path = plain[1].split(".")
        _put(payload, path, _typed_key(event.fields, path, key))
    return payload


def _put(payload: JsonDict, path: list[str], value: object) -> None:
    for part in path[:-1]:
        below = payload.get(part)
        inner: JsonDict = dict(below) if isinstance(below, Mapping) else {}
        payload[part] = inner
        payload = inner
    payload[path[-1]] = value


def _typed_key(fields: tuple[Field, ...], path: list[str], key: str) -> str | int | float:
    """Convert a key, which is text, to the type of its field."""
    field = next((field for field in fields if field.name == path[0]), None)
    for part in path[1:]:
        field = field.child(part) if field is not None else None
    number = {"integer": int, "decimal": float}.get(field.kind if field is not None else "")
    try:
        return key if number is None else number(key)
    except ValueError:
        return key


def _compiled(event: EventDefinition, text: str, *, boolean: bool = False) -> Compiled | None:
    scope = Scope({event.name: event.payload_type})
    checked = check(text, scope, BOOLEAN if boolean else None)
    return None if checked.errors else checked.compile()


def _holds(event: EventDefinition, rule: Compiled, entity: Mapping[str, object]) -> bool:
    """Evaluate a rule; a rule that cannot be evaluated over this entity does not hold."""
    try:
        return rule.evaluate(Context({event.name: entity}, _NO_TIME)) is True
    except EvaluationError:
        return False


def _event_id(entity: Mapping[str, object]) -> tuple[bool, object]:
    """Whether the entity names an event id, and which."""
    here: object = entity
    for part in EVENT_ID_PATH:
        here = here.get(part) if isinstance(here, _OBJECT) else None
        if here is None:
            return False, None
    return True, here


def _refused(field: str, phrase: Phrase) -> MatchOutcome:
    return MatchOutcome(refusals=(Refusal(NO_MATCH, field, phrase),))


def _unknown(value: object, field: str) -> MatchOutcome:
    return _refused(field, Phrase("event_fault.unknown", {"text": repr(str(value)[:60]), "field": field}))


Fault = tuple[str, str, Phrase]
"""The code of a refusal, the path of the field at fault and a clause for the sender."""


def faults(fields: tuple[Field, ...], entity: Mapping[str, object], prefix: str = "") -> Iterator[Fault]:
    """Each fault that keeps an entity from being an event with these fields, in their order.

    Unknown keys are ignored; an absent optional field is null; an integer is a decimal too.
    """
    for field in fields:
        value = entity.get(field.name)
        if value is None:
            if field.required:
                path = f"{prefix}{field.name}"
                yield MISSING_FIELD, path, Phrase("event_fault.missing", {"field": path})
        elif value.__class__ is not _AS_THEY_ARE.get(field.kind) or field.enum:
            yield from _value_faults(field, value, f"{prefix}{field.name}")


def _value_faults(field: Field, value: object, path: str) -> Iterator[Fault]:
    if field.kind in SCALARS or field.kind in SCALAR_LISTS:
        if not _fits(field, value):
            yield _wrong(path, field.kind)
        elif field.enum and value not in field.enum:
            values = tuple(map(str, field.enum))
            yield WRONG_TYPE, path, Phrase("event_fault.enum", {"field": path, "values": values})
    elif field.kind == "listObject":
        yield from _list_faults(field, value, path)
    elif not isinstance(value, Mapping):
        yield _wrong(path, "object")
    elif field.kind == "map":
        for name, item in value.items():
            if item is not None:
                yield from _value_faults(field.fields[0], item, f"{path}.{name}")
    else:
        yield from faults(field.fields, value, f"{path}.")


def _list_faults(field: Field, value: object, path: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield _wrong(path, "listObject")
        return
    for index, item in enumerate(value):
        if isinstance(item, Mapping):
            yield from faults(field.fields, item, f"{path}[{index}].")
        elif item is not None:
            yield _wrong(f"{path}[{index}]", "object")


def _fits(field: Field, value: object) -> bool:
    try:
        coercion(field.type)(value)
    except UnplacedError:
        return False
    return True


def _wrong(path: str, kind: str) -> Fault:
    return WRONG_TYPE, path, Phrase("event_fault.type", {"field": path, "kind": kind})
