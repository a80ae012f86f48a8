"""The writer as the sources of its jobs see it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from engine.core.stimulus import Stimulus
from engine.ports import Answer, Clock
from engine.runtime.deployment import Deployment
from engine.runtime.jobs import WriterJob
from engine.store.results import Connection


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

    deployment: Deployment
    processed: int
    """How many jobs made progress since the start."""

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
