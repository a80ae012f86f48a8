"""The empty report: a hint, and presets to add a first panel."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app import theme
from app.reports.panel_presets import PANEL_PRESETS, PanelPreset
from app.translation import tr
from app.widgets.controls import button, text, wrapped
from app.widgets.labels import Icon


class ReportEmptyState(QWidget):
    """Shown while a report has no panels."""

    chosen = Signal(object)
    """A preset was chosen."""

    def __init__(self, editable: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 32, 32, 96)
        column.setSpacing(8)
        column.addStretch(1)
        picture = Icon("chart-line-up", "accent", 40)
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(picture)
        column.addSpacing(8)
        heading = text(tr("This report is empty"), "title")
        heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(heading)
        sentence = tr("Drag a panel or a metric here from the list at the left, or begin with one of these.")
        words = wrapped(sentence if editable else tr("Nobody has put a panel into it yet."), "quiet")
        words.setFixedSize(440, 44)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(words, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(12)
        self.buttons = [self._button(starter) for starter in PANEL_PRESETS]
        for made in (self.buttons[:3], self.buttons[3:]):
            row = QHBoxLayout()
            row.setSpacing(8)
            row.addStretch(1)
            for one in made:
                one.setVisible(editable)
                row.addWidget(one)
            row.addStretch(1)
            column.addLayout(row)
        column.addStretch(2)

    def _button(self, starter: PanelPreset) -> QWidget:
        made = button(tr(starter.words), icon=theme.icon(starter.icon, "text"))
        made.clicked.connect(self._chooser(starter))
        return made

    def _chooser(self, starter: PanelPreset) -> Callable[[], None]:
        return lambda: self.chosen.emit(starter)
