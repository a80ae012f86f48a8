"""What the pieces of a batch say they will read, so that it is read together before the first of them is done."""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.stimulus import EventArrived
from engine.ports import IncomingEvent
from engine.runtime.deployment import Deployment

Where = tuple[int, str, str | None]
"""A journey, its sandbox and its namespace."""


class Prefetch:
    """Announced people, keys by journey, and event ids by sandbox."""

    def __init__(self, deployment: Deployment) -> None:
        self._catalogue = deployment
        self._listening: dict[tuple[str, type, str], list[set[str]]] = {}
        self._keys: dict[Where, set[str]] = {}
        self._ids: dict[str, set[str]] = {}
        self.people: set[int] = set()

    @property
    def keys(self) -> Mapping[Where, set[str]]:
        """The keys whose entries and profiles are needed."""
        return self._keys

    @property
    def ids(self) -> Mapping[str, set[str]]:
        """The event ids that may be known already."""
        return self._ids

    def arrival(self, one: IncomingEvent) -> None:
        """An arrival's id, and its key in every journey that listens."""
        self.id(one.sandbox, one.id)
        for arrival, key, _ in one.arrivals:
            what = (one.sandbox, type(arrival), arrival.name if isinstance(arrival, EventArrived) else arrival.segment)
            listening = self._listening.get(what)
            if listening is None:
                found = self._catalogue.sandboxes.get(one.sandbox)
                listening = self._listening[what] = [
                    self._keys.setdefault((listener.journey_id, one.sandbox, listener.newest.program.namespace), set())
                    for listener in (found.listeners(arrival) if found is not None else ())
                ]
            for keys in listening:
                keys.add(key)

    def id(self, sandbox: str, source_id: str) -> None:
        """An event's id."""
        ids = self._ids.get(sandbox)
        if ids is None:
            ids = self._ids[sandbox] = set()
        ids.add(source_id)
