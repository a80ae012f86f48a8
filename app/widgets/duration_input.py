"""A length of time as a number and a unit: 6 hours, not PT6H."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.translation import mark, tr
from app.widgets.controls import Choice, restyle
from app.widgets.number_input import NumberInput
from app.widgets.texts import show_text

UNITS: tuple[tuple[str, timedelta], ...] = (
    ("seconds", timedelta(seconds=1)),
    ("minutes", timedelta(minutes=1)),
    ("hours", timedelta(hours=1)),
    ("days", timedelta(days=1)),
)
_WORDS = {"seconds": mark("seconds"), "minutes": mark("minutes"), "hours": mark("hours"), "days": mark("days")}


def split(length: timedelta) -> tuple[int | float, str]:
    """Return number and largest unit that divide ``length``: 90 minutes, 2 days, or seconds with a fraction."""
    for unit, size in reversed(UNITS):
        if length >= size and length % size == timedelta(0):
            return length // size, unit
    seconds = length.total_seconds()
    return int(seconds) if seconds == int(seconds) else seconds, "seconds"


def joined(number: float, unit: str) -> timedelta:
    """Return the length of ``number`` units in whole milliseconds; raises KeyError for an unknown unit."""
    return timedelta(milliseconds=round(number * (dict(UNITS)[unit] / timedelta(milliseconds=1))))


class DurationInput(QWidget):
    """A number of at most ``top``, and a unit: first ``unit``. Zero means "not set"."""

    changed = Signal()
    text_checked = Signal()

    def __init__(self, top: int = 100_000, unit: str = "hours", decimals: int = 3) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.number = NumberInput(top, decimals)
        show_text(self.number.setAccessibleName, tr("Number"))
        self.unit = Choice()
        show_text(self.unit.setAccessibleName, tr("Unit"))
        self.unit.offer([(unit, tr(_WORDS[unit])) for unit, _ in UNITS])
        self.unit.choose(unit)
        row.addWidget(self.number, 1)
        row.addWidget(self.unit, 1)
        self.setFocusProxy(self.number)
        self.number.changed.connect(self.changed)
        self.number.text_checked.connect(self._check)
        self.unit.chosen.connect(lambda _: self.changed.emit())

    def show_length(self, length: timedelta | None) -> None:
        """Show a length, or that none is set."""
        number, unit = split(length) if length else (0, str(self.unit.key()))
        self.number.show_number(number or None)
        self.unit.choose(unit)

    def length(self) -> timedelta | None:
        """Return the length; None when the number is zero."""
        number = self.number.number()
        return joined(number, str(self.unit.key())) if number else None

    def problem(self) -> str:
        """Return in one sentence what is wrong with the number; '' if nothing is."""
        return self.number.problem()

    def _check(self) -> None:
        restyle(self.number, problem=bool(self.problem()))
        self.text_checked.emit()
