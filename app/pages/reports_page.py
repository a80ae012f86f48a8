"""The reports page: journey summary, list of custom reports, open report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.bridge import Bridge, calls, journeys_for_reports, rename_report
from app.forms.engine_texts import error_text
from app.forms.time_format import short_time
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.journey_summary import JourneySummaryPage
from app.pages.list_page import ListPage, common_filters, common_tags, free_name, keep_columns
from app.pages.open_report import OpenReport
from app.pages.report_editor import ReportEditor
from app.translation import tr
from app.user_files import Preferences
from app.widgets.controls import Segmented, column_of, label, row_of, set_style_name
from app.widgets.empty_state import EmptyState
from app.widgets.texts import show_text
from engine.errors import SojournError
from engine.model.report import Report
from engine.services.report_views import ReportRow, ReportSheet

_LONGEST_NAME = 200


class ReportListPage(ListPage):
    """Lists the reports; actions are offered by permission."""

    opened = Signal(object)
    """A ``ReportSheet`` is to be shown."""

    def __init__(self, bridge: Bridge, zone: str, editable: bool, parent: QWidget | None = None) -> None:
        self._editable = editable
        super().__init__(bridge, zone, parent)

    def make_list(self) -> ObjectList:
        self._rows: dict[str, ReportRow] = {}
        editable = self._editable
        new = tr("New report") if editable else ""
        sentence = tr("A report shows your own tables and charts about journeys. Create the first one.")
        readers = tr("No one has created a report yet. Creating one requires the permission to change reports.")
        empty = EmptyState("chart-line-up", tr("No reports yet"), sentence if editable else readers, new)
        columns = (
            Column("name", tr("Name"), "name", stretch=3),
            Column("description", tr("Description"), "secondary", stretch=3),
            Column("panels", tr("Panels"), "text", 100),
            Column("by", tr("Changed by"), "secondary", 150),
            Column("changed", tr("Changed"), "secondary", 170),
        )
        verbs = (
            ("rename", tr("Rename"), "pencil-simple"),
            ("duplicate", tr("Duplicate"), "copy"),
            ("delete", tr("Delete"), "trash"),
        )
        made = ObjectList(tr("Custom reports"), columns, new, empty, verbs if editable else ())
        made.offer_filters((common_filters(),))
        made.opened.connect(self.open)
        if editable:
            made.created.connect(self.ask_name)
        return made

    def refresh(self) -> None:
        """Reload the reports."""
        self.bridge.read(calls.custom_reports.list(), self.show_rows)

    def show_rows(self, rows: Sequence[ReportRow]) -> None:
        """Show these reports."""
        self._rows = {row.id: row for row in rows}
        self.list.show_rows([self._row(row) for row in rows])

    def _row(self, row: ReportRow) -> Row:
        cells = {
            "name": Cell(row.name),
            "description": Cell(row.description),
            "panels": Cell(str(row.panels), row.panels),
            "by": Cell(row.changed_by),
            "changed": Cell(short_time(row.changed_at, self.zone), row.changed_at),
        }
        return Row(row.id, cells, "chart-line-up", "action", common_tags(row, self.bridge.caller.actor))

    def open(self, key: str) -> None:
        """Open a report."""
        self.bridge.read(calls.custom_reports.open(key), self.opened.emit, self.refuse, self)

    def ask_name(self) -> None:
        """Ask for a name, then create and open a report."""
        taken = {row.name for row in self._rows.values()}
        name = free_name(taken, tr("New report"), lambda number: tr("New report {number}", number=number))
        self.ask_for_name(tr("New report"), self._make, name=name)

    def _make(self, name: str) -> None:
        report = Report(name=name[:_LONGEST_NAME])
        self.bridge.write(calls.custom_reports.create(report), self._made, self.refuse)

    def _made(self, sheet: ReportSheet) -> None:
        self.refresh()
        self.opened.emit(sheet)

    def refuse(self, error: SojournError) -> None:
        """Show why the engine refused, and what the reports are now."""
        self.done(error_text(error))

    def ask(self, verb: str, key: str) -> None:
        row = self._rows.get(key)
        if row is None:
            return
        if verb == "duplicate":
            self.bridge.write(calls.custom_reports.duplicate(key), self._copied, self.refuse)
        elif verb == "rename":
            self.ask_for_name(tr("Rename"), partial(self._rename, key), tr("Rename"), row.name)
        else:
            details = tr("The data stays. This cannot be undone.")
            deleted = partial(self.done, tr("Report deleted."))
            self.confirm_delete(row.name, calls.custom_reports.delete(key), deleted, details)

    def _rename(self, key: str, name: str) -> None:
        name = name[:_LONGEST_NAME]
        if name != self._rows[key].name:
            self.bridge.write(rename_report(key, name), lambda _: self.refresh(), self.refuse, self)

    def _copied(self, sheet: ReportSheet) -> None:
        self.done(tr("Copied as {name}.", name=sheet.row.name))


SUMMARY, CUSTOM = "summary", "custom"


class ReportsPage(QWidget):
    """Shows the summary, the list or the open report, which is kept in ``opened``."""

    notified = Signal(str)

    def __init__(
        self, bridge: Bridge, preferences: Preferences, opened: OpenReport, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._bridge, self._preferences, self._open = bridge, preferences, opened
        self._zone = preferences.zone
        self._journeys: tuple[tuple[str, str], ...] = ()
        self._editable: bool | None = None
        self._then: Callable[[], None] | None = None
        """The action to run once the permissions are known."""
        self.list: ReportListPage | None = None
        self.editor: ReportEditor | None = None
        self.setObjectName("page")
        column = column_of(self, 0)
        self._strip = self._make_strip()
        column.addWidget(self._strip)
        self.stack = QStackedWidget()
        column.addWidget(self.stack, 1)
        self.summary = JourneySummaryPage(bridge, self._zone)
        self.summary.notified.connect(self.notified)
        self.stack.addWidget(self.summary)
        opened.closed.connect(self._closed)

    def _make_strip(self) -> QWidget:
        strip = QWidget()
        set_style_name(strip, "list-head")
        strip.setFixedHeight(56)
        row = row_of(strip, 16, (16, 0, 16, 0))
        row.addWidget(label(tr("Reports"), "list-title"))
        self.parts = Segmented([(SUMMARY, tr("Journey summary")), (CUSTOM, tr("Custom reports"))])
        self.parts.setFixedWidth(320)
        show_text(self.parts.setAccessibleName, tr("Type of reports"))
        self.parts.choose(self._open.part)
        self.parts.chosen.connect(lambda part: self.show_part(str(part)))
        row.addWidget(self.parts)
        row.addStretch(1)
        return strip

    def show_part(self, part: str) -> None:
        """Show the summary or the custom reports."""
        self._open.part = part
        self.parts.choose(part)
        self._show()
        self.refresh()

    def refresh(self) -> None:
        """Reload what is shown."""
        if self._open.part == SUMMARY:
            self.summary.refresh()
            return
        self._bridge.read(journeys_for_reports(), self._take_around)
        if self.list is not None and self.editor is None:
            self.list.refresh()

    def run_action(self, verb: str) -> None:
        """Run ``undo`` or ``redo`` in the open report."""
        if self.editor is not None and self._open.part == CUSTOM:
            self.editor.run_action(verb)

    def enter(self) -> None:
        """Focus the list."""
        if self.list is not None and self.editor is None:
            self.list.list.table.setFocus()

    def begin_new(self) -> None:
        """Ask for the name of a new report; show the list if reports cannot be created."""
        self.leave()
        self._then = self._ask_name
        self.show_part(CUSTOM)

    def show_summary(self, journey: str, version: int) -> None:
        """Show the summary of a version of a journey."""
        self.leave()
        self.summary.show_version(journey, version)
        self.show_part(SUMMARY)

    def open_report(self, report_id: str) -> None:
        """Open a report."""
        self.leave()
        self._then = lambda: self._open_row(report_id)
        self.show_part(CUSTOM)

    def _ask_name(self) -> None:
        if self.list is not None and self._editable:
            self.list.ask_name()

    def _open_row(self, report_id: str) -> None:
        if self.list is not None:
            self.list.open(report_id)

    def _take_around(self, found: tuple[tuple[tuple[str, str], ...], bool]) -> None:
        self._journeys, editable = found
        if editable != self._editable:
            self._editable = editable
            self._make_list(editable)
            self._close_editor()
        if self.editor is None and self._open.is_for(self._bridge.caller):
            self._edit()
        if self.editor is not None:
            self.editor.offer_journeys(self._journeys)
        self._show()
        then, self._then = self._then, None
        if then is not None:
            then()

    def _make_list(self, editable: bool) -> None:
        if self.list is not None:
            self.stack.removeWidget(self.list)
            self.list.deleteLater()
        made = ReportListPage(self._bridge, self._zone, editable)
        keep_columns(made.list, self._preferences, "reports")
        made.notified.connect(self.notified)
        made.opened.connect(self._open_sheet)
        self.stack.addWidget(made)
        self.list = made
        made.refresh()

    def _open_sheet(self, sheet: ReportSheet) -> None:
        self._close_editor()
        self._open.show(sheet)
        self._edit()
        self._show()

    def _edit(self) -> None:
        made = ReportEditor(self._bridge, self._zone, self._open, bool(self._editable))
        made.notified.connect(self.notified)
        made.left.connect(self.leave)
        made.offer_journeys(self._journeys)
        self.stack.addWidget(made)
        self.editor = made

    def leave(self) -> None:
        """Save and go back to the list."""
        self._open.close()
        self.refresh()
        self.enter()

    def _closed(self) -> None:
        self._close_editor()
        self._show()

    def _close_editor(self) -> None:
        if self.editor is not None:
            self.stack.removeWidget(self.editor)
            self.editor.hide()
            self.editor.deleteLater()
            self.editor = None

    def _show(self) -> None:
        custom = self._open.part == CUSTOM
        self._strip.setVisible(not (custom and self.editor is not None))
        shown: QWidget | None = self.summary
        if custom:
            shown = self.editor or self.list
        if shown is not None:
            self.stack.setCurrentWidget(shown)
