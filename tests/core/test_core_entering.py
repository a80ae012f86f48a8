"""Who may enter and who may not: dates, re-entrance, versions, test mode, jumps, segments (runtime.md, Events in)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from engine.errors import SojournError
from engine.simulation.scenario import ScenarioError
from tests.helpers.journey_builders import (
    activity,
    arrival,
    at_of,
    edge,
    entry,
    journey,
    notify,
    path_of,
    profile,
    run,
)


def reasons(outcome: dict[str, Any]) -> list[str]:
    return [one["reason"] for one in outcome["discarded"]]


def waiting(**properties: Any) -> Any:
    wait = activity("w", "wait.duration", duration=properties.pop("duration", "PT1H"))
    return journey([entry(), wait, notify("n")], ["in>w", "w>n"], **properties)


def test_end_that_is_a_date_includes_the_day() -> None:
    file = journey(
        [entry(), notify("n")], ["in>n"], time_zone="Europe/Paris", starts_at="2026-03-11", ends_at="2026-03-11"
    )
    outcome = run(
        file,
        arrival("2026-03-10T23:00:00Z", "p1"),
        arrival("2026-03-11T22:59:59.999Z", "p2"),
        arrival("2026-03-11T23:00:00Z", "p3"),
    )
    assert [one["key"] for one in outcome["instances"]] == ["p1", "p2"]
    assert reasons(outcome) == ["closed"]


def test_start_is_inclusive_and_end_exclusive() -> None:
    file = journey(
        [entry(), notify("n")],
        ["in>n"],
        time_zone="Europe/Paris",
        starts_at="2026-03-11T00:00:00",
        ends_at="2026-03-12T00:00:00",
    )
    outcome = run(
        file,
        arrival("2026-03-10T22:59:59.999Z", "p1"),
        arrival("2026-03-10T23:00:00Z", "p2"),
        arrival("2026-03-11T22:59:59.999Z", "p3"),
        arrival("2026-03-11T23:00:00Z", "p4"),
    )
    assert [one["key"] for one in outcome["instances"]] == ["p2", "p3"]
    assert reasons(outcome) == ["not_started", "closed"]


def test_reentrance_off_and_order_of_reasons() -> None:
    outcome = run(
        waiting(reentrance=False),
        arrival("PT0S"),
        arrival("PT1M"),
        arrival("P1D"),
        arrival("P3D"),
        commands=[{"at": "P2D", "close": "J"}],
    )
    assert reasons(outcome) == ["already_in_journey", "reentrance_not_allowed", "closed"]


def test_stop_ends_everyone_at_once() -> None:
    outcome = run(
        waiting(duration="P3D"),
        arrival("PT0S"),
        arrival("PT0S", "p2"),
        arrival("P1D", "p3"),
        commands=[{"at": "P1D", "stop": "J"}],
    )
    assert [one["status"] for one in outcome["instances"]] == ["stopped", "stopped"]
    assert path_of(outcome) == ["in"]
    assert outcome["metrics"]["stopped"] == 2
    assert outcome["metrics"]["errors"] == 0
    assert reasons(outcome) == ["closed"]


def test_stop_drops_pending_answer() -> None:
    outcome = run(
        journey([entry(), notify("n"), notify("m")], ["in>n", "n>m"]),
        arrival("PT0S"),
        arrival("PT1S", event="Enter"),
        answers={"Notify": [{"after": "PT20S"}]},
        commands=[{"at": "PT10S", "stop": "J"}],
    )
    assert outcome["instances"][0]["status"] == "stopped"
    assert path_of(outcome) == ["in", "n"]
    assert len(outcome["calls"]) == 1
    assert reasons(outcome) == ["closed"]


def test_new_version_takes_new_entrances() -> None:
    first = waiting(duration="P2D")
    second = journey([entry(), notify("other")], ["in>other"], version=2)
    outcome = run(
        [second, first],
        arrival("PT0S"),
        arrival("P1DT1S", "p2"),
        arrival("P1DT1S"),
        arrival("P3D"),
        commands=[{"at": "P1D", "publish": "J", "version": 2}],
    )
    assert [(one["version"], one["key"], one["status"]) for one in outcome["instances"]] == [
        (1, "p1", "finished"),
        (2, "p2", "finished"),
        (2, "p1", "finished"),
    ]
    assert reasons(outcome) == ["already_in_journey"]
    assert outcome["journeys"]["J"]["activities"]["w"]["entered"] == 1


def test_publishing_unknown_version_is_refused() -> None:
    with pytest.raises(ScenarioError) as refused:
        run(waiting(), commands=[{"at": "P1D", "publish": "J"}])
    assert refused.value.code == "scenario_version"
    with pytest.raises(ScenarioError) as unknown:
        run(waiting(), commands=[{"at": "P1D", "stop": "K"}])
    assert unknown.value.code == "scenario_journey"
    with pytest.raises(ScenarioError) as nothing:
        run(waiting(), commands=[{"at": "P1D"}])
    assert nothing.value.code == "scenario_command"


def test_test_mode_shortens_waits_and_takes_top_branch() -> None:
    split = activity("s", "condition.percentage", paths=[{"id": "a", "weight": 0}, {"id": "b", "weight": 100}])
    file = journey(
        [
            entry(),
            split,
            activity("v", "event", event="Visit", timeout="P20D"),
            activity("c", "wait.custom", until='toDateTimeOnly("2020-01-01")'),
            notify("n"),
        ],
        ["in>s", "s:a>v", "v>c", "c>n"],
    )
    people = [profile(testProfile=True), profile("p2")]
    outcome = run(file, arrival("PT0S"), arrival("PT0S", "p2"), profiles=people, mode="test", test_wait="PT20S")
    assert outcome["instances"][0]["history"][1]["path"] == "a"
    assert at_of(outcome, "v") == "2026-03-10T08:00:20Z"
    assert at_of(outcome, "n") == "2026-03-10T08:00:40Z"
    assert reasons(outcome) == ["not_a_test_profile"]
    without = journey([entry()], [], namespace=None)
    with pytest.raises(SojournError) as refused:
        run(without, mode="test")
    assert "ERR_JOURNEY_010" in str(refused.value)


def test_test_mode_reaction_waits_forty_seconds() -> None:
    file = journey(
        [
            entry(),
            activity("m", "email", template="Ping2", address='"a@example.com"'),
            activity("r", "reaction", to="m", on="opened", timeout="P1D"),
            notify("n"),
        ],
        ["in>m", "m>r", "r>n"],
        definitions={"templates": [{"name": "Ping2", "channel": "email", "subject": "x"}]},
    )
    outcome = run(file, arrival("PT0S"), profiles=[profile(testProfile=True)], mode="test")
    assert at_of(outcome, "r") == "2026-03-10T08:00:40Z"


@pytest.mark.parametrize(
    ("channel", "on", "said"),
    [("email", "failed", "bounced"), ("email", "opened", "opened"), ("push", "clicked", "opened")],
)
def test_provider_feedback_is_matched_to_reactions(channel: str, on: str, said: str) -> None:
    texts = {"subject": "x"} if channel == "email" else {"title": "x", "text": "y"}
    file = journey(
        [
            entry(),
            activity("m", channel, template="Ping2", address='"a@example.com"'),
            activity("r", "reaction", to="m", on=on, timeout="P1D", timeout_path=True),
            notify("n"),
        ],
        ["in>m", "m>r", "r>n"],
        definitions={"templates": [{"name": "Ping2", "channel": channel, **texts}]},
    )
    outcome = run(file, arrival("PT0S"), {"at": "PT1H", "message": said, "of": "m", "key": "p1"})
    assert at_of(outcome, "n") == "2026-03-10T09:00:00Z"


def test_test_session_admits_hundred_profiles() -> None:
    people = [profile(f"p{index}", testProfile=True) for index in range(101)]
    events = [arrival("PT0S", f"p{index}") for index in range(101)]
    file = journey([entry(), notify("n")], ["in>n"])
    outcome = run(file, *events, arrival("PT10M", "p0"), profiles=people, mode="test")
    assert outcome["metrics"]["entered"] == 101
    assert reasons(outcome) == ["journey_full"]


def two_journeys(**settings: Any) -> list[Any]:
    jump = activity("j", "jump", journey="Target", on_error=True, **settings)
    origin = journey([entry(), jump, notify("after"), notify("bad")], ["in>j", "j>after", "j:error>bad"], name="Origin")
    target = journey([entry("Visit"), activity("w", "wait.duration", duration="PT1H")], ["in>w"], name="Target")
    return [origin, target]


def test_jump_starts_target_and_origin_continues() -> None:
    outcome = run(
        two_journeys(parameters={"table": "@{Enter.n}"}),
        arrival("PT0S", n=3),
        arrival("PT30M"),
        arrival("PT40M", "p2", event="Visit"),
    )
    assert [(one["journey"], one["key"]) for one in outcome["instances"]] == [
        ("Origin", "p1"),
        ("Target", "p1"),
        ("Origin", "p1"),
        ("Target", "p2"),
    ]
    assert path_of(outcome, 2) == ["in", "j", "after"]
    assert outcome["discarded"] == [
        {
            "at": "2026-03-10T08:30:00Z",
            "event": "Visit",
            "key": "p1",
            "journey": "Target",
            "reason": "already_in_journey",
        }
    ]


def test_jump_to_closed_or_missing_journey_fails() -> None:
    closed = run(two_journeys(), arrival("PT1H"), commands=[{"at": "PT0S", "close": "Target"}])
    assert closed["instances"][0]["history"][1]["error"] == "evaluation"
    assert path_of(closed) == ["in", "j", "bad"]
    missing = run(two_journeys()[:1], arrival("PT1H"))
    assert path_of(missing) == ["in", "j", "bad"]


def segment_journey(behaviour: str = "both", segment: str = "silver") -> Any:
    start = activity("q", "segment_qualification", segment=segment, behaviour=behaviour)
    hello = activity("u", "update_profile", field="Profile.firstName", value='"x"')
    return journey([start, hello], ["q>u"], reentrance_wait="PT0S")


def test_scripted_segment_changes_cause_entrances() -> None:
    outcome = run(
        segment_journey("exit"),
        {"at": "PT1H", "segment": "silver", "change": "enter", "key": "p1"},
        {"at": "PT2H", "segment": "silver", "change": "exit", "key": "p1"},
        profiles=[profile()],
    )
    assert at_of(outcome, "q") == "2026-03-10T10:00:00Z"
    assert outcome["discarded"] == []


def test_computed_memberships_change_with_data() -> None:
    points = activity("u", "update_profile", field="Profile.points", value="@{Enter.n}")
    feeder = journey([entry(), points], ["in>u"], name="Feeder", reentrance_wait="PT0S")
    outcome = run(
        [segment_journey(), feeder],
        arrival("PT1H", n=150),
        arrival("PT2H", n=120),
        arrival("PT3H", n=20),
        arrival("PT4H", "p2", n=20),
        profiles=[profile(points=0), profile("p2", points=500), profile("p3", segments=["silver"])],
    )
    times = [one["history"][0]["at"] for one in outcome["instances"] if one["journey"] == "J"]
    assert times == ["2026-03-10T09:00:00Z", "2026-03-10T11:00:00Z", "2026-03-10T12:00:00Z"]


def test_time_dependent_segments_are_reevaluated() -> None:
    people = [profile(events=[{"timestamp": "2026-03-09T07:30:00Z", "sends": 1}])]
    outcome = run(segment_journey("exit", "recent"), profiles=people)
    assert at_of(outcome, "q") == "2026-03-11T08:00:00Z"
    points = activity("u", "update_profile", field="Profile.points", value="@{Enter.n}")
    feeder = journey([entry(), points], ["in>u"], name="Feeder")
    batch = run([segment_journey("enter", "gold"), feeder], arrival("PT1H", n=1500), profiles=[profile(points=0)])
    assert [at_of(batch, "q", index) for index in (1,)] == ["2026-03-11T08:00:00Z"]


def test_in_segment_sees_scripted_and_computed_memberships() -> None:
    condition = activity(
        "c",
        "condition.data_source",
        others=True,
        paths=[{"id": "yes", "expression": 'inSegment("silver")'}],
    )
    file = journey([entry(), condition], ["in>c"])
    outcome = run(
        file,
        *(arrival("PT1H", f"p{index}") for index in range(1, 5)),
        {"at": "PT0S", "segment": "silver", "change": "enter", "key": "p4"},
        {"at": "PT0S", "segment": "silver", "change": "exit", "key": "p1"},
        profiles=[profile(points=500), profile("p2", points=500), profile("p3")],
    )
    assert [one["history"][1]["path"] for one in outcome["instances"]] == ["others", "yes", "others", "yes"]


def test_id_is_processed_once_in_seven_days() -> None:
    file = journey([entry()], [], reentrance_wait="PT0S")
    twice = [{**arrival(at), "id": "e1"} for at in ("PT0S", "P6D", "P7D")]
    outcome = run(file, *twice, {**arrival("P8D"), "payload": {"id": "p1", "_id": "e2"}})
    assert outcome["metrics"]["entered"] == 3
    assert outcome["discarded"] == []


def test_invalid_events_are_discarded_without_journey() -> None:
    outcome = run(
        journey([entry()], []),
        {"at": "PT0S", "event": "Enter", "payload": {"vip": True}},
        {"at": "PT1S", "event": "Enter", "payload": {"id": ""}},
        {"at": "PT2S", "event": "Enter", "payload": {"id": "p", "n": "x"}},
        {"at": "PT3S", "payload": {"id": "p", "total": 20.5}},
        {"at": "PT4S", "event": "Nothing"},
    )
    assert [(one["reason"], one["event"], one.get("field"), one["journey"]) for one in outcome["discarded"]] == [
        ("missing_field", "Enter", "id", None),
        ("empty_key", "Enter", "id", None),
        ("wrong_type", "Enter", "n", None),
        ("no_match", None, None, None),
        ("no_match", "Nothing", "event", None),
    ]


def test_rule_events_enter_by_their_rule() -> None:
    file = journey([entry("BigCart")], [])
    outcome = run(file, {"at": "PT0S", "payload": {"id": "p9", "total": 101}})
    assert outcome["instances"][0]["key"] == "p9"


def test_same_scenario_gives_same_bytes() -> None:
    files = two_journeys()
    first, second = (json.dumps(run(files, arrival("PT0S"), arrival("PT0S", "p2"))) for _ in range(2))
    assert first == second
    assert edge("a:b>c") == {"from": "a", "path": "b", "to": "c"}
