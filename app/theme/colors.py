"""The colours of both themes and the measures they share: the only place where a colour is written down (look.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from PySide6.QtGui import QColor, QGuiApplication, QPalette

COLORS: Mapping[str, tuple[str, str]] = {
    "canvas": ("#F5F6F8", "#12151A"),
    "dot": ("#DDE1E7", "#262C35"),
    "panel": ("#FFFFFF", "#1A1E25"),
    "rail": ("#FBFBFC", "#15181E"),
    "hairline": ("#E4E7EC", "#2A303A"),
    "control": ("#D3D8E0", "#3A424F"),
    "text": ("#171B23", "#E9ECF2"),
    "secondary": ("#5D6778", "#9BA5B5"),
    "faint": ("#8A93A3", "#717C8D"),
    "hover": ("#F1F3F7", "#222832"),
    "pressed": ("#E6E9EF", "#2A313D"),
    "accent": ("#2B63E8", "#6C97FF"),
    "accent_hover": ("#2257D4", "#82A7FF"),
    "accent_pressed": ("#1B4ABB", "#5A86F0"),
    "accent_tint": ("#E8EFFD", "#1E2B4A"),
    "on_accent": ("#FFFFFF", "#0D1322"),
    "event": ("#14875A", "#4CC38A"),
    "event_tint": ("#DDF3E8", "#153B2C"),
    "orchestration": ("#B96A0E", "#F0A650"),
    "orchestration_tint": ("#FBEBD6", "#40301A"),
    "action": ("#2B63E8", "#7FA5FF"),
    "action_tint": ("#E1EAFD", "#1D2C52"),
    "error": ("#C92B41", "#FF7A8A"),
    "error_tint": ("#FBE4E7", "#4A1D25"),
    "warning": ("#A85B05", "#F0A650"),
    "warning_tint": ("#FBEBD6", "#40301A"),
    "success": ("#14875A", "#4CC38A"),
    "success_tint": ("#DDF3E8", "#153B2C"),
    "accent_ink": ("#2156D0", "#86A9FF"),
    "event_ink": ("#0E6B47", "#4CC38A"),
    "orchestration_ink": ("#8F4F06", "#F0A650"),
    "warning_ink": ("#8F4D04", "#F0A650"),
    "error_ink": ("#B3233A", "#FF8B99"),
    "on_badge": ("#FFFFFF", "#12151A"),
    "edge": ("#A9B2C0", "#566173"),
    "edge_live": ("#8D99AC", "#5B7099"),
    "chip": ("#FFFFFF", "#232932"),
    "chip_border": ("#E4E7EC", "#2F3641"),
    "ring": ("#FFFFFF", "#232932"),
    "shadow": ("#171B23", "#000000"),
    "note": ("#FFF6D8", "#3A3319"),
    "note_border": ("#EBDDA9", "#554B26"),
    "toast": ("#171B23", "#E9ECF2"),
    "on_toast": ("#FFFFFF", "#171B23"),
    "series_1": ("#2B63E8", "#6C97FF"),
    "series_2": ("#14875A", "#4CC38A"),
    "series_3": ("#B96A0E", "#F0A650"),
    "series_4": ("#7A4FD0", "#B394FF"),
    "series_5": ("#0B7A8F", "#4FC3DC"),
    "series_6": ("#B8327A", "#FF8AC0"),
    "series_rest": ("#8A93A3", "#717C8D"),
    "group_blue": ("#2B63E8", "#7FA5FF"),
    "group_green": ("#14875A", "#4CC38A"),
    "group_orange": ("#B96A0E", "#F0A650"),
    "group_red": ("#C92B41", "#FF7A8A"),
    "group_gray": ("#5D6778", "#9BA5B5"),
}
"""Each role with its colour in the light and in the dark theme; an ``_ink`` is for words on the tint of its name."""

_HALF = 128

RADIUS = 8
"""Corner radius in pixels."""


@dataclass(frozen=True, slots=True)
class ColorScheme:
    """One of the two themes; colours are asked for by role."""

    name: str

    @property
    def is_dark(self) -> bool:
        """Whether it is the dark one."""
        return self.name == "dark"

    def hex(self, role: str) -> str:
        """Return the colour of a role as ``#RRGGBB``."""
        return COLORS[role][self.is_dark]

    def color(self, role: str) -> QColor:
        """Return the colour of a role."""
        return _color(role, self.is_dark)

    def faded(self, role: str, opacity: float) -> QColor:
        """Return the colour of a role with an opacity of 0 to 1."""
        color = QColor(self.color(role))
        color.setAlphaF(opacity)
        return color


@cache
def _color(role: str, dark: bool) -> QColor:
    return QColor(COLORS[role][dark])


LIGHT = ColorScheme("light")
DARK = ColorScheme("dark")
SCHEMES: Mapping[str, ColorScheme] = {"light": LIGHT, "dark": DARK}


def current_scheme() -> ColorScheme:
    """Return the scheme that the application shows now, as its palette has it."""
    window = QGuiApplication.palette().color(QPalette.ColorRole.Window)
    return DARK if window.lightness() < _HALF else LIGHT


def color(role: str) -> QColor:
    """Return the colour of a role in the current scheme. KeyError for a role that is not in the table."""
    return current_scheme().color(role)
