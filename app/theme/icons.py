"""Phosphor icons as outlines, sharp at every scale and in every colour, from the copy that QtAwesome ships.

QtAwesome's package brings font and names; importing the package itself would cost a third of a second at start, so
its files are read directly.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QIcon,
    QIconEngine,
    QPainter,
    QPainterPath,
    QPixmap,
    QRawFont,
    QTransform,
)

from app.theme.colors import color

_EM = 256.0


def _folder() -> Path:
    spec = find_spec("qtawesome")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("QtAwesome is missing; install it with: make install")
    return Path(spec.origin).parent / "fonts"


@cache
def _names() -> dict[str, int]:
    (file,) = _folder().glob("phosphor-charmap-*.json")
    return {name: int(code, 16) for name, code in json.loads(file.read_text(encoding="utf-8")).items()}


@cache
def _font() -> QRawFont:
    (file,) = _folder().glob("phosphor-[0-9]*.ttf")
    return QRawFont(str(file), _EM)


@cache
def outline(name: str) -> QPainterPath:
    """Return an icon's outline centred on the origin, one unit wide; KeyError for an unknown name."""
    font = _font()
    (glyph,) = font.glyphIndexesForString(chr(_names()[name]))
    path = font.pathForGlyph(glyph)
    box = QRectF(0, -font.ascent(), font.advancesForGlyphIndexes([glyph])[0].x(), font.ascent() + font.descent())
    centre = box.center()
    scaled = QTransform(1 / _EM, 0, 0, 1 / _EM, -centre.x() / _EM, -centre.y() / _EM).map(path)
    scaled.setFillRule(Qt.FillRule.WindingFill)
    return scaled


def draw_icon(painter: QPainter, name: str, center: QPointF, size: float, color: QColor) -> None:
    """Paints an icon around a point."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.translate(center)
    painter.scale(size, size)
    painter.fillPath(outline(name), color)
    painter.restore()


class _Engine(QIconEngine):
    """Draws one icon at the requested size in the colours of the current scheme; disabled icons are paler."""

    def __init__(self, name: str, role: str, checked: str) -> None:
        super().__init__()
        self._name, self._role, self._checked = name, role, checked

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        box = QRectF(rect)
        ink = QColor(color(self._checked if state == QIcon.State.On else self._role))
        if mode == QIcon.Mode.Disabled:
            ink.setAlphaF(0.4)
        draw_icon(painter, self._name, box.center(), min(box.width(), box.height()), ink)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, pixmap.rect(), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._role, self._checked)


def icon(name: str, role: str = "secondary", checked: str = "") -> QIcon:
    """Make an icon in the colour of a role, which follows the theme; ``checked`` is its role when checked.

    KeyError for a name that Phosphor lacks.
    """
    outline(name)
    return QIcon(_Engine(name, role, checked or role))


def pixmap(name: str, role: str = "secondary", size: int = 16) -> QPixmap:
    """Draw an icon in the current scheme for the screen with the highest resolution."""
    ratio = max((screen.devicePixelRatio() for screen in QGuiApplication.screens()), default=1.0)
    made = QPixmap(round(size * ratio), round(size * ratio))
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    draw_icon(painter, name, QPointF(size / 2, size / 2), size, color(role))
    painter.end()
    return made
