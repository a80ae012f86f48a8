"""Theme and language are switched while five journeys and a report are open: everything follows, nothing is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QBrush, QColor, QGuiApplication
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QWidget

from app import theme
from app.theme.colors import DARK, LIGHT
from app.theme.theme import Theme
from app.translation import LanguageSwitcher, current, tr
from app.widgets.controls import Button, Choice, label
from app.widgets.icons import Icon
from app.widgets.texts import retranslate_texts, show_text
from benchmarks.appearance import opened
from engine.catalogue import APP, load

PROPERTIES = ("text", "toolTip", "accessibleName", "accessibleDescription", "placeholderText", "windowTitle")
PLACES = ("journeys", "events", "data_sources", "actions", "templates", "segments", "profiles", "messages", "admin")


@pytest.fixture(scope="module")
def stage(qapp: QApplication, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    made = opened(tmp_path_factory.mktemp("appearance"))
    yield made
    made.close()


def switch(stage: Any, name: str, value: str) -> None:
    stage.preferences.set(name, value)
    stage.window.apply_preferences()
    stage.application.sendPostedEvents()


def texts(widget: QWidget) -> Iterator[str]:
    for name in PROPERTIES:
        value = widget.property(name)
        if isinstance(value, str):
            yield value.strip()
    if isinstance(widget, QComboBox):
        yield from (widget.itemText(index) for index in range(widget.count()))


def english_texts(window: QWidget) -> set[str]:
    """Texts of all widgets that the Korean catalogue translates to something else."""
    catalogue = load(APP, "ko")
    shown = {text for part in window.findChildren(QWidget) for text in texts(part)}
    return {text for text in shown if text and catalogue.get(text) not in (None, "", text)}


def test_theme_switch_keeps_widgets_and_input(stage: Any) -> None:
    window, page = stage.window, stage.window.designer
    page.canvas.select(["a2"])
    page.document.move({"a2": (400, 300)})
    window.open_report.document.rename("Next week")
    stage.until(lambda: not page.autosave.saving and window.open_report.state == tr("saved"))
    stage.wait_for_answers()
    typed = page.pane.form.findChild(QLineEdit)
    typed.setText("Half a wo")
    before = set(window.findChildren(QWidget))
    kept = [(page, page.canvas.selection, page.document.undo_stack.count()) for page in window.open_journeys.pages()]
    for name in ("dark", "light", "dark"):
        switch(stage, "theme", name)
        assert theme.current_scheme().name == name
        assert page.grab().toImage().pixelColor(2, 2) == theme.color("panel")
    assert set(window.findChildren(QWidget)) == before
    assert all(shiboken6.isValid(part) for part in window.findChildren(QWidget))
    assert kept == [
        (page, page.canvas.selection, page.document.undo_stack.count()) for page in window.open_journeys.pages()
    ]
    assert typed.text() == "Half a wo"
    assert window.open_report.document.undo_stack.undoText()
    switch(stage, "theme", "light")
    stage.until(lambda: window.open_report.state == tr("saved"))


def test_hidden_pages_have_the_theme_when_shown(stage: Any) -> None:
    window = stage.window
    first, second = list(window.open_journeys)[:2]
    window.show_journey(second)
    window.show_journey(first)
    switch(stage, "theme", "dark")
    window.show_journey(second)
    seen = window.designer.header.grab().toImage()
    assert seen.pixelColor(2, 2) == QColor(DARK.hex("panel"))
    colors = {seen.pixelColor(x, y).name().upper() for x in range(seen.width()) for y in range(0, seen.height(), 2)}
    assert DARK.hex("text") in colors
    assert LIGHT.hex("text") not in colors
    switch(stage, "theme", "light")


def test_language_switch_keeps_widgets_and_translates_all(stage: Any) -> None:
    window = stage.window
    for place in PLACES:
        window.show_page(place)
        stage.until(lambda: stage.bridge.running)
    window.show_journey(next(iter(window.open_journeys)))
    page = window.designer
    page.document.move({"a3": (500, 300)})
    stage.until(lambda: english_texts(window))
    journeys = list(window.open_journeys.pages())
    before = {part for part in window.findChildren(QWidget) if part.parent() in (window, window.centralWidget())}
    switch(stage, "language", "ko")
    stage.until(lambda: english_texts(window) == set())
    after = {part for part in window.findChildren(QWidget) if part.parent() in (window, window.centralWidget())}
    assert (list(window.open_journeys.pages()), before) == (journeys, after)
    assert re.search("[가-힣]", page.document.undo_stack.undoText())
    model = window.page_router.page("journeys").list.model
    assert re.search("[가-힣]", model.headerData(0, Qt.Orientation.Horizontal))
    switch(stage, "language", "en")
    stage.until(lambda: not any(re.search("[가-힣]", text) for text in _plain_texts(window)))


def _plain_texts(window: QWidget) -> set[str]:
    """Texts of all widgets, but for the names that languages give themselves."""
    return {text for part in window.findChildren(QWidget) for text in texts(part)} - {"한국어"}


def test_theme_switch_keeps_the_style(qtbot: Any, qapp: QApplication) -> None:
    """A new style would forget which widgets it has to forget when they go, and style their successors like them."""
    switched, styles = Theme(qapp, "light"), list[str]()
    qapp.style().destroyed.connect(lambda *_: styles.append("gone"))
    hidden, shown = label("Metrics", "caption"), label("Metrics", "caption")
    for widget in (hidden, shown):
        qtbot.addWidget(widget)
    shown.show()
    for name in ("dark", "light", "dark"):
        switched.set_appearance(name)
        assert qapp.styleSheet()
    hidden.show()
    assert styles == []
    assert hidden.size() == shown.size()
    assert hidden.palette().windowText() == shown.palette().windowText() == QBrush(theme.color("secondary"))
    switched.set_appearance("light")


def test_icons_follow_the_theme(qtbot: Any, qapp: QApplication) -> None:
    made = Theme(qapp, "light")
    icon, label = theme.icon("path", "accent"), Icon("path", "accent", 32)
    qtbot.addWidget(label)
    for scheme in (LIGHT, DARK, LIGHT):
        made.set_appearance(scheme.name)
        qapp.sendPostedEvents()
        for picture in (icon.pixmap(32, 32), label.pixmap()):
            image = picture.toImage()
            assert any(
                image.pixelColor(x, y).name().upper() == scheme.hex("accent") for x in range(32) for y in range(32)
            )


def test_only_catalogue_texts_are_set_again(qtbot: Any, qapp: QApplication) -> None:
    switcher = LanguageSwitcher(qapp)
    plain, named, choice = label(tr("Delete")), Button(tr("Delete")), Choice()
    for widget in (plain, named, choice):
        qtbot.addWidget(widget)
    choice.offer([("a", tr("Delete")), ("b", "Delete")])
    show_text(named.setToolTip, tr("Close {name}", name=tr("Delete")))
    show_text(named.setText, "Delete")
    plain.setText("Something else")
    switcher.set_language("ko")
    retranslate_texts()
    QApplication.sendEvent(choice, QEvent(QEvent.Type.LanguageChange))
    korean = str(tr("Delete"))
    assert korean != "Delete"
    assert (plain.text(), named.text()) == ("Something else", "Delete")
    assert korean in named.toolTip()
    assert [choice.itemText(0), choice.itemText(1)] == [korean, "Delete"]
    assert current(" " + tr("Delete") + "!") == f" {korean}!"
    switcher.set_language("en")


def test_window_fits_the_screen(stage: Any) -> None:
    available = QGuiApplication.primaryScreen().availableSize()
    assert stage.window.width() <= max(available.width(), 1600)
