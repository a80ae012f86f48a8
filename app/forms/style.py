"""The style sheet of the frame, the panels and the forms, filled with the colours of a theme."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from app.theme.table import Theme

SHEET = Path(__file__).resolve().parents[2] / "resources" / "themes" / "frame.qss"


@cache
def style_sheet(theme: Theme) -> str:
    """The studio's own style sheet in a theme; raises KeyError for a role that the table does not have."""
    return re.sub(r"@(\w+)", lambda found: theme.hex(found[1]), SHEET.read_text(encoding="utf-8"))
