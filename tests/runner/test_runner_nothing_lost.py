"""Nothing that is to happen is lost: what timers cause, what follows a fault, and the time after a restart."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.core import advance
from engine.runner import walk
from engine.store import segment_rows
from tests.helpers.embedded import CALLER, HOUR, Place, running, until
from tests.helpers.journey_kit import activity, entry, journey, profile

SILVER = {"segments": [{"name": "silver", "expression": "#{ExperiencePlatform.Profile.points} >= 100"}]}
QUALIFY = journey(
    [activity("q", "segment_qualification", segment="silver", behaviour="enter"),
     activity("w", "wait.duration", duration="PT1H")],
    ["q>w"],
    definitions=SILVER,
)  # fmt: skip
RAISED = journey(
    [entry(), activity("later", "wait.duration", duration="PT1H"),
     activity("raise", "update_profile", field="Profile.points", value="500")],
    ["in>later", "later>raise"],
    name="Raised",
    definitions=SILVER,
)  # fmt: skip


@pytest.fixture
def place(workspace: Path) -> Iterator[Place]:
    with running(workspace) as made:
        yield made


def know(place: Place, *keys: str, points: int = 1) -> None:
    lines = "\n".join(json.dumps(profile(key, points=points)) for key in keys)
    place.engine.profiles.import_text(CALLER, lines)


def looked(place: Place) -> bool:
    with place.owner.database.read() as connection:
        rounds = segment_rows.rounds(connection, "prod").values()
        return not segment_rows.changed_profiles(connection, 1) and all(one.cursor is None for one in rounds)


def test_a_segment_entered_by_an_update_after_a_wait_is_told(place: Place) -> None:
    know(place, "p1")
    version, raised = place.publish(QUALIFY), place.publish(RAISED)
    until(lambda: looked(place), bool)
    place.send("p1")
    place.pass_time(HOUR)
    place.settle(raised, completed=1)
    place.settle(version, entered=1)


def test_profiles_behind_one_at_fault_are_looked_at_without_anything_else_happening(
    place: Place, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    version = place.publish(QUALIFY)
    know(place, "a", "bad", "z")
    until(lambda: looked(place), bool)
    real = advance.enter

    def faulty(program: Any, record: Any, *rest: Any) -> Any:
        if record.key == "bad":
            raise ZeroDivisionError
        return real(program, record, *rest)

    monkeypatch.setattr(walk, "enter", faulty)
    with caplog.at_level(logging.ERROR):
        know(place, "a", "bad", "z", points=500)
        place.settle(version, entered=2)
    assert [row.kind for row in place.engine.reports.set_aside(CALLER)] == ["segment"]
