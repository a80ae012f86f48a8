"""Custom reports as someone builds and reads them, with mouse and keys, in a window with an engine behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.bridge import calls, save_user
from app.pages.reports_page import ReportsPage
from app.reports.card import PANEL_MIME, PanelCard
from app.studio import Studio
from engine.model.report import Panel, Report
from tests.app.test_app_reports import EVENT
from tests.app.test_app_test_mode import JOURNEY
from tests.helpers.pdf_text import pages
from tests.helpers.studio_driver import CONTROL, LEFT, NONE, StudioDriver, close_studio

SHIFT = Qt.KeyboardModifier.ShiftModifier


class Reader(StudioDriver):
    """Someone in front of the place of reports."""

    @property
    def home(self) -> ReportsPage:
        """The place of reports."""
        page = self.window.page_router.page("reports")
        assert isinstance(page, ReportsPage)
        return page

    @property
    def editor(self) -> Any:
        """The report that is open."""
        return self.home.editor

    @property
    def report(self) -> Report:
        """The report as it is now."""
        found: Report = self.editor.document.report
        return found

    @property
    def rows(self) -> list[str]:
        """The names in the list."""
        assert self.home.list is not None
        return [row.cells["name"].text for row in self.home.list.list.model.rows]

    def go_to_custom_reports(self) -> None:
        """Through the rail and the switch above the page."""
        self.window.show_page("reports")
        self.click(self.home.parts.part("custom"))
        self.until(lambda: self.home.list is not None and self.home.list.isVisible())

    def make_report(self, name: str) -> None:
        """C, a name, Enter."""
        self.go_to_custom_reports()
        assert self.home.list is not None
        self.stroke(self.home.list.list, Qt.Key.Key_C)
        self.answer(name)
        self.until(lambda: self.editor is not None and self.report.name == name)

    def start(self, words: str) -> None:
        """Press one of the buttons of an empty report."""
        buttons = {one.text().strip(): one for one in self.editor.sheet.beginning.buttons}
        self.click(buttons[words])

    def card(self, number: int) -> PanelCard:
        """A panel by its place."""
        found: PanelCard = self.editor.sheet.cards[self.report.panels[number].id]
        return found

    def pick(self, number: int) -> PanelCard:
        """Click a panel."""
        card = self.card(number)
        self.editor.sheet.area.ensureWidgetVisible(card)
        self.touch(card, QPoint(6, 6))
        self.editor.choose(card.panel.id)
        return card

    def item(self, name: str) -> Any:
        """An entry of the palette."""
        return self.editor.palette_panel.items[name]

    def drop(self, target: QWidget, mime: QMimeData, place: QPoint) -> None:
        """Let something fall that is dragged over a widget."""
        copy = Qt.DropAction.CopyAction
        for event in (
            QDragEnterEvent(place, copy, mime, LEFT, NONE),
            QDragMoveEvent(place, copy, mime, LEFT, NONE),
            QDropEvent(QPointF(place), copy, mime, LEFT, NONE),
        ):
            QCoreApplication.sendEvent(target, event)

    def settle(self) -> None:
        """Wait until the report is saved and its figures are those of what it is now."""
        self.until(lambda: self.window.open_report.state == "saved")
        self.until(lambda: self.editor.printed() is not None)

    def shown(self, number: int) -> list[list[str]]:
        """What the table of a panel says."""
        model = self.card(number).table.figures
        return [[model.words(row, column) for column in range(model.columnCount())] for row in range(model.rowCount())]


@pytest.fixture
def reader(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[Reader]:
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = Reader(qtbot, studio)
    someone.begin()
    imported = someone.ask(calls.journeys.import_file(json.dumps(JOURNEY), ()))
    someone.ask(calls.journeys.publish(imported.version.id))
    yield someone
    close_studio(qtbot, studio)


def _enter(reader: Reader, *people: str) -> None:
    for person in people:
        reader.post({"id": person, "_experience": {"campaign": {"orchestration": {"eventID": EVENT}}}})


def test_report_is_built_and_exported(reader: Reader, tmp_path: Path) -> None:
    _enter(reader, "p-1", "p-2")
    reader.make_report("Guests")
    assert reader.editor.sheet.beginning.isVisible()
    reader.start("Journeys compared")
    reader.settle()
    reader.until(lambda: reader.shown(0)[:1] == [["Short", "2", "0", "2", "0", "0.0 %"]])
    assert reader.shown(0)[-1][0] == "Total"

    # A metric by the keyboard, another one dragged, one that is there already.
    reader.stroke(reader.item("metric:reached"), Qt.Key.Key_Return)
    reader.drop(reader.card(0), reader.item("metric:errors").mime(), QPoint(20, 80))
    assert reader.report.panels[0].metrics[-2:] == ("reached", "errors")
    assert reader.item("metric:errors").reason == "Errors is already there."
    reader.touch(reader.item("metric:errors"), double=True)
    reader.until(lambda: reader.window.toast.words == "Errors is already there.")

    # Another panel beside it, found by typing, and moved to the first place.
    reader.spell(reader.editor.palette_panel.search, "bars")
    reader.stroke(reader.editor.palette_panel.search, Qt.Key.Key_Return)
    assert [panel.shape for panel in reader.report.panels] == ["table", "bar"]
    reader.editor.palette_panel.search.clear()
    card = reader.pick(1)
    reader.stroke(card, Qt.Key.Key_Up, CONTROL)
    reader.stroke(card, Qt.Key.Key_Right, CONTROL)
    reader.stroke(card, Qt.Key.Key_Down, CONTROL | SHIFT)
    first = reader.report.panels[0]
    assert (first.shape, first.width, first.height) == ("bar", "full", "large")
    reader.choose(reader.editor.settings.dimension, "Kind of activity")
    reader.editor.settings.dimension.activated.emit(reader.editor.settings.dimension.currentIndex())
    reader.stroke(reader.item("metric:reached"), Qt.Key.Key_Space)
    reader.settle()
    reader.until(lambda: reader.card(0).chart.accessibleDescription() == "Event: 2")

    # Everything is taken back by name, and done again.
    before = reader.report
    for words in ("Change the metrics", "Change the rows", "Change the height", "Change the width", "Move the panel"):
        reader.editor.run_action("undo")
        assert reader.window.toast.words == f"Undone: {words}."
    assert [panel.shape for panel in reader.report.panels] == ["table", "bar"]
    for _ in range(5):
        reader.editor.run_action("redo")
    assert reader.report == before
    reader.settle()

    reader.editor.files.write_csv(tmp_path / "guests.csv")
    assert "Short,2,0,2,0,0.0000,2,0" in (tmp_path / "guests.csv").read_text("utf-8-sig")
    reader.editor.files.write_pdf(tmp_path / "guests.pdf")
    said = "\n".join(pages((tmp_path / "guests.pdf").read_bytes())).splitlines()
    assert {"Guests", "Reached by kind of activity", "Short"} <= set(said)
    reader.editor.files.write_csv(tmp_path / "nowhere" / "guests.csv")
    reader.until(lambda: reader.window.toast.words.startswith("Not written"))

    # What was built is there when one comes back.
    reader.click(reader.editor.head.back)
    reader.until(lambda: reader.rows == ["Guests"])
    assert reader.home.list is not None
    reader.stroke(reader.home.list.list.table, Qt.Key.Key_Return)
    reader.home.list.open(reader.home.list.list.model.rows[0].key)
    reader.until(lambda: reader.editor is not None)
    assert reader.report.panels == before.panels


def test_time_and_journeys_are_chosen(reader: Reader) -> None:
    _enter(reader, "p-1")
    reader.make_report("Guests")
    reader.start("Key figures")
    reader.settle()
    head = reader.editor.head
    reader.choose(head.span, "From … to …")
    head.span.chosen.emit("between")
    assert head.since.isVisible()
    assert head.since.text()
    reader.key_in(head.since, "2020-01-01")
    reader.key_in(head.until, "2020-01-0")
    reader.stroke(head.until, Qt.Key.Key_Return)
    assert head.problem.text().startswith("Write a date")
    reader.key_in(head.until, "2020-01-02")
    reader.stroke(head.until, Qt.Key.Key_Return)
    reader.settle()
    reader.until(lambda: reader.card(0).chart.accessibleDescription() == "0; 0; 0; –")
    reader.key_in(head.until, "2019-01-02")
    reader.stroke(head.until, Qt.Key.Key_Return)
    reader.until(lambda: head.problem.text() == "The report ends before it begins; choose another time")
    head.span.chosen.emit("today")
    reader.settle()
    reader.until(lambda: reader.card(0).chart.accessibleDescription() == "1; 0; 0; 0.0 %")
    reader.editor.choose("")
    (box,) = reader.editor.settings.report_journeys.boxes.values()
    reader.toggle(box)
    reader.until(lambda: len(reader.report.journeys) == 1)
    assert head.about.text() == "Only Short"


def test_panels_are_dragged_and_created_by_drop(reader: Reader) -> None:
    reader.make_report("Guests")
    reader.drop(reader.editor.sheet._first, reader.item("metric:entered").mime(), QPoint(100, 100))
    reader.drop(reader.editor.sheet.board, reader.item("panel:line").mime(), QPoint(100, 2000))
    reader.drop(reader.editor.sheet.board, reader.item("dimension:journey").mime(), QPoint(100, 2000))
    assert [(panel.shape, panel.dimension) for panel in reader.report.panels] == [
        ("number", ""), ("line", "day"), ("table", "journey")]  # fmt: skip
    names = [panel.id for panel in reader.report.panels]
    moved = QMimeData()
    moved.setData(PANEL_MIME, names[2].encode())
    reader.drop(reader.editor.sheet.board, moved, reader.card(0).geometry().topLeft() + QPoint(4, 4))
    assert [panel.id for panel in reader.report.panels] == [names[2], names[0], names[1]]
    moved.setData(PANEL_MIME, names[2].encode())
    reader.drop(reader.editor.sheet.board, moved, QPoint(100, 2000))
    assert [panel.id for panel in reader.report.panels] == names
    card = reader.card(0)
    card.grip.dragged.emit(QPoint(300, 100))
    assert (reader.report.panels[0].width, reader.report.panels[0].height) == ("full", "medium")
    card.grip.dragged.emit(QPoint(-300, -100))
    assert (reader.report.panels[0].width, reader.report.panels[0].height) == ("half", "small")


def test_panel_menu_and_keys_are_equivalent(reader: Reader) -> None:
    reader.make_report("Guests")
    reader.start("Journeys compared")
    card = reader.pick(0)
    menu = card.open_menu()
    words = [action.text() for action in menu.actions() if action.text()]
    assert words == ["Show as", "Add as a chart", "Duplicate", "Half width", "Move up", "Move down",
                     "Table (CSV)", "Delete"]  # fmt: skip
    next(action for action in menu.actions() if action.text() == "Add as a chart").trigger()
    menu.close()
    assert [panel.shape for panel in reader.report.panels] == ["table", "bar"]
    reader.stroke(reader.pick(1), Qt.Key.Key_D, CONTROL)
    reader.until(lambda: len(reader.report.panels) == 3)
    reader.stroke(reader.pick(2), Qt.Key.Key_Delete)
    reader.until(lambda: len(reader.report.panels) == 2)
    reader.until(lambda: reader.window.toast.words.startswith("The panel was deleted"))
    table = reader.card(0).table
    reader.until(lambda: table.figures.rowCount() > 0)
    table.sort_asked.emit("entered")
    assert (reader.report.panels[0].sort, reader.report.panels[0].ascending) == ("entered", False)
    table.sort_asked.emit("entered")
    reader.until(lambda: reader.report.panels[0].ascending)
    reader.stroke(reader.pick(0), Qt.Key.Key_F2)
    reader.key_in(reader.editor.settings.title, "Ours")
    reader.stroke(reader.editor.settings.title, Qt.Key.Key_Return)
    assert reader.report.panels[0].title == "Ours"
    assert reader.card(0).title.text() == "Ours"


def test_settings_of_panel_are_all_there(reader: Reader) -> None:
    reader.make_report("Guests")
    reader.start("Journeys compared")
    reader.pick(0)
    settings = reader.editor.settings
    up, away = [row.findChildren(QWidget) for row in _metric_rows(settings)][1][-2:]
    reader.click(up)
    assert reader.report.panels[0].metrics[:2] == ("completed", "entered")
    away = _metric_rows(settings)[0].findChildren(QWidget)[-1]
    reader.click(away)
    assert "completed" not in reader.report.panels[0].metrics
    for choice, key, setting in (
        (settings.breakdown, "version", "breakdown"),
        (settings.sort, "name", "sort"),
        (settings.limit, 25, "limit"),
        (settings.width_choice, "half", "width"),
        (settings.height_choice, "large", "height"),
        (settings.shape, "bar", "shape"),
    ):
        choice.choose(key)
        choice.chosen.emit(key)
        assert getattr(reader.report.panels[0], setting) == key
    settings.add_metric.chosen.emit("stopped")
    assert reader.report.panels[0].metrics[-1] == "stopped"
    reader.toggle(settings.ascending)
    assert reader.report.panels[0].ascending
    reader.stroke(reader.editor, Qt.Key.Key_Escape)
    assert settings.description.isVisible()
    reader.key_in(settings.description, "For Monday")
    settings.describe()
    reader.settle()
    reader.stroke(reader.editor, Qt.Key.Key_Escape)
    reader.until(lambda: reader.editor is None)
    assert reader.home.list is not None
    shown = reader.home.list.list.model
    reader.until(lambda: [row.cells["description"].text for row in shown.rows] == ["For Monday"])


def _metric_rows(settings: Any) -> list[QWidget]:
    layout = settings._metric_rows
    return [layout.itemAt(index).widget() for index in range(layout.count())]


def test_reports_are_renamed_copied_and_deleted(reader: Reader) -> None:
    reader.make_report("Guests")
    reader.click(reader.editor.head.back)
    reader.until(lambda: reader.rows == ["Guests"])
    assert reader.home.list is not None
    shown = reader.home.list.list
    key = shown.model.rows[0].key
    shown.asked.emit("rename", key)
    reader.answer("Visitors")
    reader.until(lambda: reader.rows == ["Visitors"])
    shown.asked.emit("duplicate", key)
    reader.until(lambda: len(reader.rows) == 2)
    shown.select(key)
    reader.stroke(shown.table, Qt.Key.Key_Delete)
    reader.confirm()
    reader.until(lambda: len(reader.rows) == 1 and reader.rows != ["Visitors"])
    reader.make_report("Guests")
    reader.click(reader.editor.head.back)
    reader.until(lambda: len(reader.rows) == 2)
    shown.asked.emit("rename", shown.model.rows[0].key)
    reader.answer(reader.rows[1])
    reader.until(lambda: "there is already a report" in reader.window.toast.words.lower())


def test_reports_are_found_and_created_from_search(reader: Reader) -> None:
    reader.ask(calls.custom_reports.create(Report(name="Visitors of the lobby")))
    _search(reader, "visitors")
    reader.until(lambda: reader.editor is not None and reader.report.name == "Visitors of the lobby")
    reader.start("Key figures")
    reader.window.activateWindow()
    reader.until(reader.window.isActiveWindow)
    QTest.keyClick(reader.window, Qt.Key.Key_Z, CONTROL)
    reader.until(lambda: reader.report.panels == ())
    QTest.keyClick(reader.window, Qt.Key.Key_Z, CONTROL | SHIFT)
    reader.until(lambda: len(reader.report.panels) == 1)
    _search(reader, "new report")
    reader.answer("Another")
    reader.until(lambda: reader.editor is not None and reader.report.name == "Another")


def _search(reader: Reader, words: str) -> None:
    reader.window.activateWindow()
    reader.window.open_search()
    search = reader.window.popups.search
    reader.spell(search.search, words)
    reader.until(lambda: search.list.currentRow() >= 0)
    reader.stroke(search.search, Qt.Key.Key_Return)


def test_f6_cycles_report_panes(reader: Reader) -> None:
    reader.make_report("Guests")
    reader.start("Key figures")
    reader.window.activateWindow()
    panes = (reader.editor.head, reader.editor.palette_panel, reader.editor.sheet, reader.editor.settings)
    reader.editor.head.back.setFocus()
    reader.until(lambda: QApplication.focusWidget() is reader.editor.head.back)
    for pane in (*panes[1:], panes[0]):
        focused = QApplication.focusWidget()
        assert focused is not None
        reader.stroke(focused, Qt.Key.Key_F6)
        now = QApplication.focusWidget()
        assert now is not None
        assert pane.isAncestorOf(now)


def test_open_report_survives_theme_change(reader: Reader) -> None:
    reader.make_report("Guests")
    reader.start("People over time")
    reader.settle()
    before = reader.window.centralWidget()
    reader.studio.preferences.set("language", "ko")
    reader.studio.preferences.set("theme", "dark")
    reader.window.apply_preferences()
    assert reader.window.centralWidget() is before
    assert reader.editor.head.undo.isEnabled()
    reader.until(lambda: reader.card(0).title.text() == "날짜별 진입, 완료")
    reader.editor.run_action("undo")
    assert reader.report.panels == ()
    reader.until(lambda: reader.window.open_report.state == "저장됨")
    reader.studio.preferences.set("language", "en")
    reader.window.apply_preferences()


def test_concurrent_change_is_not_overwritten(reader: Reader) -> None:
    reader.make_report("Guests")
    row = reader.window.open_report.row
    assert row is not None
    other = Report(name="Guests", panels=(Panel(id="theirs", metrics=("sent",)),))
    saved: list[Any] = []
    reader.studio.bridge.write(calls.custom_reports.save(row.id, other, row.revision), saved.append, saved.append)
    reader.until(lambda: saved)
    reader.start("Key figures")
    reader.until(lambda: "meanwhile" in reader.editor.head.saved.text())
    assert reader.ask(calls.custom_reports.open(row.id)).report == other


def test_report_is_saved_before_user_switch(reader: Reader) -> None:
    reader.make_report("Guests")
    reader.start("Key figures")
    row = reader.window.open_report.row
    assert row is not None
    reader.studio.bridge.leaving.emit()
    assert reader.window.open_report.document is None
    assert reader.editor is None
    reader.until(lambda: reader.ask(calls.custom_reports.open(row.id)).report.panels)


def test_read_only_user_cannot_edit_report(reader: Reader) -> None:
    bridge = reader.studio.bridge
    made = reader.ask(calls.custom_reports.create(Report(name="Ours", panels=(Panel(id="a", metrics=("entered",)),))))
    reader.ask(save_user("lee", ["Limited Access User"], "correct horse"))
    bridge.account.sign_in("lee", "correct horse", "prod", lambda error: reader.window.say(error.message))
    reader.until(lambda: bridge.caller.actor == "lee" and not reader.window.rebuilding)
    reader.until(reader.window.rail.isVisible)
    reader.go_to_custom_reports()
    reader.until(lambda: reader.rows == ["Ours"])
    assert reader.home.list is not None
    assert not reader.home.list.list.new_button.isVisible()
    reader.home.list.open(made.row.id)
    reader.until(lambda: reader.editor is not None)
    assert not reader.editor.palette_panel.isVisible()
    assert not reader.editor.settings.isVisible()
    assert reader.editor.head.saved.text() == "You can view this report but not change it."
    reader.stroke(reader.card(0), Qt.Key.Key_Delete)
    assert len(reader.report.panels) == 1
    assert [action.text() for action in reader.card(0)._make_menu().actions()] == ["Table (CSV)"]
