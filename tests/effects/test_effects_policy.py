"""The order of rules for one call: capping, throttling, default limit, retries, timeout (runtime.md, Moving)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.effects.policy import (
    LONGEST_QUEUE,
    Attempt,
    AttemptResult,
    CallOutcome,
    CappingWindow,
    Guardrails,
    Pause,
    PendingCall,
    ThrottleQueue,
    read_retry_after,
    retry_delay,
)
from engine.model.guardrail import CappingRule, Service, ThrottlingRule, read_capping, read_throttling

URL = "https://api.example.com/v1/send"


def capping(count: int, period: int = 1_000, service: str = "action", url: str = URL) -> CappingRule:
    rating = {"maxCallsCount": count, "periodInMs": period}
    return read_capping({"url": url, "methods": ["POST"], "services": {service: {"rating": rating}}})[0]


def throttling(rate: int, url: str = URL) -> ThrottlingRule:
    return read_throttling({"urlPattern": url, "methods": ["POST"], "maxThroughput": rate})


def pending(timeout: int = 30_000, service: Service = "action") -> PendingCall:
    return PendingCall(service, "POST", URL, "Send", timeout)


def drive(
    call: PendingCall, guard: Guardrails, answer: Callable[[Attempt, int], tuple[AttemptResult, int]], now: int = 0
) -> tuple[CallOutcome, list[int]]:
    """Run a call on a virtual clock; gives its outcome and when each attempt was made."""
    made: list[int] = []
    step = call.proceed(guard, now)
    while not isinstance(step, CallOutcome):
        if isinstance(step, Pause):
            assert step.until > now
            now = step.until
            step = call.proceed(guard, now)
        else:
            made.append(now)
            given, now = answer(step, now)
            step = call.record_attempt(given, now)
    return step, made


def always(answer: AttemptResult, after: int = 0) -> Callable[[Attempt, int], tuple[AttemptResult, int]]:
    return lambda attempt, now: (answer, now + after)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 599])
def test_transient_status_is_retried_four_times(status: int) -> None:
    outcome, made = drive(pending(), Guardrails(), always(AttemptResult(status)))
    assert made == [0, 100, 500, 2_100]
    assert outcome == CallOutcome(str(status), status, 4)


@pytest.mark.parametrize("status", [300, 301, 400, 401, 403, 404, 409, 418, 422])
def test_any_other_failure_is_final_at_once(status: int) -> None:
    assert drive(pending(), Guardrails(), always(AttemptResult(status))) == (CallOutcome(str(status), status, 1), [0])


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_success_has_no_error(status: int) -> None:
    assert drive(pending(), Guardrails(), always(AttemptResult(status))) == (CallOutcome(None, status, 1), [0])


@pytest.mark.parametrize(
    ("answer", "attempts"),
    [
        (AttemptResult(error="connection"), 4),
        (AttemptResult(error="connection", final=True), 1),
        (AttemptResult(200, error="malformed"), 1),
        (AttemptResult(error="timedOut"), 1),
    ],
)
def test_only_connection_errors_are_tried_again(answer: AttemptResult, attempts: int) -> None:
    outcome, _ = drive(pending(), Guardrails(), always(answer))
    assert (outcome.error, outcome.attempts) == (answer.error, attempts)


def test_retry_after_is_used_within_limit() -> None:
    _, made = drive(pending(10_000), Guardrails(), always(AttemptResult(429, retry_after=3_000)))
    assert made == [0, 3_000, 6_000, 9_000]
    _, made = drive(pending(10_000), Guardrails(), always(AttemptResult(429, retry_after=60_000)))
    assert made == [0, 100, 500, 2_100]


def test_retry_after_beyond_timeout_is_not_made() -> None:
    outcome, made = drive(pending(1_000), Guardrails(), always(AttemptResult(503)))
    assert made == [0, 100, 500]
    assert outcome == CallOutcome("503", 503, 3)


def test_retry_exactly_at_timeout_is_made() -> None:
    _, made = drive(pending(2_100), Guardrails(), always(AttemptResult(503)))
    assert made == [0, 100, 500, 2_100]


def test_expired_retry_reports_previous_error() -> None:
    def slow_second(attempt: Attempt, now: int) -> tuple[AttemptResult, int]:
        return (AttemptResult(500), now) if attempt.number == 1 else (AttemptResult(error="timedOut"), attempt.deadline)

    outcome, _ = drive(pending(1_000), Guardrails(), slow_second)
    assert outcome == CallOutcome("timedOut", None, 2, origin="500")


@given(st.floats(0, 1, exclude_max=True), st.integers(1, 3))
def test_jitter_extends_delay_by_at_most_half(jitter: float, retry: int) -> None:
    assert retry_delay(retry) <= retry_delay(retry, jitter) <= 1.5 * retry_delay(retry)


def test_call_over_cap_is_not_made() -> None:
    guard = Guardrails({"r": capping(2)})
    results = [drive(pending(), guard, always(AttemptResult(200)))[0].error for _ in range(4)]
    assert results == [None, None, "capped", "capped"]
    assert drive(pending(), guard, always(AttemptResult(200)), now=999)[0].error == "capped"
    assert drive(pending(), guard, always(AttemptResult(200)), now=1_000)[0].error is None


def test_retry_requires_slot() -> None:
    outcome, made = drive(pending(), Guardrails({"r": capping(2)}), always(AttemptResult(503)))
    assert made == [0, 100]
    assert outcome == CallOutcome("capped", None, 2, origin="503")


def test_slots_are_taken_from_all_rules_or_none() -> None:
    guard = Guardrails({"wide": capping(2, url="https://api.example.com/*"), "narrow": capping(1)})
    assert drive(pending(), guard, always(AttemptResult(200)))[0].error is None
    assert drive(pending(), guard, always(AttemptResult(200)))[0].error == "capped"
    other = PendingCall("action", "POST", "https://api.example.com/v1/other", "Other", 1_000)
    assert drive(other, guard, always(AttemptResult(200)))[0].error is None


def test_rule_applies_to_service_method_and_url() -> None:
    guard = Guardrails({"r": capping(1, service="dataSource")})
    for _ in range(3):
        assert drive(pending(), guard, always(AttemptResult(200)))[0].error is None
    errors = [drive(pending(service="dataSource"), guard, always(AttemptResult(200)))[0].error for _ in range(2)]
    assert errors == [None, "capped"]
    assert drive(PendingCall("dataSource", "GET", URL, "s", 1_000), guard, always(AttemptResult(200)))[0].error is None


def test_throttled_calls_start_timeout_when_sent() -> None:
    guard = Guardrails(throttling={"t": throttling(200)})
    calls = [pending(timeout=50) for _ in range(1_000)]
    starts = []
    for call in calls:
        step = call.proceed(guard, 0)
        starts.append(step.until if isinstance(step, Pause) else 0)
    assert starts == [index // 200 * 1_000 for index in range(1_000)]
    late = calls[-1].proceed(guard, 4_000)
    assert late == Attempt(1, 4_050)


def test_call_delayed_over_six_hours_is_refused() -> None:
    guard = Guardrails(throttling={"t": throttling(200)})
    queue = guard.throttles_for("POST", URL)[0]
    queue.reserve(LONGEST_QUEUE)
    assert isinstance(pending().proceed(guard, 0), Pause)
    for _ in range(200):
        queue.reserve(LONGEST_QUEUE)
    assert pending().proceed(guard, 0) == CallOutcome("capped", None, 0)


def test_external_sources_queue_within_timeout() -> None:
    guard = Guardrails()
    results = [drive(pending(2_000, "dataSource"), guard, always(AttemptResult(200))) for _ in range(60)]
    assert [made for _, made in results] == [[n // 15 * 1_000] for n in range(45)] + [[]] * 15
    assert {outcome.error for outcome, _ in results[45:]} == {"timedOut"}
    other = PendingCall("dataSource", "GET", URL, "Other", 2_000)
    assert drive(other, guard, always(AttemptResult(200)))[1] == [0]


def test_deployed_rule_replaces_default_limit() -> None:
    guard = Guardrails({"r": capping(40, service="dataSource")})
    errors = [drive(pending(2_000, "dataSource"), guard, always(AttemptResult(200)))[0].error for _ in range(60)]
    assert errors == [None] * 40 + ["capped"] * 20


def test_ten_journeys_share_slots_exactly() -> None:
    guard = Guardrails({"r": capping(100)})
    outcomes = [drive(pending(), guard, always(AttemptResult(200)), now=n // 10 * 10)[0] for n in range(1_000)]
    assert sum(outcome.error is None for outcome in outcomes) == 100
    assert {outcome.error for outcome in outcomes} == {None, "capped"}


def test_redeploying_keeps_counts() -> None:
    guard = Guardrails({"r": capping(1)}, {"t": throttling(200)})
    assert drive(pending(), guard, always(AttemptResult(200)))[0].error is None
    guard.deploy({"r": capping(2)}, {"t": throttling(300)})
    assert guard.throttles_for("POST", URL)[0].rate == 300
    assert drive(pending(), guard, always(AttemptResult(200)))[0].error is None
    assert drive(pending(), guard, always(AttemptResult(200)))[0].error == "capped"
    guard.deploy({}, {})
    assert drive(pending(), guard, always(AttemptResult(200)))[0].error is None


@given(st.lists(st.integers(0, 300), max_size=200), st.integers(1, 7), st.integers(1, 100))
def test_cap_window_never_exceeds_limit(gaps: list[int], limit: int, period: int) -> None:
    window, now, made = CappingWindow(limit, period), 0, []
    for gap in gaps:
        now += gap
        if window.has_room(now):
            window.take(now)
            made.append(now)
        else:
            assert sum(now - period < moment <= now for moment in made) == limit
    for moment in made:
        assert sum(moment <= other < moment + period for other in made) <= limit


@given(st.lists(st.integers(0, 300), max_size=200), st.integers(1, 7))
def test_throttle_keeps_order_and_rate(gaps: list[int], rate: int) -> None:
    queue, now, starts = ThrottleQueue(rate), 0, []
    for gap in gaps:
        now += gap
        start = queue.next_start(now)
        queue.reserve(start)
        assert start >= now
        starts.append(start)
    assert starts == sorted(starts)
    for start in starts:
        assert sum(start <= other < start + 1_000 for other in starts) <= rate


NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "milliseconds"),
    [
        ("3", 3_000),
        (" 0 ", 0),
        ("Tue, 10 Mar 2026 12:00:05 GMT", 5_000),
        ("Tue, 10 Mar 2026 11:00:00 -0000", 0),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("", None),
        (None, None),
        ("٣", None),
        ("9" * 400, 999_999_999_000),
    ],
)
def test_retry_after_parses_seconds_and_dates(header: str | None, milliseconds: int | None) -> None:
    assert read_retry_after(header, NOON) == milliseconds
