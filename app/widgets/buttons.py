"""Buttons: with words in the roles of the style sheet, with an icon alone, and the switch."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from app.theme.icons import icon
from app.widgets.texts import show_text


class Button(QPushButton):
    """A button with words. ``role``: '' (plain), ``primary``, ``danger``, ``link``, ``dashed``; ``glyph``: an icon."""

    def __init__(self, text: str = "", role: str = "", glyph: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        show_text(self.setText, text)
        self.setProperty("role", role)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setIconSize(QSize(16, 16))
        if glyph:
            ink = {"primary": "on_accent", "danger": "error", "link": "accent"}.get(role, "text")
            self.setIcon(icon(glyph, ink))


class IconButton(QToolButton):
    """A square button with an icon; ``tip`` is its tooltip and its name for screen readers."""

    def __init__(
        self, glyph: str, tip: str, framed: bool = False, size: int = 32, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setProperty("role", "framed" if framed else "")
        self.setFixedSize(size, size)
        self.setIconSize(QSize(18, 18) if size >= 28 else QSize(16, 16))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_tip(tip)
        self.setIcon(icon(glyph, "secondary", "accent"))

    def set_tip(self, tip: str) -> None:
        """Set the tooltip and the accessible name."""
        show_text(self.setToolTip, tip)
        show_text(self.setAccessibleName, tip)
