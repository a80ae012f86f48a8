"""The undo history as JSON: saved with the draft, so that it survives restarts."""

from __future__ import annotations

import json

from PySide6.QtGui import QUndoStack

from app.document.commands import Apply, EditCommand
from app.translation import tr
from engine.model.journey import JourneyVersion


def written(stack: QUndoStack) -> str:
    """Return the history as JSON text for :func:`read`."""
    return f'{{"index": {stack.index()}, "edits": [{", ".join(edit.written for edit in _edits(stack))}]}}'


def read(text: str, apply: Apply) -> tuple[int, list[EditCommand]]:
    """Return the number of applied edits and all edits; raise ValidationError for invalid text."""
    history = json.loads(text)
    return int(history["index"]), [EditCommand.from_json(edit, apply) for edit in history["edits"]]


def beginning(journey: JourneyVersion, done: list[EditCommand]) -> JourneyVersion:
    """Return the journey before all applied edits."""
    for edit in reversed(done):
        journey = edit.patch.reverse().apply(journey)
    return journey


def retranslate(stack: QUndoStack) -> None:
    """Update the names of the steps in the current language."""
    for edit in _edits(stack):
        edit.setText(tr(edit.name))


def _edits(stack: QUndoStack) -> list[EditCommand]:
    commands = (stack.command(index) for index in range(stack.count()))
    return [command for command in commands if isinstance(command, EditCommand)]
