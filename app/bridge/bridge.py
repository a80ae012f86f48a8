"""Between Qt and the engine: the one object of the studio that calls it. Nothing here blocks the window."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Literal, TypeVar

from PySide6.QtCore import QObject, Signal

from app.bridge.profile_import import ProfileImport
from app.bridge.requests import Failed, Job, MainThreadDispatcher, SerialWorker, Then, Work, calls, owner_of
from app.bridge.supervisor import RUNNING, START_WITHIN, EngineSupervisor
from engine.errors import SojournError
from engine.facade import Engine
from engine.services.views import SIGN_IN_NEEDED, Caller, SessionState

LOCKED = "locked"
"""The state of an engine that answers, and waits for somebody to sign in."""


class Account:
    """Signs in and out and switches sandboxes; the bridge's ``session_changed`` reports the outcome."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge

    def require(self) -> None:
        """Raise SojournError, in any thread, while nobody is signed in."""
        if self._bridge.state == LOCKED:
            raise SojournError(SIGN_IN_NEEDED)

    def refresh(self) -> None:
        """Read who is signed in: the user before, if the session is still valid."""
        shown = self._bridge.caller
        self._bridge.request_session(
            calls.sessions.current_session(), partial(self._take, shown), self._bridge.failed.emit
        )

    def refresh_if_current(self, shown: Caller) -> None:
        """Read who is signed in after a refused call, unless another session has taken its place since."""
        if shown == self._bridge.caller and self._bridge.state != LOCKED:
            self.refresh()

    def _take(self, shown: Caller, session: SessionState) -> None:
        if shown == self._bridge.caller:
            self._bridge.set_session(session)

    def sign_in(self, name: str, password: str, sandbox: str, failed: Failed) -> None:
        """Sign in another user, in the sandbox where they were last, if the password is right."""
        before, new = self._bridge.caller, Caller(name, sandbox)

        def work(engine: Engine, _: Caller) -> SessionState:
            session = engine.sessions.sign_in(new, password)
            engine.sessions.sign_out(before)
            return session

        self._bridge.request_session(work, self._bridge.set_session, failed, after_writes=True)

    def sign_out(self) -> None:
        """End the session, once the changes under way are made."""
        before = self._bridge.caller

        def work(engine: Engine, _: Caller) -> SessionState:
            engine.sessions.sign_out(before)
            return engine.sessions.current_session(replace(before, session=""))

        self._bridge.request_session(work, self._bridge.set_session, self._bridge.failed.emit, after_writes=True)

    def switch_sandbox(self, sandbox: str) -> None:
        """Go to another sandbox."""
        there = replace(self._bridge.caller, sandbox=sandbox)
        self._bridge.request_session(
            lambda engine, _: engine.sessions.current_session(there),
            self._bridge.set_session,
            self._bridge.failed.emit,
        )


Answer = TypeVar("Answer")

UNREACHABLE = ("engine_away", "owner_away")
"""Codes of errors because the engine could not be reached, not because it refused."""

NOT_PERMITTED = "not_permitted"
"""The code of a refusal: the user's permissions have changed, perhaps."""

CloseMode = Literal["keep", "stop"]
"""What becomes of the engine while journeys run in it, when the window closes."""

CLOSE_WITHIN = 5.0
"""Seconds that changes under way are given when the window closes."""


class Bridge(QObject):
    """Sends requests to the engine and knows its state. Answers come on the window's thread, in order.

    Requests wait until somebody is signed in. An answer is dropped when its owner no longer lives, or when the user
    or the sandbox has changed since the request.
    """

    state_changed = Signal(str)
    """The engine's state: a constant of ``app.bridge.supervisor``, or ``locked`` while it waits for a sign-in."""
    leaving = Signal()
    """Another user or another sandbox follows: open documents must be put away."""
    session_changed = Signal(object)
    """The engine has answered who is signed in and what they may do: a SessionState."""
    failed = Signal(object)
    """A request without a ``failed`` callback has failed: a SojournError."""

    def __init__(self, make_supervisor: Callable[[Callable[[str], object]], EngineSupervisor[Engine]], caller: Caller):
        super().__init__()
        self.caller = caller
        self.session: SessionState | None = None
        self.state = ""
        self._dispatcher = MainThreadDispatcher(self)
        self._readers = SerialWorker("read", self._dispatcher)
        self._writers = SerialWorker("write", self._dispatcher)
        self._attempts = SerialWorker("attempt", self._dispatcher)
        self._sessions = SerialWorker("session", self._dispatcher)
        self._session_known = threading.Event()
        self._supervisor = make_supervisor(self._on_engine_state)
        self.profile_import = ProfileImport(self, self)
        self.account = Account(self)
        self.leaving.connect(self.profile_import.leave)

    @property
    def running(self) -> bool:
        """Whether the engine answers, and somebody is signed in."""
        return self.state == RUNNING

    def may(self, permission: str) -> bool:
        """Whether the user has this permission in the sandbox; True until the engine has answered it."""
        return self.session is None or permission in self.session.permissions

    def begin(self) -> None:
        """Start to look for the engine; ``state_changed`` reports how it goes."""
        self._supervisor.begin()

    @property
    def may_stop(self) -> bool:
        """Whether this studio ends its engine, and its user may stop it while journeys run."""
        return self._supervisor.owns_engine and (self.session is None or self.session.may_stop)

    def close(self, mode: CloseMode) -> bool:
        """Finish the changes under way, then let go of the engine; return whether it goes on.

        An engine that this studio owns ends if no journeys run, or with ``stop`` if the user may stop it; any other
        engine goes on. It may take long, so it is never called in the window's thread.
        """
        if self.running:
            self._writers.close(CLOSE_WITHIN)
        asks = mode == "keep" or not self.may_stop  # an engine that is about to start may be this studio's too
        idle = asks and not self._may_run()
        stops = mode == "stop" and not idle and self.may_stop and self._stop()
        ends = stops or (idle and self._supervisor.owns_engine)
        with suppress(SojournError):
            self._supervisor.engine(timeout=0).sessions.sign_out(self.caller)
        self._supervisor.close(end=ends)
        return not ends

    def _stop(self) -> bool:
        """Ask the engine to end; return False if it refuses. One that this studio is starting is not asked."""
        try:
            engine = self._supervisor.engine(timeout=0 if self._supervisor.started else START_WITHIN)
            session = self.session or engine.sessions.current_session(self.caller)
            if session.may_stop:
                engine.health.stop(Caller(session.actor, session.sandbox, (), session.session))
        except SojournError as error:
            return error.code in UNREACHABLE
        return session.may_stop

    def _may_run(self) -> bool:
        """Whether journeys run in the engine, as far as it can be known."""
        try:
            return not self._supervisor.engine().sessions.is_idle(self.caller)
        except SojournError:
            return True

    def read(
        self, work: Work[Answer], then: Then[Answer], failed: Failed | None = None, owner: QObject | None = None
    ) -> None:
        """Send work that reads; it is repeated if the engine was lost meanwhile."""
        self._readers.put(self._job(work, then, failed, owner or owner_of(then), tries=2))

    def write(
        self, work: Work[Answer], then: Then[Answer], failed: Failed | None = None, owner: QObject | None = None
    ) -> None:
        """Send work that changes something, after the changes sent before."""
        self._writers.put(self._job(work, then, failed, owner or owner_of(then), tries=2))

    def attempt(
        self, work: Work[Answer], then: Then[Answer], failed: Failed | None = None, owner: QObject | None = None
    ) -> None:
        """Send work that may take long, once, beside everything else."""
        self._attempts.put(self._job(work, then, failed, owner or owner_of(then), tries=1))

    def request_session(
        self, work: Work[SessionState], then: Then[SessionState], failed: Failed, after_writes: bool = False
    ) -> None:
        """Send work that needs nobody signed in; perhaps ``after_writes`` that are under way."""
        job = self._job(work, then, failed, None, tries=2, signed_in=False)
        (self._writers if after_writes else self._sessions).put(job)

    def _job(
        self,
        work: Work[Answer],
        then: Then[Answer],
        failed: Failed | None,
        owner: QObject | None,
        tries: int,
        signed_in: bool = True,
    ) -> Job[Answer]:
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
            if not signed_in or self._is_current(caller):
                then(answered)

        def refuse(error: SojournError) -> None:
            if error.code == NOT_PERMITTED:
                self.account.refresh_if_current(caller)
            (failed or self._report)(error)

        return Job(perform, answer, refuse, owner)

    def _signed_in(self, caller: Caller) -> Caller:
        """In a worker: the caller with its session; requests from before the first session wait for it."""
        if not caller.session and self._session_known.wait(START_WITHIN):
            caller = self.caller
        self.account.require()
        return caller

    def _report(self, error: SojournError) -> None:
        """Report a failure without a callback; the sign-in page shows already that nobody is signed in."""
        if error.code != SIGN_IN_NEEDED:
            self.failed.emit(error)

    def _is_current(self, caller: Caller) -> bool:
        return (caller.actor, caller.sandbox) == (self.caller.actor, self.caller.sandbox)

    def set_session(self, session: SessionState) -> None:
        """Take over who is signed in, as the engine answered it."""
        before, came = self.state, Caller(session.actor, session.sandbox, (), session.session)
        if session.asked:
            self.session, self.state = session, LOCKED
        else:
            if self.session is not None and not self._is_current(came):
                self.leaving.emit()
            self.caller, self.session, self.state = came, session, RUNNING
        self._session_known.set()
        self.session_changed.emit(session)
        if self.state != before:
            self.state_changed.emit(self.state)

    def _on_engine_state(self, state: str) -> None:
        """Pass the state on to the window's thread; a new engine is asked for the session first."""
        self._dispatcher.send(self, self.account.refresh if state == RUNNING else lambda: self._set_state(state))

    def _set_state(self, state: str) -> None:
        if state != self.state:
            self.state = state
            self.state_changed.emit(state)
