"""Who is signed in in this studio. The engine says so, and enforces it; here it is asked, and remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import SignalInstance

from app.bridge.lanes import Failed
from engine.errors import SojournError
from engine.services.views import SIGN_IN_NEEDED, Caller, Greeting

if TYPE_CHECKING:
    from engine.engine import Engine

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

    def adopt(self, greeting: Greeting) -> None: ...


class Signing:
    """Signs in and out, and goes to other sandboxes; what comes of it is told by the bridge's ``greeted``."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    def require(self) -> None:
        """In any thread: nothing is asked while nobody is signed in."""
        if self._asking.state == LOCKED:
            raise SojournError(SIGN_IN_NEEDED, "nobody is signed in in this studio any more; sign in again")

    def greet(self) -> None:
        """Ask who is here: the one who was, if the session still holds."""
        shown = self._asking.caller
        self._asking.inquire(
            lambda engine, caller: engine.sessions.greet(caller), partial(self._take, shown), self._asking.failed.emit
        )

    def look_again(self, shown: Caller) -> None:
        """A call was refused: the session is over, or another has taken its place since, or less is allowed now."""
        if shown == self._asking.caller and self._asking.state != LOCKED:
            self.greet()

    def _take(self, shown: Caller, greeting: Greeting) -> None:
        if shown == self._asking.caller:
            self._asking.adopt(greeting)

    def sign_in(self, name: str, password: str, sandbox: str, failed: Failed) -> None:
        """Have somebody take over, in the sandbox where they were last, if they know the password."""
        before, who = self._asking.caller, Caller(name, sandbox)

        def work(engine: Engine, _: Caller) -> Greeting:
            greeting = engine.sessions.sign_in(who, password)
            engine.sessions.sign_out(before)
            return greeting

        self._asking.inquire(work, self._asking.adopt, failed, after_changes=True)

    def sign_out(self) -> None:
        """The session ends, once the changes under way are made."""
        before = self._asking.caller

        def work(engine: Engine, _: Caller) -> Greeting:
            engine.sessions.sign_out(before)
            return engine.sessions.greet(replace(before, session=""))

        self._asking.inquire(work, self._asking.adopt, self._asking.failed.emit, after_changes=True)

    def enter(self, sandbox: str) -> None:
        """Go to another sandbox."""
        there = replace(self._asking.caller, sandbox=sandbox)
        self._asking.inquire(
            lambda engine, _: engine.sessions.greet(there), self._asking.adopt, self._asking.failed.emit
        )
