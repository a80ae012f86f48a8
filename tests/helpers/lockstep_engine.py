"""The embedded runner over SQLite, moved from one thing that is due to the next: timers, and answers to calls.

Calls stand in the outbox, where the test finds them and answers when their time has come; nobody performs them.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.core.effect import CallAction, Fetch
from engine.core.stimulus import ActionDone, FetchDone
from engine.errors import SojournError
from engine.facade import Engine
from engine.host import host_workspace
from engine.model import journey_file
from engine.model.definitions import Profile
from engine.model.journey_file import JourneyFile
from engine.runtime.batch_processor import BatchProcessor
from engine.runtime.jobs import CallResultJob, WriterJob
from engine.runtime.staged_records import decode_effect
from engine.runtime.unit_of_work import UnitOfWork
from engine.runtime.writer import Writer
from engine.services.views import VersionRow
from engine.store import runtime_queries
from engine.store.runtime_lookups import RuntimeLookups
from engine.store.runtime_queries import OutboxRow
from tests.helpers.embedded_engine import CALLER, ManualClock

EVERYTHING = 100_000
LATENCY = {"slow": 5_000, "bad": 1_000}
"""How long the call of a key takes, in milliseconds."""


@dataclass(slots=True)
class NoOpJob(WriterJob):
    """Has the writer look at the time."""

    seen: Future[None]

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        """Nothing is to be done."""

    def succeed(self) -> None:
        """The writer has looked."""
        self.seen.set_result(None)


class Lockstep:
    """See the module."""

    def __init__(self, engine: Engine, writer: Writer, clock: ManualClock) -> None:
        self.engine = engine
        self.clock = clock
        self.writer = writer
        self._names = 0

    def name(self) -> str:
        """A name for a journey that was not there before."""
        self._names += 1
        return f"J{self._names}"

    def know(self, people: list[dict[str, Any]]) -> None:
        """Have these profiles as they are here, whatever they were before."""
        for person in people:
            self.engine.profiles.save(CALLER, Profile.model_validate(person))

    def add(self, file: JourneyFile, *, publish: bool) -> VersionRow:
        """Import a version, and publish it."""
        text = journey_file.write(file)
        return self.engine.journeys.import_file(CALLER, text, publish=publish, differing="replace").version

    def remove(self, versions: list[VersionRow]) -> None:
        """Stop and delete versions, so that they hear nothing more."""
        self.stop(versions)
        self.settle()
        for version in versions:
            self.engine.journeys.delete(CALLER, version.id)

    def stop(self, versions: list[VersionRow]) -> None:
        """Stop versions; one that closed may have finished by itself."""
        for version in versions:
            with suppress(SojournError):
                self.engine.journeys.stop(CALLER, version.id)
            assert self.state(version) in ("stopped", "finished")

    def state(self, version: VersionRow) -> str:
        """What a version is now."""
        return self.engine.journeys.row(CALLER, version.id).state

    def move_to(self, at: int) -> None:
        """Live through everything before ``at``, then be there; what is due right then is the engine's to see."""
        while (due := self._next()) is not None and due < at:
            self.clock.time = due
            self.settle()
        self.clock.time = at
        self._answer()

    def settle(self) -> None:
        """Let everything happen that is due now."""
        self._nudge()
        while (due := self._next()) is not None and due <= self.clock.time:
            self._answer()
            self._nudge()

    def look(self) -> Future[None]:
        """Have the writer look at the time after what waits already."""
        seen: Future[None] = Future()
        self.writer.put(NoOpJob(seen))
        return seen

    def _nudge(self) -> None:
        self.look().result()

    def _next(self) -> int | None:
        with self.writer.read() as connection:
            timer = RuntimeLookups(connection.dialect).next_due(connection)
        found = [due for _, due, *_ in self._calls()] + ([timer] if timer is not None else [])
        return min(found, default=None)

    def _calls(self) -> list[tuple[OutboxRow, int, str, bool]]:
        """Calls that nobody has answered, when they are to be, whose they are, and whether they fetch."""
        with self.writer.read() as connection:
            rows = runtime_queries.load_outbox(connection, (-1, -1), EVERYTHING)
        found = []
        for row in rows:
            effect = decode_effect(row.effect)
            assert isinstance(effect, CallAction | Fetch)
            key = str(effect.parameters["id"] if isinstance(effect, Fetch) else effect.body["to"])
            found.append((row, row.created + LATENCY.get(key, 0), key, isinstance(effect, Fetch)))
        return found

    def _answer(self) -> None:
        for row, due, key, fetches in self._calls():
            if due <= self.clock.time:
                answer = _data_of(row.call, key) if fetches else _answer_of(row.call, key)
                self.writer.put(CallResultJob(row.instance, answer))

    # What has come of it

    def steps(self, version: VersionRow) -> dict[str, list[dict[str, Any]]]:
        """The step events of each instance, in their order."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in reversed(self.engine.reports.steps(CALLER, version.id, None, EVERYTHING)):
            found.setdefault(row.instance, []).append(dict(row.fields))
        return found

    def keys(self, numbers: list[str]) -> dict[str, str]:
        """Whose instances these are."""
        with self.writer.read() as connection:
            return {
                str(row.id): row.key
                for row in runtime_queries.load_instances(connection, [int(text) for text in numbers])
            }

    def discards(self, journey: str) -> list[tuple[int, str | None, str | None, str]]:
        """What a journey refused, oldest first."""
        rows = self.engine.reports.discards(CALLER, EVERYTHING)
        return [(row.at, row.event, row.key, row.reason) for row in reversed(rows) if row.journey == journey]


def _answer_of(call: int, key: str) -> ActionDone:
    elapsed = LATENCY.get(key, 0)
    if key == "bad":
        return ActionDone(call, 400, error="400", elapsed_ms=elapsed)
    return ActionDone(call, 200, {}, elapsed_ms=elapsed)


def _data_of(call: int, key: str) -> FetchDone:
    elapsed = LATENCY.get(key, 0)
    if key == "bad":
        return FetchDone(call, error="404", elapsed_ms=elapsed)
    stay = {"reservation": None, "nights": 3} if key == "slow" else {"reservation": True, "nights": 2}
    return FetchDone(call, stay, elapsed_ms=elapsed)


@contextmanager
def lockstep(folder: Path) -> Iterator[Lockstep]:
    """A workspace on disk whose timers fire and whose calls wait for the test."""
    clock = ManualClock()
    owner = host_workspace(folder, make_clock=lambda floor: clock, synchronous="OFF")
    assert owner is not None
    owner.writer.start()
    try:
        yield Lockstep(owner.engine, owner.writer, clock)
    finally:
        owner.engine.close()
