"""The editor service: completions, signatures, hover, colours, diagnostics with fixes, and renaming."""

from __future__ import annotations

import pytest

from engine.catalogue import EXPRESSION, load
from engine.expression.completion import OPERATORS, WORDS
from engine.expression.editor import (
    Stretch,
    apply_fix,
    complete,
    diagnose,
    highlight,
    hover,
    rename,
    signature_help,
)
from engine.expression.functions import FUNCTIONS
from engine.expression.names import METHODS
from engine.expression.types import STRING, ObjectType, Scope
from tests.helpers.expression_texts import beacon_scope

SCOPE = beacon_scope()


def cut(marked: str) -> tuple[str, int]:
    """Return a text with its position, which is marked ``|``."""
    position = marked.index("|")
    return marked[:position] + marked[position + 1 :], position


def labels(marked: str) -> list[str]:
    return [one.label for one in complete(*cut(marked), SCOPE).items]


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


# Hover


@pytest.mark.parametrize(
    ("marked", "said"),
    [
        ("co|unt(@{Beacon.tokens})", "count(items: list) → integer\nThe number of items that are not null."),
        ("@{Bea|con.tokens}", "Beacon: event"),
        ("@{Beacon.tok|ens.app}", "Beacon.tokens: listObject"),
        ("@{Beacon.tokens.app.na|me}", "Beacon.tokens.app.name: listString"),
        ("@{Beacon.tokens.fi|rst()}", ".first(): the first item, or the first that meets a condition"),
        ("@{Beacon.tokens.no|pe()}", None),
        ("@{Beacon.no|pe}", None),
        ("@{No|pe.x}", None),
        ("@{Beacon.tokens.all(currentEventField.to|ken == '')}", "currentEventField.token: string"),
        ("@{Beacon.tokens.all(current|EventField.token == '')}", "string"),
        ("#{Ho|tel.Stay.nights, params: {id: 1}}", "Hotel: data source"),
        ("#{Hotel.St|ay.nights, params: {id: 1}}", "Hotel.Stay: field group"),
        ("#{Hotel.Stay.nig|hts, params: {id: 1}}", "Hotel.Stay.nights: integer"),
        ("#{JourneyProperties.journey|UID}", "JourneyProperties.journeyUID: journey property"),
        ("4|2", "integer"),
        ("no|pe(1)", None),
        ("1 +| 2.5", "decimal"),
        ("", None),
    ],
)
def test_hover(marked: str, said: str | None) -> None:
    text, position = cut(marked) if marked else ("", 0)
    found = hover(text, position, SCOPE)
    assert (found.text if found else None) == said
    if found:
        assert found.start <= position <= found.end


# Diagnostics and fixes


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
    (fault,) = diagnose(text, SCOPE)
    assert apply_fix(text, fault.fixes[0]) == mended
    assert not diagnose(mended, SCOPE)


def test_multiple_errors_are_reported_together() -> None:
    found = diagnose("@{Beacon.3h} = 1 AND foo or (2", SCOPE)
    assert [fault.code for fault in found] == [
        "unquoted_segment",
        "unknown_operator",
        "keyword_case",
        "bare_word",
        "unclosed",
    ]
    assert [fault.kind for fault in diagnose("nope(1) and @{Beacon.nope}", SCOPE)] == ["name", "name"]


# Colours


def test_colours() -> None:
    condition = 'count(@{Beacon.tokens.all(currentEventField.app.name == "a")}) > 1'
    text = f"{condition} and #{{Hotel.Stay.nights, params: {{id: 2}}}} -- x"
    found = [(stretch.kind, text[stretch.start : stretch.end]) for stretch in highlight(text)]
    assert ("function", "count") in found
    assert ("event", "tokens") in found
    assert ("event", "}") in found
    assert ("item", "currentEventField") in found
    assert ("text", '"a"') in found
    assert ("keyword", "and") in found
    assert ("source", "nights") in found
    assert ("keyword", "params") in found
    assert ("number", "2") in found
    assert ("comment", "-- x") in found
    assert Stretch("number", 65, 66) in highlight(text)


def test_colours_of_unbalanced_text() -> None:
    assert [stretch.kind for stretch in highlight(") } x")] == []


# Renaming


@pytest.mark.parametrize(
    ("text", "old", "new", "renamed"),
    [
        ("@{E.a} + @{F.a}", ("@", "E"), "G", "@{G.a} + @{F.a}"),
        ("@{E.a.b} + @{E.b}", ("@", "E", "a"), "c d", "@{E.'c d'.b} + @{E.b}"),
        (
            "@{E.os.all(currentEventField.t > @{F.t}, 1).t} + @{E.os.at(@{E.os.first().t}).t}",
            ("@", "E", "os", "t"),
            "s",
            "@{E.os.all(currentEventField.s > @{F.t}, 1).s} + @{E.os.at(@{E.os.first().s}).s}",
        ),
        ("@{E.os.at(currentEventField.t).t}", ("@", "E", "os", "t"), "s", "@{E.os.at(currentEventField.t).s}"),
        (
            "#{H.S.n, params: {id: @{E.a}}, defaultValue: @{E.a}}",
            ("@", "E", "a"),
            "b",
            "#{H.S.n, params: {id: @{E.b}}, defaultValue: @{E.b}}",
        ),
        ("#{H.S.n} + @{H.S.n}", ("#", "H"), "I", "#{I.S.n} + @{H.S.n}"),
        ("#{H.S.n}", ("#", "H", "S"), "T", "#{H.T.n}"),
        ("sort(distinct(@{E.os}), 't', true)", ("@", "E", "os", "t"), "s", 'sort(distinct(@{E.os}), "s", true)'),
        (
            "@{E.os.all(count(filter(currentEventField.ls, 'q', [1])) > 0)}",
            ("@", "E", "os", "ls", "q"),
            "r",
            '@{E.os.all(count(filter(currentEventField.ls, "r", [1])) > 0)}',
        ),
        (
            "sort(nope(@{E.os}), 't', true) == sort([1], 't', 1) and in(1, 't')",
            ("@", "E", "os", "t"),
            "s",
            "sort(nope(@{E.os}), 't', true) == sort([1], 't', 1) and in(1, 't')",
        ),
        (
            "contain(@{E.os}, 't') and nope(@{E.os}, 't') and length('t')",
            ("@", "E", "os", "t"),
            "s",
            "contain(@{E.os}, 't') and nope(@{E.os}, 't') and length('t')",
        ),
        (
            "inSegment('a') and inSegment('b') and inSegment(1)",
            ("segment", "a"),
            "it's",
            "inSegment(\"it's\") and inSegment('b') and inSegment(1)",
        ),
        ("1 + 1", ("@", "E"), "G", "1 + 1"),
        ("@{E.a.} + @{E..a}", ("@", "E", "a"), "b", "@{E.b.} + @{E..b}"),
    ],
)
def test_rename(text: str, old: tuple[str, ...], new: str, renamed: str) -> None:
    assert rename(text, old, new) == renamed


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


@pytest.mark.parametrize(
    ("marked", "korean_words"),
    [
        ("len|gth('a')", "글자 수"),
        ("@{Beacon.tokens.al|l().token}", ".all(): 조건에 맞는 항목들"),
        ("@{Bea|con.city}", "Beacon: 이벤트"),
        ("#{Hot|el.Stay.nights, params: {id: 1}}", "Hotel: 데이터 소스"),
        ("#{JourneyProperties.journey|UID}", "JourneyProperties.journeyUID"),
    ],
)
def test_hovering_speaks_korean(marked: str, korean_words: str) -> None:
    found = hover(*cut(marked), SCOPE, "ko")
    assert found is not None
    assert korean_words in found.text


def test_signatures_are_explained_in_korean() -> None:
    help_ = signature_help(*cut("startWith('a', |"), "ko")
    assert help_ is not None
    assert help_.documentation == "첫 번째 텍스트가 두 번째 텍스트로 시작하면 참입니다."


def test_among_many_names_nearest_is_found_too() -> None:
    fields = ObjectType({**{f"field{number}": STRING for number in range(400)}, "birthday": STRING})
    found = diagnose("@{E.brithday} == 'x'", Scope(events={"E": fields}))
    assert [one.message for one in found] == ["'E' has no field 'brithday'; did you mean 'birthday'?"]
