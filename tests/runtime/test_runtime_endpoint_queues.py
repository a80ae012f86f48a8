"""Each endpoint has a lane of its own: one that never answers, or waits for a throttle, holds up nobody else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.effect import CallAction, Fetch, SendMessage
from engine.core.stimulus import ActionDone, EventArrived, FetchDone
from engine.ports import Call, IncomingEvent
from engine.runtime import dispatch
from engine.runtime.dispatch import AT_ONCE, IN_A_LANE, RESERVED, EndpointQueue, EndpointQueues, endpoint_of
from tests.helpers.embedded_engine import START, ScriptedPerformer, running, until
from tests.helpers.journey_builders import activity, entry, journey, notify


def call(name: str, number: int = 0) -> Call:
    effect = CallAction(1, "a", name, "", {}, {}, None, 1_000, f"k{number}")
    return Call("prod", f"i{number}", "J", 1, f"k{number}", 0, False, effect)


def open_all(lanes: EndpointQueues) -> dict[str, int]:
    """Open what may be opened; how many calls are under way at each endpoint."""
    opened: dict[str, int] = {}
    for lane in list(lanes.openings()):
        lane.waiting.popleft()
        opened[lane.endpoint[2]] = lane.under_way
    return opened


def test_endpoints_are_distinguished() -> None:
    message = SendMessage(1, "a", "email", "T", "a@b", {}, 1_000, "k")
    fetch = Fetch(1, "a", "Hotel", "Stay", {}, 1_000, "k")
    where = ("prod", "i", "J", 1, "k", 0, False)
    assert endpoint_of(call("Push")) == ("prod", "action", "Push")
    assert endpoint_of(Call(*where, message)) == ("prod", "message", "email")
    assert endpoint_of(Call(*where, fetch)) == ("prod", "data_source", "Hotel")


def test_lane_takes_its_share_and_no_more() -> None:
    lanes = EndpointQueues()
    for number in range(IN_A_LANE + 10):
        lanes.add(call("slow", number), 0)
    assert open_all(lanes) == {"slow": IN_A_LANE}
    assert open_all(lanes) == {}
    assert len(lanes) == IN_A_LANE + 10
    lanes.add(call("quick"), 0)
    assert open_all(lanes) == {"quick": 1}


@given(st.lists(st.integers(1, 400), min_size=1, max_size=8))
def test_each_endpoint_may_start_despite_other_queues(numbers: list[int]) -> None:
    lanes = EndpointQueues()
    for place, number in enumerate(numbers):
        for one in range(number):
            lanes.add(call(f"e{place}", one), 0)
    opened = open_all(lanes)
    for place, number in enumerate(numbers):
        assert min(number, RESERVED) <= opened[f"e{place}"] <= min(number, IN_A_LANE)
    assert sum(opened.values()) <= AT_ONCE + RESERVED * len(numbers)
    assert sum(opened.values()) >= min(sum(min(number, IN_A_LANE) for number in numbers), AT_ONCE)


def test_lane_that_is_done_is_forgotten() -> None:
    lanes = EndpointQueues()
    lanes.add(call("a"), 0)
    (lane,) = lanes.openings()
    lane.waiting.popleft()
    lanes.leave(lane)
    assert (len(lanes), isinstance(lane, EndpointQueue), lanes._lanes) == (0, True, {})


class HangingWorld(ScriptedPerformer):
    """Answers no action until it is let go; fetches at once."""

    def __init__(self) -> None:
        super().__init__()
        self._gone = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def perform(self, call: Call) -> FetchDone | ActionDone:
        if isinstance(call.effect, CallAction):
            self.calls.append(call)
            self._loop = asyncio.get_running_loop()
            await self._gone.wait()
            return ActionDone(call.effect.call, status=200)
        return await super().perform(call)

    def let_go(self) -> None:
        """Answer all that hang, and whatever comes."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self._gone.set)


def test_unresponsive_endpoint_blocks_no_other(tmp_path: Path) -> None:
    world = HangingWorld()
    stay = "#{Hotel.Stay.reservation, params: {id: @{Visit.id}}} == true"
    condition = activity("stay", "condition.data_source", paths=[{"id": "yes", "expression": stay}])
    with running(tmp_path / "w", world) as place:
        slow = place.publish(journey([entry(), notify("told")], ["in>told"], name="Slow"))
        quick = place.publish(
            journey([entry("Visit"), condition, activity("end", "end")], ["in>stay", "stay:yes>end"], name="Quick")
        )
        keys = [f"p{number}" for number in range(2 * AT_ONCE)]
        place.owner.writer.accept(
            [
                IncomingEvent("prod", key, START, ((EventArrived("Enter", {"id": key}, key), key, "CRMID"),), "{}")
                for key in keys
            ]
        )
        until(lambda: len(world.calls), lambda seen: seen == IN_A_LANE)
        for key in keys[:5]:
            place.send(key, "Visit")
        place.settle(quick, completed=5)
        assert place.metrics(slow)["current"] == len(keys)
        world.let_go()
        place.settle(slow, completed=len(keys))
    assert [made.instance for made in world.calls if isinstance(made.effect, CallAction)] == sorted(
        made.instance for made in world.calls if isinstance(made.effect, CallAction)
    ), "in the order they came"


def test_expired_queued_call_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatch, "LONGEST_SECONDS", -1.0)
    world = ScriptedPerformer()
    with running(tmp_path / "w", world) as place:
        version = place.publish(journey([entry(), notify("told")], ["in>told"]))
        place.send()
        place.settle(version, failed=1)
        assert place.live(version).errors == {"capped": 1}
    assert world.calls == []
