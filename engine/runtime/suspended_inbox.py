"""Keeps what comes for people in suspended versions, and for those versions, until they run again.

Results, reactions, callbacks, commands, arrivals and jumps are stored in their order, in the transaction that would
have handled them. ``held_stimuli`` has them handled when the version runs again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from engine.core.effect import Jump
from engine.core.instance import Instance
from engine.core.stimulus import Arrival, Stimulus
from engine.model.address import normal_identity
from engine.ports import OutboxMessage
from engine.runtime.deployment import Deployment, SuspendedJourney
from engine.runtime.staged_records import StagedRecords
from engine.runtime.store_protocol import KeyEntry
from engine.runtime.stored_stimuli import Held, HeldArrival, HeldJump, HeldStimulus
from engine.store import held_queries
from engine.store.results import Connection


class SuspendedInbox:
    """The ``SuspendedInbox`` of a unit of work; there is one only while a version is suspended."""

    def __init__(
        self,
        connection: Connection,
        deployment: Deployment,
        records: StagedRecords,
        entry: Callable[[int, str], KeyEntry | None],
        now: int,
    ) -> None:
        self._connection = connection
        self._deployment = deployment
        self._records = records
        self._entry = entry
        self._now = now

    def _version_of(self, row: int) -> tuple[int, bool] | None:
        """Return the version of an instance and whether it is in test, if that version is suspended."""
        found = held_queries.instance_version(self._connection, row)
        return found if found is not None and found[0] in self._deployment.suspended_ids else None

    def _hold(self, version_id: int, held: Held) -> None:
        instance = held.instance if isinstance(held, HeldStimulus) else None
        self._records.hold(version_id, instance, msgspec.msgpack.encode(held))

    def hold_stimulus(self, row: int, stimulus: Stimulus) -> bool:
        found = self._version_of(row)
        if found is not None:
            self._hold(found[0], HeldStimulus(row, stimulus))
        return found is not None

    def hold_timer(self, row: int) -> None:
        if self._version_of(row) is not None:
            held_queries.set_due(self._connection, row, self._now)

    def add_message(self, row: int, activity: str, message: OutboxMessage) -> None:
        found = self._version_of(row)
        if found is not None:
            sandbox = self._sandbox_of(found[0])
            self._records.keep_message(sandbox, self._now, found[0], row, found[1], activity, message)

    def _sandbox_of(self, version_id: int) -> str:
        sandboxes = self._deployment.sandboxes.items()
        return next(
            name for name, one in sandboxes for journey in one.suspended.values() if version_id in journey.versions
        )

    def hold_arrivals(self, sandbox: str, arrival: Arrival, keys: str | Mapping[str, str]) -> None:
        deployed = self._deployment.sandboxes[sandbox]
        delivered = {journey.journey_id for journey in deployed.journeys_for(arrival)}
        for journey in deployed.suspended.values():
            key = keys if isinstance(keys, str) else keys.get(journey.namespace or "")
            if journey.journey_id not in delivered and key:
                self._hold_arrival(journey, arrival, normal_identity(journey.namespace, key))

    def hold_arrival(self, sandbox: str, journey_id: int, arrival: Arrival, key: str) -> bool:
        journey = self._deployment.sandboxes[sandbox].suspended.get(journey_id)
        return journey is not None and self._hold_arrival(journey, arrival, key)

    def _hold_arrival(self, journey: SuspendedJourney, arrival: Arrival, key: str) -> bool:
        entry = self._entry(journey.journey_id, key)
        inside = self._version_of(entry.instance) if entry is not None and entry.instance is not None else None
        version = journey.versions[inside[0]] if inside is not None else journey.newest
        if version is None or not any(one.may_use(arrival) for one in (version, journey.newest) if one is not None):
            return False
        self._hold(version.id, HeldArrival(version.id, key, arrival))
        return True

    def hold_jump(self, sandbox: str, origin: Instance, effect: Jump) -> bool:
        suspended = self._deployment.sandboxes[sandbox].suspended.values()
        taking = next((one.newest for one in suspended if one.name == effect.journey), None)
        if taking is not None:
            self._hold(taking.id, HeldJump(taking.id, bytes(origin.dump()), effect))
        return taking is not None
