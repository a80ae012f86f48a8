"""The problems of an expression, one on each line, with their fixes; or its value."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.expression.analysis import ExpressionAnalysis
from app.expression.names import type_label
from app.expression.positions import line_of
from app.expression.problem_texts import fix_label, problem_text
from app.translation import tr
from app.widgets.controls import Button, label, wrapped
from app.widgets.icons import Icon
from engine.expression import ExpressionError, Fix
from engine.expression.types import UnknownType

MOST = 3
"""Problems that are shown at once."""


class ProblemCard(QFrame):
    """The problems of a text as it was read."""

    fix_chosen = Signal(object)
    """The user took a :class:`Fix`."""
    position_chosen = Signal(int)
    """The user wants to see the problem at this offset."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "box")
        self._reading: ExpressionAnalysis | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, 12, 14, 12)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self._rows: list[QWidget] = []

    def show_analysis(self, reading: ExpressionAnalysis) -> None:
        """Show the problems of an analysis."""
        self._reading = reading
        for row in self._rows:
            row.hide()
            row.deleteLater()
        made = [self._problem(reading.text, one) for one in reading.problems[:MOST]] or [self._fine(reading)]
        if len(reading.problems) > MOST:
            made.append(label(tr("and {count} more", count=len(reading.problems) - MOST), "secondary"))
        self._rows = made
        for at, row in enumerate(made):
            self._column.insertWidget(at, row)

    def _problem(self, text: str, problem: ExpressionError) -> QWidget:
        row, line = QWidget(), QHBoxLayout()
        row.setLayout(line)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        line.addWidget(Icon("warning-circle", "error", 16), 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(4)
        place = tr("Line {number}", number=line_of(text, problem.start))
        where = Button(place, "link", inline=True)
        where.setAccessibleDescription(problem_text(problem))
        where.clicked.connect(lambda: self.position_chosen.emit(problem.start))
        column.addWidget(where, 0, Qt.AlignmentFlag.AlignLeft)
        words = wrapped(problem_text(problem), "error")
        column.addWidget(words)
        for fix in problem.fixes[:1]:
            column.addWidget(self._mend(fix), 0, Qt.AlignmentFlag.AlignLeft)
        line.addLayout(column, 1)
        return row

    def _mend(self, fix: Fix) -> QWidget:
        button = Button(fix_label(fix), "link", inline=True)
        button.clicked.connect(lambda: self.fix_chosen.emit(fix))
        return button

    def _fine(self, reading: ExpressionAnalysis) -> QWidget:
        row, line = QWidget(), QHBoxLayout()
        row.setLayout(line)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        if not reading.text.strip() or isinstance(reading.checked.type, UnknownType):
            line.addWidget(wrapped(tr("Problems are shown here as you write.")), 1)
            return row
        line.addWidget(Icon("check-circle", "success", 16))
        gives = tr("No problems. It gives: {type}", type=type_label(reading.checked.type))
        line.addWidget(wrapped(gives), 1)
        return row

    def changeEvent(self, event: QEvent) -> None:
        """Words follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange and self._reading is not None:
            self.show_analysis(self._reading)
