"""Events as what happened to a person: they become experience events of profiles, where a setting says so.

They are written before the event is routed, so that a rule or an expression which the event leads to sees it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from engine.core.stimulus import EventArrived
from engine.ports import IncomingEvent
from engine.store import profile_queries

if TYPE_CHECKING:
    from engine.runtime.unit_of_work import UnitOfWork


def experience(work: UnitOfWork, one: IncomingEvent) -> None:
    """Note an event for each person it is about; the event's own ``timestamp`` counts, else when it was accepted."""
    for arrival, key, namespace in one.arrivals:
        if namespace is None or not isinstance(arrival, EventArrived):
            continue
        accepted = datetime.fromtimestamp(one.at / 1000, UTC).isoformat(timespec="milliseconds")
        event = {"timestamp": accepted, "eventType": arrival.name, **arrival.payload}
        profile_queries.add_experience_event(work.connection, one.sandbox, namespace, key, event, work.now)
        work.experienced(one.sandbox, namespace, key)
