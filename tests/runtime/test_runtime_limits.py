"""What the engine keeps in memory is bounded by what is alive: calls, messages on their way, compiled journeys."""

from __future__ import annotations

import asyncio
import gc
import weakref
from pathlib import Path

import pytest
from starlette.requests import Request

from engine.api.inlet_routes import InletRoutes
from engine.core.effect import CallAction, SendMessage
from engine.core.stimulus import ActionDone
from engine.ports import Call, OutboxMessage
from engine.runtime import dispatch, staged_records
from engine.runtime.dispatch import CallDispatcher
from engine.runtime.jobs import FailedCallJob, WriterJob
from engine.runtime.store_protocol import LoadedInstance
from tests.helpers.embedded_engine import CALLER, running, until
from tests.helpers.journey_builders import activity, entry, journey

MESSAGE = SendMessage(1, "a", "email", "T", "a@b", {}, 1, "k")


def name(number: int) -> str:
    return f"aaaaaaaa{number:08x}"


def call(number: int) -> Call:
    effect = CallAction(1, "a", "Notify", "", {}, {}, None, 1_000, f"k{number}")
    return Call("prod", name(number), "J", 1, f"k{number}", 0, False, effect)


class Slow:
    """Performs one call after the other, each when it may."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.may = asyncio.Event()

    async def perform(self, call: Call) -> ActionDone:
        self.made.append(call.instance)
        await self.may.wait()
        return ActionDone(1, 200)

    async def close(self) -> None:
        """Nothing to close."""


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def test_cached_instances_are_bounded_by_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staged_records, "MOST_CACHED", 100)
    cache = staged_records.InstanceCache()

    def loaded(row: int, size: int) -> LoadedInstance:
        found = LoadedInstance.__new__(LoadedInstance)
        found.row, found.size = row, size
        return found

    large = loaded(1, 60)
    cache.keep(large)
    large.size = 90
    cache.keep(large)
    assert set(cache) == {1}
    cache.keep(loaded(2, 10))
    assert set(cache) == {1, 2}
    cache.keep(loaded(3, 1))
    assert not cache
    cache.keep(loaded(4, 100))
    cache.drop(4)
    cache.keep(loaded(5, 100))
    assert set(cache) == {5}


def test_forgotten_calls_are_dropped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("engine.runtime.dispatch.RESERVED", 1)
    monkeypatch.setattr("engine.runtime.dispatch.AT_ONCE", 1)

    async def live() -> None:
        done, slow = list[WriterJob](), Slow()
        calls = CallDispatcher(done.append, lambda *_: False)
        calls.open(slow)
        calls.perform([call(number) for number in range(5)])
        await settled()
        calls.forget([name(1), name(3)])
        await settled()
        assert calls.under_way == 3
        calls.perform([call(3)])  # read from the outbox before the person was erased
        slow.may.set()
        await settled()
        assert slow.made == [name(0), name(2), name(4)]
        monkeypatch.setattr(dispatch, "FORGETTING_SECONDS", 0)
        for number in range(100):
            calls.forget([f"gone{number}"])
        await settled()
        assert len(calls._forgotten) == 1
        await calls.close()

    asyncio.run(live())


class Faulty(Slow):
    """Hands its message over, then breaks."""

    def __init__(self, calls: CallDispatcher) -> None:
        super().__init__()
        self._calls = calls

    async def perform(self, call: Call) -> ActionDone:
        await self._calls.keep(call, OutboxMessage("m", "email", "a@b.example", "", "", ""))
        raise ValueError("a fault")


def test_dead_letter_call_keeps_no_message(caplog: pytest.LogCaptureFixture) -> None:
    async def live() -> None:
        done = list[WriterJob]()
        calls = CallDispatcher(done.append, lambda *_: False)
        calls.open(Faulty(calls))
        calls.perform([Call("prod", name(1), "J", 1, "k", 0, False, MESSAGE)])
        await settled()
        assert isinstance(done[0], FailedCallJob)
        assert calls._kept == {}
        await calls.close()

    asyncio.run(live())
    assert "set aside after three tries" in caplog.text


def sender(name: str, token: str) -> Request:
    """Someone who posts to an inlet."""
    headers = [(b"authorization", f"Bearer {token}".encode())]
    return Request({"type": "http", "path_params": {"inlet": name}, "headers": headers})


def test_inlet_holds_no_past_state_of_workspace(tmp_path: Path) -> None:
    with running(tmp_path / "w") as place:
        routes = InletRoutes(place.owner)
        place.engine.inlets.create(CALLER, "other")
        one, other = (sender(name, place.engine.inlets.token(CALLER, name)) for name in ("main", "other"))
        assert asyncio.run(routes._admit(one)).sandbox == "prod"
        past = weakref.ref(place.owner.writer.deployment)
        assert past() is not None
        place.nudge()
        assert asyncio.run(routes._admit(other)).sandbox == "prod"
        until(lambda: (gc.collect(), past())[1], lambda deployment: deployment is None)


def test_old_versions_and_definitions_are_released(tmp_path: Path) -> None:
    with running(tmp_path / "w") as place:
        programs = []
        for number in range(1, 5):
            waits = activity("w", "wait.duration", duration=f"PT{number}H")
            version = place.publish(journey([entry(), waits], ["in>w"], name=f"J{number}", version=1))
            programs.append(place.owner.writer.deployment.versions[int(version.id)].program)
            place.engine.journeys.stop(CALLER, version.id)
        deployment = place.owner.writer.deployment
        assert len(deployment.programs) == len(deployment.versions) == 4
        for row in list(deployment.versions):
            assert deployment.versions[row].program in programs, "compiled once"
            place.engine.journeys.delete(CALLER, str(row))
        place.nudge()
        assert place.owner.writer.deployment.programs == {}
