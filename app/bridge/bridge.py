"""Between Qt and the engine: the one object of the studio that calls it. Nothing here blocks the window."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from PySide6.QtCore import QObject, Signal

from app.bridge.account import LOCKED, Account
from app.bridge.admin_requests import (
    AccessRequests,
    BackupRequests,
    ConnectionRequests,
    GuardrailRequests,
    WorkspaceRequests,
)
from app.bridge.profile_import import ProfileImport
from app.bridge.report_requests import CustomReportRequests
from app.bridge.requests import (
    DefinitionRequests,
    JourneyRequests,
    ProfileRequests,
    ReportRequests,
    TestRequests,
    Then,
)
from app.bridge.supervisor import RUNNING, START_WITHIN, EngineSupervisor
from app.bridge.workers import Failed, Job, MainThreadDispatcher, SerialWorker
from engine.errors import SojournError
from engine.services.views import SIGN_IN_NEEDED, Caller, SessionState

if TYPE_CHECKING:
    from engine.facade import Engine

Answer = TypeVar("Answer")

UNREACHABLE = ("engine_away", "owner_away")
"""Codes that say that the engine could not be reached, not that it refused."""

NOT_PERMITTED = "not_permitted"
"""The code of a refusal: what the user may do has changed, perhaps."""

CloseMode = Literal["keep", "stop"]
"""What becomes of the engine while journeys run in it, when the window closes."""

CLOSE_WITHIN = 5.0
"""Seconds that changes under way are given when the window closes."""


class Bridge(QObject):
    """Requests to the engine by group, and how the engine is. Answers come on the window's thread, in order.

    Nothing is asked of the engine in the name of somebody who is not signed in; it would refuse it. An answer to
    somebody who is gone by then, or who is in another sandbox now, is told to nobody.
    """

    state_changed = Signal(str)
    """The engine's state: one of the words of ``app.bridge.supervisor``, or ``locked`` while it asks who is there."""
    leaving = Signal()
    """Somebody else takes over, or another sandbox is entered: what is open must be put away."""
    session_changed = Signal(object)
    """The engine has said who is here and what they may: a Greeting."""
    failed = Signal(object)
    """A request failed and whoever made it did not ask to be told: a SojournError."""

    def __init__(
        self, make_supervisor: Callable[[Callable[[str], Any]], EngineSupervisor[Engine]], caller: Caller
    ) -> None:
        super().__init__()
        self.caller = caller
        self.session: SessionState | None = None
        self.state = ""
        self._dispatcher = MainThreadDispatcher(self)
        self._reading = SerialWorker("read", self._dispatcher)
        self._writing = SerialWorker("write", self._dispatcher)
        self._trying = SerialWorker("try", self._dispatcher)
        self._greeting = SerialWorker("greet", self._dispatcher)
        self._known = threading.Event()
        self._supervisor = make_supervisor(self._hear)
        self.journeys = JourneyRequests(self)
        self.testing = TestRequests(self)
        self.definitions = DefinitionRequests(self)
        self.profiles = ProfileRequests(self)
        self.profile_import = ProfileImport(self, self)
        self.reports = ReportRequests(self)
        self.custom_reports = CustomReportRequests(self)
        self.workspace = WorkspaceRequests(self)
        self.connections = ConnectionRequests(self)
        self.guardrails = GuardrailRequests(self)
        self.access = AccessRequests(self)
        self.backups = BackupRequests(self)
        self.account = Account(self)
        self.leaving.connect(self.profile_import.leave)

    @property
    def running(self) -> bool:
        """Whether the engine answers, and somebody is signed in."""
        return self.state == RUNNING

    def may(self, permission: str) -> bool:
        """Whether the one who is here may do this in the sandbox; yes, until the engine has said it."""
        return self.session is None or permission in self.session.permissions

    def begin(self) -> None:
        """Reach for the engine; ``state_changed`` says how it goes."""
        self._supervisor.begin()

    def close(self, close_mode: CloseMode, stop_owner: Callable[[], None]) -> bool:
        """Make the changes that are under way, then let go of the engine; whether it goes on.

        With the wish to ``keep`` it goes on while journeys run. With the wish to ``stop`` it ends if it was started
        here; another's is told by ``stop_owner``, if journeys run in it. It may take long, so it is never called in
        the window's thread.
        """
        if self.running:
            self._writing.close(CLOSE_WITHIN)
        own = self._supervisor.started
        rests = own if close_mode == "stop" else not self._may_run()
        if close_mode == "stop" and not own and self._may_run():
            stop_owner()
        with suppress(SojournError):
            self._supervisor.engine(timeout=0).sessions.sign_out(self.caller)
        self._supervisor.close(end=rests)
        return not rests and close_mode == "keep"

    def _may_run(self) -> bool:
        """Whether journeys run in the engine, as far as it can be known."""
        try:
            return not self._supervisor.engine().sessions.is_idle(self.caller)
        except SojournError:
            return True

    def read(
        self, work: Callable[[Engine, Caller], Answer], then: Then[Answer], failed: Failed | None, owner: QObject | None
    ) -> None:
        """Ask for something, again if the engine was lost meanwhile."""
        self._reading.put(self._job(work, then, failed, owner, tries=2))

    def write(
        self, work: Callable[[Engine, Caller], Answer], then: Then[Answer], failed: Failed | None, owner: QObject | None
    ) -> None:
        """Have something changed, after the changes asked for before."""
        self._writing.put(self._job(work, then, failed, owner, tries=2))

    def attempt(
        self, work: Callable[[Engine, Caller], Answer], then: Then[Answer], failed: Failed | None, owner: QObject | None
    ) -> None:
        """Have something tried once that may take long, beside everything else."""
        self._trying.put(self._job(work, then, failed, owner, tries=1))

    def inquire(
        self, work: Callable[[Engine, Caller], Answer], then: Then[Answer], failed: Failed, after_changes: bool = False
    ) -> None:
        """Ask what may be asked without being signed in; perhaps ``after_changes`` that are under way."""
        job = self._job(work, then, failed, None, tries=2, signed_in=False)
        (self._writing if after_changes else self._greeting).put(job)

    def _job(
        self,
        work: Callable[[Engine, Caller], Answer],
        then: Then[Answer],
        failed: Failed | None,
        owner: QObject | None,
        tries: int,
        signed_in: bool = True,
    ) -> Job:
        caller = self.caller

        def perform() -> Answer:
            for left in reversed(range(tries)):
                engine = self._supervisor.engine()
                try:
                    return work(engine, self._signed_in(caller) if signed_in else caller)
                except SojournError as error:
                    if error.code == SIGN_IN_NEEDED:
                        self._dispatcher.send(self, lambda: self.account.refresh_if_current(caller))
                    if error.code not in UNREACHABLE:
                        raise
                    self._supervisor.lost(engine)
                    if not left:
                        raise
            raise SojournError("engine_away")

        def answer(answered: Answer) -> None:
            if not signed_in or self._here(caller):
                then(answered)

        def refuse(error: SojournError) -> None:
            if error.code == NOT_PERMITTED:
                self.account.refresh_if_current(caller)
            (failed or self._tell)(error)

        return Job(perform, answer, refuse, owner)

    def _signed_in(self, caller: Caller) -> Caller:
        """In a lane: who asks, as the engine will know them; what was asked for before the greeting waits for it."""
        if not caller.session and self._known.wait(START_WITHIN):
            caller = self.caller
        self.account.require()
        return caller

    def _tell(self, error: SojournError) -> None:
        """A request failed and nobody waits for it; that nobody is signed in is said by the page that asks who is."""
        if error.code != SIGN_IN_NEEDED:
            self.failed.emit(error)

    def _here(self, caller: Caller) -> bool:
        return (caller.actor, caller.sandbox) == (self.caller.actor, self.caller.sandbox)

    def adopt(self, session: SessionState) -> None:
        """Take over who is here, as the engine said it."""
        before, came = self.state, Caller(session.actor, session.sandbox, (), session.session)
        if session.asked:
            self.session, self.state = session, LOCKED
        else:
            if self.session is not None and not self._here(came):
                self.leaving.emit()
            self.caller, self.session, self.state = came, session, RUNNING
        self._known.set()
        self.session_changed.emit(session)
        if self.state != before:
            self.state_changed.emit(self.state)

    def _hear(self, state: str) -> None:
        """In the keeper's thread: pass the state on to the window's. Before an engine is used it is greeted."""
        self._dispatcher.send(self, self.account.refresh if state == RUNNING else lambda: self._set_state(state))

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
