"""Whether an outcome is what a scenario expects (interfaces.md, Scenario files)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.expression.dates import read_date_time
from engine.expression.errors import UnplacedError
from engine.simulation.scenario import Expectation

_ABSENT: Any = None


@dataclass(frozen=True, slots=True)
class UnmetExpectation:
    """An expectation that does not hold, in one sentence."""

    that: str
    expected: Any
    found: Any

    def __str__(self) -> str:
        return f"{self.that} is {_short(self.found)}, not {_short(self.expected)}"


def check_expectations(expectations: Sequence[Expectation], outcome: Mapping[str, Any]) -> tuple[UnmetExpectation, ...]:
    """List the expectations that the outcome does not meet, in their order."""
    found = ((one, resolve_path(outcome, one.that)) for one in expectations)
    return tuple(
        UnmetExpectation(one.that, one.expected, value)
        for one, value in found
        if not matches_expected(value, one.expected)
    )


def resolve_path(outcome: Any, path: str) -> Any:
    """Return the value at a dotted path; ``*`` makes a list of every item's value. A path that leads nowhere is null.

    Names may contain dots or colons: the longest key that fits is taken.
    """
    return _follow(outcome, path.split(".")) if path else outcome


def _follow(here: Any, parts: list[str]) -> Any:
    if not parts:
        return here
    if parts[0] == "*":
        items = list(here.values()) if isinstance(here, Mapping) else here if isinstance(here, list) else []
        return [_follow(item, parts[1:]) for item in items]
    if isinstance(here, list):
        index = parts[0]
        inside = index.lstrip("-").isdecimal() and -len(here) <= int(index) < len(here)
        return _follow(here[int(index)], parts[1:]) if inside else _ABSENT
    if not isinstance(here, Mapping):
        return _ABSENT
    for length in range(len(parts), 0, -1):
        key = ".".join(parts[:length])
        if key in here:
            return _follow(here[key], parts[length:])
    return len(here) if parts == ["length"] else _ABSENT


def matches_expected(value: Any, expected: Any) -> bool:
    """Whether a value is as expected: equal, within ``between``, or an object with the named keys equal."""
    if isinstance(expected, Mapping):
        bounds = expected.get("between") if len(expected) == 1 else None
        if isinstance(bounds, list) and len(bounds) == 2:
            return _within(value, *bounds)
        if not isinstance(value, Mapping):
            return False
        return all(name in value and matches_expected(value[name], wanted) for name, wanted in expected.items())
    if isinstance(expected, list):
        same = isinstance(value, list) and len(value) == len(expected)
        return same and all(map(matches_expected, value, expected))
    if isinstance(expected, bool) or isinstance(value, bool):
        return value is expected
    return bool(value == expected)


def _within(value: Any, low: Any, high: Any) -> bool:
    """Numbers between numbers, times between times; anything else never is."""
    if all(isinstance(one, str) for one in (value, low, high)):
        times = [time for one in (low, value, high) if (time := _instant(one)) is not None]
        return len(times) == 3 and times == sorted(times)
    return all(isinstance(one, int | float) and not isinstance(one, bool) for one in (value, low, high)) and (
        low <= value <= high
    )


def _instant(text: str) -> datetime | None:
    try:
        return read_date_time(text)
    except UnplacedError:
        return None


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:197] + "..."
