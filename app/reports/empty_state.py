"""The empty report: a hint, and presets to add a first panel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.translation import mark, tr
from app.widgets.controls import Button, label, row_of, wrapped
from app.widgets.icons import Icon

_ACROSS = 3
"""Most buttons side by side."""


@dataclass(frozen=True, slots=True)
class PanelPreset:
    """A preset panel: title, icon, settings."""

    words: str
    icon: str
    settings: dict[str, Any]


PANEL_PRESETS = (
    PanelPreset(
        mark("Key figures"),
        "number-square-one",
        {"shape": "number", "metrics": ("entered", "completed", "failed", "completion_rate"), "width": "full",
         "height": "small"},
    ),
    PanelPreset(
        mark("People over time"),
        "chart-line",
        {"shape": "line", "dimension": "day", "metrics": ("entered", "completed"), "width": "full"},
    ),
    PanelPreset(
        mark("Journeys compared"),
        "table",
        {"dimension": "journey", "metrics": ("entered", "completed", "current", "failed", "completion_rate"),
         "width": "full"},
    ),
    PanelPreset(
        mark("Errors by kind"),
        "chart-pie",
        {"shape": "donut", "dimension": "error", "metrics": ("errors",)},
    ),
    PanelPreset(
        mark("Messages by channel"),
        "chart-bar",
        {"shape": "bar", "dimension": "channel", "metrics": ("sent", "opened", "clicked")},
    ),
)  # fmt: skip


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
        heading = label(tr("This report is empty"), "title")
        heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(heading)
        sentence = tr("Drag a panel or a metric here from the list at the left, or start with one of these.")
        words = wrapped(sentence if editable else tr("It has no panels yet."), "quiet")
        words.setFixedSize(440, 44)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(words, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(12)
        self.buttons = [self._button(starter) for starter in PANEL_PRESETS]
        self._rows = [row_of(spacing=8) for _ in self.buttons]
        for row in self._rows:
            column.addLayout(row)
        for one in self.buttons:
            one.setVisible(editable)
        self._across = 0
        self._arrange(_ACROSS)
        column.addStretch(2)

    def _arrange(self, across: int) -> None:
        """Put so many buttons into each row."""
        if across == self._across:
            return
        self._across = across
        for row in self._rows:
            while row.takeAt(0) is not None:
                pass
        for number, row in enumerate(self._rows):
            made = self.buttons[number * across : (number + 1) * across]
            if made:
                row.addStretch(1)
                for one in made:
                    row.addWidget(one)
                row.addStretch(1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put fewer buttons side by side where there is little space."""
        super().resizeEvent(event)
        widest = max(made.sizeHint().width() for made in self.buttons)
        self._arrange(max(min(_ACROSS, (self.width() - 64) // (widest + 8)), 1))

    def _button(self, starter: PanelPreset) -> QWidget:
        made = Button(tr(starter.words), icon=theme.icon(starter.icon, "text"))
        made.clicked.connect(self._chooser(starter))
        return made

    def _chooser(self, starter: PanelPreset) -> Callable[[], None]:
        return lambda: self.chosen.emit(starter)
