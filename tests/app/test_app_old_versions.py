"""Old versions in the window: found in the list and the header, stopped, reported on and deleted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QMessageBox

from app.bridge import calls
from app.lists.rows import ROW_ROLE, Row
from app.studio import Studio
from engine.model import journey_file
from tests.helpers.journey_builders import activity, entry, journey
from tests.helpers.studio_driver import StudioDriver, close_studio

FILE = journey([entry(), activity("pause", "wait.duration", duration="P2D")], ["in>pause"])


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[StudioDriver]:
    """Someone before a journey whose version 1 is closed with two people in it, and whose version 2 is live."""
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = StudioDriver(qtbot, studio)
    someone.begin()
    first = someone.ask(calls.journeys.import_file(journey_file.write(FILE), (), True)).version
    accepted = someone.ask(calls.events.accept([{"id": "ann"}, {"id": "lee"}], "Enter"))
    assert len(accepted.accepted) == 2
    someone.until(lambda: someone.ask(calls.journeys.row(first.id)).current == 2)
    second = someone.ask(calls.journeys.new_version("J"))
    someone.ask(calls.journeys.publish(second.id))
    someone.window.show_page("journeys")
    someone.until(lambda: len(listed(someone)) == 3)
    yield someone
    close_studio(qtbot, studio)


def listed(person: StudioDriver) -> list[Row]:
    """The rows of the list of journeys as they are shown."""
    rows = person.window.page_router.page("journeys").list.filter  # type: ignore[attr-defined]
    return [rows.index(number, 0).data(ROW_ROLE) for number in range(rows.rowCount())]


def texts(person: StudioDriver) -> list[tuple[str, str, str]]:
    return [tuple(row.cells[name].text for name in ("name", "state", "current")) for row in listed(person)]  # type: ignore[misc]


def press_caret(person: StudioDriver, number: int) -> None:
    table = person.window.page_router.page("journeys").list.table  # type: ignore[attr-defined]
    place = table.visualRect(table.model().index(number, 0))
    person.touch(table.viewport(), QPoint(place.left() + 8, place.center().y()))


def choose(person: StudioDriver, words: str) -> None:
    """Choose an entry of the menu that is open."""
    person.until(menus)
    (menu,) = menus()
    (entry_,) = [action for action in menu.actions() if action.text() == words]
    person.touch(menu, menu.actionGeometry(entry_).center())


def menus() -> list[QMenu]:
    return [made for made in QApplication.topLevelWidgets() if isinstance(made, QMenu) and made.isVisible()]


def asked() -> QMessageBox:
    (box,) = [made for made in QApplication.topLevelWidgets() if isinstance(made, QMessageBox) and made.isVisible()]
    return box


def test_list_shows_versions_and_sums(person: StudioDriver) -> None:
    assert texts(person) == [("J", "Live", "2"), ("Version 2", "Live", "0"), ("Version 1", "Closed", "2")]
    press_caret(person, 0)
    assert texts(person) == [("J", "Live", "2")]
    table: Any = person.window.page_router.page("journeys").list.table  # type: ignore[attr-defined]
    table.setCurrentIndex(table.model().index(0, 0))
    QTest.keyClick(table, Qt.Key.Key_Right)
    assert len(listed(person)) == 3
    table.setCurrentIndex(table.model().index(2, 0))
    QTest.keyClick(table, Qt.Key.Key_Left)
    assert table.currentIndex().row() == 0
    QTest.keyClick(table, Qt.Key.Key_Left)
    assert len(listed(person)) == 1


def test_old_version_is_stopped_from_its_page(person: StudioDriver) -> None:
    first, second = person.ask(calls.journeys.versions("J"))
    person.window.open_journey(second.id)
    person.until(lambda: person.window.current == second.id)
    header = person.page.header
    person.until(header.versions.isVisible)
    assert header.versions.text() == "Version 2 of 2"
    person.click(header.versions)
    choose(person, "Version 1 · Closed · 2 people inside")
    person.until(lambda: person.window.current == first.id)
    assert person.window.top_bar.names == ["J v2", "J v1"]
    person.until(person.page.header.versions.isVisible)
    person.click(person.page.header.more)
    choose(person, "Stop for everyone")
    person.until(lambda: asked().isVisible())
    assert asked().text() == "Stop J, version 1 for everyone?"
    assert asked().informativeText() == "The 2 people in it leave at once. This cannot be undone."
    person.confirm()
    person.until(lambda: person.page.row.state == "stopped")
    person.until(lambda: [row.current for row in person.ask(calls.journeys.versions("J"))] == [0, 0])


def test_deletion_names_version_and_what_remains(person: StudioDriver) -> None:
    first, _ = person.ask(calls.journeys.versions("J"))
    person.ask(calls.journeys.stop(first.id))
    page: Any = person.window.page_router.page("journeys")
    page.refresh()
    person.until(lambda: ("Version 1", "Stopped", "0") in texts(person))
    page.list.select(f"version:{first.id}")
    QTest.keyClick(page.list.table, Qt.Key.Key_Delete)
    person.until(lambda: asked().isVisible())
    assert asked().text() == "Delete J, version 1?"
    assert asked().informativeText() == (
        "Only this version is deleted, with its design and its figures (2 entrances). These versions remain: 2 (Live). "
        "This cannot be undone."
    )
    person.confirm()
    person.until(lambda: texts(person) == [("J", "Live", "0")])
    assert [row.version for row in person.ask(calls.journeys.versions("J"))] == [2]


def test_report_of_one_version(person: StudioDriver) -> None:
    page: Any = person.window.page_router.page("journeys")
    first, _ = person.ask(calls.journeys.versions("J"))
    page.list.asked.emit("report", f"version:{first.id}")
    summary = person.window.page_router.reports().summary
    person.until(lambda: summary.report is not None and summary.version.count() == 3)
    assert (summary.journey.key(), summary.version.key()) == ("J", 1)
    person.until(lambda: summary.figures["current"].text() == "2")
    person.choose(summary.version, "Version 2")
    person.until(lambda: summary.figures["current"].text() == "0")


def test_publication_names_closed_version(person: StudioDriver) -> None:
    row = person.ask(calls.journeys.new_version("J"))
    person.ask(calls.journeys.row(row.id))
    person.window.open_journey(row.id)
    person.until(lambda: person.window.current == row.id)
    person.until(lambda: person.page.header.versions.text() == "Version 3 of 3")
    person.click(person.page.header.publish)
    person.until(lambda: asked().isVisible())
    assert asked().informativeText().endswith("Version 2 is closed to new entrances.")
    asked().reject()
