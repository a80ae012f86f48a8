"""Work that may take long, done off the window's thread, its outcome delivered back on it.

A lane does its jobs one after the other in the order they were given, so that two saves of one journey can never
overtake each other. Nothing here knows the engine.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from engine.errors import SojournError

log = logging.getLogger(__name__)

Then = Callable[[Any], None]
Failed = Callable[[SojournError], None]


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work: ``work`` runs on the lane, ``then`` or ``failed`` on the window's thread.

    ``owner`` is the widget that asked; when it is gone by then, nobody is called.
    """

    work: Callable[[], Any]
    then: Then
    failed: Failed
    owner: QObject | None


class MainThreadDispatcher(QObject):
    """Carries outcomes to the window's thread: a queued signal to a slot of an object that lives there."""

    outcome = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.outcome.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def send(self, owner: QObject | None, call: Callable[[], None]) -> None:
        """From any thread: have ``call`` made on the window's thread, unless ``owner`` is gone by then."""
        if shiboken6.isValid(self):
            self.outcome.emit((owner, call))

    def _deliver(self, parcel: tuple[QObject | None, Callable[[], None]]) -> None:
        owner, call = parcel
        if owner is None or shiboken6.isValid(owner):
            call()


class SerialWorker:
    """A thread of its own for jobs that must keep their order."""

    def __init__(self, name: str, dispatcher: MainThreadDispatcher) -> None:
        self._dispatcher = dispatcher
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"lane-{name}", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Do the job after those given before."""
        self._jobs.put(job)

    def close(self, timeout: float) -> bool:
        """Finish what was given, then end; False when that took longer than ``timeout`` seconds."""
        self._jobs.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._perform(job)

    def _perform(self, job: Job) -> None:
        try:
            result = job.work()
        except SojournError as error:
            fault = error
        except Exception:  # a fault in one job must not end the lane for all others
            log.exception("a request of the window failed")
            fault = SojournError("internal")
        else:
            self._dispatcher.send(job.owner, lambda: job.then(result))
            return
        self._dispatcher.send(job.owner, lambda: job.failed(fault))
