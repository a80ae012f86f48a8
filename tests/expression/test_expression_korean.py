"""Every error of the language has a Korean sentence with the names and examples that its English sentence has."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from engine.catalogue import ENGINE, ENGLISH, Phrase, PhraseArgument, format_phrase, load
from engine.expression import EvaluationError, ExpressionError, check
from engine.expression.case_files import context_of, scope_of
from engine.expression.context import Context
from engine.expression.errors import UnplacedError
from engine.expression.functions import FUNCTIONS
from engine.expression.names import METHODS
from engine.expression.patterns import compile_pattern
from engine.expression.tokens import KEYWORDS
from engine.expression.types import SCALARS, STRING, FieldGroupSchema, ListType, MapType, ObjectType, Scope
from tests.helpers.expression_texts import CASES, beacon_context, beacon_scope, strange_texts

HANGUL = re.compile("[가-힣]")
QUOTED = re.compile(r"'([A-Za-z_.]{3,})'")
QUOTATION = re.compile(r"'[^']*'|\"[^\"]*\"")
TEMPLATE_CODE = re.compile(
    r"@\{Event\.[^ ]*|\{\w+\}|\.all\([^)]*\)|\\[nutrX\w]*|P[T\d][\dTHDM]*|Europe/Paris|Asia/Seoul|UTC|1\.5e3|RE2|MiB"
)
CODE = {*KEYWORDS, *SCALARS, *FUNCTIONS, *METHODS, "params", "id"}
"""Words of the language: they are the same in all languages of the studio."""
ENGLISH_PROSE = re.compile(r"\ba [a-z]{3}|\b(an|the|is|are|of|with|such|write|here|that|or|and)\b")


def korean_leftovers(template: str) -> set[str]:
    """The Latin words of a Korean template that are no code."""
    bare = TEMPLATE_CODE.sub(" ", QUOTATION.sub(" ", TEMPLATE_CODE.sub(" ", template)))
    return set(re.findall(r"[A-Za-z]{2,}", bare)) - CODE


def data_of(phrase: Phrase) -> Iterator[str]:
    """The arguments of a phrase and its parts that no catalogue translates."""

    def texts(value: PhraseArgument) -> Iterator[str]:
        if isinstance(value, Phrase):
            yield from data_of(value)
        elif isinstance(value, tuple):
            for one in value:
                yield from texts(one)
        else:
            yield str(value)

    for name, value in phrase.arguments.items():
        if name != "reason":
            yield from texts(value)


def is_sound(error: ExpressionError) -> bool:
    """Whether the Korean sentence is Korean in all its parts and has the names of the English one."""
    korean = error.sentence("ko")
    names = (name for name in QUOTED.findall(error.message) if name not in ("not", "and", "null", "let"))
    prose = any(map(is_prose, data_of(error.phrase)))
    return HANGUL.search(korean) is not None and not prose and all(name in korean for name in names)


def is_prose(data: str) -> bool:
    """Whether an argument is English rather than a name, a value or words of the language."""
    words = data.lower().split()
    return (
        len(words) > 1 and not KEYWORDS.issuperset(words) and ENGLISH_PROSE.search(QUOTATION.sub("", data)) is not None
    )


def errors_of(text: str, scope: Scope, context: Context) -> Iterator[ExpressionError]:
    checked = check(text, scope)
    yield from checked.errors
    if not checked.errors:
        try:
            checked.compile().evaluate(context)
        except EvaluationError as error:
            yield error


def error_keys() -> list[str]:
    return [key for key in load(ENGINE, ENGLISH).names() if key.startswith("expression.")]


def test_korean_texts_have_no_english_words() -> None:
    keys = error_keys()
    assert len(keys) > 150
    korean = {key: load(ENGINE, "ko").get(key) or "" for key in keys}
    assert {key: left for key, text in korean.items() if (left := korean_leftovers(text))} == {}
    without_words = {"expression.no_names"}
    assert {key for key, text in korean.items() if not HANGUL.search(text)} == without_words


def test_english_words_are_found() -> None:
    assert is_prose("two numbers or a text")
    assert is_prose("a text such as 'x'")
    assert not is_prose("is not")
    assert is_prose("'a' and 'b'")
    assert korean_leftovers("{name}은(는) missing 입니다.") == {"missing"}
    assert korean_leftovers("{name}은(는) 'missing'이 아닌 toString입니다.") == set()


@pytest.mark.parametrize("file", ["expressions", "further", "rules", "sentences", "details"])
def test_errors_of_all_cases(file: str) -> None:
    first, *rows = map(json.loads, (CASES / f"{file}.jsonl").read_text(encoding="utf-8").splitlines())
    given = first["context"]
    found = [error for row in rows for error in errors_of(row["expr"], scope_of(given), context_of(given))]
    assert found
    assert [error.message for error in found if not is_sound(error)] == []


def test_errors_of_strange_texts() -> None:
    scope, context = beacon_scope(), beacon_context()
    found = {
        error.message: error
        for text in strange_texts(seed=11, count=3_000)
        for error in errors_of(text, scope, context)
    }
    assert found
    assert [message for message, error in found.items() if not HANGUL.search(error.sentence("ko"))] == []


NAMES = Scope(
    {"Beacon": ObjectType({"s": STRING, "m": ListType(MapType(STRING))})},
    {"Shop": {"Stock": FieldGroupSchema(ObjectType({"left": STRING}), ("city", "item"))}},
    (),
)


@pytest.mark.parametrize(
    ("text", "english", "korean"),
    [
        ("@{Becon.s}", "There is no event 'Becon' here; did you mean 'Beacon'?",
         "여기에는 'Becon' 이벤트가 없습니다. 혹시 'Beacon'인가요?"),
        ('inSegment("gold")', "There is no segment 'gold'.", "'gold' 세그먼트는 없습니다."),
        ("1+(2", "The parenthesis that begins at character 3 is not closed: ')' is expected at the end.",
         "3번째 글자에서 시작한 괄호가 닫히지 않았습니다. 끝에 ')' 기호가 필요합니다."),
        ('true and "x"',
         "What 'and' joins must be boolean, but this is string; compare it with something, such as … == \"x\".",
         "'and'로 잇는 것은 boolean 유형이어야 하는데 string입니다. … == \"x\"처럼 무엇과 비교하세요."),
        ("@{Beacon.s, defaultValue: 1}",
         "The default must have the type of the field, string, but it is integer; write a text such as \"n/a\".",
         "기본값은 필드와 같은 string 유형이어야 하는데 integer입니다. \"n/a\" 같은 텍스트를 쓰세요."),
        ('@{Beacon.m.entry("k")}',
         ".entry() is for a map, but 'm' is listObject; choose one map with .first() or .at(0) before .entry().",
         ".entry()는 맵에 쓰는데 'm'은 listObject입니다. .entry() 앞에서 .first()나 .at(0)으로 맵 하나를 고르세요."),
        ("count(,", "A value, a field or a function is expected in the parentheses of count, not ','.",
         "count의 괄호 안에 ',' 대신 값, 필드 또는 함수가 필요합니다."),
        ("1 is", "After 'is' write 'decimal' or 'integer' or 'not' or 'null' or 'numeric'.",
         "'is' 뒤에는 'decimal' 또는 'integer' 또는 'not' 또는 'null' 또는 'numeric'를 쓰세요."),
        ("#{Shop.Stock.left}",
         "'Shop.Stock' needs a value for city and item: add params: {city: …, item: …}.",
         "'Shop.Stock'에는 city와 item 값이 필요합니다. 다음을 더하세요: params: {city: …, item: …}"),
    ],
)  # fmt: skip
def test_sentences_are_natural(text: str, english: str, korean: str) -> None:
    error = check(text, NAMES).errors[0]
    assert error.message == english
    assert error.sentence("ko") == korean


def test_limit_of_steps_in_korean() -> None:
    with pytest.raises(UnplacedError, match=r"more than 100,000 steps; work on fewer items") as caught:
        Context({}, datetime(2026, 3, 10, tzinfo=UTC)).spend(100_001)
    korean = "계산이 100,000단계를 넘었습니다. 항목을 줄이거나 텍스트를 짧게 하세요."
    assert format_phrase(caught.value.phrase, "ko") == korean


def test_long_pattern_error_in_korean() -> None:
    with pytest.raises(UnplacedError, match="at most 2,000 characters") as caught:
        compile_pattern("a" * 2_001)
    assert format_phrase(caught.value.phrase, "ko") == "패턴은 2,000자까지 쓸 수 있는데 이 패턴은 2,001자입니다."


def test_evaluation_error_names_no_data_in_korean() -> None:
    checked = check("toInteger(@{Beacon.s})", NAMES)
    context = Context({"Beacon": {"s": "confidential"}}, datetime(2026, 3, 10, tzinfo=UTC))
    with pytest.raises(EvaluationError) as caught:
        checked.compile().evaluate(context)
    assert caught.value.sentence("ko") == "텍스트는 정수가 아닙니다. toInteger는 4 또는 -12 같은 텍스트를 읽습니다."


def test_nested_sentences_have_one_full_stop() -> None:
    rule = Phrase("ERR_SEGMENT_004", {"name": "vip", "reason": check('inSegment("gold")', NAMES).errors[0].phrase})
    assert format_phrase(rule, "ko") == (
        "세그먼트 'vip'의 규칙에 오류가 있습니다('gold' 세그먼트는 없습니다). 세그먼트 목록에서 고치세요"
    )
    assert format_phrase(rule) == (
        "The rule of the segment 'vip' has an error (There is no segment 'gold'); fix it in the list of segments"
    )
