"""Requests of the window: calls of services and works that combine several, done in order off the window's thread."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import shiboken6
from PySide6.QtCore import QObject, Qt, Signal

from engine.errors import SojournError
from engine.facade import Engine, Services
from engine.files import naming_file
from engine.model import journey_file
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion
from engine.services.address_files import read_addresses
from engine.services.report_views import ReportSheet
from engine.services.text_encoding import file_encoding, read_text_lines
from engine.services.views import Caller, FailedPerson, VersionRow

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
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"worker-{name}", daemon=True)
        self._thread.start()

    def put(self, job: Job[Answer]) -> None:
        """Do the job after the earlier ones."""
        self._jobs.put(partial(self._perform, job))

    def close(self, timeout: float) -> bool:
        """Finish the jobs given, then end; return False when that took longer than ``timeout`` seconds."""
        self._jobs.put(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

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


Then = Callable[[Answer], None]
Work = Callable[[Engine, Caller], Answer]
"""Work for a thread of the bridge: a call of a service, or a function that makes several."""

calls = Services
"""Makes calls: ``bridge.write(calls.journeys.save(version_id, journey), then)``; imports and sends nothing itself."""

JourneyNames = tuple[tuple[str, str], ...]
_ADDRESSES_AT_ONCE = 1_000
MANAGE_REPORTS, READ_JOURNEYS = "manage_reports", "read_journeys"
FailedVersions = Mapping[tuple[str, int], tuple[str, JourneyVersion]]
"""By the name of a journey and the number of a version: its id and its design."""


class Requester(Protocol):
    """What parts of the bridge need of it to send work that may take long."""

    def attempt(
        self, work: Work[Answer], then: Then[Answer], failed: Failed | None = None, owner: QObject | None = None
    ) -> None:
        """Send work that may take long, once."""
        ...


def owner_of(call: Callable[..., object]) -> QObject | None:
    """Return the Qt object whose method ``call`` is (of a partial, the method's): answers end with its life."""
    holder = getattr(call.func if isinstance(call, partial) else call, "__self__", None)
    return holder if isinstance(holder, QObject) else None


def open_version(version_id: str) -> Work[tuple[VersionRow, JourneyVersion]]:
    """Read a version's row and its design."""

    def work(engine: Engine, caller: Caller) -> tuple[VersionRow, JourneyVersion]:
        return engine.journeys.row(caller, version_id), engine.journeys.open(caller, version_id)

    return work


def definitions_used_by(row: VersionRow) -> Work[Definitions]:
    """Read what a version uses, for users who may see journeys and not all definitions."""

    def work(engine: Engine, caller: Caller) -> Definitions:
        file = journey_file.read(engine.journeys.export(caller, row.name, row.version))
        return Definitions(**{name: getattr(file, name) for name in Definitions.model_fields})

    return work


def save_user(name: str, product_profiles: Sequence[str], password: str) -> Work[None]:
    """Create or change a user; an empty password leaves it as it is."""

    def work(engine: Engine, caller: Caller) -> None:
        engine.users.put(caller, name, tuple(product_profiles))
        if password:
            engine.users.set_password(caller, name, password)

    return work


def failed_people(journey: str, limit: int) -> Work[tuple[tuple[FailedPerson, ...], FailedVersions]]:
    """Read the people who failed, of one journey or all, and the versions in which they failed."""

    def work(engine: Engine, caller: Caller) -> tuple[tuple[FailedPerson, ...], FailedVersions]:
        people = engine.operations.failed(caller, journey, "", "", limit)
        wanted = {(person.journey, person.version) for person in people}
        if not wanted or READ_JOURNEYS not in engine.access.permissions(caller):
            return people, {}
        rows = [row for row in engine.journeys.everything(caller) if (row.name, row.version) in wanted]
        return people, {(row.name, row.version): (row.id, engine.journeys.open(caller, row.id)) for row in rows}

    return work


def import_suppressions(file: str, channel: str) -> Work[int]:
    """Put the addresses of a file on the suppression list, once every line was checked; return how many are new."""

    def work(engine: Engine, caller: Caller) -> int:
        path = Path(file)
        with naming_file(path.name):
            text = "".join(read_text_lines(path, file_encoding(path, "").name))
            rows = list(read_addresses(text, channel))
            refused = [row for row in rows if not row.good]
            if refused:
                raise SojournError("suppression_refused", f"line {refused[0].line}", count=len(refused))
        addresses, new = [row.address for row in rows], 0
        for start in range(0, len(addresses), _ADDRESSES_AT_ONCE):
            new += engine.suppressions.add(caller, channel, addresses[start : start + _ADDRESSES_AT_ONCE])
        return new

    return work


def journeys_for_reports() -> Work[tuple[JourneyNames, bool]]:
    """Read the journeys that reports can be about, and whether the user may change reports."""

    def work(engine: Engine, caller: Caller) -> tuple[JourneyNames, bool]:
        return engine.custom_reports.journeys(caller), MANAGE_REPORTS in engine.access.permissions(caller)

    return work


def rename_report(report_id: str, name: str) -> Work[ReportSheet]:
    """Rename a report, whatever else changed in it meanwhile."""

    def work(engine: Engine, caller: Caller) -> ReportSheet:
        sheet = engine.custom_reports.open(caller, report_id)
        renamed = sheet.report.model_copy(update={"name": name})
        return engine.custom_reports.save(caller, report_id, renamed, sheet.row.revision)

    return work


def import_samples(sandbox: str, address: str, files: Sequence[tuple[str, Sequence[str]]], people: str) -> Work[None]:
    """Import journey files, each with its assignments, and people; the sandbox is added, and may call ``address``.

    What is there already stays.
    """

    def work(engine: Engine, caller: Caller) -> None:
        there = replace(caller, sandbox=sandbox)
        if sandbox not in engine.sandboxes.list(caller):
            engine.sandboxes.add(caller, sandbox)
        engine.settings.set(there, "allowed_hosts", address)
        if engine.journeys.list(there):
            return
        for text, sets in files:
            engine.journeys.import_file(there, text, tuple(sets))
        engine.profiles.import_text(there, people, "json")

    return work
