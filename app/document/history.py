"""The undo history as JSON values: kept beside the draft, so that it survives saving and restarts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtGui import QUndoStack

from app.document.commands import Apply, Edit
from app.translation import tr
from engine.model.journey import JourneyVersion


def written(stack: QUndoStack) -> dict[str, Any]:
    """What :func:`read` reads."""
    return {"index": stack.index(), "edits": [edit.to_json() for edit in _edits(stack)]}


def read(history: Mapping[str, Any], apply: Apply) -> tuple[int, list[Edit]]:
    """How many of the edits are done, and all of them; raises pydantic's ValidationError for anything else."""
    return int(history["index"]), [Edit.from_json(edit, apply) for edit in history["edits"]]


def beginning(journey: JourneyVersion, done: list[Edit]) -> JourneyVersion:
    """The journey before all the edits that are done."""
    for edit in reversed(done):
        journey = edit.patch.reverse().apply(journey)
    return journey


def retranslate(stack: QUndoStack) -> None:
    """The names of the steps in the language of the day."""
    for edit in _edits(stack):
        edit.setText(tr(edit.name))


def _edits(stack: QUndoStack) -> list[Edit]:
    commands = (stack.command(index) for index in range(stack.count()))
    return [command for command in commands if isinstance(command, Edit)]
