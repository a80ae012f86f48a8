"""Analysis of a text a moment after the last key stroke: problems, type, plain words, colours; and its problems shown.

The window never waits: short texts take a few milliseconds; long ones are worked on in a thread of their own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.expression.highlighter import ColoredPart, line_of, parts
from app.expression.names import type_label
from app.translation import current_language, tr
from app.widgets.controls import Button, label, wrapped
from app.widgets.icons import Icon
from app.widgets.texts import follow_language
from engine.expression import Checked, ExpressionError, Fix, Scope, check, explain
from engine.expression.types import Type, UnknownType

SHORT = 1_000
"""Up to this many characters a text is worked on in the window's thread."""

POLL = 8
"""Milliseconds between looks for an answer from a thread."""

Work = Callable[[], object]


@dataclass(frozen=True, slots=True, eq=False)
class _Order:
    work: Work
    size: int


class DebouncedQuery(QObject):
    """Does what was asked last; what was asked before and is not done yet is dropped."""

    done = Signal(object)
    """What the work of the latest question gave."""

    def __init__(self, delay: int, parent: QObject) -> None:
        super().__init__(parent)
        self._order: _Order | None = None
        self._busy = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(delay)
        self._timer.timeout.connect(self._start)
        self._answers: SimpleQueue[tuple[_Order, object]] = SimpleQueue()
        self._polling = QTimer(self)
        self._polling.setInterval(POLL)
        self._polling.timeout.connect(self._look)

    @property
    def waiting(self) -> bool:
        """Whether the latest question is not answered yet."""
        return self._order is not None

    def ask(self, work: Work, size: int) -> None:
        """Run the work on a text of this size after the delay, unless another query comes first."""
        self._order = _Order(work, size)
        self._timer.start()

    def ask_now(self, work: Work, size: int) -> None:
        """Run the work on a short text before returning, on a long one as soon as possible."""
        self._order = _Order(work, size)
        self._timer.stop()
        self._start()

    def drop(self) -> None:
        """Cancel the latest query."""
        self._order = None
        self._timer.stop()

    def _start(self) -> None:
        order = self._order
        if order is None or self._busy:
            return
        if order.size <= SHORT:
            self._finish(order.work())
            return
        self._busy = True
        answers = self._answers
        threading.Thread(target=lambda: answers.put((order, order.work())), name="expression").start()
        self._polling.start()

    def _look(self) -> None:
        """Fetch a result from its thread, which touches nothing of Qt: the owner may be deleted when it ends."""
        if self._answers.empty():
            return
        order, answer = self._answers.get()
        self._polling.stop()
        self._busy = False
        if order is self._order:
            self._finish(answer)
        elif not self._timer.isActive():
            self._start()

    def _finish(self, answer: object) -> None:
        self._order = None
        self.done.emit(answer)


DELAY = 120
"""Milliseconds without a key stroke before a text is read."""


@dataclass(frozen=True, slots=True)
class ExpressionAnalysis:
    """Findings about a text. ``problems`` and ``words`` are empty for a text without content."""

    text: str
    checked: Checked
    problems: tuple[ExpressionError, ...]
    words: str
    parts: tuple[ColoredPart, ...]


def analyze(text: str, scope: Scope, expected: Type | None, language: str) -> ExpressionAnalysis:
    """Analyze a text, in the words of a language. Never raises."""
    checked = check(text, scope, expected)
    blank = not text.strip()
    words = "" if blank else explain(checked.tree, scope, language)
    return ExpressionAnalysis(text, checked, () if blank else checked.errors, words.strip(" …") and words, parts(text))


class ExpressionAnalyzer(DebouncedQuery):
    """Analyzes the latest text; ``done`` gives the :class:`ExpressionAnalysis`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(DELAY, parent)

    def analyze(self, text: str, scope: Scope, expected: Type | None, now: bool = False) -> None:
        """Analyze a text after a short delay, unless another comes first; ``now``: a short one before returning."""
        language = current_language()
        (self.ask_now if now else self.ask)(lambda: analyze(text, scope, expected, language), len(text))


def problem_text(problem: ExpressionError) -> str:
    """Return the problem in one sentence with its remedy."""
    return problem.sentence(current_language())


def fix_label(fix: Fix) -> str:
    """Return the label of a button that applies a fix."""
    wanted = fix.text.strip()
    return tr("Change to {wanted}", wanted=wanted) if fix.end > fix.start else tr("Add {wanted}", wanted=wanted)


# The card of the problems


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
        follow_language(self, lambda: self.show_analysis(self._reading))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(14, 12, 14, 12)
        self._column.setSpacing(8)
        self._column.addStretch(1)
        self._rows: list[QWidget] = []

    def show_analysis(self, reading: ExpressionAnalysis | None) -> None:
        """Show the problems of an analysis; nothing before the first one."""
        self._reading = reading
        if reading is None:
            return
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
        row, line = _row()
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
            column.addWidget(self._fix_button(fix), 0, Qt.AlignmentFlag.AlignLeft)
        line.addLayout(column, 1)
        return row

    def _fix_button(self, fix: Fix) -> QWidget:
        button = Button(fix_label(fix), "link", inline=True)
        button.clicked.connect(lambda: self.fix_chosen.emit(fix))
        return button

    def _fine(self, reading: ExpressionAnalysis) -> QWidget:
        row, line = _row()
        if not reading.text.strip() or isinstance(reading.checked.type, UnknownType):
            line.addWidget(wrapped(tr("Problems are shown here as you write.")), 1)
            return row
        line.addWidget(Icon("check-circle", "success", 16))
        gives = tr("Result: {type}", type=type_label(reading.checked.type))
        line.addWidget(wrapped(gives), 1)
        return row


def _row() -> tuple[QWidget, QHBoxLayout]:
    row = QWidget()
    line = QHBoxLayout(row)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(8)
    return row, line
