"""What needs a person to decide: suspended parts, dead letters, failed people, events as they came (runtime.md)."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from engine.core.stimulus import Resume
from engine.errors import SojournError
from engine.services.access import ADMINISTER, MANAGE_JOURNEYS, PUBLISH_JOURNEYS, READ_REPORTS, Service
from engine.services.service_method import requires
from engine.services.views import Caller, DeadLetterContent, FailedPerson, ReceivedEvent, SuspendedRow
from engine.store import operation_queries, runtime_queries
from engine.store.results import Connection

_AT_ONCE = 100_000


class OperationsService(Service):
    """See the module."""

    @requires(READ_REPORTS)
    def suspended(self, caller: Caller) -> tuple[SuspendedRow, ...]:
        """List the segments and journey versions of the sandbox that are suspended by themselves, with the reason."""
        found = (one for one in self._runner.suspensions if one.sandbox == caller.sandbox)
        return tuple(SuspendedRow(one.kind, one.name, one.reason) for one in found)

    @requires(PUBLISH_JOURNEYS)
    def resume(self, caller: Caller, kind: str, name: str) -> None:
        """Run a suspended part again; raises SojournError while it still cannot run."""
        self._runner.resume_suspended(caller.sandbox, kind, name)
        self._runner.write(lambda connection: self._access.record(connection, caller, f"resume_{kind}", name))

    # Time ------------------------------------------------------------------------------------------------------------

    @requires(ADMINISTER)
    def release_timers(self, caller: Caller) -> int:
        """Let the timers fire that were overdue at the start and are held, in all sandboxes; return how many."""
        count = self._runner.release_timers()
        self._runner.write(
            lambda connection: self._access.record_workspace(connection, caller, "release_timers", str(count))
        )
        return count

    @requires(ADMINISTER)
    def accept_clock(self, caller: Caller) -> int:
        """Follow the machine's clock after a jump; return its seconds. Raises SojournError if none is held."""
        jump = self._runner.accept_clock()
        if not jump:
            raise SojournError("clock_jump_none")
        seconds = jump // 1000
        self._runner.write(
            lambda connection: self._access.record_workspace(connection, caller, "accept_clock", str(seconds))
        )
        return seconds

    # Dead letters ----------------------------------------------------------------------------------------------------

    @requires(ADMINISTER)
    def dead_letter(self, caller: Caller, number: int) -> DeadLetterContent:
        """Return a dead letter with what it holds, which may be personal."""
        with self._runner.read() as connection:
            rows = runtime_queries.load_dead_letters(connection, (number,))
            trace = operation_queries.traceback_of(connection, number)
        if not rows:
            raise SojournError("dead_letter_unknown", id=number)
        return DeadLetterContent(number, rows[0].kind, _text_of(rows[0].stimulus), trace)

    @requires(ADMINISTER)
    def drop(self, caller: Caller, numbers: Sequence[int]) -> int:
        """Delete dead letters for good and return how many; a call among them is not made again."""

        def work(connection: Connection) -> int:
            dropped = operation_queries.drop_dead_letters(connection, numbers)
            if dropped:
                self._access.record(connection, caller, "drop_dead_letters", str(dropped))
            return dropped

        return self._runner.write(work)

    # Events ----------------------------------------------------------------------------------------------------------

    @requires(READ_REPORTS)
    def received(self, caller: Caller, search: str = "", limit: int = 100) -> tuple[ReceivedEvent, ...]:
        """List the newest accepted events without what is in them; ``search`` is a part of their ids."""
        with self._runner.read() as connection:
            rows = operation_queries.received_events(connection, caller.sandbox, search, limit)
        return tuple(ReceivedEvent(*row) for row in rows)

    @requires(ADMINISTER)
    def event(self, caller: Caller, event_id: str) -> ReceivedEvent:
        """Return an accepted event with its document, '' once that is too old to be kept."""
        with self._runner.read() as connection:
            row = operation_queries.received_event(connection, caller.sandbox, event_id)
        if row is None:
            raise SojournError("event_unknown", id=event_id)
        return ReceivedEvent(*row)

    # People ----------------------------------------------------------------------------------------------------------

    @requires(READ_REPORTS)
    def failed(
        self, caller: Caller, journey: str = "", activity: str = "", key: str = "", limit: int = 100
    ) -> tuple[FailedPerson, ...]:
        """List the people whose journey ended in an error, the latest first; each filter may be empty.

        ``key`` is a part of the person's key.
        """
        with self._runner.read() as connection:
            return self._failed(connection, caller, journey, activity, key, limit)

    def _failed(
        self, connection: Connection, caller: Caller, journey: str, activity: str, key: str, limit: int
    ) -> tuple[FailedPerson, ...]:
        rows = operation_queries.failed_people(connection, caller.sandbox, journey, activity, key, limit)
        return tuple(FailedPerson(*row) for row in rows)

    @requires(MANAGE_JOURNEYS)
    def resume_failed(self, caller: Caller, journey: str, activity: str = "", instance: str = "") -> int:
        """Let failed people of a journey go on from the step that failed and return how many were asked to.

        ``activity`` and ``instance`` narrow it down. Nothing happens to a person who is in the journey again.
        """
        with self._runner.read() as connection:
            found = self._failed(connection, caller, journey, activity, "", _AT_ONCE)
        chosen = [int(one.instance) for one in found if instance in ("", one.instance)]
        if instance and not chosen:
            raise SojournError("instance_unknown")
        self._runner.command(chosen, Resume())
        self._runner.write(lambda connection: self._access.record(connection, caller, "resume", journey))
        return len(chosen)


def _text_of(stored: bytes) -> str:
    """Return what a dead letter holds as JSON; '' where its instance is all there is."""
    return msgspec.json.encode(msgspec.msgpack.decode(stored)).decode() if stored else ""
