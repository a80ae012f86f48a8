"""Colours, icons and fonts of the studio, in the light or dark scheme that the application shows.

Everything is drawn from one table of colours by role. Widgets ask for a colour when they paint; icons follow by
themselves.
"""

from app.theme.colors import color, current_scheme
from app.theme.fonts import code_font, font
from app.theme.icons import icon, pixmap

__all__ = ["code_font", "color", "current_scheme", "font", "icon", "pixmap"]
