"""Who is signed in in this studio. The engine says so, and enforces it; here it is asked, and remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import SignalInstance

from app.bridge.workers import Failed
from engine.errors import SojournError
from engine.services.views import SIGN_IN_NEEDED, Caller, SessionState

if TYPE_CHECKING:
    from engine.facade import Engine

LOCKED = "locked"
"""The state of an engine that answers, and asks who is there."""


class Asking(Protocol):
    """What is needed of the bridge."""

    caller: Caller
    state: str
    failed: SignalInstance

    def inquire(
        self,
        work: Callable[[Engine, Caller], Any],
        then: Callable[[Any], None],
        failed: Failed,
        after_changes: bool = False,
    ) -> None: ...

    def adopt(self, session: SessionState) -> None: ...


class Account:
    """Signs in and out, and goes to other sandboxes; what comes of it is told by the bridge's ``session_changed``."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def require(self) -> None:
        """In any thread: nothing is asked while nobody is signed in."""
        if self._asking.state == LOCKED:
            raise SojournError(SIGN_IN_NEEDED)

    def refresh(self) -> None:
        """Ask who is here: the one who was, if the session still holds."""
        shown = self._asking.caller
        self._asking.inquire(
            lambda engine, caller: engine.sessions.current_session(caller),
            partial(self._take, shown),
            self._asking.failed.emit,
        )

    def refresh_if_current(self, shown: Caller) -> None:
        """A call was refused: the session is over, or another has taken its place since, or less is allowed now."""
        if shown == self._asking.caller and self._asking.state != LOCKED:
            self.refresh()

    def _take(self, shown: Caller, session: SessionState) -> None:
        if shown == self._asking.caller:
            self._asking.adopt(session)

    def sign_in(self, name: str, password: str, sandbox: str, failed: Failed) -> None:
        """Have somebody take over, in the sandbox where they were last, if they know the password."""
        before, who = self._asking.caller, Caller(name, sandbox)

        def work(engine: Engine, _: Caller) -> SessionState:
            session = engine.sessions.sign_in(who, password)
            engine.sessions.sign_out(before)
            return session

        self._asking.inquire(work, self._asking.adopt, failed, after_changes=True)

    def sign_out(self) -> None:
        """The session ends, once the changes under way are made."""
        before = self._asking.caller

        def work(engine: Engine, _: Caller) -> SessionState:
            engine.sessions.sign_out(before)
            return engine.sessions.current_session(replace(before, session=""))

        self._asking.inquire(work, self._asking.adopt, self._asking.failed.emit, after_changes=True)

    def switch_sandbox(self, sandbox: str) -> None:
        """Go to another sandbox."""
        there = replace(self._asking.caller, sandbox=sandbox)
        self._asking.inquire(
            lambda engine, _: engine.sessions.current_session(there), self._asking.adopt, self._asking.failed.emit
        )
