"""Changing the style sheet of a running application in a few milliseconds.

``QApplication.setStyleSheet`` polishes every widget again, each together with all its descendants: seconds with five
journeys open. Here its cache of styled widgets is emptied first, so that it polishes none. Then the visible widgets
are polished at once, each on its own, and hidden ones when they are shown or when there is time.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QWidget

SLICE = 0.008
"""Seconds of polishing hidden widgets between two rounds of events."""


class Restyling(QObject):
    """Applies style sheets; remembers the hidden parts of windows that still show the one before."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: deque[QWidget] = deque()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._polish_some)

    def apply(self, application: QApplication, palette: QPalette, sheet: str) -> None:
        """Give the application another palette and style sheet."""
        if application.styleSheet() == sheet:
            return
        application.setPalette(palette)
        if application.styleSheet():
            application.style().unpolish(application)  # empties the cache of styled widgets
        application.setStyleSheet(sheet)
        for window in application.topLevelWidgets():
            self._polish_visible(window)
        if self._waiting:
            self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Polish a part of a window that is about to be seen."""
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget):
            watched.removeEventFilter(self)
            self._polish_visible(watched)
        return False

    def _polish_visible(self, widget: QWidget) -> None:
        """Polish a widget with all that is visible in it; what is hidden waits."""
        if widget.isVisible():
            _polish(widget)
            for child in _children(widget):
                self._polish_visible(child)
        else:
            widget.installEventFilter(self)
            self._waiting.append(widget)

    def _polish_some(self) -> None:
        until = time.monotonic() + SLICE
        while self._waiting and time.monotonic() < until:
            widget = self._waiting.popleft()
            if shiboken6.isValid(widget):
                widget.removeEventFilter(self)
                _polish(widget)
                self._waiting.extend(_children(widget))
        if not self._waiting:
            self._timer.stop()


def _children(widget: QWidget) -> Iterator[QWidget]:
    """Yield the widgets directly in a widget, without windows of their own."""
    for child in widget.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        if not child.isWindow():
            yield child


def _polish(widget: QWidget) -> None:
    """Style a widget again; one that was never styled follows when it is shown."""
    if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        if widget.testAttribute(Qt.WidgetAttribute.WA_SetPalette):
            widget.setPalette(QPalette())
        widget.style().polish(widget)
        widget.update()
