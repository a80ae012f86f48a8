"""The change of one edit in both directions, small enough to keep 200 and to save with a draft.

Lists (activities, edges, notes, groups) change by one splice each, scalars by their values before and after; unchanged
parts are shared between versions, so an edit copies no document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from engine.model.activity import Activity
from engine.model.journey import Edge, Group, JourneyProperties, JourneyVersion, Note

LISTS: Mapping[str, TypeAdapter[Any]] = {
    "activities": TypeAdapter(tuple[Activity, ...]),
    "edges": TypeAdapter(tuple[Edge, ...]),
    "notes": TypeAdapter(tuple[Note, ...]),
    "groups": TypeAdapter(tuple[Group, ...]),
}
"""The list fields of a journey with the adapters of their items."""

SCALARS: Mapping[str, TypeAdapter[Any]] = {
    "name": TypeAdapter(str),
    "description": TypeAdapter(str),
    "version": TypeAdapter(int),
    "namespace": TypeAdapter(str | None),
    "properties": TypeAdapter(JourneyProperties),
}


def revise(journey: JourneyVersion, **parts: Any) -> JourneyVersion:
    """Return the journey with some fields replaced; nothing is copied, cached properties are dropped."""
    kept = {name: getattr(journey, name) for name in JourneyVersion.model_fields}
    return JourneyVersion.model_construct(**(kept | parts))


def line(source: str, path: str, target: str) -> Edge:
    """Return an edge from its fields, whose file names ``from`` and ``to`` are no Python names."""
    return Edge.model_validate({"from": source, "path": path, "to": target})


@dataclass(frozen=True, slots=True)
class Splice:
    """A change at ``start``: the items ``removed`` are replaced by ``inserted``."""

    start: int
    removed: tuple[Any, ...]
    inserted: tuple[Any, ...]

    def apply(self, items: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the list after the splice."""
        return items[: self.start] + self.inserted + items[self.start + len(self.removed) :]

    def reverse(self) -> Splice:
        """Return the inverse splice."""
        return Splice(self.start, self.inserted, self.removed)


def _splice(before: tuple[Any, ...], after: tuple[Any, ...]) -> Splice:
    """Return the smallest single splice between two lists."""
    start, shortest = 0, min(len(before), len(after))
    while start < shortest and before[start] == after[start]:
        start += 1
    end = 0
    while end < shortest - start and before[-1 - end] == after[-1 - end]:
        end += 1
    return Splice(start, before[start : len(before) - end], after[start : len(after) - end])


@dataclass(frozen=True, slots=True)
class Patch:
    """The difference between two states of a journey."""

    splices: Mapping[str, Splice] = field(default_factory=dict)
    values: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.splices or self.values)

    def apply(self, journey: JourneyVersion) -> JourneyVersion:
        """Return the journey after the patch."""
        parts = {name: splice.apply(getattr(journey, name)) for name, splice in self.splices.items()}
        return revise(journey, **parts, **{name: after for name, (_, after) in self.values.items()})

    def reverse(self) -> Patch:
        """Return the inverse patch."""
        return Patch(
            {name: splice.reverse() for name, splice in self.splices.items()},
            {name: (after, before) for name, (before, after) in self.values.items()},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the patch as JSON values for the saved history."""
        written: dict[str, Any] = {}
        for name, splice in self.splices.items():
            lists = LISTS[name]
            removed, inserted = (lists.dump_python(side, mode="json") for side in (splice.removed, splice.inserted))
            written[name] = [splice.start, removed, inserted]
        for name, values in self.values.items():
            written[name] = [SCALARS[name].dump_python(value, mode="json") for value in values]
        return written

    @classmethod
    def from_json(cls, written: Mapping[str, Any]) -> Patch:
        """Read a patch written by ``to_json``; raise ValidationError for anything else."""
        splices = {
            name: Splice(start, read_json(LISTS[name], removed), read_json(LISTS[name], inserted))
            for name, (start, removed, inserted) in ((n, v) for n, v in written.items() if n in LISTS)
        }
        values = {
            name: (read_json(SCALARS[name], before), read_json(SCALARS[name], after))
            for name, (before, after) in ((n, v) for n, v in written.items() if n in SCALARS)
        }
        return cls(splices, values)


def read_json(adapter: TypeAdapter[Any], value: Any) -> Any:
    """Validate JSON values as models, turning lists into tuples although the models are strict."""
    return adapter.validate_json(_dumps(value))


def _dumps(value: Any) -> bytes:
    return TypeAdapter(Any).dump_json(value)


def difference(before: JourneyVersion, after: JourneyVersion) -> Patch:
    """Return the patch between two states, false if they are equal."""
    splices = {
        name: _splice(getattr(before, name), getattr(after, name))
        for name in LISTS
        if getattr(before, name) is not getattr(after, name) and getattr(before, name) != getattr(after, name)
    }
    values = {
        name: (getattr(before, name), getattr(after, name))
        for name in SCALARS
        if getattr(before, name) != getattr(after, name)
    }
    return Patch(splices, values)


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """What listeners must redraw: ids of changed activities and the changed parts."""

    parts: frozenset[str]
    activities: frozenset[str]

    @classmethod
    def of(cls, patch: Patch) -> DocumentChange:
        """Return the change that a patch makes, in either direction."""
        touched: set[str] = set()
        if splice := patch.splices.get("activities"):
            before, after = ({item.id: item for item in side} for side in (splice.removed, splice.inserted))
            touched = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        return cls(frozenset({*patch.splices, *patch.values}), frozenset(touched))
