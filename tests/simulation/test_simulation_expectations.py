"""What an expectation means: values, ranges of numbers and of times, objects in part, lists item by item."""

from __future__ import annotations

from typing import Any

import pytest

from engine.simulation.outcome import matches_expected, resolve_path

EIGHT, NINE = "2026-03-10T08:00:00Z", "2026-03-10T09:00:00Z"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2, {"between": [1, 2]}),
        (1.5, {"between": [1, 2]}),
        ("2026-03-10T08:00:00.100Z", {"between": [EIGHT, NINE]}),
        ("2026-03-10T09:30:00+01:00", {"between": [EIGHT, NINE]}),
        (EIGHT, {"between": [EIGHT, EIGHT]}),
        ({"a": 1, "b": 2}, {"a": {"between": [0, 1]}}),
        ([{"a": 1, "b": 2}, 3], [{"a": 1}, {"between": [3, 3]}]),
        (None, None),
        (1, 1.0),
    ],
)
def test_met_expectations(value: Any, expected: Any) -> None:
    assert matches_expected(value, expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, {"between": [1, 2]}),
        (True, {"between": [0, 1]}),
        (None, {"between": [0, 1]}),
        ("1", {"between": [0, 1]}),
        (1, {"between": [EIGHT, NINE]}),
        ("2026-03-10T07:59:59.999Z", {"between": [EIGHT, NINE]}),
        ("soon", {"between": ["a", "z"]}),
        ({"b": 2}, {"a": None}),
        ([1], {"a": 1}),
        ([1, 2], [1]),
        (1, True),
    ],
)
def test_unmet_expectations(value: Any, expected: Any) -> None:
    assert not matches_expected(value, expected)


def test_paths() -> None:
    outcome = {"a.b": {"c": [{"d": 1}, {"d": 2}]}, "n": {"x": 1, "y": 2}}
    assert resolve_path(outcome, "a.b.c.*.d") == [1, 2]
    assert resolve_path(outcome, "a.b.c.-1.d") == 2
    assert resolve_path(outcome, "a.b.c.5.d") is None
    assert resolve_path(outcome, "n.*") == [1, 2]
    assert resolve_path(outcome, "n.length") == 2
    assert resolve_path(outcome, "") == outcome
