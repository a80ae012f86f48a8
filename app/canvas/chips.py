"""The chip of a path with its name and count, drawn above all lines."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.canvas import painting as looks
from app.canvas.painting import CHIP_FONT, COUNT_FONT, LIVE, CanvasLook

Z_CHIP = 1.9


class ChipOwner(Protocol):
    """What a chip needs from its edge."""

    look: CanvasLook
    hovered: bool
    offered: bool

    @property
    def chip(self) -> QRectF: ...
    @property
    def words(self) -> tuple[str, str]: ...
    def line_color(self) -> QColor: ...
    def isSelected(self) -> bool: ...


class ChipItem(QGraphicsItem):
    """Paints the chip of one edge; the edge sets its position and handles the mouse."""

    def __init__(self, edge: ChipOwner) -> None:
        super().__init__()
        self._edge = edge
        self._box = QRectF()
        self.setZValue(Z_CHIP)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)

    def place(self) -> None:
        """Update position and text from the edge."""
        self.prepareGeometryChange()
        chip = self._edge.chip
        self._box = chip.adjusted(-4, -4, 4, 6) if not chip.isEmpty() else QRectF()
        self.update()

    def boundingRect(self) -> QRectF:
        """Return the chip's rectangle with its shadow."""
        return self._box

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint pill, name and count."""
        edge, box = self._edge, self._edge.chip
        if box.isEmpty() or painter.worldTransform().m11() < looks.DETAIL:
            return
        look, theme = edge.look, edge.look.theme
        if look.mode != LIVE:
            looks.draw_pill(painter, box.translated(0, 1.5), theme.faded("shadow", 0.07), None, 7)
        lit = edge.isSelected() or edge.offered or edge.hovered
        looks.draw_pill(painter, box, theme.color("chip"), edge.line_color() if lit else theme.color("chip_border"), 7)
        name, count = edge.words
        inner = box.adjusted(10, 0, -10, 0)
        left = QRectF(inner.left(), box.top(), looks.text_width(name, CHIP_FONT) + 1, box.height())
        width = looks.text_width(count, COUNT_FONT) + 1
        right = QRectF(inner.right() - width, box.top(), width, box.height())
        looks.draw_text(painter, look, left, name, CHIP_FONT, theme.color("text"))
        looks.draw_text(painter, look, right, count, COUNT_FONT, theme.color("secondary"))
