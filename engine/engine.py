"""The one door to a workspace, for the studio, the API and the commands.

``open_workspace(path)`` gives an :class:`Engine`, whether this process owns the workspace or another one does: in that
case the same services are reached over the owner's local address. ``connect(path)`` gives one only if another process
owns the workspace, ``own(path)`` only if this one can. All calls are blocking, safe from any thread, and take a
``Caller(actor, sandbox)`` first; they raise ``SojournError`` with one clear sentence. Answers are the frozen values
of ``engine.services.views``.

``journeys``
    ``list(caller) -> tuple[VersionRow, ...]`` newest version of each journey;
    ``versions(caller, name) -> tuple[VersionRow, ...]``;
    ``everything(caller) -> tuple[VersionRow, ...]``; ``row(caller, version_id) -> VersionRow``;
    ``open(caller, version_id) -> JourneyVersion``; ``create(caller, name, namespace=None) -> VersionRow``;
    ``save(caller, version_id, journey: JourneyVersion) -> VersionRow``;
    ``validate(caller, version_id) -> tuple[Issue, ...]``; ``publish / close / stop(caller, version_id) -> VersionRow``;
    ``new_version(caller, name) -> VersionRow``; ``duplicate(caller, version_id, name="") -> VersionRow``;
    ``delete(caller, version_id) -> None``;
    ``import_file(caller, text, sets=(), publish=False, differing="refuse") -> Imported``;
    ``export(caller, name, version=None) -> str``.
``testing``
    ``state(caller, version_id) -> TestState``;
    ``switch_on(caller, version_id, wait=10.0, virtual=False) -> TestState``;
    ``set_wait(caller, version_id, wait) -> TestState``; ``switch_off(caller, version_id) -> TestState``;
    ``set_clock(caller, version_id, virtual) -> TestState``; ``step(caller, version_id, by=None) -> TestState`` (to the
    next thing due, or by seconds); ``run(caller, version_id, pace=0.0) -> TestState``;
    ``pause(caller, version_id) -> TestState``;
    ``fire(caller, version_id, event, payload) -> Accepted``;
    ``log(caller, version_id) -> tuple[Mapping[str, Any], ...]``.
``definitions``
    ``all(caller) -> Definitions``; ``list(caller, kind) -> tuple[DefinitionRow, ...]``;
    ``get(caller, kind, name) -> Mapping`` (file form);
    ``save(caller, kind, body, was=None) -> DefinitionRow`` (file form; ``was`` is the name before;
    literal secrets go to the vault); ``delete(caller, kind, name) -> None``;
    ``used_in(caller, kind, name) -> tuple[Use, ...]``; ``preview(caller, event) -> EventPreview``.
``profiles``
    ``list(caller, search="", limit=100, offset=0) -> ProfilePage``; ``save(caller, profile: Profile) -> ProfileRow``;
    ``get(caller, namespace, value) -> Profile``; ``delete(caller, profile_id) -> None``;
    ``import_text(caller, text, form) -> int`` (``form`` json or csv).
``segments``
    ``list(caller) -> tuple[SegmentRow, ...]``; ``compute(caller, name) -> None`` (look at everybody now);
    ``say(caller, name, namespace, value, inside) -> None`` (a membership by hand; ``inside`` None: the rule again).
``archives``
    ``list(caller) -> tuple[ArchiveRow, ...]``;
    ``steps(caller, cursor="", limit=2000, journey=None, since=0, until=None, archived=True, with_keys=False)
    -> StepPage``; ``query(caller, sql, limit=1000, archived=False) -> QueryAnswer`` (one SELECT from ``steps``);
    ``note(caller, what, path, with_keys=False) -> None`` (a file that the caller wrote).
``erasure``
    ``erase(caller, namespace, value) -> Erased``: a person leaves the workspace; it cannot be undone.
``reports``
    ``live(caller, version_id, steps=50) -> LiveCounts``; ``summary(caller, journey=None) -> Mapping[str, Any]``;
    ``people(caller, version_id, activity=None, limit=100) -> tuple[PersonRow, ...]``;
    ``messages(caller, limit=100) -> tuple[MessageRow, ...]``;
    ``discards(caller, limit=100) -> tuple[DiscardRow, ...]``;
    ``steps(caller, version_id, instance=None, limit=100) -> tuple[StepRow, ...]``;
    ``set_aside(caller) -> tuple[SetAside, ...]``; ``retry(caller, ids) -> int``.
``custom_reports``
    ``list(caller) -> tuple[ReportRow, ...]``; ``open(caller, report_id) -> ReportSheet``;
    ``journeys(caller) -> tuple[tuple[str, str], ...]`` (id, name); ``create(caller, report: Report) -> ReportSheet``;
    ``save(caller, report_id, report, revision) -> ReportSheet``; ``duplicate(caller, report_id, name="")``;
    ``delete(caller, report_id) -> None``; ``figures(caller, report, zone="UTC") -> ReportFigures``.
``inlets``
    ``list(caller) -> tuple[InletRow, ...]``; ``token(caller, name="main") -> str``;
    ``create(caller, name) -> InletRow``.
``settings``
    ``list(caller) -> tuple[SettingRow, ...]``; ``get(caller, name)``; ``set(caller, name, value) -> None``;
    ``set_secret(caller, name, value) -> None``; ``secrets(caller) -> tuple[str, ...]`` (names).
``guardrails`` (``kind`` is ``capping`` or ``throttling``, documents in the original's JSON form)
    ``list(caller, kind)``; ``get / can_deploy / deploy / undeploy(caller, kind, uid)``;
    ``create(caller, kind, payload)``; ``update(caller, kind, uid, payload)``;
    ``delete(caller, kind, uid, force=False)``.
``connections``
    ``test_authentication(caller, kind, body) -> Probed``; ``test_call(caller, kind, body, values) -> Probed``.
    ``test_campaign_standard(caller, url="") -> Probed``;
    ``campaign_standard_templates(caller) -> ProbedTemplates``.
``messages``
    ``preview(caller, template, namespace="", identity="", values=None, events=None) -> MessagePreview``.
``access``
    ``permissions(caller) -> frozenset[str]``; ``audit(caller, limit=100) -> tuple[AuditRow, ...]``.
``users``
    ``list(caller) -> tuple[UserRow, ...]``; ``put(caller, name, product_profiles)``; ``remove(caller, name)``;
    ``set_password(caller, name, password, current="")``;
    ``profiles(caller) -> tuple[ProductProfileRow, ...]``; ``put_profile(caller, name, permissions, sandboxes=())``;
    ``remove_profile(caller, name)``.
``sessions``
    ``greet(caller) -> Greeting``; ``sign_in(caller, password) -> Greeting``; ``sign_out(caller) -> None``;
    ``at_rest(caller) -> bool``.
``sandboxes``
    ``list(caller) -> tuple[str, ...]``; ``add(caller, name)``.
``backups``
    ``begin(caller, path)`` (an absolute one, on the owner's machine); ``state(caller) -> BackupState``.
``api_tokens``
    ``issue(caller, name, actor, days=90, permissions=()) -> str``; ``list(caller) -> tuple[ApiTokenRow, ...]``;
    ``revoke(caller, name)``.
``events``
    ``accept(caller, documents, event=None) -> Accepted``; ``feedback(caller, documents) -> Accepted``.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from engine.effects.performer import HttpPerformer
from engine.effects.probe import HttpProber
from engine.effects.redaction import Redactor, quieten_libraries
from engine.errors import SojournError
from engine.ports import Clock, Connection, Performer, Secrets
from engine.remote import COMMANDS, Line, RemoteService
from engine.runtime.dispatch import CallDispatcher
from engine.runtime.gc_tuning import tune_gc
from engine.runtime.wall_clock import WallClock
from engine.runtime.writer import Writer, new_seed
from engine.services import settings as known_settings
from engine.services.access import Access
from engine.services.api_tokens import ApiTokenService
from engine.services.archives import ArchiveService
from engine.services.backups import BackupService
from engine.services.connections import ConnectionService
from engine.services.custom_reports import CustomReportService
from engine.services.definitions import DefinitionService
from engine.services.erasure import ErasureService
from engine.services.events import EventService
from engine.services.guardrails import GuardrailService
from engine.services.importing import Journeys
from engine.services.inlets import MAIN, InletService
from engine.services.messages import MessageService
from engine.services.passwords import Passwords
from engine.services.profiles import ProfileService
from engine.services.reports import ReportService
from engine.services.sandboxes import SandboxService
from engine.services.segments import SegmentService
from engine.services.sessions import SessionService
from engine.services.settings import Settings
from engine.services.users import UserService
from engine.store import ownership, run_rows, setting_rows
from engine.store.database import Database
from engine.store.location import create_folder
from engine.store.ownership import Ownership
from engine.store.scrubbing import Scrubbed
from engine.store.vault import FILE_NAME as VAULT_FILE
from engine.store.vault import open_vault
from engine.testmode.service import TestModeService
from engine.testmode.session_clocks import SessionClocks

Result = TypeVar("Result")

PATIENCE = 10.0
"""Seconds to wait for a workspace that another process is just opening or leaving."""

MakePerformer = Callable[[Writer, Secrets, CallDispatcher], Performer]


@dataclass(frozen=True, slots=True)
class Engine:
    """The services of one workspace; see the module."""

    journeys: Journeys
    testing: TestModeService
    definitions: DefinitionService
    profiles: ProfileService
    segments: SegmentService
    archives: ArchiveService
    erasure: ErasureService
    reports: ReportService
    custom_reports: CustomReportService
    inlets: InletService
    settings: Settings
    events: EventService
    access: Access
    guardrails: GuardrailService
    connections: ConnectionService
    api_tokens: ApiTokenService
    users: UserService
    sessions: SessionService
    sandboxes: SandboxService
    messages: MessageService
    backups: BackupService
    close: Callable[[], None]
    alive: Callable[[], bool]

    @property
    def services(self) -> Mapping[str, Any]:
        """What others may call, by name."""
        return {name: getattr(self, name) for name in SERVICES}


SERVICES: Mapping[str, type] = {
    "journeys": Journeys,
    "testing": TestModeService,
    "definitions": DefinitionService,
    "profiles": ProfileService,
    "segments": SegmentService,
    "archives": ArchiveService,
    "erasure": ErasureService,
    "reports": ReportService,
    "custom_reports": CustomReportService,
    "inlets": InletService,
    "settings": Settings,
    "events": EventService,
    "access": Access,
    "guardrails": GuardrailService,
    "connections": ConnectionService,
    "api_tokens": ApiTokenService,
    "users": UserService,
    "sessions": SessionService,
    "sandboxes": SandboxService,
    "messages": MessageService,
    "backups": BackupService,
}


class EventLoop:
    """An asyncio loop in a thread of its own: calls to the outside world, and the local server, live in it."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="sojourn-effects", daemon=True)
        self._thread.start()

    def begin(self, work: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Run a coroutine in the loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

    def close(self) -> None:
        """Stop the loop and its thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class Owner:
    """This process owns a workspace: the database, the writer, the vault, and the engine over them."""

    def __init__(
        self,
        location: Path,
        held: Ownership,
        *,
        make_performer: MakePerformer = HttpPerformer,
        make_clock: Callable[[int], Clock] = WallClock,
        synchronous: str = "FULL",
        max_pages: int | None = None,
    ) -> None:
        self.location = location
        self.token = held.token
        self._held = held
        self._make_performer = make_performer
        self._events: EventLoop | None = None
        self.redactor = Redactor()
        quieten_libraries()
        self.secrets: Secrets = open_vault(location, learn=self.redactor.learn)
        self.database = Database(str(location), synchronous=synchronous, max_pages=max_pages)
        try:
            self.database.prepare()
            floor = _furnish(self.database)
        except BaseException:
            self.database.close()
            raise
        self.dispatch = CallDispatcher(self._put, self._is_suppressed)
        defaults = {name: default for name, (default, _) in known_settings.KNOWN.items()}
        self.writer = Writer(
            self.database, make_clock(floor), defaults, self.dispatch.perform, sources=(SessionClocks,)
        )
        self.engine = self._wire()

    def _wire(self) -> Engine:
        writer, secrets = self.writer, self.secrets
        access = Access(writer)
        events = EventService(writer, access)
        api_tokens = ApiTokenService(writer, access, secrets)
        sandboxes, passwords = SandboxService(writer, access), Passwords()
        return Engine(
            journeys=Journeys(writer, access, secrets),
            testing=TestModeService(writer, access, events),
            definitions=DefinitionService(writer, access, secrets),
            profiles=ProfileService(writer, access),
            segments=SegmentService(writer, access),
            archives=ArchiveService(writer, access, self.database.ask, guarded=self.database.guards_tables),
            erasure=ErasureService(writer, access, self.location, self._scrub, self.dispatch.forget),
            reports=ReportService(writer, access),
            custom_reports=CustomReportService(writer, access),
            inlets=InletService(writer, access, secrets),
            settings=Settings(writer, access, secrets),
            events=events,
            access=access,
            guardrails=GuardrailService(writer, access),
            connections=ConnectionService(writer, access, HttpProber(writer, secrets, self.redactor), secrets),
            api_tokens=api_tokens,
            users=UserService(writer, access, api_tokens, passwords),
            sessions=SessionService(writer, access, sandboxes, passwords),
            sandboxes=sandboxes,
            messages=MessageService(writer, access),
            backups=BackupService(writer, access, self.database.backup, self.database.size, self.location / VAULT_FILE),
            close=self.close,
            alive=lambda: True,
        )

    def _scrub(self, identifiers: Sequence[str]) -> Scrubbed:
        return self.database.scrub(identifiers, self.writer.turn)

    def _put(self, work: Any) -> None:
        self.writer.put(work)

    def _is_suppressed(self, sandbox: str, channel: str, address: str) -> bool:
        with self.database.read() as connection:
            return run_rows.is_suppressed(connection, sandbox, channel, address)

    def start(self) -> EventLoop:
        """Run journeys: timers fire, calls are made, and what was left undone goes on."""
        self._events = events = EventLoop()
        tune_gc()

        async def open_dispatch() -> None:
            self.dispatch.open(self._make_performer(self.writer, self.secrets, self.dispatch))

        events.begin(open_dispatch()).result()
        self.writer.resume_calls()
        self.writer.start()
        return events

    def announce(self, address: str) -> None:
        """Tell other processes where this one listens."""
        self.engine.inlets.address = address
        self._held.announce(address)

    def close(self) -> None:
        """Finish what is being written, let go of everything."""
        self.engine.backups.finish()
        if self._events is not None:
            self._events.begin(self.dispatch.close()).result()
        self.writer.stop()
        if self._events is not None:
            self._events.close()
            self._events = None
        self.database.close()
        self._held.release()


def _furnish(database: Database) -> int:
    """What every workspace has: a seed and an inlet. Answers the newest time it has seen."""
    with database.read() as connection:
        floor = run_rows.latest_time(connection)
        furnished = setting_rows.fact(connection, "seed") is not None
    if not furnished:
        with database.write() as connection:
            _furnish_new(connection)
    return floor


def _furnish_new(connection: Connection) -> None:
    setting_rows.put_fact(connection, "seed", str(new_seed()))
    setting_rows.put_inlet(connection, MAIN, "prod", requires_token=True, is_open=True)


def connect(location: Path, door: str = COMMANDS) -> Engine | None:
    """The engine of the process that owns the workspace; None when none does, or it does not answer.

    ``door`` is one of :mod:`engine.remote`: whether callers are taken at their word, or have to be signed in.
    """
    owner = ownership.find(location)
    if owner is None:
        return None
    line = Line(owner.address, owner.token, door)

    def alive() -> bool:
        try:
            return line.request("GET", "/healthz")[0] in (200, 503)
        except SojournError:
            return False

    if not alive():
        return None
    services = {name: RemoteService(line, name, service) for name, service in SERVICES.items()}
    return Engine(**cast(Any, services), close=lambda: None, alive=alive)


def own(location: Path, **options: Any) -> Owner | None:
    """Own the workspace, creating it if need be; None when another process does. Raises SojournError."""
    create_folder(location)
    held = ownership.take(location)
    if held is None:
        return None
    try:
        return Owner(location, held, **options)
    except BaseException:
        held.release()
        raise


def open_workspace(location: Path) -> Engine:
    """The engine of a workspace, through its owner if there is one; raises SojournError."""
    deadline = time.monotonic() + PATIENCE
    while True:
        owner = own(location)
        if owner is not None:
            return owner.engine
        engine = connect(location)
        if engine is not None:
            return engine
        if time.monotonic() > deadline:
            raise SojournError(
                "workspace_owned",
                f"another process owns the workspace {location} and does not answer; stop it and try again",
            )
        time.sleep(0.02)
