"""Changing the style sheet of a running application in a few milliseconds.

``QApplication.setStyleSheet`` polishes every widget again, each together with all its descendants: seconds with five
journeys open. Here all widgets are hidden from it by their attributes while sheet and palette are exchanged. Then the
visible widgets are polished at once, each on its own, and hidden ones when they are shown or when there is time.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QWidget

_POLISHED = Qt.WidgetAttribute.WA_WState_Polished
_OWN_STYLE = Qt.WidgetAttribute.WA_SetStyle
_OWN_PALETTE = Qt.WidgetAttribute.WA_SetPalette
SLICE = 0.008
"""Seconds of polishing hidden widgets between two rounds of events."""


class Restyling(QObject):
    """Applies style sheets; remembers which hidden widgets still show the one before."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: dict[int, QWidget] = {}
        """Widgets that are not polished yet, by their identity, outer ones before inner ones."""
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._polish_some)

    def apply(self, application: QApplication, palette: QPalette, sheet: str) -> None:
        """Give the application another palette and style sheet."""
        if application.styleSheet() == sheet:
            return
        widgets = application.allWidgets()
        polished = [widget for widget in widgets if widget.testAttribute(_POLISHED)]
        inheriting = [widget for widget in widgets if not widget.testAttribute(_OWN_STYLE)]
        for widget in polished:
            widget.setAttribute(_POLISHED, False)
        for widget in inheriting:
            widget.setAttribute(_OWN_STYLE, True)
        application.setStyleSheet("")
        application.setPalette(palette)
        application.setStyleSheet(sheet)
        for widget in inheriting:
            widget.setAttribute(_OWN_STYLE, False)
        for widget in polished:
            widget.setAttribute(_POLISHED, True)
        self._polish(widget for widget in polished if widget.isVisible())
        self._wait_for(widget for widget in polished if not widget.isVisible())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Polish a part of a window that is about to be seen."""
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget):
            watched.removeEventFilter(self)
            inside = [watched, *watched.findChildren(QWidget)]
            self._polish(widget for widget in inside if self._waiting.pop(id(widget), None) is not None)
        return False

    def _wait_for(self, widgets: Iterable[QWidget]) -> None:
        self._waiting = {id(widget): widget for widget in widgets}
        for widget in self._waiting.values():
            parent = widget.parentWidget()
            if parent is None or parent.isVisible() or widget.isWindow():
                widget.installEventFilter(self)
        if self._waiting:
            self._timer.start()

    def _polish_some(self) -> None:
        until = time.monotonic() + SLICE
        while self._waiting and time.monotonic() < until:
            widget = self._waiting.pop(next(iter(self._waiting)))
            if shiboken6.isValid(widget):
                widget.removeEventFilter(self)
                self._polish([widget])
        if not self._waiting:
            self._timer.stop()

    def _polish(self, widgets: Iterable[QWidget]) -> None:
        for widget in widgets:
            if widget.testAttribute(_OWN_PALETTE):
                widget.setPalette(QPalette())
            widget.style().polish(widget)
            widget.update()
