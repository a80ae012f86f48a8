"""A panel's figures as chart series, and scales with round numbers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.reports.labels import metric_name, row_name
from app.translation import tr
from engine.model.report import METRICS, Panel
from engine.services.report_views import PanelFigures, PanelRow

MOST_SERIES = 6
"""Number of lines that can be told apart."""
ROLES = tuple(f"series_{number}" for number in range(1, MOST_SERIES + 1))
"""The colours of lines and slices in order."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line, or the bars of one colour; ``values`` by row of the panel."""

    name: str
    metric: str
    values: tuple[float | None, ...]
    role: str


def series_of(panel: Panel, figures: PanelFigures) -> tuple[Series, ...]:
    """Return the series of a panel: its metrics, or the parts of the first one and the rest."""
    if panel.breakdown and panel.metrics:
        return tuple(_parts(panel, figures.rows))
    return tuple(
        Series(metric_name(metric), metric, tuple(row.values[index] for row in figures.rows), ROLES[index])
        for index, metric in enumerate(panel.metrics[:MOST_SERIES])
    )


def _parts(panel: Panel, rows: Sequence[PanelRow]) -> Iterable[Series]:
    metric = panel.metrics[0]
    empty = None if METRICS[metric].unit else 0.0
    names = {part.key: row_name(panel.breakdown, part) for row in rows for part in row.parts}
    sums = {key: sum((_value(row, key) or 0) for row in rows) for key in names}
    chosen = sorted(names, key=lambda key: -sums[key])[:MOST_SERIES]
    for index, key in enumerate(chosen):
        found = (_value(row, key) for row in rows)
        values = tuple(empty if value is None else value for value in found)
        yield Series(names[key], metric, values, ROLES[index])
    rest = tuple((row.values[0] or 0) - sum(_value(row, key) or 0 for key in chosen) for row in rows)
    if not METRICS[metric].unit and any(rest):
        yield Series(tr("Others"), metric, rest, "series_rest")


def _value(row: PanelRow, key: str) -> float | None:
    return next((part.values[0] for part in row.parts if part.key == key), None)


@dataclass(frozen=True, slots=True)
class Scale:
    """An axis from 0 to a round number."""

    top: float
    step: float

    def share(self, value: float) -> float:
        """Return the position of a value from 0 to 1."""
        return min(max(value / self.top, 0.0), 1.0)

    def ticks(self) -> tuple[float, ...]:
        """Return the values of grid lines."""
        return tuple(self.step * index for index in range(round(self.top / self.step) + 1))


def scale_for(largest: float, unit: str = "", lines: int = 4) -> Scale:
    """Return a scale up to a value; counts have integer steps, shares end at 100 %."""
    if unit == "share":
        return Scale(1.0, 0.25) if largest <= 1 else _round_scale(largest, lines)
    return _round_scale(max(largest, 1), lines, smallest=1.0)


def _round_scale(largest: float, lines: int, smallest: float = 0.0) -> Scale:
    rough = largest / lines
    power = 10 ** math.floor(math.log10(rough))
    step = max(next(one * power for one in (1, 2, 2.5, 5, 10) if one * power >= rough), smallest)
    if smallest and step < 10:
        step = float(math.ceil(step))
    return Scale(math.ceil(largest / step - 1e-9) * step, step)


def stacked(series: Sequence[Series]) -> float:
    """Return the largest sum of a row."""
    return max((sum(one.values[index] or 0 for one in series) for index in range(len(series[0].values))), default=0)


def largest(series: Sequence[Series]) -> float:
    """Return the largest value."""
    return max((value for one in series for value in one.values if value is not None), default=0)
