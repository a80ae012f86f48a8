"""The definitions that journeys and definitions use: read from settings and parsed expressions, followed to the end.

A use is a kind with a name: ``("segment", "Gold")``; a field group is named with its source, ``Hotel.Room``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import TypeVar

from engine.expression import parse
from engine.expression.syntax import FieldSegment, FunctionCall, Literal, Node, Reference
from engine.model.action import CustomAction
from engine.model.definitions import (
    PREDEFINED_NAMESPACES,
    PROFILE_STORE,
    DataSource,
    Definitions,
    EventDefinition,
)
from engine.model.fields import Field
from engine.model.journey import JourneyVersion

Use = tuple[str, str]
Access = TypeVar("Access", DataSource, CustomAction)

SECTIONS: Mapping[str, str] = {
    "namespace": "namespaces",
    "event": "events",
    "data_source": "data_sources",
    "action": "actions",
    "template": "templates",
    "segment": "segments",
}
"""Kind → the list of :class:`Definitions` that holds it."""

_SETTINGS = ("event", "action", "template", "segment")
"""The settings of activities that name a definition of that kind."""
_TEXTS = frozenset({"id", "type", "kind", "label", "description", *_SETTINGS})
_IN_SEGMENT = "inSegment"


@lru_cache(maxsize=10_000)
def expression_uses(text: str) -> tuple[Use, ...]:
    """Return what an expression reads; of a name after ``@`` both the event and the action that it may mean."""
    if "{" not in text and _IN_SEGMENT not in text:
        return ()
    found: dict[Use, None] = {}
    waiting: list[Node] = [parse(text).tree]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.children())
        if isinstance(node, Reference):
            found |= dict.fromkeys(_reference_uses(node))
        elif isinstance(node, FunctionCall) and node.name == _IN_SEGMENT:
            names = [one.value for one in node.arguments if isinstance(one, Literal)]
            found |= {("segment", name): None for name in names if isinstance(name, str)}
    return tuple(found)


def _reference_uses(node: Reference) -> Iterator[Use]:
    names = [step.name for step in node.steps[:2] if isinstance(step, FieldSegment)]
    if node.sigil == "@":
        yield from ((kind, name) for name in names[:1] for kind in ("event", "action"))
        return
    yield from (("data_source", name) for name in names[:1])
    if len(names) == 2:
        yield "field_group", ".".join(names)


def journey_uses(version: JourneyVersion) -> Iterator[Use]:
    """Yield what a version uses itself, jumps as ``journey``; some come twice, and some may not exist."""
    for activity in version.activities:
        settings = activity.model_dump(mode="json")
        for kind in (*_SETTINGS, "journey"):
            name = settings.get(kind)
            if isinstance(name, str) and name:
                yield kind, name
        if activity.type == "update_profile" and isinstance(settings.get("field"), str):
            yield "field_group", f"{PROFILE_STORE}.{settings['field'].partition('.')[0]}"
        for text in _texts({name: value for name, value in settings.items() if name not in _TEXTS}):
            yield from expression_uses(text)
    if version.namespace:
        yield "namespace", version.namespace


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            if name not in ("id", "label"):
                yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


class Dependencies:
    """What definitions use among one another."""

    def __init__(self, definitions: Definitions) -> None:
        self._direct: dict[Use, tuple[Use, ...]] = {
            (kind, name_in(kind, one)): ()
            for kind, section in SECTIONS.items()
            for one in getattr(definitions, section)
        }
        self._direct |= {("namespace", one.code): () for one in PREDEFINED_NAMESPACES}
        for event in definitions.events:
            self._direct["event", event.name] = tuple(_event_uses(event))
        for source in definitions.data_sources:
            for group in source.field_groups:
                self._direct["field_group", f"{source.name}.{group.name}"] = (("data_source", source.name),)
        for segment in definitions.segments:
            self._direct["segment", segment.name] = expression_uses(segment.expression)

    def closure(self, uses: Iterable[Use]) -> dict[Use, None]:
        """Return these uses and all that they lead to, as far as it exists."""
        found: dict[Use, None] = {}
        waiting = list(uses)
        while waiting:
            use = waiting.pop()
            if use in self._direct and use not in found:
                found[use] = None
                waiting.extend(self._direct[use])
        return found

    def of_journey(self, version: JourneyVersion) -> dict[Use, None]:
        """Return all that a version uses, by itself or by what it uses."""
        return self.closure(journey_uses(version))

    def users(self, use: Use) -> tuple[Use, ...]:
        """Return the definitions that use one themselves; a field group is no user of its own source."""
        return tuple(
            other
            for other, direct in self._direct.items()
            if use in direct and other != use and other[0] != "field_group"
        )

    def circle(self, use: Use) -> tuple[str, ...]:
        """Return the names on a way that leads from a definition back to itself, or nothing."""
        seen: set[Use] = set()
        waiting: list[tuple[Use, ...]] = [(use,)]
        while waiting:
            way = waiting.pop(0)
            for other in self._direct.get(way[-1], ()):
                if other == use:
                    return (*(name for _, name in way), use[1])
                if other not in seen:
                    seen.add(other)
                    waiting.append((*way, other))
        return ()


def part_of(definitions: Definitions, uses: Iterable[Use]) -> Definitions:
    """Return only the definitions among these uses, each kind in its order."""
    kept = set(uses)
    return Definitions().model_copy(
        update={
            section: tuple(one for one in getattr(definitions, section) if (kind, name_in(kind, one)) in kept)
            for kind, section in SECTIONS.items()
        }
    )


def name_in(kind: str, definition: object) -> str:
    """Return a definition's name, or a namespace's code."""
    return str(vars(definition)["code" if kind == "namespace" else "name"])


def _event_uses(event: EventDefinition) -> Iterator[Use]:
    if event.namespace:
        yield "namespace", event.namespace
    waiting: list[Field] = list(event.fields)
    while waiting:
        field = waiting.pop()
        waiting.extend(field.fields)
        if field.identity:
            yield "namespace", field.identity


def with_access(frozen: Definitions, current: Definitions) -> Definitions:
    """Return frozen definitions with the addresses and authentication that sources and actions have now."""

    def today(one: Access, now: Access | None) -> Access:
        return one if now is None else one.model_copy(update={"url": now.url, "auth": now.auth})

    sources = tuple(today(one, current.data_source.get(one.name)) for one in frozen.data_sources)
    actions = tuple(today(one, current.action.get(one.name)) for one in frozen.actions)
    return frozen.model_copy(update={"data_sources": sources, "actions": actions})


def overlay(current: Definitions, frozen: Definitions) -> Definitions:
    """Return the current definitions with the frozen ones in place of those of the same names."""
    made: dict[str, object] = {}
    for kind, section in SECTIONS.items():
        kept = {name_in(kind, one): one for one in getattr(frozen, section)}
        made[section] = tuple(({name_in(kind, one): one for one in getattr(current, section)} | kept).values())
    return current.model_copy(update=made)
