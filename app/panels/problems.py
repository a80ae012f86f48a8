"""The list of problems below the canvas: click to go there, copy the details."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app import theme
from app.translation import tr
from app.widgets.controls import IconButton, emptied, label


@dataclass(frozen=True, slots=True)
class ProblemEntry:
    """One problem. ``place`` is the activity's name; ``activity`` is its id or None."""

    code: str
    error: bool
    activity: str | None
    place: str
    path: str
    message: str

    @property
    def details(self) -> str:
        """Return the details for support in one line."""
        return " ".join(part for part in (self.code, self.activity or "", self.path, self.message) if part)


class ProblemList(QFrame):
    """The problems, those of the whole journey first."""

    chosen = Signal(str)
    """An activity is to be shown: its id."""
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "float")
        self.setFixedHeight(220)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 8)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(label(tr("Problems"), "title"), 1)
        close = IconButton("x", tr("Close"))
        close.clicked.connect(self.closed)
        head.addWidget(close)
        column.addLayout(head)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        inside = QWidget()
        self._rows = QVBoxLayout(inside)
        self._rows.setContentsMargins(0, 0, 8, 0)
        self._rows.setSpacing(2)
        scroll.setWidget(inside)
        column.addWidget(scroll, 1)
        self.rows: list[QPushButton] = []

    def show_problems(self, problems: Sequence[ProblemEntry]) -> None:
        """Show these problems, or that there are none."""
        emptied(self._rows)
        self.rows = []
        for problem in problems:
            self._rows.addWidget(self._row(problem))
        if not problems:
            self._rows.addWidget(label(tr("No problems. This journey can be tested and published."), "quiet"))
        self._rows.addStretch(1)

    def _row(self, problem: ProblemEntry) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        icon = theme.icon(*(("warning-circle", "error") if problem.error else ("warning", "warning")))
        words = f"{problem.place}: {problem.message}" if problem.place else problem.message
        made = QPushButton(icon, "  " + words)
        made.setProperty("role", "row")
        made.setIconSize(QSize(16, 16))
        made.setToolTip(problem.code)
        made.setMinimumWidth(80)
        made.clicked.connect(lambda: self.chosen.emit(problem.activity or ""))
        self.rows.append(made)
        row.addWidget(made, 1)
        copy = IconButton("copy", tr("Copy details"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(problem.details))
        row.addWidget(copy, 0, Qt.AlignmentFlag.AlignRight)
        return holder
