"""Run Python's cyclic garbage collector only while the studio is idle, on the window's thread.

By default a collection scans every loaded object for a tenth of a second at arbitrary times: during a drag, while a
journey opens, or on a thread that must not delete widgets. Here loaded code is frozen, and the rest is collected
between user actions: new objects every few seconds, all of them now and then.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

EVERY = 2000
"""Milliseconds between two checks."""
NEW = 2000
"""Number of new objects that makes a collection worthwhile."""
_LOOKS_PER_WHOLE = 30


class IdleGarbageCollector(QObject):
    """Replaces the automatic collector; ``end`` restores it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._settled = False
        self._looks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def engine_changed(self, state: str) -> None:
        """Freeze loaded code once, when the engine first runs."""
        if state == "running" and not self._settled:
            self._settled = True
            gc.freeze()

    def look(self) -> None:
        """Collect garbage unless a mouse button is pressed."""
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            return
        self._looks += 1
        if self._looks >= _LOOKS_PER_WHOLE:
            self._looks = 0
            gc.collect()
        elif gc.get_count()[0] >= NEW:
            gc.collect(1)

    def end(self) -> None:
        """Restore the automatic collector."""
        self._timer.stop()
        if self._settled:
            gc.unfreeze()
        gc.enable()
