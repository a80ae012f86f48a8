"""The style sheet and palette of a theme, made from the table."""

from __future__ import annotations

import re
from pathlib import Path

from PySide6.QtGui import QPalette

from app.theme.colors import ColorScheme

_ROLES = {
    QPalette.ColorRole.Window: "panel",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "panel",
    QPalette.ColorRole.AlternateBase: "hover",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "panel",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "on_accent",
    QPalette.ColorRole.Highlight: "accent_tint",
    QPalette.ColorRole.HighlightedText: "text",
    QPalette.ColorRole.PlaceholderText: "faint",
    QPalette.ColorRole.ToolTipBase: "toast",
    QPalette.ColorRole.ToolTipText: "on_toast",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.Mid: "hairline",
    QPalette.ColorRole.Midlight: "hover",
    QPalette.ColorRole.Light: "panel",
    QPalette.ColorRole.Dark: "control",
    QPalette.ColorRole.Shadow: "shadow",
    QPalette.ColorRole.Accent: "accent",
}


def palette(theme: ColorScheme) -> QPalette:
    """Make the palette of a scheme, for what style sheets do not reach."""
    made = QPalette()
    for role, name in _ROLES.items():
        made.setColor(role, theme.color(name))
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, role, theme.color("faint"))
    return made


def style_sheet(theme: ColorScheme, folder: Path) -> str:
    """Make the style sheet of a scheme from all sheets of a folder, the general one first."""
    values = {"folder": folder.as_posix(), "name": theme.name}
    files = sorted(folder.glob("*.qss"), key=lambda file: (file.name != "studio.qss", file.name))
    sheet = "\n".join(file.read_text(encoding="utf-8") for file in files)
    return re.sub(r"@(\w+)", lambda found: values.get(found[1]) or theme.hex(found[1]), sheet)
