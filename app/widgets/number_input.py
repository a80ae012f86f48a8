"""Numbers and times of day, typed. Qt's spin boxes cannot be styled without losing their text, so these are lines."""

from __future__ import annotations

from PySide6.QtCore import QLocale, QRegularExpression, Qt, Signal
from PySide6.QtGui import QDoubleValidator, QIntValidator, QKeyEvent, QRegularExpressionValidator
from PySide6.QtWidgets import QLineEdit, QWidget

from app.widgets.controls import HEIGHT


class NumberInput(QLineEdit):
    """A number of at most ``top``; the arrow keys count up and down. Empty means none."""

    changed = Signal()

    def __init__(self, top: int, decimals: int = 0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._top = top
        self.setFixedHeight(HEIGHT)
        if decimals:
            validator = QDoubleValidator(0, top, decimals, self)
            validator.setNotation(QDoubleValidator.Notation.StandardNotation)
            validator.setLocale(QLocale.c())
            self.setValidator(validator)
        else:
            self.setValidator(QIntValidator(0, top, self))
        self.textEdited.connect(lambda _: self.changed.emit())

    def number(self) -> int | float | None:
        """Return the number, whole when it has no fraction; None when the line is empty or not yet a number."""
        try:
            value = float(self.text())
        except ValueError:
            return None
        return int(value) if value == int(value) else value

    def show_number(self, number: float | None) -> None:
        """Show a number; None leaves the line empty."""
        self.setText("" if number is None else f"{number:g}" if number < 1_000_000 else str(int(number)))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if step is None or self.isReadOnly() or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            super().keyPressEvent(event)
            return
        self.show_number(min(max((self.number() or 0) + step, 0), self._top))
        self.changed.emit()


class TimeInput(QLineEdit):
    """A time of day, as ``HH:MM``."""

    changed = Signal()

    def __init__(self, value: str, parent: QWidget | None = None) -> None:
        super().__init__(value, parent)
        self.setFixedHeight(HEIGHT)
        self.setFixedWidth(72)
        self.setPlaceholderText("08:00")
        self.setValidator(QRegularExpressionValidator(QRegularExpression(r"([01]?\d|2[0-3]):[0-5]\d"), self))
        self.textEdited.connect(lambda _: self.changed.emit())

    def time(self) -> str | None:
        """Return the time; None when the line is empty or not yet one."""
        return self.text().zfill(5) if self.hasAcceptableInput() else None
