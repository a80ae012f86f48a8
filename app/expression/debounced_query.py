"""The answer to the latest question, a moment after it was asked; work on long texts is done in a thread of its own.

The window never waits (studio.md, Feel): short texts take a few milliseconds, long ones too long for a key stroke.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue

from PySide6.QtCore import QObject, QTimer, Signal

SHORT = 1_000
"""Up to this many characters a text is worked on in the window's thread."""

POLL = 8
"""Milliseconds between looks for an answer from a thread."""

Work = Callable[[], object]


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    work: Work
    size: int


class DebouncedQuery(QObject):
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
        self._answers: SimpleQueue[tuple[_Order, object]] = SimpleQueue()
        self._polling = QTimer(self)
        self._polling.setInterval(POLL)
        self._polling.timeout.connect(self._look)

    @property
    def waiting(self) -> bool:
        """Whether the latest question is not answered yet."""
        return self._order is not None

    def ask(self, work: Work, size: int) -> None:
        """Run the work on a text of this size after the delay, unless another query comes first."""
        self._order = _Order(work, size)
        self._timer.start()

    def ask_now(self, work: Work, size: int) -> None:
        """Run the work on a short text before returning, on a long one as soon as possible."""
        self._order = _Order(work, size)
        self._timer.stop()
        self._start()

    def drop(self) -> None:
        """Cancel the latest query."""
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
        answers = self._answers
        threading.Thread(target=lambda: answers.put((order, order.work())), name="expression").start()
        self._polling.start()

    def _look(self) -> None:
        """Fetch a result from its thread, which touches nothing of Qt: the owner may be deleted when it ends."""
        if self._answers.empty():
            return
        order, answer = self._answers.get()
        self._polling.stop()
        self._busy = False
        if order is self._order:
            self._finish(answer)
        elif not self._timer.isActive():
            self._start()

    def _finish(self, answer: object) -> None:
        self._order = None
        self.done.emit(answer)
