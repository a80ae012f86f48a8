"""What is suspended by itself, and what else needs a person to decide (runtime.md, Durability)."""

from __future__ import annotations

from engine.services.access import PUBLISH_JOURNEYS, READ_REPORTS, Service
from engine.services.service_method import requires
from engine.services.views import Caller, SuspendedRow


class OperationsService(Service):
    """See the module."""

    @requires(READ_REPORTS)
    def suspended(self, caller: Caller) -> tuple[SuspendedRow, ...]:
        """List the segments and journey versions of the sandbox that are suspended by themselves, with the reason."""
        found = (one for one in self._runner.suspensions if one.sandbox == caller.sandbox)
        return tuple(SuspendedRow(one.kind, one.name, one.reason) for one in found)

    @requires(PUBLISH_JOURNEYS)
    def resume(self, caller: Caller, kind: str, name: str) -> None:
        """Run a suspended part again; raises SojournError while it still cannot run."""
        self._runner.resume_suspended(caller.sandbox, kind, name)
        self._runner.write(lambda connection: self._access.record(connection, caller, f"resume_{kind}", name))
