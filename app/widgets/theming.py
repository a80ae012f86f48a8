"""How a widget learns its theme: from its own palette, so that nothing has to be handed through."""

from __future__ import annotations

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from app.theme.colors import DARK, LIGHT, ColorScheme


def theme_of(widget: QWidget) -> ColorScheme:
    """The theme a widget is shown in; follows changes when asked again on a PaletteChange event."""
    return DARK if widget.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def restyle(widget: QWidget, **properties: object) -> None:
    """Sets properties that the style sheet looks at, and has it look again."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
