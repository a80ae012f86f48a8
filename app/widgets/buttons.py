"""Buttons: with words in the roles of the style sheet, with an icon alone, and the switch."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from app.theme.icons import icon
from app.widgets.theming import theme_of


class Button(QPushButton):
    """A button with words. ``role``: '' (plain), ``primary``, ``danger``, ``link``, ``dashed``; ``glyph``: an icon."""

    def __init__(self, text: str = "", role: str = "", glyph: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._role, self._glyph = role, glyph
        self.setProperty("role", role)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setIconSize(QSize(16, 16))
        self._paint_icon()

    def _paint_icon(self) -> None:
        if self._glyph:
            role = {"primary": "on_accent", "danger": "error", "link": "accent"}.get(self._role, "text")
            self.setIcon(icon(self._glyph, theme_of(self).color(role)))

    def changeEvent(self, event: QEvent) -> None:
        """The icon follows the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint_icon()


class IconButton(QToolButton):
    """A square button with an icon; ``tip`` is its tooltip and its name for screen readers."""

    def __init__(
        self, glyph: str, tip: str, framed: bool = False, size: int = 32, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._glyph = glyph
        self.setProperty("role", "framed" if framed else "")
        self.setFixedSize(size, size)
        self.setIconSize(QSize(18, 18) if size >= 28 else QSize(16, 16))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_tip(tip)
        self._paint_icon()

    def set_tip(self, tip: str) -> None:
        """The words of the button."""
        self.setToolTip(tip)
        self.setAccessibleName(tip)

    def _paint_icon(self) -> None:
        theme = theme_of(self)
        self.setIcon(icon(self._glyph, theme.color("secondary"), theme.color("accent")))

    def changeEvent(self, event: QEvent) -> None:
        """The icon follows the theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint_icon()
