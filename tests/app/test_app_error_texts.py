"""Errors and issues in the language of the user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.forms.engine_texts import error_text, issue_text, refusal_text
from app.translation import LanguageSwitcher
from engine.catalogue import Phrase
from engine.core.issues import Issue, exit_name, quoted
from engine.errors import SojournError
from engine.services.views import RejectedItem


@pytest.fixture
def korean(qapp: QApplication) -> Iterator[None]:
    switcher = LanguageSwitcher(qapp)
    switcher.set_language("ko")
    yield
    switcher.set_language("en")


def named(kind: str) -> Phrase:
    return Phrase("activity_only", {"words": Phrase(f"activity.{kind}")})


LABEL = Phrase("quoted_label", {"text": "Wait"})
LOBBY = Phrase("activity_named", {"noun": Phrase("activity.event"), "name": "Lobby"})
DAY = {"label": Phrase("quoted_label", {"text": "Day"})}


@pytest.mark.parametrize(
    ("code", "arguments", "korean_words"),
    [
        ("ERR_ACTION_003", {"label": LABEL, "name": "Token"}, "“Wait”에 'Token'의 값이 없습니다. 채우세요"),
        ("ERR_WAIT_001", {"label": named("wait")}, "대기에 기간이 없습니다. 기간을 정하세요"),
        (
            "ERR_MESSAGE_001",
            {"label": Phrase("activity_numbered", {"words": Phrase("activity.email"), "number": 2})},
            "이메일 2에 템플릿이 없습니다. 템플릿을 선택하세요",
        ),
        ("ERR_MESSAGE_003", {"label": named("sms")}, "문자 메시지에 받는 주소가 없습니다. 표현식을 쓰세요"),
        (
            "ERR_GRAPH_002",
            {"label": Phrase("activity_numbered", {"words": LOBBY, "number": 3})},
            "이벤트 “Lobby” 3이 순환에 들어 있습니다",
        ),
        ("ERR_WAIT_001", {"label": LABEL}, "“Wait”에 기간이 없습니다"),
        ("ERR_GRAPH_002", {"label": Phrase("quoted_label", {"text": "대기"})}, "“대기”가 순환"),
        ("ERR_MESSAGE_002", {"channel": Phrase("activity.email"), "name": "Hi"}, "이메일 템플릿 'Hi'가 없습니다"),
        ("ERR_CONDITION_002", {"label": named("condition"), "name": 2}, "조건의 경로 2에 조건이 없습니다"),
        (
            "WARN_GRAPH_001",
            {"label": named("condition"), "name": exit_name("others")},
            "조건의 경로 '그 외'는 아무도",
        ),
        ("ERR_REACTION_002", {"label": named("reaction"), "name": named("wait")}, "반응이 반응하는 대기는"),
        (
            "ERR_REACTION_003",
            {
                "label": named("reaction"),
                "name": Phrase("reaction.opened"),
                "choices": (Phrase("reaction.sent"), Phrase("reaction.failed")),
            },
            "반응은 이런 메시지의 '열람'을 기다릴 수 없습니다. 보냄, 실패 중에서",
        ),
        (
            "ERR_CONDITION_004",
            {**DAY, "name": quoted("When"), "text": "soon", "wanted": Phrase("wanted.date")},
            "“Day”의 경로 'When'에 있는 'soon'을 읽을 수 없습니다. 2026-03-11 같은 날짜나",
        ),
        (
            "ERR_EVENT_006",
            {"name": "Lobby", "reason": Phrase("incomplete.no_key")},
            "이벤트 'Lobby'가 완성되지 않았습니다(키가 없음)",
        ),
        (
            "ERR_ACTION_008",
            {"name": "Push", "reason": Phrase("incomplete.empty")},
            "액션 'Push'의 페이로드가 완성되지 않았습니다(비어 있음)",
        ),
    ],
)
def test_issues_are_written_in_korean(code: str, arguments: dict[str, Any], korean_words: str, korean: None) -> None:
    assert issue_text(Issue(code, "a", "$", arguments)).startswith(korean_words)


def test_refusal_is_fully_translated_to_korean(korean: None) -> None:
    taken = SojournError("name_taken.definition", kind=Phrase("a_definition.event"), name="Lobby")
    assert error_text(taken) == "이름이 Lobby인 이벤트가 이미 있습니다. 다른 이름을 지으세요"
    blocked = SojournError("journey_has_errors.more", issue="“Wait”", code="ERR_WAIT_001", count=2)
    assert error_text(blocked) == "“Wait” (ERR_WAIT_001)(외 오류 2개)"


def test_a_name_is_not_taken_for_a_word(korean: None) -> None:
    error = SojournError("journey_state.test", name="live", state=Phrase("state.live"))
    assert error_text(error) == "live의 상태는 실행 중입니다. 초안만 테스트할 수 있습니다"


def test_text_without_entry_is_shown_unchanged(korean: None) -> None:
    assert error_text(SojournError("x", message="the moon is full")) == "the moon is full"
    odd = Issue("ERR_SURVEY_001", "a", "$", {"message": "Something else"})
    assert issue_text(odd) == "Something else"


def test_english_texts_are_capitalized(qapp: QApplication) -> None:
    closed = SojournError("inlet_closed", name="main")
    assert error_text(closed) == "The inlet main is closed; open it or post to another"
    named = SojournError("definition_built_in", name="theSource")
    assert error_text(named) == "theSource is built in and cannot be deleted"


@pytest.mark.parametrize(("count", "sentence"), [(1, "wait a second"), (7, "wait 7 seconds")])
def test_a_sentence_has_the_form_for_its_number(count: int, sentence: str) -> None:
    assert sentence in str(SojournError("sign_in_pause", count=count))


def test_refused_events_are_explained(korean: None) -> None:
    assert refusal_text(RejectedItem(0, "missing_field", "guest.id", "")) == "guest.id 필드가 없습니다. 채우세요"
    assert refusal_text(RejectedItem(0, "of_an_extension", "", "send it again")) == "send it again"
