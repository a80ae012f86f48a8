"""Rows of rankings and steps: an activity with bar and count, a move with its time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app import theme
from app.widgets.controls import emptied, label, row_of, wrapped


@dataclass(frozen=True, slots=True)
class BarEntry:
    """An activity in a ranking: id, name, number of people."""

    activity: str
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class StepEntry:
    """One move of a person in the list of the latest."""

    time: str
    words: str
    failed: bool = False


def grouped(number: int) -> str:
    """Format a count: 4,812."""
    return f"{number:,}"


class Ranked(QPushButton):
    """A clickable row: text at the left, a secondary text at the right."""

    def __init__(self, words: str, secondary: str) -> None:
        super().__init__()
        self._words, self._secondary = words, secondary
        self.setProperty("role", "row")
        self.setFixedHeight(28)
        self.setAccessibleName(f"{words}: {secondary}")
        self.setToolTip(words)

    def sizeHint(self) -> QSize:
        return QSize(200, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.draw(painter)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.color("accent"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)

    def draw(self, painter: QPainter) -> None:
        """Draw the row."""
        raise NotImplementedError

    def draw_words(self, painter: QPainter, left: int, width: int) -> None:
        """Draw the texts between ``left`` and ``right``."""
        painter.setPen(theme.color("text"))
        words = painter.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, width - 2)
        painter.drawText(QRectF(left, 0, width, self.height()), Qt.AlignmentFlag.AlignVCenter, words)
        painter.setPen(theme.color("secondary"))
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(self.rect()), right, self._secondary)


class BarRow(Ranked):
    """One activity in a ranking: name, bar, count."""

    def __init__(self, bar: BarEntry, share: float, role: str) -> None:
        super().__init__(bar.words, grouped(bar.count))
        self._share, self._role = share, role

    def draw(self, painter: QPainter) -> None:
        self.draw_words(painter, 0, 118)
        groove = QRectF(126, self.height() / 2 - 2.5, self.width() - 126 - 64, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("hover"))
        painter.drawRoundedRect(groove, 2.5, 2.5)
        painter.setBrush(theme.color(self._role))
        groove.setWidth(max(groove.width() * self._share, 5))
        painter.drawRoundedRect(groove, 2.5, 2.5)


def show_ranking(
    column: QVBoxLayout,
    bars: Sequence[BarEntry],
    role: str,
    nothing: str,
    chosen: Callable[[BarEntry], object] | None = None,
) -> None:
    """Show a ranking, or ``nothing``; ``chosen`` gets the activity that is clicked."""
    emptied(column)
    most = max((bar.count for bar in bars), default=1) or 1
    for bar in bars:
        row = BarRow(bar, bar.count / most, role)
        if chosen is None:
            row.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        else:
            row.clicked.connect(lambda _=False, bar=bar: chosen(bar))
        column.addWidget(row)
    if not bars:
        column.addWidget(label(nothing, "quiet"))


def step_row(step: StepEntry) -> QWidget:
    """Return the row of one move."""
    holder = QWidget()
    row = row_of(holder, 10, (0, 2, 0, 2))
    row.addWidget(label(step.time, "code"))
    row.addWidget(wrapped(step.words, "fault" if step.failed else "body"), 1)
    return holder
