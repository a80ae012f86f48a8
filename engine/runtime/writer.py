"""The writer: one thread that runs jobs in batches, one transaction a batch (runtime.md, Durability).

A batch holds the jobs that wait when the last one is done: small when idle, for latency; large under load, for
throughput. ``job_runner`` runs it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from itertools import chain
from secrets import token_hex
from typing import Any

from engine.catalogue import Phrase
from engine.core.stimulus import Stimulus
from engine.errors import SojournError
from engine.ingress.matching import Matcher
from engine.json_types import JsonObject
from engine.model.definitions import Definitions
from engine.ports import Answer, Call, Clock, IncomingEvent, Suspension
from engine.runtime.deployment import Deployment
from engine.runtime.due_timers import DueTimers
from engine.runtime.held_stimuli import HeldStimuli
from engine.runtime.job_queue import JobQueue, JobSource, WriterAccess
from engine.runtime.job_runner import RETRY_SECONDS, JobRunner, redelivery_job
from engine.runtime.jobs import (
    ArrivalJob,
    ChangeJob,
    FailedCallJob,
    FeedbackJob,
    StimulusJob,
    WriterJob,
)
from engine.runtime.maintenance import Maintenance, store_jump
from engine.runtime.segment_jobs import SegmentScheduler, resume_segment
from engine.runtime.staged_records import unanswered_calls
from engine.runtime.wall_clock import WallClock
from engine.store import held_queries, runtime_queries
from engine.store.database import Database
from engine.store.database_errors import is_database_error
from engine.store.results import Connection

log = logging.getLogger("sojourn.runner")

BATCH = 2_000
"""The most stimuli in one transaction: larger ones gain little and delay the answers."""

_MAINTENANCE_SECONDS = 1.0


class BusyError(SojournError):
    """More is waiting than the engine may hold; the sender comes back after ``seconds``."""

    seconds = 1


class Writer:
    """See the module. ``perform`` is given the calls of each committed batch; it must not block."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        defaults: JsonObject,
        perform: Callable[[Sequence[Call]], None],
        *,
        sources: Sequence[Callable[[WriterAccess], JobSource]] = (),
        batch: int = BATCH,
    ) -> None:
        self._database = database
        self._clock = clock
        self._defaults = defaults
        self._perform = perform
        self._batch = batch
        self._queue = JobQueue()
        self.turn = threading.Lock()  # held while a batch is written: its holder is alone with the database
        self._runs = False
        self._runner = JobRunner(database, clock, defaults, self._queue, self._committed)
        self._suspended = self.deployment.suspended_ids
        self._held = HeldStimuli(database)
        self._timers = DueTimers(database, self, self._runner.lookups)
        self._maintenance = Maintenance(database, self)
        self._segments = SegmentScheduler(self)
        self._sources: tuple[JobSource, ...] = (*(make(self) for make in sources), self._segments)
        self._fault = ""
        self._batch_began: float | None = None
        self.died = ""
        """The type of the error that ended the writer's thread; '' while it runs."""
        self.address = ""
        """See ``ports.Sandboxes``; set when the server listens."""
        self._thread = threading.Thread(target=self._run, name="sojourn-writer", daemon=True)
        self._thread.start()

    # From any thread -------------------------------------------------------------------------------------

    @property
    def clock(self) -> Clock:
        """The time of all rows."""
        return self._clock

    @property
    def deployment(self) -> Deployment:
        """The deployed journeys and definitions."""
        return self._runner.deployment

    @property
    def processed(self) -> int:
        """How many jobs made progress since the start."""
        return self._runner.processed

    def read(self) -> AbstractContextManager[Connection]:
        """Open a read transaction on its own connection."""
        return self._database.read()

    def write(self, work: Callable[[Connection], Answer], committed: Callable[[], object] | None = None) -> Answer:
        """Do ``work`` in the writer's next transaction, and ``committed`` after it; see ``ports.Runner``."""
        job = ChangeJob(work, committed)
        self.put(job)
        return job.future.result()

    def submit(self, arriving: Sequence[IncomingEvent]) -> Future[tuple[bool, ...]]:
        """Make arrivals durable and route them; raises BusyError when too much waits already."""
        limit = int(self.setting(arriving[0].sandbox, "max_waiting_events")) if arriving else 0
        if not self._queue.has_room(len(arriving), limit):
            raise BusyError("too_much_waiting")
        job = ArrivalJob(arriving)
        self.put(job)
        return job.future

    def accept(self, arrivals: Sequence[IncomingEvent]) -> tuple[bool, ...]:
        return self.submit(arrivals).result()

    def command(self, instances: Sequence[int], stimulus: Stimulus) -> None:
        for row in instances:
            self.put(StimulusJob(row, stimulus))

    def put(self, work: WriterJob) -> None:
        """Queue a job; it fails at once when the database is damaged."""
        if self._database.damage is not None:
            work.fail(SojournError.of(self._database.damage))
        else:
            self._queue.put(work)

    def retry(self, ids: Sequence[int]) -> int:
        with self.read() as connection:
            found = runtime_queries.load_dead_letters(connection, ids)
            calls = {row.id: row.instance or 0 for row in found if row.kind == FailedCallJob.kind}
            waiting = held_queries.with_suspended_calls(connection, calls.values(), self.deployment.suspended_ids)
        for row in found:
            if row.id not in calls:
                self.put(redelivery_job(row))
        ready = {number: instance for number, instance in calls.items() if instance not in waiting}
        self.write(lambda connection: runtime_queries.delete_dead_letters(connection, ready))
        if ready:
            self.resume_calls(list(ready.values()))
        return len(found) - len(calls) + len(ready)

    @property
    def suspensions(self) -> tuple[Suspension, ...]:
        """What is suspended; see ``ports.Runner``."""
        return self.deployment.suspensions

    def resume_suspended(self, sandbox: str, kind: str, name: str) -> None:
        """Run a suspended part again; see ``ports.Runner``."""

        def work(connection: Connection) -> None:
            if (sandbox, kind, name) not in _named(self.suspensions):
                raise SojournError("suspension_unknown", name=name)
            if kind == "segment":
                resume_segment(connection, self.deployment, sandbox, name, self._clock.now())

        def committed() -> None:
            if kind == "segment":
                self.deployment.sandboxes[sandbox].segments.resume(name)

        self.write(work, committed)
        still = _named(self.suspensions).get((sandbox, kind, name)) if kind != "segment" else None
        if still is not None:
            raise SojournError.of(still.reason)

    def resume_calls(self, instances: Sequence[int] | None = None) -> None:
        """Perform the calls of the outbox again: after a restart all of them, else those of these instances."""
        if instances is None:
            self._held.begin(self.deployment.suspended_ids)
        for calls in unanswered_calls(self._database, self.deployment, instances):
            self._perform(calls)

    def matcher(self, sandbox: str) -> Matcher:
        """Return the compiled event definitions of a sandbox; an unknown one has none."""
        found = self.deployment.sandboxes.get(sandbox)
        return found.matcher if found is not None else Matcher(Definitions())

    def feedback(self, sandbox: str, message: str, kind: str, at: int) -> bool:
        """Record feedback on a message and give its instance the reaction; False when there is no such message."""
        job = FeedbackJob(sandbox, message, kind, at)
        self.put(job)
        return job.future.result()

    def definitions(self, sandbox: str, version_id: int) -> Definitions:
        """See ``ports.Sandboxes``; of an unknown version the current ones."""
        version = self.deployment.versions.get(version_id)
        if version is not None:
            return version.definitions
        found = self.deployment.sandboxes.get(sandbox)
        return found.definitions if found is not None else Definitions()

    def setting(self, sandbox: str, name: str) -> Any:
        """See ``ports.Sandboxes``; None for an unknown setting."""
        found = self.deployment.sandboxes.get(sandbox)
        return (found.settings if found is not None else self._defaults).get(name)

    def guardrails(self, sandbox: str) -> tuple[JsonObject, ...]:
        found = self.deployment.sandboxes.get(sandbox)
        return found.guardrails if found is not None else ()

    def write_later(self, work: Callable[[Connection], object]) -> None:
        """Do ``work`` in a transaction to come, without waiting for it."""
        self.put(ChangeJob(work))

    @property
    def failure(self) -> str:
        """The fault that keeps the engine from a part of its work, in a sentence; '' for none."""
        return str(self._database.damage or self._runner.refusal or "") or self._fault or self._segments.failure

    @property
    def lost_owner(self) -> Phrase | None:
        """What to say when another owner took the workspace; None while this one owns it."""
        return self._database.damage if self._database.ownership.is_lost else None

    @property
    def is_alive(self) -> bool:
        """Whether the writer's thread runs."""
        return self._thread.is_alive()

    @property
    def stalled_seconds(self) -> float:
        """For how long the batch under way has not been committed; 0 when there is none."""
        began = self._batch_began
        return 0.0 if began is None else time.monotonic() - began

    @property
    def waiting(self) -> int:
        """How many jobs wait."""
        return len(self._queue)

    @property
    def overdue(self) -> int:
        """How many timers were overdue at the start and have not fired."""
        return self._timers.overdue

    @property
    def held(self) -> int:
        """How many overdue timers wait until somebody releases them."""
        return self._timers.held

    def release_timers(self) -> int:
        """Let the held timers fire; see ``ports.Runner``."""
        return self.write(self._timers.store_release, self._timers.release)

    def accept_clock(self) -> int:
        """Follow the machine's clock after a jump; see ``ports.Runner``."""
        jump = self._clock.jump if isinstance(self._clock, WallClock) else 0
        if jump:
            self.write(lambda connection: store_jump(connection, 0), self._timers.accept_clock)
        return jump

    def start(self) -> None:
        """Begin to fire timers and to make calls."""
        if self.held:
            log.warning("overdue timers are held", extra={"count": self.held})
        self._runs = True
        self._queue.nudge()

    def stop(self) -> None:
        """Run the waiting jobs, then end the thread."""
        self._queue.stop()
        self._thread.join()
        self._maintenance.close()

    # The writer's thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        batches: list[list[WriterJob]] | None = []
        try:
            while (batches := self._gather()) is not None:
                for batch in filter(None, batches):
                    with self.turn:
                        self._runner.run(batch)
                self._batch_began = None
        except BaseException as error:
            self.died = type(error).__name__
            log.critical("the writer's thread ended", exc_info=error)
            self._queue.stop()
            for job in [*chain(*batches or ()), *self._queue.withdraw(everything=True)]:
                job.fail(SojournError("engine_stopped"))

    def _committed(self, calls: Sequence[Call], earliest_due: int | None) -> None:
        self._timers.note(earliest_due)
        suspended = self.deployment.suspended_ids
        if self._suspended - suspended:
            self._timers.look_again()
            self._queue.nudge()
        self._suspended = suspended
        if calls and self._runs:
            self._perform(calls)

    def _gather(self) -> list[list[WriterJob]] | None:
        """Wait for jobs and return the next batches, perhaps none; None at the end."""
        batch = self._queue.take(self._batch, self._patience)
        if batch is None:
            return None
        self._batch_began = time.monotonic()
        return self._with_due(batch) if self._runs and not self._queue.stopping else [batch]

    def _with_due(self, batch: list[WriterJob]) -> list[list[WriterJob]]:
        """Add the jobs that are due by time, before changes; leave them out if finding them fails."""
        if self._database.damage is not None:
            time.sleep(RETRY_SECONDS)
            return [batch]
        try:
            self._handle_held()
            regular = [job for source in self._sources for job in source.due()]
            due = self._timers.due(self._batch)
            self._maintenance.look()
        except Exception as error:
            if is_database_error(error):
                self._runner.note_refusal(error)
            elif not self._fault:
                log.error("timers do not fire after a fault", exc_info=error)
                self._fault = f"timers do not fire, there is a fault ({type(error).__name__}); look into the log"
            time.sleep(0 if batch else RETRY_SECONDS)
            return [batch]
        self._fault = ""
        if batch and isinstance(batch[0], ChangeJob):
            return [[*regular, *due], batch]
        return [[*regular, *batch, *due]]

    def _handle_held(self) -> None:
        """Handle what waited for versions that run again, before anything that came later."""
        self._held.perform_calls(self.deployment, self._perform)
        while not self._queue.stopping and (jobs := self._held.next(self.deployment, self._batch)):
            self._batch_began = time.monotonic()
            with self.turn:
                self._runner.run(jobs)

    def _patience(self) -> float | None:
        """Return how long to wait for jobs, in seconds: until the next timer, and never long."""
        if not self._runs:
            return None
        waits = [_MAINTENANCE_SECONDS, *(source.patience() for source in self._sources)]
        if self._timers.next_due is not None:
            waits.append(max(self._timers.next_due - self._clock.now(), 0) / 1000)
        return min(wait for wait in waits if wait is not None)


def _named(suspensions: Sequence[Suspension]) -> dict[tuple[str, str, str], Suspension]:
    return {(one.sandbox, one.kind, one.name): one for one in suspensions}


def new_seed() -> int:
    """Return a seed for a new workspace's draws."""
    return int(token_hex(6), 16)
