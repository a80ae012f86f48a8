"""A version that cannot be compiled: the others go on, and nothing is lost that comes for the people inside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from engine.core import program_compiler
from engine.core.effect import SendMessage
from engine.core.stimulus import ActionDone, CallbackArrived, FetchDone
from engine.model import journey_file
from engine.model.definitions import Profile
from engine.ports import Call
from engine.runtime.jobs import CallbackJob
from engine.store import held_queries, segment_queries
from engine.store.tables import outbox, versions
from tests.helpers.embedded_engine import CALLER, HOUR, EmbeddedEngine, ScriptedPerformer, running, until
from tests.helpers.journey_builders import activity, entry, journey, notify, profile


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


@contextmanager
def suspended(place: EmbeddedEngine, name: str) -> Iterator[None]:
    """The versions of this journey cannot be compiled until the end, and go on then."""
    real = program_compiler.compile_program

    def faulty(version: Any, *rest: Any, **more: Any) -> Any:
        if version.name == name:
            raise KeyError(name)
        return real(version, *rest, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("engine.runtime.deployment_loader.compile_program", faulty)
        template = {"name": "New", "channel": "sms", "text": "New"}
        place.engine.definitions.save(CALLER, "template", template)
        assert [row.name for row in place.engine.operations.suspended(CALLER)] == [f"{name}@1"]
        yield
    place.engine.operations.resume(CALLER, "journey", f"{name}@1")


def waiting(name: str, hours: int) -> Any:
    """A journey that waits."""
    wait = activity("wait", "wait.duration", duration=f"PT{hours}H")
    return journey([entry(), wait, notify("told")], ["in>wait", "wait>told"], name=name)


def test_suspended_version_delays_no_other_timer(place: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = place.publish(waiting("K", 1)), place.publish(waiting("J", 2))
    place.send("p1")
    place.settle(second, entered=1)
    monkeypatch.setattr(place.owner.writer, "_batch", 1)
    with suspended(place, "K"):
        place.pass_time(3 * HOUR)
        place.settle(second, completed=1)
        place.nudge()
        assert place.metrics(first)["completed"] == 0
    place.settle(first, completed=1)


def test_suspended_version_has_no_overdue_timers(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(workspace) as place:
        version = place.publish(waiting("K", 1))
        place.send("p1")
        place.settle(version, entered=1)
        clock = place.clock
    clock.time += 2 * HOUR
    monkeypatch.setattr("engine.runtime.deployment_loader.compile_program", _fault)
    with running(workspace, clock=clock) as again:
        assert again.owner.writer.overdue == 0


def _fault(*_: object, **__: object) -> None:
    raise KeyError("K")


class PendingPerformer(ScriptedPerformer):
    """Answers no call before it is allowed to."""

    def __init__(self) -> None:
        super().__init__()
        self.allowed: Future[None] = Future()

    async def perform(self, call: Call) -> FetchDone | ActionDone:
        self.calls.append(call)
        await asyncio.wrap_future(self.allowed)
        if isinstance(call.effect, SendMessage):
            return ActionDone(call.effect.call, status=200, message_id="m-1")
        return ActionDone(call.effect.call, status=200)


def held(place: EmbeddedEngine) -> int:
    """How much waits for suspended versions."""
    with place.owner.writer.read() as connection:
        return sum(held_queries.count_held(connection).values())


def test_results_of_suspended_version_are_handled_later(workspace: Path) -> None:
    world = PendingPerformer()
    with running(workspace, world) as place:
        version = place.publish(
            journey([entry(), notify("told"), notify("again")], ["in>told", "told>again"], name="K")
        )
        place.send("p1")
        until(lambda: len(world.calls), lambda count: count == 1)
        with suspended(place, "K"):
            world.allowed.set_result(None)
            until(lambda: held(place), lambda count: count == 1)
            with place.owner.writer.read() as connection:
                assert connection.execute(select(outbox)).all() == [], "the next process must not call again"
        place.settle(version, completed=1)
        assert held(place) == 0
        assert [call.effect.activity for call in world.calls] == ["told", "again"]


def test_calls_of_version_suspended_at_start_wait(workspace: Path) -> None:
    with running(workspace, PendingPerformer()) as place:
        version = place.publish(journey([entry(), notify("told")], ["in>told"], name="K"))
        place.send("p1")
        place.send("p2")
        until(lambda: len(place.world.calls), lambda count: count == 2)
        clock = place.clock
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("engine.runtime.deployment_loader.compile_program", _fault)
        with running(workspace, clock=clock) as again:
            again.nudge()
            assert again.world.calls == []
            patched.undo()
            again.engine.operations.resume(CALLER, "journey", "K@1")
            again.settle(version, completed=2)
            assert len(again.world.calls) == 2


def test_message_and_reaction_of_suspended_version(workspace: Path) -> None:
    world = PendingPerformer()
    sms = activity("code", "sms", template="Code", address='"+491711234567"', parameters={"code": "1"})
    file = journey(
        [entry(), sms, activity("seen", "reaction", to="code", on="sent", timeout="PT1H"), notify("told")],
        ["in>code", "code>seen", "seen>told"],
        name="K",
    )
    with running(workspace, world) as place:
        place.engine.settings.set(CALLER, "sms_gateway_url", "https://sms.example.com/")
        version = place.publish(file)
        place.send("p1")
        until(lambda: len(world.calls), lambda count: count == 1)
        with suspended(place, "K"):
            world.allowed.set_result(None)
            until(lambda: held(place), lambda count: count == 1)
            told = place.engine.events.feedback(CALLER, [{"message": "m-1", "kind": "sent"}])
            assert told.errors == ()
            assert held(place) == 2
        place.settle(version, completed=1)
        assert held(place) == 0


def test_events_of_suspended_version_are_handled_later(place: EmbeddedEngine) -> None:
    visit = activity("visit", "event", event="Visit")
    version = place.publish(journey([entry(), visit, notify("told")], ["in>visit", "visit>told"], name="K"))
    place.send("p1")
    place.settle(version, entered=1)
    with suspended(place, "K"):
        place.send("p1", "Visit")
        place.send("p2")
        place.send("p2", "Visit")
        assert place.metrics(version)["entered"] == 1
        assert held(place) == 3
    place.settle(version, entered=2, completed=2)
    assert (held(place), place.reasons()) == (0, [])


def test_person_in_suspended_version_enters_no_other(place: EmbeddedEngine) -> None:
    visit = activity("visit", "event", event="Visit")
    first = place.publish(journey([entry(), visit], ["in>visit"], name="K"))
    place.send("p1")
    place.settle(first, entered=1)
    with only_first(place, "K"):
        second = place.engine.journeys.import_file(
            CALLER, journey_file.write(journey([entry()], [], name="K")), publish=True, differing="replace"
        ).version
        place.send("p1")
        place.send("p2")
        place.send("p1", "Visit")
        place.settle(second, entered=1)
        assert held(place) == 2
    place.settle(first, completed=1)
    assert place.reasons() == ["already_in_journey"]
    assert place.metrics(second)["entered"] == 1


@contextmanager
def only_first(place: EmbeddedEngine, name: str) -> Iterator[None]:
    """The first version of a journey cannot be compiled until the end."""
    real = program_compiler.compile_program

    def faulty(version: Any, *rest: Any, **more: Any) -> Any:
        if (version.name, version.version) == (name, 1):
            raise KeyError(name)
        return real(version, *rest, **more)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("engine.runtime.deployment_loader.compile_program", faulty)
        place.owner.writer._runner.deployment.programs.clear()
        place.nudge()
        yield
    place.engine.operations.resume(CALLER, "journey", f"{name}@1")


def test_jump_to_suspended_version_is_handled_later(place: EmbeddedEngine) -> None:
    target = place.publish(journey([entry(), notify("told")], ["in>told"], name="K"))
    jump = activity("go", "jump", journey="K", parameters={"id": "@{Visit.id}"})
    origin = place.publish(journey([entry("Visit"), jump], ["in>go"], name="J"))
    with suspended(place, "K"):
        place.send("p1", "Visit")
        place.settle(origin, completed=1)
        assert held(place) == 1
    place.settle(target, completed=1)


def test_segment_change_for_suspended_version_is_handled_later(place: EmbeddedEngine) -> None:
    qualifies = activity("in", "segment_qualification", segment="silver", behaviour="enter")
    version = place.publish(journey([qualifies], [], name="K"))
    until(lambda: _computed(place), lambda computed: computed)
    with suspended(place, "K"):
        place.engine.profiles.save(CALLER, Profile.model_validate_json(json.dumps(profile("p1", points=150))))
        until(lambda: held(place), lambda count: count == 1)
    place.settle(version, entered=1)


def _computed(place: EmbeddedEngine) -> bool:
    place.nudge()
    with place.owner.database.read() as connection:
        rounds = segment_queries.load_rounds(connection, "prod")
    return "silver" in rounds and rounds["silver"].computed_at is not None


def test_callback_of_suspended_version_is_kept(place: EmbeddedEngine) -> None:
    version = place.publish(waiting("K", 1))
    place.send("p1")
    place.settle(version, entered=1)
    with suspended(place, "K"):
        job = CallbackJob(1, CallbackArrived(7, {}, place.clock.now()))
        place.owner.writer.put(job)
        assert job.future.result(20) is True
        assert held(place) == 1
    until(lambda: held(place), lambda count: count == 0)
    assert place.engine.reports.dead_letters(CALLER) == ()


def test_erasure_takes_what_waits(place: EmbeddedEngine) -> None:
    place.publish(waiting("K", 1))
    with suspended(place, "K"):
        place.send("p1")
        place.send("p2")
        place.engine.erasure.erase(CALLER, "CRMID", "p1")
        assert held(place) == 1


def test_unreadable_design_keeps_every_event(place: EmbeddedEngine) -> None:
    version = place.publish(journey([entry()], [], name="K"))
    here = update(versions).where(versions.c.id == int(version.id))
    with place.owner.writer.read() as connection:
        body = connection.execute(select(versions.c.body).where(versions.c.id == int(version.id))).scalar_one()
    place.owner.writer.write(lambda connection: connection.execute(here.values(body="{")))
    place.send("p1")
    place.send("p1", "Visit")
    assert held(place) == 2
    place.owner.writer.write(lambda connection: connection.execute(here.values(body=body)))
    place.settle(version, completed=1)
    assert (held(place), place.reasons()) == (0, [])
