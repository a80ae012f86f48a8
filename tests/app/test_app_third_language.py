"""A language is added by files alone, and its longer texts fit: a pseudo-language with accents and brackets."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QPushButton, QRadioButton, QWidget

from app.bridge import calls
from app.panels.window_bars import RAIL_PAGES
from app.studio import Studio
from app.translation import LanguageSwitcher
from engine import catalogue
from tests.helpers.studio_driver import StudioDriver, close_studio

CODE = "xx"
_TEXT = re.compile(r'^msgstr(\[\d\])? "(.*)"$', re.MULTILINE)
_ACCENTS = str.maketrans("aeiouAEIOUcnyz", "áéíóúÁÉÍÓÚçñýž")
_KEPT = re.compile(r"\{+[^}]*\}+|<[^>]*>|\\.|%\w")


def pseudo(text: str) -> str:
    """Write a text with accents, a third longer, in brackets; placeholders stay."""
    kept = _KEPT.findall(text)
    parts = [part.translate(_ACCENTS) for part in _KEPT.split(text)]
    middle = "".join(part + hole for part, hole in zip(parts, [*kept, ""], strict=True))
    return f"[{middle}{'~' * (len(text) // 3)}]"


@pytest.fixture
def locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the catalogues with a folder for the pseudo-language."""
    folder = tmp_path / "locale"
    shutil.copytree(catalogue.FOLDER, folder)
    files = folder / CODE / "LC_MESSAGES"
    files.mkdir(parents=True)
    english = (folder / "en" / "LC_MESSAGES" / "engine.po").read_text(encoding="utf-8")
    header, _, entries = english.partition("\n\n")
    named = header.replace("X-Language-Name: English", "X-Language-Name: [Pseudo]")
    translated = _TEXT.sub(lambda match: f'msgstr{match[1] or ""} "{pseudo(match[2])}"', entries)
    (files / "engine.po").write_text(f"{named}\n\n{translated}", encoding="utf-8")
    korean = (folder / "ko" / "LC_MESSAGES" / "app.po").read_text(encoding="utf-8").split("\n\n")[1:]
    texts = [_entry(block) for block in korean]
    (files / "app.po").write_text("\n\n".join([header, *texts]) + "\n", encoding="utf-8")
    monkeypatch.setattr(catalogue, "FOLDER", folder)
    for cached in (catalogue.load, catalogue.languages):
        cached.cache_clear()
    yield folder
    monkeypatch.undo()
    for cached in (catalogue.load, catalogue.languages):
        cached.cache_clear()


def _entry(block: str) -> str:
    context = "".join(f"{line}\n" for line in block.splitlines() if line.startswith("msgctxt "))
    source = re.search(r'^msgid "(.*)"$', block, re.MULTILINE)
    plural = re.search(r'^msgid_plural "(.*)"$', block, re.MULTILINE)
    assert source is not None
    if plural is None:
        return f'{context}{source[0]}\nmsgstr "{pseudo(source[1])}"'
    return f'{context}{source[0]}\n{plural[0]}\nmsgstr[0] "{pseudo(source[1])}"\nmsgstr[1] "{pseudo(plural[1])}"'


@pytest.fixture
def driver(qtbot: Any, qapp: QApplication, locale: Path, tmp_path: Path) -> Iterator[StudioDriver]:
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = StudioDriver(qtbot, studio)
    someone.begin()
    yield someone
    LanguageSwitcher(qapp).set_language("en")
    close_studio(qtbot, studio)


def shown_texts(root: QWidget) -> Iterator[tuple[QWidget, str]]:
    """Iterate over the translated texts of visible labels and buttons, those aside that break their lines."""
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QLabel | QPushButton | QCheckBox | QRadioButton):
            continue
        text = widget.text().replace("&", "")
        if text.startswith("[") and not (isinstance(widget, QLabel) and widget.wordWrap()):
            yield widget, text


def clipped(root: QWidget) -> set[str]:
    """Return the texts that are wider than their widget."""
    found: set[str] = set()
    for widget, text in shown_texts(root):
        longest = max(widget.fontMetrics().horizontalAdvance(line) for line in text.splitlines())
        room = widget.contentsRect().width()
        if longest > room + 1:
            found.add(f"{type(widget).__name__}: {text} ({longest} > {room})")
    return found


def test_language_is_added_by_files(driver: StudioDriver) -> None:
    assert catalogue.languages()[CODE] == "[Pseudo]"
    driver.studio.preferences.set("language", CODE)
    driver.window.apply_preferences()
    shown = {widget.text() for widget in driver.window.findChildren(QPushButton) if widget.isVisible()}
    assert pseudo("New journey") in shown
    faults: dict[str, set[str]] = {}
    version = driver.ask(calls.journeys.create("Stay", None)).id
    for place, journey in (*((place, None) for place, *_ in RAIL_PAGES), ("journeys", version)):
        driver.window.show_page(place, journey)
        driver.until(lambda: len(list(shown_texts(driver.window))) > 1)
        faults[f"{place} {journey or ''}"] = clipped(driver.window)
    admin: Any = driver.window.page_router.page("admin")
    driver.window.show_page("admin")
    for part, button in admin.buttons.items():
        driver.click(button)
        faults[f"admin {part}"] = clipped(driver.window)
    faults = {place: texts for place, texts in faults.items() if texts}
    assert faults == {}


def test_clipped_text_is_found(qtbot: Any) -> None:
    label = QLabel("[" + "long " * 20 + "]")
    qtbot.addWidget(label)
    label.resize(60, 20)
    outer = QWidget()
    qtbot.addWidget(outer)
    label.setParent(outer)
    outer.show()
    assert len(clipped(outer)) == 1
    label.resize(2_000, 20)
    assert clipped(outer) == set()
