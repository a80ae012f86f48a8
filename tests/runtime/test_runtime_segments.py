"""The embedded runner keeps memberships up to date and tells journeys, as the simulation does."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event as hooks

from engine.api.server import health, metrics_text
from engine.core import advance, profiles, program_compiler
from engine.errors import SojournError
from engine.model import journey_file
from engine.model.definitions import Profile, Segment
from engine.model.journey_file import JourneyFile
from engine.runtime import batch_processor, segment_jobs
from engine.services.views import Caller, VersionRow
from engine.simulation.simulation import Simulation
from engine.store import definition_queries, segment_queries
from tests.helpers.embedded_engine import CALLER, DAY, HOUR, START, EmbeddedEngine, ManualClock, running, until
from tests.helpers.journey_builders import DEFINITIONS, activity, arrival, entry, journey, profile, scenario

SILVER = {"name": "silver", "expression": "#{ExperiencePlatform.Profile.points} >= 100"}
NEWEST = "#{ExperiencePlatform.Contacts.experienceevent.first(currentDataPackField.sends > 0).sends} == 2"
QUALIFY = journey(
    [activity("q", "segment_qualification", segment="silver", behaviour="both"),
     activity("w", "wait.duration", duration="PT1H")],
    ["q>w"],
    definitions={"segments": [SILVER]},
    reentrance_wait="PT0S",
)  # fmt: skip


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


def save(place: EmbeddedEngine, key: str = "p1", **settings: Any) -> None:
    """A profile as the service takes it."""
    place.engine.profiles.save(CALLER, Profile.model_validate_json(json.dumps(profile(key, **settings))))


def define(place: EmbeddedEngine, **settings: Any) -> None:
    """The silver segment, and the profile store that its rule reads."""
    place.engine.definitions.save(CALLER, "data_source", DEFINITIONS["data_sources"][0])
    place.engine.definitions.save(CALLER, "segment", {**SILVER, **settings})
    settled(place)


def settled(place: EmbeddedEngine) -> None:
    """Once nothing is left to look at."""
    until(lambda: _looked(place), lambda done: done)


def _looked(place: EmbeddedEngine) -> bool:
    place.nudge()
    with place.owner.database.read() as connection:
        waiting = segment_queries.changed_profiles(connection, 1)
        rounds = segment_queries.load_rounds(connection, "prod").values()
    return not waiting and all(one.cursor is None for one in rounds)


def taken(place: EmbeddedEngine, version: VersionRow) -> list[tuple[str, str, int]]:
    """Who left which activity and when, as the embedded runner has it."""
    people = {one.instance: one.key for one in place.engine.reports.people(CALLER, version.id, limit=1_000)}
    steps = reversed(place.engine.reports.steps(CALLER, version.id, limit=10_000))
    return sorted((people[step.instance], step.activity, step.at) for step in steps)


def inside(place: EmbeddedEngine, name: str = "silver") -> int:
    return next(row.inside for row in place.engine.segments.list(CALLER) if row.name == name)


# Both runners --------------------------------------------------------------------------------------------------------

RULES = {
    "segments": [
        SILVER,
        {"name": "gold", "expression": "#{ExperiencePlatform.Profile.points} >= 1000", "evaluation": "batch"},
        {"name": "recent", "expression": "count(#{ExperiencePlatform.Contacts.experienceevent.all("
         'currentDataPackField.timestamp > nowWithDelta(-2, "days")).timestamp}) > 0'},
        {"name": "best", "expression": 'inSegment("gold") and inSegment("recent")'},
    ]
}  # fmt: skip


def watcher(segment: str, behaviour: str) -> JourneyFile:
    """Someone who enters or leaves is asked which segments they are in, waits for the opposite, and is asked again."""
    ask: dict[str, Any] = {
        "others": True,
        "paths": [{"id": name, "expression": f'inSegment("{name}")'} for name in ("best", "silver")],
    }
    opposite = {"enter": "exit", "exit": "enter"}[behaviour]
    return journey(
        [
            activity("q", "segment_qualification", segment=segment, behaviour=behaviour),
            activity("first", "condition.data_source", **ask),
            activity("back", "segment_qualification", y=1, segment=segment, behaviour=opposite),
            activity("late", "wait.duration", y=2, duration="P3D"),
            activity("second", "condition.data_source", y=1, **ask),
        ],
        ["q>first", "first:silver>back", "first:silver>late", "back>second"],
        name=f"{segment} {behaviour}",
        definitions=RULES,
        reentrance_wait="PT0S",
    )


POINTS = journey(
    [entry(), activity("u", "update_profile", field="Profile.points", value="@{Enter.n}"),
     activity("c", "condition.data_source", others=True, paths=[{"id": "in", "expression": 'inSegment("silver")'}])],
    ["in>u", "u>c"],
    name="Points",
    definitions=RULES,
    reentrance_wait="PT0S",
)  # fmt: skip
FILES = [
    POINTS,
    *(watcher(name, change) for name in ("silver", "gold", "recent", "best") for change in ("enter", "exit")),
]
PEOPLE = [
    profile("p1", points=5),
    profile("p2", points=500),
    profile("p3", points=5_000, events=[{"timestamp": "2026-03-09T08:00:00Z", "sends": 1}]),
    profile("p4", points=5, events=[{"timestamp": "2026-03-08T10:30:00Z", "sends": 2}], segments=["silver"]),
]
CHANGES = [
    arrival("PT1H", "p1", n=150),
    arrival("PT2H", "p3", n=1),
    arrival("PT2H30M", "p2", n=2_000),
    arrival("PT26H", "p1", n=3_000),
    arrival("PT27H", "p3", n=4_000),
    arrival("PT50H", "p2", n=0),
    arrival("PT51H", "p4", n=2_000),
    arrival("PT75H", "p1", n=99),
]


def test_both_runners_give_same_history(tmp_path: Path) -> None:
    simulation = Simulation(FILES, scenario(*CHANGES, profiles=PEOPLE, until="PT84H"))
    simulation.run()
    expected = {
        name: sorted((one.instance.key, step.node, step.timestamp) for one in simulation.store.instances
                     for step in one.steps if one.version.name == name)
        for name in simulation.journeys
    }  # fmt: skip
    with running(tmp_path / "w") as place:
        lines = "\n".join(json.dumps(one) for one in PEOPLE)
        place.engine.profiles.import_text(CALLER, lines)
        versions = {file.journey.name: place.publish(file) for file in FILES}
        settled(place)
        times = {one["at"]: simulation.scenario.moment(one["at"], "$") for one in CHANGES}
        for at in sorted({*times.values(), *(START + hours * HOUR for hours in range(1, 85))}):
            place.clock.time = at
            settled(place)
            for one in CHANGES:
                if times[one["at"]] == at:
                    place.engine.events.accept(CALLER, [one["payload"]], "Enter")
            settled(place)
        assert {name: taken(place, version) for name, version in versions.items()} == expected
    assert sum(map(len, expected.values())) > 40


# One by one ----------------------------------------------------------------------------------------------------------


def test_existing_members_do_not_enter_new_segment(place: EmbeddedEngine) -> None:
    save(place, "old", points=500)
    version = place.publish(QUALIFY)
    settled(place)
    assert (inside(place), place.metrics(version)["entered"]) == (1, 0)
    save(place, "new", points=100)
    settled(place)
    assert [row.key for row in place.engine.reports.people(CALLER, version.id)] == ["new"]
    place.pass_time(HOUR)
    place.settle(version, completed=1)
    save(place, "old", points=1)
    settled(place)
    assert [row.key for row in place.engine.reports.people(CALLER, version.id)] == ["old", "new"]
    assert inside(place) == 1


def test_profile_created_during_first_round_is_existing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segment_jobs, "SLICE", 2)
    slices: list[bool] = []
    real, go = segment_jobs.SegmentJob._round, threading.Event()

    def one_slice_first(look: segment_jobs.SegmentJob, *rest: Any) -> bool:
        if slices and not go.is_set():
            return True
        found = real(look, *rest)
        slices.extend([True] * found)
        return found

    monkeypatch.setattr(segment_jobs.SegmentJob, "_round", one_slice_first)
    with running(tmp_path / "w") as place:
        for number in range(5):
            save(place, f"p{number}", points=500)
        with place.owner.database.read() as connection:
            assert segment_queries.changed_profiles(connection, 1) == [], "nothing is noted where there is no segment"
        version = place.publish(QUALIFY)
        save(place, "p9", points=500)
        until(lambda: slices, lambda seen: seen == [True])
        go.set()
        settled(place)
        assert (inside(place), place.metrics(version)["entered"]) == (6, 0)


def test_changed_rule_is_reevaluated(place: EmbeddedEngine) -> None:
    define(place)
    save(place, "p1", points=50)
    settled(place)
    assert inside(place) == 0
    place.engine.definitions.save(
        CALLER, "segment", {**SILVER, "expression": f"{SILVER['expression'][:-3]}10"}, "silver"
    )
    settled(place)
    assert inside(place) == 1


def test_deleted_segment_lets_go_of_its_members(place: EmbeddedEngine) -> None:
    define(place)
    save(place, "p1", points=500)
    settled(place)
    assert inside(place) == 1
    place.engine.definitions.delete(CALLER, "segment", "silver")
    settled(place)
    with place.owner.database.read() as connection:
        assert segment_queries.load_rounds(connection, "prod") == {}
        assert segment_queries.count_inside(connection, "prod") == {}
    place.engine.definitions.save(CALLER, "segment", {**SILVER, "expression": ""})
    settled(place)
    assert inside(place) == 0


def test_only_profiles_that_changed_are_looked_at(place: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(20):
        save(place, f"p{number}", points=number)
    place.publish(QUALIFY)
    settled(place)
    looked: list[int] = []
    real = segment_queries.load_profiles

    def counting(connection: Any, ids: list[int], now: int) -> Any:
        looked.extend(ids)
        return real(connection, ids, now)

    monkeypatch.setattr(segment_queries, "load_profiles", counting)
    save(place, "p7", points=700)
    settled(place)
    place.pass_time(3 * DAY)
    settled(place)
    assert len(looked) == 1


def test_evaluation_round_survives_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock()
    with running(tmp_path / "w", clock=clock) as place:
        lines = "\n".join(json.dumps(profile(f"p{number}", points=500)) for number in range(9))
        place.engine.profiles.import_text(CALLER, lines)
        define(place, evaluation="batch")
        with place.owner.writer.turn, place.owner.database.write() as connection:
            everybody = segment_queries.profile_ids_after(connection, "prod", 0, 9)
            one = segment_queries.load_rounds(connection, "prod")["silver"]
            segment_queries.put_round(connection, "prod", one._replace(cursor=everybody[3], next_at=None))
            segment_queries.remove_members(connection, everybody, ["silver"])
    monkeypatch.setattr(segment_jobs, "SLICE", 2)
    with running(tmp_path / "w", clock=clock) as place:
        settled(place)
        assert inside(place) == 5, "the round began where it had been"
        (row,) = place.engine.segments.list(CALLER)
        assert (row.under_way, row.next_at) == (False, one.began_at + DAY)


def test_round_reads_and_writes_by_slice(place: EmbeddedEngine) -> None:
    events = [{"timestamp": "2026-03-09T08:00:00Z", "sends": 1}, {"timestamp": "2026-03-09T09:00:00Z", "sends": 2}]
    people = [profile(f"p{number}", points=number, events=events) for number in range(450)]
    place.engine.profiles.import_text(CALLER, "\n".join(map(json.dumps, people)))
    statements: list[str] = []

    def executed(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        statements.append(statement)

    hooks.listen(place.owner.database._writer, "before_cursor_execute", executed)
    define(place)
    assert inside(place) == 350
    assert len(statements) < 150, "profiles, memberships and experience events are read and written together"
    hooks.remove(place.owner.database._writer, "before_cursor_execute", executed)
    for rule, number in (("#{ExperiencePlatform.Profile.points} < 100", 100), (NEWEST, 450)):
        place.engine.definitions.save(CALLER, "segment", {**SILVER, "expression": rule}, "silver")
        settled(place)
        assert inside(place) == number


def test_batch_segments_run_at_time_or_on_request(place: EmbeddedEngine) -> None:
    define(place, evaluation="batch")
    save(place, "p1", points=500)
    settled(place)
    assert inside(place) == 0
    place.engine.segments.compute(CALLER, "silver")
    settled(place)
    assert inside(place) == 1
    with pytest.raises(SojournError) as caught:
        place.engine.segments.compute(CALLER, "bronze")
    assert caught.value.code == "definition_unknown"


def test_manual_membership_enters_and_remains(place: EmbeddedEngine) -> None:
    save(place, "p1", points=1)
    version = place.publish(QUALIFY)
    settled(place)
    place.engine.segments.set_membership(CALLER, "silver", "CRMID", "p1", True)
    settled(place)
    assert (inside(place), place.metrics(version)["entered"]) == (1, 1)
    save(place, "p1", points=2)
    settled(place)
    assert inside(place) == 1
    place.pass_time(HOUR)
    place.engine.segments.set_membership(CALLER, "silver", "CRMID", "p1", None)
    settled(place)
    assert (inside(place), place.metrics(version)["entered"]) == (0, 2)
    for name, key in (("bronze", "p1"), ("silver", "nobody")):
        with pytest.raises(SojournError):
            place.engine.segments.set_membership(CALLER, name, "CRMID", key, True)
    with pytest.raises(SojournError):
        place.engine.segments.set_membership(Caller("nobody"), "silver", "CRMID", "p1", True)


def test_imported_membership_applies_and_enters(place: EmbeddedEngine) -> None:
    version = place.publish(QUALIFY)
    settled(place)
    save(place, "p1", segments=["silver", "elsewhere"])
    found = place.engine.profiles.get(CALLER, "CRMID", "p1")
    assert found is not None
    assert found.segments == ("elsewhere", "silver")
    settled(place)
    assert place.metrics(version)["entered"] == 1


def test_uncomputed_segment_is_a_warning(place: EmbeddedEngine) -> None:
    row = place.engine.journeys.import_file(CALLER, journey_file.write(QUALIFY)).version
    settled(place)
    assert [issue.code for issue in place.engine.journeys.validate(CALLER, row.id)] == []
    with place.owner.database.write() as connection:
        segment_queries.remove_round(connection, "prod", "silver")
    assert [issue.code for issue in place.engine.journeys.validate(CALLER, row.id)] == ["WARN_SEGMENT_001"]


def test_invalid_profile_becomes_dead_letter(
    place: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    version = place.publish(QUALIFY)
    settled(place)
    real = advance.enter

    def faulty(program: Any, record: Any, *rest: Any) -> Any:
        if record.key == "bad":
            raise ZeroDivisionError
        return real(program, record, *rest)

    monkeypatch.setattr(batch_processor, "enter", faulty)
    lines = "\n".join(json.dumps(profile(key, points=500)) for key in ("a", "bad", "z"))
    with caplog.at_level(logging.ERROR):
        place.engine.profiles.import_text(CALLER, lines)
        settled(place)
    assert sorted(row.key for row in place.engine.reports.people(CALLER, version.id)) == ["a", "z"]
    (aside,) = place.engine.reports.dead_letters(CALLER)
    assert (aside.kind, "ZeroDivisionError" in aside.traceback) == ("segment", True)
    monkeypatch.setattr(batch_processor, "enter", real)
    assert place.engine.reports.retry(CALLER, [aside.id]) == 1
    place.settle(version, entered=3)


def test_segments_pause_after_general_error(
    place: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    planned: list[int] = []

    def faulty(_connection: Any, _sandbox: str, _segments: Any, now: int) -> None:
        planned.append(now)
        raise ZeroDivisionError

    def tried() -> list[int]:
        for _ in range(5):
            place.nudge()
        return [(at - START) // 1_000 for at in sorted(set(planned))]

    real = segment_jobs._plan
    monkeypatch.setattr(segment_jobs, "_plan", faulty)
    with caplog.at_level(logging.ERROR):
        define(place)
        save(place, "p1", points=500)
        until(lambda: place.owner.writer.failure, bool)
        assert (tried(), len(planned)) == ([0], 3)
        for seconds in (1, 1, 1, 60):
            place.pass_time(seconds * 1_000)
            until(place.owner.writer._segments._wait, bool)
        assert (tried(), len(planned)) == ([0, 1, 3, 63], 12)
        assert "ZeroDivisionError" in place.owner.writer.failure
        monkeypatch.setattr(segment_jobs, "_plan", real)
        place.pass_time(HOUR)
        settled(place)
    assert (inside(place), place.owner.writer.failure) == (1, "")
    assert "segments rest after a fault" in caplog.text


def test_update_makes_test_profile(place: EmbeddedEngine) -> None:
    save(place, "p1")
    fields = {"name": "Profile", "schema": "profile", "fields": {"testProfile": "boolean", "points": "integer"}}
    definitions = {"data_sources": [{"name": "ExperiencePlatform", "field_groups": [fields]}], "segments": []}
    place.publish(
        journey(
            [entry(), activity("u", "update_profile", field="Profile.testProfile", value="true")],
            ["in>u"],
            definitions={**definitions, "actions": []},
        )
    )
    place.send()
    found = until(lambda: place.engine.profiles.get(CALLER, "CRMID", "p1"), lambda one: bool(one and one.test_profile))
    assert found is not None


def test_concurrent_change_and_update_are_both_applied(place: EmbeddedEngine) -> None:
    save(place, "p1", points=1, email="old")
    place.publish(POINTS)
    settled(place)
    writer = place.owner.writer
    from engine.runtime.jobs import ArrivalJob, ChangeJob
    from engine.store import profile_queries

    new = Profile.model_validate(profile("p1", email="new"))
    change = ChangeJob(lambda connection: profile_queries.put_profile(connection, "prod", new, START))
    judged = place.engine.events.match_batch("prod", _post("p1", 7), "Enter")
    arrival = ArrivalJob(judged.arriving)
    writer._queue.put(change, arrival)
    assert arrival.future.result(20) == (True,)
    settled(place)
    found = place.engine.profiles.get(CALLER, "CRMID", "p1")
    assert found is not None
    assert found.attributes == {"points": 7, "email": "new"}


def _post(key: str, n: int) -> Any:
    from engine.ingress.event_documents import read_value

    return read_value({"id": key, "n": n})


WEATHER = {
    "name": "Weather", "url": "https://api.example.com",
    "field_groups": [{"name": "Now", "fields": {"warm": "boolean"}}],
}  # fmt: skip


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says of suspensions."""
    return [line for line in (record.getMessage() for record in caplog.records) if "suspended: " in line]


def put_directly(place: EmbeddedEngine, name: str, expression: str) -> None:
    """Store a segment as an earlier version did, without a check."""
    body = {"name": name, "expression": expression}
    place.owner.writer.write(
        lambda connection: definition_queries.put(connection, "prod", "segment", name, body, "a", 0)
    )


def test_segment_over_external_source_is_refused(place: EmbeddedEngine) -> None:
    place.engine.definitions.save(CALLER, "data_source", WEATHER)
    for rule in ("#{Weather.Now.warm}", '#{Weather.Now.warm, params: {city: "Oslo"}}'):
        with pytest.raises(SojournError) as refused:
            place.engine.definitions.save(CALLER, "segment", {"name": "warm", "expression": rule})
        assert (refused.value.code, refused.value.where) == ("ERR_SEGMENT_004", "expression")
    file = QUALIFY.model_copy(update={"segments": (*QUALIFY.segments, Segment(name="bad", expression="1 +"))})
    with pytest.raises(SojournError) as refused:
        place.publish(file)
    assert refused.value.where == "$.segments[1].expression"


def test_imported_segment_awaits_its_field_group(place: EmbeddedEngine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    later = Segment(name="later", expression="#{ExperiencePlatform.Visits.count} > 3")
    place.publish(QUALIFY.model_copy(update={"segments": (*QUALIFY.segments, later)}))
    assert [row.name for row in place.engine.operations.suspended(CALLER)] == ["later"]
    until(lambda: told(caplog), lambda lines: lines == ["suspended: segment later of prod"])


def test_faulty_segment_is_suspended_alone(place: EmbeddedEngine, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    place.engine.definitions.save(CALLER, "data_source", WEATHER)
    put_directly(place, "warm", "#{Weather.Now.warm}")
    define(place)
    save(place, points=100)
    settled(place)
    rows = {row.name: row for row in place.engine.segments.list(CALLER)}
    assert (rows["silver"].inside, rows["silver"].suspended) == (1, None)
    assert "Weather.Now" in str(rows["warm"].suspended)
    assert place.engine.reports.dead_letters(CALLER) == ()
    state = health(place.owner)
    assert (state["status"], state["suspended"]) == (
        "degraded",
        [{"kind": "segment", "sandbox": "prod", "name": "warm"}],
    )
    assert 'sojourn_suspended{kind="segment",sandbox="prod",name="warm"} 1' in metrics_text(place.owner)
    assert told(caplog) == ["suspended: segment warm of prod"]
    with pytest.raises(SojournError) as refused:
        place.engine.operations.resume(CALLER, "segment", "warm")
    assert refused.value.code == "ERR_SEGMENT_004"
    place.engine.definitions.save(CALLER, "segment", {**SILVER, "name": "warm"}, was="warm")
    settled(place)
    assert place.engine.operations.suspended(CALLER) == ()
    assert health(place.owner)["status"] == "ok"
    assert {row.name: row.inside for row in place.engine.segments.list(CALLER)} == {"silver": 1, "warm": 1}


def test_segment_that_fails_is_resumed(
    place: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    define(place)
    with monkeypatch.context() as patched:
        patched.setattr(profiles, "read_group", _fault)
        save(place, points=100)
        until(lambda: place.engine.operations.suspended(CALLER), bool)
    assert [row.inside for row in place.engine.segments.list(CALLER)] == [0]
    assert "KeyError" in str(place.engine.operations.suspended(CALLER)[0].reason)
    place.engine.operations.resume(CALLER, "segment", "silver")
    settled(place)
    assert [row.inside for row in place.engine.segments.list(CALLER)] == [1]
    with pytest.raises(SojournError) as refused:
        place.engine.operations.resume(CALLER, "segment", "silver")
    assert refused.value.code == "suspension_unknown"
    until(lambda: len(told(caplog)), lambda count: count == 2)


def _fault(*_: object) -> None:
    raise KeyError("p1")


def test_version_that_cannot_run_is_suspended_alone(
    place: EmbeddedEngine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    real = program_compiler.compile_program

    def faulty(version: Any, *rest: Any, **more: Any) -> Any:
        if version.name == "K":
            raise KeyError("Own")
        return real(version, *rest, **more)

    with monkeypatch.context() as patched:
        patched.setattr("engine.runtime.deployment_loader.compile_program", faulty)
        place.publish(journey([entry()], [], name="K"))
        whole = place.publish(journey([entry()], []))
        place.send("p1")
        assert place.settle(whole, completed=1)["completed"] == 1
        (row,) = place.engine.operations.suspended(CALLER)
        assert (row.kind, row.name) == ("journey", "K@1")
        with pytest.raises(SojournError) as refused:
            place.engine.operations.resume(CALLER, "journey", "K@1")
        assert refused.value.code == "version_suspended"
    place.engine.operations.resume(CALLER, "journey", "K@1")
    assert place.engine.operations.suspended(CALLER) == ()
    until(lambda: len(told(caplog)), lambda count: count == 2)
