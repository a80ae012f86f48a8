"""Backups from the window: a place is chosen, the engine makes the copy, the page says what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLineEdit

from app.pages.backups import BackupsPage
from app.studio import Studio
from engine.catalogue import Phrase
from engine.services.views import BackupState
from engine.store.database import restore_workspace
from tests.helpers.studio_driver import StudioDriver, close_studio


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[StudioDriver]:
    """Someone in front of the backups."""
    someone = StudioDriver(qtbot, Studio(qapp, tmp_path / "workspace", sample=False))
    someone.begin()
    someone.window.show_page("admin")
    admin: Any = someone.window.page_router.page("admin")
    someone.click(admin.buttons["backups"])
    yield someone
    close_studio(qtbot, someone.studio)


def _page(person: StudioDriver) -> BackupsPage:
    admin: Any = person.window.page_router.page("admin")
    page = admin.parts["backups"]
    assert isinstance(page, BackupsPage)
    return page


def _back_up(person: StudioDriver, file: Path) -> None:
    person.click(_page(person).begin_button)
    person.until(lambda: person._dialog(QFileDialog))
    dialog = person._dialog(QFileDialog)
    line = dialog.findChild(QLineEdit, "fileNameEdit")
    assert line.text().startswith("sojourn-20")
    person.write(line, str(file))
    person.stroke(line, Qt.Key.Key_Return)


def test_backup_and_restore(person: StudioDriver, tmp_path: Path) -> None:
    page, file = _page(person), tmp_path / "my backups" / "monday.sqlite"
    file.parent.mkdir()
    person.until(lambda: page.last.text() == "No backup yet.")
    _back_up(person, file)
    person.until(lambda: page.last.text().startswith("Last backup: today, "))
    assert page.last.text().endswith(f" kB, {file}")
    person.until(lambda: person.window.toast.accessibleName() == "Backup created: monday.sqlite")
    assert page.begin_button.isEnabled()
    page._copy()
    words = f'python main.py restore "{file}" --workspace NEW-FOLDER'
    assert QGuiApplication.clipboard().text() == words
    restore_workspace(tmp_path / "again", file, file.with_name("monday.sqlite.vault.json"))


def test_occupied_backup_target_is_refused(person: StudioDriver, tmp_path: Path) -> None:
    page, file = _page(person), tmp_path / "taken.sqlite"
    file.write_text("mine")
    _back_up(person, file)
    person.until(page.fault.isVisible)
    assert page.fault.text() == f"{file} is there already; choose another name"
    assert file.read_text() == "mine"
    page._take(BackupState(""))
    assert page.fault.isVisible(), "an answer that was asked for before does not take the refusal away"


def test_backup_progress_and_failure_are_shown(person: StudioDriver) -> None:
    page = _page(person)
    person.until(lambda: page.last.text() == "No backup yet.")
    page._take(BackupState("/b/a.sqlite", size=1024, of=4096))
    assert page.progress.words.text() == "1.0 kB of about 4.0 kB"
    assert page.progress.bar.value() == 250
    assert not page.begin_button.isEnabled()
    page._take(BackupState("/b/a.sqlite", size=2048))
    assert page.progress.words.text() == "2.0 kB written"
    assert page.progress.bar.maximum() == 0
    fault = Phrase("backup_failed.file", {"file": "/b/a.sqlite", "reason": "No space left on device"})
    page._take(BackupState("/b/a.sqlite", done=True, fault=fault))
    assert page.fault.text() == "The backup failed: /b/a.sqlite: No space left on device"
    assert page.begin_button.isEnabled()
    assert page.progress.isHidden()
