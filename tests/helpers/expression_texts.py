"""Texts and worlds for trying the expression language: the cases' context, random texts, and mutations of good ones."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from engine.expression.case_files import context_of, scope_of
from engine.expression.context import Context
from engine.expression.functions import FUNCTIONS
from engine.expression.types import Scope

CASES = Path(__file__).parents[1] / "expression" / "cases"

SIGNS = " \n()[]{}.,:<+-*/%'\"\\;=é😀\x00\ud800"
WORDS = """
-- and or not is has if then else null true AND && == != >= numeric 1 2.5 9223372036854775808 \\u d83d
@{ #{ Beacon tokens city rssi scores absent identityMap orders lines Hotel Stay nights id JourneyProperties
all( first( at( entry( keys() currentEventField currentDataPackField defaultValue: params:
@{Beacon.city} @{Beacon.rssi} @{Beacon.tokens.token} #{Weather.Current.main.temperature} now()
"PT1H" "days" "Europe/Paris" "token" '('
"""
PIECES: tuple[str, ...] = (*SIGNS, *WORDS.split(), *(f"{name}(" for name in FUNCTIONS))


def context_line(name: str = "expressions") -> dict[str, object]:
    """The context of a case file."""
    with (CASES / f"{name}.jsonl").open(encoding="utf-8") as lines:
        found: dict[str, object] = json.loads(lines.readline())["context"]
    return found


@lru_cache(maxsize=1)
def beacon_scope() -> Scope:
    """The names of the worked cases."""
    return scope_of(context_line())


def beacon_context() -> Context:
    """The data of the worked cases, anew."""
    return context_of(context_line())


@lru_cache(maxsize=1)
def good_texts() -> tuple[str, ...]:
    """The texts of all case files that are not very long."""
    rows = [
        json.loads(line)
        for name in ("expressions", "further")
        for line in (CASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()[1:]
    ]
    return tuple(row["expr"] for row in rows if len(row["expr"]) < 120)


def strange_texts(seed: int, count: int) -> Iterator[str]:
    """Random texts, and good ones with pieces put in, taken out or doubled; a seed gives the same texts always."""
    draw = random.Random(seed)
    known = good_texts()
    for _ in range(count):
        kind = draw.random()
        if kind < 0.2:
            yield "".join(draw.choices(PIECES, k=draw.randrange(12)))
        else:
            yield _mutated(draw.choice(known), draw, known)


def _mutated(text: str, draw: random.Random, known: tuple[str, ...]) -> str:
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        start = draw.randrange(len(text) + 1)
        end = min(len(text), start + draw.randrange(6))
        put = draw.choice((draw.choice(PIECES), "", text[start:end] * 2, draw.choice(known)))
        text = text[:start] + put + text[end:]
    return text
