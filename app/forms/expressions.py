"""Provisional."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPlainTextEdit

from engine.expression.types import Scope, Type


class ExpressionField(QPlainTextEdit):
    changed = Signal()

    def __init__(self, text: str, scope: Scope, expected: Type | None, parent=None) -> None:
        super().__init__(parent)
        self.setPlainText(text)
        self.setFixedHeight(52)
        self.textChanged.connect(self.changed)

    def text(self) -> str:
        return self.toPlainText()

    def set_text(self, text: str) -> None:
        self.setPlainText(text)
