"""Python's search for cycles, kept away from what a person does and from every thread but the window's.

Left alone it walks over all that was ever loaded, a tenth of a second, whenever that happens to be due: in the middle
of a drag, while a journey opens, or on a thread that must not let go of a widget. So what is loaded is set aside for
good, and the rest is looked through between two deeds: what is new every few seconds, everything now and then.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

EVERY = 2000
"""Milliseconds between two looks."""
NEW = 2000
"""How many new objects make a look worth while."""
_LOOKS_PER_WHOLE = 30


class IdleGarbageCollector(QObject):
    """Takes over from the automatic collector when it is made; ``end`` gives it back."""

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
        """The engine runs for the first time, so all code is loaded: it stays, and is never walked over again."""
        if state == "running" and not self._settled:
            self._settled = True
            gc.freeze()

    def look(self) -> None:
        """Look for cycles, unless a mouse button is held: then something is being moved."""
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            return
        self._looks += 1
        if self._looks >= _LOOKS_PER_WHOLE:
            self._looks = 0
            gc.collect()
        elif gc.get_count()[0] >= NEW:
            gc.collect(1)

    def end(self) -> None:
        """Everything is as it was before."""
        self._timer.stop()
        if self._settled:
            gc.unfreeze()
        gc.enable()
