"""The journey summary: key figures, entrances over time, top events and actions, errors, for a period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from PySide6.QtCore import QMarginsF, QPoint, QRectF, QSize, Signal
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtPrintSupport import QPrinter
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.activity_views import category
from app.bridge import Bridge, calls
from app.forms.engine_texts import error_text, failure_label
from app.forms.time_format import date_and_time, now_ms
from app.pages.exports import ask_file, ask_printer, csv_text, open_export_menu, write_csv, write_file
from app.panels.ranking_rows import BarEntry, show_ranking
from app.reports.chart import ChartView
from app.translation import mark, tr, tr_n
from app.widgets.controls import Button, Choice, Segmented, card, column_of, label, restyle, row_of, set_style_name
from app.widgets.empty_state import EmptyState
from app.widgets.texts import show_text
from engine.errors import SojournError
from engine.model.activity import Category
from engine.model.report import Panel
from engine.services.report_views import ActivityTotal, PanelFigures, PanelRow, PeriodReport
from engine.services.views import VersionRow

HOUR = 3_600_000
RANGES = (
    (HOUR, mark("Last hour")),
    (24 * HOUR, mark("Last 24 hours")),
    (7 * 24 * HOUR, mark("7 days")),
    (30 * 24 * HOUR, mark("30 days")),
)
"""The periods, in milliseconds before now."""
FIGURES: dict[str, str] = {
    "entered": mark("Entered"),
    "completed": mark("Completed"),
    "current": mark("In the journey"),
    "failed": mark("Failed"),
    "completion_rate": mark("Completion rate"),
    "failure_rate": mark("Failure rate"),
    "sent": mark("Messages sent"),
    "errors": mark("Errors"),
}
"""The key figures in display order."""
REACH: dict[str, str] = {
    "delivered_rate": mark("Delivery rate"),
    "bounced_rate": mark("Bounce rate"),
    "opened_rate": mark("Open rate"),
    "clicked_rate": mark("Click rate"),
    "unsubscribed_rate": mark("Unsubscribe rate"),
}
"""Message outcomes, shown once a provider has reported any."""
FURTHER: dict[str, str] = {
    "stopped": mark("Stopped"),
    "current_rate": mark("Rate in the journey"),
    "error_rate": mark("Error rate"),
}
"""Figures that appear in the table only."""
_FAULTS = ("failed", "failure_rate", "errors")
"""The figures that are shown as errors unless they are zero."""
_TOP = 8
_CHART_HEIGHT = 220


class JourneySummaryPage(QWidget):
    """The summary of one journey; exported as CSV or PDF and printed."""

    notified = Signal(str)

    def __init__(self, bridge: Bridge, zone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._zone = bridge, zone
        self.report: PeriodReport | None = None
        self.setObjectName("page")
        column = column_of(self, 0)
        column.addWidget(self._head())
        sentence = tr("Publish a journey to see its figures here.")
        self._empty = EmptyState("chart-line-up", tr("Nothing to report yet"), sentence, "")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._body())
        self._stack.addWidget(self._empty)
        column.addWidget(self._stack, 1)

    def _head(self) -> QWidget:
        head = QWidget()
        set_style_name(head, "list-head")
        head.setFixedHeight(68)
        row = row_of(head, 12, (16, 0, 16, 0))
        self.journey = Choice()
        self.journey.setFixedWidth(260)
        show_text(self.journey.setAccessibleName, tr("Journey"))
        self.journey.chosen.connect(lambda _: self._show_journey())
        row.addWidget(self.journey)
        self.version = Choice()
        self.version.setFixedWidth(140)
        show_text(self.version.setAccessibleName, tr("Version"))
        self.version.chosen.connect(lambda _: self.refresh())
        self.version.setVisible(False)
        self._rows: tuple[VersionRow, ...] = ()
        row.addWidget(self.version)
        self.range = Segmented([(length, tr(words)) for length, words in RANGES])
        self.range.setFixedWidth(420)
        show_text(self.range.setAccessibleName, tr("Time"))
        self.range.choose(24 * HOUR)
        self.range.chosen.connect(lambda _: self.refresh())
        row.addWidget(self.range)
        row.addStretch(1)
        self.export_button = Button(tr("Export"), icon=theme.icon("export", "text"), pressed=self._open_menu)
        row.addWidget(self.export_button)
        return head

    def _body(self) -> QWidget:
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        self.sheet = QWidget()
        column = column_of(self.sheet, 16, (16, 16, 16, 24))
        self.period = label("", "quiet")
        column.addWidget(self.period)
        grid = QGridLayout()
        grid.setSpacing(12)
        self.figures: dict[str, QLabel] = {}
        for index, (name, words) in enumerate(FIGURES.items()):
            grid.addWidget(self._figure(name, tr(words)), index // 4, index % 4)
        column.addLayout(grid)
        self.reach = QWidget()
        beside = row_of(self.reach, 12)
        for name, words in REACH.items():
            beside.addWidget(self._figure(name, tr(words)))
        self.reach.hide()
        column.addWidget(self.reach)
        frame, inside = card()
        inside.setContentsMargins(16, 14, 16, 12)
        inside.addWidget(label(tr("Entrances"), "title"))
        self.chart = ChartView()
        self.chart.setFixedHeight(_CHART_HEIGHT)
        inside.addWidget(self.chart)
        column.addWidget(frame)
        row = row_of(spacing=16)
        self.events = self._ranking(row, tr("Top events"))
        self.top_actions = self._ranking(row, tr("Top actions"))
        self.errors = self._ranking(row, tr("Errors by kind"))
        column.addLayout(row)
        column.addStretch(1)
        scroll.setWidget(self.sheet)
        return scroll

    def _figure(self, name: str, words: str) -> QWidget:
        frame, column = card()
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(2)
        figure = label("0", "figure")
        show_text(figure.setAccessibleName, words)
        column.addWidget(figure)
        column.addWidget(label(words, "secondary"))
        self.figures[name] = figure
        return frame

    def _ranking(self, row: QHBoxLayout, title: str) -> QVBoxLayout:
        frame, column = card()
        column.setContentsMargins(16, 14, 16, 14)
        column.addWidget(label(title, "title"))
        inside = column_of(spacing=2)
        column.addLayout(inside)
        column.addStretch(1)
        row.addWidget(frame, 1)
        return inside

    # Reading

    def refresh(self) -> None:
        """Reload the journeys and the report of the period."""
        if self._bridge.may("read_journeys"):
            self._bridge.read(calls.journeys.everything(), self._take_journeys)
        now = now_ms()
        journey, version = self.journey.key(), self.version.key()
        length = int(str(self.range.key()))
        call = calls.reports.period(
            now - length, now, str(journey) if journey else None, int(str(version)) if version else None
        )
        self._bridge.attempt(call, self._take, self._refused)

    def show_version(self, journey: str, version: int) -> None:
        """Choose a version of a journey."""
        for choice, key in ((self.journey, journey), (self.version, version)):
            choice.offer([(key, str(key))])
            choice.choose(key)

    def _show_journey(self) -> None:
        self.version.offer([])
        self._offer_versions()
        self.refresh()

    def _offer_versions(self) -> None:
        """Offer the published versions of the journey if there are several."""
        name = self.journey.key()
        numbers = [row.version for row in self._rows if row.name == name and row.published_at is not None]
        offered = [(None, tr("All versions")), *((number, tr("Version {number}", number=number)) for number in numbers)]
        if len(numbers) < 2:
            offered = []
        if [self.version.itemData(index) for index in range(self.version.count())] != [key for key, _ in offered]:
            self.version.offer(offered)
            if offered and self.version.currentIndex() < 0:
                self.version.choose(None)
        self.version.setVisible(bool(offered))

    def _take_journeys(self, rows: Sequence[VersionRow]) -> None:
        self._rows = tuple(rows)
        ran = [row.name for row in rows if row.published_at is not None]
        known = [(None, tr("All journeys")), *((name, name) for name in dict.fromkeys(ran))]
        if [self.journey.itemData(index) for index in range(self.journey.count())] != [key for key, _ in known]:
            self.journey.offer(known)
            if self.journey.currentIndex() < 0:
                self.journey.choose(None)
        self._offer_versions()
        self._stack.setCurrentIndex(0 if ran else 1)

    def _refused(self, error: SojournError) -> None:
        self.notified.emit(error_text(error))

    def _take(self, report: PeriodReport) -> None:
        if self.report is not None and self._same(report):
            self.report = report
            return
        self.report = report
        since, until = (date_and_time(at, self._zone) for at in (report.since, report.until))
        show_text(self.period.setText, tr("{since} to {until}, {zone}", since=since, until=until, zone=self._zone))
        for name, figure in self.figures.items():
            value = report.metrics.get(name, 0)
            figure.setText(_format_figure(name, value))
            role = "error_figure" if value and name in _FAULTS else "figure"
            if figure.property("role") != role:
                restyle(figure, role=role)
        self.reach.setVisible(any(report.metrics.get(name) for name in REACH))
        self._show_entrances(report.entrances)
        show_ranking(self.events, _bars(report.activities, "event"), "event", tr("No events in this period."))
        show_ranking(self.top_actions, _bars(report.activities, "action"), "accent", tr("Nothing sent in this period."))
        kinds = [BarEntry("", failure_label(code), count) for code, count in report.errors.items()]
        show_ranking(self.errors, kinds[:_TOP], "error", tr("No errors."))

    def _show_entrances(self, points: Sequence[tuple[int, int]]) -> None:
        """Show (epoch milliseconds, people) as a line over time."""
        zone = ZoneInfo(self._zone)
        rows = tuple(
            PanelRow(datetime.fromtimestamp(at / 1000, zone).isoformat(), "", (float(people),)) for at, people in points
        )
        self.chart.show_figures(_ENTRANCES, PanelFigures(_ENTRANCES.id, rows))
        total = sum(people for _, people in points)
        show_text(self.chart.setAccessibleName, tr_n("1 person entered", "{count} people entered", total))
        if points:
            at, most = max(points, key=lambda point: point[1])
            when = date_and_time(at, self._zone)
            show_text(self.chart.setAccessibleDescription, tr("maximum {count}, {when}", count=most, when=when))

    def _same(self, report: PeriodReport) -> bool:
        assert self.report is not None
        shown = ("metrics", "entrances", "activities", "errors", "journeys")
        return all(getattr(report, name) == getattr(self.report, name) for name in shown)

    # Taking along

    def _open_menu(self) -> None:
        open_export_menu(self.export_button, tr("Table (CSV)"), self._ask_csv, self._ask_pdf, self._ask_printer)

    def _name(self) -> str:
        return self.journey.currentText() or tr("Reports")

    def _ask_csv(self) -> None:
        ask_file(self, tr("Table (CSV)"), self._name(), ".csv", self.write_csv)

    def write_csv(self, file: Path) -> None:
        """Write the report as CSV in UTF-8 with a byte order mark for spreadsheets."""
        if self.report is not None:
            self.notified.emit(write_csv(file, summary_csv(self.report, self._zone)))

    def _ask_pdf(self) -> None:
        ask_file(self, tr("Document (PDF)"), self._name(), ".pdf", self.write_pdf)

    def write_pdf(self, file: Path) -> None:
        """Write the report as PDF."""

        def write() -> None:
            with file.open("ab"):
                pass
            writer = QPdfWriter(str(file))
            writer.setTitle(f"{self._name()}.pdf")
            writer.setPageLayout(QPageLayout(QPageSize(QPageSize.PageSizeId.A4), _LANDSCAPE, QMarginsF(10, 10, 10, 10)))
            painter = QPainter(writer)
            self._draw(painter, writer.pageLayout().paintRectPixels(writer.resolution()).size())
            painter.end()

        self.notified.emit(write_file(file, write))

    def _ask_printer(self) -> None:
        printer = QPrinter(QPrinter.PrinterMode.HighResolution)
        printer.setPageOrientation(_LANDSCAPE)
        ask_printer(self, printer, self._print_to)

    def _print_to(self, printer: QPrinter) -> None:
        painter = QPainter(printer)
        self._draw(painter, printer.pageRect(QPrinter.Unit.DevicePixel).size().toSize())
        painter.end()

    def _draw(self, painter: QPainter, page: QSize) -> None:
        """Draw the page as large as the paper allows."""
        size = self.sheet.size()
        scale = min(page.width() / size.width(), page.height() / size.height())
        painter.scale(scale, scale)
        painter.setClipRect(QRectF(0, 0, size.width(), size.height()))
        self.sheet.render(painter, QPoint())


_LANDSCAPE = QPageLayout.Orientation.Landscape
_ENTRANCES = Panel(id="entrances", shape="line", dimension="hour", metrics=("entered",))


def _bars(totals: Sequence[ActivityTotal], group: Category) -> list[BarEntry]:
    """Return people at the activities of a category, summed by name, the largest first."""
    sums: dict[str, int] = {}
    for total in totals:
        if category(total.kind) == group and total.entered:
            sums[total.name] = sums.get(total.name, 0) + total.entered
    return [BarEntry("", name, count) for name, count in sorted(sums.items(), key=lambda item: -item[1])][:_TOP]


def _format_figure(name: str, value: float) -> str:
    """Format a figure: 4,812 or 83.5 %."""
    return f"{value * 100:.1f} %" if name.endswith("_rate") else f"{int(value):,}"


def _table(report: PeriodReport, zone: str) -> Iterator[tuple[str, str, str, str]]:
    """Return every value of a report: section, subject, count, errors."""
    yield tr("Part"), tr("Name"), tr("Count"), tr("Errors")
    for name, words in (FIGURES | FURTHER | REACH).items():
        yield tr("Key figures"), tr(words), f"{report.metrics.get(name, 0):g}", ""
    for at, people in report.entrances:
        yield tr("Entrances"), date_and_time(at, zone), str(people), ""
    for total in report.activities:
        yield total.journey, total.name, str(total.entered), str(total.errors)
    for code, count in report.errors.items():
        yield tr("Errors by kind"), failure_label(code), str(count), ""


def summary_csv(report: PeriodReport, zone: str) -> str:
    """Return every value of a report as CSV."""
    return csv_text(_table(report, zone))
