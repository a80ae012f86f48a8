"""The health of the engine, for commands and studios."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Literal, TypedDict

from engine.ports import Runner
from engine.services.access import ADMINISTER, PRODUCTION, AccessService, Service
from engine.services.service_method import ANY_PERMISSION, requires
from engine.services.views import Caller, HealthState
from engine.store.integrity import IntegrityCheck
from engine.store.results import Connection


class HealthService(Service):
    """Answers what ``look`` and ``check`` find; they need no writer."""

    def __init__(
        self,
        runner: Runner[Connection],
        access: AccessService,
        look: Callable[[], HealthState],
        check: Callable[[], tuple[IntegrityCheck, ...]],
        stop: Callable[[], object],
    ) -> None:
        super().__init__(runner, access)
        self._look, self._check, self._stop = look, check, stop

    @requires(ANY_PERMISSION)
    def state(self, caller: Caller) -> HealthState:
        """Return the state of each part of the engine."""
        return self._look()

    @requires(ADMINISTER)
    def check(self, caller: Caller) -> tuple[IntegrityCheck, ...]:
        """Check the database, which goes on being used: its pages, its rows and its commits."""
        return self._check()

    @requires(ADMINISTER)
    def stop(self, caller: Caller) -> None:
        """Let the engine end for everybody, as a signal does: an act on the workspace, not on the caller's sandbox."""
        everywhere = replace(caller, sandbox=PRODUCTION)
        self._access.require(everywhere, ADMINISTER)
        self._runner.write(lambda connection: self._access.record_workspace(connection, caller, "stop_engine", ""))
        self._stop()


class CheckJson(TypedDict):
    """One check of :class:`HealthJson`."""

    status: Literal["ok", "degraded"]
    value: int
    reason: str


class HealthJson(TypedDict):
    """The state of the engine: what waits to be processed, calls under way, overdue timers, and every check."""

    status: Literal["ok", "degraded"]
    reason: str
    waiting: int
    calls: int
    overdue: int
    checks: dict[str, CheckJson]


def as_json(state: HealthState) -> HealthJson:
    """Write a state as ``/healthz`` answers it."""
    return {
        "status": state.status,
        "reason": "" if state.reason is None else str(state.reason),
        "waiting": state.waiting,
        "calls": state.calls,
        "overdue": state.overdue,
        "checks": {
            check.name: {
                "status": "ok" if check.ok else "degraded",
                "value": check.value,
                "reason": "" if check.reason is None else str(check.reason),
            }
            for check in state.checks
        },
    }
