"""Routing of one arrival for one journey and key, and whether the key may enter (runtime.md, Events in).

A runner looks up the instance of the key in any version of the journey, and the version that takes entrances, then::

    match route(present, newest, arrival):
        case Route.ADVANCE: advance(*present, arrival, now)  # takes it, or holds it
        case Route.ENTER: enter(newest, record, arrival, now, seed)  # or a discard with its reason
        case Route.NOT_WAITING: ...  # a discard, ``not_waiting``
        case Route.UNUSED: ...  # nothing; the journey does not use it
"""

from __future__ import annotations

from enum import Enum

import msgspec

from engine.core.handlers import WaitHandler
from engine.core.instance import RUNNING, Instance
from engine.core.program import Program, ProgramNode
from engine.core.stimulus import Arrival, EventArrived, ReactionArrived


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


def accepts(program: Program, instance: Instance, arrival: Arrival) -> bool:
    """Whether the instance has a use for the arrival now: it is waiting for it, or will hold it during a step."""
    if instance.status != RUNNING:
        return False
    return instance.step is not None or taker(program, instance, arrival) is not None


def taker(program: Program, instance: Instance, occurrence: Arrival | ReactionArrived) -> ProgramNode | None:
    """Return the topmost open activity that waits for this."""
    if instance.waiting is None:
        return None
    for member in instance.waiting.members:
        node = program.nodes[member]
        if isinstance(node.handler, WaitHandler) and node.handler.matches(node, occurrence, instance):
            return node
    return None


LIVE = "live"
TEST = "test"
CLOSED = "closed"
STOPPED = "stopped"

TEST_PROFILES = 100
"""The number of profiles that a test session admits."""


class EntryRecord(msgspec.Struct, array_like=True, gc=False):
    """The record of a key in a journey, over all its versions, when an arrival may let it in.

    ``state`` is that of the version that takes entrances: ``live``, ``test``, ``closed`` or ``stopped``.
    ``starts_at`` and ``ends_at`` are epoch milliseconds. ``present`` means that the key is in some version now.
    ``last_entrance`` is the time and ``entrances`` the number of its entrances so far.
    """

    instance: str
    """The id of the instance if there will be one: unique, and not derived from the key where that could be seen."""
    person: str
    """The random id of the person in step events."""
    key: str
    state: str = LIVE
    starts_at: int | None = None
    ends_at: int | None = None
    present: bool = False
    last_entrance: int | None = None
    entrances: int = 0
    test_profile: bool = False
    session_profiles: int = 0
    """In test: how many other profiles have entered in this session."""
    test_wait_ms: int = 10_000
    profile: str = ""
    time_zone: str | None = None
    """The profile's own time zone, if it has one."""


def entry_refusal(record: EntryRecord, reentrance: bool, reentrance_wait_ms: int, now: int) -> str | None:
    """Return the first reason that keeps the key out, None if it may enter.

    Start dates are inclusive, end dates exclusive; a re-entrance exactly when the wait is over is allowed.
    """
    if record.state in (CLOSED, STOPPED) or (record.ends_at is not None and now >= record.ends_at):
        return "closed"
    if record.starts_at is not None and now < record.starts_at:
        return "not_started"
    if record.state == TEST and not record.test_profile:
        return "not_a_test_profile"
    if record.present:
        return "already_in_journey"
    if record.last_entrance is not None:
        if not reentrance:
            return "reentrance_not_allowed"
        if now < record.last_entrance + reentrance_wait_ms:
            return "reentrance_wait"
    if record.state == TEST and record.session_profiles >= TEST_PROFILES:
        return "journey_full"
    return None
