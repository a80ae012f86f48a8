"""A theme as panels and forms use it: colours by role, icons tinted by role, fonts."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QIcon, QPixmap

from app.theme import fonts, icons
from app.theme.colors import ColorScheme


class Look:
    """What widgets draw with. One is made for each theme and handed to every widget that paints."""

    def __init__(self, theme: ColorScheme) -> None:
        self.theme = theme

    def color(self, role: str) -> QColor:
        """The colour of a role; raises KeyError for one that is not in the theme's table."""
        return self.theme.color(role)

    def icon(self, name: str, role: str = "secondary") -> QIcon:
        """A Phosphor icon in the colour of a role."""
        return icons.icon(name, self.color(role))

    def pixmap(self, name: str, role: str, size: int = 16) -> QPixmap:
        """A Phosphor icon as a picture for labels."""
        return icons.pixmap(name, self.color(role), size)

    def font(self, pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """The text font in a size."""
        return fonts.font(pixels, weight.value)

    def code_font(self, pixels: int = 12) -> QFont:
        """The font of code in a size."""
        return fonts.code_font(pixels)
