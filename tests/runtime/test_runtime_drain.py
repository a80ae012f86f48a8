"""A stopped engine: no more events, calls under way end once, the others are left to the next engine."""

from __future__ import annotations

import asyncio
from pathlib import Path

from engine.api.server import make_app
from engine.core.effect import Fetch
from engine.core.stimulus import ActionDone, FetchDone
from engine.ports import Call
from tests.helpers.api_client import Client
from tests.helpers.embedded_engine import CALLER, ScriptedPerformer, running, until
from tests.helpers.journey_builders import entry, journey, notify

JOURNEY = journey([entry(), notify("told")], ["in>told"])


class SlowPerformer(ScriptedPerformer):
    """Answers a call after so many turns of the event loop; never, for None."""

    def __init__(self, turns: int | None) -> None:
        super().__init__()
        self._turns = turns
        self.answered = 0

    async def perform(self, call: Call) -> FetchDone | ActionDone:
        """Make the call and wait."""
        self.calls.append(call)
        if self._turns is None:
            await asyncio.get_running_loop().create_future()
        for _ in range(self._turns or 0):
            await asyncio.sleep(0)
        self.answered += 1
        assert not isinstance(call.effect, Fetch)
        return ActionDone(call.effect.call, status=200)


def test_calls_under_way_end_once(tmp_path: Path) -> None:
    first, second = SlowPerformer(5_000), ScriptedPerformer()
    with running(tmp_path / "w", world=first) as place:
        version = place.publish(JOURNEY)
        for number in range(20):
            place.send(f"p{number}")
        until(lambda: len(first.calls), bool)
        place.owner.drain(60)
        assert first.answered == len(first.calls)
    with running(tmp_path / "w", world=second) as place:
        place.settle(version, completed=20)
    assert len({call.key for call in first.calls} | {call.key for call in second.calls}) == 20
    assert len(first.calls) + len(second.calls) == 20


def test_call_without_end_is_left_to_next_engine(tmp_path: Path) -> None:
    first, second = SlowPerformer(None), ScriptedPerformer()
    with running(tmp_path / "w", world=first) as place:
        version = place.publish(JOURNEY)
        place.send("p")
        until(lambda: len(first.calls), bool)
        place.owner.drain(0)
    with running(tmp_path / "w", world=second) as place:
        place.settle(version, completed=1)
    assert [call.key for call in second.calls] == [call.key for call in first.calls]


def test_draining_engine_refuses_events(tmp_path: Path) -> None:
    with running(tmp_path / "w") as place:
        place.publish(JOURNEY)
        client = Client(make_app(place.owner), place.engine.inlets.token(CALLER))
        place.owner.drain(0)
        answer = client.request("POST", "/collection/main", content=b"{}")
        ready = client.get("/readyz")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert ready.status_code == 503
