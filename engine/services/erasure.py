"""Erasure of a person: identifiers, keys, payloads, profile, messages and all else that identifies (runtime.md)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path

from engine.core.stimulus import Stop
from engine.errors import SojournError
from engine.ports import Runner
from engine.services.access import ADMINISTER, AccessService, Service
from engine.services.service_method import requires
from engine.services.views import Caller, ErasureResult
from engine.store import archive_queries, erasure_queries
from engine.store.database import BACKUPS
from engine.store.erasure_queries import PersonRecords
from engine.store.results import Connection
from engine.store.scrub import ScrubResult

_TRIES = 5
_NOTHING = ScrubResult(truncated=False, rewritten=False, remaining=0)


class ErasureService(Service):
    """See the module. ``scrub`` sees to the files, ``forget`` drops calls that wait for their turn."""

    def __init__(
        self,
        runner: Runner[Connection],
        access: AccessService,
        folder: Path,
        scrub: Callable[[Sequence[str]], ScrubResult],
        forget: Callable[[Collection[str]], None],
    ) -> None:
        super().__init__(runner, access)
        self._folder = folder
        self._scrub = scrub
        self._forget = forget

    @requires(ADMINISTER)
    def erase(self, caller: Caller, namespace: str, value: str) -> ErasureResult:
        """Erase the person with this identity in the caller's sandbox; journeys under way end. It cannot be undone.

        Step events stay, with the random id that stood for the person. What comes in for the person afterwards is new.
        """
        if not namespace.strip() or not value.strip():
            raise SojournError("identity_missing")
        with self._runner.read() as connection:
            traces = erasure_queries.find_person(connection, caller.sandbox, namespace, value)
            erasure_queries.continue_search(connection, traces)
        ended, rows = self._erase(caller, traces)
        found = any(rows.values())
        done = self._scrub(traces.values) if found else _NOTHING
        with self._runner.read() as connection:
            files = erasure_queries.export_paths(connection, caller.sandbox)
            archives = len(archive_queries.list_archives(connection))
        return ErasureResult(
            found=found,
            at=self._runner.clock.now(),
            ended=ended,
            rows=rows,
            people=tuple(sorted(traces.people)),
            files=files,
            backups=tuple(str(file) for file in sorted((self._folder / BACKUPS).glob("*.sqlite"))),
            archives=archives,
            truncated=done.truncated,
            remaining=done.remaining,
        )

    def _erase(self, caller: Caller, traces: PersonRecords) -> tuple[int, dict[str, int]]:
        """End what is under way, then delete everything in one transaction; the person may enter again in between."""

        def work(connection: Connection) -> dict[str, int] | None:
            erasure_queries.continue_search(connection, traces)
            if erasure_queries.running_instances(connection, traces):
                return None
            rows = erasure_queries.erase(connection, traces)
            self._access.record(connection, caller, "erase_person", ", ".join(sorted(traces.people)))
            return rows

        ended = 0
        for _ in range(_TRIES):
            with self._runner.read() as connection:
                under_way = erasure_queries.running_instances(connection, traces)
            ended += len(under_way)
            self._runner.command(under_way, Stop())
            rows = self._runner.write(work)
            if rows is not None:
                self._forget(traces.instances.values())
                return ended, rows
        raise SojournError("person_busy")
