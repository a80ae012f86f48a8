"""Between Qt and the engine: the one object of the studio that calls it. Nothing here blocks the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from PySide6.QtCore import QObject, Signal

from app.bridge.house_requests import (
    AccessRequests,
    BackupRequests,
    ConnectionRequests,
    GuardrailRequests,
    WorkspaceRequests,
)
from app.bridge.keeper import RUNNING, Keeper
from app.bridge.lanes import Courier, Failed, Job, Lane
from app.bridge.profile_import import ProfileImport
from app.bridge.requests import (
    DefinitionRequests,
    JourneyRequests,
    ProfileRequests,
    ReportRequests,
    TestRequests,
    Then,
)
from engine.errors import SojournError
from engine.services.views import Caller

if TYPE_CHECKING:
    from engine.engine import Engine

Answer = TypeVar("Answer")

AWAY = ("engine_away", "owner_away")
"""Codes that say that the engine could not be reached, not that it refused."""

Wish = Literal["keep", "stop"]
"""What becomes of the engine while journeys run in it, when the window closes."""

CLOSE_WITHIN = 5.0
"""Seconds that changes under way are given when the window closes."""


class Bridge(QObject):
    """Requests to the engine by group, and how the engine is. Answers come on the window's thread, in order."""

    state_changed = Signal(str)
    """The engine's state: one of the words of ``app.bridge.keeper``."""
    failed = Signal(object)
    """A request failed and whoever made it did not ask to be told: a SojournError."""

    def __init__(self, make_keeper: Callable[[Callable[[str], Any]], Keeper[Engine]], caller: Caller) -> None:
        super().__init__()
        self.caller = caller
        self.state = ""
        self._courier = Courier(self)
        self._reading = Lane("read", self._courier)
        self._writing = Lane("write", self._courier)
        self._trying = Lane("try", self._courier)
        self._keeper = make_keeper(self._hear)
        self.journeys = JourneyRequests(self)
        self.testing = TestRequests(self)
        self.definitions = DefinitionRequests(self)
        self.profiles = ProfileRequests(self)
        self.profile_import = ProfileImport(self, self)
        self.reports = ReportRequests(self)
        self.workspace = WorkspaceRequests(self)
        self.connections = ConnectionRequests(self)
        self.guardrails = GuardrailRequests(self)
        self.access = AccessRequests(self)
        self.backups = BackupRequests(self)

    @property
    def running(self) -> bool:
        """Whether the engine answers."""
        return self.state == RUNNING

    def begin(self) -> None:
        """Reach for the engine; ``state_changed`` says how it goes."""
        self._keeper.begin()

    def close(self, wish: Wish, stop_owner: Callable[[], None]) -> bool:
        """Make the changes that are under way, then let go of the engine; whether it goes on.

        With the wish to ``keep`` it goes on while journeys run. With the wish to ``stop`` it ends if it was started
        here; another's is told by ``stop_owner``, if journeys run in it. It may take long, so it is never called in
        the window's thread.
        """
        if self.running:
            self._writing.close(CLOSE_WITHIN)
        own = self._keeper.started
        rests = own if wish == "stop" else not self._may_run()
        if wish == "stop" and not own and self._may_run():
            stop_owner()
        self._keeper.close(end=rests)
        return not rests and wish == "keep"

    def _may_run(self) -> bool:
        """Whether journeys run in the engine, as far as it can be known."""
        try:
            return self._keeper.engine().journeys.running(self.caller) > 0
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

    def _job(
        self,
        work: Callable[[Engine, Caller], Answer],
        then: Then[Answer],
        failed: Failed | None,
        owner: QObject | None,
        tries: int,
    ) -> Job:
        caller = self.caller

        def perform() -> Answer:
            for left in reversed(range(tries)):
                engine = self._keeper.engine()
                try:
                    return work(engine, caller)
                except SojournError as error:
                    if error.code not in AWAY:
                        raise
                    self._keeper.lost(engine)
                    if not left:
                        raise
            raise SojournError("engine_away", "the engine does not answer; it is being started again")

        return Job(perform, then, failed or self.failed.emit, owner)

    def _hear(self, state: str) -> None:
        """In the keeper's thread: pass the state on to the window's."""
        self._courier.send(self, lambda: self._set_state(state))

    def _set_state(self, state: str) -> None:
        self.state = state
        self.state_changed.emit(state)
