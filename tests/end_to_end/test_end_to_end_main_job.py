"""The main job on real input: processes, sockets, four guests, and a server that may be killed at any time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.facade import connect
from engine.outside_world.server import OutsideWorld
from engine.outside_world.tour import JOURNEY, sample_events
from engine.services.views import Caller
from tests.helpers.engine_process import EngineProcess, StartPrepared, pushes, until

pytestmark = pytest.mark.end_to_end

PUSHES = [
    ("phone-of-aicha", "Rooms from 99 tonight"),
    ("phone-of-jonas", "Welcome back, Jonas"),
    ("phone-of-mina", "10% off at table 12"),
    ("phone-of-mina", "Welcome back, Mina"),
]
WAITING = {"entered": 4, "completed": 3, "current": 1, "failed": 0, "stopped": 0}
LEFT = {"entered": 4, "completed": 4, "current": 0, "failed": 0, "stopped": 0}
EVENTS = sample_events()


def send(hotel: EngineProcess, event: Path, token: str) -> None:
    status, answer = hotel.post("/collection/main", event.read_bytes(), token)
    identity = json.loads(event.read_text("utf-8"))["body"]["xdmEntity"]["_id"]
    assert (status, answer) == (202, {"accepted": [identity], "errors": []})


def counts(hotel: EngineProcess) -> dict[str, int]:
    metrics = hotel.metrics(JOURNEY)
    return {name: metrics[name] for name in WAITING}


def outcome(hotel: EngineProcess, world: OutsideWorld, metrics: dict[str, int]) -> None:
    until(lambda: pushes(world), lambda seen: len(seen) >= len(PUSHES), "the pushes")
    until(lambda: counts(hotel), lambda seen: seen == metrics, "the report")
    assert pushes(world) == PUSHES


def mails(hotel: EngineProcess) -> list[tuple[str, str]]:
    """Address and subject of what lies in the outbox, asked of the process that serves."""
    engine = connect(hotel.folder)
    assert engine is not None
    return [(message.to, message.subject) for message in engine.reports.messages(Caller())]


def test_four_guests_complete(start_prepared: StartPrepared, world: OutsideWorld) -> None:
    hotel = start_prepared("long")
    token = hotel.token()
    for event in EVENTS:
        send(hotel, event, token)
    outcome(hotel, world, WAITING)
    assert mails(hotel) == [("seojun@guests.example", "Join our loyalty programme, 서준")]
    assert hotel.stop() == 0
    assert counts(hotel) == WAITING, "the report is the same without a server"


def test_with_short_wait_last_guest_leaves_too(start_prepared: StartPrepared, world: OutsideWorld) -> None:
    hotel = start_prepared("short")
    token = hotel.token()
    for event in EVENTS:
        send(hotel, event, token)
    outcome(hotel, world, LEFT)


def test_repeated_events_have_no_effect(start_prepared: StartPrepared, world: OutsideWorld) -> None:
    hotel = start_prepared("long")
    token = hotel.token()
    for event in (*EVENTS, *EVENTS):
        send(hotel, event, token)
    outcome(hotel, world, WAITING)


@pytest.mark.parametrize("after", range(1, len(EVENTS) + 1))
def test_killed_between_two_events_outcome_is_same(
    start_prepared: StartPrepared, world: OutsideWorld, after: int
) -> None:
    hotel = start_prepared("long")
    token = hotel.token()
    for event in EVENTS[:after]:
        send(hotel, event, token)
    hotel.kill()
    hotel.start()
    for event in EVENTS[after:]:
        send(hotel, event, token)
    outcome(hotel, world, WAITING)


def test_overdue_timer_fires_after_restart(start_prepared: StartPrepared, world: OutsideWorld) -> None:
    hotel = start_prepared("short")
    token = hotel.token()
    for event in EVENTS:
        send(hotel, event, token)
    until(lambda: pushes(world), lambda seen: len(seen) >= len(PUSHES), "the pushes")
    hotel.kill()
    hotel.start()
    outcome(hotel, world, LEFT)
