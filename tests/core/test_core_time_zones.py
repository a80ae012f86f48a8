"""Wall clocks over their transitions: fixed zones and the profile's (runtime.md, Moving)."""

from __future__ import annotations

from datetime import datetime

import pytest

from engine.core.calendar import bound_instant, find_zone, first_valid_zone, in_time_window, local_time, to_instant
from engine.simulation.scenario import print_instant
from tests.helpers.journey_builders import activity, arrival, at_of, entry, journey, notify, profile, run

GAPS_AND_OVERLAPS = [
    ("Europe/Paris", "2026-03-29T02:30:00", "2026-03-29T01:30:00Z"),
    ("Europe/Paris", "2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
    ("America/New_York", "2026-03-08T02:15:00", "2026-03-08T07:15:00Z"),
    ("America/New_York", "2026-11-01T01:30:00", "2026-11-01T05:30:00Z"),
    ("Australia/Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:45:00Z"),
    ("Australia/Lord_Howe", "2026-04-05T01:45:00", "2026-04-04T14:45:00Z"),
    ("Pacific/Apia", "2011-12-30T12:00:00", "2011-12-30T22:00:00Z"),
    ("Asia/Seoul", "1987-05-10T02:30:00", "1987-05-09T17:30:00Z"),
    ("Asia/Seoul", "2026-03-10T09:00:00", "2026-03-10T00:00:00Z"),
]


@pytest.mark.parametrize(("zone", "wall", "instant"), GAPS_AND_OVERLAPS)
def test_gaps_move_forward_and_overlaps_are_earlier(zone: str, wall: str, instant: str) -> None:
    assert print_instant(to_instant(datetime.fromisoformat(wall), zone)) == instant


def test_gap_is_as_long_as_clocks_moved() -> None:
    moved = local_time(
        to_instant(datetime.fromisoformat("2026-10-04T02:15:00"), "Australia/Lord_Howe"), "Australia/Lord_Howe"
    )
    assert moved.replace(tzinfo=None) == datetime.fromisoformat("2026-10-04T02:45:00")
    skipped = local_time(to_instant(datetime.fromisoformat("2011-12-30T12:00:00"), "Pacific/Apia"), "Pacific/Apia")
    assert skipped.replace(tzinfo=None) == datetime.fromisoformat("2011-12-31T12:00:00")


def test_bounds_take_offsets_dates_and_walls() -> None:
    assert bound_instant("2026-03-10T08:00:00+02:00", "Asia/Seoul") == bound_instant("2026-03-10T06:00:00Z", "UTC")
    day = bound_instant("2026-03-29", "Europe/Paris", after=True) - bound_instant("2026-03-29", "Europe/Paris")
    assert day == 23 * 3_600_000
    with pytest.raises(ValueError, match="someday"):
        bound_instant("someday", "UTC")


def test_first_known_zone_counts() -> None:
    assert first_valid_zone(None, "Mars/Olympus", "Asia/Seoul") == "Asia/Seoul"
    assert first_valid_zone(None, "../etc/passwd") == "UTC"
    assert find_zone("") is None


@pytest.mark.parametrize(
    ("local", "start", "until", "days", "inside"),
    [
        ("2026-03-10T09:00", 540, 1020, (), True),
        ("2026-03-10T17:00", 540, 1020, (), False),
        ("2026-03-10T08:59", 540, 1020, (), False),
        ("2026-03-10T23:30", 1320, 360, (), True),
        ("2026-03-10T05:59", 1320, 360, (), True),
        ("2026-03-10T06:00", 1320, 360, (), False),
        ("2026-03-14T05:00", 1320, 360, (4,), True),
        ("2026-03-13T05:00", 1320, 360, (4,), False),
        ("2026-03-13T23:00", 1320, 360, (4,), True),
        ("2026-03-14T23:00", 1320, 360, (4,), False),
        ("2026-03-13T12:00", None, None, (4,), True),
        ("2026-03-13T12:00", 600, None, (), True),
        ("2026-03-13T12:00", None, 600, (), False),
        ("2026-03-13T12:00", 600, 600, (), True),
        ("2026-03-16T05:00", 1320, 360, (6,), True),
    ],
)
def test_windows_of_day(local: str, start: int | None, until: int | None, days: tuple[int, ...], inside: bool) -> None:
    assert in_time_window(datetime.fromisoformat(local), start, until, frozenset(days)) is inside


def test_time_condition_prefers_profile_zone() -> None:
    condition = activity(
        "c",
        "condition.time",
        others=True,
        paths=[{"id": "day", "from": "09:00", "until": "18:00", "days": ["tuesday"]}],
    )
    people = [profile("p1", timeZone="Asia/Seoul"), profile("p2", timeZone="nowhere"), profile("p3", timeZone=9)]
    file = journey(
        [entry(), condition, notify("n")], ["in>c", "c:day>n"], time_zone="Europe/Paris", use_profile_time_zone=True
    )
    events = [arrival("2026-03-10T16:30:00Z", key) for key in ("p1", "p2", "p3", "p4")]
    outcome = run(file, *events, profiles=people)
    assert [one["history"][1]["path"] for one in outcome["instances"]] == ["others", "day", "day", "day"]
    offset = run(file, *events[:1], profiles=[profile("p1", timeZone="+02:00")])
    assert offset["instances"][0]["history"][1]["path"] == "others", "an offset is a zone as in expressions"
    fixed = journey([entry(), condition, notify("n")], ["in>c", "c:day>n"], time_zone="Europe/Paris")
    outcome = run(fixed, *events, profiles=people)
    assert outcome["instances"][0]["history"][1]["path"] == "day"


def test_date_condition_includes_whole_days() -> None:
    condition = activity(
        "d",
        "condition.date",
        others=True,
        paths=[
            {"id": "sale", "from": "2026-03-29", "until": "2026-03-29"},
            {"id": "early", "until": "2026-03-20T12:00:00"},
            {"id": "late", "from": "2026-04-02T00:00:00Z"},
        ],
    )
    file = journey([entry(), condition], ["in>d"], time_zone="Europe/Paris")
    times = {
        "2026-03-20T10:59:59.999Z": "early",
        "2026-03-20T11:00:00Z": "others",
        "2026-03-28T22:59:59.999Z": "others",
        "2026-03-28T23:00:00Z": "sale",
        "2026-03-29T21:59:59.999Z": "sale",
        "2026-03-29T22:00:00Z": "others",
        "2026-04-02T00:00:00Z": "late",
    }
    events = [arrival(at, f"p{index}") for index, at in enumerate(times)]
    outcome = run(file, *events)
    assert [one["history"][1]["path"] for one in outcome["instances"]] == list(times.values())


def test_now_is_in_journeys_zone() -> None:
    file = journey(
        [entry(), activity("w", "wait.custom", until="setHours(toDateTimeOnly(now()), 18)"), notify("n")],
        ["in>w", "w>n"],
        time_zone="America/New_York",
    )
    outcome = run(file, arrival("2026-10-31T23:30:00Z"), arrival("2026-11-01T07:00:00Z", "p2"), until="P300D")
    assert at_of(outcome, "w", 0) == "2026-10-31T23:30:00Z"
    assert at_of(outcome, "w", 1) == "2026-11-01T23:00:00Z"


def test_custom_wait_takes_an_instant() -> None:
    """Two senders name one instant with different offsets: both people go on at it, whatever the journey's zone."""
    wait = activity("w", "wait.custom", until="toDateTime(@{Enter.when})")
    file = journey([entry(), wait, notify("n")], ["in>w", "w>n"], time_zone="Europe/Berlin")
    outcome = run(
        file,
        arrival("2026-11-05T08:00:00Z", "p1", when="2026-11-06T08:00:00+01:00"),
        arrival("2026-11-05T08:00:00Z", "p2", when="2026-11-06T07:00:00Z"),
        until="P300D",
    )
    assert [at_of(outcome, "w", number) for number in range(2)] == ["2026-11-06T07:00:00Z"] * 2
