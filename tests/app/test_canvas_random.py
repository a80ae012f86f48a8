"""Hundreds of random gestures, also amid one another: no crash, no Qt warning, picture and document agree."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDragMoveEvent, QDropEvent, QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest

from app.canvas import CanvasView
from app.document.document import JourneyDocument, NotAllowedError
from app.document.templates import MIME_TYPE, palette
from app.theme.appearance import Appearance
from engine.model.definitions import Definitions
from engine.model.journey_file import read

SAMPLE = Path(__file__).parents[2] / "resources" / "samples" / "lobby-and-restaurant.journey.json"
GESTURES = 500
KEYS = (
    (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier),
    (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier),
    (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier),
    (Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier),
    (Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier),
    (Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier),
    (Qt.Key.Key_X, Qt.KeyboardModifier.ControlModifier),
    (Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier),
    (Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier),
    (Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier),
    (Qt.Key.Key_Down, Qt.KeyboardModifier.NoModifier),
    (Qt.Key.Key_Tab, Qt.KeyboardModifier.NoModifier),
    (Qt.Key.Key_1, Qt.KeyboardModifier.NoModifier),
)


class Monkey:
    """Does something, whatever it is; a drag may be left unfinished and others done in its middle."""

    def __init__(self, canvas: CanvasView, seed: int) -> None:
        self.canvas, self.chance = canvas, random.Random(seed)
        self.held = Qt.MouseButton.NoButton
        self.deeds: list[Callable[[], None]] = [
            *[self.press, self.move, self.move, self.release] * 4,
            *[self.key, self.bring, self.undo, self.edit, self.double_click, self.mode, self.wheel],
        ]

    def place(self) -> QPointF:
        """Somewhere on the view, mostly on something."""
        items = [*self.canvas.projection.nodes.values(), *self.canvas.projection.stubs.values()]
        edges = list(self.canvas.projection.edges.values())
        what = self.chance.random()
        if items and what < 0.6:
            item = self.chance.choice(items)
            point = item.pos() if hasattr(item, "title") else getattr(item, "handle", item.pos())
        elif edges and what < 0.8:
            point = self.chance.choice(edges).path().pointAtPercent(self.chance.random())
        else:
            point = QPointF(self.chance.randrange(-100, 1300), self.chance.randrange(-100, 700))
        return QPointF(self.canvas.viewer.mapFromScene(point))

    def _mouse(self, kind: QMouseEvent.Type, button: Qt.MouseButton) -> None:
        viewport, place = self.canvas.viewer.viewport(), self.place()
        keys = self.chance.choice([Qt.KeyboardModifier.NoModifier] * 4 + [Qt.KeyboardModifier.ShiftModifier])
        event = QMouseEvent(kind, place, viewport.mapToGlobal(place), button, self.held, keys)
        QGuiApplication.sendEvent(viewport, event)

    def press(self) -> None:
        self.held = self.chance.choice([Qt.MouseButton.LeftButton] * 6 + [*Qt.MouseButton][1:4])
        self._mouse(QMouseEvent.Type.MouseButtonPress, self.held)

    def move(self) -> None:
        self._mouse(QMouseEvent.Type.MouseMove, Qt.MouseButton.NoButton)

    def release(self) -> None:
        button, self.held = self.held, Qt.MouseButton.NoButton
        self._mouse(QMouseEvent.Type.MouseButtonRelease, button)

    def double_click(self) -> None:
        self._mouse(QMouseEvent.Type.MouseButtonDblClick, Qt.MouseButton.LeftButton)

    def key(self) -> None:
        key, modifiers = self.chance.choice(KEYS)
        QTest.keyClick(self.canvas.viewer, key, modifiers)

    def bring(self) -> None:
        template = self.chance.choice(palette(self.canvas.document.definitions))
        mime = QMimeData()
        mime.setData(MIME_TYPE, template.to_mime())
        place, none = self.place().toPoint(), Qt.KeyboardModifier.NoModifier
        over = QDragMoveEvent(place, Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, none)
        self.canvas.viewer.dragMoveEvent(over)
        if over.isAccepted():
            drop = QDropEvent(place, Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, none)
            self.canvas.viewer.dropEvent(drop)

    def undo(self) -> None:
        stack = self.canvas.document.undo_stack
        self.chance.choice([stack.undo, stack.redo])()

    def edit(self) -> None:
        """The window edits while the mouse is busy."""
        document = self.canvas.document
        names = list(document.journey.by_id)
        try:
            if names and self.chance.random() < 0.5:
                document.update_activity(self.chance.choice(names), label=f"Step {self.chance.randrange(99)}")
            elif names:
                document.delete([self.chance.choice(names)])
            else:
                document.add_note((0, 0), "Begin")
        except NotAllowedError:
            return

    def mode(self) -> None:
        self.canvas.set_mode(self.chance.choice(["edit", "edit", "edit", "live", "test"]))
        self.canvas.set_counts(dict.fromkeys(self.canvas.projection.nodes, 3), {}, {})
        self.canvas.set_mode("edit")

    def wheel(self) -> None:
        self.canvas.viewer.zoom_at(self.place(), self.chance.choice([0.8, 1.25]))


@pytest.fixture
def canvas(qtbot: Any, qapp: Any) -> Iterator[CanvasView]:
    appearance = Appearance(qapp, "light")
    file = read(SAMPLE.read_text(encoding="utf-8"))
    definitions = Definitions(**{name: getattr(file, name) for name in Definitions.model_fields})
    view = CanvasView(JourneyDocument(file.journey, definitions))
    qtbot.addWidget(view)
    view.resize(1200, 800)
    view.grab()
    yield view
    appearance.deleteLater()


@pytest.mark.parametrize("seed", range(12))
def test_random_gestures(canvas: CanvasView, seed: int) -> None:
    document, monkey = canvas.document, Monkey(canvas, seed)
    for step in range(GESTURES):
        monkey.chance.choice(monkey.deeds)()
        if step % 10 == 0:
            canvas.viewer.viewport().repaint()
        if not canvas.hands.busy:
            assert canvas.projection.disagreements() == [], step
    canvas.hands.cancel()
    end = document.journey
    stack = document.undo_stack
    last = stack.index()
    stack.setIndex(0)
    assert canvas.projection.disagreements() == []
    stack.setIndex(last)
    assert document.journey == end
    assert canvas.projection.disagreements() == []
    canvas.grab()
