"""Test mode: who may enter, what is kept of them, and the virtual clock that only they follow."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.core.effect import Fetch
from engine.core.stimulus import ActionDone, FetchDone
from engine.errors import SojournError
from engine.model import journey_file
from engine.model.definitions import Profile
from engine.model.journey_file import JourneyFile
from engine.ports import Call
from engine.services.views import TestState, VersionRow
from engine.simulation.simulation import Simulation
from tests.helpers.embedded_engine import (
    CALLER,
    DAY,
    HOUR,
    START,
    EmbeddedEngine,
    ManualClock,
    ScriptedPerformer,
    running,
    until,
)
from tests.helpers.journey_builders import activity, arrival, entry, journey, notify, profile, scenario

WAITING = journey(
    [
        entry(),
        activity("first", "wait.duration", duration="PT6H"),
        activity("second", "wait.duration", duration="PT6H"),
    ],
    ["in>first", "first>second"],
)
AWAITING = journey(
    [entry(), activity("visit", "event", event="Visit"), activity("w", "wait.duration", duration="P2D")],
    ["in>visit", "visit>w"],
)
TELLING = journey([entry(), notify("told"), activity("w", "wait.duration", duration="PT1H")], ["in>told", "told>w"])
ASKING = journey(
    [
        entry(),
        activity(
            "stay",
            "condition.data_source",
            others=True,
            on_error=True,
            paths=[{"id": "yes", "expression": "#{Hotel.Stay.reservation, params: {id: @{Enter.id}}}"}],
        ),
        notify("told"),
    ],
    ["in>stay", "stay:yes>told"],
)
REACTING = journey(
    [
        entry(),
        activity("mail", "email", template="Welcome", address='"a@b.example"', parameters={"firstName": '"A"'}),
        activity("opened", "reaction", to="mail", on="opened", timeout="PT1H"),
    ],
    ["in>mail", "mail>opened"],
)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    with running(tmp_path / "w") as made:
        yield made


def draft(place: EmbeddedEngine, file: JourneyFile) -> VersionRow:
    """The journey as a draft, with the test profiles t1 to t9."""
    for number in range(1, 10):
        place.engine.profiles.save(CALLER, Profile(identities={"CRMID": f"t{number}"}, testProfile=True))
    return place.engine.journeys.import_file(CALLER, journey_file.write(file)).version


def on(place: EmbeddedEngine, file: JourneyFile, *, virtual: bool = True) -> VersionRow:
    row = draft(place, file)
    place.engine.testing.switch_on(CALLER, row.id, 10.0, virtual)
    return row


def fire(place: EmbeddedEngine, row: VersionRow, key: str = "t1", event: str = "Enter") -> None:
    assert place.engine.testing.fire(CALLER, row.id, event, {"id": key}).errors == ()


def state(place: EmbeddedEngine, row: VersionRow) -> TestState:
    return place.engine.testing.state(CALLER, row.id)


def history(place: EmbeddedEngine, row: VersionRow) -> list[tuple[str, str, int]]:
    """Who left which activity, and when by the session's clock, in the order it happened."""
    steps = place.engine.reports.steps(CALLER, row.id)
    people = {one.instance: one.key for one in place.engine.reports.people(CALLER, row.id)}
    return [(people[step.instance], step.activity, step.at - START) for step in reversed(steps)]


def refused(code: str, call: Any, *arguments: Any) -> SojournError:
    with pytest.raises(SojournError) as caught:
        call(*arguments)
    assert caught.value.code == code
    return caught.value


def test_step_moves_to_next_due_time(place: EmbeddedEngine) -> None:
    row = on(place, WAITING)
    fire(place, row)
    place.pass_time(DAY)
    before = state(place, row)
    assert (before.virtual, before.running, before.time, before.next_at) == (True, False, START, START + 10_000)
    assert history(place, row) == [("t1", "in", 0)]
    after = place.engine.testing.step(CALLER, row.id)
    assert (after.time, after.running, after.next_at) == (START + 10_000, False, START + 20_000)
    place.engine.testing.step(CALLER, row.id)
    assert history(place, row) == [("t1", "in", 0), ("t1", "first", 10_000), ("t1", "second", 20_000)]
    assert place.metrics(row)["completed"] == 1
    still = place.engine.testing.step(CALLER, row.id)
    assert (still.time, still.running, still.next_at) == (START + 20_000, False, None)


def test_step_by_duration_processes_all_due(place: EmbeddedEngine) -> None:
    row = on(place, WAITING)
    fire(place, row)
    assert place.engine.testing.step(CALLER, row.id, 5.0).time == START + 5_000
    fire(place, row, "t2")
    reached = place.engine.testing.step(CALLER, row.id, 20.0)
    assert (reached.time, reached.running) == (START + 25_000, False)
    assert history(place, row) == [
        ("t1", "in", 0),
        ("t2", "in", 5_000),
        ("t1", "first", 10_000),
        ("t2", "first", 15_000),
        ("t1", "second", 20_000),
        ("t2", "second", 25_000),
    ]


def test_running_clock_pauses_while_waiting_for_events(place: EmbeddedEngine) -> None:
    row = on(place, AWAITING)
    fire(place, row)
    assert place.engine.testing.run(CALLER, row.id).running
    place.nudge()
    assert (state(place, row).time, state(place, row).running) == (START, True)
    fire(place, row, event="Visit")
    place.settle(row, completed=1)
    assert state(place, row).time == START + 10_000
    assert place.engine.testing.pause(CALLER, row.id).running is False


def test_step_may_go_to_global_timeout(place: EmbeddedEngine) -> None:
    row = on(place, AWAITING)
    fire(place, row)
    assert place.engine.testing.step(CALLER, row.id).time == START + 30 * DAY
    assert place.live(row).metrics["timed_out"] == 1


def test_pace_leaves_time_to_look(place: EmbeddedEngine) -> None:
    row = on(place, WAITING)
    fire(place, row)
    place.engine.testing.run(CALLER, row.id, 2.0)
    until(lambda: state(place, row).time, lambda time: time == START + 10_000)
    place.pass_time(1_999)
    assert state(place, row).time == START + 10_000
    place.pass_time(1)
    place.settle(row, completed=1)


def test_clock_waits_for_calls(tmp_path: Path) -> None:
    world = ScriptedPerformer()
    with running(tmp_path / "w", world) as place:
        row = on(place, TELLING)
        seen: list[TestState] = []

        def answer(call: Call) -> None:
            seen.append(place.engine.testing.step(CALLER, row.id))

        world.reply = answer
        fire(place, row)
        until(lambda: state(place, row), lambda now: not now.running and not now.under_way)
        (during,) = seen
        assert (during.under_way, during.running, during.time) == (1, True, START)
        assert history(place, row)[1] == ("t1", "told", 0)
        assert state(place, row).time == START + 10_000, "the step that waited for the call was made after it"


def test_virtual_history_is_independent_of_real_time(tmp_path: Path) -> None:
    found = []
    for name, pauses in (("quick", (0, 0, 0)), ("slow", (HOUR, 3 * DAY, 7_777))):
        with running(tmp_path / name) as place:
            row = on(place, WAITING)
            fire(place, row)
            place.pass_time(pauses[0])
            place.engine.testing.step(CALLER, row.id, 3.0)
            fire(place, row, "t2")
            place.pass_time(pauses[1])
            place.engine.testing.run(CALLER, row.id)
            place.settle(row, completed=2)
            place.pass_time(pauses[2])
            fire(place, row, "t3")
            place.settle(row, completed=3)
            found.append(history(place, row))
    assert found[0] == found[1]


def test_virtual_clock_moves_only_test_instances(place: EmbeddedEngine) -> None:
    other = place.publish(journey([entry(), activity("w", "wait.duration", duration="PT6H")], ["in>w"], name="Other"))
    row = on(place, WAITING)
    fire(place, row)
    place.engine.testing.step(CALLER, row.id, 90 * 86_400.0)
    place.nudge()
    assert place.metrics(row)["completed"] == 1
    assert place.metrics(other) == {"entered": 1, "current": 1, "completed": 0, "failed": 0, "stopped": 0}
    place.pass_time(6 * HOUR)
    place.settle(other, completed=1)


def test_clock_survives_restart(tmp_path: Path) -> None:
    clock = ManualClock()
    with running(tmp_path / "w", clock=clock) as place:
        row = on(place, WAITING)
        fire(place, row)
        place.engine.testing.step(CALLER, row.id)
    clock.time += DAY
    with running(tmp_path / "w", clock=clock) as place:
        assert place.owner.writer.overdue == 0
        assert state(place, row).time == START + 10_000
        place.engine.testing.step(CALLER, row.id)
        assert place.metrics(row)["completed"] == 1


def test_clock_changes_only_without_jump(place: EmbeddedEngine) -> None:
    row = on(place, WAITING, virtual=False)
    refused("test_clock_real", place.engine.testing.step, CALLER, row.id)
    fire(place, row)
    place.pass_time(4_000)
    taken = place.engine.testing.set_clock(CALLER, row.id, True)
    assert (taken.time, taken.next_at) == (START + 4_000, START + 10_000)
    place.pass_time(HOUR)
    assert place.metrics(row)["current"] == 1
    refused("test_clock", place.engine.testing.set_clock, CALLER, row.id, False)
    place.engine.testing.step(CALLER, row.id, 60.0)
    given_back = place.engine.testing.set_clock(CALLER, row.id, False)
    assert (given_back.virtual, given_back.running, given_back.time) == (False, True, place.clock.time)
    fire(place, row, "t2")
    place.pass_time(10_000)
    place.pass_time(10_000)
    place.settle(row, completed=2)


@pytest.mark.parametrize(
    ("code", "name", "value"),
    [
        ("test_step", "step", 0.0),
        ("test_step", "step", 91 * 86_401.0),
        ("test_pace", "run", -1.0),
        ("test_pace", "run", 61.0),
    ],
)
def test_steps_and_paces_have_bounds(place: EmbeddedEngine, code: str, name: str, value: float) -> None:
    row = on(place, WAITING)
    refused(code, getattr(place.engine.testing, name), CALLER, row.id, value)


def test_clock_is_matter_of_test_mode(place: EmbeddedEngine) -> None:
    row = draft(place, WAITING)
    for call in (place.engine.testing.step, place.engine.testing.run, place.engine.testing.pause):
        refused("test_off", call, CALLER, row.id)
    refused("test_off", place.engine.testing.set_clock, CALLER, row.id, True)
    assert state(place, row) == TestState(False, 10.0)


def test_hundred_test_profiles_may_reenter(place: EmbeddedEngine) -> None:
    row = on(place, WAITING)
    lines = "\n".join(f'{{"identities": {{"CRMID": "p{number}"}}, "testProfile": true}}' for number in range(101))
    place.engine.profiles.import_text(CALLER, lines)
    for number in range(100):
        fire(place, row, f"p{number}")
    place.engine.testing.step(CALLER, row.id, 3_600.0)
    fire(place, row, "p7")
    assert (state(place, row).people, place.metrics(row)["entered"]) == (100, 101)
    fire(place, row, "p100")
    assert place.reasons() == ["journey_full"]


def test_week_without_event_switches_test_off(place: EmbeddedEngine) -> None:
    row = on(place, AWAITING)
    fire(place, row)
    place.pass_time(6 * DAY)
    place.send("t1", "Visit")
    place.pass_time(6 * DAY)
    assert state(place, row).on, "an event from outside keeps it on as well"
    place.pass_time(DAY + 1)
    until(lambda: place.later(1_000, lambda: state(place, row).on), lambda still: not still)
    assert place.engine.journeys.row(CALLER, row.id).state == "draft"
    assert place.engine.reports.people(CALLER, row.id) == ()


def test_reaction_has_forty_seconds_at_least(place: EmbeddedEngine) -> None:
    row = draft(place, REACTING)
    assert place.engine.testing.switch_on(CALLER, row.id, 10.0, True).wait == 40.0
    said = refused("test_wait", place.engine.testing.set_wait, CALLER, row.id, 39.0)
    assert said.message == "a journey with a reaction waits at least 40 seconds in test mode"
    assert place.engine.testing.set_wait(CALLER, row.id, 45.0).wait == 45.0
    fire(place, row)
    assert state(place, row).next_at == START + 45_000


def test_log_describes_each_instance(tmp_path: Path) -> None:
    world = ScriptedPerformer()
    with running(tmp_path / "w", world) as place:
        row = on(place, ASKING)
        fire(place, row, "t1")
        place.settle(row, completed=1)
        world.reply = _faulty
        fire(place, row, "t2")
        place.settle(row, completed=2)
        world.reply = _unwilling
        fire(place, row, "t3")
        place.settle(row, failed=1)
        third, second, first = (dict[str, Any](log) for log in place.engine.testing.log(CALLER, row.id))
    assert set(first) == {
        "id", "currentStep", "phase", "extraInfo", "fetchErrors", "externalKeys", "enrichedData", "transitionHistory",
        "payloads", "actionErrors",
    }  # fmt: skip
    assert (first["phase"], first["externalKeys"]) == ("finished", [{"key": "t1", "namespace": "CRMID"}])
    assert list(first["enrichedData"].values()) == [{"reservation": True}]
    assert [(step["node"], step.get("payload")) for step in first["transitionHistory"]] == [
        ("in", {"id": "t1"}),
        ("stay", None),
        ("told", None),
    ]
    assert second["fetchErrors"] == [{"step": "stay", "group": "Hotel.Stay", "code": "503", "detail": "Busy"}]
    assert (second["phase"], second["extraInfo"]["error"]) == ("finished", "503: Busy")
    assert (third["phase"], third["currentStep"]) == ("error", "told")
    assert third["actionErrors"] == [{"step": "told", "code": "400", "detail": "No"}]


def _faulty(call: Call) -> FetchDone | None:
    if isinstance(call.effect, Fetch):
        return FetchDone(call.effect.call, error="503", origin_error="Busy", origin_code="503")
    return None


def _unwilling(call: Call) -> ActionDone | None:
    if isinstance(call.effect, Fetch):
        return None
    return ActionDone(call.effect.call, error="400", origin_error="No", origin_code="400")


def test_switching_off_removes_instances_and_reporting(place: EmbeddedEngine) -> None:
    live = place.publish(WAITING)
    place.send("t1")
    place.send("stranger")
    entered = {row.key: row.entered_at for row in place.engine.reports.people(CALLER, live.id)}
    second = place.engine.journeys.new_version(CALLER, "J")
    place.pass_time(HOUR)
    place.engine.testing.switch_on(CALLER, second.id, 10.0, True)
    fire(place, second, "t2")
    fire(place, second, "nobody")
    place.send("stranger")
    assert sorted(place.reasons()) == ["already_in_journey"]
    place.engine.profiles.save(CALLER, Profile(identities={"CRMID": "t3"}, testProfile=True))
    place.engine.testing.fire(CALLER, second.id, "Enter", {"id": "t3"})
    place.engine.testing.step(CALLER, second.id, 86_400.0)
    assert place.engine.testing.switch_off(CALLER, second.id) == TestState(False, 10.0)
    assert place.metrics(second) == {"entered": 0, "current": 0, "completed": 0, "failed": 0, "stopped": 0}
    assert place.engine.reports.steps(CALLER, second.id) == ()
    assert {row.key: row.entered_at for row in place.engine.reports.people(CALLER, live.id)}.items() >= entered.items()
    assert place.reasons() == ["already_in_journey"], "what the live version refused is kept"


SCRIPT = [
    arrival("PT0S", "t1"),
    arrival("PT3S", "t2"),
    arrival("PT3S", "stranger"),
    {"at": "PT10S", "event": "Visit", "payload": {"id": "t1"}},
    arrival("PT12S", "t2"),
    {"at": "PT15S", "event": "Visit", "payload": {"id": "t3"}},
    arrival("PT20S", "t3", n=5),
    {"at": "PT30S", "event": "Visit", "payload": {"id": "t3"}},
    arrival("PT1H", "t1"),
]
SPLIT = [{"id": "few", "weight": 1}, {"id": "many", "weight": 99}]
FORKING = journey(
    [
        entry(),
        activity("late", "wait.duration", y=0, duration="P3D"),
        activity("visit", "event", y=1, event="Visit", timeout="PT5H", timeout_path=True),
        activity("which", "condition.percentage", y=1, paths=SPLIT),
        activity("hour", "condition.time", y=0, others=True, paths=[{"id": "day", "from": "08:00", "until": "08:01"}]),
        activity("rest", "wait.duration", y=1, x=3, duration="P1D"),
    ],
    ["in>late", "in>visit", "late>hour", "visit>which", "which:few>rest"],
    reentrance_wait="PT5M",
)  # fmt: skip


@pytest.mark.parametrize("file", [FORKING, WAITING, AWAITING])
def test_virtual_test_equals_simulation(place: EmbeddedEngine, file: JourneyFile) -> None:
    people = [{**profile(f"t{number}"), "testProfile": True} for number in range(1, 10)]
    simulation = Simulation([file], scenario(*SCRIPT, mode="test", profiles=people, until="PT2H"))
    simulation.run()
    steps = [(one.instance.key, step.node, step.path, step.timestamp - START)
             for one in simulation.store.instances for step in one.steps]  # fmt: skip
    row = on(place, file)
    for one in SCRIPT:
        ahead = simulation.scenario.moment(one["at"], "$") - (state(place, row).time or 0)
        if ahead:
            place.engine.testing.step(CALLER, row.id, ahead / 1000)
        place.pass_time(777)
        place.engine.testing.fire(CALLER, row.id, one["event"], one["payload"])
    place.engine.testing.step(CALLER, row.id, (START + 2 * HOUR - (state(place, row).time or 0)) / 1000)
    people_of = {one.instance: one.key for one in place.engine.reports.people(CALLER, row.id)}
    found = [(people_of[step.instance], step.activity, step.fields.get("path", ""), step.at - START)
             for step in place.engine.reports.steps(CALLER, row.id)]  # fmt: skip
    assert sorted(found) == sorted(steps)
    assert len(steps) > 5
    refusals = sorted(str(one["reason"]) for one in simulation.store.records.discards)
    assert sorted(place.reasons()) == refusals


def test_waits_last_as_designed_without_wait_time(place: EmbeddedEngine) -> None:
    row = on(place, WAITING)
    assert place.engine.testing.set_wait(CALLER, row.id, 0.0).wait == 0.0
    fire(place, row)
    found = state(place, row)
    assert found.time is not None
    assert found.next_at == found.time + 6 * HOUR


def test_explanation_has_payload_values_and_request(place: EmbeddedEngine) -> None:
    row = on(place, TELLING)
    fire(place, row)
    until(lambda: history(place, row), lambda seen: "told" in [name for _, name, _ in seen])
    (shown,) = place.engine.reports.people(CALLER, row.id)

    def explained(name: str) -> dict[str, Any]:
        return dict(place.engine.testing.explain(CALLER, row.id, shown.instance, name))

    assert explained("in")["payload"]["id"] == "t1"
    told = explained("told")
    values = {one["where"]: one["value"] for one in told["expressions"]}
    assert values == {"parameters.To": "t1", "parameters.Text": "hi"}
    assert (told["request"]["method"], told["request"]["body"]) == ("POST", {"kind": "push", "to": "t1", "text": "hi"})
    assert told["step"]["node"] == "told"
    assert explained("w")["step"] is None
    for instance, name in (("999", "told"), (shown.instance, "nowhere")):
        with pytest.raises(SojournError) as caught:
            place.engine.testing.explain(CALLER, row.id, instance, name)
        assert caught.value.code == "instance_unknown"


def test_explanation_reads_fetched_data(place: EmbeddedEngine) -> None:
    row = on(place, ASKING)
    fire(place, row)
    until(lambda: history(place, row), lambda seen: "stay" in [name for _, name, _ in seen])
    (shown,) = place.engine.reports.people(CALLER, row.id)

    explained: dict[str, Any] = dict(place.engine.testing.explain(CALLER, row.id, shown.instance, "stay"))
    (value,) = explained["expressions"]
    assert (value["where"], value["value"]) == ("paths.yes", True)
