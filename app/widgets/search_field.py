"""The field to search with: an icon, a button that clears it, and text that an input method composes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from app import theme
from app.widgets.controls import HEIGHT
from app.widgets.texts import show_text


class SearchField(QLineEdit):
    """A search field with an icon and a button that clears it, as Esc does. Input methods search while they compose."""

    searched = Signal(str)
    """The text to search for changed: what is typed with the syllable that is being composed."""

    def __init__(self, placeholder: str, width: int = 0) -> None:
        super().__init__()
        show_text(self.setPlaceholderText, placeholder)
        show_text(self.setAccessibleName, placeholder)
        self.addAction(theme.icon("magnifying-glass", "secondary"), QLineEdit.ActionPosition.LeadingPosition)
        self.setClearButtonEnabled(True)
        self.setFixedHeight(HEIGHT)
        if width:
            self.setFixedWidth(width)
        self._composed = ""
        self.textChanged.connect(self.searched)

    def sought(self) -> str:
        """Return what is typed, with the syllable that is being composed at the cursor."""
        text, at = self.text(), self.cursorPosition()
        return text[:at] + self._composed + text[at:]

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """Search for a syllable before it is complete."""
        before = self.sought()
        self._composed = event.preeditString()
        super().inputMethodEvent(event)
        if self.sought() != before:
            self.searched.emit(self.sought())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Clear the field on Esc; pass the key on only when the field is empty."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            return
        super().keyPressEvent(event)
