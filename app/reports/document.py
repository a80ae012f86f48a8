"""The report being edited: the only truth about it, with every edit as one named step that can be taken back."""

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
"""How many edits can be undone (studio.md, Designer)."""
_SETTING_NAMES: Mapping[str, str] = {
    "title": mark("Rename the panel"),
    "shape": mark("Show otherwise"),
    "width": mark("Change the width"),
    "height": mark("Change the height"),
    "dimension": mark("Change the rows"),
    "breakdown": mark("Change the breakdown"),
    "metrics": mark("Change the metrics"),
    "journeys": mark("Choose journeys"),
    "sort": mark("Sort"),
    "ascending": mark("Sort"),
    "limit": mark("Change how many rows"),
}
_CHOICES = ("shape", "dimension", "breakdown", "sort", "limit")
"""Settings that are chosen from lists, through which the arrow keys go one by one."""


class _Edit(QUndoCommand):
    """One edit: the report before and after it; both are frozen, so that nothing has to be copied.

    Edits with the same ``merge`` key, one right after the other, are one step: arrow keys that go through a list.
    """

    MERGEABLE = 1

    def __init__(
        self, name: str, before: Report, after: Report, apply: Callable[[Report], None], merge: str = ""
    ) -> None:
        super().__init__(tr(name))
        self.name, self._before, self._after, self._apply, self._merge = name, before, after, apply, merge

    def id(self) -> int:
        """Qt asks ``mergeWith`` only between commands with the same id."""
        return self.MERGEABLE if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:
        """Takes in the next edit of the same setting."""
        if not isinstance(other, _Edit) or other._merge != self._merge:
            return False
        self._after = other._after
        self.setObsolete(self._after == self._before)
        return True

    def redo(self) -> None:
        """Does the edit."""
        self._apply(self._after)

    def undo(self) -> None:
        """Takes it back."""
        self._apply(self._before)


class ReportDocument(QObject):
    """One report under edit."""

    changed = Signal()
    """The report is another one now, by an edit, an undo or a redo."""

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
        """A panel by its id."""
        return next((panel for panel in self._report.panels if panel.id == panel_id), None)

    def place(self, panel_id: str) -> int:
        """Where a panel stands, from 0; -1 for none."""
        return next((index for index, panel in enumerate(self._report.panels) if panel.id == panel_id), -1)

    # The report

    def rename(self, name: str) -> None:
        """Give the report another name; an empty one is no name and changes nothing."""
        if name.strip():
            self._change(mark("Rename the report"), name=name.strip())

    def describe(self, words: str) -> None:
        """Say what the report is for."""
        self._change(mark("Describe the report"), description=words.strip())

    def set_time(self, time: ReportTime) -> None:
        """Choose the time."""
        self._change(mark("Choose the time"), merge="time", time=time)

    def set_journeys(self, journeys: Sequence[str]) -> None:
        """Choose what the report is about; none is all journeys."""
        self._change(mark("Choose journeys"), journeys=tuple(journeys))

    # Panels

    def add_panel(self, at: int | None = None, **settings: Any) -> str:
        """One more panel, at the end or at a place; '' when there are too many."""
        return self._insert(mark("Add a panel"), Panel(id=self._fresh_id(), **settings), at)

    def duplicate_panel(self, panel_id: str, **settings: Any) -> str:
        """A copy behind a panel, with other settings if given."""
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
        """Put a panel to another place."""
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
        """Show a panel otherwise; a line needs rows that follow one another, a number has none."""
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
        """Why a dimension or metric cannot be added to a panel; '' when it can."""
        panel = self.panel(panel_id)
        if panel is None:
            return ""
        if component in METRICS:
            return _why_no_metric(panel, component)
        if component in (panel.dimension, panel.breakdown):
            return tr("{name} is there already.", name=dimension_name(component))
        lost = [metric for metric in panel.metrics if not fits(metric, component)]
        if lost and len(lost) == len(panel.metrics):
            return tr("{metric} cannot be told apart by that.", metric=metric_name(lost[0]))
        return ""

    def add_component(self, panel_id: str, component: str) -> str:
        """Add a dimension or a metric to a panel; the sentence why not, or ''."""
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
        """The names of the steps in the language of the day."""
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
        return tr("{name} is there already.", name=metric_name(metric))
    if len(panel.metrics) >= MAX_METRICS:
        return tr("A panel shows at most {count} metrics.", count=MAX_METRICS)
    if not fits(metric, panel.dimension):
        words = dimension_name(panel.dimension)
        return tr("{metric} cannot be told apart by: {dimension}.", metric=metric_name(metric), dimension=words)
    return ""
