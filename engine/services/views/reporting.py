"""Custom reports: as lists show them, and what their panels show."""

from __future__ import annotations

from dataclasses import dataclass

from engine.catalogue import Phrase
from engine.model.activity import Activity
from engine.model.report import Report


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One report in lists. ``revision`` counts its changes: a change is accepted on the newest one only."""

    id: str
    name: str
    description: str
    panels: int
    revision: int
    created_by: str
    created_at: int
    changed_by: str
    changed_at: int


@dataclass(frozen=True, slots=True)
class ReportSheet:
    """A report to be shown or changed."""

    row: ReportRow
    report: Report


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One row of a panel. ``values`` are in the order of its metrics; None where there is no value.

    ``key`` identifies the row: an id, a code, or a time as ``services.report_time`` names it. ``name`` is what the
    customer called it, '' where the key is enough; of an activity it is its journey, where there are several.
    ``parts`` are its breakdown.
    """

    key: str
    name: str
    values: tuple[float | None, ...]
    parts: tuple[PanelRow, ...] = ()
    activity: Activity | None = None


@dataclass(frozen=True, slots=True)
class PanelFigures:
    """The content of a panel. ``rest`` sums up the ``cut`` rows that are not listed; ``fault``: why there are none."""

    id: str
    rows: tuple[PanelRow, ...] = ()
    total: PanelRow | None = None
    rest: PanelRow | None = None
    cut: int = 0
    fault: Phrase | None = None


@dataclass(frozen=True, slots=True)
class ReportFigures:
    """A report as it was at one moment, from ``since`` to before ``until``, in epoch milliseconds."""

    since: int
    until: int
    panels: tuple[PanelFigures, ...]
