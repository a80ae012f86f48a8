"""The chart of a panel: drawing by shape, and a widget with values under the pointer."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from app import theme
from app.reports.chart_axes import draw_columns, draw_lines
from app.reports.chart_bars import draw_bars, draw_donut, draw_numbers
from app.reports.chart_painter import ChartPainter
from app.reports.labels import number, panel_title, row_name
from app.reports.series import series_of
from app.translation import tr
from engine.model.report import CYCLES, TIMES, Panel
from engine.services.report_views import PanelFigures

_TOLD = 12
"""Number of rows described to screen readers."""


def draw_chart(painter: ChartPainter, box: QRectF, panel: Panel, figures: PanelFigures) -> None:
    """Draw a panel's figures in its shape."""
    painter.qpainter.setRenderHint(QPainter.RenderHint.Antialiasing)
    series = series_of(panel, figures)
    if panel.shape == "number":
        draw_numbers(painter, box, panel, figures.total)
    elif not figures.rows or not series:
        painter.sentence(box, tr("No data in this period."))
    elif panel.shape == "donut":
        draw_donut(painter, box, panel, figures)
    elif panel.shape == "line":
        draw_lines(painter, box, panel, figures, series)
    elif panel.dimension in (*TIMES, *CYCLES):
        draw_columns(painter, box, panel, figures, series)
    else:
        draw_bars(painter, box, panel, figures, series)


class ChartView(QWidget):
    """A chart with an accessible description."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._panel: Panel | None = None
        self._figures = PanelFigures("")
        self.hits: list[tuple[QRectF, str]] = []

    def sizeHint(self) -> QSize:
        return QSize(320, 220)

    def show_figures(self, panel: Panel, figures: PanelFigures) -> None:
        """Show these figures."""
        self._panel, self._figures = panel, figures
        self.setAccessibleName(panel_title(panel))
        self.setAccessibleDescription(described(panel, figures))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._panel is None:
            return
        qpainter = QPainter(self)
        painter = ChartPainter(qpainter, theme.current_scheme())
        draw_chart(painter, QRectF(self.rect()).adjusted(0, 2, 0, -2), self._panel, self._figures)
        self.hits = painter.hits
        qpainter.end()

    def event(self, event: QEvent) -> bool:
        """Show the values under the pointer."""
        if isinstance(event, QHelpEvent):
            place = event.pos().toPointF()
            tooltip = next((words for box, words in self.hits if box.contains(place)), "")
            QToolTip.showText(event.globalPos(), tooltip, self)
            return True
        return super().event(event)


def described(panel: Panel, figures: PanelFigures) -> str:
    """Return the first rows in words."""
    if panel.shape == "number" and figures.total is not None:
        return "; ".join(number(*pair) for pair in zip(panel.metrics, figures.total.values, strict=True))
    lines = []
    for row in figures.rows[:_TOLD]:
        values = ", ".join(number(*pair) for pair in zip(panel.metrics, row.values, strict=True))
        lines.append(f"{row_name(panel.dimension, row)}: {values}")
    return "; ".join(lines) or tr("No data in this period.")
