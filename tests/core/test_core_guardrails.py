"""Calls in virtual time: capping, throttling, the default limit, retries and the timeout (runtime.md, Guardrails)."""

from __future__ import annotations

from typing import Any

from tests.helpers.journey_builders import activity, arrival, entry, journey, notify, run


def capping(count: int, period: int, service: str = "action", url: str = "https://api.example.com/*") -> dict[str, Any]:
    rating = {"maxCallsCount": count, "periodInMs": period}
    return {"url": url, "methods": ["POST", "GET"], "services": {service: {"rating": rating}}}


def crowd(count: int, at: str = "PT0S") -> list[dict[str, Any]]:
    return [arrival(at, f"p{index:03}") for index in range(count)]


SIMPLE = journey([entry(), notify("n", on_error=True), activity("e", "end")], ["in>n", "n:error>e"])


def test_calls_over_cap_are_not_made() -> None:
    outcome = run(SIMPLE, *crowd(5), arrival("PT1S", "q"), guardrails={"capping": [capping(3, 1000)]})
    assert [one["history"][1].get("error") for one in outcome["instances"]] == [
        None,
        None,
        None,
        "capped",
        "capped",
        None,
    ]
    assert len(outcome["calls"]) == 4


def test_retries_take_slots_too() -> None:
    answers = {"Notify": [{"status": 503}]}
    outcome = run(SIMPLE, *crowd(1), guardrails={"capping": [capping(2, 60_000)]}, answers=answers)
    assert [call["status"] for call in outcome["calls"]] == [503, 503]
    assert outcome["instances"][0]["history"][1]["error"] == "capped"


def test_concurrent_calls_are_limited_by_connections() -> None:
    answers = {"Notify": [{"status": 200, "after": "PT2S"}]}
    rule = capping(1_000, 1_000)
    rule["services"]["action"]["maxHttpConnections"] = 2
    outcome = run(SIMPLE, *crowd(6), guardrails={"capping": [rule]}, answers=answers)
    assert [call["at"][-4:] for call in outcome["calls"]] == [":00Z", ":00Z", ":02Z", ":02Z", ":04Z", ":04Z"]
    assert [call["key"] for call in outcome["calls"]] == [f"p{index:03}" for index in range(6)]
    assert outcome["metrics"]["errors"] == 0


def test_waiting_for_connection_times_out() -> None:
    answers = {"Notify": [{"times": 1, "fault": "timeout"}, {"status": 200}]}
    narrow, wide = capping(1_000, 1_000), capping(1_000, 1_000, url="https://api.example.com/notify")
    narrow["services"]["action"]["maxHttpConnections"] = 1
    wide["services"]["action"]["maxHttpConnections"] = 5
    file = journey([entry(), notify("n", on_error=True)], ["in>n"], timeout_and_error="PT3S")
    events = (*crowd(3), arrival("PT2S", "q"), arrival("PT4S", "r"))
    outcome = run(file, *events, guardrails={"capping": [wide, narrow]}, answers=answers)
    errors = {one["key"]: one["history"][1].get("error") for one in outcome["instances"]}
    assert errors == {"p000": "timedOut", "p001": None, "p002": "timedOut", "q": None, "r": None}
    made = [(call["key"], call["at"][-4:]) for call in outcome["calls"]]
    assert made == [("p000", ":00Z"), ("p001", ":03Z"), ("q", ":03Z"), ("r", ":04Z")]


def test_throttling_queues_in_order() -> None:
    rule = {"name": "t", "urlPattern": "https://api.example.com/*", "methods": ["POST"], "maxThroughput": 200}
    outcome = run(SIMPLE, *crowd(401), guardrails={"throttling": [rule]})
    times = [call["at"] for call in outcome["calls"]]
    assert times.count("2026-03-10T08:00:00Z") == 200
    assert times.count("2026-03-10T08:00:01Z") == 200
    assert times.count("2026-03-10T08:00:02Z") == 1


def test_sources_default_to_fifteen_calls_per_second() -> None:
    condition = activity(
        "c",
        "condition.data_source",
        others=True,
        on_error=True,
        paths=[{"id": "s", "expression": "#{Hotel.Stay.reservation, params: {id: @{Enter.id}}}"}],
    )
    file = journey([entry(), condition], ["in>c"], timeout_and_error="PT2S")
    outcome = run(file, *crowd(50), answers={"Hotel.Stay": [{"body": {}}]})
    times = [call["at"] for call in outcome["calls"]]
    assert [times.count(f"2026-03-10T08:00:0{second}Z") for second in range(3)] == [15, 15, 15]
    errors = [one["history"][1].get("error") for one in outcome["instances"]]
    assert errors.count("timedOut") == 5
    rule = capping(10, 1000, "dataSource", "https://hotel.example.com/*")
    outcome = run(file, *crowd(50), answers={"Hotel.Stay": [{"body": {}}]}, guardrails={"capping": [rule]})
    assert len(outcome["calls"]) == 10


def test_retry_after_is_followed_when_it_fits() -> None:
    answers = {"Notify": [{"times": 1, "status": 429, "headers": {"Retry-After": "7"}}]}
    outcome = run(SIMPLE, *crowd(1), answers=answers)
    assert [call["at"][-4:] for call in outcome["calls"]] == [":00Z", ":07Z"]
    answers = {"Notify": [{"times": 1, "status": 429, "headers": {"retry-after": "70"}}]}
    outcome = run(SIMPLE, *crowd(1), answers=answers)
    assert outcome["calls"][1]["at"] == "2026-03-10T08:00:00.100Z"


def test_retry_beyond_timeout_is_not_made() -> None:
    file = journey([entry(), notify("n")], ["in>n"], timeout_and_error="PT1S")
    outcome = run(file, *crowd(1), answers={"Notify": [{"status": 500, "after": "PT0.5S"}]})
    assert [call["at"][17:] for call in outcome["calls"]] == ["00Z", "00.600Z"]
    assert outcome["calls"][1]["status"] is None
    assert outcome["instances"][0]["history"][1]["error"] == "timedOut"


def test_scripted_answers_match_requests() -> None:
    answers = {
        "Notify": [
            {"when": {"to": "p000"}, "times": 1, "status": 404},
            {"when": {"kind": "push", "to": "p001"}, "body": {"ticket": "x"}},
            {"status": 401},
        ]
    }
    outcome = run(SIMPLE, *crowd(3), arrival("PT10M", "p000"), answers=answers)
    assert [call["status"] for call in outcome["calls"]] == [404, 200, 401, 401]


def test_scripted_messages_skip_unsubscribed_addresses() -> None:
    sms = activity("s", "sms", template="Code", address='"+1"', parameters={"code": "1"}, on_error=True)
    file = journey([entry(), sms], ["in>s"])
    failing = run(file, *crowd(1), answers={"sms": [{"status": 400}]})
    assert failing["instances"][0]["history"][1]["error"] == "400"
    assert failing["messages"] == []
    stopped = run(
        file, *crowd(1), arrival("PT1H", "q"), {"at": "PT30M", "message": "unsubscribed", "of": "s", "key": "p000"}
    )
    assert stopped["instances"][1]["history"][1]["error"] == "suppressed"
    assert len(stopped["messages"]) == 1
