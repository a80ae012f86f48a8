"""What a list shows when it holds nothing: what it is for, and what to do first."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.widgets.controls import Button, label
from app.widgets.icons import Icon


class EmptyState(QWidget):
    """An icon, a title, a sentence and one button."""

    asked = Signal()
    """The button was pressed."""

    def __init__(self, icon: str, title: str, sentence: str, action: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(32, 32, 32, 96)
        column.setSpacing(8)
        column.addStretch(1)
        picture = Icon(icon, "accent", 40)
        picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(picture)
        column.addSpacing(8)
        heading = label(title, "title")
        heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(heading)
        words = label(sentence, "quiet")
        words.setWordWrap(True)
        words.setFixedWidth(420)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column.addWidget(words, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(12)
        row = QHBoxLayout()
        row.addStretch(1)
        self.button = Button(action, kind="primary")
        self.button.clicked.connect(self.asked)
        self.button.setVisible(bool(action))
        row.addWidget(self.button)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(2)
