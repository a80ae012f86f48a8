"""Charts without an axis: horizontal bars, a donut with its legend, and plain figures."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QPainterPath

from app.reports.chart_axes import draw_legend, legend_height
from app.reports.chart_painter import CENTER, LEFT, MARK, RIGHT, ChartPainter
from app.reports.labels import metric_name, number, row_name
from app.reports.series import ROLES, Series, largest, scale_for, stacked
from app.translation import tr, tr_n
from engine.model.report import METRICS, Panel
from engine.services.report_views import PanelFigures, PanelRow

_ROW, _BAR, _MORE = 30.0, 10.0, 18.0
_SLICES = len(ROLES)


def draw_bars(
    painter: ChartPainter, box: QRectF, panel: Panel, figures: PanelFigures, series: Sequence[Series]
) -> None:
    """Draw a bar for each row and metric; parts in sequence."""
    stack = bool(panel.breakdown)
    if len(series) > 1:
        draw_legend(painter, box, series, lines=False)
        box = box.adjusted(0, legend_height(painter, box.width(), series) + 4, 0, 0)
    lanes = 1 if stack else len(series)
    names = [row_name(panel.dimension, row) for row in figures.rows]
    room = min(max((painter.width(name) for name in names), default=0) + 12, box.width() * 0.38)
    wide = max((painter.width(number(one.metric, value)) for one in series for value in one.values), default=0) + 10
    height = min(max(box.height() / max(len(names), 1), lanes * 7.0 + 4), _ROW + (lanes - 1) * (_BAR + 4))
    groove = QRectF(box.left() + room, 0, box.width() - room - (0 if stack else wide), 0)
    scales = {
        unit: scale_for(stacked(drawn) if stack else largest(drawn), unit).top
        for unit in {METRICS[one.metric].unit for one in series}
        for drawn in [[one for one in series if METRICS[one.metric].unit == unit]]
    }
    fitting = max(int((box.height() + 1) // height), 1)
    if fitting < len(names):
        fitting = max(int((box.height() - _MORE + 1) // height), 1)
        words = tr_n("1 other", "{count} others", len(names) - fitting)
        painter.text(QRectF(box.left(), box.bottom() - _MORE, box.width(), _MORE), words, LEFT, "secondary", 11)
    for row, name in enumerate(names[:fitting]):
        top = box.top() + row * height
        painter.text(QRectF(box.left(), top, room - 12, height), name)
        thick = min(_BAR, height / lanes - 3)
        left, lane_top = groove.left(), top + (height - lanes * (thick + 3) + 3) / 2
        for index, one in enumerate(series):
            value = one.values[row] or 0
            long = groove.width() * value / scales[METRICS[one.metric].unit]
            y = lane_top if stack else lane_top + index * (thick + 3)
            bar = QRectF(left, y, max(long, 2.0 if value else 0.0), thick)
            painter.fill(bar, one.role, min(thick / 2, bar.width() / 2, 4))
            if not stack:
                words = number(one.metric, one.values[row])
                painter.text(QRectF(bar.right() + 6, y - 5, wide, thick + 10), words, LEFT, "secondary", 11)
            left += long if stack else 0
        tooltip = [f"{one.name}: {number(one.metric, one.values[row])}" for one in series]
        painter.hit(QRectF(box.left(), top, box.width(), height), "\n".join((name, *tooltip)))


def draw_donut(painter: ChartPainter, box: QRectF, panel: Panel, figures: PanelFigures) -> None:
    """Draw the rows as parts of a whole, by the first metric."""
    metric = panel.metrics[0]
    slices = _slices(panel, figures)
    whole = sum(value for _, value, _ in slices)
    if METRICS[metric].unit or not whole:
        why = tr("Rates and times cannot be shown as parts of a whole; choose a count.") if METRICS[metric].unit else ""
        painter.sentence(box, why or tr("No data in this period."))
        return
    side = min(box.height(), box.width() * 0.46)
    ring = QRectF(box.left() + 4, box.center().y() - side / 2, side, side).adjusted(2, 2, -2, -2)
    begin = 90.0
    for name, value, role in slices:
        span = 360.0 * value / whole
        _draw_slice(painter, ring, begin, span, role)
        painter.hit(_around(ring, begin - span / 2), f"{name}\n{number(metric, value)} · {value / whole * 100:.1f} %")
        begin -= span
    painter.text(ring.adjusted(0, -8, 0, -8), number(metric, whole), CENTER, "text", 21, QFont.Weight.DemiBold)
    painter.text(ring.adjusted(8, 22, -8, 22), metric_name(metric), CENTER, "secondary")
    _draw_slice_names(painter, QRectF(ring.right() + 24, box.top(), box.right() - ring.right() - 24, box.height()),
                      metric, slices, whole)  # fmt: skip


def _slices(panel: Panel, figures: PanelFigures) -> list[tuple[str, float, str]]:
    rows = [row for row in figures.rows if row.values[0]]
    shown = [
        (row_name(panel.dimension, row), row.values[0] or 0.0, role) for row, role in zip(rows, ROLES, strict=False)
    ]
    rest = sum(row.values[0] or 0 for row in rows[_SLICES:]) + ((figures.rest.values[0] or 0) if figures.rest else 0)
    return [*shown, (tr("Others"), rest, "series_rest")] if rest else shown


def _draw_slice(painter: ChartPainter, ring: QRectF, begin: float, span: float, role: str) -> None:
    thick = ring.width() * 0.17
    inner = ring.adjusted(thick, thick, -thick, -thick)
    path = QPainterPath()
    path.arcMoveTo(ring, begin)
    path.arcTo(ring, begin, -span)
    path.arcTo(inner, begin - span, span)
    path.closeSubpath()
    painter.qpainter.setBrush(painter.scheme.color(role))
    painter.qpainter.setPen(painter.scheme.color("panel"))
    painter.qpainter.drawPath(path)
    painter.qpainter.setBrush(Qt.BrushStyle.NoBrush)


def _around(ring: QRectF, angle: float) -> QRectF:
    """Return a square on the ring at an angle."""
    radius, turn = ring.width() * 0.415, math.radians(angle)
    middle = ring.center() + QPointF(radius * math.cos(turn), -radius * math.sin(turn))
    half = ring.width() * 0.1
    return QRectF(middle.x() - half, middle.y() - half, 2 * half, 2 * half)


def _draw_slice_names(
    painter: ChartPainter, box: QRectF, metric: str, slices: Sequence[tuple[str, float, str]], whole: float
) -> None:
    height = min(28.0, box.height() / max(len(slices), 1))
    top = box.center().y() - height * len(slices) / 2
    for index, (name, value, role) in enumerate(slices):
        line = QRectF(box.left(), top + index * height, box.width(), height)
        painter.fill(QRectF(line.left(), line.center().y() - MARK / 2, MARK, MARK), role, 3)
        tooltip = f"{number(metric, value)} · {value / whole * 100:.0f} %"
        wide = painter.width(tooltip) + 8
        painter.text(line.adjusted(MARK + 8, 0, -wide, 0), name)
        painter.text(line, tooltip, RIGHT, "secondary")
        painter.hit(line, f"{name}\n{tooltip}")


def draw_numbers(painter: ChartPainter, box: QRectF, panel: Panel, row: PanelRow | None) -> None:
    """Draw each metric as a figure with its name below; smaller if space is short."""
    across = min(len(panel.metrics), max(int(box.width() // 116), 1))
    down = -(-len(panel.metrics) // across)
    width, height = box.width() / across, min(box.height() / down, 84.0)
    large = height >= _ROOMY
    figure_height, pixels = (34, 28) if large else (24, 18)
    top = box.center().y() - height * down / 2
    for index, metric in enumerate(panel.metrics):
        place = QRectF(box.left() + index % across * width, top + index // across * height, width - 8, height)
        value = row.values[index] if row is not None else 0.0
        bad = metric in _BAD and value
        begin = place.center().y() - (figure_height + 20) / 2
        figure = QRectF(place.left(), begin, place.width(), figure_height)
        role = "error" if bad else "text"
        painter.text(figure, number(metric, value), LEFT, role, pixels, QFont.Weight.DemiBold)
        words = QRectF(place.left(), figure.bottom(), place.width(), 20 if large else 15)
        painter.text(words, metric_name(metric), LEFT, "secondary", 13 if large else 11)
        painter.hit(place, f"{metric_name(metric)}: {number(metric, value)}")


_ROOMY = 58.0
_BAD = ("failed", "errors", "failure_rate", "error_rate", "bounced", "bounced_rate", "timed_out")
