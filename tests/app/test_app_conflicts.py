"""A change that somebody else saved meanwhile: the studio shows what differs, and its user chooses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from app.bridge import calls
from app.studio import Studio
from tests.helpers.studio_driver import StudioDriver, close_studio


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[StudioDriver]:
    """Someone at a studio with an open draft that somebody else has changed since."""
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = StudioDriver(qtbot, studio)
    someone.begin()
    row = someone.ask(calls.journeys.create("J", "CRMID"))
    someone.window.open_journey(row.id)
    someone.until(lambda: someone.window.designer is not None)
    theirs = someone.page.document.journey.model_copy(update={"description": "theirs"})
    someone.ask(calls.journeys.save(row.id, theirs))
    someone.page.document.set_properties(description="mine")
    yield someone
    close_studio(qtbot, studio)


def _questions() -> list[QMessageBox]:
    return [one for one in QApplication.topLevelWidgets() if isinstance(one, QMessageBox) and one.isVisible()]


def _choose(person: StudioDriver, words: str) -> str:
    """Press a button of the question; return what the question tells."""
    person.until(_questions)
    box = _questions()[0]
    told = f"{box.text()} {box.informativeText()}"
    button = next(one for one in box.findChildren(QPushButton) if one.text() == words)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    return told


def _stored(person: StudioDriver) -> str:
    return person.ask(calls.journeys.open(person.page.row.id)).description


def test_reload_takes_the_other_change(person: StudioDriver) -> None:
    told = _choose(person, "Reload")
    assert "administrator changed J" in told
    assert "escription" in told
    person.until(lambda: person.page.document.journey.description == "theirs")
    assert _stored(person) == "theirs"


def test_overwrite_keeps_the_own_change(person: StudioDriver) -> None:
    _choose(person, "Overwrite")
    person.until(lambda: _stored(person) == "mine")
    assert "overwrite" in [line.what for line in person.ask(calls.access.audit())]


def test_deleted_definition_is_saved_anew(person: StudioDriver) -> None:
    _choose(person, "Reload")
    card = {"code": "Card", "label": "Card"}
    person.ask(calls.definitions.save("namespace", card))
    person.window.show_page("admin")
    admin: Any = person.window.page_router.page("admin")
    person.click(admin.buttons["namespaces"])
    spaces = admin.parts["namespaces"]
    person.until(lambda: "Card" in spaces._rows and spaces._model("Card"))
    spaces.open("Card")
    person.ask(calls.definitions.delete("namespace", "Card"))
    person.write(spaces.editor.description, "Plastic")
    person.click(spaces.editor.save_button)
    person.until(lambda: "Card was deleted" in spaces.editor.fault.text())
    person.click(spaces.editor.save_button)
    person.until(lambda: not spaces.editor.dirty)
    assert person.ask(calls.definitions.get("namespace", "Card"))["code"] == "Card"


def test_setting_that_somebody_else_changed_is_shown(person: StudioDriver) -> None:
    _choose(person, "Reload")
    person.window.show_page("admin")
    admin: Any = person.window.page_router.page("admin")
    person.click(admin.buttons["providers"])
    page = admin.parts["providers"]
    person.until(lambda: page.inputs)
    sender, server = page.inputs["email_from"], page.inputs["smtp_url"]
    person.key_in(sender, "mine@example.com")
    person.ask(calls.settings.set("email_from", "theirs@example.com"))
    person.ask(calls.settings.set("smtp_url", "smtp://theirs.example.com"))
    person.click(page.save_buttons["Email"])
    assert "administrator changed email_from" in _choose(person, "Reload")
    person.until(lambda: sender.text() == "theirs@example.com")
    assert server.text() == "smtp://theirs.example.com"
    person.key_in(sender, "again@example.com")
    QTest.keyClick(sender, Qt.Key.Key_Return)
    person.until(lambda: person.ask(calls.settings.get("email_from")) == "again@example.com")
