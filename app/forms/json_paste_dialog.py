"""Asks for JSON by pasting, and says where it is wrong."""

from __future__ import annotations

import json
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.translation import tr
from app.widgets.controls import Button, label, wrapped
from app.widgets.texts import show_text


class PasteDialog(QDialog):
    """A text to paste an example into; taken only when it is one JSON object."""

    accepted_json = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        show_text(self.setWindowTitle, tr("Paste JSON"))
        self.resize(560, 460)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 20)
        column.setSpacing(12)
        column.addWidget(label(tr("Paste an example"), "title"))
        column.addWidget(wrapped(tr("Types are read from the values and can be changed afterwards."), "quiet"))
        self.code = QPlainTextEdit()
        self.code.setProperty("role", "code")
        show_text(self.code.setAccessibleName, tr("Example as JSON"))
        self.code.setPlaceholderText('{"personID": "p-1"}')
        column.addWidget(self.code, 1)
        self.fault = wrapped("", "fault")
        column.addWidget(self.fault)
        row = QHBoxLayout()
        row.addStretch(1)
        cancel = Button(tr("Cancel"), shortcut="Esc")
        self.take = Button(tr("Take these fields"), kind="primary")
        cancel.clicked.connect(self.reject)
        self.take.clicked.connect(self._take)
        row.addWidget(cancel)
        row.addWidget(self.take)
        column.addLayout(row)

    def _take(self) -> None:
        found = read_object(self.code.toPlainText())
        if isinstance(found, str):
            show_text(self.fault.setText, found)
            return
        self.accepted_json.emit(found)
        self.accept()


def read_object(words: str) -> dict[str, Any] | str:
    """Return the JSON object in a text, or a sentence that says what is wrong and where."""
    try:
        found = json.loads(words)
    except json.JSONDecodeError as error:
        return tr("This is not JSON; look at line {line}, column {column}.", line=error.lineno, column=error.colno)
    if isinstance(found, list) and found and isinstance(found[0], dict):
        found = found[0]
    return found if isinstance(found, dict) else tr("An example is one JSON object.")
