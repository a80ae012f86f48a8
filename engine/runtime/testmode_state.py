"""Test sessions within one transaction: their participants and their time (runtime.md, Test mode)."""

from __future__ import annotations

from engine.core.virtual_clock import VirtualClock
from engine.runtime.deployment import DeployedVersion, Deployment
from engine.store import testmode_queries
from engine.store.results import Connection


class TestModeState:
    """The part of a unit of work that knows test mode; nothing is read where nobody tests."""

    def __init__(self, connection: Connection, deployment: Deployment, now: int) -> None:
        self._connection = connection
        self._deployment = deployment
        self.now = now
        self._clocks: dict[int, VirtualClock] = {}
        self._keys: dict[int, set[str]] = {}

    def time_of(self, version: DeployedVersion) -> int:
        """Return now by the clock of a version's instances."""
        clock = version.clock
        return self.now if clock is None else self._clocks.get(version.id, clock).now

    def clock_of(self, version: DeployedVersion) -> VirtualClock | None:
        """Return a version's virtual clock, if it has one."""
        return self._clocks.get(version.id, version.clock)

    def move(self, version: DeployedVersion, clock: VirtualClock) -> None:
        """Move a version's virtual clock."""
        self._clocks[version.id] = clock

    def keys(self, version: DeployedVersion) -> set[str]:
        """Return the keys that entered in a version's session, and note that an event came for it."""
        if version.id not in self._keys:
            self._keys[version.id] = testmode_queries.entered_keys(self._connection, version.id)
        return self._keys[version.id]

    def flush(self) -> None:
        """Write the participants and the clocks."""
        for version_id, keys in self._keys.items():
            testmode_queries.record_test_event(self._connection, version_id, len(keys), self.now)
        for version_id, clock in self._clocks.items():
            testmode_queries.put_clock(self._connection, version_id, clock)

    def commit(self) -> None:
        """Set the deployed clocks after the transaction."""
        for version_id, clock in self._clocks.items():
            self._deployment.versions[version_id].clock = clock
