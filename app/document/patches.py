"""The change of one edit in both directions, and its step on the undo stack, which is saved with a draft.

Lists (activities, edges, notes, groups) change by one splice each, scalars by their values before and after; unchanged
parts are shared between versions, so an edit copies no document.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from pydantic import TypeAdapter
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.translation import tr
from engine.model.activity import Activity, ActivityBase
from engine.model.base import Model
from engine.model.journey import Edge, Group, JourneyProperties, JourneyVersion, Note

Value = TypeVar("Value")
Item = ActivityBase | Edge | Note | Group
Items = tuple[Item, ...]

LISTS: Mapping[str, TypeAdapter[Items]] = {
    "activities": TypeAdapter(tuple[Activity, ...]),
    "edges": TypeAdapter(tuple[Edge, ...]),
    "notes": TypeAdapter(tuple[Note, ...]),
    "groups": TypeAdapter(tuple[Group, ...]),
}
"""The list fields of a journey with the adapters of their items."""

SCALARS: Mapping[str, TypeAdapter[object]] = {
    "name": TypeAdapter(str),
    "description": TypeAdapter(str),
    "version": TypeAdapter(int),
    "namespace": TypeAdapter(str | None),
    "properties": TypeAdapter(JourneyProperties),
}

_INDEX = TypeAdapter(int)


def revise(journey: JourneyVersion, **parts: object) -> JourneyVersion:
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
    removed: Items
    inserted: Items

    def apply(self, items: Items) -> Items:
        """Return the list after the splice."""
        return items[: self.start] + self.inserted + items[self.start + len(self.removed) :]

    def reverse(self) -> Splice:
        """Return the inverse splice."""
        return Splice(self.start, self.inserted, self.removed)


def _splice(before: Items, after: Items) -> Splice:
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
    values: Mapping[str, tuple[object, object]] = field(default_factory=dict)

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

    def to_json(self) -> dict[str, list[object]]:
        """Return the patch as JSON values for :func:`read_history`."""
        written: dict[str, list[object]] = {}
        for name, splice in self.splices.items():
            lists = LISTS[name]
            removed, inserted = (lists.dump_python(side, mode="json") for side in (splice.removed, splice.inserted))
            written[name] = [splice.start, removed, inserted]
        for name, values in self.values.items():
            written[name] = [SCALARS[name].dump_python(value, mode="json") for value in values]
        return written

    @classmethod
    def from_json(cls, written: Mapping[str, Sequence[object]]) -> Patch:
        """Read a patch written by ``to_json``; raise ValidationError for anything else."""
        splices: dict[str, Splice] = {}
        values: dict[str, tuple[object, object]] = {}
        for name, parts in written.items():
            if name in LISTS:
                start, removed, inserted = parts
                splices[name] = Splice(
                    _INDEX.validate_python(start), read_json(LISTS[name], removed), read_json(LISTS[name], inserted)
                )
            elif name in SCALARS:
                before, after = parts
                values[name] = (read_json(SCALARS[name], before), read_json(SCALARS[name], after))
        return cls(splices, values)


def read_json(adapter: TypeAdapter[Value], value: object) -> Value:
    """Validate JSON values as models, turning lists into tuples although the models are strict."""
    return adapter.validate_json(json.dumps(value))


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
            before, after = (
                {item.id: item for item in side if isinstance(item, ActivityBase)}
                for side in (splice.removed, splice.inserted)
            )
            touched = {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}
        return cls(frozenset({*patch.splices, *patch.values}), frozenset(touched))


Apply = Callable[[Patch], None]


class _WrittenEdit(Model):
    """An edit in the saved history."""

    name: str
    patch: dict[str, list[object]]


class _WrittenHistory(Model):
    """The saved history: all edits, and how many of them are applied."""

    index: int
    edits: tuple[_WrittenEdit, ...]


class EditCommand(QUndoCommand):
    """Applies and reverts one patch. ``name`` is a source text, translated when shown.

    Consecutive edits with the same ``merge`` key become one step (an arrow key held down).
    """

    MERGEABLE = 1

    def __init__(self, name: str, patch: Patch, apply: Apply, merge: str = "") -> None:
        super().__init__(tr(name))
        self.name = name
        self.patch = patch
        self.merge = merge
        self._apply = apply
        self._written = ""

    def redo(self) -> None:
        """Apply the edit."""
        self._apply(self.patch)

    def undo(self) -> None:
        """Revert the edit."""
        self._apply(self.patch.reverse())

    def id(self) -> int:
        """Return the id; Qt merges only commands with equal ids."""
        return self.MERGEABLE if self.merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Merge the next edit if it continues this one: splices of one place, the same length."""
        if not isinstance(other, EditCommand) or other.merge != self.merge:
            return False
        joined = _joined(self.patch, other.patch)
        if joined is None:
            return False
        self.patch = joined
        self._written = ""
        return True

    @property
    def written(self) -> str:
        """Return the edit as JSON; cached, since the history is saved after every change."""
        if not self._written:
            self._written = json.dumps({"name": self.name, "patch": self.patch.to_json()})
        return self._written

    @classmethod
    def from_json(cls, written: _WrittenEdit, apply: Apply) -> EditCommand:
        """Read an edit from JSON."""
        return cls(written.name, Patch.from_json(written.patch), apply)


def _joined(first: Patch, second: Patch) -> Patch | None:
    """Return both patches as one; None if they change different places."""
    if first.values or second.values or first.splices.keys() != second.splices.keys():
        return None
    splices = {}
    for name, one in first.splices.items():
        other = second.splices[name]
        if one.start != other.start or one.inserted != other.removed:
            return None
        splices[name] = type(one)(one.start, one.removed, other.inserted)
    return Patch(splices)


def history_json(stack: QUndoStack) -> str:
    """Return the history as JSON text for :func:`read_history`."""
    return f'{{"index": {stack.index()}, "edits": [{", ".join(edit.written for edit in _edits(stack))}]}}'


def read_history(text: str, apply: Apply) -> tuple[int, list[EditCommand]]:
    """Return the number of applied edits and all edits; raise ValidationError for invalid text."""
    history = _WrittenHistory.model_validate_json(text)
    return history.index, [EditCommand.from_json(edit, apply) for edit in history.edits]


def first_state(journey: JourneyVersion, done: list[EditCommand]) -> JourneyVersion:
    """Return the journey before all applied edits."""
    for edit in reversed(done):
        journey = edit.patch.reverse().apply(journey)
    return journey


def retranslate_history(stack: QUndoStack) -> None:
    """Update the names of the steps in the current language."""
    for edit in _edits(stack):
        edit.setText(tr(edit.name))


def _edits(stack: QUndoStack) -> list[EditCommand]:
    commands = (stack.command(index) for index in range(stack.count()))
    return [command for command in commands if isinstance(command, EditCommand)]
