"""Random gestures with a real mouse and real keys on the whole page of a journey, with panes opening in between.

``play_page`` is the short form in the tests and the long one in the soak. While a button is held nothing moves but what
is dragged; the picture equals the document; no control leaves the window; undo to the beginning and redo to the end
give the same bytes and the same view.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLineEdit

from app.document.transfer import palette
from app.pages.designer import DesignerPage
from app.studio import IdleGarbageCollector
from tests.helpers.canvas_driver import drop_template
from tests.helpers.layout_faults import controls_outside
from tests.helpers.real_input import CanvasMouse, settle

NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SHIFT, ALT = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.AltModifier
SIZES = ((1024, 700), (1200, 800), (1500, 900))
MOST_ACTIVITIES = 30
DOUBLE_CLICK = 20
"""Milliseconds in which two clicks are one; panes that would cover an activity open after it."""
KEYS = (
    *[(Qt.Key.Key_Z, CONTROL), (Qt.Key.Key_Z, CONTROL | SHIFT)] * 2,
    (Qt.Key.Key_Delete, NONE),
    (Qt.Key.Key_Escape, NONE),
    (Qt.Key.Key_Return, NONE),
    (Qt.Key.Key_C, CONTROL),
    (Qt.Key.Key_V, CONTROL),
    (Qt.Key.Key_X, CONTROL),
    (Qt.Key.Key_D, CONTROL),
    (Qt.Key.Key_G, CONTROL),
    (Qt.Key.Key_Right, ALT),
    (Qt.Key.Key_Left, NONE),
    (Qt.Key.Key_O, NONE),
    (Qt.Key.Key_M, NONE),
    (Qt.Key.Key_0, NONE),
    (Qt.Key.Key_1, NONE),
)

AMID_GESTURE = ((Qt.Key.Key_Escape, NONE), (Qt.Key.Key_Z, CONTROL), (Qt.Key.Key_D, CONTROL))


class RandomPerson(CanvasMouse):
    """Someone at the page of a journey who does anything; ``step`` names where a law was broken."""

    def __init__(self, made: DesignerPage, seed: int) -> None:
        super().__init__(made, made.canvas)
        self.page, self.chance, self.seed, self.step = made, random.Random(seed), seed, 0
        self.inputs: list[Callable[[], object]] = [
            *[self.click_something] * 4,
            *[self.drag_something] * 6,
            *[self.press_key] * 4,
            *[self.bring, self.menu, self.turn_wheel, self.pan, self.name_something, self.write_in_pane] * 2,
            *[self.resize, self.lose_focus, self.quick_add, self.double_click_something, self.show_parts],
        ]

    # Where

    def _anywhere(self) -> QPoint:
        viewport = self.canvas.viewer.viewport()
        place = QPoint(self.chance.randrange(viewport.width()), self.chance.randrange(viewport.height()))
        return viewport.mapToGlobal(place)

    def _something(self) -> QPoint:
        """A point of the view, mostly on an item that is in view."""
        projection = self.canvas.projection
        points = [node.pos() for node in projection.nodes.values()]
        points += [stub.handle for stub in projection.stubs.values()]
        points += [edge.path().pointAtPercent(self.chance.random()) for edge in projection.edges.values()]
        points += [note.sceneBoundingRect().center() for note in projection.notes]
        points += [group.title_box.center() for group in projection.groups]
        seen = [point for point in points if self.canvas.viewer.scene_box().contains(point)]
        return self.of(self.chance.choice(seen)) if seen and self.chance.random() < 0.85 else self._anywhere()

    # What

    def click_something(self) -> None:
        self._held([], self.chance.choice([NONE] * 3 + [CONTROL, SHIFT]))

    def drag_something(self) -> None:
        ends = [self._something() for _ in range(self.chance.randint(1, 3))]
        self._held(ends, NONE)

    def _held(self, ends: list[QPoint], keys: Qt.KeyboardModifier) -> None:
        """Press, move to the ends, perhaps with a key in the midst, release: only what is dragged moves."""
        self._wait_for_pane()
        self.move(self._something())
        if not self.is_canvas(self.at):
            return
        before = self.places()
        self.press(keys=keys)
        self._nothing_moved(before, set())
        dragged = set(self.canvas.selection)
        moved: set[str] = set()
        for end in ends:
            self.glide(end, 3)
            if not self.canvas.mouse.busy:
                break
            moved |= dragged | set(self.canvas.selection)
            self._nothing_moved(before, moved)
            if self.chance.random() < 0.1:
                self.key(*self.chance.choice(AMID_GESTURE))
                self._nothing_moved(before, moved)
        self.release(keys=keys)
        self._close_popup()

    def _wait_for_pane(self) -> None:
        while self.page.right_dock.is_waiting:
            settle()

    def _nothing_moved(self, before: dict[str, QPoint], dragged: set[str]) -> None:
        after = self.places()
        moved = [name for name in before if name in after and name not in dragged and after[name] != before[name]]
        assert moved == [], (self.seed, self.step, moved)

    def press_key(self) -> None:
        self.canvas.setFocus()
        self.key(*self.chance.choice(KEYS))
        self._close_popup()

    def bring(self) -> None:
        if len(self.document.journey.activities) < MOST_ACTIVITIES:
            template = self.chance.choice(palette(self.document.definitions))
            drop_template(self.canvas, template, self.canvas.viewer.viewport().mapFromGlobal(self._something()))
            settle()

    def menu(self) -> None:
        """Open the menu, go down some entries, choose or leave."""
        self._wait_for_pane()
        self.move(self._something())
        if not self.is_canvas(self.at):
            return
        before = self.places()
        self.press(Qt.MouseButton.RightButton)
        self._nothing_moved(before, set())
        if QApplication.activePopupWidget() is not None:
            for _ in range(self.chance.randint(1, 9)):
                self.key(Qt.Key.Key_Down)
            self.key(self.chance.choice([Qt.Key.Key_Return, Qt.Key.Key_Escape]))
        self._close_popup()
        self.release(Qt.MouseButton.RightButton)

    def _close_popup(self) -> None:
        while (popup := QApplication.activePopupWidget()) is not None:
            popup.close()
            settle()

    def turn_wheel(self) -> None:
        self.move(self._anywhere())
        turned = QPoint(self.chance.choice([0, 0, 120, -120]), self.chance.choice([120, -120]))
        self.wheel(turned, touchpad=self.chance.random() < 0.5, keys=self.chance.choice([NONE, NONE, CONTROL, SHIFT]))

    def pan(self) -> None:
        """With the middle button, or with the space bar held."""
        self.canvas.setFocus()
        self.move(self._anywhere())
        if self.chance.random() < 0.5:
            self.press(Qt.MouseButton.MiddleButton)
            self.glide(self._anywhere(), 3)
            self.release(Qt.MouseButton.MiddleButton)
            return
        self.hold(Qt.Key.Key_Space)
        self.press()
        self.glide(self._anywhere(), 3)
        self.release()
        self.let_go(Qt.Key.Key_Space)

    def name_something(self) -> None:
        """Open the field for a name and leave it in one of many ways."""
        self.canvas.setFocus()
        self.key(Qt.Key.Key_F2)
        if self.canvas.editor.isHidden():
            return
        self.write("name")
        leave: list[Callable[[], object]] = [
            lambda: self.key(Qt.Key.Key_Return),
            lambda: self.key(Qt.Key.Key_Escape),
            self.click_something,
            self.turn_wheel,
        ]
        self.chance.choice(leave)()

    def write_in_pane(self) -> None:
        """Write a label in the settings pane; what is selected next saves it."""
        form = self.page.pane.form
        line = form.findChild(QLineEdit, "label") if self.page.pane.isVisible() and form is not None else None
        if line is None:
            return
        self.click_on(line)
        self.write(self.chance.choice(["a", "label"]))

    def resize(self) -> None:
        self.page.resize(*self.chance.choice(SIZES))
        settle()

    def lose_focus(self) -> None:
        """Hold space or a button while the keyboard goes elsewhere."""
        self.canvas.setFocus()
        self.move(self._something())
        button = self.chance.random() < 0.5
        if button:
            self.press()
        else:
            self.hold(Qt.Key.Key_Space)
        self.page.header.setFocus()
        self.page.palette_panel.search.setFocus()
        settle()
        assert not self.canvas.mouse.busy, (self.seed, self.step)
        assert not self.canvas.mouse.space, (self.seed, self.step)
        if button:
            self.release()

    def quick_add(self) -> None:
        """Tab, a word, Enter."""
        if len(self.document.journey.activities) >= MOST_ACTIVITIES:
            return
        self.canvas.setFocus()
        self.key(Qt.Key.Key_Tab)
        if QApplication.activePopupWidget() is not None:
            self.write(self.chance.choice(["end", "wait", "mail", "split"]))
            self.key(Qt.Key.Key_Return)
        self._close_popup()

    def double_click_something(self) -> None:
        self.double_click(self._something())
        self._close_popup()

    def show_parts(self) -> None:
        """Show or hide the problems."""
        self.page.toggle_problems()
        settle()

    # Laws

    def check(self) -> None:
        """The picture equals the document and every control fits the window."""
        if not self.canvas.mouse.busy:
            assert self.canvas.projection.disagreements() == [], (self.seed, self.step)
        if self.canvas.editor.isHidden():
            faults = controls_outside(self.page)
            assert faults == [], (self.seed, self.step, self.page.size().toTuple(), faults)

    def undo_and_redo_everything(self) -> None:
        """Undo to the beginning and redo to the end by keys: the same bytes, the same view."""
        self.canvas.editor.finish()
        self.page.pane.save()
        self.canvas.setFocus()
        self.key(Qt.Key.Key_Escape)
        stack, viewer = self.document.undo_stack, self.canvas.viewer
        while stack.canRedo():
            self.key(Qt.Key.Key_Z, CONTROL | SHIFT)
        end, seen = self.document.journey.model_dump_json(), (viewer.corner, viewer.scale_now)
        while stack.canUndo():
            self.key(Qt.Key.Key_Z, CONTROL)
        assert self.canvas.projection.disagreements() == [], self.seed
        while stack.canRedo():
            self.key(Qt.Key.Key_Z, CONTROL | SHIFT)
        assert self.document.journey.model_dump_json() == end, self.seed
        off = QPointF(viewer.corner - seen[0])
        assert off.manhattanLength() < 0.01, (self.seed, off)
        assert viewer.scale_now == seen[1], self.seed
        assert self.canvas.projection.disagreements() == [], self.seed


def play_page(made: DesignerPage, seed: int, gestures: int) -> None:
    """Do random things at a page; AssertionError with seed and step where a law is broken.

    Cycles are looked for as in the studio: between two events, never in the midst of one.
    """
    QGuiApplication.clipboard().clear()
    interval, collector = QApplication.doubleClickInterval(), IdleGarbageCollector()
    QApplication.setDoubleClickInterval(DOUBLE_CLICK)
    try:
        person = RandomPerson(made, seed)
        for person.step in range(gestures):
            person.chance.choice(person.inputs)()
            person.check()
        person.undo_and_redo_everything()
    finally:
        collector.end()
        QApplication.setDoubleClickInterval(interval)
