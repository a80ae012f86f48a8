"""One edit on the undo stack: a name and a patch."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtGui import QUndoCommand

from app.document.patches import Patch
from app.translation import tr

Apply = Callable[[Patch], None]


class EditCommand(QUndoCommand):
    """Does and takes back one patch. ``name`` is a source text, so that the history is told in the language of the day.

    Edits with the same ``merge`` key, one right after the other, become one step (an arrow key held down).
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
        """Does the edit, or does it again."""
        self._apply(self.patch)

    def undo(self) -> None:
        """Takes the edit back."""
        self._apply(self.patch.reverse())

    def id(self) -> int:
        """Qt asks ``mergeWith`` only between commands with the same id."""
        return self.MERGEABLE if self.merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Takes in the next edit when it goes on with this one: splices of one place, the same length."""
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
        """The edit as the saved history holds it, in JSON; written once, for the history is saved at every change."""
        if not self._written:
            self._written = json.dumps({"name": self.name, "patch": self.patch.to_json()})
        return self._written

    @classmethod
    def from_json(cls, written: Mapping[str, Any], apply: Apply) -> EditCommand:
        """The edit that ``written`` holds."""
        return cls(str(written["name"]), Patch.from_json(written["patch"]), apply)


def _joined(first: Patch, second: Patch) -> Patch | None:
    """Both patches as one; None when they change different places."""
    if first.values or second.values or first.splices.keys() != second.splices.keys():
        return None
    splices = {}
    for name, one in first.splices.items():
        other = second.splices[name]
        if one.start != other.start or one.inserted != other.removed:
            return None
        splices[name] = type(one)(one.start, one.removed, other.inserted)
    return Patch(splices)
