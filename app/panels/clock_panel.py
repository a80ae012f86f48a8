"""The clock of test mode: real, or virtual with step, run and pause."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app import theme
from app.translation import mark, tr
from app.widgets.controls import Button, Choice, IconButton, Segmented, label, wrapped
from app.widgets.texts import show_text

REAL, VIRTUAL = "real", "virtual"
LENGTHS = (
    (60.0, mark("1 minute")),
    (3_600.0, mark("1 hour")),
    (21_600.0, mark("6 hours")),
    (86_400.0, mark("1 day")),
    (604_800.0, mark("7 days")),
)
"""Steps of the virtual clock: seconds and words."""


@dataclass(frozen=True, slots=True)
class ClockState:
    """What the clock shows. ``due`` is the next timer, '' without one."""

    virtual: bool
    running: bool
    shows: str
    due: str = ""
    waits_for_calls: bool = False


class ClockPanel(QWidget):
    """Shows and controls the clock."""

    __test__ = False

    chosen = Signal(bool)
    """Another clock is requested: whether the virtual one."""
    stepped = Signal(object)
    """Advance to the next timer (None) or by seconds."""
    run = Signal(bool)
    """Run or pause."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._running = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(tr("Clock"), "caption"))
        self.kind = Segmented([(REAL, tr("Real")), (VIRTUAL, tr("Virtual"))])
        show_text(self.kind.setAccessibleName, tr("Clock"))
        self.kind.chosen.connect(lambda key: self.chosen.emit(key == VIRTUAL))
        column.addWidget(self.kind)
        self._drive = QWidget()
        row = QHBoxLayout(self._drive)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        self.next_button = IconButton("skip-forward", tr("Next timer"), framed=True)
        self.next_button.clicked.connect(lambda: self.stepped.emit(None))
        self.run_button = IconButton("play", tr("Run"), framed=True)
        self.run_button.clicked.connect(lambda: self.run.emit(not self._running))
        self.length = Choice()
        show_text(self.length.setAccessibleName, tr("How far"))
        self.length.offer([(seconds, tr(words, count=1)) for seconds, words in LENGTHS])
        self.length.choose(3_600.0)
        self.forward_button = Button(tr("Forward"))
        self.forward_button.clicked.connect(lambda: self.stepped.emit(self.length.key()))
        for made in (self.next_button, self.run_button):
            row.addWidget(made)
        row.addWidget(self.length, 1)
        row.addWidget(self.forward_button)
        column.addWidget(self._drive)
        self.shown = label("", "strong")
        self.due = wrapped("", "hint")
        column.addWidget(self.shown)
        column.addWidget(self.due)

    def show_state(self, state: ClockState) -> None:
        """Show the state of the clock."""
        self._running = state.running
        self.kind.choose(VIRTUAL if state.virtual else REAL)
        self._drive.setVisible(state.virtual)
        self.shown.setText(state.shows)
        words = state.due or tr("No pending timers.")
        show_text(self.due.setText, tr("Waiting for running calls.") if state.waits_for_calls else words)
        for line in (self.shown, self.due):
            line.setVisible(state.virtual)
        icon, tip = ("pause", tr("Pause")) if state.running else ("play", tr("Run"))
        self.run_button.setIcon(theme.icon(icon, "secondary"))
        show_text(self.run_button.setToolTip, tip)
        show_text(self.run_button.setAccessibleName, tip)
        for made in (self.next_button, self.forward_button):
            made.setEnabled(not state.running)
