"""The list of custom reports: create, rename, copy, delete, open."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QInputDialog, QVBoxLayout, QWidget

from app.bridge import Bridge, calls, rename_report
from app.forms.engine_texts import error_text
from app.forms.time_format import short_time
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.common_filters import common_filters, common_tags
from app.translation import tr
from app.widgets.confirmation import confirm
from app.widgets.empty_state import EmptyState
from app.widgets.texts import show_text
from engine.errors import SojournError
from engine.model.report import Report
from engine.services.views import ReportRow, ReportSheet

_LONGEST_NAME = 200


class ReportListPage(QWidget):
    """Lists the reports; actions are offered by permission."""

    opened = Signal(object)
    """A ``ReportSheet`` is to be shown."""
    notified = Signal(str)
    deleted = Signal(str)
    """A report was deleted: its id."""

    def __init__(self, bridge: Bridge, zone: str, editable: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._zone = bridge, zone
        self._rows: dict[str, ReportRow] = {}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        new = tr("New report") if editable else ""
        sentence = tr("A report shows your own tables and charts of what happens in journeys. Create the first one.")
        readers = tr("No one has created a report yet. It takes permission to change reports.")
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
        self.list = ObjectList(tr("Custom reports"), columns, new, empty, verbs if editable else ())
        self.list.offer_filters((common_filters(),))
        self.list.opened.connect(self.open)
        self.list.asked.connect(self._asked)
        if editable:
            self.list.created.connect(self.ask_name)
        column.addWidget(self.list)

    def refresh(self) -> None:
        """Reload the reports."""
        self._bridge.read(calls.custom_reports.list(), self.show_rows)

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
            "changed": Cell(short_time(row.changed_at, self._zone), row.changed_at),
        }
        return Row(row.id, cells, "chart-line-up", "action", common_tags(row, self._bridge.caller.actor))

    def open(self, key: str) -> None:
        """Open a report."""
        self._bridge.read(calls.custom_reports.open(key), self._opened, self._refused)

    def _opened(self, sheet: ReportSheet) -> None:
        self.opened.emit(sheet)

    def ask_name(self) -> None:
        """Ask for a name, then create and open a report."""
        self._ask(tr("New report"), tr("Create"), self._free_name(), self._make)

    def _ask(self, title: str, verb: str, name: str, then: Callable[[str], None]) -> None:
        dialog = QInputDialog(self)
        show_text(dialog.setWindowTitle, title)
        dialog.setLabelText(tr("What is it called?"))
        dialog.setOkButtonText(verb)
        dialog.setCancelButtonText(tr("Cancel"))
        dialog.setTextValue(name)
        dialog.textValueSelected.connect(lambda given: then(given.strip()[:_LONGEST_NAME]))
        dialog.open()

    def _make(self, name: str) -> None:
        if name:
            self._bridge.write(calls.custom_reports.create(Report(name=name)), self._made, self._refused)

    def _free_name(self) -> str:
        taken = {row.name for row in self._rows.values()}
        name, number = tr("New report"), 1
        while name in taken:
            number += 1
            name = tr("New report {number}", number=number)
        return name

    def _made(self, sheet: ReportSheet) -> None:
        self.refresh()
        self.opened.emit(sheet)

    def _refused(self, error: SojournError) -> None:
        self.notified.emit(error_text(error))
        self.refresh()

    def _asked(self, verb: str, key: str) -> None:
        row = self._rows.get(key)
        if row is None:
            return
        if verb == "duplicate":
            self._bridge.write(calls.custom_reports.duplicate(key), self._copied, self._refused)
        elif verb == "rename":
            self._ask(tr("Rename"), tr("Rename"), row.name, lambda name: self._rename(key, name))
        else:
            details = tr("The data stays. This cannot be undone.")
            question = tr("Delete {name}?", name=row.name)
            confirm(self, tr("Delete"), question, details, tr("Delete"), lambda: self._delete(key))

    def _rename(self, key: str, name: str) -> None:
        if name and name != self._rows[key].name:
            self._bridge.write(rename_report(key, name), self._renamed, self._refused)

    def _renamed(self, _: ReportSheet) -> None:
        self.refresh()

    def _copied(self, sheet: ReportSheet) -> None:
        self.notified.emit(tr("Copied as {name}.", name=sheet.row.name))
        self.refresh()

    def _delete(self, key: str) -> None:
        self._bridge.write(calls.custom_reports.delete(key), lambda _: self._gone(key), self._refused)

    def _gone(self, key: str) -> None:
        self.notified.emit(tr("Report deleted."))
        self.deleted.emit(key)
        self.refresh()
