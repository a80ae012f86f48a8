"""Nothing that is to happen is lost: what timers cause, what follows a fault, and the time after a restart."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, update

from engine.core import advance
from engine.core.instance import FORMAT
from engine.core.stimulus import ActionDone
from engine.model import journey_file
from engine.model.definitions import Profile
from engine.ports import OutboxMessage
from engine.runtime import batch_processor
from engine.runtime.job_runner import redelivery_job
from engine.runtime.jobs import CallResultJob
from engine.store import runtime_queries, segment_queries
from engine.store.runtime_queries import DeadLetterRow
from engine.store.tables import instances, outbox
from tests.helpers.embedded_engine import CALLER, HOUR, START, EmbeddedEngine, ScriptedPerformer, running, until
from tests.helpers.journey_builders import activity, entry, journey, notify, profile

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
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


def know(place: EmbeddedEngine, *keys: str, points: int = 1) -> None:
    lines = "\n".join(json.dumps(profile(key, points=points)) for key in keys)
    place.engine.profiles.import_text(CALLER, lines)


def looked(place: EmbeddedEngine) -> bool:
    with place.owner.database.read() as connection:
        rounds = segment_queries.load_rounds(connection, "prod").values()
        return not segment_queries.changed_profiles(connection, 1) and all(one.cursor is None for one in rounds)


def test_segment_entrance_after_wait_is_reported(place: EmbeddedEngine) -> None:
    know(place, "p1")
    version, raised = place.publish(QUALIFY), place.publish(RAISED)
    until(lambda: looked(place), bool)
    place.send("p1")
    place.pass_time(HOUR)
    place.settle(raised, completed=1)
    place.settle(version, entered=1)


def test_profiles_after_invalid_one_are_evaluated(
    place: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    version = place.publish(QUALIFY)
    know(place, "a", "bad", "z")
    until(lambda: looked(place), bool)
    real = advance.enter

    def faulty(program: Any, record: Any, *rest: Any) -> Any:
        if record.key == "bad":
            raise ZeroDivisionError
        return real(program, record, *rest)

    monkeypatch.setattr(batch_processor, "enter", faulty)
    with caplog.at_level(logging.ERROR):
        know(place, "a", "bad", "z", points=500)
        place.settle(version, entered=2)
    assert [row.kind for row in place.engine.reports.dead_letters(CALLER)] == ["segment"]


def test_newer_instance_format_becomes_dead_letter(place: EmbeddedEngine, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever the fault is called: who cannot be read is listed, and does not keep the writer busy."""
    version = place.publish(RAISED)
    place.send("p1")
    with place.owner.database.write() as connection:
        state = msgspec.msgpack.decode(connection.execute(select(instances.c.state)).scalar_one())
        newer = msgspec.msgpack.encode([FORMAT + 1, *state[1:]])
        connection.execute(update(instances).values(state=newer))
    place.nudge()
    with caplog.at_level(logging.ERROR):
        place.pass_time(HOUR)
        (aside,) = until(lambda: place.engine.reports.dead_letters(CALLER), bool)
    assert (aside.kind, "a newer Sojourn wrote this instance" in aside.traceback) == ("timer", True)
    assert place.metrics(version)["current"] == 1


def test_dead_letter_answer_is_not_repeated(
    workspace: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = advance.advance

    def faulty(program: Any, instance: Any, stimulus: Any, *rest: Any) -> Any:
        if isinstance(stimulus, ActionDone):
            raise ZeroDivisionError
        return real(program, instance, stimulus, *rest)

    monkeypatch.setattr(batch_processor, "advance", faulty)
    told = journey([entry(), notify("told")], ["in>told"])
    with caplog.at_level(logging.ERROR), running(workspace) as place:
        version = place.publish(told)
        place.send("p1")
        (aside,) = until(lambda: place.engine.reports.dead_letters(CALLER), bool)
        assert aside.kind == "result"
    monkeypatch.setattr(batch_processor, "advance", real)
    again = ScriptedPerformer()
    with running(workspace, again) as place:
        assert place.engine.reports.retry(CALLER, [aside.id]) == 1
        place.settle(version, completed=1)
        with place.owner.database.read() as connection:
            assert connection.execute(select(outbox.c.key)).all() == []
    assert again.calls == []


def test_virtual_time_does_not_move_wall_clock(workspace: Path) -> None:
    with running(workspace) as place:
        place.engine.profiles.save(CALLER, Profile(identities={"CRMID": "t1"}, testProfile=True))
        row = place.engine.journeys.import_file(CALLER, journey_file.write(RAISED)).version
        place.engine.testing.switch_on(CALLER, row.id, 3_600.0, True)
        place.engine.testing.fire(CALLER, row.id, "Enter", {"id": "t1"})
        place.engine.testing.step(CALLER, row.id)
        assert place.engine.testing.state(CALLER, row.id).time == START + HOUR
        with place.owner.database.read() as connection:
            assert runtime_queries.latest_time(connection) == START


@pytest.mark.parametrize("message", [None, ("told", OutboxMessage("m", "email", "a@b.example", "s", "b", "<b>"))])
def test_dead_letter_answer_keeps_message(message: tuple[str, OutboxMessage] | None) -> None:
    answer = CallResultJob(7, ActionDone(3, status=200), message)
    stored = answer.dump()
    assert stored is not None
    answer.dead_letter = 5
    assert redelivery_job(DeadLetterRow(5, answer.kind, answer.instance, stored)) == answer


def test_retried_dead_letter_is_processed_once(
    place: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    version = place.publish(RAISED)
    real = advance.enter
    seen: list[int] = []

    def faulty(*_: Any) -> Any:
        raise ZeroDivisionError

    def looking(*arguments: Any) -> Any:
        seen.append(len(place.engine.reports.dead_letters(CALLER)))
        return real(*arguments)

    monkeypatch.setattr(batch_processor, "enter", faulty)
    with caplog.at_level(logging.ERROR):
        place.send("p1")
        (first,) = place.engine.reports.dead_letters(CALLER)
        assert place.engine.reports.retry(CALLER, [first.id]) == 1
        (second,) = place.engine.reports.dead_letters(CALLER)
    monkeypatch.setattr(batch_processor, "enter", looking)
    with place.owner.database.read() as connection:
        (row,) = runtime_queries.load_dead_letters(connection, [second.id])
    for _ in range(2):
        place.owner.writer.put(redelivery_job(row))
    place.nudge()
    assert (seen, place.engine.reports.dead_letters(CALLER)) == ([1], ())
    assert place.metrics(version)["entered"] == 1
    assert place.reasons() == []
