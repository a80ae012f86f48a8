"""The queue of the writer's jobs: filled from any thread, emptied by the writer's; and the sources that add to it."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from engine.core.stimulus import Stimulus
from engine.errors import SojournError
from engine.ports import Answer, Clock
from engine.runtime.deployment import Deployment
from engine.runtime.jobs import ArrivalJob, ChangeJob, WriterJob
from engine.store.results import Connection


class JobQueue:
    """See the module."""

    def __init__(self) -> None:
        self._jobs: deque[WriterJob] = deque()
        self._awake = threading.Condition()
        self._nudged = False
        self._arrivals = 0
        self.stopping = False

    def __len__(self) -> int:
        """How many jobs wait."""
        return len(self._jobs)

    def has_room(self, arrivals: int, limit: int) -> bool:
        """Whether so many arrivals may wait too: within the limit, or if none other wait."""
        return self._arrivals + arrivals <= max(limit, arrivals)

    def put(self, *jobs: WriterJob) -> None:
        """Queue these jobs one right behind the other."""
        with self._awake:
            if not self.stopping:
                self._jobs.extend(jobs)
                self._arrivals += sum(job.size for job in jobs if isinstance(job, ArrivalJob))
                self._awake.notify()
                return
        for job in jobs:
            job.fail(SojournError("engine_stopped"))

    def nudge(self) -> None:
        """Wake the writer, though the queue may be empty."""
        with self._awake:
            self._nudged = True
            self._awake.notify()

    def stop(self) -> None:
        """Refuse further jobs."""
        with self._awake:
            self.stopping = True
            self._awake.notify()

    def take(self, size: int, patience: Callable[[], float | None]) -> list[WriterJob] | None:
        """Take the next jobs, up to so many stimuli; none after a pause or a nudge; None at the end.

        Changes of the workspace stand alone: what other jobs read together beforehand would be old behind them.
        """
        with self._awake:
            if not self._jobs and not self.stopping:
                self._awake.wait_for(lambda: self._jobs or self.stopping or self._nudged, patience())
            self._nudged = False
            if self.stopping and not self._jobs:
                return None
            return self._batch(size)

    def _batch(self, size: int) -> list[WriterJob]:
        batch: list[WriterJob] = []
        while self._jobs and (not batch or size >= self._jobs[0].size):
            if batch and isinstance(batch[0], ChangeJob) is not isinstance(self._jobs[0], ChangeJob):
                break
            batch.append(self._jobs.popleft())
            size -= batch[-1].size
        return batch

    def finished(self, job: WriterJob) -> None:
        """Note that a job that was taken is done."""
        if isinstance(job, ArrivalJob):
            with self._awake:
                self._arrivals -= job.size

    def withdraw(self, *, everything: bool = False) -> list[WriterJob]:
        """Take out all jobs that have a waiting caller, or all jobs."""
        with self._awake:
            kept = [job for job in self._jobs if not (everything or isinstance(job, ArrivalJob | ChangeJob))]
            found = [job for job in self._jobs if everything or isinstance(job, ArrivalJob | ChangeJob)]
            self._jobs = deque(kept)
        return found


class JobSource(Protocol):
    """Adds jobs of its own between batches."""

    def due(self) -> Sequence[WriterJob]:
        """List the jobs whose time has come."""
        ...

    def patience(self) -> float | None:
        """Return the seconds until the next job is due, None if only a change of the workspace can bring one."""
        ...


class WriterAccess(Protocol):
    """What a source of jobs needs of the writer."""

    @property
    def deployment(self) -> Deployment:
        """The deployed journeys and definitions."""
        ...

    @property
    def processed(self) -> int:
        """How many jobs made progress since the start."""
        ...

    @property
    def clock(self) -> Clock:
        """The time of all rows."""
        ...

    def put(self, job: WriterJob) -> None:
        """Queue a job."""
        ...

    def command(self, instances: Sequence[int], stimulus: Stimulus) -> None:
        """Queue a stimulus for each of these instances."""
        ...

    def write(self, work: Callable[[Connection], Answer]) -> Answer:
        """Do ``work`` in the writer's next transaction and return its answer; not for the writer's own thread."""
        ...

    def write_later(self, work: Callable[[Connection], object]) -> None:
        """Do ``work`` in a transaction to come."""
        ...
