"""The writer: one thread that works off stimuli in batches, one transaction a batch (runtime.md, Durability).

A batch is whatever waits when the last one is done: small when idle, for latency; large under load, for throughput.
When a batch fails its pieces are done one by one; a job that fails three times is set aside and blocks nobody.
What the database refuses (a full disk, a lock) is no fault of a job: it waits and is tried again.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from secrets import token_hex
from typing import Any

from engine.catalogue import Phrase
from engine.core.stimulus import Stimulus
from engine.errors import SojournError
from engine.ingress.matching import Matcher
from engine.model.definitions import Definitions
from engine.ports import Answer, Call, Clock, Connection, IncomingEvent
from engine.runtime.batch_processor import BatchProcessor
from engine.runtime.dead_letters import redelivery_job, store_dead_letter
from engine.runtime.deployment import Deployment
from engine.runtime.deployment_loader import load_deployment
from engine.runtime.job_queue import JobQueue
from engine.runtime.jobs import (
    ArrivalJob,
    ChangeJob,
    FailedCallJob,
    FeedbackJob,
    StimulusJob,
    TimerJob,
    WriterJob,
)
from engine.runtime.loaded import InstanceNumbers
from engine.runtime.maintenance import Maintenance
from engine.runtime.outbox_replay import unanswered_calls
from engine.runtime.segment_jobs import SegmentScheduler
from engine.runtime.staged_records import RunnerCaches
from engine.runtime.unit_of_work import UnitOfWork
from engine.runtime.writer_protocol import JobSource, WriterAccess
from engine.store import runtime_queries, setting_queries
from engine.store.database import Database
from engine.store.database_errors import error_reason, is_database_error
from engine.store.runtime_lookups import RuntimeLookups
from engine.store.runtime_queries import RuntimeStatements

log = logging.getLogger("sojourn.runner")

BATCH = 2_000
"""The most stimuli in one transaction: larger ones gain little and delay the answers."""

TRIES = 3
_CACHED_PEOPLE = 20_000
_RETRY_SECONDS = 0.2
_HOUSEKEEPING_SECONDS = 1.0


class BusyError(SojournError):
    """More is waiting than the engine may hold; the sender comes back after ``seconds``."""

    seconds = 1


class Writer:
    """See the module. ``perform`` is given the calls of each committed batch; it must not block."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        defaults: dict[str, Any],
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
        self.turn = threading.Lock()  # held while a batch is written: who holds it is alone with the database
        self._runs = False
        self._maintenance = Maintenance(database, self)
        self._segments = SegmentScheduler(self)
        self._sources: tuple[JobSource, ...] = (*(make(self) for make in sources), self._segments)
        self._next_due: int | None = 0
        self._refusal: Phrase | None = None
        self._fault, self.processed = "", 0
        self.address = ""
        """See ``ports.Sandboxes``; set when the server listens."""
        with database.read() as connection:
            self.deployment = load_deployment(connection, defaults)
            numbers = InstanceNumbers(runtime_queries.largest_instance(connection))
            self._seed = int(setting_queries.workspace_fact(connection, "seed") or 0)
        self._caches = RunnerCaches(RuntimeStatements(database.dialect), RuntimeLookups(database.dialect), numbers)
        self._thread = threading.Thread(target=self._run, name="sojourn-writer", daemon=True)
        self._thread.start()

    # For others, from any thread -------------------------------------------------------------------------------------

    @property
    def clock(self) -> Clock:
        """The time of all rows."""
        return self._clock

    def read(self) -> AbstractContextManager[Connection]:
        """A read transaction on its own connection."""
        return self._database.read()

    def write(self, work: Callable[[Connection], Answer]) -> Answer:
        """Do ``work`` in the writer's next transaction; see ``ports.Runner``."""
        future: Future[Answer] = Future()
        self.put(ChangeJob(work, future))
        return future.result()

    def submit(self, arriving: Sequence[IncomingEvent]) -> Future[tuple[bool, ...]]:
        """Make arrivals durable and route them; raises BusyError when too much waits already."""
        limit = self._limit(arriving[0].sandbox) if arriving else 0
        if not self._queue.has_room(len(arriving), limit):
            raise BusyError("too_much_waiting")
        future: Future[tuple[bool, ...]] = Future()
        self.put(ArrivalJob(arriving, future))
        return future

    def accept(self, arrivals: Sequence[IncomingEvent]) -> tuple[bool, ...]:
        """See ``ports.Runner``."""
        return self.submit(arrivals).result()

    def command(self, instances: Sequence[int], stimulus: Stimulus) -> None:
        """See ``ports.Runner``."""
        for row in instances:
            self.put(StimulusJob(row, stimulus))

    def put(self, work: WriterJob) -> None:
        """Let the writer do this after what waits already."""
        self._queue.put(work)

    def retry(self, ids: Sequence[int]) -> int:
        """See ``ports.Runner``."""
        with self.read() as connection:
            found = runtime_queries.load_dead_letters(connection, ids)
        calls = {row.id: row.instance or 0 for row in found if row.kind == FailedCallJob.kind}
        for row in found:
            if row.id not in calls:
                self.put(redelivery_job(row))
        self.write(lambda connection: runtime_queries.delete_dead_letters(connection, calls))
        if calls:
            self.resume_calls(list(calls.values()))
        return len(found)

    def resume_calls(self, instances: Sequence[int] | None = None) -> None:
        """Perform again what stands in the outbox: after a restart all of it, else that of these instances."""
        for calls in unanswered_calls(self._database, self.deployment, instances):
            self._perform(calls)

    def matcher(self, sandbox: str) -> Matcher:
        """The compiled event definitions of a sandbox; an unknown one has none."""
        found = self.deployment.sandboxes.get(sandbox)
        return found.matcher if found is not None else Matcher(Definitions())

    def feedback(self, sandbox: str, message: str, kind: str, at: int) -> bool:
        """Record what became of a message and tell its journey; False when there is no such message."""
        future: Future[bool] = Future()
        self.put(FeedbackJob(sandbox, message, kind, at, future))
        return future.result()

    def definitions(self, sandbox: str) -> Definitions:
        """See ``ports.Sandboxes``."""
        found = self.deployment.sandboxes.get(sandbox)
        return found.definitions if found is not None else Definitions()

    def setting(self, sandbox: str, name: str) -> Any:
        """See ``ports.Sandboxes``; None for a setting that nobody knows."""
        found = self.deployment.sandboxes.get(sandbox)
        return (found.settings if found is not None else self._defaults).get(name)

    def guardrails(self, sandbox: str) -> tuple[Mapping[str, Any], ...]:
        """See ``ports.Sandboxes``."""
        found = self.deployment.sandboxes.get(sandbox)
        return found.guardrails if found is not None else ()

    def write_later(self, work: Callable[[Connection], object]) -> None:
        """Do ``work`` in a transaction to come; nobody waits for it."""
        self.put(ChangeJob(work, Future()))

    @property
    def failure(self) -> str:
        """What keeps the engine from a part of its work, in a sentence; '' if nothing does."""
        return (str(self._refusal) if self._refusal else "") or self._fault or self._segments.failure

    @property
    def waiting(self) -> int:
        """How many pieces of work wait."""
        return len(self._queue)

    @property
    def overdue(self) -> int:
        """How many timers were overdue at the start and have not fired."""
        return self._maintenance.overdue

    def start(self) -> None:
        """From now on timers fire and what was left to do outside is done."""
        self._runs = True
        self._queue.nudge()

    def stop(self) -> None:
        """Finish what waits, then end the thread."""
        self._queue.stop()
        self._thread.join()
        self._maintenance.close()

    def _limit(self, sandbox: str) -> int:
        return int(self.setting(sandbox, "max_waiting_events"))

    # The writer's thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        while (batches := self._gather()) is not None:
            for batch in filter(None, batches):
                with self.turn:
                    self._attempt(batch)

    def _gather(self) -> list[list[WriterJob]] | None:
        """What to do next, after waiting for work; nothing, to look after the house; None at the end."""
        batch = self._queue.take(self._batch, self._patience)
        if batch is None:
            return None
        return self._with_due(batch) if self._runs and not self._queue.stopping else [batch]

    def _with_due(self, batch: list[WriterJob]) -> list[list[WriterJob]]:
        """A batch with what time adds, before changes; of each person it comes first. Without, if that fails."""
        try:
            regular = [job for source in self._sources for job in source.due()]
            due = self._due()
            self._maintenance.look()
        except Exception as error:
            if is_database_error(error):
                self._unwell(error)
            elif not self._fault:
                log.error("timers do not fire after a fault", exc_info=error)
                self._fault = f"timers do not fire, there is a fault ({type(error).__name__}); look into the log"
            time.sleep(0 if batch else _RETRY_SECONDS)
            return [batch]
        self._fault = ""
        if batch and isinstance(batch[0], ChangeJob):
            return [[*regular, *due], batch]
        return [[*regular, *batch, *due]]

    def _patience(self) -> float | None:
        """How long to wait for work, in seconds: until the next timer, and never long."""
        if not self._runs:
            return None
        waits = [_HOUSEKEEPING_SECONDS, *(source.patience() for source in self._sources)]
        if self._next_due is not None:
            waits.append(max(self._next_due - self._clock.now(), 0) / 1000)
        return min(wait for wait in waits if wait is not None)

    def _due(self) -> list[TimerJob]:
        now = self._clock.now()
        if self._next_due is None or now < self._next_due:
            return []
        limit = self._maintenance.allowed(self._batch)
        with self._database.read() as connection:
            found = self._caches.lookups.due(connection, now, limit) if limit else []
            full = bool(limit) and len(found) == limit
            self._next_due = now if full else self._caches.lookups.next_due(connection)
        if not limit:
            self._next_due = now + 1000
        return [TimerJob(row) for row in found]

    def _attempt(self, batch: list[WriterJob]) -> None:
        """Do a batch; if that fails, its pieces one by one."""
        while True:
            try:
                self._transact(batch)
            except Exception as error:  # noqa: BLE001 - a faulty job must not stop the writer
                self._caches.instances.clear()
                if is_database_error(error):
                    if self._refused(batch, error):
                        return
                    continue
                if len(batch) > 1:
                    for job in batch:
                        self._attempt([job])
                    return
                if self._spoiled(batch[0], error):
                    return
                continue
            self._refusal = None
            return

    def _transact(self, batch: list[WriterJob]) -> None:
        with self._database.write() as connection:
            unit = UnitOfWork(connection, self._caches, self.deployment, self._clock.now())
            processor = BatchProcessor(unit, self._seed)
            for job in batch:
                job.announce(unit)
            unit.load_prefetched()
            for job in batch:
                if not job.dead_letter or runtime_queries.delete_dead_letters(connection, (job.dead_letter,)):
                    job.run(processor, unit)
            unit.flush()
            changed = any(isinstance(job, ChangeJob) for job in batch)
            deployment = load_deployment(connection, self._defaults, self.deployment) if changed else self.deployment
        self._committed(batch, unit, deployment)

    def _committed(self, batch: list[WriterJob], unit: UnitOfWork, deployment: Deployment) -> None:
        calls = unit.commit()
        if deployment is not self.deployment or len(self._caches.instances) > _CACHED_PEOPLE:
            self.deployment = deployment
            self._caches.instances.clear()
        if unit.earliest_due is not None and (self._next_due is None or unit.earliest_due < self._next_due):
            self._next_due = unit.earliest_due
        self.processed += sum(job.made_progress for job in batch)
        for job in batch:
            self._queue.finished(job)
            job.succeed()
        if calls and self._runs:
            self._perform(calls)

    def _refused(self, batch: list[WriterJob], error: BaseException) -> bool:
        """The database could not write: who waits is told, the rest is tried later. True when nothing is left."""
        self._unwell(error)
        self._turn_away(batch)
        if not batch or self._queue.stopping:
            return True
        time.sleep(_RETRY_SECONDS)
        self._turn_away(self._queue.withdraw())
        return False

    def _turn_away(self, batch: list[WriterJob]) -> None:
        """Tell who waits for pieces of a batch that they are not done; what nobody waits for stays in it."""
        for job in [job for job in batch if isinstance(job, ArrivalJob | ChangeJob)]:
            batch.remove(job)
            self._queue.finished(job)
            job.fail(SojournError("workspace_unwritable.send", reason=self._refusal))

    def _unwell(self, error: BaseException) -> None:
        self._refusal = error_reason(error)
        log.error("the database refused", extra={"reason": type(error).__name__})

    def _spoiled(self, job: WriterJob, error: BaseException) -> bool:
        """A job failed by itself: after three tries it is set aside. True when it is done with."""
        if isinstance(job, ChangeJob):
            job.fail(error)
            return True
        job.attempts += 1
        if job.attempts < TRIES:
            return False
        trace = "".join(traceback.format_exception(error))
        stored = job.dump()
        log.error("set aside after three tries", extra={"kind": job.kind, "instance": job.instance})
        if stored is None:
            self._queue.finished(job)
            job.fail(error)
            return True
        try:
            self._set_aside(job, stored, trace)
        except Exception as refusal:
            if not is_database_error(refusal):
                raise
            self._unwell(refusal)
            time.sleep(_RETRY_SECONDS)
            return False
        return True

    def _set_aside(self, job: WriterJob, stored: bytes, trace: str) -> None:
        with self._database.write() as connection:
            store_dead_letter(
                UnitOfWork(connection, self._caches, self.deployment, self._clock.now()), job, stored, trace
            )
        self._queue.finished(job)
        job.succeed()


def new_seed() -> int:
    """A seed for a new workspace's draws."""
    return int(token_hex(6), 16)
