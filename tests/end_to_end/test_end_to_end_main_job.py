"""The main job on real input: processes, sockets, four guests, and a server that may be killed at any time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.facade import connect
from engine.sample_servers.sample_run import JOURNEY, sample_events
from engine.sample_servers.server import SampleServer
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


def send(systems: EngineProcess, event: Path, token: str) -> None:
    status, answer = systems.post("/collection/main", event.read_bytes(), token)
    identity = json.loads(event.read_text("utf-8"))["body"]["xdmEntity"]["_id"]
    assert (status, answer) == (202, {"accepted": [identity], "errors": []})


def counts(systems: EngineProcess) -> dict[str, int]:
    metrics = systems.metrics(JOURNEY)
    return {name: metrics[name] for name in WAITING}


def outcome(systems: EngineProcess, world: SampleServer, metrics: dict[str, int]) -> None:
    until(lambda: pushes(world), lambda seen: len(seen) >= len(PUSHES), "the pushes")
    until(lambda: counts(systems), lambda seen: seen == metrics, "the report")
    assert pushes(world) == PUSHES


def mails(systems: EngineProcess) -> list[tuple[str, str]]:
    """Address and subject of what lies in the outbox, asked of the process that serves."""
    engine = connect(systems.folder)
    assert engine is not None
    return [(message.to, message.subject) for message in engine.reports.messages(Caller())]


def test_four_guests_complete(start_prepared: StartPrepared, world: SampleServer) -> None:
    systems = start_prepared("long")
    token = systems.token()
    for event in EVENTS:
        send(systems, event, token)
    outcome(systems, world, WAITING)
    assert mails(systems) == [("seojun@guests.example", "Join our loyalty programme, 서준")]
    assert systems.stop() == 0
    assert counts(systems) == WAITING, "the report is the same without a server"


def test_with_short_wait_last_guest_leaves_too(start_prepared: StartPrepared, world: SampleServer) -> None:
    systems = start_prepared("short")
    token = systems.token()
    for event in EVENTS:
        send(systems, event, token)
    outcome(systems, world, LEFT)


def test_repeated_events_have_no_effect(start_prepared: StartPrepared, world: SampleServer) -> None:
    systems = start_prepared("long")
    token = systems.token()
    for event in (*EVENTS, *EVENTS):
        send(systems, event, token)
    outcome(systems, world, WAITING)


@pytest.mark.parametrize("after", range(1, len(EVENTS) + 1))
def test_killed_between_two_events_outcome_is_same(
    start_prepared: StartPrepared, world: SampleServer, after: int
) -> None:
    systems = start_prepared("long")
    token = systems.token()
    for event in EVENTS[:after]:
        send(systems, event, token)
    systems.kill()
    systems.start()
    for event in EVENTS[after:]:
        send(systems, event, token)
    outcome(systems, world, WAITING)


def test_overdue_timer_fires_after_restart(start_prepared: StartPrepared, world: SampleServer) -> None:
    systems = start_prepared("short")
    token = systems.token()
    for event in EVENTS:
        send(systems, event, token)
    until(lambda: pushes(world), lambda seen: len(seen) >= len(PUSHES), "the pushes")
    systems.kill()
    systems.start()
    outcome(systems, world, LEFT)
