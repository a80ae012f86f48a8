"""Every text that a user reads is in the catalogues of all languages, and nothing else is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication

from app.translation import LanguageSwitcher, mark, tr, tr_n
from engine.catalogue import ENGLISH, languages
from tools import catalogues


@pytest.mark.parametrize("language", list(languages()))
def test_catalogues_are_complete(language: str) -> None:
    assert catalogues.catalogue_faults(language) == []


def test_every_key_in_the_code_has_a_text() -> None:
    assert catalogues.missing_keys() == []
    assert catalogues.unused_keys() == []


@pytest.mark.parametrize("language", [code for code in languages() if code != ENGLISH])
def test_catalogue_of_expressions_is_complete(language: str) -> None:
    assert catalogues.expression_faults(language) == []


def test_other_scripts_are_only_in_catalogues() -> None:
    assert catalogues.hangul_in_code() == []


def test_errors_fill_the_placeholders_of_their_texts() -> None:
    assert catalogues.wrong_arguments() == []


def test_scanned_texts_are_found() -> None:
    texts = {use.text: use for use in catalogues.app_texts()}
    assert texts["1 journey"].plural == "{count} journeys"
    assert "Condition" in texts
    assert {use.context for use in catalogues.app_texts() if use.text == "Open"} == {"", "state"}
    assert "sign_in" in {use.text for use in catalogues.engine_keys()}


def test_language_is_switched_while_running(qapp: QCoreApplication) -> None:
    switcher = LanguageSwitcher(qapp)
    switcher.set_language("ko")
    assert tr("Condition") == "조건"
    assert tr_n("1 day", "{count} days", 3) == "3일"
    assert (tr("Open"), tr("Open", "state"), tr(mark("Open", "state"))) == ("열기", "열림", "열림")
    switcher.set_language("en")
    assert tr("Condition") == tr("Condition", "state") == "Condition"
    assert [tr_n("1 day", "{count} days", count) for count in (1, 2)] == ["1 day", "2 days"]
    switcher.set_language("xx")
    assert switcher.language == "en"
