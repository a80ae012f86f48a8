"""Keeps segment memberships up to date: for profiles that changed, and in rounds over all profiles.

A new segment has a first, silent round: its members enter no journey. Afterwards streaming segments are evaluated for
profiles that change, and for all again after ``evaluation_period``; a changed rule has a round of its own. Everything
goes in slices between the writer's batches, and a restart continues where it was.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import msgspec

from engine.core.profiles import SegmentEvaluator
from engine.errors import SojournError
from engine.model.definitions import Profile
from engine.runtime.batch_processor import BatchProcessor
from engine.runtime.deployment import Deployment
from engine.runtime.job_queue import WriterAccess
from engine.runtime.jobs import WriterJob
from engine.runtime.unit_of_work import UnitOfWork
from engine.store import segment_queries
from engine.store.results import Connection
from engine.store.segment_queries import SegmentRound

SLICE = 200
"""Profiles evaluated between two batches: some ten milliseconds."""

SHORTEST_PAUSE_MS, LONGEST_PAUSE_MS = 1_000, 60_000
"""The pause after a fault that is of no profile: twice as long after each further one."""

_GONE = ""
"""The rule of a segment that was deleted."""

KIND = "segment"

log = logging.getLogger("sojourn.runner")


class StoredSegmentJob(msgspec.Struct, array_like=True):
    """A profile whose segments could not be evaluated, in a dead letter."""

    sandbox: str
    profile_id: int


@dataclass(slots=True)
class SegmentJob(WriterJob):
    """Evaluate the segments of a slice of profiles: of those that changed, else of the next in a round."""

    rounds: SegmentScheduler
    limit: int
    at: StoredSegmentJob | None = None
    """The profile that is being evaluated."""
    more: bool = False
    next_at: int | None = None
    deployment: object = None
    kind: ClassVar[str] = KIND

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        connection = unit.connection
        self.at = None
        if self.rounds.seen is not unit.deployment:
            for sandbox, found in unit.deployment.sandboxes.items():
                _plan(connection, sandbox, found.segments, unit.now)
        for sandbox in unit.deployment.sandboxes:
            _begin(connection, sandbox, unit.now)
        self.more = self._changes(processor, unit) or self._round(processor, unit)
        self.deployment = unit.deployment
        self.next_at = segment_queries.next_round(connection)

    def _changes(self, processor: BatchProcessor, unit: UnitOfWork) -> bool:
        """Evaluate profiles whose data changed; return whether there were any."""
        waiting = segment_queries.changed_profiles(unit.connection, self.limit)
        by_sandbox: dict[str, dict[int, None]] = {}
        known = [one for one in waiting if one[1] in unit.deployment.sandboxes]
        for _, sandbox, profile_id in known:
            by_sandbox.setdefault(sandbox, {})[profile_id] = None
        for sandbox, ids in by_sandbox.items():
            for profile_id, profile in self._load(unit, list(ids)).items():
                self.at = StoredSegmentJob(sandbox, profile_id)
                processor.refresh_segments(sandbox, profile_id, profile)
        self.at = None
        if waiting:
            segment_queries.delete_changes(unit.connection, waiting[-1][0])
        return bool(waiting)

    def _round(self, processor: BatchProcessor, unit: UnitOfWork) -> bool:
        """Evaluate the next profiles of a round; return whether there was one."""
        for sandbox in sorted(unit.deployment.sandboxes):
            suspended = unit.deployment.sandboxes[sandbox].segments.suspended
            rounds = segment_queries.load_rounds(unit.connection, sandbox)
            under_way = [one for name, one in rounds.items() if one.cursor is not None and name not in suspended]
            if under_way:
                cursor = min(one.cursor or 0 for one in under_way)
                self._slice(processor, unit, sandbox, [one for one in under_way if one.cursor == cursor])
                return True
        return False

    def _slice(self, processor: BatchProcessor, unit: UnitOfWork, sandbox: str, rounds: list[SegmentRound]) -> None:
        connection, segments = unit.connection, unit.deployment.sandboxes[sandbox].segments
        ids = segment_queries.profile_ids_after(connection, sandbox, rounds[0].cursor or 0, self.limit)
        names = [one.segment for one in rounds if one.rule != _GONE]
        silent = {one.segment for one in rounds if one.computed_at is None}
        if names:
            for profile_id, profile in self._load(unit, ids).items():
                self.at = StoredSegmentJob(sandbox, profile_id)
                processor.evaluate_segments(sandbox, profile_id, profile, names, silent=silent)
        self.at = None
        segment_queries.remove_members(connection, ids, [one.segment for one in rounds if one.rule == _GONE])
        for one in (one for one in rounds if one.segment not in segments.suspended):
            if len(ids) == self.limit:
                segment_queries.put_round(connection, sandbox, one._replace(cursor=ids[-1]))
            elif one.rule == _GONE:
                segment_queries.remove_round(connection, sandbox, one.segment)
            else:
                segment_queries.put_round(connection, sandbox, _ended(one, segments, unit.now))

    def _load(self, unit: UnitOfWork, ids: list[int]) -> Mapping[int, Profile]:
        unit.load_memberships(ids)
        return segment_queries.load_profiles(unit.connection, ids, unit.now)

    def succeed(self) -> None:
        """Tell the scheduler what is left."""
        self.rounds.looked(self)

    def fail(self, error: BaseException) -> None:
        """Go on one profile at a time, to find the one at fault."""
        self.rounds.limit = 1
        if self.at is None:
            self.rounds.rest(error)

    def dump(self) -> bytes | None:
        """Return the profile at fault, once it is known for certain."""
        return msgspec.msgpack.encode(self.at) if self.limit == 1 and self.at is not None else None

    def discard(self, connection: Connection) -> None:
        self.more = True
        if self.at is None:
            return
        segment_queries.delete_changes_of(connection, self.at.profile_id)
        for one in segment_queries.load_rounds(connection, self.at.sandbox).values():
            if one.cursor is not None and one.cursor < self.at.profile_id:
                segment_queries.put_round(connection, self.at.sandbox, one._replace(cursor=self.at.profile_id))


@dataclass(slots=True)
class SegmentRetryJob(WriterJob):
    """Evaluate the profile of a dead letter again."""

    profile: StoredSegmentJob
    kind: ClassVar[str] = KIND

    def run(self, processor: BatchProcessor, unit: UnitOfWork) -> None:
        """Evaluate it as if its data had changed."""
        sandbox, profile_id = self.profile.sandbox, self.profile.profile_id
        for profile in segment_queries.load_profiles(unit.connection, (profile_id,), unit.now).values():
            processor.refresh_segments(sandbox, profile_id, profile)

    def dump(self) -> bytes | None:
        return msgspec.msgpack.encode(self.profile)


@dataclass(eq=False)
class SegmentScheduler:
    """Schedules segment jobs; a ``JobSource`` of the writer."""

    writer: WriterAccess
    seen: object = None
    """The deployment whose segments are planned: a change of the workspace brings a new one, and perhaps new data."""
    limit: int = SLICE
    failure: str = ""
    """The fault that segments pause for."""
    _suspended: set[tuple[str, str, str]] = field(default_factory=set, init=False)
    _faults: int = field(default=0, init=False)
    _rests_until: int = field(default=0, init=False)
    _more: bool = field(default=False, init=False)
    _next_at: int | None = field(default=None, init=False)

    def due(self) -> list[WriterJob]:
        """Return a job if profiles wait."""
        return [SegmentJob(self, self.limit)] if self._wait() == 0 else []

    def patience(self) -> float | None:
        wait = self._wait()
        return None if wait is None else wait / 1000

    def _wait(self) -> int | None:
        if self._more or self.seen is not self.writer.deployment:
            return max(self._rests_until - self.writer.clock.now(), 0)
        return None if self._next_at is None else max(self._next_at - self.writer.clock.now(), 0)

    def looked(self, look: SegmentJob) -> None:
        """Note what a finished job left."""
        self._more, self._next_at, self.seen = look.more, look.next_at, look.deployment or self.seen
        self.failure, self._faults, self._rests_until = "", 0, 0
        if not look.more:
            self.limit = SLICE
        self._log_suspensions()

    def _log_suspensions(self) -> None:
        """Write a line for each part that was suspended since the last one, and for each that goes on."""
        found = {(one.kind, one.sandbox, one.name) for one in self.writer.deployment.suspensions}
        for words, changed in (
            ("suspended", found - self._suspended),
            ("no longer suspended", self._suspended - found),
        ):
            for kind, sandbox, name in sorted(changed):
                log.info("%s: %s %s of %s", words, kind, name, sandbox)
        self._suspended = found

    def rest(self, error: BaseException) -> None:
        """Pause for a while: the fault is of no profile that could become a dead letter."""
        pause = min(SHORTEST_PAUSE_MS << min(self._faults, 6), LONGEST_PAUSE_MS)
        self._faults += 1
        self._rests_until = self.writer.clock.now() + pause
        self.failure = f"segments cannot be computed, there is a fault ({type(error).__name__}); look into the log"
        log.error("segments rest after a fault", extra={"seconds": pause // 1000}, exc_info=error)


def _plan(connection: Connection, sandbox: str, segments: SegmentEvaluator, now: int) -> None:
    """Plan a first round for a new segment, one for a changed rule, and a last one for a deleted segment."""
    known = segment_queries.load_rounds(connection, sandbox)
    wanted = {name: segments.rule_text(name) for name in segments.names}
    running = {name: rule for name, rule in wanted.items() if name not in segments.suspended}
    for name, rule in (running | {name: _GONE for name in known if name not in wanted}).items():
        before = known.get(name)
        if before is None or before.rule != rule:
            computed_at = before.computed_at if before is not None and before.rule != _GONE else None
            segment_queries.put_round(connection, sandbox, SegmentRound(name, rule, 0, now, computed_at, None))


def resume_segment(connection: Connection, deployment: Deployment, sandbox: str, name: str, now: int) -> None:
    """Evaluate a suspended segment for all profiles again; raises SojournError if its rule still has a fault."""
    segments = deployment.sandboxes[sandbox].segments
    fault = segments.fault(name)
    if fault is not None:
        raise SojournError.of(fault)
    before = segment_queries.load_rounds(connection, sandbox).get(name)
    computed_at = before.computed_at if before is not None else None
    again = SegmentRound(name, segments.rule_text(name), 0, now, computed_at, None)
    segment_queries.put_round(connection, sandbox, again)


def _begin(connection: Connection, sandbox: str, now: int) -> None:
    """Begin the rounds whose time has come."""
    for one in segment_queries.load_rounds(connection, sandbox).values():
        if one.cursor is None and one.next_at is not None and one.next_at <= now:
            segment_queries.put_round(connection, sandbox, one._replace(cursor=0, began_at=now, next_at=None))


def _ended(one: SegmentRound, segments: SegmentEvaluator, now: int) -> SegmentRound:
    period = segments.evaluation_period(one.segment)
    next_at = None if period is None else one.began_at + period
    return one._replace(
        cursor=None, computed_at=one.computed_at if one.computed_at is not None else now, next_at=next_at
    )
