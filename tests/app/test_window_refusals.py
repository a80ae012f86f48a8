"""What the engine says is said in the user's language: every rule of design, every refusal that a window shows."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from app.forms.issue_words import said, source_text
from app.forms.refusals import FILE, refusal
from app.translation import FOLDER, LANGUAGES, Speech, load_catalogue
from engine.core.issues import MESSAGES, Issue
from engine.errors import SojournError

OTHERS = [language for language in LANGUAGES if language != "en"]
ROOMS = ("engine/services", "app/bridge")
NO_SENTENCES = {"{1}: {2}", "{1} ({2}){3}"}
"""What only joins sentences that come from elsewhere."""


@pytest.fixture
def korean(qapp: QApplication) -> Iterator[None]:
    speech = Speech(qapp)
    speech.speak("ko")
    yield
    speech.speak("en")


@pytest.mark.parametrize("language", OTHERS)
def test_every_rule_has_a_sentence(language: str) -> None:
    catalogue = load_catalogue(language)
    assert [code for code in MESSAGES if not catalogue.get(source_text(code))] == []


@pytest.mark.parametrize("language", OTHERS)
def test_sentences_of_rules_that_are_gone_are_gone_too(language: str) -> None:
    kept = json.loads((FOLDER / language / "problems.json").read_text(encoding="utf-8"))
    assert set(kept) == {source_text(code) for code in MESSAGES}


@pytest.mark.parametrize("language", OTHERS)
def test_every_refusal_of_the_services_has_a_sentence(language: str, root: Path) -> None:
    known = json.loads((FOLDER / language / FILE).read_text(encoding="utf-8"))
    found = {text for room in ROOMS for file in (root / room).glob("*.py") for text in _refusals(file)}
    assert sorted(found - set(known) - NO_SENTENCES) == []


def _refusals(file: Path) -> Iterator[str]:
    """The sentences of the errors that a module raises, with {1}, {2} for what is filled in."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or len(node.args) < 2:
            continue
        if node.func.id.endswith("Error") and (text := _template(node.args[1])):
            yield text


def _template(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return str(node.value)
    number, text = 0, ""
    for part in node.values if isinstance(node, ast.JoinedStr) else ():
        if isinstance(part, ast.Constant):
            text += str(part.value)
        else:
            number += 1
            text += f"{{{number}}}"
    return text


def test_a_rule_is_said_in_korean_with_its_details(korean: None) -> None:
    message = MESSAGES["ERR_ACTION_003"].format(label="“환영”", name="Token")
    issue = Issue("ERR_ACTION_003", "error", "a", "$", message)
    assert said(issue) == "“환영”에 'Token'의 값이 없습니다. 채우세요"


def test_particles_fit_what_stands_before_them(korean: None) -> None:
    message = MESSAGES["ERR_GRAPH_002"].format(label="“대기”")
    assert said(Issue("ERR_GRAPH_002", "error", "a", "$", message)).startswith("“대기”가 순환")


def test_a_refusal_is_said_in_korean_down_to_its_words(korean: None) -> None:
    taken = SojournError("name_taken", "there is already an event called Lobby; choose another name")
    assert refusal(taken) == "이름이 Lobby인 이벤트가 이미 있습니다. 다른 이름을 지으세요"
    issue = MESSAGES["ERR_WAIT_001"].format(label="“Wait”")
    blocked = SojournError("journey_has_errors", f"{issue} (ERR_WAIT_001) (and 2 more errors)")
    assert refusal(blocked) == "“Wait”에 기간이 없습니다. 기간을 정하세요 (ERR_WAIT_001)"


def test_what_no_catalogue_knows_is_said_as_it_is(korean: None) -> None:
    assert refusal(SojournError("x", "the moon is full")) == "the moon is full"
    odd = Issue("ERR_WAIT_001", "error", "a", "$", "something else")
    assert said(odd) == "something else"


def test_english_sentences_begin_with_a_capital(qapp: QApplication) -> None:
    closed = SojournError("inlet_closed", "the inlet main is closed; open it or post to another")
    assert refusal(closed) == "The inlet main is closed; open it or post to another"
    named = SojournError("definition_built_in", "theSource is built in and cannot be deleted")
    assert refusal(named) == "theSource is built in and cannot be deleted"
