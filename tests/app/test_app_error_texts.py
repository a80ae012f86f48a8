"""What the engine says is said in the user's language: every rule of design, every refusal that a window shows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.forms.engine_texts import error_text
from app.forms.issue_texts import issue_text, source_text
from app.translation import FOLDER, LANGUAGES, LanguageSwitcher, load_catalogue
from engine.catalogue import ENGINE, Phrase, load
from engine.core.activity_names import UnquotedText
from engine.core.issues import MESSAGES, Issue
from engine.errors import SojournError

OTHERS = [language for language in LANGUAGES if language != "en"]


@pytest.fixture
def korean(qapp: QApplication) -> Iterator[None]:
    switcher = LanguageSwitcher(qapp)
    switcher.set_language("ko")
    yield
    switcher.set_language("en")


@pytest.mark.parametrize("language", OTHERS)
def test_every_rule_has_a_text(language: str) -> None:
    catalogue = load_catalogue(language)
    assert [code for code in MESSAGES if not catalogue.get(source_text(code))] == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_for_removed_rules(language: str) -> None:
    kept = json.loads((FOLDER / language / "problems.json").read_text(encoding="utf-8"))
    assert set(kept) == {source_text(code) for code in MESSAGES}


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_entries_of_the_engine(language: str) -> None:
    assert set(load(ENGINE, language).names()) == set(load(ENGINE, "en").names())


def test_rule_text_in_korean(korean: None) -> None:
    message = MESSAGES["ERR_ACTION_003"].format(label="“환영”", name="Token")
    issue = Issue("ERR_ACTION_003", "error", "a", "$", message)
    assert issue_text(issue) == "“환영”에 'Token'의 값이 없습니다. 채우세요"


@pytest.mark.parametrize(
    ("code", "details", "korean_words"),
    [
        ("ERR_WAIT_001", {"label": "The wait"}, "대기에 기간이 없습니다. 기간을 정하세요"),
        ("ERR_MESSAGE_001", {"label": "Email 2"}, "이메일 2에 템플릿이 없습니다. 템플릿을 선택하세요"),
        ("ERR_MESSAGE_003", {"label": "The SMS"}, "문자 메시지에 받는 주소가 없습니다. 표현식을 쓰세요"),
        ("ERR_GRAPH_002", {"label": "Event “Lobby” 3"}, "이벤트 “Lobby” 3이 순환에 들어 있습니다"),
        ("ERR_WAIT_001", {"label": "“Wait”"}, "“Wait”에 기간이 없습니다"),
        ("ERR_MESSAGE_002", {"channel": "email", "name": "Hi"}, "이메일 템플릿 'Hi'가 없습니다"),
        ("ERR_CONDITION_002", {"label": "the condition", "name": UnquotedText(2)}, "조건의 경로 2에 조건이 없습니다"),
        ("WARN_GRAPH_001", {"label": "the condition", "name": "Others"}, "조건의 경로 '그 외'는 아무도"),
        ("ERR_REACTION_002", {"label": "The reaction", "name": "the wait"}, "반응이 반응하는 대기는"),
        (
            "ERR_REACTION_003",
            {"label": "The reaction", "name": "opened", "choices": "sent, failed"},
            "반응은 이런 메시지의 '열람'을 기다릴 수 없습니다. 보냄, 실패 중에서",
        ),
        (
            "ERR_CONDITION_004",
            {
                "label": "“Day”",
                "name": "When",
                "text": "soon",
                "wanted": "a date such as 2026-03-11, or with a time 2026-03-11T08:00:00",
            },
            "“Day”의 경로 'When'에 있는 'soon'을 읽을 수 없습니다. 2026-03-11 같은 날짜나",
        ),
        (
            "ERR_EXPRESSION_003",
            {"label": "“Day”", "reason": "There is no event 'Foo' here."},
            "“Day”의 표현식에 알 수 없는 이름이 있습니다: 여기에는 'Foo' 이벤트가 없습니다.",
        ),
        (
            "ERR_EVENT_006",
            {"name": "Lobby", "reason": "it has no key"},
            "이벤트 'Lobby'가 완성되지 않았습니다(키가 없음)",
        ),
        (
            "ERR_ACTION_008",
            {"name": "Push", "reason": "it is empty"},
            "액션 'Push'의 페이로드가 완성되지 않았습니다(비어 있음)",
        ),
    ],
)
def test_arguments_are_translated_to_korean(
    code: str, details: dict[str, Any], korean_words: str, korean: None
) -> None:
    message = MESSAGES[code].format(**details)
    assert issue_text(Issue(code, "error", "a", "$", message)).startswith(korean_words)


def test_korean_particles_fit(korean: None) -> None:
    message = MESSAGES["ERR_GRAPH_002"].format(label="“대기”")
    assert issue_text(Issue("ERR_GRAPH_002", "error", "a", "$", message)).startswith("“대기”가 순환")


def test_refusal_is_fully_translated_to_korean(korean: None) -> None:
    taken = SojournError("name_taken.definition", kind=Phrase("a_definition.event"), name="Lobby")
    assert error_text(taken) == "이름이 Lobby인 이벤트가 이미 있습니다. 다른 이름을 지으세요"
    blocked = SojournError("journey_has_errors.more", issue="“Wait”", code="ERR_WAIT_001", count=2)
    assert error_text(blocked) == "“Wait” (ERR_WAIT_001)(외 오류 2개)"


def test_a_name_is_not_taken_for_a_word(korean: None) -> None:
    error = SojournError("journey_state.test", name="live", state=Phrase("state.live"))
    assert error_text(error) == "live의 상태는 실행 중입니다. 초안만 테스트할 수 있습니다"


def test_a_text_without_an_entry_is_shown_as_it_is(korean: None) -> None:
    assert error_text(SojournError("x", message="the moon is full")) == "the moon is full"
    odd = Issue("ERR_WAIT_001", "error", "a", "$", "something else")
    assert issue_text(odd) == "something else"


def test_english_texts_are_capitalized(qapp: QApplication) -> None:
    closed = SojournError("inlet_closed", name="main")
    assert error_text(closed) == "The inlet main is closed; open it or post to another"
    named = SojournError("definition_built_in", name="theSource")
    assert error_text(named) == "theSource is built in and cannot be deleted"


@pytest.mark.parametrize(("count", "sentence"), [(1, "wait a second"), (7, "wait 7 seconds")])
def test_a_sentence_has_the_form_for_its_number(count: int, sentence: str) -> None:
    assert sentence in str(SojournError("sign_in_pause", count=count))
