"""The undo history as JSON: kept beside the draft, so that it survives saving and restarts."""

from __future__ import annotations

import json

from PySide6.QtGui import QUndoStack

from app.document.commands import Apply, EditCommand
from app.translation import tr
from engine.model.journey import JourneyVersion


def written(stack: QUndoStack) -> str:
    """What :func:`read` reads, as JSON text."""
    return f'{{"index": {stack.index()}, "edits": [{", ".join(edit.written for edit in _edits(stack))}]}}'


def read(text: str, apply: Apply) -> tuple[int, list[EditCommand]]:
    """How many of the edits are done, and all of them; raises pydantic's ValidationError for anything else."""
    history = json.loads(text)
    return int(history["index"]), [EditCommand.from_json(edit, apply) for edit in history["edits"]]


def beginning(journey: JourneyVersion, done: list[EditCommand]) -> JourneyVersion:
    """The journey before all the edits that are done."""
    for edit in reversed(done):
        journey = edit.patch.reverse().apply(journey)
    return journey


def retranslate(stack: QUndoStack) -> None:
    """The names of the steps in the language of the day."""
    for edit in _edits(stack):
        edit.setText(tr(edit.name))


def _edits(stack: QUndoStack) -> list[EditCommand]:
    commands = (stack.command(index) for index in range(stack.count()))
    return [command for command in commands if isinstance(command, EditCommand)]
