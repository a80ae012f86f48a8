"""The user who is signed in in this studio. The engine decides and enforces it; here it is asked and remembered."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Protocol

from PySide6.QtCore import SignalInstance

from app.bridge.requests import Then, Work, calls
from app.bridge.workers import Failed
from engine.errors import SojournError
from engine.facade import Engine
from engine.services.views import SIGN_IN_NEEDED, Caller, SessionState

LOCKED = "locked"
"""The state of an engine that answers, and waits for somebody to sign in."""


class SessionHolder(Protocol):
    """What the account needs of the bridge."""

    caller: Caller
    state: str
    failed: SignalInstance

    def request_session(
        self, work: Work[SessionState], then: Then[SessionState], failed: Failed, after_writes: bool = False
    ) -> None:
        """Send work that needs nobody signed in."""
        ...

    def set_session(self, session: SessionState) -> None:
        """Take over who is signed in."""
        ...


class Account:
    """Signs in and out and switches sandboxes; the bridge's ``session_changed`` reports the outcome."""

    def __init__(self, holder: SessionHolder) -> None:
        self._holder = holder

    def require(self) -> None:
        """Raise SojournError, in any thread, while nobody is signed in."""
        if self._holder.state == LOCKED:
            raise SojournError(SIGN_IN_NEEDED)

    def refresh(self) -> None:
        """Read who is signed in: the user before, if the session is still valid."""
        shown = self._holder.caller
        self._holder.request_session(
            calls.sessions.current_session(), partial(self._take, shown), self._holder.failed.emit
        )

    def refresh_if_current(self, shown: Caller) -> None:
        """Read who is signed in after a refused call, unless another session has taken its place since."""
        if shown == self._holder.caller and self._holder.state != LOCKED:
            self.refresh()

    def _take(self, shown: Caller, session: SessionState) -> None:
        if shown == self._holder.caller:
            self._holder.set_session(session)

    def sign_in(self, name: str, password: str, sandbox: str, failed: Failed) -> None:
        """Sign in another user, in the sandbox where they were last, if the password is right."""
        before, new = self._holder.caller, Caller(name, sandbox)

        def work(engine: Engine, _: Caller) -> SessionState:
            session = engine.sessions.sign_in(new, password)
            engine.sessions.sign_out(before)
            return session

        self._holder.request_session(work, self._holder.set_session, failed, after_writes=True)

    def sign_out(self) -> None:
        """End the session, once the changes under way are made."""
        before = self._holder.caller

        def work(engine: Engine, _: Caller) -> SessionState:
            engine.sessions.sign_out(before)
            return engine.sessions.current_session(replace(before, session=""))

        self._holder.request_session(work, self._holder.set_session, self._holder.failed.emit, after_writes=True)

    def switch_sandbox(self, sandbox: str) -> None:
        """Go to another sandbox."""
        there = replace(self._holder.caller, sandbox=sandbox)
        self._holder.request_session(
            lambda engine, _: engine.sessions.current_session(there),
            self._holder.set_session,
            self._holder.failed.emit,
        )
