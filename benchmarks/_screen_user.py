"""Someone at a studio on a real screen: clicks and keys are xdotool's, and reach the window through the X server."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

from app.studio import Studio
from benchmarks._virtual_screen import SETTLE
from tests.helpers.studio_driver import CONTROL, NONE, StudioDriver

KEYS: Mapping[Qt.Key, str] = {
    Qt.Key.Key_Return: "Return",
    Qt.Key.Key_Tab: "Tab",
    Qt.Key.Key_Home: "Home",
    Qt.Key.Key_Down: "Down",
    Qt.Key.Key_Escape: "Escape",
    Qt.Key.Key_A: "a",
    Qt.Key.Key_V: "v",
}


class ScreenUser(StudioDriver):
    """The person of the window's tests with a mouse and a keyboard of their own."""

    def __init__(self, patience: object, studio: Studio, folder: Path) -> None:
        super().__init__(patience, studio)
        self._folder = folder
        self.clicks = self.keys = 0

    def _do(self, *words: str) -> None:
        """Lets xdotool do something while Qt works, then lets what follows be drawn."""
        running = subprocess.Popen(["xdotool", *words])
        while running.poll() is None:
            QApplication.processEvents()
            time.sleep(0.002)
        settled = time.monotonic() + SETTLE
        while time.monotonic() < settled:
            QApplication.processEvents()
            time.sleep(0.002)

    def _point(self, widget: QWidget, place: QPoint | None) -> tuple[str, str]:
        point = widget.mapToGlobal(place if place is not None else widget.rect().center())
        return str(point.x()), str(point.y())

    def _bring_into_view(self, widget: QWidget) -> None:
        parent = widget.parentWidget()
        while parent is not None:
            if isinstance(parent, QScrollArea):
                parent.ensureWidgetVisible(widget)
            parent = parent.parentWidget()
        QApplication.processEvents()

    def _uncover(self, widget: QWidget, place: QPoint | None) -> None:
        """Close what completion has opened over a widget, as one would."""
        point = widget.mapToGlobal(place if place is not None else widget.rect().center())
        above = QApplication.widgetAt(point)
        covered = above is not None and above is not widget and not widget.isAncestorOf(above)
        popup: QWidget | None = QApplication.activePopupWidget()
        if covered or (popup is not None and not popup.isAncestorOf(widget)):
            self._do("key", "Escape")

    def touch(self, widget: QWidget, place: QPoint | None = None, double: bool = False) -> None:
        """Move there, click."""
        self._bring_into_view(widget)
        self._uncover(widget, place)
        times = ["--repeat", "2", "--delay", "60"] if double else []
        self._do("mousemove", "--sync", *self._point(widget, place), "click", *times, "1")
        self.clicks += 2 if double else 1

    def enter(self, widget: QWidget) -> None:
        """Click into a field."""
        self.touch(widget, QPoint(min(60, widget.width() // 2), min(14, widget.height() // 2)))
        self.until(lambda: widget.hasFocus() or widget.focusProxy() is not None)

    def stroke(self, widget: QWidget, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        """Press a key."""
        self._do("key", f"ctrl+{KEYS[key]}" if keys == CONTROL else KEYS[key])
        self.keys += 1

    def spell(self, widget: QWidget, words: str) -> None:
        """Type."""
        self._do("type", "--delay", "15", words)
        self.keys += len(words)

    def choose(self, choice: Any, words: str) -> None:
        """Open a list, go down to the entry, Enter."""
        entries = [choice.itemText(at) for at in range(choice.count())]
        self.touch(choice)
        self.stroke(choice, Qt.Key.Key_Home)
        for _ in range(entries.index(words)):
            self.stroke(choice, Qt.Key.Key_Down)
        self.stroke(choice, Qt.Key.Key_Return)
        self.until(lambda: choice.currentText() == words)

    def add(self, item: str) -> str:
        """Add an activity: drag the first one onto the canvas, double-click the others."""
        if self.page.document.journey.activities:
            return super().add(item)
        entry, viewport = self.page.palette_panel.items[item], self.page.canvas.viewer.viewport()
        start, end = self._point(entry, None), self._point(viewport, QPoint(120, 160))
        halfway = (str((int(start[0]) + int(end[0])) // 2), str((int(start[1]) + int(end[1])) // 2))
        steps = ["mousemove", "--sync", *start, "mousedown", "1", "sleep", "0.1"]
        for point in (halfway, end, end):
            steps += ["mousemove", "--sync", *point, "sleep", "0.15"]
        self._do(*steps, "mouseup", "1")
        self.clicks += 1
        self.until(lambda: self.page.document.journey.activities)
        made = self.page.document.journey.activities[0].id
        self.until(lambda: self.page.pane.shown_id == made)
        return made

    def look(self, name: str) -> None:
        """Keep a picture of the screen."""
        QGuiApplication.primaryScreen().grabWindow(0).save(str(self._folder / f"{name}.png"))
