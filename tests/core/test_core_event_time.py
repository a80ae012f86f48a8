"""Times of experience events: every spelling of one instant, and what counts where none can be read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.event_time import instant_or, read_instant, timed_event
from engine.core.profiles import latest_events
from engine.model.definitions import Profile

AT = 1_773_043_200_000
NOW = AT + 60_000
"""2026-03-09T08:00:00Z, and a minute later."""


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-09T08:00:00Z",
        "2026-03-09t08:00:00z",
        "2026-03-09 08:00:00",
        "2026-03-09 08:00",
        "2026-03-09T08:00:00.000000000Z",
        "2026-03-09T08:00:00,000Z",
        "2026-03-09T17:00:00+09:00",
        "2026-03-09T17:00:00+0900",
        "2026-03-09T17:00:00+09",
        "2026-03-09 17:00:00 +09:00",
        "2026-03-09 17:00:00 +0900",
        "2026-03-09 08:00:00 UTC",
        "2026-03-09 08:00:00 GMT",
        "2026-03-09T17:00:00+09:00[Asia/Seoul]",
        "2026/03/09 08:00:00",
        "20260309T080000Z",
        "20260309080000",
        "202603090800",
        "2026-W11-1T08:00:00Z",
        "Mon, 09 Mar 2026 08:00:00 GMT",
        "Mon, 9 Mar 2026 17:00:00 +0900",
        "Mon Mar 09 2026 17:00:00 GMT+0900 (Korean Standard Time)",
        " 2026-03-09T08:00:00Z ",
        AT,
        AT / 1000,
        AT // 1000,
        AT * 1000,
        AT * 1_000_000,
        float(AT),
        str(AT),
        str(AT // 1000),
        str(AT * 1000),
        f"{AT // 1000}.000",
        "1.7730432e12",
    ],
)
def test_spellings_of_one_instant(written: object) -> None:
    assert read_instant(written) == AT


@pytest.mark.parametrize(
    "written",
    [None, "", " ", "-", "soon", "today", "0", 0, -1, 1, True, float("nan"), float("inf"), 10**30, 10**400, [],
     {"$date": 1}, "0000-00-00 00:00:00", "1970-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "2026-13-01",
     "2026-02-30T00:00:00Z"],
)  # fmt: skip
def test_other_values_are_times_of_acceptance(written: object) -> None:
    assert read_instant(written) is None
    at, event = timed_event({"timestamp": written, "n": 1}, NOW)
    assert (at, event) == (NOW, {"timestamp": "2026-03-09T08:01:00.000+00:00", "n": 1})


def test_absent_time_is_time_of_acceptance() -> None:
    assert timed_event({"n": 1}, NOW) == (NOW, {"timestamp": "2026-03-09T08:01:00.000+00:00", "n": 1})


@pytest.mark.parametrize("written", ["2026-03-23T08:00:00Z", "9999-12-31T23:59:59-23:59", AT * 10, str(AT + 10**9)])
def test_future_is_not_later_than_now(written: object) -> None:
    assert timed_event({"timestamp": written}, NOW) == (NOW, {"timestamp": "2026-03-09T08:01:00.000+00:00"})


def test_usual_text_stays_as_written() -> None:
    event = {"timestamp": "2026-03-09T17:00:00+09:00"}
    assert timed_event(event, NOW) == (AT, event)


INSTANTS = st.integers(126_230_400_000, 4_102_444_800_000).map(lambda at: datetime.fromtimestamp(at / 1000, UTC))


@given(INSTANTS, st.integers(-12, 14), st.sampled_from(["milliseconds", "microseconds"]))
def test_any_offset_reads_as_the_instant(moment: datetime, hours: int, precision: str) -> None:
    at = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    shown = moment.astimezone(timezone(timedelta(hours=hours))).isoformat(timespec=precision)
    assert read_instant(shown) == read_instant(at) == read_instant(str(at)) == at
    assert instant_or(shown, at - 1) == at - 1


@given(st.one_of(st.none(), st.text(max_size=30), st.integers(), st.floats(), st.booleans(), INSTANTS.map(str)))
def test_no_event_vanishes_but_those_of_the_past(written: object) -> None:
    at, event = timed_event({"timestamp": written}, NOW)
    assert at <= NOW
    assert latest_events(Profile(identities={"CRMID": "a"}, testProfile=False, events=(event,)), NOW) == (
        [event] if NOW - at <= 365 * 86_400_000 else []
    )
    assert timed_event(event, NOW) == (at, event)
