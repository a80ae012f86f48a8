"""Work off the window's thread, its outcome delivered back on it.

A worker does its jobs one after the other in the order they were given, so that two saves of one journey can never
overtake each other. Nothing here knows the engine.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from engine.errors import SojournError

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Failed = Callable[[SojournError], None]


@dataclass(frozen=True, slots=True)
class Job(Generic[Answer]):
    """One piece of work: ``work`` runs on the worker, ``then`` or ``failed`` on the window's thread.

    ``owner`` is the widget that asked; when it no longer lives, nothing is called.
    """

    work: Callable[[], Answer]
    then: Callable[[Answer], None]
    failed: Failed
    owner: QObject | None


class MainThreadDispatcher(QObject):
    """Makes calls on the window's thread: a queued signal to a slot of an object that lives there."""

    outcome = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.outcome.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def send(self, owner: QObject | None, call: Callable[[], None]) -> None:
        """Make ``call`` on the window's thread, from any thread, unless ``owner`` no longer lives by then."""
        if shiboken6.isValid(self):
            self.outcome.emit((owner, call))

    def _deliver(self, message: tuple[QObject | None, Callable[[], None]]) -> None:
        owner, call = message
        if owner is None or shiboken6.isValid(owner):
            call()


class SerialWorker:
    """A thread for jobs that must keep their order."""

    def __init__(self, name: str, dispatcher: MainThreadDispatcher) -> None:
        self._dispatcher = dispatcher
        self._jobs: queue.SimpleQueue[Job[Any] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"worker-{name}", daemon=True)
        self._thread.start()

    def put(self, job: Job[Any]) -> None:
        """Do the job after the earlier ones."""
        self._jobs.put(job)

    def close(self, timeout: float) -> bool:
        """Finish the jobs given, then end; return False when that took longer than ``timeout`` seconds."""
        self._jobs.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._perform(job)

    def _perform(self, job: Job[Answer]) -> None:
        try:
            result = job.work()
        except SojournError as error:
            fault = error
        except Exception:  # a fault in one job must not end the worker for all others
            log.exception("a request of the window failed")
            fault = SojournError("internal")
        else:
            self._dispatcher.send(job.owner, lambda: job.then(result))
            return
        self._dispatcher.send(job.owner, lambda: job.failed(fault))
