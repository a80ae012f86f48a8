"""Hosting a workspace: this process owns its database and runs its journeys."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TypedDict, TypeVar, Unpack

from engine.catalogue import Phrase
from engine.effects.connection_test import HttpConnectionTester
from engine.effects.network_performer import NetworkPerformer
from engine.effects.redaction import Redactor, limit_library_logging
from engine.facade import Engine
from engine.ports import Clock, Performer, Secrets
from engine.runtime.dispatch import CallDispatcher
from engine.runtime.health import HealthProbe
from engine.runtime.jobs import WriterJob
from engine.runtime.maintenance import noted_jump
from engine.runtime.wall_clock import WallClock, tune_gc
from engine.runtime.writer import Writer, new_seed
from engine.services import settings as known_settings
from engine.services.access import PRODUCTION, AccessService, SandboxService, Service
from engine.services.archives import ArchiveService
from engine.services.backups import BackupService
from engine.services.custom_reports import CustomReportService
from engine.services.definitions import ConnectionService, DefinitionService
from engine.services.events import MAIN_INLET, EventService, InletService
from engine.services.guardrails import GuardrailService
from engine.services.health import HealthService
from engine.services.journeys import JourneyService
from engine.services.merges import MergeService
from engine.services.operations import OperationsService
from engine.services.profiles import ErasureService, ProfileService, SegmentService
from engine.services.reports import ReportService
from engine.services.sessions import PasswordChecker, SessionService
from engine.services.settings import PORT, SettingsService
from engine.services.suppressions import SuppressionService
from engine.services.users import ApiTokenService, UserService
from engine.store import runtime_queries, setting_queries
from engine.store.database import Database
from engine.store.location import WorkspaceLock, create_folder, lock_workspace
from engine.store.scrub import ScrubResult
from engine.store.vault import FILE_NAME as VAULT_FILE
from engine.store.vault import Vault, open_vault
from engine.testmode.service import TestModeService
from engine.testmode.session_clocks import SessionClocks

log = logging.getLogger("sojourn.runner")

Result = TypeVar("Result")

MakePerformer = Callable[[Writer, Secrets, CallDispatcher], Performer]


class EventLoop:
    """An asyncio loop in a thread of its own: calls to the outside world, and the local server, live in it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="sojourn-effects", daemon=True)
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether the loop's thread runs."""
        return self._thread.is_alive()

    def begin(self, work: Coroutine[object, None, Result]) -> Future[Result]:
        """Run a coroutine in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def close(self) -> None:
        """Stop the loop and its thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class WorkspaceHost:
    """The parts of a hosted workspace: the database, the writer, the vault, and the engine over them."""

    def __init__(
        self,
        location: Path,
        held: WorkspaceLock,
        *,
        make_performer: MakePerformer = NetworkPerformer,
        make_clock: Callable[[int], Clock] = WallClock,
        synchronous: str = "FULL",
        max_pages: int | None = None,
    ) -> None:
        self.location = location
        self.token = held.token
        self._held = held
        self._make_performer = make_performer
        self._events: EventLoop | None = None
        self.end_process: Callable[[], object] = lambda: None
        """Lets the process end; nothing happens in one that ends by itself."""
        self.redactor = Redactor()
        limit_library_logging()
        self.secrets: Secrets = open_vault(location, add_secret=self.redactor.add_secret)
        self.database = Database(str(location), synchronous=synchronous, max_pages=max_pages)
        try:
            self.database.prepare()
            floor = _initialize_workspace(self.database)
        except BaseException:
            self.database.close()
            raise
        self.dispatch = CallDispatcher(self._put, self._is_suppressed)
        clock = make_clock(floor)
        with self.database.read() as connection:
            jump = noted_jump(connection)
        if jump and isinstance(clock, WallClock):
            clock.hold(jump)
        defaults = {name: default for name, (default, _) in known_settings.KNOWN_SETTINGS.items()}
        self.writer = Writer(self.database, clock, defaults, self.dispatch.perform, sources=(SessionClocks,))
        self.health = HealthProbe(self.writer, self.dispatch, location, self._lock_reason)
        self.engine = self._wire()

    def _wire(self) -> Engine:
        writer, secrets = self.writer, self.secrets
        access = AccessService(writer)
        events = EventService(writer, access)
        api_tokens = ApiTokenService(writer, access, secrets)
        sandboxes, passwords = SandboxService(writer, access), PasswordChecker()
        services: dict[str, AccessService | Service] = {
            "journeys": JourneyService(writer, access, secrets),
            "testing": TestModeService(writer, access, events),
            "definitions": DefinitionService(writer, access, secrets),
            "profiles": ProfileService(writer, access),
            "segments": SegmentService(writer, access),
            "archives": ArchiveService(writer, access, self.database.ask, guarded=self.database.guards_tables),
            "erasure": ErasureService(writer, access, self.location, self._scrub, self.dispatch.forget),
            "merges": MergeService(writer, access),
            "operations": OperationsService(writer, access),
            "reports": ReportService(writer, access),
            "suppressions": SuppressionService(writer, access),
            "custom_reports": CustomReportService(writer, access),
            "inlets": InletService(writer, access, secrets),
            "settings": SettingsService(writer, access, secrets),
            "events": events,
            "access": access,
            "guardrails": GuardrailService(writer, access),
            "connections": ConnectionService(
                writer, access, HttpConnectionTester(writer, secrets, self.redactor), secrets
            ),
            "api_tokens": api_tokens,
            "users": UserService(writer, access, api_tokens, passwords),
            "sessions": SessionService(writer, access, sandboxes, passwords),
            "sandboxes": sandboxes,
            "health": HealthService(writer, access, self.health.state, self.database.check, self._end_process),
            "backups": BackupService(
                writer, access, self.database.backup, self.database.size, self.location / VAULT_FILE
            ),
        }
        return Engine(services, close=self.close, is_alive=lambda: True)

    def _scrub(self, identifiers: Sequence[str]) -> ScrubResult:
        return self.database.scrub(identifiers, self.writer.turn)

    def _lock_reason(self) -> Phrase | None:
        return self.secrets.lock_reason() if isinstance(self.secrets, Vault) else None

    def _end_process(self) -> None:
        self.end_process()

    def _put(self, work: WriterJob) -> None:
        self.writer.put(work)

    def _is_suppressed(self, sandbox: str, channel: str, address: str) -> bool:
        with self.database.read() as connection:
            return runtime_queries.is_suppressed(connection, sandbox, channel, address)

    def start(self) -> EventLoop:
        """Run journeys: timers fire, calls are made, and what was left undone goes on."""
        self._events = events = EventLoop()
        tune_gc()
        if (locked := self._lock_reason()) is not None:
            log.error("the vault is locked", extra={"reason": str(locked)})

        async def open_dispatch() -> None:
            self.dispatch.open(self._make_performer(self.writer, self.secrets, self.dispatch))

        events.begin(open_dispatch()).result()
        self.writer.resume_calls()
        self.writer.start()
        return events

    def publish_address(self, address: str, studio: str = "") -> None:
        """Publish the address of this process to others, with the lock of the studio that started it."""
        self.engine.inlets.address = self.writer.address = address
        self._held.publish_address(address, studio)

    def keep_port(self, port: int) -> None:
        """Keep the port that was chosen for this workspace."""
        self.writer.write(lambda connection: setting_queries.put_setting(connection, PRODUCTION, PORT, port))

    def drain(self, seconds: float) -> None:
        """Accept no more events and begin no more calls; return when those under way are answered, or in time."""
        self.health.draining = True
        if self._events is not None:
            self._events.begin(self.dispatch.drain(seconds)).result()

    def close(self) -> None:
        """Finish the writes under way and release everything."""
        self.engine.backups.finish()
        if self._events is not None:
            self._events.begin(self.dispatch.close()).result()
        self.writer.stop()
        if self._events is not None:
            self._events.close()
            self._events = None
        self.database.close()
        self._held.release()


def _initialize_workspace(database: Database) -> int:
    """Write what every workspace has, a seed and an inlet, and return the newest time in it."""
    with database.read() as connection:
        floor = runtime_queries.latest_time(connection)
        initialized = setting_queries.workspace_fact(connection, "seed") is not None
    if not initialized:
        with database.write() as connection:
            setting_queries.put_workspace_fact(connection, "seed", str(new_seed()))
            setting_queries.put_inlet(connection, MAIN_INLET, "prod", requires_token=True, is_open=True)
    return floor


class HostOptions(TypedDict, total=False):
    """How a workspace is hosted, other than usual."""

    make_performer: MakePerformer
    make_clock: Callable[[int], Clock]
    synchronous: str
    max_pages: int | None


def host_workspace(location: Path, **options: Unpack[HostOptions]) -> WorkspaceHost | None:
    """Own the workspace, creating it if need be; None when another process does. Raises SojournError."""
    create_folder(location)
    held = lock_workspace(location)
    if held is None:
        return None
    try:
        return WorkspaceHost(location, held, **options)
    except BaseException:
        held.release()
        raise
