"""How people move: every kind of activity, in virtual time (runtime.md, Moving)."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.helpers.journey_builders import (
    DEFINITIONS,
    activity,
    arrival,
    at_of,
    entry,
    journey,
    notify,
    path_of,
    profile,
    run,
)


def line(*middle: dict[str, Any], **properties: Any) -> Any:
    """Entry, these activities one after the other."""
    names = ["in", *(one["id"] for one in middle)]
    return journey([entry(), *middle], [f"{a}>{b}" for a, b in pairwise(names)], **properties)


def test_first_true_condition_wins() -> None:
    condition = activity(
        "c",
        "condition.data_source",
        others=True,
        paths=[{"id": "vip", "expression": "@{Enter.vip}"}, {"id": "many", "expression": "@{Enter.n} > 3"}],
    )
    file = journey(
        [entry(), condition, notify("a"), notify("b"), notify("o")], ["in>c", "c:vip>a", "c:many>b", "c:others>o"]
    )
    outcome = run(file, arrival("PT0S", "p1", vip=True, n=9), arrival("PT0S", "p2", n=9), arrival("PT0S", "p3"))
    assert [path_of(outcome, index)[-1] for index in range(3)] == ["a", "b", "o"]
    assert outcome["instances"][2]["history"][1]["path"] == "others"


def test_no_matching_path_completes() -> None:
    condition = activity("c", "condition.data_source", paths=[{"id": "vip", "expression": "@{Enter.vip}"}])
    outcome = run(journey([entry(), condition, notify("a")], ["in>c", "c:vip>a"]), arrival("PT0S"))
    assert outcome["metrics"]["completed"] == 1
    assert "path" not in outcome["instances"][0]["history"][1]
    assert outcome["calls"] == []


def test_path_without_edge_completes() -> None:
    condition = activity("c", "condition.data_source", paths=[{"id": "vip", "expression": "@{Enter.vip}"}])
    outcome = run(journey([entry(), condition], ["in>c"]), arrival("PT0S", vip=True))
    assert outcome["instances"][0]["status"] == "finished"
    assert outcome["instances"][0]["history"][1]["path"] == "vip"
    assert outcome["journeys"]["J"]["edges"] == {"in": 1}


def test_conditions_fetch_needed_data_once() -> None:
    paths = [
        {"id": "vip", "expression": "@{Enter.vip}"},
        {"id": "stays", "expression": "#{Hotel.Stay.reservation, params: {id: @{Enter.id}}}"},
        {"id": "long", "expression": "#{Hotel.Stay.nights, params: {id: @{Enter.id}}} > 3"},
    ]
    condition = activity("c", "condition.data_source", paths=paths)
    text = '"n " + #{Hotel.Stay.nights, params: {id: @{Enter.id}}}'
    file = journey([entry(), condition, notify("a"), notify("b", text=text)], ["in>c", "c:vip>a", "c:long>b"])
    stay = {"Hotel.Stay": [{"body": {"reservation": False, "nights": 5}, "after": "PT0.2S"}]}
    outcome = run(file, arrival("PT0S", "p1", vip=True), arrival("PT0S", "p2"), answers=stay)
    fetches = [call for call in outcome["calls"] if call["name"] == "Hotel.Stay"]
    assert [(call["key"], call["at"]) for call in fetches] == [
        ("p2", "2026-03-10T08:00:00Z"),
        ("p2", "2026-03-10T08:00:00.200Z"),
    ]
    assert fetches[0]["url"] == "https://hotel.example.com/stay?id=p2"
    sent = next(call for call in outcome["calls"] if call["name"] == "Notify" and call["key"] == "p2")
    assert sent["body"]["text"] == "n 5"
    assert sent["at"] == "2026-03-10T08:00:00.400Z"


def test_action_data_is_fetched_together() -> None:
    parameters = {
        "To": '"" + #{Hotel.Bill.total, params: {id: @{Enter.id}}} + #{Hotel.Stay.nights, params: {id: "x"}}',
        "Text": '"n " + #{Hotel.Stay.nights, params: {id: @{Enter.id}}}',
    }
    file = line(activity("a", "action", action="Notify", parameters=parameters))
    answers = {
        "Hotel.Stay": [{"body": {"nights": 2}, "after": "PT0.3S"}],
        "Hotel.Bill": [{"body": {"total": 1.5}, "after": "PT0.2S"}],
    }
    outcome = run(file, arrival("PT0S"), answers=answers)
    assert [call["at"] for call in outcome["calls"]] == [*["2026-03-10T08:00:00Z"] * 3, "2026-03-10T08:00:00.300Z"]
    assert outcome["calls"][-1]["body"] == {"kind": "push", "to": "1.52", "text": "n 2"}


def test_custom_action_sends_its_values() -> None:
    order = activity(
        "o",
        "action",
        action="Order",
        url_path='"/" + @{Enter.id}',
        headers={"Time": "toString(now())"},
        query={"Lang": '"fr"'},
        parameters={
            "Items": {"items": "@{Enter.lines}", "fields": {"code": "sku", "count": "qty"}},
            "Tags": "@{Enter.tags}",
            "At": "now()",
        },
    )
    lines = [{"sku": "a", "qty": 2}, {"sku": "b"}]
    outcome = run(line(order), arrival("PT0S", lines=lines, tags=["x", "y"]), arrival("PT1S", "p2"))
    call = outcome["calls"][0]
    assert (call["method"], call["url"]) == ("PUT", "https://api.example.com/orders/p1?lang=fr")
    assert call["headers"]["X-App"] == "shop"
    assert call["headers"]["X-Time"] == "2026-03-10T08:00:00Z"
    assert call["headers"]["Idempotency-Key"]
    assert call["body"] == {
        "items": [{"code": "a", "count": 2}, {"code": "b", "count": None}],
        "tags": ["x", "y"],
        "nested": {"at": "2026-03-10T08:00:00Z", "fixed": {"a": 1}},
    }
    assert outcome["calls"][1]["body"]["items"] is None


def test_answer_can_be_read_later() -> None:
    second = notify("b", text='"t " + @{Notify.response.ticket}')
    outcome = run(line(notify("a"), second), arrival("PT0S"), answers={"Notify": [{"body": {"ticket": "T1"}}]})
    assert outcome["calls"][1]["body"]["text"] == "t T1"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"status": 400}, "400"),
        ({"status": 503}, "503"),
        ({"fault": "refused"}, "connection"),
        ({"fault": "timeout"}, "timedOut"),
        ({"fault": "malformed"}, "malformed"),
        ({"body": {"score": "no number"}}, "malformed"),
        ({"after": "PT31S"}, "timedOut"),
    ],
)
def test_errors_take_error_path_or_stop(answer: dict[str, Any], code: str) -> None:
    with_path = journey([entry(), notify("a", on_error=True), notify("b")], ["in>a", "a:error>b"])
    answers = {"Notify": [{**answer, "when": {"text": "hi"}}]}
    outcome = run(with_path, arrival("PT0S"), answers=answers, until="PT5M")
    history = outcome["instances"][0]["history"]
    assert history[1] == {"activity": "a", "at": "2026-03-10T08:00:00Z", "path": "error", "error": code}
    assert outcome["metrics"]["errors"] == 2
    stopped = run(line(notify("a")), arrival("PT0S"), answers=answers)
    assert stopped["instances"][0]["status"] == "error"
    assert stopped["metrics"] | {"failed": 1, "errors": 1} == stopped["metrics"]
    assert stopped["journeys"]["J"]["activities"]["a"] == {"entered": 1, "errors": 1}


def test_failed_fetch_fails_activity() -> None:
    condition = activity(
        "c",
        "condition.data_source",
        on_error=True,
        paths=[{"id": "s", "expression": "#{Hotel.Stay.reservation, params: {id: @{Enter.id}}}"}],
    )
    outcome = run(journey([entry(), condition, notify("e")], ["in>c", "c:error>e"]), arrival("PT0S"))
    assert outcome["instances"][0]["history"][1]["error"] == "connection"
    assert path_of(outcome) == ["in", "c", "e"]
    assert len([call for call in outcome["calls"] if call["name"] == "Hotel.Stay"]) == 4
    assert outcome["journeys"]["J"]["metrics"]["errors_in_enrichment"] == 1


def test_evaluation_error_is_error_of_activity() -> None:
    condition = activity(
        "c", "condition.data_source", paths=[{"id": "s", "expression": "toInteger(@{Enter.when}) > 1"}]
    )
    outcome = run(line(condition), arrival("PT0S", when="abc"))
    assert outcome["instances"][0]["history"][1]["error"] == "evaluation"
    assert outcome["instances"][0]["status"] == "error"


def test_missing_dynamic_path_is_evaluation_error() -> None:
    order = activity(
        "o",
        "action",
        action="Order",
        url_path="@{Enter.when}",
        headers={"Time": "@{Enter.when}"},
        query={"Lang": "@{Enter.when}"},
        parameters={"Items": "@{Enter.lines}", "Tags": "@{Enter.tags}", "At": "now()"},
    )
    outcome = run(line(order), arrival("PT0S"), arrival("PT0S", "p2", when="x"))
    assert outcome["instances"][0]["history"][1]["error"] == "evaluation"
    (call,) = outcome["calls"]
    assert call["url"] == "https://api.example.com/orders/x?lang=x"


def test_constant_conditions_and_branches_are_evaluated() -> None:
    text = 'if (@{Enter.vip}) then (#{Hotel.Stay.nights, params: {id: "a"}} + "") else ("none")'
    paths = [{"id": "no", "expression": "false"}, {"id": "yes", "expression": "true"}]
    condition = activity("c", "condition.data_source", paths=paths)
    file = journey([entry(), condition, notify("n", text=text)], ["in>c", "c:yes>n"])
    outcome = run(file, arrival("PT0S"))
    assert [call["body"]["text"] for call in outcome["calls"]] == ["none"]


def test_error_during_fetch_is_reported_after_data() -> None:
    stay = "#{Hotel.Stay.nights, params: {id: @{Enter.id}}}"
    bill = "#{Hotel.Bill.total, params: {id: toString(toInteger(@{Enter.when}))}}"
    file = line(notify("n", text=f'"" + {stay} + {bill}'))
    outcome = run(file, arrival("PT0S", when="x"), answers={"Hotel.Stay": [{"body": {"nights": 1}}]})
    assert outcome["instances"][0]["history"][1]["error"] == "evaluation"
    assert [call["name"] for call in outcome["calls"]] == ["Hotel.Stay"]


def test_messages_are_sent_from_templates() -> None:
    email = activity(
        "m",
        "email",
        template="Welcome",
        address="#{ExperiencePlatform.Profile.email}",
        parameters={"firstName": "#{ExperiencePlatform.Profile.firstName}"},
        on_error=True,
    )
    sms = activity("s", "sms", template="Code", address='"+33"', parameters={"code": "42"})
    file = journey([entry(), email, sms, notify("bad")], ["in>m", "m>s", "m:error>bad"])
    people = [profile("p1", email="a@example.com", firstName="Ann"), profile("p2")]
    outcome = run(file, arrival("PT0S"), arrival("PT0S", "p2"), arrival("PT0S", "p3"), profiles=people)
    assert [(m["key"], m["channel"], m["to"], m.get("subject"), m["body"]) for m in outcome["messages"]] == [
        ("p1", "email", "a@example.com", "Hello Ann", "Welcome, Ann."),
        ("p1", "sms", "+33", None, "Code 42"),
    ]
    assert [outcome["instances"][index]["history"][1].get("error") for index in range(3)] == [
        None,
        "evaluation",
        "evaluation",
    ]


def test_update_profile_requires_profile() -> None:
    update = activity("u", "update_profile", field="Profile.address.city", value='"Paris"', on_error=True)
    read = notify("n", text="#{ExperiencePlatform.Profile.address.city}")
    file = journey([entry(), update, read, notify("bad")], ["in>u", "u>n", "u:error>bad"])
    outcome = run(file, arrival("PT0S"), arrival("PT0S", "p2"), profiles=[profile()])
    assert outcome["calls"][0]["body"]["text"] == "Paris"
    assert outcome["instances"][1]["history"][1]["error"] == "evaluation"


def test_durations_and_parallel_groups() -> None:
    file = journey(
        [
            entry(),
            activity("visit", "event", 1, 10, event="Visit", timeout="PT3H", timeout_path=True),
            activity("w", "wait.duration", 1, 0, duration="PT3H"),
            notify("v"),
            notify("late"),
            notify("waited"),
        ],
        ["in>visit", "in>w", "visit>v", "visit:timeout>late", "w>waited"],
    )
    outcome = run(
        file,
        arrival("PT0S"),
        arrival("PT2H59M59.999S", event="Visit"),
        arrival("PT0S", "p2"),
        arrival("PT3H", "p2", event="Visit"),
    )
    assert path_of(outcome, 0) == ["in", "visit", "v"]
    assert path_of(outcome, 1) == ["in", "w", "waited"]
    assert outcome["discarded"][0]["reason"] == "not_waiting"
    assert outcome["journeys"]["J"]["edges"]["in"] == 2
    assert outcome["journeys"]["J"]["activities"]["visit"]["entered"] == 1


def test_timed_out_event_continues_its_branch() -> None:
    file = line(activity("v", "event", event="Visit", timeout="PT1H"), notify("n"))
    outcome = run(file, arrival("PT0S"))
    assert path_of(outcome) == ["in", "v", "n"]
    assert outcome["instances"][0]["history"][1] == {"activity": "v", "at": "2026-03-10T09:00:00Z"}


def test_custom_waits_and_their_errors() -> None:
    wait = activity("w", "wait.custom", until="toDateTimeOnly(@{Enter.when})")
    file = line(wait, notify("n"), time_zone="Europe/Paris")
    outcome = run(
        file,
        arrival("PT0S", "p1", when="2026-03-29T02:30:00"),
        arrival("PT0S", "p2", when="2025-10-26T02:30:00"),
        arrival("PT0S", "p3"),
        arrival("PT0S", "p4", when="2026-03-10T10:00:00"),
    )
    assert at_of(outcome, "w", 0) == "2026-03-29T01:30:00Z"
    assert at_of(outcome, "w", 1) == "2026-03-10T08:00:00Z"
    assert outcome["instances"][2]["history"][1] == {
        "activity": "w",
        "at": "2026-03-10T08:00:00Z",
        "error": "evaluation",
    }
    assert outcome["instances"][2]["status"] == "error"
    assert at_of(outcome, "w", 3) == "2026-03-10T09:00:00Z"


def test_group_waits_start_before_fetch() -> None:
    until = 'toDateTimeOnly("2026-03-10T08:00:" + #{Hotel.Stay.nights, params: {id: @{Enter.id}}})'
    file = journey(
        [
            entry(),
            activity("c", "wait.custom", 1, 0, until=until),
            activity("w", "wait.duration", 1, 9, duration="PT1S"),
            activity("v", "event", 1, 5, event="Visit"),
        ],
        ["in>c", "in>w", "in>v"],
    )
    stay = {"Hotel.Stay": [{"body": {"nights": 30}, "after": "PT2S"}]}
    outcome = run(file, arrival("PT0S"), arrival("PT1S", event="Visit"), answers=stay)
    assert outcome["instances"][0]["history"][1:] == [{"activity": "w", "at": "2026-03-10T08:00:02Z"}]


def test_reactions_recorded_before_count_at_once() -> None:
    file = journey(
        [
            entry(),
            activity("m", "push", template="Ping", address='"t"'),
            activity("w", "wait.duration", duration="PT1H"),
            activity("r", "reaction", 1, 0, to="m", on="clicked", timeout="P1D", timeout_path=True),
            notify("yes"),
            notify("no"),
        ],
        ["in>m", "m>w", "w>r", "r>yes", "r:timeout>no"],
    )
    outcome = run(
        file,
        *(arrival("PT0S", key) for key in ("p1", "p2", "p3")),
        {"at": "PT30M", "message": "clicked", "of": "m", "key": "p1"},
        {"at": "PT2H", "message": "clicked", "of": "m", "key": "p2"},
        {"at": "PT2H", "message": "sent", "of": "m", "key": "p3", "journey": "J"},
        {"at": "PT2H", "message": "sent", "of": "m", "key": "nobody"},
    )
    assert [at_of(outcome, "r", index) for index in range(3)] == [
        "2026-03-10T09:00:00Z",
        "2026-03-10T10:00:00Z",
        "2026-03-11T09:00:00Z",
    ]
    assert [path_of(outcome, index)[-1] for index in range(3)] == ["yes", "yes", "no"]
    metrics = outcome["journeys"]["J"]["metrics"]
    assert (metrics["sent"], metrics["clicked"], metrics["clicked_rate"]) == (3, 2, 0.6667)


def test_split_is_weighted_and_independent_per_profile() -> None:
    split = activity("s", "condition.percentage", paths=[{"id": "a", "weight": 30}, {"id": "b", "weight": 70}])
    file = journey([entry(), split, notify("x"), notify("y")], ["in>s", "s:a>x", "s:b>y"])
    many = [arrival("PT0S", f"p{index}") for index in range(600)]
    edges = run(file, *many)["journeys"]["J"]["edges"]
    assert 140 <= edges["s:a"] <= 220
    assert edges["s:a"] + edges["s:b"] == 600
    alone = run(file, arrival("PT0S", "p7"))["instances"][0]
    crowd = next(one for one in run(file, *many)["instances"] if one["key"] == "p7")
    assert alone == crowd


def test_profile_caps_reset_after_180_days() -> None:
    cap = activity("c", "condition.profile_cap", limit=2, others=True, paths=[{"id": "first"}])
    file = journey([entry(), cap, notify("a"), notify("b")], ["in>c", "c:first>a", "c:others>b"])
    events = [arrival(at, f"p{index}") for index, at in enumerate(["PT0S", "P1D", "P2D", "P180D"])]
    outcome = run(file, *events, until="P200D")
    assert [one["history"][1]["path"] for one in outcome["instances"]] == ["first", "first", "others", "first"]


def test_global_timeout_is_last_and_an_error() -> None:
    file = journey([entry(), activity("v", "event", event="Visit"), notify("n")], ["in>v", "v>n"], global_timeout="P1D")
    outcome = run(file, arrival("PT0S"), arrival("PT0S", "p2"), arrival("P1D", "p2", event="Visit"))
    assert [one["status"] for one in outcome["instances"]] == ["timed_out", "finished"]
    assert outcome["metrics"] == {
        "entered": 2, "current": 0, "completed": 1, "failed": 1, "stopped": 0, "errors": 1, "timed_out": 1,
    }  # fmt: skip
    assert path_of(outcome, 0) == ["in"]


def test_events_in_middle_of_step_are_held() -> None:
    file = journey(
        [entry(), notify("n"), activity("v", "event", event="Visit", timeout="P1D"), notify("m", text='"m"')],
        ["in>n", "n>v", "v>m"],
    )
    outcome = run(
        file,
        arrival("PT0S"),
        arrival("PT1S", event="Visit", table=7),
        arrival("PT1S"),
        answers={"Notify": [{"when": {"text": "hi"}, "after": "PT5S"}]},
    )
    assert at_of(outcome, "v") == "2026-03-10T08:00:05Z"
    assert outcome["discarded"] == [
        {"at": "2026-03-10T08:00:05Z", "event": "Enter", "key": "p1", "journey": "J", "reason": "reentrance_wait"}
    ]


def test_running_instance_lists_pending_stimuli() -> None:
    file = journey(
        [entry(), activity("v", "event", 0, 9, event="Visit"), activity("w", "wait.duration", duration="P2D")],
        ["in>v", "in>w"],
    )
    outcome = run(file, arrival("PT0S"), until="P1D")
    assert outcome["instances"][0]["waiting"] == ["w", "v"]
    assert outcome["metrics"]["current"] == 1
    calling = run(line(notify("n")), arrival("PT0S"), answers={"Notify": [{"after": "PT20S"}]}, until="PT10S")
    assert path_of(calling) == ["in", "n"]
    assert calling["instances"][0]["waiting"] == []


def test_one_expression_fetches_groups_together() -> None:
    groups = [
        {"name": "Now", "fields": {"rain": "boolean"}},
        {"name": "At", "parameters": ["city"], "fields": {"t": "integer"}},
    ]
    source = {"name": "Weather", "url": "https://weather.example.com/", "field_groups": groups}
    text = (
        '"" + #{Weather.Now.rain} + #{Weather.At.t, params: {city: "Paris"}} + #{Weather.At.t, params: {city: "Oslo"}}'
    )
    file = journey([entry(), notify("n", text=text)], ["in>n"], definitions={"data_sources": [source]})
    answers = {
        "Weather.Now": [{"body": {"rain": True}, "after": "PT1S"}],
        "Weather.At": [{"when": {"city": "Oslo"}, "body": {"t": 3}, "after": "PT2S"}, {"body": {"t": 9}}],
    }
    outcome = run(file, arrival("PT0S"), answers=answers)
    assert [call["at"][17:] for call in outcome["calls"]] == ["00Z", "00Z", "00Z", "02Z"]
    assert outcome["calls"][-1]["body"]["text"] == "true93"


def test_updates_jumps_and_paths_fetch_data() -> None:
    grouped = [{"name": "Two", "parameters": ["a", "b"], "fields": {"n": "integer", "s": "string"}}]
    sources = [
        *DEFINITIONS["data_sources"],
        {"name": "Other", "url": "https://o.example.com/", "field_groups": grouped},
    ]
    two = 'Other.Two.n, params: {a: @{Enter.n}, b: "y"}}'
    update = activity("u", "update_profile", field="Profile.points", value=f"#{{{two}")
    jump = activity("j", "jump", journey="Target", parameters={"table": f"#{{{two}"})
    order = activity(
        "o",
        "action",
        action="Order",
        url_path=f'"" + #{{{two}',
        headers={"Time": '"t"'},
        query={"Lang": '"l"'},
        parameters={"Items": "@{Enter.lines}", "Tags": "@{Enter.tags}", "At": "now()"},
    )
    more = {"data_sources": sources}
    origin = journey([entry(), update, jump, order], ["in>u", "u>j", "j>o"], definitions=more)
    target = journey([entry("Visit"), notify_table()], ["in>t"], name="Target", definitions=more)
    answers = {"Other.Two": [{"when": {"a": 5, "b": "y"}, "body": {"n": 7}}]}
    outcome = run([origin, target], arrival("PT0S", n=5), profiles=[profile()], answers=answers)
    assert path_of(outcome) == ["in", "u", "j", "o"]
    assert [call["name"] for call in outcome["calls"]] == ["Other.Two", "Other.Two", "Other.Two", "Order", "Notify"]
    assert outcome["calls"][0]["url"] == "https://o.example.com/?a=5&b=y"
    assert outcome["calls"][4]["body"]["text"] == "7"


def notify_table() -> dict[str, Any]:
    parameters = {"To": "@{Visit.id}", "Text": '"" + @{Visit.table}'}
    return activity("t", "action", action="Notify", parameters=parameters)


@pytest.mark.parametrize(
    ("body", "sent"), [({"value": [1]}, [1]), ({"variable": "All", "type": "integer"}, 3), (None, None)]
)
def test_body_may_be_single_value_or_empty(body: dict[str, Any] | None, sent: Any) -> None:
    action = {"name": "Plain", "url": "https://api.example.com/plain", **({"body": body} if body else {})}
    parameters = {"All": "@{Enter.n}"} if isinstance(sent, int) else {}
    call = activity("a", "action", action="Plain", parameters=parameters)
    outcome = run(journey([entry(), call], ["in>a"], definitions={"actions": [action]}), arrival("PT0S", n=3))
    assert outcome["calls"][0]["body"] == sent
