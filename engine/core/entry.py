"""Entering: whether a person may, and what the runner must know to say so (runtime.md, Events in)."""

from __future__ import annotations

import msgspec

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
