"""Rankings and steps as rows: an activity with a bar and its count, a move with its time."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.forms.controls import text
from app.forms.look import Look


@dataclass(frozen=True, slots=True)
class Bar:
    """An activity in a ranking: its id, what it is called, how many people."""

    activity: str
    words: str
    count: int


@dataclass(frozen=True, slots=True)
class Step:
    """One move of a person, as the list of the latest shows it."""

    time: str
    words: str
    failed: bool = False


def grouped(number: int) -> str:
    """A count as people read it: 4,812."""
    return f"{number:,}"


class BarRow(QPushButton):
    """One activity in a ranking: its name, a bar, its count."""

    def __init__(self, look: Look, bar: Bar, share: float, ink: str) -> None:
        super().__init__()
        self._look, self._bar, self._share, self._ink = look, bar, share, ink
        self.setProperty("role", "row")
        self.setFixedHeight(28)
        self.setAccessibleName(f"{bar.words}: {grouped(bar.count)}")

    def sizeHint(self) -> QSize:
        return QSize(200, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._look.color("text"))
        words = painter.fontMetrics().elidedText(self._bar.words, Qt.TextElideMode.ElideRight, 116)
        painter.drawText(QRectF(0, 0, 118, self.height()), Qt.AlignmentFlag.AlignVCenter, words)
        painter.setPen(self._look.color("secondary"))
        count = QRectF(self.width() - 60, 0, 60, self.height())
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.drawText(count, right, grouped(self._bar.count))
        groove = QRectF(126, self.height() / 2 - 2.5, self.width() - 126 - 64, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._look.color("hover"))
        painter.drawRoundedRect(groove, 2.5, 2.5)
        painter.setBrush(QColor(self._look.color(self._ink)))
        groove.setWidth(max(groove.width() * self._share, 5))
        painter.drawRoundedRect(groove, 2.5, 2.5)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self._look.color("accent"))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)


def step_row(step: Step) -> QWidget:
    """One move of a person as a row."""
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 2, 0, 2)
    row.setSpacing(10)
    row.addWidget(text(step.time, "code"))
    row.addWidget(text(step.words, "fault" if step.failed else "body"), 1)
    return holder
