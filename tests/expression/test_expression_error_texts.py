"""Plain words: an expression as a sentence, in English and Korean."""

from __future__ import annotations

import json

import pytest

from engine.catalogue import EXPRESSION, load
from engine.expression import explain, parse
from engine.expression.syntax import FunctionCall, Literal, Missing, walk
from tests.helpers.expression_texts import CASES, beacon_scope

SCOPE = beacon_scope()

SENTENCES = [
    ("startWith(@{Beacon.city}, 'par')", "The city of Beacon starts with “par”", "Beacon의 city가 ‘par’로 시작함"),
    (
        "not contain(@{Beacon.city}, 'a')",
        "The city of Beacon does not contain “a”",
        "Beacon의 city에 ‘a’가 들어 있지 않음",
    ),
    (
        "@{Beacon.rssi} > -70 and @{Beacon.vip} == true",
        "The rssi of Beacon is more than -70 and the vip of Beacon is true",
        "Beacon의 rssi가 -70보다 큼 그리고 Beacon의 vip이(가) 참과 같음",
    ),
    ("true and (false or null)", "True and (false or nothing)", "참 그리고 (거짓 또는 빈 값)"),
    ("@{Beacon.seen} >= now()", "The seen of Beacon is not before now", "Beacon의 seen이 지금이거나 그보다 나중임"),
    ("now() - toDuration('P1DT2H')", "1 day 2 hours before now", "지금부터 1일 2시간 전"),
    ("toDuration(1500)", "1 second 500 milliseconds", "1초 500밀리초"),
    ("toDuration('-PT1M')", "Minus 1 minute", "마이너스 1분"),
    ("toDuration('PT0S')", "0 seconds", "0초"),
    ("toDuration('x')", "The duration “x”", "기간 ‘x’"),
    ("toDuration(@{Beacon.city})", "The duration the city of Beacon", "기간 Beacon의 city"),
    ("toDuration(999999999999999999)", "999999999999999999 milliseconds", "999999999999999999밀리초"),
    ("@{Beacon.city} + 'x'", "The city of Beacon followed by “x”", "Beacon의 city 뒤에 ‘x’를 붙인 것"),
    ("not (@{Beacon.rssi} == 1)", "The rssi of Beacon is not 1", "Beacon의 rssi가 1과 같지 않음"),
    (
        "not (@{Beacon.rssi} < 1)",
        "It is not true that the rssi of Beacon is less than 1",
        "(Beacon의 rssi가 1보다 작음) 아님",
    ),
    ("not (@{Beacon.rssi} is null)", "The rssi of Beacon is known", "Beacon의 rssi 값이 있음"),
    (
        "not (@{Beacon.tags} has null)",
        "It is not true that the tags of Beacon has a missing item",
        "(Beacon의 tags에 빈 값이 있음) 아님",
    ),
    ("not nope(1)", "It is not true that nope(1)", "(nope(1)) 아님"),
    ("not (true or false)", "It is not true that (true or false)", "((참 또는 거짓)) 아님"),
    ("-(1 + 2) * -3", "Minus (1 plus 2) times -3", "마이너스 (1 더하기 2) 곱하기 -3"),
    ("[]", "An empty list", "빈 목록"),
    ("[1]", "1", "1"),
    ("1 +", "1 plus …", "1 더하기 …"),
    ("@{Beacon.}", "Beacon", "Beacon"),
    ("currentEventField", "The item", "항목"),
    (
        "@{Beacon.scores.first(currentEventField > 1)}",
        "The first of the scores of Beacon where the item is more than 1",
        "Beacon의 scores 중 (항목이 1보다 큼)에 해당하는 첫 항목",
    ),
    ("@{Beacon.tokens.nope(1).x}", "The x of the tokens of Beacon", "Beacon의 tokens의 x"),
    ("@{Beacon.tokens.nope().x}", "The x of the tokens of Beacon", "Beacon의 tokens의 x"),
    ("#{JourneyProperties.journeyUID}", "The journey's journeyUID", "여정의 journeyUID"),
    ("#{JourneyProperties}", "JourneyProperties", "JourneyProperties"),
    ("#{Weather}", "Weather", "Weather"),
    ("length('a', 'b')", "Length(“a”, “b”)", "Length(‘a’, ‘b’)"),
    ("length(1)", "The length of 1", "1의 길이"),
    ("if (1 is numeric) then (1) else (2)", "1 if 1 is a number, otherwise 2", "(1이 숫자임)이면 1, 아니면 2"),
]


@pytest.mark.parametrize(("text", "english", "korean"), SENTENCES)
def test_simple_texts(text: str, english: str, korean: str) -> None:
    tree = parse(text).tree
    assert explain(tree, SCOPE, "en") == english
    assert explain(tree, SCOPE, "ko").replace("vip가", "vip이(가)") == korean


def test_another_language_is_english() -> None:
    assert explain(parse("1 + 1").tree, SCOPE, "fr") == "1 plus 1"


def test_every_case_has_complete_texts() -> None:
    for line in (CASES / "further.jsonl").read_text(encoding="utf-8").splitlines()[1:]:
        parsed = parse(json.loads(line)["expr"])
        if parsed.errors or any(isinstance(node, FunctionCall | Missing) for node in walk(parsed.tree)):
            continue
        for language in ("en", "ko"):
            said = explain(parsed.tree, SCOPE, language)
            for node in walk(parsed.tree):
                if isinstance(node, Literal) and isinstance(node.value, str) and ".entry(" not in line:
                    assert node.value in said


@pytest.mark.parametrize(
    ("written", "chosen"),
    [
        ("책이(가) 길을(를) 나무와(과) 소은(는)", "책이 길을 나무와 소는"),
        ("서울(으)로 부산(으)로 나무(으)로", "서울로 부산으로 나무로"),
        ("3을(를) 2와(과) 8(으)로 6(으)로", "3을 2와 8로 6으로"),
        ("item이(가) city이(가) ‘token’을(를)", "item이 city가 ‘token’을"),
        ("… 이(가)", "… 이(가)"),
    ],
)
def test_particles_fit_word_before(written: str, chosen: str) -> None:
    assert load(EXPRESSION, "ko").fill(written, {}) == chosen
