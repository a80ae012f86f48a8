"""Routing of one arrival for one journey and key (runtime.md, Events in, 3), the same for every runner.

A runner looks up the instance of the key in any version of the journey, and the version that takes entrances, then::

    match route(present, newest, arrival):
        case Route.ADVANCE: advance(*present, arrival, now)  # takes it, or holds it
        case Route.ENTER: enter(newest, record, arrival, now, seed)  # or a discard with its reason
        case Route.NOT_WAITING: ...  # a discard, ``not_waiting``
        case Route.UNUSED: ...  # nothing; the journey does not use it
"""

from __future__ import annotations

from enum import Enum

from engine.core.advance import accepts
from engine.core.handlers import WaitHandler
from engine.core.instance import Instance
from engine.core.program import Program
from engine.core.stimulus import Arrival, EventArrived


class Route(Enum):
    """The ways of handling an arrival."""

    ADVANCE = "advance"
    ENTER = "enter"
    NOT_WAITING = "not_waiting"
    UNUSED = "unused"


def route(present: tuple[Program, Instance] | None, newest: Program, arrival: Arrival) -> Route:
    """``present`` is the running instance of the key with its program, if there is one."""
    if present is not None:
        if not uses(newest, arrival) and not uses(present[0], arrival):
            return Route.UNUSED
        if accepts(*present, arrival):
            return Route.ADVANCE
    if can_enter(newest, arrival):
        return Route.ENTER
    return Route.NOT_WAITING if present is not None or uses(newest, arrival) else Route.UNUSED


def uses(program: Program, arrival: Arrival) -> bool:
    """Whether some activity of the journey waits for such an arrival."""
    if isinstance(arrival, EventArrived):
        return arrival.name in program.awaited_events
    return (arrival.segment, arrival.change) in program.awaited_segments


def can_enter(program: Program, arrival: Arrival) -> bool:
    """Whether the journey's entry waits for such an arrival."""
    handler = program.entry.handler
    return isinstance(handler, WaitHandler) and handler.matches(program.entry, arrival, _NOBODY)


_NOBODY = Instance(1, "", "", 0, "", None, "", "", 0, 0, 0, 0, "UTC")
