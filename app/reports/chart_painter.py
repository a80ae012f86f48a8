"""The painter of charts and tables, on screen and on paper: theme colours and text styles."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPen

from app.theme.colors import ColorScheme
from app.theme.fonts import font as font_of

LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
CENTER = Qt.AlignmentFlag.AlignCenter
MARK = 10.0
"""Size of a legend's colour sample."""


@dataclass(slots=True)
class ChartPainter:
    """Draws; ``hits`` are areas with tooltips.

    On ``paper`` it uses plain characters: tabular digits and superscripts could not be searched in a PDF.
    """

    qpainter: QPainter
    scheme: ColorScheme
    paper: bool = False
    hits: list[tuple[QRectF, str]] = field(default_factory=list)

    def font(self, pixels: int = 12, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        """Return the studio's font in a size."""
        font = font_of(pixels, weight)
        if self.paper:
            font = QFont(font)
            font.clearFeatures()
            font.setFeature(QFont.Tag("calt"), 0)
        return font

    def width(self, words: str, pixels: int = 12, weight: QFont.Weight = QFont.Weight.Normal) -> float:
        """Return the width of a text."""
        return QFontMetricsF(self.font(pixels, weight)).horizontalAdvance(words)

    def text(
        self,
        box: QRectF,
        words: str,
        align: Qt.AlignmentFlag = LEFT,
        role: str = "text",
        pixels: int = 12,
        weight: QFont.Weight = QFont.Weight.Normal,
    ) -> None:
        """Draw one line of text, shortened if too long."""
        font = self.font(pixels, weight)
        self.qpainter.setFont(font)
        self.qpainter.setPen(self.scheme.color(role))
        shown = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, box.width() + 0.5)
        self.qpainter.drawText(box, align | Qt.TextFlag.TextSingleLine, shown)

    def line(self, start: QPointF, end: QPointF, role: str = "hairline", width: float = 1.0) -> None:
        """Draw a straight line."""
        self.qpainter.setPen(QPen(self.scheme.color(role), width))
        self.qpainter.drawLine(start, end)

    def fill(self, box: QRectF, role: str, radius: float = 0.0) -> None:
        """Fill a box."""
        self.qpainter.setPen(Qt.PenStyle.NoPen)
        self.qpainter.setBrush(self.scheme.color(role))
        self.qpainter.drawRoundedRect(box, radius, radius)
        self.qpainter.setBrush(Qt.BrushStyle.NoBrush)

    def sentence(self, box: QRectF, words: str, role: str = "secondary") -> None:
        """Draw a centred, wrapped sentence."""
        self.qpainter.setFont(self.font(13))
        self.qpainter.setPen(self.scheme.color(role))
        room = box.adjusted(16, 0, -16, 0)
        self.qpainter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)

    def hit(self, box: QRectF, words: str) -> None:
        """Set the tooltip of an area."""
        self.hits.append((QRectF(box), words))
