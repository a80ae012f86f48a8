"""What the jobs of a batch will read, announced so that it is read together before the first of them runs."""

from __future__ import annotations

from engine.core.stimulus import EventArrived
from engine.ports import IncomingEvent
from engine.runtime.deployment import Deployment

KeySpace = tuple[int, str, str | None]
"""A journey, its sandbox and its namespace."""


class Prefetch:
    """Announced instances, keys by journey, and event ids by sandbox."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment
        self._keys_of: dict[tuple[str, type, str], list[set[str]]] = {}
        self.keys: dict[KeySpace, set[str]] = {}
        self.ids: dict[str, set[str]] = {}
        self.instances: set[int] = set()

    def add_event(self, event: IncomingEvent) -> None:
        """Announce an event's id, and its key in every journey that uses it."""
        self.add_id(event.sandbox, event.id)
        for arrival, key, _ in event.arrivals:
            name = arrival.name if isinstance(arrival, EventArrived) else arrival.segment
            what = (event.sandbox, type(arrival), name)
            keys_of = self._keys_of.get(what)
            if keys_of is None:
                found = self._deployment.sandboxes.get(event.sandbox)
                keys_of = self._keys_of[what] = [
                    self.keys.setdefault((journey.journey_id, event.sandbox, journey.newest.program.namespace), set())
                    for journey in (found.journeys_for(arrival) if found is not None else ())
                ]
            for keys in keys_of:
                keys.add(key)

    def add_id(self, sandbox: str, source_id: str) -> None:
        """Announce an event's id."""
        ids = self.ids.get(sandbox)
        if ids is None:
            ids = self.ids[sandbox] = set()
        ids.add(source_id)
