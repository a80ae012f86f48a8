"""Every error of the language is said in Korean too, with the names and examples that its English sentence has."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest

from engine.expression import ExpressionError, check
from engine.expression.case_files import run_cases
from engine.expression.error_translation import translate_error
from engine.expression.patterns import compile_pattern
from tests.helpers.expression_texts import CASES, beacon_context, beacon_scope, strange_texts

SIGNS = re.compile(r"'[^']*'|<T>|list<")
QUOTED = re.compile(r"'([A-Za-z_.]{3,})'")


def in_korean(message: str) -> str | None:
    return translate_error(message, "ko")


def sound(message: str) -> bool:
    """Whether a message has a Korean sentence that names what it names and is whole."""
    said = in_korean(message)
    if (
        said is None
        or not any("가" <= letter <= "힣" for letter in said)
        or "<" in re.sub(r"'[^']*'|<T>|list<", "", said)
    ):
        return False
    return all(name in said for name in QUOTED.findall(message) if name not in ("not", "and", "null", "let"))


@pytest.mark.parametrize("file", ["expressions", "further", "rules", "sentences", "details"])
def test_errors_of_all_cases(file: str) -> None:
    lines = (CASES / f"{file}.jsonl").read_text(encoding="utf-8").splitlines()
    messages = {str(given["message"]) for given in run_cases(lines) if "error" in given}
    assert messages
    assert [message for message in messages if not sound(message)] == []


def test_errors_of_strange_texts() -> None:
    scope, context = beacon_scope(), beacon_context()
    found: set[str] = set()
    for text in strange_texts(seed=11, count=3_000):
        checked = check(text, scope)
        found |= {error.message for error in checked.errors}
        if not checked.errors:
            with suppress(ExpressionError):
                checked.compile().evaluate(context)
    assert [message for message in found if in_korean(message) is None] == []


@pytest.mark.parametrize(
    ("message", "korean"),
    [
        ("There is no event 'Becon' here; did you mean 'Beacon'?",
         "여기에는 'Becon' 이벤트가 없습니다. 혹시 'Beacon'인가요?"),
        ("There is no segment 'gold'.", "'gold' 세그먼트는 없습니다."),
        ("The parenthesis that begins at character 3 is not closed: ')' is expected at the end.",
         "3번째 글자에서 시작한 괄호가 닫히지 않았습니다. 끝에 ')' 기호가 필요합니다."),
        ("What 'and' joins must be boolean, but this is string; compare it with something, such as … == \"x\".",
         "'and'로 잇는 것은 boolean 형식이어야 하는데 string입니다. … == \"x\"처럼 무엇과 비교하세요."),
        ("The default must have the type of the field, string, but it is integer; write a text such as \"n/a\".",
         "기본값은 필드와 같은 string 형식이어야 하는데 integer입니다. \"n/a\" 같은 텍스트를 쓰세요."),
        (".first() is for a list, but 'm' is listObject; choose one map with .first() or .at(0) before .first().",
         ".first()는 목록에 쓰는데 'm'은 listObject입니다. .first() 앞에서 .first()나 .at(0)으로 맵 하나를 고르세요."),
        ("The evaluation takes more than 100,000 steps; work on fewer items or shorter texts.",
         "계산이 100,000단계를 넘었습니다. 항목을 줄이거나 텍스트를 짧게 하세요."),
    ],
)  # fmt: skip
def test_korean_sentences_are_natural(message: str, korean: str) -> None:
    assert in_korean(message) == korean


def test_other_errors_are_left_unchanged() -> None:
    assert in_korean("Something else went wrong.") is None
    assert in_korean("Something else; did you mean 'x'?") is None
    assert in_korean("Something else. Known here: x.") is None


def test_long_pattern_error_in_korean() -> None:
    with pytest.raises(Exception, match="at most 2,000 characters") as caught:
        compile_pattern("a" * 2_001)
    assert in_korean(str(caught.value)) == "패턴은 2,000자까지 쓸 수 있는데 이 패턴은 2,001자입니다."
