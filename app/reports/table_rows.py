"""A panel's figures as table lines: rows, parts, rest, total."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.reports.labels import dimension_name, metric_name, number, row_name
from app.translation import tr, tr_n
from engine.model.report import CYCLES, METRICS, TIMES, Panel
from engine.services.report_views import PanelFigures


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line. ``kind``: row, part, rest or total; ``raw`` is its name in files."""

    kind: str
    name: str
    raw: str
    values: tuple[float | None, ...]


def lines(panel: Panel, figures: PanelFigures) -> tuple[TableLine, ...]:
    """Return all lines of a panel's table."""
    return tuple(_lines(panel, figures)) if panel.metrics else ()


def _lines(panel: Panel, figures: PanelFigures) -> Iterator[TableLine]:
    ordered = panel.dimension in (*TIMES, *CYCLES)
    for row in figures.rows:
        name = row_name(panel.dimension, row)
        yield TableLine("row", name, row.key if ordered else name, row.values)
        for part in row.parts:
            label = row_name(panel.breakdown, part)
            yield TableLine("part", label, part.key if panel.breakdown in (*TIMES, *CYCLES) else label, part.values)
    if figures.rest is not None:
        words = tr_n("1 other", "{count} others", figures.cut)
        yield TableLine("rest", words, words, figures.rest.values)
    if figures.total is not None and panel.dimension:
        yield TableLine("total", tr("Total"), tr("Total"), figures.total.values)


def head(panel: Panel) -> tuple[str, ...]:
    """Return the column titles."""
    first = dimension_name(panel.dimension) if panel.dimension else ""
    return (first, *(metric_name(metric) for metric in panel.metrics))


def cells(panel: Panel, line: TableLine) -> tuple[str, ...]:
    """Return the values of a line in words."""
    return tuple(number(*pair) for pair in zip(panel.metrics, line.values, strict=True))


def largest(panel: Panel, shown: tuple[TableLine, ...]) -> tuple[float, ...]:
    """Return the largest value of each column, the full width of its bars."""
    rows = [line for line in shown if line.kind == "row"]
    return tuple(max((line.values[index] or 0 for line in rows), default=0) for index in range(len(panel.metrics)))


def table(panel: Panel, figures: PanelFigures) -> Iterator[tuple[str, ...]]:
    """Return the table for files: titles, then plain numbers; parts repeat their row's name."""
    if not panel.metrics:
        return
    first, *names = head(panel)
    broken = bool(panel.breakdown)
    second = (dimension_name(panel.breakdown),) if broken else ()
    yield (first or tr("All"), *second, *names)
    above = ""
    for line in lines(panel, figures):
        part = line.kind == "part"
        above = above if part else line.raw
        place = (above, line.raw if part else "") if broken else (above,)
        yield (*place, *(_plain(metric, value) for metric, value in zip(panel.metrics, line.values, strict=True)))


def _plain(metric: str, value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.4f}" if METRICS[metric].unit == "share" else f"{value:.0f}"
