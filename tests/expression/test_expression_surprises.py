"""Warnings about expressions that are right, but whose value surprises, and the text that is usually meant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.expression import Context, check
from engine.expression.surprises import find_surprises
from engine.expression.types import Scope


def meant(text: str) -> list[tuple[str, str, str]]:
    checked = check(text, Scope())
    assert not checked.errors
    return [(one.kind, one.written, one.meant) for one in find_surprises(checked.tree, checked.typed)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("4 / 5 * 100", [("division", "4 / 5", "toDecimal(4) / 5")]),
        ("100 * 4 / 5", [("division", "100 * 4 / 5", "toDecimal(100 * 4) / 5")]),
        ("round(19.99 * 100) / 100", [("division", "round(19.99 * 100) / 100", "toDecimal(round(19.99 * 100)) / 100")]),
        ("(1 + 2) / 2", [("division", "(1 + 2) / 2", "toDecimal(1 + 2) / 2")]),
        ("10 / 5", []),
        ("1 / 0", [("division", "1 / 0", "toDecimal(1) / 0")]),
        ("4.0 / 5", []),
        ("toDecimal(4) / 5 * 100", []),
        ("4 * 5 + 1 > 3 and true", []),
        ('toBool("TRUE")', [("truth", 'toBool("TRUE")', 'toBool("true")')]),
        ('toBool("true") or toBool(1)', []),
        ('toBool("no")', []),
        (
            'length("a") / length("b")',
            [("division", 'length("a") / length("b")', 'toDecimal(length("a")) / length("b")')],
        ),
    ],
)
def test_surprising_part_is_found_with_its_fix(text: str, found: list[tuple[str, str, str]]) -> None:
    assert meant(text) == found
    for _, _, better in found:
        checked = check(better, Scope())
        assert (checked.errors, list(find_surprises(checked.tree, checked.typed))) == ((), [])


def test_offered_fix_has_the_wanted_value() -> None:
    checked = check("toDecimal(4) / 5 * 100", Scope())
    assert checked.compile().evaluate(Context({}, datetime(2026, 3, 10, tzinfo=UTC))) == 80
