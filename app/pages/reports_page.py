"""The reports page: journey summary, list of custom reports, open report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app.bridge import Bridge, journeys_for_reports
from app.pages.journey_summary import JourneySummaryPage
from app.pages.open_report import OpenReport
from app.pages.report_editor import ReportEditor
from app.pages.report_list import ReportListPage
from app.translation import tr
from app.widgets.controls import Segmented, label
from app.widgets.texts import show_text
from engine.services.views import ReportSheet

SUMMARY, CUSTOM = "summary", "custom"


class ReportsPage(QWidget):
    """Shows the summary, the list or the open report, which is kept in ``opened``."""

    notified = Signal(str)
    columns_changed = Signal(str, object)
    """The columns of the list changed: the page and the arrangement."""

    def __init__(
        self,
        bridge: Bridge,
        zone: str,
        opened: OpenReport,
        arrangement: Mapping[str, Any],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._zone, self._open = bridge, zone, opened
        self._arrangement = arrangement
        self._journeys: tuple[tuple[str, str], ...] = ()
        self._editable: bool | None = None
        self._then: Callable[[], None] | None = None
        """The action to run once the permissions are known."""
        self.list: ReportListPage | None = None
        self.editor: ReportEditor | None = None
        self.setObjectName("page")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._strip = self._make_strip()
        column.addWidget(self._strip)
        self.stack = QStackedWidget()
        column.addWidget(self.stack, 1)
        self.summary = JourneySummaryPage(bridge, zone)
        self.summary.notified.connect(self.notified)
        self.stack.addWidget(self.summary)
        opened.closed.connect(self._closed)

    def _make_strip(self) -> QWidget:
        strip = QWidget()
        strip.setObjectName("list-head")
        strip.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        strip.setFixedHeight(56)
        row = QHBoxLayout(strip)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(16)
        row.addWidget(label(tr("Reports"), "list-title"))
        self.parts = Segmented([(SUMMARY, tr("Journey summary")), (CUSTOM, tr("Custom reports"))])
        self.parts.setFixedWidth(320)
        show_text(self.parts.setAccessibleName, tr("Which reports"))
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
        made.list.restore_columns(self._arrangement)
        made.list.columns_changed.connect(lambda arrangement: self.columns_changed.emit("reports", arrangement))
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
