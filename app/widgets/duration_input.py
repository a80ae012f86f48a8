"""A length of time typed as a number and a unit."""

from __future__ import annotations

from datetime import timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.translation import mark, tr
from app.widgets.controls import Choice
from app.widgets.durations import UNITS, joined, split
from app.widgets.number_input import NumberInput
from app.widgets.texts import show_text

_WORDS = {"seconds": mark("seconds"), "minutes": mark("minutes"), "hours": mark("hours"), "days": mark("days")}


class DurationInput(QWidget):
    """A number and a unit. Zero means "not set"."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.number = NumberInput(100_000)
        show_text(self.number.setAccessibleName, tr("Number"))
        self.unit = Choice()
        show_text(self.unit.setAccessibleName, tr("Unit"))
        self.unit.offer([(unit, tr(_WORDS[unit])) for unit, _ in UNITS])
        self.unit.choose("hours")
        row.addWidget(self.number, 1)
        row.addWidget(self.unit, 1)
        self.setFocusProxy(self.number)
        self.number.changed.connect(self.changed)
        self.unit.chosen.connect(lambda _: self.changed.emit())

    def show_length(self, length: timedelta | None) -> None:
        """Show a length, or that none is set."""
        number, unit = split(length) if length else (0, str(self.unit.key()))
        self.number.show_number(number or None)
        self.unit.choose(unit)

    def length(self) -> timedelta | None:
        """Return the length; None when the number is zero."""
        number = self.number.number()
        return joined(int(number), str(self.unit.key())) if number else None
