"""Numbers and times of day, typed. Qt's spin boxes cannot be styled without losing their text, so these are lines.

Every number of the studio is read by ``read_number``. A text that cannot be read is an error of its field; the value
stays as it was shown.
"""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal

from PySide6.QtCore import QLocale, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from app.translation import tr, tr_n
from app.widgets.controls import HEIGHT

_LONGEST = 400
"""Characters of the longest number that is read."""


def read_number(text: str) -> int | float:
    """Return the number in a text, in the user's locale or with a point; a fraction or exponent makes a float.

    Spaces around it and a sign are allowed, and groups of thousands as the locale writes them. Raise ValueError for
    any other text.
    """
    words = unicodedata.normalize("NFKC", text).strip().replace("\N{MINUS SIGN}", "-")
    locale = QLocale()
    group, point = (unicodedata.normalize("NFKC", mark) for mark in (locale.groupSeparator(), locale.decimalPoint()))
    marks = "[ ]" if group == " " else "['\N{RIGHT SINGLE QUOTATION MARK}]" if group in "'’" else re.escape(group)
    grouped = rf"[+-]?\d{{1,3}}(?:{marks}\d{{2,3}})*{marks}\d{{3}}(?:{re.escape(point)}\d*)?"
    if re.fullmatch(grouped, words):
        words = re.sub(marks, "", words).replace(point, ".")
    elif re.fullmatch(rf"[+-]?(?:\d+[.{re.escape(point)}]?\d*|[.{re.escape(point)}]\d+)(?:[eE][+-]?\d+)?", words):
        words = words.replace(point, ".")
    else:
        raise ValueError(text)
    words = words.removesuffix(".")
    if len(words) > _LONGEST:
        raise ValueError(text)
    number = int(words) if re.fullmatch(r"[+-]?\d+", words) else float(words)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


def number_text(number: float) -> str:
    """Return the text of a number as the locale writes it, without groups and exponents."""
    if number == int(number):
        return str(int(number))
    return format(Decimal(repr(number)), "f").replace(".", QLocale().decimalPoint())


class NumberInput(QLineEdit):
    """A number from ``least`` to ``top`` with so many decimal places; the arrow keys count. Empty means none."""

    changed = Signal()
    """The user typed or counted."""
    text_checked = Signal()
    """The text changed: ``problem`` may be another one."""

    def __init__(self, top: float, decimals: int = 0, least: float = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._least, self._top, self._decimals = least, top, decimals
        self._shown: int | float | None = None
        self.setFixedHeight(HEIGHT)
        self.textChanged.connect(lambda _: self.text_checked.emit())
        self.textEdited.connect(lambda _: self.changed.emit())

    def number(self) -> int | float | None:
        """Return the number; None of an empty line, and the number shown before of one that cannot be read."""
        if not self.text().strip():
            return None
        return self._shown if self.problem() else read_number(self.text())

    def problem(self) -> str:
        """Return in one sentence what is wrong with the text; '' if nothing is."""
        if not self.text().strip():
            return ""
        try:
            number = read_number(self.text())
        except ValueError:
            return tr("Enter a number such as {example}.", example=number_text(2500 if not self._decimals else 2.5))
        if isinstance(number, float) and not self._decimals:
            return tr("Enter a whole number.")
        if isinstance(number, float) and round(number, self._decimals) != number:
            return tr_n("Use at most 1 decimal place.", "Use at most {count} decimal places.", self._decimals)
        if not self._least <= number <= self._top:
            least, top = number_text(self._least), number_text(self._top)
            return tr("Enter a number from {least} to {top}.", least=least, top=top)
        return ""

    def show_number(self, number: float | None) -> None:
        """Show a number; None leaves the line empty."""
        self._shown = number
        self.setText("" if number is None else number_text(number))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if step is None or self.isReadOnly() or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
            return
        self.setText(number_text(min(max((self.number() or 0) + step, self._least), self._top)))
        self.changed.emit()


class TimeInput(QLineEdit):
    """A time of day, as ``HH:MM``. Empty means none."""

    changed = Signal()
    text_checked = Signal()

    def __init__(self, value: str, parent: QWidget | None = None) -> None:
        super().__init__(value, parent)
        self._shown = value
        self.setFixedHeight(HEIGHT)
        self.setFixedWidth(72)
        self.setPlaceholderText("08:00")
        self.textChanged.connect(lambda _: self.text_checked.emit())
        self.textEdited.connect(lambda _: self.changed.emit())

    def _read(self) -> str | None:
        words = unicodedata.normalize("NFKC", self.text()).strip()
        match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", words, re.ASCII)
        return f"{match[1]:0>2}:{match[2]}" if match else None

    def time(self) -> str | None:
        """Return the time; None of an empty line, and the time shown before of one that cannot be read."""
        return (self._read() or self._shown) if self.text().strip() else None

    def problem(self) -> str:
        """Return in one sentence what is wrong with the text; '' if nothing is."""
        return tr("Write a time such as 08:00.") if self.text().strip() and self._read() is None else ""

    def show_time(self, value: str) -> None:
        """Show a time."""
        self._shown = value
        self.setText(value)
