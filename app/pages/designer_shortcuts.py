"""Shortcuts of an open journey outside the canvas: test mode, and F6 through the panes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from app.pages.testing import TestModeController
from app.panels.journey_header import JourneyHeader
from app.widgets.tab_order import enter


class DesignerShortcuts:
    """The shortcuts of one page; ``parts`` returns its panes in F6 order."""

    def __init__(
        self, header: JourneyHeader, testing: TestModeController, parts: Callable[[], Sequence[QWidget]]
    ) -> None:
        self._header, self._testing, self._parts = header, testing, parts

    def press(self, event: QKeyEvent, testing: bool) -> bool:
        """Handle a key; return whether it was used."""
        if event.key() == Qt.Key.Key_F6:
            self._go(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            return True
        keys: dict[int, Callable[[], None]] = {}
        if self._header.test.isVisible():
            keys[Qt.Key.Key_T] = self._header.test.click
        if testing:
            panel = self._testing.panel
            keys |= {
                Qt.Key.Key_E: panel.send.click,
                Qt.Key.Key_L: panel.log.click,
                Qt.Key.Key_P: panel.profile.setFocus,
            }
        action = keys.get(event.key())
        if action is None or event.modifiers() != Qt.KeyboardModifier.NoModifier:
            return False
        action()
        return True

    def _go(self, by: int) -> None:
        """Move the focus to the next visible pane."""
        seen = [part for part in self._parts() if part.isVisible()]
        focused = QApplication.focusWidget()
        inside = [part for part in seen if focused is not None and (part is focused or part.isAncestorOf(focused))]
        here = seen.index(inside[0]) if inside else 0
        enter(seen[(here + by) % len(seen)])
