"""Help for the author of an expression: completions, signatures, and errors with fixes."""

from __future__ import annotations

import pytest

from engine.catalogue import EXPRESSION, load
from engine.expression import check
from engine.expression.completion import OPERATORS, WORDS, complete, signature_help
from engine.expression.functions import FUNCTIONS
from engine.expression.names import METHODS
from engine.expression.types import STRING, FieldGroupSchema, ObjectType, Scope
from tests.helpers.expression_texts import beacon_scope

SCOPE = beacon_scope()


def cut(marked: str) -> tuple[str, int]:
    """Return a text with its position, which is marked ``|``."""
    position = marked.index("|")
    return marked[:position] + marked[position + 1 :], position


def labels(marked: str) -> list[str]:
    return [one.label for one in complete(*cut(marked), SCOPE).items]


def test_field_is_found_by_its_own_name() -> None:
    scope = Scope(
        events={"Booking": ObjectType({"guest": ObjectType({"firstName": STRING})})},
        sources={"CRM": {"Person": FieldGroupSchema(ObjectType({"first name": STRING}), ("id",))}},
    )
    found = complete(*cut("firstN|"), scope).items
    assert [(one.insert, one.detail) for one in found] == [("@{Booking.guest.firstName}", "Booking")]
    (spaced,) = (one for one in complete(*cut("first|"), scope).items if one.detail == "Person (CRM)")
    assert (spaced.label, spaced.insert) == ("first name", "#{CRM.Person.'first name'}")


@pytest.mark.parametrize(
    ("marked", "first"),
    [
        ("@{|", ["Beacon"]),
        ("@{Be|", ["Beacon"]),
        ("@{Beacon.ci|", ["city"]),
        ("1 > 0 and @{Beacon.tok|", ["tokens"]),
        ("@{Beacon.'3h|'}", []),
        ("@{Beacon.3|", []),
        ("@{Beacon.tokens.|", ["token", "app", "at", "all()", "first()", "last()", "at()"]),
        ("@{Beacon.identityMap.|", ["entry()", "keys()", "firstEntryKey()"]),
        ("@{Beacon.identityMap.entry('Email').first().|", ["id"]),
        ("@{Beacon.tokens.all(currentEventField.app.|) }", ["name", "version"]),
        ("@{Beacon.tokens.all(currentEventField.|).token} == ", ["token", "app", "at"]),
        ("#{|", ["Weather", "Hotel", "ExperiencePlatform", "JourneyProperties"]),
        ("#{Hotel.|", ["Stay"]),
        ("#{Weather.|", ["Current"]),
        ("#{Nope.|", []),
        ("#{Hotel.Stay.|", ["nights"]),
        ("#{Hotel.Nope.|", []),
        ("@{Nope.|", []),
        ("@{Beacon.city.nope.|", []),
        ("@{Beacon.nope.nope.|", []),
        ("a.|", []),
        ("#{JourneyProperties.lastActionEx|", ["lastActionExecutionElapsedTime"]),
        ('inSegment("|', ["silver", "men over 50"]),
        ('inSegment("s|")', ["silver"]),
        ('nowWithDelta(1, "d|")', ["days", "seconds"]),
        ('nowWithDelta(1, "days", "Asia/Seo|")', ["Asia/Seoul"]),
        ('sort(@{Beacon.tokens}, "|", true)', ["token", "app", "at"]),
        ('filter(@{Beacon.orders}, "t|", [1])', ["total"]),
        ('sort([1], "|", true)', []),
        ('length("|")', []),
        ('length("a", "|")', []),
        ('nope("|")', []),
        ('"|"', []),
        ('inSegment("silver"|)', []),
        ("-- and|", []),
        ("starts|", []),
        ("startWithI|", ["startWithIgnoreCase"]),
        ("STARTWITH|", ["startWith", "startWithIgnoreCase"]),
        ("1 is nu|", ["null", "numeric", "not null"]),
        ("[1] has |", ["null"]),
        ("@{Beacon.scores.all(currentE|", ["currentEventField"]),
        ("@{Beacon.orders.all(count(currentEventField.lines.all(currentE|", ["currentEventField"]),
        ("#{ExperiencePlatform.Sends.experienceevent.first(1 == 1 and currentD|", ["currentDataPackField"]),
    ],
)
def test_completions_at_position(marked: str, first: list[str]) -> None:
    assert labels(marked)[: len(first) or None] == first


@pytest.mark.parametrize(
    "marked",
    ["@{Beacon.city} |", "1 |", "(1) |", "null |", "@{Beacon.tokens.all(currentEventField |", "1 is numeric |"],
)
def test_after_operand_operators_are_proposed(marked: str) -> None:
    assert labels(marked)[:4] == ["and", "or", "==", "!="]


@pytest.mark.parametrize("marked", ["|", "1 + |", "not |", "max(|", "[1, |", "@{Beacon.city, defaultValue: |", "if (|"])
def test_operand_position_proposes_fields_and_functions(marked: str) -> None:
    found = labels(marked)
    assert found[0] == "@{Beacon…}"
    assert {"now", "count", "true", "not"} <= set(found)


def test_condition_proposes_item_first() -> None:
    assert labels("@{Beacon.tokens.all(1 == 1 and |")[0] == "currentEventField"
    assert "currentEventField" not in labels("@{Beacon.tokens.at(|")


def test_completion_replaces_word_and_describes() -> None:
    text, position = cut("1 + co|unt(2)")
    found = complete(text, position, SCOPE)
    assert text[found.start : found.end] == "count"
    one = next(item for item in found.items if item.label == "count")
    assert (one.insert, one.kind, one.detail) == ("count()", "function", "count(items: list) → integer")
    assert "not null" in one.documentation
    assert "count([10, 2, 10, null]) → 3" in one.documentation


def test_quoted_names_are_inserted_with_quotes() -> None:
    found = complete("@{Beacon.", 9, SCOPE)
    assert next(item for item in found.items if item.label == "3h").insert == "'3h'"


# Signatures


@pytest.mark.parametrize(
    ("marked", "name", "active"),
    [
        ("contain(|", "contain", 0),
        ("contain(a, |", "contain", 1),
        ("contain(max(1, 2), |", "contain", 1),
        ("contain(max(1, |", "max", 1),
        ("contain([1, 2, |", "contain", 0),
        ("if (contain(1, (2 + |", "contain", 1),
        ("count(@{Beacon.tokens.all(in(1, |", "in", 1),
        ("contain(1) | ", None, 0),
        ("nope(|", None, 0),
        ("@{Beacon.tokens.at(|", None, 0),
        ("@{Beacon.x.count(|", None, 0),
        ("(|", None, 0),
        ("1, |", None, 0),
        (")) contain(|", "contain", 0),
    ],
)
def test_signature_help(marked: str, name: str | None, active: int) -> None:
    found = signature_help(*cut(marked))
    assert (found.name if found else None) == name
    if found:
        assert found.active == active
        assert found.signatures[0].startswith(f"{name}(")
        assert found.documentation


# Errors and fixes


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("true AND false", "true and false"),
        ("1 = 1", "1 == 1"),
        ("true&&false", "true and false"),
        ("!true", " not true"),
        ('inSegment("silvr")', 'inSegment("silver")'),
        ('lenght("a")', 'length("a")'),
        ("NOT (true)", "not (true)"),
        ("@{Beacon.City} == 'a'", "@{Beacon.city} == 'a'"),
        ("@{Beacon.3h}", "@{Beacon.'3h'}"),
        (
            "@{Beacon.orders.all(currentEventField.total-1 > 2)}",
            "@{Beacon.orders.all(currentEventField.total - 1 > 2)}",
        ),
        ("@{Beacon.identityMap.Email}", "@{Beacon.identityMap.entry('Email')}"),
        (
            "@{Beacon.tokens.all(currentDataPackField.token == 'a')}",
            "@{Beacon.tokens.all(currentEventField.token == 'a')}",
        ),
        ("'it", "'it'"),
        ("(1 + 2", "(1 + 2)"),
        ("@{Beacon.city", "@{Beacon.city}"),
        ('"a\\.b"', '"a\\\\.b"'),
        ("Paris", '"Paris"'),
        ("#{Hotel.Stay.nights, params: {Id: 1}}", "#{Hotel.Stay.nights, params: {id: 1}}"),
        ("if (true) THEN (1) else (2)", "if (true) then (1) else (2)"),
        ("sort(@{Beacon.tokens}, 'tokn', true)", 'sort(@{Beacon.tokens}, "token", true)'),
    ],
)
def test_fix_corrects_text(text: str, mended: str) -> None:
    (error,) = check(text, SCOPE).errors
    fix = error.fixes[0]
    assert text[: fix.start] + fix.text + text[fix.end :] == mended
    assert not check(mended, SCOPE).errors


def test_multiple_errors_are_reported_together() -> None:
    found = check("@{Beacon.3h} = 1 AND foo or (2", SCOPE).errors
    assert [fault.code for fault in found] == [
        "unquoted_segment",
        "unknown_operator",
        "keyword_case",
        "bare_word",
        "unclosed",
    ]
    assert [fault.kind for fault in check("nope(1) and @{Beacon.nope}", SCOPE).errors] == ["name", "name"]


# In Korean

_UNEXPLAINED = ("field", "event", "source", "keyword")


def test_korean_descriptions_exist() -> None:
    texts = load(EXPRESSION, "ko")
    assert set(texts.section("function")) == {function.meaning for function in FUNCTIONS.values()}
    phrases = set(texts.section("editor"))
    assert {meaning for _, meaning in (*OPERATORS, *WORDS) if meaning != "boolean"} <= phrases
    assert set(METHODS.values()) <= phrases
    for marked in ("|", "1 > 0 |", "@{Beacon.tokens.|", "@{Beacon.tokens.all(|", "#{|"):
        for item in complete(*cut(marked), SCOPE, "ko").items:
            told = item.documentation or item.detail
            assert any("가" <= letter <= "힣" for letter in told) or item.kind in (
                "field",
                "event",
                "source",
                "keyword",
            )


def test_signatures_are_explained_in_korean() -> None:
    help_ = signature_help(*cut("startWith('a', |"), "ko")
    assert help_ is not None
    assert help_.documentation == "첫 번째 텍스트가 두 번째 텍스트로 시작하면 참입니다."


def test_among_many_names_nearest_is_found_too() -> None:
    fields = ObjectType({**{f"field{number}": STRING for number in range(400)}, "birthday": STRING})
    found = check("@{E.brithday} == 'x'", Scope(events={"E": fields})).errors
    assert [one.message for one in found] == ["'E' has no field 'brithday'; did you mean 'birthday'?"]
