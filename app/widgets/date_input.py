"""Dates and moments: typed, or chosen from a calendar that opens below the line."""

from __future__ import annotations

from datetime import date, datetime

from PySide6.QtCore import QDate, QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QFrame, QLineEdit, QVBoxLayout, QWidget

from app import theme
from app.translation import tr
from app.widgets.controls import HEIGHT
from app.widgets.texts import show_text

_WEEKEND = (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday)


class Calendar(QFrame):
    """A month at a time; a click on a day chooses it."""

    chosen = Signal(object)
    """A ``date``."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("role", "float")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        self.month = QCalendarWidget()
        self.month.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        self.month.setHorizontalHeaderFormat(QCalendarWidget.HorizontalHeaderFormat.ShortDayNames)
        self.month.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        self.month.setGridVisible(False)
        plain = QTextCharFormat()
        plain.setForeground(theme.color("text"))
        for day in _WEEKEND:
            self.month.setWeekdayTextFormat(day, plain)
        head = QTextCharFormat()
        head.setForeground(theme.color("secondary"))
        self.month.setHeaderTextFormat(head)
        self.month.clicked.connect(self._choose)
        self.month.activated.connect(self._choose)
        column.addWidget(self.month)

    def _choose(self, day: QDate) -> None:
        self.close()
        self.chosen.emit(date(day.year(), day.month(), day.day()))


class DateInput(QLineEdit):
    """A date, or with ``times`` a date and time. Empty means none; unreadable text is an error of the field."""

    changed = Signal()
    text_checked = Signal()

    def __init__(self, *, times: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._times = times
        self.setFixedHeight(HEIGHT)
        show_text(self.setPlaceholderText, tr("2026-12-31 08:00") if times else tr("2026-12-31"))
        opener = self.addAction(theme.icon("calendar-blank", "secondary"), QLineEdit.ActionPosition.TrailingPosition)
        show_text(opener.setToolTip, tr("Choose from a calendar"))
        opener.triggered.connect(self.open_calendar)
        self.textChanged.connect(lambda _: self.text_checked.emit())
        self.textEdited.connect(lambda _: self.changed.emit())
        self.calendar: Calendar | None = None

    def show_moment(self, text: str | None) -> None:
        """Show a date or moment in the form of files; None empties the line."""
        self.setText((text or "").replace("T", " "))

    def moment(self) -> str | None:
        """Return the typed date in the form of files, unchanged if it cannot be read; None if empty."""
        words = " ".join(self.text().split())
        return words.replace(" ", "T", 1) if words else None

    def problem(self) -> str:
        """Return in one sentence what is wrong with the input; '' if nothing is."""
        words = self.moment()
        if words is None:
            return ""
        try:
            date.fromisoformat(words) if len(words) == len("2026-12-31") else datetime.fromisoformat(words)
        except ValueError:
            return tr("Write a date like 2026-12-31, or with a time like 2026-12-31 08:00.")
        return ""

    def open_calendar(self) -> None:
        """Open the calendar below the line."""
        made = Calendar(self)
        words = self.moment()
        if words is not None and not self.problem():
            shown = date.fromisoformat(words[:10])
            made.month.setSelectedDate(QDate(shown.year, shown.month, shown.day))
        made.chosen.connect(self._choose)
        made.adjustSize()
        made.move(self.mapToGlobal(QPoint(self.width() - made.width(), self.height() + 4)))
        made.show()
        made.month.setFocus()
        self.calendar = made

    def _choose(self, day: date) -> None:
        before = self.moment() or ""
        time = before[10:] if self._times and not self.problem() else ""
        self.show_moment(f"{day.isoformat()}{time}")
        self.setFocus()
        self.changed.emit()

    def event(self, event: QEvent) -> bool:
        """Alt and Down opens the calendar, as in other lists."""
        if event.type() == QEvent.Type.KeyPress and self._opens(event):
            self.open_calendar()
            return True
        return super().event(event)

    def _opens(self, event: QEvent) -> bool:
        key = getattr(event, "key", lambda: 0)()
        modifiers = getattr(event, "modifiers", lambda: Qt.KeyboardModifier.NoModifier)()
        return bool(key == Qt.Key.Key_Down and modifiers & Qt.KeyboardModifier.AltModifier)
