"""The editor of the open custom report, and its export: tables as CSV, the whole as PDF or on paper."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import shiboken6
from PySide6.QtCore import QElapsedTimer, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import QApplication, QWidget

from app.bridge import Bridge, calls
from app.forms.engine_texts import error_text
from app.forms.time_format import date_and_time
from app.pages.exports import ask_file, ask_printer, csv_text, open_export_menu, write_csv, write_file
from app.pages.open_report import OpenReport
from app.reports.card import HEIGHTS, PanelCard
from app.reports.document import ReportDocument
from app.reports.empty_state import PanelPreset
from app.reports.header import ReportHeader
from app.reports.labels import panel_title
from app.reports.palette import ReportComponent, ReportPalette
from app.reports.pdf_export import PrintedPanel, print_report, write_pdf
from app.reports.settings_pane import ReportSettingsPane
from app.reports.sheet import PanelGrid
from app.reports.table_rows import table
from app.translation import tr
from app.widgets.controls import column_of, row_of
from app.widgets.tab_order import first_stop
from app.widgets.texts import follow_language
from engine.errors import SojournError
from engine.json_types import JsonDict
from engine.model.report import Panel, Report
from engine.services.report_views import PanelFigures, ReportFigures


class ReportExport(QObject):
    """Exports one report; ``printed`` returns it with figures, or None while they are computed."""

    notified = Signal(str)

    def __init__(self, parent: QWidget, printed: Callable[[], PrintedPanel | None]) -> None:
        super().__init__(parent)
        self._window, self._printed = parent, printed

    def open_menu(self, button: QWidget) -> None:
        """Open the export menu below a button."""
        open_export_menu(button, tr("Tables (CSV)"), lambda: self.ask_csv(None), self.ask_pdf, self.print_report)

    def _ready(self) -> PrintedPanel | None:
        printed = self._printed()
        if printed is None:
            self.notified.emit(tr("The figures are being computed; try again in a moment."))
        return printed

    def ask_csv(self, panel: Panel | None) -> None:
        """Ask where to write one table or all of them."""
        printed = self._ready()
        if printed is None:
            return
        name = panel_title(panel) if panel is not None else printed.report.name
        panel_id = panel.id if panel is not None else ""
        ask_file(self._window, tr("Table (CSV)"), name, ".csv", lambda file: self.write_csv(file, panel_id))

    def write_csv(self, file: Path, panel_id: str = "") -> None:
        """Write one table or all of them as CSV."""
        printed = self._ready()
        if printed is not None:
            self.notified.emit(write_csv(file, as_csv(printed, panel_id)))

    def ask_pdf(self) -> None:
        """Ask where to write the PDF."""
        printed = self._ready()
        if printed is not None:
            ask_file(self._window, tr("Document (PDF)"), printed.report.name, ".pdf", self.write_pdf)

    def write_pdf(self, file: Path) -> None:
        """Write the report as PDF."""
        printed = self._ready()
        if printed is not None:
            self.notified.emit(write_file(file, lambda: write_pdf(file, printed)))

    def print_report(self) -> None:
        """Ask for a printer, then print."""
        printed = self._ready()
        if printed is not None:
            printer = QPrinter(QPrinter.PrinterMode.HighResolution)
            ask_printer(self._window, printer, lambda _: print_report(printer, printed))


def as_csv(printed: PrintedPanel, panel_id: str = "") -> str:
    """Return one panel's table or those of all panels, each below its title."""
    rows: list[tuple[str, ...]] = []
    known = {panel.id: panel for panel in printed.figures.panels}
    for panel in printed.report.panels:
        if panel_id in ("", panel.id):
            shown = table(panel, known[panel.id])
            rows += shown if panel_id else ((panel_title(panel),), *shown, ())
    return csv_text(rows)


COMPUTED_AFTER = 150
"""Milliseconds between an edit and computing."""
FRESH_FOR = 20_000
"""Milliseconds after which a moving period is computed again."""
_RESTS = 20
"""Pause before an unrequested computation, as a multiple of the last one's duration."""
_WIDENS = 120


class ReportEditor(QWidget):
    """Edits the open report; readers see the panels only."""

    notified = Signal(str)
    left = Signal()
    """The user goes back to the list."""

    def __init__(
        self, bridge: Bridge, zone: str, opened: OpenReport, editable: bool, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        assert opened.document is not None
        self._bridge, self._zone, self._open = bridge, zone, opened
        self.document: ReportDocument = opened.document
        self.editable = editable
        self.figures: ReportFigures | None = None
        self.names: dict[str, str] = {}
        self.chosen = ""
        self._under_way = self._again = False
        self._clock = QElapsedTimer()
        self._shown_for: Report | None = None
        self.head = ReportHeader(self.document, editable)
        self.palette_panel = ReportPalette()
        self.sheet = PanelGrid(editable)
        self.settings = ReportSettingsPane(self.document)
        self.files = ReportExport(self, self.printed)
        self._timer = QTimer(self, singleShot=True, interval=COMPUTED_AFTER)
        self._timer.timeout.connect(self.compute)
        self._stale = QTimer(self, interval=FRESH_FOR)
        self._stale.timeout.connect(self._compute_if_seen)
        self._stale.start()
        self._lay_out()
        self._connect()
        follow_language(self, self.document.retranslate, self._show, self.compute)
        self._show()
        self.compute()

    def _lay_out(self) -> None:
        column = column_of(self, 0)
        column.addWidget(self.head)
        row = row_of(spacing=0)
        row.addWidget(self.palette_panel)
        row.addWidget(self.sheet, 1)
        row.addWidget(self.settings)
        column.addLayout(row, 1)
        for part in (self.palette_panel, self.settings):
            part.setVisible(self.editable)

    def _connect(self) -> None:
        head = self.head
        head.left.connect(self.left)
        head.export_asked.connect(lambda: self.files.open_menu(head.export_button))
        head.settings_asked.connect(lambda: self.choose(""))
        self.document.changed.connect(self._changed)
        self._open.state_changed.connect(self._show_state)
        self.palette_panel.wanted.connect(self._add)
        self.files.notified.connect(self.notified)
        self.sheet.card_made.connect(self._connect_card)
        self.sheet.board.panel_moved.connect(self.document.move_panel)
        self.sheet.board.component_dropped.connect(self._add_panel_of)
        self.sheet.beginning.chosen.connect(self._start)

    def _connect_card(self, card: PanelCard) -> None:
        card.selected.connect(self.choose)
        card.asked.connect(self._do)
        card.dropped.connect(self._add_to)
        card.shape_asked.connect(self.document.set_shape)
        card.sort_asked.connect(self._sort)
        card.metrics_ordered.connect(lambda panel_id, order: self.document.update_panel(panel_id, metrics=order))
        card.grip_dragged.connect(self._resize_panel)

    # Showing

    def offer_journeys(self, journeys: tuple[tuple[str, str], ...]) -> None:
        """Set the existing journeys: (id, name)."""
        if dict(journeys) != self.names:
            self.names = dict(journeys)
            self.settings.offer_journeys(journeys)
            self._show()

    def _changed(self) -> None:
        self._show()
        self._timer.start()

    def _show(self) -> None:
        if self.chosen and self.document.panel(self.chosen) is None:
            self.choose("")
        self.head.show_report(self.names)
        self._show_sheet()
        self.settings.refresh()
        self.palette_panel.set_availability(partial(self.document.rejection_reason, self.chosen))
        self._show_state()

    def _show_sheet(self) -> None:
        self.sheet.show_report(self.document.report, self._known(), self.names)
        self.sheet.choose(self.chosen)

    def _known(self) -> dict[str, PanelFigures]:
        """Return the figures of panels that have not changed since."""
        if self.figures is None or self._shown_for is None:
            return {}
        found = {panel.id: panel for panel in self.figures.panels}
        now, then = self.document.report, self._shown_for
        if (now.time, now.journeys) != (then.time, then.journeys):
            return {}
        computed = {panel.id: _asked_of(panel) for panel in then.panels}
        return {
            panel.id: found[panel.id]
            for panel in now.panels
            if panel.id in found and computed.get(panel.id) == _asked_of(panel)
        }

    def _show_state(self) -> None:
        self.head.show_state(self._open.state, bool(self._open.fault))

    def choose(self, panel_id: str) -> None:
        """Select a panel, '' for the report itself."""
        self.chosen = panel_id
        self.sheet.choose(panel_id)
        self.settings.choose(panel_id)
        self.palette_panel.set_availability(partial(self.document.rejection_reason, panel_id))

    # Figures

    def compute(self) -> None:
        """Compute the figures of the current report."""
        if self._under_way:
            self._again = True
            return
        self._under_way, self._again = True, False
        self.head.show_computing(True)
        self._clock.start()
        report = self.document.report
        self._bridge.attempt(
            calls.custom_reports.figures(report, self._zone), partial(self._take, report), self._not_computed
        )

    def _answered(self) -> None:
        """Run one computation at a time and repeat it once for requests made meanwhile, long ones less often."""
        self._under_way = False
        self._stale.setInterval(max(FRESH_FOR, _RESTS * self._clock.elapsed()))
        if self._again:
            self.compute()
        else:
            self.head.show_computing(False)

    def _compute_if_seen(self) -> None:
        if self.isVisible() and self._bridge.running and not self._timer.isActive():
            self.compute()

    def _take(self, report: Report, figures: ReportFigures) -> None:
        if not shiboken6.isValid(self):
            return
        self._answered()
        self.head.show_problem("")
        if figures.panels != (self.figures.panels if self.figures is not None else None) or report != self._shown_for:
            self.figures, self._shown_for = figures, report
            self._show_sheet()
        self.figures = figures
        days = [
            datetime.fromtimestamp(at / 1000, ZoneInfo(self._zone)).date() for at in (figures.since, figures.until - 1)
        ]
        self.head.show_time(self._time_words(figures), days[0], days[1])

    def _not_computed(self, error: SojournError) -> None:
        self._answered()
        self.head.show_problem(error_text(error))

    def _time_words(self, figures: ReportFigures) -> str:
        since, until = (date_and_time(at, self._zone) for at in (figures.since, figures.until - 1))
        return tr("{since} to {until}, {zone}", since=since, until=until, zone=self._zone)

    # Editing

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Deselect the panel, then the report, on Esc; move through the panes on F6."""
        if event.key() == Qt.Key.Key_F6:
            self._go_round()
        elif event.key() != Qt.Key.Key_Escape:
            super().keyPressEvent(event)
        elif self.chosen:
            self.choose("")
            self.sheet.board.setFocus()
        else:
            self.left.emit()

    def _go_round(self) -> None:
        panes = [pane for pane in (self.head, self.palette_panel, self.sheet, self.settings) if pane.isVisible()]
        focused = QApplication.focusWidget()
        here = next((index for index, pane in enumerate(panes) if focused and pane.isAncestorOf(focused)), -1)
        for step in range(1, len(panes) + 1):
            pane = panes[(here + step) % len(panes)]
            stop = self.sheet.first_stop() if pane is self.sheet else first_stop(pane)
            if stop is not None:
                stop.setFocus(Qt.FocusReason.TabFocusReason)
                return

    def run_action(self, verb: str) -> None:
        """Run ``undo`` or ``redo``."""
        if self.editable:
            stack = self.document.undo_stack
            step = stack.undoText() if verb == "undo" else stack.redoText()
            (stack.undo if verb == "undo" else stack.redo)()
            if step:
                self.notified.emit(
                    tr("Undone: {step}.", step=step) if verb == "undo" else tr("Redone: {step}.", step=step)
                )

    def _add(self, component: ReportComponent) -> None:
        """Add a component to the selected panel, else as a new panel."""
        if component.kind == "panel" or not self.chosen:
            self._add_panel_of(component, None)
        else:
            self._add_to(self.chosen, component)

    def _add_to(self, panel_id: str, component: ReportComponent) -> None:
        reason = self.document.add_component(panel_id, component.name)
        if reason:
            self.notified.emit(reason)

    def _add_panel_of(self, component: ReportComponent, at: int | None) -> None:
        settings: JsonDict = {"width": "full"} if component.kind != "panel" else {}
        if component.kind == "metric":
            settings |= {"shape": "number", "metrics": (component.name,), "width": "half", "height": "small"}
        elif component.kind == "dimension":
            settings |= {"dimension": component.name}
        else:
            settings |= {"shape": component.name, "dimension": "day" if component.name == "line" else ""}
        self._added(self.document.add_panel(at, **settings))

    def _start(self, starter: PanelPreset) -> None:
        self._added(self.document.add_panel(**starter.settings))

    def _added(self, panel_id: str) -> None:
        if panel_id:
            self.choose(panel_id)
            self.sheet.reveal(panel_id)
        else:
            self.notified.emit(tr("A report has at most 30 panels; delete one first."))

    def _sort(self, panel_id: str, metric: str) -> None:
        panel = self.document.panel(panel_id)
        if panel is not None and self.editable:
            again = panel.sort == metric
            self.document.update_panel(
                panel_id, sort=metric, ascending=not panel.ascending if again else metric == "name"
            )

    def _resize_panel(self, panel_id: str, by: QPoint) -> None:
        if by.x() > _WIDENS:
            self._do("wider", panel_id)
        elif by.x() < -_WIDENS:
            self._do("narrower", panel_id)
        if abs(by.y()) > _WIDENS / 2:
            self._do("higher" if by.y() > 0 else "lower", panel_id)

    def _do(self, verb: str, panel_id: str) -> None:
        panel = self.document.panel(panel_id)
        if panel is None:
            return
        place = self.document.place(panel_id)
        verbs: dict[str, Callable[[], object]] = {
            "delete": lambda: self._delete(panel_id),
            "duplicate": lambda: self._added(self.document.duplicate_panel(panel_id)),
            "visualize": lambda: self._added(self.document.duplicate_panel(panel_id, shape=_chart_for(panel))),
            "earlier": lambda: self.document.move_panel(panel_id, place - 1),
            "later": lambda: self.document.move_panel(panel_id, place + 1),
            "wider": lambda: self.document.update_panel(panel_id, width="full"),
            "narrower": lambda: self.document.update_panel(panel_id, width="half"),
            "higher": lambda: self.document.update_panel(panel_id, height=_height(panel, 1)),
            "lower": lambda: self.document.update_panel(panel_id, height=_height(panel, -1)),
            "csv": lambda: self.files.ask_csv(panel),
            "settings": lambda: self.settings.dimension.setFocus(Qt.FocusReason.TabFocusReason),
            "rename": self._rename_panel,
        }
        verbs[verb]()

    def _rename_panel(self) -> None:
        self.settings.title.setFocus(Qt.FocusReason.TabFocusReason)
        self.settings.title.selectAll()

    def _delete(self, panel_id: str) -> None:
        place = self.document.place(panel_id)
        self.document.remove_panel(panel_id)
        left = self.document.report.panels
        if left:
            self.sheet.reveal(left[min(place, len(left) - 1)].id)
        self.notified.emit(tr("The panel was deleted; Ctrl+Z brings it back."))

    def printed(self) -> PrintedPanel | None:
        """Return the report with its figures for export; None while they are computed."""
        if self.figures is None or self._shown_for != self.document.report:
            return None
        return PrintedPanel(self.document.report, self.figures, self.names, self._time_words(self.figures))


def _asked_of(panel: Panel) -> Panel:
    """Return everything in a panel that its figures depend on."""
    shape = "line" if panel.shape == "line" else "table"
    return panel.model_copy(update={"title": "", "width": "half", "height": "medium", "shape": shape})


def _chart_for(panel: Panel) -> str:
    return "line" if panel.dimension in ("hour", "day", "week", "month") else "bar"


def _height(panel: Panel, by: int) -> str:
    return HEIGHTS[max(0, min(HEIGHTS.index(panel.height) + by, len(HEIGHTS) - 1))]
