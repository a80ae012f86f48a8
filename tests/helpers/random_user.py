"""Random gestures on a canvas in any order, also in the midst of another: drags, wires, keys, drops, edits.

``play`` is the short form in the tests and the long one in the soak: after every gesture picture and document agree.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest

from app.canvas import CanvasView
from app.document import transfer
from app.document.document import NotAllowedError
from app.document.transfer import palette
from engine.model.journey import Edge
from tests.helpers.canvas_driver import drop_template

_NONE, _CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
_SHIFT, _ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
KEYS = (
    (Qt.Key.Key_Z, _CONTROL),
    (Qt.Key.Key_Z, _CONTROL | _SHIFT),
    (Qt.Key.Key_Delete, _NONE),
    (Qt.Key.Key_Return, _NONE),
    (Qt.Key.Key_Escape, _NONE),
    (Qt.Key.Key_A, _CONTROL),
    (Qt.Key.Key_C, _CONTROL),
    (Qt.Key.Key_D, _CONTROL),
    (Qt.Key.Key_X, _CONTROL),
    (Qt.Key.Key_V, _CONTROL),
    (Qt.Key.Key_G, _CONTROL),
    (Qt.Key.Key_G, _CONTROL | _SHIFT),
    (Qt.Key.Key_Right, _ALT),
    (Qt.Key.Key_Down, _NONE),
    (Qt.Key.Key_Tab, _NONE),
    (Qt.Key.Key_Space, _NONE),
    (Qt.Key.Key_F2, _NONE),
    (Qt.Key.Key_0, _NONE),
    (Qt.Key.Key_1, _NONE),
)


class RandomUser:
    """Makes gestures at random; a drag may be left unfinished and others made in its middle."""

    def __init__(self, canvas: CanvasView, seed: int) -> None:
        self.canvas, self.chance = canvas, random.Random(seed)
        self.held = Qt.MouseButton.NoButton
        self.gestures: list[Callable[[], object]] = [
            *[self.press, self.move, self.move, self.release] * 5,
            *[self.drag, self.key, self.key, self.bring, self.bring, self.undo, self.edit],
            *[self.double_click, self.mode, self.wheel, self.paste_from_elsewhere, self.note, self.align, self.arrange],
        ]

    def place(self) -> QPointF:
        """Somewhere on the view, mostly on something."""
        projection, what = self.canvas.projection, self.chance.random()
        items = [*projection.nodes.values(), *projection.stubs.values()]
        edges = list(projection.edges.values())
        papers = [*(note.sceneBoundingRect() for note in projection.notes), *(g.title_box for g in projection.groups)]
        if items and what < 0.6:
            item = self.chance.choice(items)
            point = item.pos() if hasattr(item, "title") else getattr(item, "handle", item.pos())
        elif edges and what < 0.75:
            point = self.chance.choice(edges).path().pointAtPercent(self.chance.random())
        elif papers and what < 0.85:
            box = self.chance.choice(papers)
            point = self.chance.choice([box.center(), box.bottomRight() - QPointF(8, 10)])
        else:
            point = QPointF(self.chance.randrange(-100, 1300), self.chance.randrange(-100, 700))
        return QPointF(self.canvas.viewer.mapFromScene(point))

    def _mouse(self, kind: QMouseEvent.Type, button: Qt.MouseButton) -> None:
        viewport, place = self.canvas.viewer.viewport(), self.place()
        keys = self.chance.choice([_NONE] * 4 + [_SHIFT])
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

    def drag(self) -> None:
        """From somewhere to somewhere, to the end."""
        self.press()
        self.move()
        self.move()
        self.release()

    def double_click(self) -> None:
        self._mouse(QMouseEvent.Type.MouseButtonDblClick, Qt.MouseButton.LeftButton)

    def key(self) -> None:
        key, modifiers = self.chance.choice(KEYS)
        QTest.keyClick(self.canvas.viewer, key, modifiers)
        if not self.canvas.editor.isHidden() and self.chance.random() < 0.8:
            QTest.keyClick(self.canvas.editor, self.chance.choice([Qt.Key.Key_Return, Qt.Key.Key_Escape]))

    def bring(self) -> None:
        """Drag something from the palette, and drop it where that is allowed."""
        template = self.chance.choice(palette(self.canvas.document.definitions))
        drop_template(self.canvas, template, self.place().toPoint())

    def undo(self) -> None:
        stack = self.canvas.document.undo_stack
        self.chance.choice([stack.undo, stack.redo])()

    def edit(self) -> None:
        """The window edits while the mouse is busy."""
        document = self.canvas.document
        names, edges = list(document.journey.by_id), list(document.journey.edges)
        what = self.chance.random()
        try:
            if names and what < 0.4:
                document.update_activity(self.chance.choice(names), label=f"Step {self.chance.randrange(99)}")
            elif edges and what < 0.6:
                document.disconnect_edge(self.chance.choice(edges))
            elif names:
                document.delete([self.chance.choice(names)])
            else:
                document.add_note((0, 0), "Begin")
        except NotAllowedError:
            return

    def paste_from_elsewhere(self) -> None:
        """What another journey has put on the clipboard."""
        names = self.canvas.selection or list(self.canvas.document.journey.by_id)[:2]
        text = transfer.to_text(self.canvas.document.clip(names))
        QGuiApplication.clipboard().setText(self.chance.choice([text, text, "something else"]))
        self.canvas.paste()

    def note(self) -> None:
        self.canvas.document.add_note((self.chance.randrange(900), self.chance.randrange(500)), "Note")

    def align(self) -> None:
        self.chance.choice([self.canvas.align, self.canvas.distribute])(self.chance.random() < 0.5)

    def arrange(self) -> None:
        if self.chance.random() < 0.2:
            self.canvas.arrange()

    def mode(self) -> None:
        """Shown as live or under test for a moment."""
        edges: list[Edge] = list(self.canvas.projection.edges)
        self.canvas.set_mode(self.chance.choice(["edit", "edit", "edit", "live", "test"]))
        self.canvas.set_counts(dict.fromkeys(self.canvas.projection.nodes, 3), {}, {})
        self.canvas.set_visited(list(self.canvas.projection.nodes)[:3], edges[:2])
        self.canvas.set_visited()
        self.canvas.set_mode("edit")

    def wheel(self) -> None:
        self.canvas.viewer.zoom_at(self.place(), self.chance.choice([0.8, 1.25]))


def play(canvas: CanvasView, seed: int, gestures: int) -> None:
    """Random gestures; then every undo to the start and every redo to the end. AssertionError if anything differs."""
    document, user = canvas.document, RandomUser(canvas, seed)
    for step in range(gestures):
        user.chance.choice(user.gestures)()
        if step % 10 == 0:
            canvas.viewer.viewport().repaint()
        if not canvas.mouse.busy:
            assert canvas.projection.disagreements() == [], (seed, step)
    canvas.mouse.cancel()
    end, stack = document.journey, document.undo_stack
    last = stack.index()
    stack.setIndex(0)
    assert canvas.projection.disagreements() == []
    stack.setIndex(last)
    assert document.journey == end
    assert canvas.projection.disagreements() == []
    canvas.grab()
