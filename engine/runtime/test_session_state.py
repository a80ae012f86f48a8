"""Test sessions within one transaction: who takes part, and what time it is for them (runtime.md, Test mode)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.core.instance import RUNNING
from engine.store import runtime_queries, testmode_queries
from engine.store.testmode_queries import VirtualClock

if TYPE_CHECKING:
    from engine.runtime.deployment import DeployedVersion
    from engine.runtime.loaded import LoadedInstance
    from engine.runtime.unit_of_work import UnitOfWork

_MANY = 1_000
"""More than can be on the way in a session."""


class TestSessionState:
    """The part of a working set that knows of test mode; nothing is read where nobody tests."""

    __test__ = False

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._clocks: dict[int, VirtualClock] = {}
        self._keys: dict[int, set[str]] = {}

    def time_of(self, version: DeployedVersion) -> int:
        """Now, as the people of a version have it."""
        clock = version.clock
        return self._work.now if clock is None else self._clocks.get(version.id, clock).now

    def clock_of(self, version: DeployedVersion) -> VirtualClock | None:
        """A version's virtual clock, if it has one."""
        return self._clocks.get(version.id, version.clock)

    def move(self, version: DeployedVersion, clock: VirtualClock) -> None:
        """Move a version's virtual clock."""
        self._clocks[version.id] = clock

    def on_the_way(self, version: DeployedVersion) -> list[LoadedInstance]:
        """Everyone who is on the way through a version, in the order of their entrances."""
        self._work.expect(runtime_queries.running_instances(self._work.connection, version.id, _MANY))
        people = [one for one in self._work.people.values() if one.version.id == version.id]
        return sorted((one for one in people if one.instance.status == RUNNING), key=lambda person: person.row)

    def keys(self, version: DeployedVersion) -> set[str]:
        """The keys that entered in a version's session; asking means that an event came for it."""
        if version.id not in self._keys:
            self._keys[version.id] = testmode_queries.entered_keys(self._work.connection, version.id)
        return self._keys[version.id]

    def others(self, version: DeployedVersion, key: str) -> int:
        """How many other profiles have entered in a version's session."""
        return len(self.keys(version) - {key})

    def flush(self) -> None:
        """Write what happened to sessions."""
        for version_id, keys in self._keys.items():
            testmode_queries.record_test_event(self._work.connection, version_id, len(keys), self._work.now)
        for version_id, clock in self._clocks.items():
            testmode_queries.put_clock(self._work.connection, version_id, clock)

    def settled(self) -> None:
        """After the commit: clocks stand where the database has them."""
        for version_id, clock in self._clocks.items():
            self._work.deployment.versions[version_id].clock = clock
