"""Charts with a horizontal axis: lines and columns, with one axis per unit, left and right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPen, QPolygonF

from app.reports.chart_painter import CENTER, LEFT, MARK, RIGHT, ChartPainter
from app.reports.labels import axis_number, number, row_name, tick_name
from app.reports.series import Scale, Series, largest, scale_for, stacked
from engine.model.report import METRICS, Panel
from engine.services.report_views import PanelFigures

_BELOW, _LEGEND, _NAME = 24.0, 22.0, 170.0
_STYLES = (
    *(Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine),
    *(Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine),
)
"""Line styles, so that colour is not the only difference."""
_DOTS = 40
"""Number of points up to which they are marked with dots."""
_BAR, _GAP = 44.0, 0.32


@dataclass(frozen=True, slots=True)
class _Field:
    """The plot area and the scale of each unit."""

    box: QRectF
    scales: Mapping[str, Scale]
    rows: int

    def middle(self, index: int, *, spread: bool) -> float:
        """Return the middle of a row; ``spread`` rows begin and end at the edges."""
        if spread and self.rows > 1:
            return self.box.left() + self.box.width() * index / (self.rows - 1)
        return self.box.left() + self.box.width() * (index + 0.5) / max(self.rows, 1)

    def height(self, metric: str, value: float) -> float:
        """Return the y of a value."""
        return self.box.bottom() - self.box.height() * self.scales[METRICS[metric].unit].share(value)


def draw_lines(
    painter: ChartPainter, box: QRectF, panel: Panel, figures: PanelFigures, series: Sequence[Series]
) -> None:
    """Draw a line for each series over the rows."""
    plot = _frame(painter, box, panel, figures, series, stack=False, spread=True)
    for index, one in enumerate(series):
        _draw_line(painter, plot, one, _STYLES[index], filled=len(series) == 1)
    _tell(painter, plot, panel, figures, series, spread=True)


def draw_columns(
    painter: ChartPainter, box: QRectF, panel: Panel, figures: PanelFigures, series: Sequence[Series]
) -> None:
    """Draw columns: parts stacked, metrics side by side."""
    stack = bool(panel.breakdown)
    plot = _frame(painter, box, panel, figures, series, stack=stack, spread=False)
    room = plot.box.width() / max(plot.rows, 1) * (1 - _GAP)
    width = min(room / (1 if stack else len(series)), _BAR)
    for row in range(plot.rows):
        middle = plot.middle(row, spread=False)
        left = middle - width * (1 if stack else len(series)) / 2
        below = 0.0
        for index, one in enumerate(series):
            value = one.values[row]
            if not value:
                continue
            top, bottom = plot.height(one.metric, below + value), plot.height(one.metric, below)
            bar = QRectF(left + (0 if stack else index * width), top, max(width - 1, 1), bottom - top)
            painter.fill(bar, one.role, min(3.0, bar.width() / 3, bar.height() / 2))
            below += value if stack else 0
    _tell(painter, plot, panel, figures, series, spread=False)


def legend_height(painter: ChartPainter, width: float, series: Sequence[Series]) -> float:
    """Return the height of a legend for a width; 0 for a single series."""
    return (_legend_places(painter, width, series)[-1][1] + 1) * _LEGEND if len(series) > 1 else 0.0


def draw_legend(painter: ChartPainter, box: QRectF, series: Sequence[Series], *, lines: bool) -> None:
    """Draw the legend in as many rows as needed."""
    for index, (one, (left, row)) in enumerate(zip(series, _legend_places(painter, box.width(), series), strict=True)):
        begin, middle = box.left() + left, box.top() + row * _LEGEND + 9
        if lines:
            painter.qpainter.setPen(QPen(painter.scheme.color(one.role), 2, _STYLES[index]))
            painter.qpainter.drawLine(QPointF(begin - 2, middle), QPointF(begin + MARK + 4, middle))
        else:
            painter.fill(QRectF(begin, middle - MARK / 2, MARK, MARK), one.role, 3)
        painter.text(QRectF(begin + MARK + 10, middle - 9, _NAME, 18), one.name, LEFT, "secondary")


def _legend_places(painter: ChartPainter, width: float, series: Sequence[Series]) -> list[tuple[float, int]]:
    """Return the offset and row of each name in the legend."""
    places: list[tuple[float, int]] = []
    left, row = 0.0, 0
    for one in series:
        wide = MARK + 10 + min(painter.width(one.name), _NAME) + 16
        if left and left + wide > width:
            left, row = 0.0, row + 1
        places.append((left, row))
        left += wide
    return places


def _frame(
    painter: ChartPainter,
    box: QRectF,
    panel: Panel,
    figures: PanelFigures,
    series: Sequence[Series],
    *,
    stack: bool,
    spread: bool,
) -> _Field:
    units = tuple(dict.fromkeys(METRICS[one.metric].unit for one in series))[:2]
    scales: dict[str, Scale] = {unit: _scale(series, unit, stack=stack) for unit in units}
    metric_of = {unit: next(one.metric for one in series if METRICS[one.metric].unit == unit) for unit in units}
    rooms = [
        max(painter.width(axis_number(metric_of[unit], tick), 11) for tick in scales[unit].ticks()) + 10
        for unit in units
    ]
    head = max(legend_height(painter, box.width() - rooms[0], series), 4.0)
    right = rooms[1] if len(rooms) > 1 else 24.0 if spread else 8.0
    inner = QRectF(box.left() + rooms[0], box.top() + head, 0, 0)
    inner.setRight(box.right() - right)
    inner.setBottom(box.bottom() - _BELOW)
    if len(series) > 1:
        draw_legend(painter, QRectF(inner.left(), box.top(), box.right() - inner.left(), head), series, lines=spread)
    plot = _Field(inner, scales, len(figures.rows))
    for place, unit in enumerate(units):
        _draw_scale(painter, plot, scales[unit], metric_of[unit], rooms[place], first=place == 0)
    _draw_names(painter, plot, panel, figures, spread=spread)
    return plot


def _scale(series: Sequence[Series], unit: str, *, stack: bool) -> Scale:
    drawn = [one for one in series if METRICS[one.metric].unit == unit]
    return scale_for(stacked(drawn) if stack else largest(drawn), unit)


def _draw_scale(painter: ChartPainter, plot: _Field, scale: Scale, metric: str, room: float, *, first: bool) -> None:
    for tick in scale.ticks():
        y = plot.box.bottom() - plot.box.height() * scale.share(tick)
        if first:
            painter.line(QPointF(plot.box.left(), y), QPointF(plot.box.right(), y))
        left = plot.box.left() - room if first else plot.box.right() + 8
        words = QRectF(left, y - 8, room - 8, 16)
        painter.text(words, axis_number(metric, tick), RIGHT if first else LEFT, "secondary", 11)


def _draw_names(painter: ChartPainter, plot: _Field, panel: Panel, figures: PanelFigures, *, spread: bool) -> None:
    rows = figures.rows
    whole_days = len({row.key[:10] for row in rows}) > 2
    names = [tick_name(panel.dimension, row, whole_days) for row in rows]
    widest = max((painter.width(name, 11) for name in names), default=0) + 14
    fitting = max(int(plot.box.width() / widest), 1)
    gap = max(-(-len(rows) // fitting), 1)
    for index in range(0, len(rows), gap):
        middle = plot.middle(index, spread=spread)
        room = QRectF(middle - widest / 2, plot.box.bottom() + 6, widest, 16)
        painter.text(room, names[index], CENTER, "secondary", 11)


def _draw_line(painter: ChartPainter, plot: _Field, one: Series, style: Qt.PenStyle, *, filled: bool) -> None:
    runs: list[list[QPointF]] = [[]]
    for index, value in enumerate(one.values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append(QPointF(plot.middle(index, spread=True), plot.height(one.metric, value)))
    color = painter.scheme.color(one.role)
    for run in filter(None, runs):
        if filled and len(run) > 1:
            area = QPolygonF([QPointF(run[0].x(), plot.box.bottom()), *run, QPointF(run[-1].x(), plot.box.bottom())])
            painter.qpainter.setPen(Qt.PenStyle.NoPen)
            painter.qpainter.setBrush(painter.scheme.faded(one.role, 0.14))
            painter.qpainter.drawPolygon(area)
        path = QPainterPath(run[0])
        for point in run[1:]:
            path.lineTo(point)
        pen = QPen(color, 2, style, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        painter.qpainter.setBrush(Qt.BrushStyle.NoBrush)
        painter.qpainter.setPen(pen)
        painter.qpainter.drawPath(path)
        if len(one.values) <= _DOTS:
            painter.qpainter.setPen(Qt.PenStyle.NoPen)
            painter.qpainter.setBrush(color)
            for point in run:
                painter.qpainter.drawEllipse(point, 2.6, 2.6)
    painter.qpainter.setBrush(Qt.BrushStyle.NoBrush)


def _tell(
    painter: ChartPainter, plot: _Field, panel: Panel, figures: PanelFigures, series: Sequence[Series], *, spread: bool
) -> None:
    width = plot.box.width() / max(plot.rows - 1 if spread else plot.rows, 1)
    for index, row in enumerate(figures.rows):
        middle = plot.middle(index, spread=spread)
        tooltip = [f"{one.name}: {number(one.metric, one.values[index])}" for one in series]
        place = QRectF(middle - width / 2, plot.box.top(), width, plot.box.height())
        painter.hit(place.intersected(plot.box), "\n".join((row_name(panel.dimension, row), *tooltip)))
