"""A report as PDF or print: light colours, tables continued across pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMarginsF, QRectF, QSizeF, Qt
from PySide6.QtGui import QFont, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtPrintSupport import QPrinter

from app.forms.engine_texts import phrase_text
from app.reports.card import BODIES
from app.reports.chart import draw_chart
from app.reports.chart_painter import LEFT, RIGHT, ChartPainter
from app.reports.labels import panel_title
from app.reports.sheet import about
from app.reports.table import draw_cell, share_of
from app.reports.table_rows import TableLine, cells, head, largest, lines
from app.theme.colors import LIGHT
from app.translation import tr
from engine.model.report import Panel, Report
from engine.services.report_views import PanelFigures, ReportFigures

DOTS = 96.0
"""Layout resolution in dots per inch; the painter scales to the paper."""
_TITLE, _ABOUT, _LINE, _GAP, _FOOT = 26.0, 16.0, 24.0, 18.0, 26.0
_MARGINS = QMarginsF(12, 12, 12, 12)


@dataclass(frozen=True, slots=True)
class PrintedPanel:
    """A report for paper; ``names`` are journeys by id, ``time`` is the period in words."""

    report: Report
    figures: ReportFigures
    names: Mapping[str, str]
    time: str


@dataclass(slots=True)
class _Block:
    """A panel being printed and the lines drawn so far."""

    panel: Panel
    figures: PanelFigures
    left: float
    width: float
    lines: tuple[TableLine, ...] = ()
    drawn: int = 0

    @property
    def is_table(self) -> bool:
        """Whether it can continue on another page."""
        return self.panel.shape == "table" and bool(self.lines)

    @property
    def height(self) -> float:
        """Return the remaining height with the title."""
        if self.is_table:
            return self.head + _LINE * (1 + len(self.lines) - self.drawn)
        return self.head + BODIES[self.panel.height]

    @property
    def head(self) -> float:
        """Return the height of title and filter description."""
        return _TITLE + (_ABOUT if self.panel.journeys else 0)

    @property
    def done(self) -> bool:
        """Whether everything was drawn."""
        return not self.is_table or self.drawn >= len(self.lines)


class PageRenderer:
    """Draws pages with a painter; ``turn`` starts the next one."""

    def __init__(self, painter: QPainter, size: QSizeF, turn: Callable[[], object], printed: PrintedPanel) -> None:
        self._painter = ChartPainter(painter, LIGHT, paper=True)
        self._size, self._turn, self._printed = size, turn, printed
        self._top, self._page = 0.0, 1

    @property
    def _bottom(self) -> float:
        return self._size.height() - _FOOT

    def draw(self) -> int:
        """Draw the whole report; return the number of pages."""
        self._draw_head()
        for row in self._rows():
            self._draw_row(row)
        self._draw_foot()
        return self._page

    def _draw_head(self) -> None:
        report, width = self._printed.report, self._size.width()
        self._painter.text(QRectF(0, 0, width, 32), report.name, LEFT, "text", 21, QFont.Weight.DemiBold)
        self._painter.text(QRectF(0, 32, width, 20), self._printed.time, LEFT, "secondary")
        self._top = 60.0
        if report.description:
            self._painter.qpainter.setFont(self._painter.font(13))
            self._painter.qpainter.setPen(self._painter.scheme.color("text"))
            flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft
            room = QRectF(0, self._top, width, self._bottom - self._top)
            used = self._painter.qpainter.boundingRect(room, flags, report.description)
            self._painter.qpainter.drawText(room, flags, report.description)
            self._top += used.height() + 12

    def _draw_foot(self) -> None:
        box = QRectF(0, self._size.height() - 18, self._size.width(), 18)
        self._painter.text(box, self._printed.report.name, LEFT, "secondary", 11)
        self._painter.text(box, tr("Page {number}", number=self._page), RIGHT, "secondary", 11)

    def _next_page(self) -> None:
        self._draw_foot()
        self._turn()
        self._page += 1
        self._top = 0.0

    def _rows(self) -> Sequence[tuple[_Block, ...]]:
        """Return the panels by row; panels without content are left out."""
        known = {panel.id: panel for panel in self._printed.figures.panels}
        width = self._size.width()
        half = (width - _GAP) / 2
        rows: list[tuple[_Block, ...]] = []
        for panel in (panel for panel in self._printed.report.panels if panel.metrics):
            figures = known.get(panel.id, PanelFigures(panel.id))
            shown = lines(panel, figures)
            if panel.width == "full":
                rows.append((_Block(panel, figures, 0, width, shown),))
            elif rows and len(rows[-1]) == 1 and rows[-1][0].panel.width == "half":
                rows[-1] = (*rows[-1], _Block(panel, figures, half + _GAP, half, shown))
            else:
                rows.append((_Block(panel, figures, 0, half, shown),))
        return rows

    def _draw_row(self, blocks: Sequence[_Block]) -> None:
        if self._top and self._top + min(max(block.height for block in blocks), self._bottom / 2) > self._bottom:
            self._next_page()
        used = max(self._draw_block(block) for block in blocks)
        while left := [block for block in blocks if not block.done]:
            self._next_page()
            used = max(self._draw_block(block) for block in left)
        self._top += used + _GAP

    def _draw_block(self, block: _Block) -> float:
        """Draw as much of a panel as fits; return its height."""
        painter, panel = self._painter, block.panel
        words = tr("{title}, continued", title=panel_title(panel)) if block.drawn else panel_title(panel)
        narrowed = about(panel, self._printed.names)
        painter.text(QRectF(block.left, self._top, block.width, 20), words, LEFT, "text", 15, QFont.Weight.DemiBold)
        painter.text(QRectF(block.left, self._top + 20, block.width, 16), narrowed, LEFT, "secondary", 11)
        top = self._top + block.head
        if not block.is_table:
            self._draw_other(block, QRectF(block.left, top, block.width, block.height - block.head))
            return block.height
        fitting = max(int((self._bottom - top) / _LINE) - 1, 1)
        shown = block.lines[block.drawn : block.drawn + fitting]
        self._draw_table(block, shown, top)
        block.drawn += len(shown)
        return block.head + _LINE * (1 + len(shown))

    def _draw_other(self, block: _Block, box: QRectF) -> None:
        box.setBottom(min(box.bottom(), self._bottom))
        if block.figures.fault:
            self._painter.sentence(box, phrase_text(block.figures.fault))
        elif block.panel.shape == "table":
            self._painter.sentence(box, tr("No data in this period."))
        else:
            draw_chart(self._painter, box, block.panel, block.figures)

    def _draw_table(self, block: _Block, shown: Sequence[TableLine], top: float) -> None:
        painter, panel = self._painter, block.panel
        columns = len(panel.metrics) + 1
        first = min(max(block.width * 0.28, block.width - 110 * (columns - 1)), block.width * 0.6)
        wide = (block.width - first) / (columns - 1)
        lefts = [block.left, *(block.left + first + wide * index for index in range(columns - 1))]
        widths = [first, *([wide] * (columns - 1))]
        most = largest(panel, block.lines)
        for column, words in enumerate(head(panel)):
            box = QRectF(lefts[column], top, widths[column] - (8 if column else 0), _LINE)
            painter.text(box.adjusted(0 if column else 8, 0, 0, 0), words, RIGHT if column else LEFT, "secondary", 11)
        painter.line(QRectF(block.left, top, block.width, _LINE).bottomLeft(),
                 QRectF(block.left, top, block.width, _LINE).bottomRight(), "control")  # fmt: skip
        for number, line in enumerate(shown, start=1):
            for column, words in enumerate((line.name, *cells(panel, line))):
                box = QRectF(lefts[column], top + number * _LINE, widths[column], _LINE)
                draw_cell(painter, box, line, column, words, share_of(most, line, column))


def write_pdf(file: Path, printed: PrintedPanel) -> int:
    """Write a report as PDF; return the number of pages. Raise OSError if writing fails."""
    with file.open("ab"):
        pass
    writer = QPdfWriter(str(file))
    writer.setTitle(printed.report.name)
    writer.setCreator("Sojourn")
    writer.setPageLayout(_layout())
    painter = QPainter(writer)
    scale = writer.resolution() / DOTS
    painter.scale(scale, scale)
    size = QSizeF(writer.pageLayout().paintRectPixels(writer.resolution()).size()) / scale
    pages = PageRenderer(painter, size, writer.newPage, printed).draw()
    painter.end()
    return pages


def print_report(printer: QPrinter, printed: PrintedPanel) -> int:
    """Print a report; return the number of pages."""
    printer.setPageLayout(_layout())
    painter = QPainter(printer)
    scale = printer.resolution() / DOTS
    painter.scale(scale, scale)
    size = printer.pageRect(QPrinter.Unit.DevicePixel).size() / scale
    pages = PageRenderer(painter, size, printer.newPage, printed).draw()
    painter.end()
    return pages


def _layout() -> QPageLayout:
    return QPageLayout(QPageSize(QPageSize.PageSizeId.A4), QPageLayout.Orientation.Landscape, _MARGINS)
