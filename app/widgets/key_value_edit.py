"""Names and values, one pair a line: headers, parameters."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QPlainTextEdit, QWidget


class KeyValueEdit(QPlainTextEdit):
    """``name: value`` a line; lines without a colon name an empty value."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "code")
        self.setAccessibleName(name)
        self.setFixedHeight(72)
        self.setTabChangesFocus(True)

    def show_pairs(self, pairs: Mapping[str, object]) -> None:
        """Show these."""
        self.setPlainText("\n".join(f"{name}: {value}" for name, value in pairs.items()))

    def pairs(self) -> dict[str, str]:
        """Return the pairs as typed, in order."""
        found: dict[str, str] = {}
        for line in self.toPlainText().splitlines():
            name, _, value = line.partition(":")
            if name.strip():
                found[name.strip()] = value.strip()
        return found
