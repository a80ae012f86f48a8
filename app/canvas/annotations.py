"""Notes and coloured groups: drawn behind the activities, without effect on the run."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from app.canvas import painting as looks
from app.canvas.painting import CanvasLook
from app.theme.fonts import font
from engine.model.journey import Group, Note

GROUP_COLORS = ("blue", "green", "orange", "red", "gray")
Z_GROUP, Z_NOTE = -2, 0


class NoteItem(QGraphicsItem):
    """A sticky note; its origin is the upper left corner."""

    def __init__(self, index: int, note: Note, look: CanvasLook) -> None:
        super().__init__()
        self.look = look
        self.hovered = False
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIsSelectable)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(Z_NOTE)
        self.show_note(index, note)

    def show_note(self, index: int, note: Note) -> None:
        """Show the note's text, position and size."""
        self.prepareGeometryChange()
        self.index, self.note = index, note
        self.setPos(*note.position)
        self.update()

    @property
    def box(self) -> QRectF:
        """Return the note's rectangle."""
        return QRectF(0, 0, *self.note.size)

    @property
    def corner(self) -> QRectF:
        """Return the corner by which the note is resized."""
        return QRectF(self.box.right() - 16, self.box.bottom() - 16, 16, 16)

    def boundingRect(self) -> QRectF:
        """Return the note's rectangle with its frame."""
        return self.box.adjusted(-4, -4, 4, 6)

    def shape(self) -> QPainterPath:
        """Return the note's rectangle."""
        path = QPainterPath()
        path.addRect(self.box)
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint the note and its text."""
        theme = self.look.theme
        border = theme.color("accent") if self.isSelected() else theme.color("note_border")
        looks.draw_pill(painter, self.box, theme.color("note"), border, 6)
        inner = self.box.adjusted(12, 10, -12, -10)
        painter.setFont(font(13))
        painter.setPen(theme.color("text"))
        flags = Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop
        painter.drawText(inner, int(flags), self.note.text)
        if self.hovered or self.isSelected():
            painter.setPen(QPen(theme.color("secondary"), 1.2))
            end = self.box.bottomRight()
            for step in (5, 9):
                painter.drawLine(QPointF(end.x() - step, end.y() - 3), QPointF(end.x() - 3, end.y() - step))


class GroupItem(QGraphicsItem):
    """A coloured frame around activities with a label at the upper left."""

    def __init__(self, index: int, group: Group, look: CanvasLook) -> None:
        super().__init__()
        self.index, self.frame, self.look = index, group, look
        self._box = QRectF()
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.setZValue(Z_GROUP)

    def enclose(self, index: int, group: Group, box: QRectF) -> None:
        """Enclose this box of activities."""
        self.prepareGeometryChange()
        self.index, self.frame = index, group
        self._box = box.adjusted(-20, -36, 20, 14)
        self.update()

    @property
    def box(self) -> QRectF:
        """Return the frame in scene coordinates."""
        return self._box

    @property
    def title_box(self) -> QRectF:
        """Return the box of the label, by which the group is moved."""
        return QRectF(self._box.left() + 12, self._box.top() + 6, max(60.0, self._box.width() - 24), 22)

    def boundingRect(self) -> QRectF:
        """Return the frame."""
        return self._box.adjusted(-2, -2, 2, 2)

    def shape(self) -> QPainterPath:
        """Return the label: the only part that reacts to the mouse."""
        path = QPainterPath()
        path.addRect(self.title_box)
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint background, border and label."""
        theme = self.look.theme
        role = f"group_{self.frame.color if self.frame.color in GROUP_COLORS else 'gray'}"
        looks.draw_pill(painter, self._box, theme.faded(role, 0.05), theme.faded(role, 0.40), 12)
        if self.frame.label:
            text = looks.elided(self.frame.label, (12, 600), self.title_box.width())
            left = Qt.AlignmentFlag.AlignLeft
            looks.draw_text(painter, self.look, self.title_box, text, (12, 600), theme.color(role), left)
