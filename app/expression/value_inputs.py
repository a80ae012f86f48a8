"""The controls for the value of a row, by the type of its field and its operator."""

from __future__ import annotations

import csv
import io
import sys
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time

from PySide6.QtCore import QDate, QDateTime, Qt, QTime, Signal, SignalInstance
from PySide6.QtWidgets import QComboBox, QDateEdit, QDateTimeEdit, QHBoxLayout, QLineEdit, QWidget

from app.translation import tr
from app.widgets.controls import label, restyle
from app.widgets.duration_input import DurationInput
from app.widgets.number_input import NumberInput, number_text
from app.widgets.texts import show_text
from engine.expression.dates import read_any, read_duration
from engine.expression.errors import UnplacedError
from engine.expression.simple_form import ConditionValue, OperatorChoice
from engine.expression.tokens import MAX_INTEGER, MIN_INTEGER
from engine.expression.types import DATE_ONLY, DATE_TIME, DATE_TIME_ONLY, DECIMAL, DURATION, INTEGER, Type

_WRITTEN = {"seconds": "PT{0}S", "minutes": "PT{0}M", "hours": "PT{0}H", "days": "P{0}D"}
"""The form of a duration in an expression, by its unit."""

_ANY_DECIMALS = 400
OFFSETS = ("Z", *(f"{sign}{hours:02}:00" for sign in "+-" for hours in range(1, 13)), "+05:30", "+09:30", "+13:00")


class ValueInput(QWidget):
    """One value of a row."""

    changed = Signal()
    """The user changed it."""

    def __init__(self) -> None:
        super().__init__()
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(6)

    def hold(self, shown: QWidget, name: str, changed: SignalInstance) -> None:
        """Show a control, called by a name, whose signal tells of the user's changes."""
        show_text(shown.setAccessibleName, name)
        changed.connect(lambda *_: self.changed.emit())
        self.setFocusProxy(shown)
        self.row.addWidget(shown, 1)

    @abstractmethod
    def value(self) -> ConditionValue | None:
        """Return the value, or None while it is none."""

    @abstractmethod
    def show_value(self, value: ConditionValue) -> None:
        """Show a value without a change signal."""


class TextValueInput(ValueInput):
    """Any text; with a list of the allowed ones for an enumeration."""

    def __init__(self, allowed: Sequence[object] = ()) -> None:
        super().__init__()
        self._line = QLineEdit()
        if allowed:
            choice = QComboBox()
            choice.setEditable(True)
            choice.setLineEdit(self._line)
            choice.addItems([str(one) for one in allowed])
            choice.setCurrentText("")
            self.hold(choice, tr("Value"), choice.currentTextChanged)
        else:
            self.hold(self._line, tr("Value"), self._line.textEdited)
        show_text(self._line.setPlaceholderText, tr("Value"))

    def value(self) -> ConditionValue | None:
        return ConditionValue(self._line.text()) if self._line.text() else None

    def show_value(self, value: ConditionValue) -> None:
        self._line.setText(str(value.value))


class NumberValueInput(ValueInput):
    """An integer, or a decimal with a point."""

    def __init__(self, whole: bool) -> None:
        super().__init__()
        limits = (MIN_INTEGER, MAX_INTEGER) if whole else (-sys.float_info.max, sys.float_info.max)
        self._line = NumberInput(limits[1], 0 if whole else _ANY_DECIMALS, limits[0])
        self._line.setPlaceholderText("0" if whole else number_text(0.5))
        self.hold(self._line, tr("Number"), self._line.changed)
        self._line.text_checked.connect(lambda: restyle(self._line, problem=bool(self._line.problem())))

    def value(self) -> ConditionValue | None:
        number = None if self._line.problem() else self._line.number()
        if number is None or MIN_INTEGER <= number <= MAX_INTEGER:
            return None if number is None else ConditionValue(number)
        return ConditionValue(float(number))

    def show_value(self, value: ConditionValue) -> None:
        if isinstance(value.value, int | float):
            self._line.show_number(value.value)


class DateValueInput(ValueInput):
    """A day."""

    def __init__(self) -> None:
        super().__init__()
        self._edit = QDateEdit(QDate.currentDate())
        self._edit.setCalendarPopup(True)
        self._edit.setDisplayFormat("yyyy-MM-dd")
        self.hold(self._edit, tr("Date"), self._edit.dateChanged)

    def value(self) -> ConditionValue | None:
        return ConditionValue(self._edit.date().toString(Qt.DateFormat.ISODate), "date")

    def show_value(self, value: ConditionValue) -> None:
        read = _moment(value)
        self._edit.setDate(QDate(read.year, read.month, read.day))


class MomentValueInput(ValueInput):
    """A day and a time; an instant has its offset beside it."""

    def __init__(self, zoned: bool) -> None:
        super().__init__()
        self._edit = QDateTimeEdit(QDateTime(QDate.currentDate(), QTime(0, 0)))
        self._edit.setCalendarPopup(True)
        self._edit.setDisplayFormat("yyyy-MM-dd HH:mm:ss")
        self.hold(self._edit, tr("Date and time"), self._edit.dateTimeChanged)
        self._offset = QComboBox()
        if zoned:
            self._offset.addItems(OFFSETS)
            show_text(self._offset.setAccessibleName, tr("Offset from UTC"))
            self._offset.activated.connect(lambda _: self.changed.emit())
            self.row.addWidget(self._offset)

    def value(self) -> ConditionValue | None:
        return ConditionValue(
            self._edit.dateTime().toString("yyyy-MM-ddTHH:mm:ss") + self._offset.currentText(), "date"
        )

    def show_value(self, value: ConditionValue) -> None:
        read = _moment(value)
        day, time = QDate(read.year, read.month, read.day), QTime(read.hour, read.minute, read.second)
        self._edit.setDateTime(QDateTime(day, time))
        if self._offset.count() and read.tzinfo is not None:
            written = read.isoformat()[-6:]
            offset = "Z" if written in ("+00:00", "-00:00") else written
            if self._offset.findText(offset) < 0:
                self._offset.addItem(offset)
            self._offset.setCurrentText(offset)


def _moment(value: ConditionValue) -> datetime:
    """Return the moment of a date value; midnight for a day, today for anything else."""
    try:
        read = read_any(str(value.value))
    except UnplacedError:
        read = datetime.now(UTC).date()
    return read if isinstance(read, datetime) else datetime.combine(read, wall_time())


class DurationValueInput(ValueInput):
    """A number of seconds, minutes, hours or days; zero is a value."""

    def __init__(self) -> None:
        super().__init__()
        self._length = DurationInput(999_999_999, "minutes", decimals=0)
        show_text(self._length.number.setAccessibleName, tr("Duration"))
        self._length.number.setPlaceholderText("0")
        show_text(self._length.unit.setAccessibleName, tr("Unit of time"))
        self._length.changed.connect(self.changed)
        self.setFocusProxy(self._length)
        self.row.addWidget(self._length, 1)

    def value(self) -> ConditionValue | None:
        number = None if self._length.problem() else self._length.number.number()
        if number is None:
            return None
        return ConditionValue(_WRITTEN[str(self._length.unit.key())].format(number), "duration")

    def show_value(self, value: ConditionValue) -> None:
        try:
            length = timedelta(seconds=int(read_duration(str(value.value)).total_seconds()))
        except UnplacedError:
            return
        self._length.show_length(length)
        if not length:
            self._length.number.show_number(0)


class SegmentValueInput(ValueInput):
    """One of a list of names: segments."""

    def __init__(self, known: Sequence[str]) -> None:
        super().__init__()
        self._choice = QComboBox()
        self._choice.addItems(list(known))
        self._choice.setCurrentIndex(-1)
        show_text(self._choice.setPlaceholderText, tr("Choose a segment"))
        self.hold(self._choice, tr("Segment"), self._choice.activated)

    def value(self) -> ConditionValue | None:
        return ConditionValue(self._choice.currentText()) if self._choice.currentIndex() >= 0 else None

    def show_value(self, value: ConditionValue) -> None:
        if self._choice.findText(str(value.value)) < 0:
            self._choice.addItem(str(value.value))
        self._choice.setCurrentText(str(value.value))


_BY_TYPE: Mapping[Type, Callable[[], ValueInput]] = {
    INTEGER: lambda: NumberValueInput(whole=True),
    DECIMAL: lambda: NumberValueInput(whole=False),
    DATE_ONLY: DateValueInput,
    DATE_TIME_ONLY: lambda: MomentValueInput(zoned=False),
    DATE_TIME: lambda: MomentValueInput(zoned=True),
    DURATION: DurationValueInput,
}
_COUNTED = frozenset({"last_days", "last_hours", "next_days", "next_hours"})


class ValuesInput(QWidget):
    """All values of a row: none, one, two (between) or any number (is in)."""

    changed = Signal()

    def __init__(self, choice: OperatorChoice, of: Type, allowed: Sequence[object], segments: Sequence[str]) -> None:
        super().__init__()
        self._many = QLineEdit() if choice.values < 0 else None
        self._inputs = [_input(choice, of, allowed, segments) for _ in range(max(choice.values, 0))]
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        if self._many is not None:
            show_text(self._many.setPlaceholderText, tr("Values, separated by commas"))
            show_text(self._many.setAccessibleName, tr("Values, separated by commas"))
            self._many.textEdited.connect(lambda _: self.changed.emit())
            self.setFocusProxy(self._many)
            row.addWidget(self._many, 1)
        for at, one in enumerate(self._inputs):
            if at:
                row.addWidget(label(tr("and"), "secondary"))
            one.changed.connect(self.changed)
            row.addWidget(one, 1)
        if self._inputs:
            self.setFocusProxy(self._inputs[0])
        if choice.values == 0:
            self.hide()

    def values(self) -> tuple[ConditionValue, ...]:
        """Return the values."""
        if self._many is not None:
            return tuple(ConditionValue(one) for one in split_values(self._many.text()))
        found = [one.value() for one in self._inputs]
        return tuple(one for one in found if one is not None)

    def show_values(self, values: Sequence[ConditionValue]) -> None:
        """Show values without a change signal."""
        if self._many is not None:
            self._many.setText(join_values([str(one.value) for one in values]))
        for shown, value in zip(self._inputs, values, strict=False):
            blocked = shown.blockSignals(True)
            shown.show_value(value)
            shown.blockSignals(blocked)


def _input(choice: OperatorChoice, of: Type, allowed: Sequence[object], segments: Sequence[str]) -> ValueInput:
    if choice.operator in ("in_segment", "not_in_segment"):
        return SegmentValueInput(segments)
    if choice.operator in _COUNTED:
        return NumberValueInput(whole=True)
    make = _BY_TYPE.get(of)
    return TextValueInput(allowed) if make is None else make()


def split_values(text: str) -> list[str]:
    """Return the values of a list separated by commas; one with a comma stands in double quotes."""
    rows = list(csv.reader([text.replace("\n", " ")], skipinitialspace=True))
    return [one.strip() for one in rows[0] if one.strip()] if rows else []


def join_values(values: Sequence[str]) -> str:
    """Return the list that ``split_values`` reads back."""
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(values)
    return out.getvalue().replace(",", ", ") if not any("," in one for one in values) else out.getvalue()
