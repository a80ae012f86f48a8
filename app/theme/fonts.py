"""The bundled fonts: Pretendard for Latin and Hangul in one family, JetBrains Mono for code."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PySide6.QtGui import QFont, QFontDatabase

from engine.installation import resource_path

FOLDER = resource_path("fonts")
FAMILY = "Pretendard"
CODE_FAMILY = "JetBrains Mono"


@cache
def register(folder: Path = FOLDER) -> tuple[str, ...]:
    """Register the bundled fonts and return their families. Needs a QGuiApplication."""
    families: dict[str, None] = {}
    for file in sorted((*folder.glob("*.otf"), *folder.glob("*.ttf"))):
        number = QFontDatabase.addApplicationFont(str(file))
        families.update(dict.fromkeys(QFontDatabase.applicationFontFamilies(number)))
    return tuple(families)


@cache
def font(pixels: int = 13, weight: int | QFont.Weight = 400) -> QFont:
    """Pretendard in a size and weight (400, 500, 600), with digits of one width."""
    made = QFont(FAMILY)
    made.setPixelSize(pixels)
    made.setWeight(QFont.Weight(weight))
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    made.setFeature(QFont.Tag("tnum"), 1)
    return made


@cache
def code_font(pixels: int = 13) -> QFont:
    """Return the font of code."""
    made = QFont(CODE_FAMILY)
    made.setPixelSize(pixels)
    made.setStyleHint(QFont.StyleHint.Monospace)
    return made
