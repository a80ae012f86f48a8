"""One panel of a custom report: facts added up by its dimensions, put in order, and the rest summed up in one row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.model.report import CYCLES, METRICS, TIMES, Panel, fits
from engine.services.report_facts import Fact, Names
from engine.services.report_views import PanelFigures, PanelRow

MOST_PARTS = 12
"""Parts by which a row is broken down: those that are largest over all rows."""
ORDERED = frozenset((*TIMES, *CYCLES))
"""Dimensions whose rows have an order of their own, and stand there when nothing happened."""

Sums = dict[str, float]


def parts_of(metric: str) -> tuple[str, ...]:
    """Return the counters that a metric adds up."""
    known = METRICS[metric]
    return tuple(part for part in (known.part, known.whole, known.otherwise) if part) or (metric,)


def needs(panel: Panel) -> frozenset[str]:
    """All that has to be added up for a panel."""
    return frozenset(part for metric in panel.metrics for part in parts_of(metric))


@dataclass(slots=True)
class PanelTable:
    """The sums of one panel by the keys of its dimension and of its breakdown."""

    panel: Panel
    names: Names
    ordered: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The keys that a dimension with an order of its own has, in that order."""
    unknown: frozenset[str] = frozenset()
    """Metrics that have no value for this panel."""
    rows: dict[str, Sums] = field(default_factory=dict)
    parts: dict[str, dict[str, Sums]] = field(default_factory=dict)
    total: Sums = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in self.ordered.get(self.panel.dimension, ()):
            self.rows[key] = {}

    def add(self, facts: Iterable[Fact]) -> None:
        """Add facts up; those that do not have the panel's dimension belong to no row."""
        panel, wanted = self.panel, needs(self.panel)
        for fact in facts:
            key = fact.by.get(panel.dimension, "") if panel.dimension else "all"
            values = {name: value for name, value in fact.values.items() if name in wanted and value}
            if not key or not values:
                continue
            _sum(self.rows.setdefault(key, {}), values)
            _sum(self.total, values)
            part = fact.by.get(panel.breakdown, "")
            if part:
                _sum(self.parts.setdefault(key, {}).setdefault(part, {}), values)

    def figures(self) -> PanelFigures:
        """Compute the panel's rows and totals."""
        if not self.panel.metrics:
            return PanelFigures(self.panel.id)
        keys = self._sorted(self.rows, self.panel.dimension, self.rows)
        natural = self._natural(self.panel.dimension)
        shown = keys if natural else keys[: self.panel.limit]
        cut = keys[len(shown) :]
        rest: Sums = {}
        for key in cut:
            _sum(rest, self.rows[key])
        chosen, by = self._chosen_parts(), (self.panel.dimension,)
        return PanelFigures(
            id=self.panel.id,
            rows=tuple(self._row(key, chosen) for key in shown),
            total=self._made("", "", self.total, by),
            rest=self._made("", "", rest, by) if cut else None,
            cut=len(cut),
        )

    def _row(self, key: str, chosen: Sequence[str]) -> PanelRow:
        found = self.parts.get(key, {})
        parts = tuple(self._part(part, found[part]) for part in chosen if part in found)
        return self._made(self.panel.dimension, key, self.rows[key], (self.panel.dimension,), parts)

    def _part(self, key: str, sums: Sums) -> PanelRow:
        return self._made(self.panel.breakdown, key, sums, (self.panel.dimension, self.panel.breakdown))

    def _made(
        self, dimension: str, key: str, sums: Sums, by: Sequence[str], parts: tuple[PanelRow, ...] = ()
    ) -> PanelRow:
        values = tuple(self._value(metric, sums, by) for metric in self.panel.metrics)
        if dimension == "activity":
            journey = self.names.journeys.get(key.partition("/")[0], "") if self._across else ""
            return PanelRow(key, journey, values, parts, self.names.activities.get(key))
        name = self.names.of(dimension, key)
        return PanelRow(key, "" if name == key else name, values, parts)

    @property
    def _across(self) -> bool:
        """Whether the activities of several journeys are listed."""
        parts = (part for found in self.parts.values() for part in found)
        keys = self.rows if self.panel.dimension == "activity" else parts
        return len({key.partition("/")[0] for key in keys}) > 1

    def _value(self, metric: str, sums: Sums, by: Sequence[str]) -> float | None:
        parts = parts_of(metric)
        if self.unknown & set(parts) or not fits(metric, *by):
            return None
        if len(parts) == 1:
            return sums.get(metric, 0)
        whole = next((sums[part] for part in parts[1:] if sums.get(part)), 0)
        return sums.get(parts[0], 0) / whole if whole else None

    def _chosen_parts(self) -> tuple[str, ...]:
        """Return the parts that are largest over all rows, in one order for every row."""
        sums: dict[str, Sums] = {}
        for found in self.parts.values():
            for key, values in found.items():
                _sum(sums.setdefault(key, {}), values)
        return tuple(self._sorted(sums, self.panel.breakdown, sums)[:MOST_PARTS])

    def _natural(self, dimension: str) -> bool:
        return dimension in ORDERED and (self.panel.sort in ("", "name") or self.panel.shape == "line")

    def _sorted(self, keys: Iterable[str], dimension: str, sums: Mapping[str, Sums]) -> list[str]:
        panel = self.panel
        by_name = sorted(keys, key=lambda key: (self.names.of(dimension, key).casefold(), key))
        if self._natural(dimension):
            return sorted(by_name, reverse=panel.sort == "name" and not panel.ascending and panel.shape != "line")
        if panel.sort == "name":
            return by_name if panel.ascending else by_name[::-1]
        metric = panel.sort if panel.sort in panel.metrics else panel.metrics[0]
        valued = {key: self._value(metric, sums[key], (dimension,)) for key in by_name}
        known = [key for key in by_name if valued[key] is not None]
        known.sort(key=lambda key: valued[key] or 0, reverse=not panel.ascending)
        return [*known, *(key for key in by_name if valued[key] is None)]


def _sum(sums: Sums, values: Mapping[str, float]) -> None:
    for name, value in values.items():
        sums[name] = sums.get(name, 0) + value
