"""Limits and the world around an evaluation: budgets, laziness, what passes through, and what comes out as an error."""

from __future__ import annotations

import copy
import pickle
import random
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.catalogue import Phrase
from engine.expression import (
    Compiled,
    Context,
    EvaluationError,
    ExpressionError,
    Fix,
    Scope,
    check,
    parse,
)
from engine.expression.types import (
    BOOLEAN,
    DATE_TIME,
    DECIMAL,
    INTEGER,
    STRING,
    FieldGroupSchema,
    ListType,
    ObjectType,
    Type,
)

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
EVENT = ObjectType(
    {
        "text": STRING,
        "number": INTEGER,
        "ratio": DECIMAL,
        "yes": BOOLEAN,
        "items": ListType(ObjectType({"n": INTEGER})),
        "numbers": ListType(INTEGER),
        "texts": ListType(STRING),
        "times": ListType(DATE_TIME),
    }
)
GROUP = FieldGroupSchema(ObjectType({"x": INTEGER, "items": ListType(ObjectType({"n": INTEGER}))}), ("id", "at"))
SCOPE = Scope(
    events={"E": EVENT},
    sources={"S": {"G": GROUP, "H": FieldGroupSchema(ObjectType({"y": BOOLEAN}))}},
    segments=("vip",),
)

Json = Mapping[str, object]


def compiled(text: str, expected: Type | None = None) -> Compiled:
    checked = check(text, SCOPE, expected)
    assert not checked.errors, checked.errors[0]
    return checked.compile()


def evaluate(text: str, event: Json | None = None, **world: Any) -> object:
    return compiled(text).evaluate(Context({"E": event or {}}, NOW, **world))


def failure(text: str, event: Json) -> EvaluationError:
    with pytest.raises(EvaluationError) as caught:
        evaluate(text, event)
    return caught.value


# Budgets

MIB = 1 << 20


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("@{E.text} + @{E.text}", {"text": "x" * (MIB // 2 + 1)}),
        ("concat(@{E.text}, @{E.text})", {"text": "é" * (MIB // 4 + 1)}),
        ("concat(@{E.texts})", {"texts": ["x" * 100_000] * 11}),
        ('serializeList(@{E.texts}, "", true)', {"texts": ["x" * 100_000] * 11}),
        ("upper(@{E.text})", {"text": "ΐ" * (MIB // 4)}),
        ('replaceAll(@{E.text}, "x", "1234567890")', {"text": "x" * 20_000 + "y" * (MIB - 20_001)}),
        ('replaceAll(@{E.text}, "x", @{E.texts.first()})', {"text": "x" * 20, "texts": ["y" * 100_000]}),
        ('replaceAll(@{E.text}, "[x]", @{E.texts.first()})', {"text": "x" * 20, "texts": ["y" * 100_000]}),
        ("@{E.items.n}", {"items": [{"n": 1}] * 100_001}),
        ("@{E.numbers}", {"numbers": [1] * 100_001}),
        ("sort(@{E.numbers}, true)", {"numbers": [1] * 60_000}),
        ('split(@{E.text}, "")', {"text": "x" * 100_001}),
        ('split(@{E.text}, "x")', {"text": "x" * 100_000 + "y"}),
        ('split(@{E.text}, "xx")', {"text": "xx" * 100_002}),
        ('split(@{E.text}, "[x]")', {"text": "x" * 25_000}),
        ('matchRegExp(@{E.text}, "(?:[ab]*a[ab]{12})*c?")', {"text": "ab" * 400_000}),
        ('replaceAll(@{E.text}, "a.*b|a", "x")', {"text": "a" * 20_000}),
        ('replaceAll(@{E.text}, ".*", "' + "$0" * 3_000 + '")', {"text": "x" * 10_000}),
        ("toInteger(@{E.text}) is null or distinct(@{E.texts}) has null", {"text": "0" * MIB, "texts": ["1"] * 49_000}),
        ("count(@{E.items.all(@{E.items} is null)}) > 0", {"items": [{"n": 1}] * 400}),
        ("count(@{E.items.all(@{E.items.last(false).n} > 1)}) > 0", {"items": [{"n": 1}] * 400}),
        (
            "count(@{E.items.all(@{E.text} == @{E.texts.first()})}) > 0",
            {"items": [{"n": 1}] * 2_000, "text": "x" * MIB, "texts": ["x" * MIB]},
        ),
        ("count(@{E.items.all(@{E.yes}" + " or @{E.yes}" * 300 + ")}) > 0", {"items": [{"n": 1}] * 400}),
        ("sort(@{E.texts}, true) has null", {"texts": ["x" * 70_000 + str(number) for number in range(99)]}),
        ("count(distinct(@{E.items})) > 0", {"items": [{"n": number, "more": [1] * 6_000} for number in range(99)]}),
        (
            "count(@{E.items.all(matchRegExp(@{E.text}, @{E.text} + currentEventField.n))}) > 0",
            {"items": [{"n": number} for number in range(2_500)], "text": "a"},
        ),
        ('count(@{E.items.all(matchRegExp(@{E.text}, "a+b"))}) > 0', {"items": [{"n": 1}] * 20_000, "text": "aa"}),
        ("count(@{E.items.all(count(@{E.items.all(currentEventField.n > 1)}) > 0)}) > 0", {"items": [{"n": 1}] * 400}),
        ("count(@{E.items.all(currentEventField.n > 1 or true and false)}) > 0", {"items": [{"n": 1}] * 20_000}),
        ("max(@{E.ratio}, 1.0) + sum([1.0, 2.5]) > 1 and in(@{E.ratio}, [1, 2])", {"ratio": 10**400}),
    ],
)  # fmt: skip
def test_exceeding_limit_is_an_error(text: str, event: Json) -> None:
    error = failure(text, event)
    assert error.code in ("limit", "overflow")
    assert error.kind == "evaluation"


@pytest.mark.parametrize(
    ("text", "event", "value"),
    [
        ("length(@{E.text} + @{E.text})", {"text": "x" * (MIB // 2)}, MIB),
        ("count(@{E.items.n})", {"items": [{"n": 1}] * 40_000}, 40_000),
        ("count(@{E.items.all(currentEventField.n == 1)})", {"items": [{"n": 1}] * 15_000}, 15_000),
        ("count(@{E.items.all(true or 2 > 1 and 1 + 1 == 2)})", {"items": [{"n": 1}] * 20_000}, 20_000),
        ('length(replaceAll(@{E.text}, "x", "ab"))', {"text": "x" * 40_000}, 80_000),
        ('count(split(@{E.text}, ","))', {"text": "a," * 40_000}, 40_000),
        ('lastIndexOf(@{E.text}, "b" + @{E.text})', {"text": "a" * 50_000}, -1),
        ("sum(@{E.numbers})", {"numbers": [1] * 49_000}, 49_000),
        ('length(replaceAll(@{E.text}, "a.*?b", "x"))', {"text": "a1b" * 800}, 800),
        ('count(split(@{E.text}, "x"))', {"text": "x" * 200_000}, 0),
        ('count(split(@{E.text}, "x"))', {"text": "yx" * 96_000}, 96_000),
        ('countWithNull(split(@{E.text}, ""))', {"text": "x" * 100_000}, 100_000),
        ('countWithNull(split(@{E.text}, "[,;]"))', {"text": "a,b;" * 11_000}, 22_000),
        ("count(@{E.items.all(matchRegExp('aa', @{E.text}))})", {"items": [{"n": 1}] * 12_000, "text": "aa"}, 12_000),
        ("count(sort(split(@{E.text}, ','), true))", {"text": "b,a," * 24_000}, 48_000),
        ("count(sort(@{E.texts}, false))", {"texts": ["한", "é"] * 12_000}, 24_000),
        ("count(distinct(@{E.texts}))", {"texts": [str(number) for number in range(33_000)]}, 33_000),
        ("count(@{E.times})", {"times": ["2026-03-10T12:00:00Z"] * 33_000}, 33_000),
        ("count(@{E.items.all(if (1 == 1) then (true) else (false))})", {"items": [{"n": 1}] * 9_000}, 9_000),
    ],
)  # fmt: skip
def test_within_limits_there_is_value(text: str, event: Json, value: object) -> None:
    assert evaluate(text, event) == value


def test_any_limit_has_place() -> None:
    event = {"numbers": [1] * 60_000, "text": "x" * MIB, "texts": ["x" * MIB], "items": [{"n": 1}] * 5_000}
    for text in (
        "in(1.5, @{E.numbers})",
        "@{E.numbers} has null",
        "if (@{E.numbers} has null) then ([1.5]) else (@{E.numbers})",
        "count(@{E.items.all(@{E.text} == @{E.texts.first()})}) > 0",
        'split(@{E.text}, "") has null',
    ):
        error = failure(text, event)
        assert error.code == "limit"
        assert 0 <= error.start < error.end <= len(text)


def test_folded_constants_count_steps() -> None:
    items = "split(replaceAll(replaceAll('" + "a" * 100 + "', 'a', '" + "b" * 100 + "'), 'b', '1234567890'), '')"
    assert evaluate(f"listSize({items})") == 100_000
    assert evaluate(f"if (true) then (1) else (count({items}))") == 1
    assert failure(f"count({items})", {}).code == "limit"
    assert failure(f"count(limit({items}, 50000)) + count(limit({items}, 40000))", {}).code == "limit"
    heavy = f"contain(concat({items}), '1')"
    assert failure(f"count(@{{E.items.all({heavy})}}) > 0", {"items": [{"n": 1}] * 9}).code == "limit"
    assert evaluate("in(1.0, [1, 2]) and max(1, 2.5) == 2.5") is True


def test_evaluation_starts_with_whole_budget_each_time() -> None:
    expression = compiled("count(@{E.items.all(currentEventField.n == 1)})")
    context = Context({"E": {"items": [{"n": 1}] * 12_000}}, NOW)
    assert [expression.evaluate(context) for _ in range(3)] == [12_000] * 3


def test_errors_do_not_show_data() -> None:
    for text in (
        "toInteger(@{E.text})",
        "toDateTime(@{E.text})",
        'matchRegExp("a", "(" + @{E.text})',
        "now(@{E.text})",
    ):
        assert "secret" not in failure(text, {"text": "secret"}).message


def test_pattern_may_not_be_endless() -> None:
    assert failure("matchRegExp(@{E.text}, @{E.text})", {"text": "a" * 3_000}).code == "bad_value"


def test_half_characters_are_refused_by_patterns_only() -> None:
    assert evaluate("length(@{E.text})", {"text": "\ud800"}) == 1
    assert failure('matchRegExp(@{E.text}, ".")', {"text": "\ud800"}).code == "bad_value"
    assert failure('replaceAll(@{E.text}, "[a]", "")', {"text": "\udfff"}).code == "bad_value"


def test_caller_recursion_is_language_error() -> None:
    text = "if(true)then(" * 99 + "1" + ")else(1)" * 99
    expression = compiled(text)

    def down(levels: int, work: Callable[[], Any]) -> Any:
        return work() if levels == 0 else down(levels - 1, work)

    room = sys.getrecursionlimit() - 180
    with pytest.raises(EvaluationError) as caught:
        down(room + 60, lambda: expression.evaluate(Context({}, NOW)))
    assert caught.value.code == "limit"
    parsed = down(room, lambda: parse(text))
    assert [error.code for error in parsed.errors] == ["too_deep"]


def test_low_stack_check_is_language_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_arguments: object) -> object:
        raise RecursionError

    monkeypatch.setattr("engine.expression.Checker.run", exhausted)
    assert [error.code for error in check("1", SCOPE).errors] == ["too_deep"]


# The world around


class NeedsFetchError(Exception):
    """What the engine raises to ask for data."""


def test_context_exceptions_propagate() -> None:
    def fetch(source: str, group: str, parameters: tuple[tuple[str, object], ...]) -> None:
        raise NeedsFetchError(source, group, parameters)

    with pytest.raises(NeedsFetchError) as caught:
        evaluate('#{S.G.x, params: {at: now(), id: @{E.text} + "!"}} > 1', {"text": "p"}, field_group=fetch)
    assert caught.value.args == ("S", "G", (("id", "p!"), ("at", NOW)))


def test_field_groups_are_requested_per_branch() -> None:
    asked: list[str] = []

    def fetch(_source: str, group: str, _parameters: object) -> Json:
        asked.append(group)
        return {"y": True, "x": 1}

    evaluate("@{E.yes} and #{S.H.y}", {"yes": False}, field_group=fetch)
    evaluate("@{E.yes} or #{S.H.y}", {"yes": True}, field_group=fetch)
    evaluate("if (@{E.yes}) then (1) else (#{S.G.x, params: {id: 1, at: 1}})", {"yes": True}, field_group=fetch)
    evaluate("@{E.number, defaultValue: #{S.G.x, params: {id: 1, at: 1}}}", {"number": 1}, field_group=fetch)
    assert asked == []
    assert evaluate("@{E.number, defaultValue: #{S.G.x, params: {id: 1, at: 1}}}", {}, field_group=fetch) == 1
    assert evaluate("not #{S.H.y}", {}, field_group=fetch) is False
    assert asked == ["G", "H"]


def test_references_list_required_data() -> None:
    text = (
        "@{E.items.all(currentEventField.n == #{S.G.x, params: {id: @{E.text}, at: 1}}).n} is null "
        'and inSegment("vip") and #{JourneyProperties.journeyUID} == uuid() and #{S.H.y} and @{E.items.first().n} == 1'
    )
    found = check(text, SCOPE).references
    assert list(found.events) == ["E"]
    assert set(found.field_groups) == {("S", "G"), ("S", "H")}
    assert list(found.segments) == ["vip"]


def test_draws_use_given_generator() -> None:
    draws = [evaluate("random()", random=random.Random(7).random), random.Random(7).random()]
    assert draws[0] == draws[1]
    first = evaluate("uuid()", random=random.Random(7).random)
    assert first == evaluate("uuid()", random=random.Random(7).random)
    assert isinstance(first, str)
    assert first[14] == "4"


def test_context_needs_only_events_and_time() -> None:
    context = Context({}, NOW)
    assert compiled("#{S.H.y}").evaluate(context) is None
    assert compiled("#{JourneyProperties.journeyUID}").evaluate(context) is None
    assert compiled('inSegment("vip")').evaluate(context) is False
    assert compiled("random()").evaluate(context) == 0.0


def test_event_that_was_not_received_is_null() -> None:
    context = Context({}, NOW)
    assert compiled("@{E.number} > 3").evaluate(context) is False
    assert compiled("@{E.number}").evaluate(context) is None
    assert compiled("@{E.text}").evaluate(context) is None
    assert compiled("@{E.yes}").evaluate(context) is None
    assert compiled("@{E.items.n}").evaluate(context) is None


class Marked(str):
    """A text that is no plain ``str``, as some readers of JSON give."""

    __slots__ = ()


def test_str_and_mapping_subclasses_are_read() -> None:
    assert evaluate('contain(@{E.text}, "ar")', {"text": Marked("Paris")}) is True
    assert evaluate('contain(@{E.text}, "ar")', {}) is False
    assert failure('contain(@{E.text}, "ar")', {"text": 1}).code == "wrong_type"
    frozen = MappingProxyType({"items": (MappingProxyType({"n": 2}),)})
    assert evaluate("sum(@{E.items.n})", frozen) == 2


def test_time_is_truncated_to_milliseconds() -> None:
    seoul = datetime(2026, 3, 10, 21, 0, 0, 123_999, ZoneInfo("Asia/Seoul"))
    now = compiled("now()").evaluate(Context({}, seoul))
    assert now == seoul.replace(microsecond=123_000)
    assert compiled("currentTimeInMillis()").evaluate(Context({}, seoul)) == 1773144000123
    assert compiled('now() + toDuration("PT1H") > now()').evaluate(Context({}, seoul)) is True


def test_days_are_days_of_journeys_zone() -> None:
    paris = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Paris"))
    context = Context({}, paris)
    assert compiled('nowWithDelta(1, "days") - toDuration("PT23H") == now()').evaluate(context) is True
    assert compiled('nowWithDelta(24, "hours") - toDuration("PT24H") == now()').evaluate(context) is True
    assert compiled('inNextDays(nowWithDelta(1, "days"), 1)').evaluate(context) is True


def test_overlapping_times_differ_by_instant() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Paris"))
    context = Context({"E": {"times": ["2026-10-25T02:30:00+01:00"]}}, first)
    assert compiled("now() == @{E.times.first()}").evaluate(context) is False
    assert compiled("now() < @{E.times.first()}").evaluate(context) is True
    assert compiled("in(now(), @{E.times})").evaluate(context) is False


# Results and errors


def test_expected_type_is_checked() -> None:
    assert [error.code for error in check("1", SCOPE, STRING).errors] == ["expected_type"]
    assert not check("1", SCOPE, DECIMAL).errors
    assert not check("null", SCOPE, STRING).errors
    assert not check("@{E.items}", SCOPE, ListType(ObjectType())).errors


def test_compiling_raises_first_error() -> None:
    checked = check("@{E.nope} + nope()", SCOPE)
    with pytest.raises(ExpressionError) as caught:
        checked.compile()
    assert caught.value is checked.errors[0]
    assert [error.code for error in checked.errors] == ["unknown_field", "unknown_function"]


def test_errors_survive_copy() -> None:
    text = Phrase("expression.unknown_event", {"name": "E"})
    error = ExpressionError("type", "code", text, 1, 2, (Fix(1, 2, "x"),))
    assert error.message == "There is no event 'E' here"
    for one in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (one.kind, one.code, one.message, one.start, one.end, one.fixes) == (
            error.kind, error.code, error.message, 1, 2, error.fixes,
        )  # fmt: skip
    fault = pickle.loads(pickle.dumps(EvaluationError("limit", text, 3, 4)))
    assert (fault.kind, fault.code, fault.phrase, fault.start, fault.end) == ("evaluation", "limit", text, 3, 4)


def test_evaluation_has_no_side_effects() -> None:
    event = {"items": [{"n": 2}, {"n": 1}], "numbers": [3, 1, 2]}
    before = copy.deepcopy(event)
    evaluate('count(sort(@{E.items}, "n", true)) + sum(sort(@{E.numbers}, true))', event)
    assert event == before


def test_now_with_offset_far_from_utc() -> None:
    context = Context({}, datetime(2026, 3, 10, 0, 30, tzinfo=timezone(timedelta(hours=14))))
    assert compiled('toDateOnly(now()) == date("2026-03-10")').evaluate(context) is True
