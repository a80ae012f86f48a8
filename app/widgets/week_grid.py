"""The hours of a week as a grid: drag over it to choose from when until when, and on which days.

The row's name switches a day on or off. A range that passes midnight belongs to the day on which it begins.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.translation import mark, tr
from app.widgets.texts import show_text
from engine.activities.conditions.time import WEEKDAYS, Weekday

DAY_LABELS: Mapping[Weekday, str] = {
    "monday": mark("Mon"),
    "tuesday": mark("Tue"),
    "wednesday": mark("Wed"),
    "thursday": mark("Thu"),
    "friday": mark("Fri"),
    "saturday": mark("Sat"),
    "sunday": mark("Sun"),
}
HOURS = 24
_DAY = HOURS * 60
_HEAD, _NAMES, _ROW = 18, 36, 20
"""Pixels: the line of hours above, the column of days at the left, the height of a day."""


class WeekGrid(QWidget):
    """See the module. Times are minutes since midnight; ``until`` is excluded, and equal to ``start`` a whole day."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.start, self.until = 0, 0
        self.days: frozenset[Weekday] = frozenset(WEEKDAYS)
        self._from: tuple[int, int] | None = None
        self._at = 0
        self.setFixedHeight(_HEAD + len(WEEKDAYS) * _ROW)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_range(self, start: int, until: int, days: frozenset[Weekday]) -> None:
        """Show a range of the day on these days; this is no change."""
        self.start, self.until, self.days = start, until, days
        names = ", ".join(tr(DAY_LABELS[day]) for day in WEEKDAYS if day in days) or tr("no day")
        show_text(self.setAccessibleName, tr("Hours of the week: {days}", days=names))
        show_text(self.setAccessibleDescription, tr("Arrow keys move between days, Space switches a day."))
        self.update()

    def covers(self, day: int, hour: int) -> bool:
        """Whether an hour of a day lies in the range, at least in part."""
        first, last = hour * 60, hour * 60 + 60
        if self.start < self.until:
            return WEEKDAYS[day] in self.days and first < self.until and last > self.start
        evening = WEEKDAYS[day] in self.days and last > self.start
        morning = WEEKDAYS[day - 1] in self.days and first < self.until
        return evening or morning

    # Mouse and keys

    def _place(self, point: QPointF) -> tuple[int, int]:
        """Row and column under a point; column -1 is the day's name."""
        row = int((point.y() - _HEAD) // _ROW)
        column = int((point.x() - _NAMES) // self._column)
        return min(max(row, 0), len(WEEKDAYS) - 1), min(max(column, -1), HOURS - 1)

    @property
    def _column(self) -> float:
        return (self.width() - _NAMES) / HOURS

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row, column = self._place(event.position())
        if event.button() != Qt.MouseButton.LeftButton or event.position().y() < _HEAD:
            return
        if column < 0:
            self._switch(row)
            return
        self._from = (row, column)
        self._cover(row, column)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._from is not None:
            row, column = self._place(event.position())
            self._cover(row, max(column, 0))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._from = None

    def _cover(self, row: int, column: int) -> None:
        assert self._from is not None
        top, bottom = sorted((self._from[0], row))
        left, right = sorted((self._from[1], column))
        days = frozenset(WEEKDAYS[top : bottom + 1])
        self._change(left * 60, (right + 1) * 60 % _DAY, days)

    def _switch(self, row: int) -> None:
        self._at = row
        self._change(self.start, self.until, self.days ^ {WEEKDAYS[row]})

    def _change(self, start: int, until: int, days: frozenset[Weekday]) -> None:
        if (start, until, days) != (self.start, self.until, self.days):
            self.show_range(start, until, days)
            self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None:
            self._at = (self._at + step) % len(WEEKDAYS)
            self.update()
        elif event.key() == Qt.Key.Key_Space:
            self._switch(self._at)
        else:
            super().keyPressEvent(event)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font(11))
        painter.setPen(theme.color("secondary"))
        for hour in (0, 6, 12, 18):
            box = QRectF(_NAMES + hour * self._column, 0, self._column * 6, _HEAD - 4)
            painter.drawText(box, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, f"{hour:02}")
        for row, day in enumerate(WEEKDAYS):
            self._paint_day(painter, row, day)

    def _paint_day(self, painter: QPainter, row: int, day: Weekday) -> None:
        top = _HEAD + row * _ROW
        on = day in self.days
        painter.setPen(theme.color("text" if on else "secondary"))
        painter.drawText(QRectF(4, top, _NAMES, _ROW - 2), Qt.AlignmentFlag.AlignVCenter, tr(DAY_LABELS[day]))
        painter.setPen(Qt.PenStyle.NoPen)
        for hour in range(HOURS):
            gap = 2.0 if hour % 6 == 5 else 1.0
            cell = QRectF(_NAMES + hour * self._column, top, self._column - gap, _ROW - 3)
            painter.setBrush(theme.color("orchestration" if self.covers(row, hour) else "hover"))
            painter.drawRoundedRect(cell, 2, 2)
        if self.hasFocus() and row == self._at:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.color("accent"))
            painter.drawRoundedRect(QRectF(0.5, top - 1.5, self.width() - 1, _ROW - 1), 4, 4)
