"""Asks for two dates between which something happened: created, changed, published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from app.lists.rows import TimeSpan
from app.translation import tr
from app.widgets.controls import Button, Choice, FormField, label, row_of, wrapped
from app.widgets.date_input import DateInput
from app.widgets.texts import show_text


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days as the user chose them, both included; None is open."""

    key: str
    since: date | None
    until: date | None

    def span(self, zone: str) -> TimeSpan:
        """Return the moments between the beginning of the first day and the end of the last, in a zone."""
        after = None if self.until is None else self.until + timedelta(days=1)
        return TimeSpan(self.key, _midnight(self.since, zone), _midnight(after, zone))


def _midnight(day: date | None, zone: str) -> int | None:
    return None if day is None else round(datetime.combine(day, time(), ZoneInfo(zone)).timestamp() * 1000)


class DateRangeDialog(QDialog):
    """``chosen`` gives the range; None takes it away."""

    chosen = Signal(object)

    def __init__(
        self, dates: Mapping[str, str], now: DateRange | None, zone: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        show_text(self.setWindowTitle, tr("Dates"))
        self.setMinimumWidth(420)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(14)
        column.addWidget(label(tr("Filter by date"), "title"))
        self.what = Choice()
        self.what.offer(list(dates.items()))
        self.what.choose(now.key if now else next(iter(dates)))
        column.addWidget(FormField(tr("What happened"), self.what))
        days = row_of(spacing=12)
        self.since, self.until = DateInput(), DateInput()
        for line, words, day in (
            (self.since, tr("The first day"), now.since if now else None),
            (self.until, tr("The last day"), now.until if now else None),
        ):
            line.show_moment(day.isoformat() if day else None)
            days.addWidget(FormField(words, line))
        column.addLayout(days)
        column.addWidget(wrapped(tr("Days as they are in {zone}.", zone=zone), "hint"))
        self.fault = wrapped("", "fault")
        self.fault.hide()
        column.addWidget(self.fault)
        column.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        cancel = Button(tr("Cancel"), shortcut="Esc")
        cancel.clicked.connect(self.reject)
        self.take = Button(tr("Filter"), kind="primary", shortcut="Enter")
        self.take.setDefault(True)
        self.take.clicked.connect(self._take)
        row.addWidget(cancel)
        row.addWidget(self.take)
        return row

    def _take(self) -> None:
        problem = self.since.problem() or self.until.problem()
        since, until = (None if problem else _day(line) for line in (self.since, self.until))
        if since and until and until < since:
            problem = tr("The last day is before the first; exchange them.")
        show_text(self.fault.setText, problem)
        self.fault.setVisible(bool(problem))
        if not problem:
            self.chosen.emit(DateRange(str(self.what.key()), since, until) if since or until else None)
            self.accept()


def _day(line: DateInput) -> date | None:
    words = line.moment()
    return date.fromisoformat(words[:10]) if words else None
