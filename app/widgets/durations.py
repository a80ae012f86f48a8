"""A length of time as a number and a unit, as people say it: 6 hours, not PT6H."""

from __future__ import annotations

from datetime import timedelta

UNITS: tuple[tuple[str, timedelta], ...] = (
    ("seconds", timedelta(seconds=1)),
    ("minutes", timedelta(minutes=1)),
    ("hours", timedelta(hours=1)),
    ("days", timedelta(days=1)),
)


def split(length: timedelta) -> tuple[int, str]:
    """Return number and largest unit that divide ``length``: 90 minutes, 2 days. Fractions of a second are cut."""
    for unit, size in reversed(UNITS):
        if length >= size and length % size == timedelta(0):
            return length // size, unit
    return length // timedelta(seconds=1), "seconds"


def joined(number: int, unit: str) -> timedelta:
    """Return the length of ``number`` units; raises KeyError for a unit that is not in the table."""
    return number * dict(UNITS)[unit]
