"""The answer to the latest question, a moment after it was asked; work on long texts is done in a thread of its own.

The window never waits (studio.md, Feel): short texts take a few milliseconds, long ones too long for a key stroke.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

SHORT = 1_000
"""Up to this many characters a text is worked on in the window's thread."""

Work = Callable[[], object]


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    work: Work
    size: int


class _Post(QObject):
    """Carries an answer from its thread to the window's."""

    arrived = Signal(object, object)


class Later(QObject):
    """Does what was asked last; what was asked before and is not done yet is dropped."""

    done = Signal(object)
    """What the work of the latest question gave."""

    def __init__(self, delay: int, parent: QObject) -> None:
        super().__init__(parent)
        self._order: _Order | None = None
        self._busy = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(delay)
        self._timer.timeout.connect(self._start)
        self._post = _Post()
        self._post.arrived.connect(self._arrived)

    @property
    def waiting(self) -> bool:
        """Whether the latest question is not answered yet."""
        return self._order is not None

    def ask(self, work: Work, size: int) -> None:
        """Does the work on a text of this size in a moment, unless something else is asked before."""
        self._order = _Order(work, size)
        self._timer.start()

    def ask_now(self, work: Work, size: int) -> None:
        """Does the work on a short text before returning; on a long one as soon as possible."""
        self._order = _Order(work, size)
        self._timer.stop()
        self._start()

    def drop(self) -> None:
        """The answer to the latest question is not wanted any more."""
        self._order = None
        self._timer.stop()

    def _start(self) -> None:
        order = self._order
        if order is None or self._busy:
            return
        if order.size <= SHORT:
            self._finish(order.work())
            return
        self._busy = True
        post = self._post
        threading.Thread(target=lambda: post.arrived.emit(order, order.work()), name="expression").start()

    def _arrived(self, order: _Order, answer: object) -> None:
        self._busy = False
        if order is self._order:
            self._finish(answer)
        elif not self._timer.isActive():
            self._start()

    def _finish(self, answer: object) -> None:
        self._order = None
        self.done.emit(answer)
