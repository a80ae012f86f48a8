"""What the header offers beyond drawing: the next version of a journey, and its file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu

from app.bridge import calls
from app.studio import Studio
from engine.model.journey_file import read
from engine.services.views import VersionRow
from tests.helpers.studio_driver import StudioDriver, close_studio


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path, root: Path) -> Iterator[StudioDriver]:
    """Someone at a studio in which the sample is open."""
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = StudioDriver(qtbot, studio)
    someone.begin()
    sample = root / "resources" / "samples" / "lobby-and-restaurant.journey.json"
    text = sample.read_text(encoding="utf-8").replace("INSERT_SECRET_HERE", "secret")
    imported = someone.ask(calls.journeys.import_file(text, ()))
    someone.window.open_journey(imported.version.id)
    someone.until(lambda: someone.window.designer is not None)
    yield someone
    close_studio(qtbot, studio)


def _choose(person: StudioDriver, words: str) -> None:
    """From the menu at the right of the header."""
    person.click(person.page.header.more)
    tops = QApplication.topLevelWidgets()
    (menu,) = [made for made in tops if isinstance(made, QMenu) and made.isVisible()]
    (entry,) = [action for action in menu.actions() if action.text() == words]
    person.touch(menu, menu.actionGeometry(entry).center())


def test_next_version_opens_in_own_tab(person: StudioDriver) -> None:
    row = person.page.row
    person.until(lambda: person.page.checker.status)
    person.click(person.page.header.publish)
    person.confirm()
    person.until(lambda: person.page.row.state == "live")
    person.click(person.page.header.new_version)
    person.until(lambda: person.window.current not in (None, row.id))
    made: VersionRow = person.page.row
    assert (made.version, made.state, made.name) == (2, "draft", row.name)
    assert len(person.window.top_bar.names) == 2


def test_journey_is_exported_as_file(person: StudioDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "taken.journey.json"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))
    _choose(person, "Export as a file")
    person.until(file.exists)
    person.until(lambda: file.read_text(encoding="utf-8").endswith("}\n"))
    assert read(file.read_text(encoding="utf-8")).journey == person.page.document.journey
