"""One edit on the undo stack: a name and a patch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtGui import QUndoCommand, QUndoStack

from app.document.patches import Patch
from app.translation import tr
from engine.model.journey import JourneyVersion

Apply = Callable[[Patch], None]


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
    def from_json(cls, written: Mapping[str, Any], apply: Apply) -> EditCommand:
        """Read an edit from JSON."""
        return cls(str(written["name"]), Patch.from_json(written["patch"]), apply)


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
    history = json.loads(text)
    return int(history["index"]), [EditCommand.from_json(edit, apply) for edit in history["edits"]]


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
