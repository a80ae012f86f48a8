"""What one edit changed, both ways: small enough to keep two hundred of, and to write beside a draft.

Lists (activities, edges, notes, groups) change by one splice each, scalars by their values before and after; all
unchanged parts are shared between the versions of a journey, so that an edit costs no copy of the document.
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
"""The parts of a journey that are lists, with what reads and writes their items."""

SCALARS: Mapping[str, TypeAdapter[Any]] = {
    "name": TypeAdapter(str),
    "description": TypeAdapter(str),
    "version": TypeAdapter(int),
    "namespace": TypeAdapter(str | None),
    "properties": TypeAdapter(JourneyProperties),
}


def revise(journey: JourneyVersion, **parts: Any) -> JourneyVersion:
    """The journey with some parts exchanged; nothing is copied, and nothing computed before is carried over."""
    kept = {name: getattr(journey, name) for name in JourneyVersion.model_fields}
    return JourneyVersion.model_construct(**(kept | parts))


def line(source: str, path: str, target: str) -> Edge:
    """An edge; its file names, ``from`` and ``to``, are no Python names."""
    return Edge.model_validate({"from": source, "path": path, "to": target})


@dataclass(frozen=True, slots=True)
class Splice:
    """At ``start`` the items ``removed`` gave way to ``inserted``."""

    start: int
    removed: tuple[Any, ...]
    inserted: tuple[Any, ...]

    def apply(self, items: tuple[Any, ...]) -> tuple[Any, ...]:
        """The list after the splice."""
        return items[: self.start] + self.inserted + items[self.start + len(self.removed) :]

    def reverse(self) -> Splice:
        """The splice that takes this one back."""
        return Splice(self.start, self.inserted, self.removed)


def _splice(before: tuple[Any, ...], after: tuple[Any, ...]) -> Splice:
    """The smallest single splice between two lists."""
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
        """The journey after the patch."""
        parts = {name: splice.apply(getattr(journey, name)) for name, splice in self.splices.items()}
        return revise(journey, **parts, **{name: after for name, (_, after) in self.values.items()})

    def reverse(self) -> Patch:
        """The patch that takes this one back."""
        return Patch(
            {name: splice.reverse() for name, splice in self.splices.items()},
            {name: (after, before) for name, (before, after) in self.values.items()},
        )

    def to_json(self) -> dict[str, Any]:
        """The patch as JSON values, for the history that survives a restart."""
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
        """The patch that ``to_json`` wrote; raises pydantic's ValidationError for anything else."""
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
    """JSON values as models: lists become tuples although the models are strict."""
    return adapter.validate_json(_dumps(value))


def _dumps(value: Any) -> bytes:
    return TypeAdapter(Any).dump_json(value)


def difference(before: JourneyVersion, after: JourneyVersion) -> Patch:
    """What leads from one state to the other; false when nothing does."""
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
    """What listeners need to draw anew: ids of activities added, changed or removed, and the parts that changed."""

    parts: frozenset[str]
    activities: frozenset[str]

    @classmethod
    def of(cls, patch: Patch) -> DocumentChange:
        """The change that applying ``patch`` makes, in either direction."""
        touched: set[str] = set()
        if splice := patch.splices.get("activities"):
            before, after = ({item.id: item for item in side} for side in (splice.removed, splice.inserted))
            touched = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        return cls(frozenset({*patch.splices, *patch.values}), frozenset(touched))
