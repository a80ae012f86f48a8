"""Every string that a user reads is translated: none missing, none left over in a placeholder, none untranslated."""

from __future__ import annotations

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication

from app.translation import FOLDER, LANGUAGES, LanguageSwitcher, load_catalogue, mark, tr

ROOT = Path(__file__).parents[2]
OTHERS = [language for language in LANGUAGES if language != "en"]


def sources() -> Iterator[tuple[str, str]]:
    """Each source text in the studio's code with the place where it stands."""
    for file in sorted((ROOT / "app").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in {tr.__name__, mark.__name__} and node.args:
                text = node.args[0]
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    yield text.value, f"{file.relative_to(ROOT)}:{node.lineno}"


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_missing(language: str) -> None:
    catalogue = load_catalogue(language)
    assert [f"{place}: {text}" for text, place in sources() if not catalogue.get(text)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_placeholders(language: str) -> None:
    def holes(text: str) -> list[str]:
        return sorted(set(re.findall(r"\{(\w+)[^}]*\}", text)))

    catalogue = load_catalogue(language)
    assert [text for text, _ in sources() if text in catalogue and holes(catalogue[text]) != holes(text)] == []


@pytest.mark.parametrize("language", OTHERS)
def test_translations_are_consistent(language: str) -> None:
    seen: dict[str, set[str]] = {}
    for file in (FOLDER / language).glob("*.json"):
        pairs = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=list)
        assert [text for text, count in Counter(text for text, _ in pairs).items() if count > 1] == []
        for text, translation in pairs:
            seen.setdefault(text, set()).add(translation)
    assert {text: ways for text, ways in seen.items() if len(ways) > 1} == {}


def test_language_is_switched_while_running(qapp: QCoreApplication) -> None:
    switcher = LanguageSwitcher(qapp)
    switcher.set_language("ko")
    assert tr("Condition") == "조건"
    assert tr("{count} days", count=3) == "3일"
    switcher.set_language("en")
    assert tr("Condition") == "Condition"
    switcher.set_language("xx")
    assert switcher.language == "en"
