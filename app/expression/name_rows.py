"""Rows of names as they are painted in the tree and among the proposals: arrow, icon, name, and its type."""

from __future__ import annotations

from abc import abstractmethod
from typing import NamedTuple

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFont, QPainter
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from app.expression.names import ICONS
from app.theme import current_scheme
from app.theme.icons import draw_icon

Index = QModelIndex | QPersistentModelIndex
ROW = 30
_LEAST_DETAIL = 24
"""Below this width the type is left out."""


class NameRow(NamedTuple):
    """Contents of a row; ``indent`` is where the icon begins, ``arrow`` the icon before it."""

    label: str
    detail: str
    kind: str
    indent: int
    arrow: str = ""
    weight: QFont.Weight = QFont.Weight.Normal
    color: str = "text"


class NameDelegate(QStyledItemDelegate):
    """Paints the rows of a view."""

    def __init__(self, view: QAbstractItemView, width: int = 0) -> None:
        super().__init__(view)
        self._view, self._width = view, width

    @abstractmethod
    def row(self, index: Index, chosen: bool) -> NameRow:
        """Return the contents of the row at an index."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(self._width, ROW)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        scheme, box = current_scheme(), option.rect
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        row = self.row(index, chosen)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QRect(0, box.top(), self._view.viewport().width(), box.height())
        self._paint_ground(painter, ground, chosen, bool(option.state & QStyle.StateFlag.State_MouseOver))
        left, middle = box.left() + row.indent, box.center().y() + 0.5
        if row.arrow:
            draw_icon(painter, row.arrow, QPointF(box.left() + 9, middle), 12, scheme.color("secondary"))
        if row.kind in ICONS:
            glyph, role = ICONS[row.kind]
            draw_icon(painter, glyph, QPointF(left + 8, middle), 16, scheme.color(role))
            left += 24
        self._paint_words(painter, row, QRect(left, box.top(), ground.right() - left - 10, box.height()))
        painter.restore()

    def _paint_ground(self, painter: QPainter, ground: QRect, chosen: bool, hovered: bool) -> None:
        scheme = current_scheme()
        if chosen or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(scheme.color("accent_tint" if chosen else "hover"))
            painter.drawRoundedRect(ground.adjusted(0, 1, 0, -1), 6, 6)
        if chosen and self._view.hasFocus():
            painter.setPen(scheme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(ground.adjusted(0, 1, -1, -2), 6, 6)

    def _paint_words(self, painter: QPainter, row: NameRow, room: QRect) -> None:
        middle, elide = Qt.AlignmentFlag.AlignVCenter, Qt.TextElideMode.ElideRight
        font = self._view.font()
        font.setWeight(row.weight)
        painter.setFont(font)
        painter.setPen(current_scheme().color(row.color))
        words = painter.fontMetrics().elidedText(row.label, elide, room.width())
        painter.drawText(room, middle | Qt.AlignmentFlag.AlignLeft, words)
        rest = room.adjusted(painter.fontMetrics().horizontalAdvance(words) + 12, 0, 0, 0)
        if rest.width() > _LEAST_DETAIL:
            font.setWeight(QFont.Weight.Normal)
            font.setPixelSize(11)
            painter.setFont(font)
            painter.setPen(current_scheme().color("secondary"))
            detail = painter.fontMetrics().elidedText(row.detail, elide, rest.width())
            painter.drawText(rest, middle | Qt.AlignmentFlag.AlignRight, detail)
