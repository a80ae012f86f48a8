"""The report being edited; every edit is a named undo step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.reports.labels import dimension_name, metric_name
from app.translation import mark, tr
from engine.model.report import (
    CYCLES,
    MAX_METRICS,
    MAX_PANELS,
    METRICS,
    TIMES,
    Panel,
    Report,
    ReportTime,
    fits,
)

STEPS = 200
"""Number of edits that can be undone (studio.md, Designer)."""
_SETTING_NAMES: Mapping[str, str] = {
    "title": mark("Rename the panel"),
    "shape": mark("Change the display"),
    "width": mark("Change the width"),
    "height": mark("Change the height"),
    "dimension": mark("Change the rows"),
    "breakdown": mark("Change the breakdown"),
    "metrics": mark("Change the metrics"),
    "journeys": mark("Choose journeys"),
    "sort": mark("Sort"),
    "ascending": mark("Sort"),
    "limit": mark("Change the number of rows"),
}
_CHOICES = ("shape", "dimension", "breakdown", "sort", "limit")
"""Settings chosen from lists, which the arrow keys change one by one."""


class _Edit(QUndoCommand):
    """One edit: the report before and after, both frozen, so nothing is copied.

    Consecutive edits with the same ``merge`` key are one step: arrow keys in a list.
    """

    MERGEABLE = 1

    def __init__(
        self, name: str, before: Report, after: Report, apply: Callable[[Report], None], merge: str = ""
    ) -> None:
        super().__init__(tr(name))
        self.name, self._before, self._after, self._apply, self._merge = name, before, after, apply, merge

    def id(self) -> int:
        """Return the id; Qt merges only commands with equal ids."""
        return self.MERGEABLE if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Merge the next edit of the same setting."""
        if not isinstance(other, _Edit) or other._merge != self._merge:
            return False
        self._after = other._after
        self.setObsolete(self._after == self._before)
        return True

    def redo(self) -> None:
        """Apply the edit."""
        self._apply(self._after)

    def undo(self) -> None:
        """Revert the edit."""
        self._apply(self._before)


class ReportDocument(QObject):
    """One report being edited."""

    changed = Signal()
    """The report changed by an edit, an undo or a redo."""

    def __init__(self, report: Report, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._report = report
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(STEPS)

    @property
    def report(self) -> Report:
        """The report as it is now."""
        return self._report

    def panel(self, panel_id: str) -> Panel | None:
        """Return a panel by its id."""
        return next((panel for panel in self._report.panels if panel.id == panel_id), None)

    def place(self, panel_id: str) -> int:
        """Return the index of a panel, -1 if unknown."""
        return next((index for index, panel in enumerate(self._report.panels) if panel.id == panel_id), -1)

    # The report

    def rename(self, name: str) -> None:
        """Rename the report; an empty name changes nothing."""
        if name.strip():
            self._change(mark("Rename the report"), name=name.strip())

    def describe(self, words: str) -> None:
        """Set the description."""
        self._change(mark("Describe the report"), description=words.strip())

    def set_time(self, time: ReportTime) -> None:
        """Set the period."""
        self._change(mark("Choose the time"), merge="time", time=time)

    def set_journeys(self, journeys: Sequence[str]) -> None:
        """Set the journeys; none means all."""
        self._change(mark("Choose journeys"), journeys=tuple(journeys))

    # Panels

    def add_panel(self, at: int | None = None, **settings: Any) -> str:
        """Add a panel at the end or an index; return its id, '' if there are too many."""
        return self._insert(mark("Add a panel"), Panel(id=self._fresh_id(), **settings), at)

    def duplicate_panel(self, panel_id: str, **settings: Any) -> str:
        """Add a copy after a panel, with changed settings if given."""
        panel = self.panel(panel_id)
        if panel is None:
            return ""
        copied = panel.model_copy(update={"id": self._fresh_id(), **settings})
        return self._insert(mark("Duplicate the panel"), copied, self.place(panel_id) + 1)

    def remove_panel(self, panel_id: str) -> None:
        """Delete a panel."""
        left = tuple(panel for panel in self._report.panels if panel.id != panel_id)
        self._change(mark("Delete the panel"), panels=left)

    def clear(self) -> None:
        """Delete every panel."""
        self._change(mark("Delete all panels"), panels=())

    def move_panel(self, panel_id: str, to: int) -> None:
        """Move a panel to an index."""
        panel = self.panel(panel_id)
        if panel is None:
            return
        others = [other for other in self._report.panels if other.id != panel_id]
        others.insert(max(0, min(to, len(others))), panel)
        self._change(mark("Move the panel"), panels=tuple(others))

    def update_panel(self, panel_id: str, **settings: Any) -> None:
        """Change settings of a panel."""
        setting = next(iter(settings))
        merge = f"{panel_id} {setting}" if setting in _CHOICES else ""
        panels = tuple(
            panel.model_copy(update=settings) if panel.id == panel_id else panel for panel in self._report.panels
        )
        self._change(_SETTING_NAMES[setting], merge=merge, panels=panels)

    def set_shape(self, panel_id: str, shape: str) -> None:
        """Change a panel's shape; a line needs ordered rows, a number has none."""
        panel = self.panel(panel_id)
        if panel is None:
            return
        settings: dict[str, Any] = {"shape": shape}
        if shape == "line" and panel.dimension not in (*TIMES, *CYCLES):
            settings |= {"dimension": "day", "breakdown": panel.dimension if panel.metrics else ""}
        if shape == "number":
            settings |= {"dimension": "", "breakdown": ""}
        self.update_panel(panel_id, **settings)

    def rejection_reason(self, panel_id: str, component: str) -> str:
        """Return why a dimension or metric cannot be added to a panel, '' if it can."""
        panel = self.panel(panel_id)
        if panel is None:
            return ""
        if component in METRICS:
            return _why_no_metric(panel, component)
        if component in (panel.dimension, panel.breakdown):
            return tr("{name} is already there.", name=dimension_name(component))
        lost = [metric for metric in panel.metrics if not fits(metric, component)]
        if lost and len(lost) == len(panel.metrics):
            return tr("{metric} cannot be split by that.", metric=metric_name(lost[0]))
        return ""

    def add_component(self, panel_id: str, component: str) -> str:
        """Add a dimension or metric to a panel; return the reason it cannot, or ''."""
        reason = self.rejection_reason(panel_id, component)
        panel = self.panel(panel_id)
        if reason or panel is None:
            return reason
        if component in METRICS:
            self.update_panel(panel_id, metrics=(*panel.metrics, component))
        elif panel.dimension and not panel.breakdown and panel.metrics:
            self.update_panel(panel_id, breakdown=component)
        else:
            self.update_panel(panel_id, dimension=component)
        return ""

    # History

    def retranslate(self) -> None:
        """Update the names of the steps in the current language."""
        for index in range(self.undo_stack.count()):
            step = self.undo_stack.command(index)
            if isinstance(step, _Edit):
                step.setText(tr(step.name))

    def _insert(self, name: str, panel: Panel, at: int | None) -> str:
        panels = list(self._report.panels)
        if len(panels) >= MAX_PANELS:
            return ""
        panels.insert(len(panels) if at is None else at, panel)
        self._change(name, panels=tuple(panels))
        return panel.id

    def _fresh_id(self) -> str:
        taken = {panel.id for panel in self._report.panels}
        return next(f"panel-{number}" for number in range(1, len(taken) + 2) if f"panel-{number}" not in taken)

    def _change(self, step: str, /, *, merge: str = "", **values: Any) -> None:
        after = self._report.model_copy(update=values)
        if after != self._report:
            self.undo_stack.push(_Edit(step, self._report, after, self._set, merge))

    def _set(self, report: Report) -> None:
        self._report = report
        self.changed.emit()


def _why_no_metric(panel: Panel, metric: str) -> str:
    if metric in panel.metrics:
        return tr("{name} is already there.", name=metric_name(metric))
    if len(panel.metrics) >= MAX_METRICS:
        return tr("A panel shows at most {count} metrics.", count=MAX_METRICS)
    if not fits(metric, panel.dimension):
        words = dimension_name(panel.dimension)
        return tr("{metric} cannot be split by: {dimension}.", metric=metric_name(metric), dimension=words)
    return ""
