"""Sizes and painting helpers shared by all canvas items: texts, chips, badges (look.md, Measure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QTransform

from app.theme.colors import LIGHT, ColorScheme
from app.theme.fonts import font
from app.theme.icons import draw_icon
from engine.model.activity import ERROR, TIMEOUT

RADIUS = 28.0
DIAMOND = 44.0
RING = 3.0
REACH = 36.0
"""Distance from an activity's centre to where lines begin and end."""
TEXT_WIDTH = 164.0
CHIP_HEIGHT = 24.0
BADGE = 20.0
GRID = 24
DETAIL = 0.5
"""Scale below which only names are written, and shadows, chips and badges are not drawn."""
LEAST_TEXT = 9.0
"""Size in view pixels of the names below that scale."""
FAR = 0.3
"""Scale below which icons, arrowheads, chips and dashes are not drawn."""

EDIT, READ_ONLY, LIVE, TEST = "edit", "read_only", "live", "test"
MODES = (EDIT, READ_ONLY, LIVE, TEST)


PATH_ROLES: Mapping[str, str] = {ERROR: "error", TIMEOUT: "warning"}
"""The colour of the paths that leave where something failed or did not happen in time."""
_DASHES: Mapping[str, tuple[float, ...]] = {ERROR: (2, 3), TIMEOUT: (8, 3, 2, 3)}


def dashes(path: str, width: float) -> list[float]:
    """Return the dashes of a path's line, in units of its width as pens take them."""
    return [length / width for length in _DASHES.get(path, (4, 4))]


@dataclass(slots=True)
class CanvasLook:
    """State shared by all items of one canvas. ``outlined``: texts are drawn as shapes, for exported pictures."""

    theme: ColorScheme = LIGHT
    mode: str = EDIT
    outlined: bool = False

    @property
    def editable(self) -> bool:
        """Whether handles for building are shown."""
        return self.mode == EDIT


TITLE_FONT = (13, 600)
LABEL_FONT = (12, 400)
CHIP_FONT = (12, 500)
BADGE_FONT = (11, 600)
COUNT_FONT = (11, 500)


@cache
def metrics(size: int, weight: int) -> QFontMetricsF:
    """Return the font metrics of one of the canvas fonts."""
    return QFontMetricsF(font(size, weight))


def elided(text: str, kind: tuple[int, int], width: float) -> str:
    """Return the text in one line, shortened with an ellipsis to a width."""
    text = text if text.isprintable() else " ".join(text.split())
    return metrics(*kind).elidedText(text, Qt.TextElideMode.ElideRight, width)


def text_width(text: str, kind: tuple[int, int]) -> float:
    """Return the width of a text."""
    return metrics(*kind).horizontalAdvance(text)


def draw_text(
    painter: QPainter,
    look: CanvasLook,
    box: QRectF,
    text: str,
    kind: tuple[int, int],
    color: QColor,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignCenter,
) -> None:
    """Draw one line of text into a box."""
    face = font(*kind)
    if look.outlined:
        _outline_text(painter, box, text, face, color, align)
        return
    painter.setFont(face)
    painter.setPen(color)
    painter.drawText(box, int(align | Qt.AlignmentFlag.AlignVCenter), text)


def _outline_text(
    painter: QPainter, box: QRectF, text: str, face: QFont, color: QColor, align: Qt.AlignmentFlag
) -> None:
    size = QFontMetricsF(face)
    width = size.horizontalAdvance(text)
    left = box.left() if align & Qt.AlignmentFlag.AlignLeft else box.center().x() - width / 2
    path = QPainterPath()
    path.addText(QPointF(left, box.center().y() + (size.ascent() - size.descent()) / 2), face, text)
    painter.fillPath(path, color)


def draw_pill(painter: QPainter, box: QRectF, fill: QColor, border: QColor | None, radius: float) -> None:
    """Draw a rounded box with a crisp border."""
    painter.setPen(QPen(border, 1) if border is not None else Qt.PenStyle.NoPen)
    painter.setBrush(fill)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)


def draw_badge(painter: QPainter, look: CanvasLook, center: QPointF, kind: str, text: str = "") -> None:
    """Draw a round badge: ``error``, ``warning``, ``check``, ``person`` or a text such as a count."""
    theme = look.theme
    role = {"check": "success", "person": "accent"}.get(kind, kind)
    text = "!" if kind == "warning" else text
    width = max(BADGE, text_width(text, BADGE_FONT) + 12 if text else BADGE)
    box = QRectF(center.x() - width / 2, center.y() - BADGE / 2, width, BADGE)
    painter.setPen(QPen(theme.color("canvas"), 2))
    painter.setBrush(theme.color(role))
    painter.drawRoundedRect(box, BADGE / 2, BADGE / 2)
    foreground = theme.color("on_badge")
    if text:
        draw_text(painter, look, box, text, BADGE_FONT, foreground)
    else:
        glyph = {"check": "check-bold", "person": "user-bold", "error": "x-bold"}[kind]
        draw_icon(painter, glyph, center, 11, foreground)


@cache
def diamond(side: float, radius: float) -> QPainterPath:
    """Return a square with round corners standing on one of them, around the origin."""
    square = QPainterPath()
    square.addRoundedRect(QRectF(-side / 2, -side / 2, side, side), radius, radius)
    painter_path = QPainterPath()
    painter_path.addPath(QTransform().rotate(45).map(square))
    return painter_path


@cache
def disc(radius: float) -> QPainterPath:
    """Return a circle around the origin."""
    path = QPainterPath()
    path.addEllipse(QPointF(0, 0), radius, radius)
    return path


def grouped(count: int) -> str:
    """Return a count with grouped thousands."""
    return f"{count:,}"
