"""The keys of an open journey that are not the canvas's own: those of test mode, and F6, which goes round the panes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.panels.journey_header import JourneyHeader
from app.panels.test_panel import TestPanel
from app.widgets.tab_order import enter


class JourneyKeys:
    """What the keys do on one page; ``parts`` tells its panes, in the order in which F6 goes."""

    def __init__(self, header: JourneyHeader, panel: TestPanel, parts: Callable[[], Sequence[QWidget]]) -> None:
        self._header, self._panel, self._parts = header, panel, parts

    def press(self, event: QKeyEvent, testing: bool) -> bool:
        """Whether the key did something."""
        if event.key() == Qt.Key.Key_F6:
            self._go(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            return True
        keys: Mapping[int, Callable[[], None]] = {
            Qt.Key.Key_T: self._header.test.click,
            Qt.Key.Key_E: self._panel.send.click,
            Qt.Key.Key_L: self._panel.log.click,
            Qt.Key.Key_P: self._panel.profile.setFocus,
        }
        action = keys.get(event.key())
        plain = event.modifiers() == Qt.KeyboardModifier.NoModifier
        if action is None or not plain or (event.key() != Qt.Key.Key_T and not testing):
            return False
        action()
        return True

    def _go(self, by: int) -> None:
        """The keyboard goes to the next pane that can be seen."""
        seen = [part for part in self._parts() if part.isVisible()]
        focused = QApplication.focusWidget()
        inside = [part for part in seen if focused is not None and (part is focused or part.isAncestorOf(focused))]
        here = seen.index(inside[0]) if inside else 0
        enter(seen[(here + by) % len(seen)])
