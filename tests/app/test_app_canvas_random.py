"""Hundreds of random gestures, also amid one another: no crash, no Qt warning, picture and document agree."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.canvas import CanvasView
from app.document.document import JourneyDocument, NotAllowedError
from app.document.transfer import ActivityTemplate, palette
from app.theme.theme import Theme
from engine.model.definitions import Definitions
from engine.model.journey_file import read
from tests.helpers.random_user import play

SAMPLE = Path(__file__).parents[2] / "resources" / "samples" / "lobby-and-restaurant.journey.json"
GESTURES = 500
EDITS = 300


@pytest.fixture
def document() -> JourneyDocument:
    file = read(SAMPLE.read_text(encoding="utf-8"))
    definitions = Definitions(**{name: getattr(file, name) for name in Definitions.model_fields})
    return JourneyDocument(file.journey, definitions)


@pytest.fixture
def canvas(qtbot: Any, qapp: Any, document: JourneyDocument) -> Iterator[CanvasView]:
    appearance = Theme(qapp, "light")
    view = CanvasView(document)
    qtbot.addWidget(view)
    view.resize(1200, 800)
    view.grab()
    yield view
    appearance.deleteLater()


@pytest.mark.parametrize("seed", range(12))
def test_random_gestures(canvas: CanvasView, seed: int) -> None:
    play(canvas, seed, GESTURES)


class Editor:
    """Makes any edit of the document with any arguments."""

    def __init__(self, document: JourneyDocument, seed: int) -> None:
        self.document, self.chance = document, random.Random(seed)
        self.refusals: list[str] = []

    def edit(self) -> None:
        """One edit; a refusal is none."""
        inputs: list[Callable[[], object]] = [
            self._add,
            self._add,
            self._connect,
            self._settle,
            self._note,
            lambda: self.document.delete(self._some(2), self._edges(1)),
            lambda: self.document.move({name: (self._far(), self._far()) for name in self._some(3)}),
            lambda: self.document.duplicate(self._some(3)),
            lambda: self.document.paste(self.document.clip(self._some(2))),
            lambda: self.document.add_group(self._some(3), "Group", "green"),
            lambda: self.document.set_properties(name=f"Journey {self._far()}"),
            self.document.arrange,
        ]
        try:
            self.chance.choice(inputs)()
        except NotAllowedError as refusal:
            self.refusals.append(refusal.message)

    def _far(self) -> int:
        return self.chance.randrange(-400, 2000)

    def _some(self, most: int) -> list[str]:
        names = list(self.document.journey.by_id)
        return self.chance.sample(names, min(len(names), self.chance.randint(1, most)))

    def _edges(self, most: int) -> list[Any]:
        edges = list(self.document.journey.edges)
        return self.chance.sample(edges, min(len(edges), self.chance.randint(0, most)))

    def _template(self) -> ActivityTemplate:
        return self.chance.choice(palette(self.document.definitions))

    def _add(self) -> None:
        edges, names = self._edges(1), self._some(1)
        if edges and self.chance.random() < 0.5:
            self.document.add_activity(self._template(), (self._far(), self._far()), on_edge=edges[0])
        elif names:
            self.document.add_activity(self._template(), after=(names[0], ""))
        else:
            self.document.add_activity(self._template())

    def _connect(self) -> None:
        one, other = self._some(1), self._some(1)
        if one and other:
            self.document.connect_path(one[0], "", other[0])

    def _settle(self) -> None:
        for name in self._some(1):
            self.document.update_activity(name, label=f"Step {self._far()}", description="Said")

    def _note(self) -> None:
        index = self.document.add_note((self._far(), self._far()), "Note")
        self.document.update_note(index, text="Changed", size=(200, 90))


@pytest.mark.parametrize("seed", range(3))
def test_undo_to_start_and_redo_to_end(document: JourneyDocument, seed: int) -> None:
    """All 300 are on the stack when it may hold them; the 200 that a person can undo lead back as far."""
    document.undo_stack.clear()
    document.undo_stack.setUndoLimit(0)
    start, editor = document.journey, Editor(document, seed)
    while document.undo_stack.count() < EDITS:
        editor.edit()
        if not document.journey.activities:
            document.undo_stack.undo()
    end = document.journey
    while document.undo_stack.canUndo():
        document.undo_stack.undo()
    assert document.journey == start
    while document.undo_stack.canRedo():
        document.undo_stack.redo()
    assert document.journey == end
    assert editor.refusals
    assert all(reason.endswith(".") for reason in editor.refusals)


def test_last_two_hundred_steps_survive_restart(document: JourneyDocument) -> None:
    editor, states = Editor(document, 7), [document.journey]
    while len(states) <= EDITS:
        count, before = document.undo_stack.index(), document.journey
        editor.edit()
        if document.undo_stack.index() != count or (count == 200 and document.journey != before):
            states.append(document.journey)
    again = JourneyDocument(document.journey, document.definitions)
    again.load(document.journey, document.history())
    assert again.undo_stack.count() == 200
    assert all(again.undo_stack.text(index) for index in range(200))
    again.undo_stack.setIndex(0)
    document.undo_stack.setIndex(0)
    assert again.journey == document.journey != states[-1]
    again.undo_stack.setIndex(200)
    assert again.journey == states[-1]
