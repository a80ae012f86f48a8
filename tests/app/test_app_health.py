"""The state of the engine and the suppression list in the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from app.bridge import calls
from app.panels.window_bars import TopBar
from app.studio import Studio
from engine.catalogue import Phrase
from engine.services.views import HealthCheck, HealthState
from tests.helpers.studio_driver import StudioDriver, close_studio


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[StudioDriver]:
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = StudioDriver(qtbot, studio)
    someone.begin()
    yield someone
    close_studio(qtbot, studio)


def test_problem_of_engine_is_shown_with_remedy(qtbot: Any) -> None:
    bar = TopBar("prod", ("prod",), "administrator")
    qtbot.addWidget(bar)
    bar.show()
    bar.show_engine("running")
    bar.show_health("The disk is full; make room.")
    assert bar.engine.text() == "Engine needs attention"
    assert bar.engine.toolTip() == "The disk is full; make room."
    bar.show_health("")
    assert (bar.engine.text(), bar.engine.toolTip()) == ("Engine running", "")
    bar.show_engine("lost")
    bar.show_health("The disk is full; make room.")
    assert bar.engine.text() != "Engine needs attention"


def test_engine_state_opens_every_check(person: StudioDriver) -> None:
    person.touch(person.window.top_bar.engine)
    page: Any = person.window.page_router.page("admin").parts["health"]  # type: ignore[attr-defined]
    person.until(lambda: page.list.model.rows)
    assert {row.cells["state"].text for row in page.list.model.rows} <= {"In order", "Needs attention"}
    assert "Database" in {row.cells["check"].text for row in page.list.model.rows}


@pytest.mark.parametrize(
    ("check", "words", "method"),
    [
        ("timers", "Let held timers fire", "release_timers"),
        ("clock", "Accept the new time", "accept_clock"),
    ],
)
def test_held_times_are_decided_in_the_list(
    person: StudioDriver, monkeypatch: pytest.MonkeyPatch, check: str, words: str, method: str
) -> None:
    person.touch(person.window.top_bar.engine)
    page: Any = person.window.page_router.page("admin").parts["health"]  # type: ignore[attr-defined]
    person.until(lambda: page.list.model.rows)
    sent: list[tuple[str, str]] = []

    def write(call: Any, then: Any, _: Any) -> None:
        sent.append((call.service, call.method))
        then(2)

    monkeypatch.setattr(page.bridge, "write", write)
    monkeypatch.setattr(page.bridge, "read", lambda *_: None)
    checks = HealthCheck(check, False, 2, Phrase("health.timers", {"count": 2})), HealthCheck("disk", True, 2)
    page._take(HealthState("degraded", None, 0, 0, 0, checks))
    entries = [[action.text() for action in page.list._menu(row).actions()] for row in page.list.model.rows]
    assert entries == [[words], []]
    page.list._menu(page.list.model.rows[0]).actions()[0].trigger()
    person.confirm()
    assert sent == [("operations", method)]


def test_addresses_are_added_imported_searched_and_removed(
    person: StudioDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.window.show_page("admin")
    admin: Any = person.window.page_router.page("admin")
    person.click(admin.buttons["suppressions"])
    page = admin.parts["suppressions"]
    person.until(page.list.new_button.isVisible)
    person.click(page.list.new_button)
    person.write(page.dialog.addresses, "ann@example.com\nlee@example.com")
    person.click(page.dialog.add_button)
    person.until(lambda: len(page.list.model.rows) == 2)
    file = tmp_path / "stop.csv"
    file.write_text("email\njo@example.com\n", "utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(file), ""))
    person.click(page.list.new_button)
    person.click(page.dialog.file_button)
    person.until(lambda: len(page.list.model.rows) == 3)
    person.key_in(page.list.search, "ann@")
    person.until(lambda: [row.cells["address"].text for row in page.list.model.rows] == ["ann@example.com"])
    page.list.select("email ann@example.com")
    QTest.keyClick(page.list.table, Qt.Key.Key_Delete)
    person.confirm()
    person.until(lambda: person.ask(calls.suppressions.list("")).total == 2)
