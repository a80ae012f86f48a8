"""The fast ways of the language give what the slow ones give: lists of dates, searching, patterns, windows of time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from engine.expression import Context, EvaluationError, Scope, check, dates, value_from_json
from engine.expression.functions.matching import contains, first_index, last_index, occurrences, pieces, replaced
from engine.expression.patterns import compile_pattern, reads_far
from engine.expression.types import (
    DATE_ONLY,
    DATE_TIME,
    DATE_TIME_ONLY,
    DURATION,
    INTEGER,
    ListType,
    ObjectType,
    Scalar,
)

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
SCOPE = Scope(events={"E": ObjectType({"n": INTEGER, "at": DATE_TIME, "items": ListType(ObjectType({"n": INTEGER}))})})
FORMS = (
    "2026-03-10", "2026-03-10T08:00", "2026-03-10T08:00:00", "2026-03-10T08:00:00.5", "2026-03-10T08:00:00.123456",
    "2026-03-10T08:00Z", "2026-03-10T08:00:00+09:00", "2026-03-10T08:00:00.250-03:30", "2026-03-10T08:00:00+0900",
    "2026-03-10T08:00:00+09", "2026-03-10T08:00:00+09:00:30", "2026-03-10T08:00:00,5Z", "2026-03-10T08:00:00+09:60",
    "2026-03-10T08:00:00+24:00", "2026-03-10T24:00:00Z", "2026-03-10T08:60:00Z", "2026-02-30T08:00:00Z", "20260310",
    "2026-W11-2", "2026-03-10 08:00:00Z", "2026-03-10T0800Z", "2026-03-10T08Z", "2026-03-10t08:00z", "", "x", "2026-03",
    "2026-03-10T08:00:0", "2026-03-10T08:00:00.", "2026-03-10T08:00:00+9:00", "２026-03-10T08:00:00Z", "a\nb",
)  # fmt: skip


def evaluate(text: str, event: dict[str, object], now: datetime = NOW) -> object:
    checked = check(text, SCOPE)
    assert not checked.errors, checked.errors
    return checked.compile().evaluate(Context({"E": event}, now))


def outcome(value: object, of: Scalar | ListType) -> object:
    try:
        return value_from_json(value, of)
    except EvaluationError as fault:
        return fault.code


@given(
    st.sampled_from([DATE_ONLY, DATE_TIME_ONLY, DATE_TIME]),
    st.lists(st.one_of(st.none(), st.sampled_from(FORMS), st.just(5)), max_size=6),
)
@example(DATE_TIME, ["2026-03-10T08:00Z", None, "2026-03-10T08:00:00.250-03:30"])
@example(DATE_TIME_ONLY, ["2026-03-10T08:00", "2026-03-10T08:00:00.5"])
@example(DATE_ONLY, ["2026-03-10", None])
@example(DATE_TIME, ["2026-03-10T08:00:00+09:60"])
@example(DATE_TIME, ["2026-02-30T08:00:00Z"])
@example(DATE_TIME, ["2026-03-10T08:00Z", 5])
def test_list_of_dates_reads_as_dates(of: Scalar, texts: list[object]) -> None:
    single = [outcome(text, of) for text in texts]
    wrong = next((one for one in single if isinstance(one, str)), None)
    assert outcome(texts, ListType(of)) == (single if wrong is None else wrong)
    assert outcome(tuple(texts), ListType(of)) == (single if wrong is None else wrong)


@pytest.mark.parametrize("text", FORMS)
def test_only_iso_forms_are_dates(text: str) -> None:
    good = FORMS.index(text) < FORMS.index("2026-03-10T08:00:00+09:60")
    assert (outcome(text, DATE_TIME) != "wrong_type") == (good and ("Z" in text or "+" in text or "-03:" in text))
    assert (outcome(text, DATE_ONLY) == date(2026, 3, 10)) == (text == "2026-03-10")


@given(st.integers(-10, 10), st.integers(-99, 99), st.integers(-99, 99), st.integers(-99_999, 99_999), st.booleans())
def test_duration_is_sum_of_its_parts(days: int, hours: int, minutes: int, thousandths: int, minus: bool) -> None:
    sign, rest = "-" if thousandths < 0 else "", abs(thousandths)
    text = f"{'-' if minus else ''}P{days}DT{hours}H{minutes}M{sign}{rest // 1000}.{rest % 1000:03}S"
    whole = timedelta(days=days, hours=hours, minutes=minutes, milliseconds=thousandths)
    assert outcome(text, DURATION) == (-whole if minus else whole)


def test_too_long_duration_is_refused() -> None:
    assert outcome("PT" + "9" * 25 + "S", DURATION) == "wrong_type"
    assert outcome("P9999999999D", DURATION) == "wrong_type"
    assert outcome("P" + "0" * 15 + "1D", DURATION) == timedelta(1)


# Searching

PARTS = ["a" * 30 + "b", "b" + "a" * 30, "ab" * 60 + "c", "\x00" * 40 + "a", "a", ""]
WHOLES = ["a" * 2_000, "ab" * 3_000 + "c", "a" * 999 + "b" + "a" * 999, "\x00" * 900 + "a", "", "b" + "a" * 3_000]


@given(st.sampled_from(WHOLES), st.one_of(st.sampled_from(PARTS), st.text("ab", min_size=1, max_size=150)))
def test_regex_search_matches_python(whole: str, part: str) -> None:
    assert contains(whole, part) == (part in whole)
    assert first_index(whole, part) == whole.find(part)
    assert last_index(whole, part) == whole.rfind(part)
    assert occurrences(whole, part) == whole.count(part)
    for count in (-1, 1, 3):
        assert replaced(whole, part, "<>", count) == whole.replace(part, "<>", count)
    if part:
        assert pieces(whole, part) == whole.split(part)


# Patterns


@pytest.mark.parametrize(
    "pattern",
    ["a", "abc|de", "(a|b){2,5}c?", "a+b*c{2,}", "[^,]*,?", r"\s*(,|;)\s*", r"(?i)a[x*|(]+\p{L}*\*\x2a+", "(?:a|b)+c",
     "(?P<n>ab)c*", "[]|*]+", "[[:alpha:]|]+", "a*?b", "(a)(b+)"],
)  # fmt: skip
def test_most_patterns_read_little_beyond_match(pattern: str) -> None:
    compile_pattern(pattern)
    assert not reads_far(pattern)


@pytest.mark.parametrize(
    "pattern", ["a.*b|a", "(ab)*", "(a+b)?c", "(a+|b)c", r"\Qa*\E+", "(?:a|bc)+", "(a+){2}", "(ab)?c*"]
)
def test_others_may_read_far(pattern: str) -> None:
    compile_pattern(pattern)
    assert reads_far(pattern)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("replaceAll('한a글', 'x*', '-')", "-한-a-글-"),
        ("replaceAll('abc', 'b*', '-')", "-a--c-"),
        ("replaceAll('abc', '', '-')", "-a-b-c-"),
        ("replace('abc', '', '-')", "-abc"),
        ("split('한글a', 'x*')", ["한", "글", "a"]),
        ("split('한글', '')", ["한", "글"]),
        ("split('a--b-', '[-]')", ["a", "", "b"]),
        ("replaceAll('한1글22', '([0-9])([0-9])?', '$2$1$$')", "한1$글22$"),
        ("replaceAll('aXbX', 'X', '$$')", "a$b$"),
        ("replace('abc', 'x', '$7')", "abc"),
        ("replaceAll('👍👍', '.', '<$0>')", "<👍><👍>"),
        ("matchRegExp('ab', concat('a', '.'))", True),
        ("split('a1b', concat('[0-9]', ''))", ["a", "b"]),
    ],
)
def test_patterns_find_all_matches(text: str, value: object) -> None:
    assert evaluate(text, {}) == value


@pytest.mark.parametrize(
    "text",
    ["replace('abc', 'b', '$1')", "replaceAll('abc', '(b)', '$2')", "matchRegExp('a', concat('(', ''))",
     "now(concat('No', 'where')) is null"],
)  # fmt: skip
def test_lazy_errors_are_raised_on_use(text: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        evaluate(text, {})
    assert caught.value.code == "bad_value"


# Windows of time


def test_window_moves_with_now_and_size() -> None:
    within = check("inLastDays(@{E.at}, 2)", SCOPE).compile()
    computed = check("inLastDays(@{E.at}, @{E.n})", SCOPE).compile()
    for days in (1, 2, 3):
        event = {"at": "2026-03-08T12:00:00Z", "n": 2}
        context = Context({"E": event}, NOW + timedelta(days - 1))
        assert [within.evaluate(context), within.evaluate(context)] == [days == 1] * 2
        assert computed.evaluate(context) is (days == 1)
    assert evaluate("inNextYears(@{E.at}, @{E.n})", {"at": "9999-01-01T00:00:00Z", "n": 99_999}) is True
    assert evaluate("inNextYears(@{E.at}, @{E.n})", {"at": "9999-01-01T00:00:00Z", "n": -99_999}) is False
    assert evaluate("inLastYears(@{E.at}, 99999)", {"at": "0001-01-01T00:00:00Z"}) is True


def test_unmoved_clock_keeps_instant() -> None:
    second = "updateTimeZone(toDateTime('2026-10-25T02:30:00+01:00'), 'Europe/Paris')"
    assert evaluate(f"setHours({second}, 2) == {second} and setDays({second}, 25) == {second}", {}) is True
    assert evaluate("setHours(toDateTime('2026-10-25T02:30:00+01:00'), 2)", {}) == datetime.fromisoformat(
        "2026-10-25T02:30:00+01:00"
    )


def test_moments_at_edges_of_calendar_are_errors() -> None:
    for text in (
        "toString(toDateTime('0001-01-01T00:00:00+10:00'))",
        "updateTimeZone(toDateTime('0001-01-01T00:00:00Z'), 'America/New_York') is null",
        "toDateTime('9999-12-31T23:59:59Z') + toDuration('PT1S') is null",
        "updateTimeZone(toDateTime('9999-12-31T23:00:00Z'), 'UTC') + toDuration('PT1H') is null",
        "toDateTimeOnly('9999-12-31T23:00:00') + toDuration('PT1H') is null",
        "toDateTime(999999999999999) is null",
        "nowWithDelta(99999999999, 'days') is null",
        "nowWithDelta(99999999999, 'months') is null",
    ):
        with pytest.raises(EvaluationError) as caught:
            evaluate(text, {})
        assert caught.value.code == "overflow", text


def test_leap_years_are_those_of_calendar() -> None:
    found = [dates.set_day(datetime(year, 2, 1, tzinfo=UTC), 31).day for year in (1900, 2000, 2023, 2024)]
    assert found == [28, 29, 28, 29]
