"""A studio on a workspace of its own, with an engine process, and someone with mouse and keys in front of it."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QInputDialog, QLineEdit, QMessageBox, QWidget

from app.bridge import calls
from app.bridge.requests import Work
from app.pages.designer import DesignerPage
from app.studio import Studio
from engine.store.location import find_owner

Answer = TypeVar("Answer")

PATIENCE = 180_000
"""Milliseconds that one step may take on a busy machine."""
LEFT = Qt.MouseButton.LeftButton
NONE, CONTROL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier


class StudioDriver:
    """Clicks, types and waits; never calls what a button would."""

    def __init__(self, qtbot: Any, studio: Studio) -> None:
        self.qtbot, self.studio, self.window = qtbot, studio, studio.window

    def until(self, condition: Callable[[], Any], timeout: int = PATIENCE) -> None:
        """Wait until something is so."""
        self.qtbot.waitUntil(lambda: bool(condition()), timeout=timeout)

    def ask(self, work: Work[Answer]) -> Answer:
        """Send work by the bridge, behind what the window changes, and wait for the answer."""
        answers: list[Answer] = []
        self.studio.bridge.write(work, answers.append)
        self.until(lambda: answers)
        return answers[0]

    def begin(self) -> None:
        """Open the studio and wait for its engine."""
        self.studio.begin()
        self.until(lambda: self.studio.bridge.running)

    @property
    def page(self) -> DesignerPage:
        """The journey in front."""
        assert self.window.designer is not None
        return self.window.designer

    # Mouse and keys: all else is made of these four

    def touch(self, widget: QWidget, place: QPoint | None = None, double: bool = False) -> None:
        """Click a widget at a place in it, else in its middle."""
        click = QTest.mouseDClick if double else QTest.mouseClick
        click(widget, LEFT, pos=place if place is not None else widget.rect().center())

    def enter(self, widget: QWidget) -> None:
        """Bring the keyboard into a field."""
        widget.setFocus()

    def stroke(self, widget: QWidget, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        """Press a key in a widget that has the keyboard."""
        QTest.keyClick(widget, key, keys)

    def spell(self, widget: QWidget, words: str) -> None:
        """Type into a widget that has the keyboard."""
        QTest.keyClicks(widget, words)

    # What a person does with them

    def click(self, widget: QWidget) -> None:
        """Click the middle of a widget that can be seen."""
        self.until(widget.isVisible)
        assert widget.isEnabled(), widget.accessibleName()
        self.touch(widget)

    def toggle(self, switch: QAbstractButton) -> None:
        """Click a switch at its left end, where it is drawn."""
        self.until(switch.isVisible)
        self.touch(switch, QPoint(14, switch.height() // 2))

    def write(self, widget: QWidget, words: str) -> None:
        """Put words in place of what a field holds: select all, paste."""
        self.enter(widget)
        self.stroke(widget, Qt.Key.Key_A, CONTROL)
        QGuiApplication.clipboard().setText(words)
        self.stroke(widget, Qt.Key.Key_V, CONTROL)

    def key_in(self, widget: QWidget, words: str) -> None:
        """Put words in place of what a field holds, key by key."""
        self.enter(widget)
        self.stroke(widget, Qt.Key.Key_A, CONTROL)
        self.spell(widget, words)

    def choose(self, choice: Any, words: str) -> None:
        """Choose an entry of a list with the arrow keys."""
        self.enter(choice)
        self.stroke(choice, Qt.Key.Key_Home)
        for _ in range(choice.count()):
            if choice.currentText() == words:
                return
            self.stroke(choice, Qt.Key.Key_Down)
        assert choice.currentText() == words

    def add(self, item: str) -> str:
        """Double-click an entry of the palette; the id of the activity that came."""
        before = set(self.page.document.journey.by_id)
        entry = self.page.palette_panel.items[item]
        assert not entry.reason, entry.reason
        self.touch(entry, double=True)
        self.until(lambda: len(self.page.document.journey.by_id) > len(before))
        (made,) = set(self.page.document.journey.by_id) - before
        self.until(lambda: self.page.pane.shown_id == made)
        return made

    def add_beside(self, after: str, words: str) -> str:
        """Tab on an activity opens what can come next; type, Enter. The id of the activity that came."""
        before = set(self.page.document.journey.by_id)
        self.select(after)
        self.stroke(self.page.canvas.viewer, Qt.Key.Key_Tab)
        self.spell(self.page.next.popup.search, words)
        self.stroke(self.page.next.popup.search, Qt.Key.Key_Return)
        self.until(lambda: len(self.page.document.journey.by_id) > len(before))
        (made,) = set(self.page.document.journey.by_id) - before
        return made

    def select(self, name: str) -> None:
        """Click an activity on the canvas."""
        canvas = self.page.canvas
        canvas.reveal([name])
        place = canvas.viewer.mapFromScene(canvas.projection.nodes[name].pos())
        self.touch(canvas.viewer.viewport(), place)
        self.until(lambda: self.page.pane.shown_id == name)

    def field(self, name: str) -> Any:
        """An input of the settings form by its name; of an expression, its text."""
        found = self.page.pane.form.findChild(QWidget, name) if self.page.pane.form else None
        assert found is not None, name
        return getattr(found, "code", found)

    def save(self) -> None:
        """Save the settings pane."""
        self.click(self.page.pane.save_button)

    def answer(self, words: str) -> None:
        """Answer the one line that is asked for."""
        self.until(lambda: self._dialog(QInputDialog))
        dialog = self._dialog(QInputDialog)
        assert dialog is not None
        line = dialog.findChild(QLineEdit)
        self.key_in(line, words)
        self.stroke(line, Qt.Key.Key_Return)

    def confirm(self) -> None:
        """Say yes to the question that is asked."""
        self.until(lambda: self._dialog(QMessageBox))
        dialog = self._dialog(QMessageBox)
        assert isinstance(dialog, QMessageBox)
        self.touch(dialog.defaultButton())

    def _dialog(self, kind: type[QWidget]) -> Any:
        return next(
            (made for made in QApplication.topLevelWidgets() if isinstance(made, kind) and made.isVisible()), None
        )

    def post(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """Send an event by HTTP, as a sender would; what the inlet answered."""
        (inlet, *_) = self.ask(calls.inlets.list())
        token = self.ask(calls.inlets.token(inlet.name))
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        request = urllib.request.Request(inlet.url, json.dumps(payload).encode(), headers)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=240) as answer:
            found: Mapping[str, Any] = json.loads(answer.read())
            return found


def close_studio(qtbot: Any, studio: Studio) -> None:
    """Close a studio and wait until its engine's process has ended; end it for a user who may not stop it."""
    owner, may_stop = find_owner(studio.workspace), studio.bridge.may_stop
    studio.preferences.set("on_close", "stop")
    studio.window.close()
    qtbot.waitUntil(lambda: studio.is_shut_down, timeout=PATIENCE)
    if owner is not None:
        if not may_stop and running(owner.pid):
            os.kill(owner.pid, signal.SIGTERM)
        qtbot.waitUntil(lambda: not running(owner.pid), timeout=PATIENCE)
    studio.window.deleteLater()


def running(pid: int) -> bool:
    """Whether a process runs; one of ours that ended is collected."""
    with suppress(ChildProcessError):
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def samples(root: Path) -> Path:
    """Where the samples are."""
    return root / "resources" / "samples"
