"""Mouse gestures: pan, select a rectangle, move, connect, reconnect, move and resize notes."""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QCursor, QPainter, QPen

from app.canvas.annotations import GroupItem, NoteItem
from app.canvas.edges import EdgeItem
from app.canvas.nodes import ActivityItem
from app.canvas.pointer import Pointer
from app.document import rules
from engine.model.journey import Edge

DRAG_THRESHOLD = 4.0
"""Distance in view pixels the mouse moves before a press becomes a drag."""
SNAP = 6.0
"""Distance within which a moved activity snaps to another's column or row."""
GRID = 4


def to_grid(point: QPointF) -> tuple[int, int]:
    """Return the nearest point of the 4 px grid."""
    return (round(point.x() / GRID) * GRID, round(point.y() / GRID) * GRID)


class Gesture:
    """A press that does nothing; the base of all gestures."""

    def __init__(self, mouse: Pointer) -> None:
        self.mouse = mouse

    def move(self, point: QPointF, place: QPointF) -> None:
        """Handle a mouse move: point in the scene, position in the view."""

    def release(self, point: QPointF) -> None:
        """Apply the edit when the button is released."""

    def cancel(self) -> None:
        """Restore what was shown before; lines follow by themselves. The document may have changed already."""

    def draw(self, painter: QPainter) -> None:
        """Paint the gesture's feedback in scene coordinates."""


class Pan(Gesture):
    """Pan the canvas with the mouse."""

    def __init__(self, mouse: Pointer, place: QPointF) -> None:
        super().__init__(mouse)
        self._place = place
        mouse.viewer.viewport().setCursor(QCursor(Qt.CursorShape.ClosedHandCursor))

    def move(self, point: QPointF, place: QPointF) -> None:
        """Follow the mouse."""
        self.mouse.viewer.pan_by(place - self._place)
        self._place = place

    def release(self, point: QPointF) -> None:
        """Restore the cursor."""
        self.cancel()

    def cancel(self) -> None:
        """Restore the cursor."""
        self.mouse.viewer.viewport().unsetCursor()


class SelectRectangle(Gesture):
    """Select the items in a rectangle; a click on empty canvas clears the selection."""

    def __init__(self, mouse: Pointer, point: QPointF, adding: bool) -> None:
        super().__init__(mouse)
        self._start = self._end = point
        scene = mouse.viewer.scene()
        self._before = set(scene.selectedItems()) if adding else set()
        if not adding:
            scene.clearSelection()

    def move(self, point: QPointF, place: QPointF) -> None:
        """Update the selection while the rectangle grows."""
        self._end = point
        box = QRectF(self._start, self._end).normalized()
        for item in self.mouse.viewer.scene().items():
            if isinstance(item, ActivityItem | NoteItem):
                inside = box.intersects(item.mapRectToScene(item.shape().boundingRect()))
                item.setSelected(inside or item in self._before)
        self.mouse.viewer.viewport().update()

    def release(self, point: QPointF) -> None:
        """Keep the selection."""
        self._end = self._start
        self.mouse.viewer.viewport().update()

    def draw(self, painter: QPainter) -> None:
        """Paint the rectangle."""
        theme = self.mouse.look.theme
        pen = QPen(theme.color("accent"), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(theme.faded("accent", 0.08))
        painter.drawRect(QRectF(self._start, self._end).normalized())


class MoveItems(Gesture):
    """Move the selected activities and notes; a single unconnected activity can be dropped on an edge."""

    def __init__(self, mouse: Pointer, point: QPointF, item: ActivityItem, adding: bool) -> None:
        super().__init__(mouse)
        self._start, self._item, self._adding = point, item, adding
        self._was_only = mouse.viewer.scene().selectedItems() == [item]
        self._moving = False
        self._guides: list[tuple[QPointF, QPointF]] = []
        self._places: dict[str, QPointF] = {}
        self._notes: dict[int, QPointF] = {}

    def _begin(self) -> None:
        self._moving = True
        if not self._item.isSelected():
            self._item.setSelected(True)
        projection = self.mouse.projection
        self._places = {name: node.pos() for name, node in projection.nodes.items() if node.isSelected()}
        self._notes = {note.index: note.pos() for note in projection.notes if note.isSelected()}

    def move(self, point: QPointF, place: QPointF) -> None:
        """Move the items, snapping to columns and rows of other activities."""
        delta = point - self._start
        if not self.mouse.editable:
            return
        if not self._moving:
            if delta.manhattanLength() * self.mouse.viewer.scale_now < DRAG_THRESHOLD:
                return
            self._begin()
        delta = self._snapped(delta)
        for name, before in self._places.items():
            self.mouse.projection.nodes[name].setPos(before + delta)
        for index, before in self._notes.items():
            self.mouse.projection.notes[index].setPos(before + delta)
        self.mouse.projection.lay_lines(self._places, self._item.id if self._is_loose() else "")
        self.mouse.offer(self._edge_below())
        self.mouse.viewer.viewport().update()

    def _snapped(self, delta: QPointF) -> QPointF:
        """Return the shift, snapped to the grid or to the column or row of an activity that stays."""
        leader = self._places[self._item.id]
        x, y = to_grid(leader + delta)
        others = [n.pos() for name, n in self.mouse.projection.nodes.items() if name not in self._places]
        column = min(others, key=lambda other: abs(other.x() - x), default=None)
        row = min(others, key=lambda other: abs(other.y() - y), default=None)
        self._guides = []
        found_x, found_y = float(x), float(y)
        if column is not None and abs(column.x() - x) <= SNAP:
            found_x = column.x()
            self._guides.append((column, QPointF(found_x, y)))
        if row is not None and abs(row.y() - y) <= SNAP:
            found_y = row.y()
            self._guides.append((row, QPointF(x, found_y)))
        return QPointF(found_x, found_y) - leader

    def _is_loose(self) -> bool:
        """Return whether a single unconnected activity is being moved."""
        journey = self.mouse.document.journey
        alone = self._item.id not in journey.incoming and self._item.id not in journey.outgoing
        return alone and list(self._places) == [self._item.id]

    def _edge_below(self) -> EdgeItem | None:
        """Return the edge onto which the moved activity can be dropped."""
        if not self._is_loose():
            return None
        journey = self.mouse.document.journey
        edge = self.mouse.item_at(self._item.pos(), EdgeItem)
        if not isinstance(edge, EdgeItem) or rules.can_insert_existing(journey, self._item.id, edge.edge):
            return None
        return edge

    def release(self, point: QPointF) -> None:
        """Move the items in the document; a click without movement selects only the pressed item."""
        if not self._moving:
            if not self._adding and not self._was_only:
                self.mouse.viewer.scene().clearSelection()
                self._item.setSelected(True)
            return
        document, projection = self.mouse.document, self.mouse.projection
        places = {name: to_pair(projection.nodes[name].pos()) for name in self._places}
        edge = self._edge_below()
        if edge is not None:
            document.insert_existing(self._item.id, edge.edge, places[self._item.id])
        else:
            notes = {index: to_pair(projection.notes[index].pos()) for index in self._notes}
            document.move(places, notes=notes)
        projection.lay_lines()
        self.mouse.viewer.viewport().update()

    def cancel(self) -> None:
        """Restore all positions."""
        projection = self.mouse.projection
        for name, before in self._places.items():
            if name in projection.nodes:
                projection.nodes[name].setPos(before)
        for index, before in self._notes.items():
            if index < len(projection.notes):
                projection.notes[index].setPos(before)

    def draw(self, painter: QPainter) -> None:
        """Paint the snap guides."""
        pen = QPen(self.mouse.look.theme.faded("accent", 0.6), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for one, other in self._guides:
            painter.drawLine(one, other)


def to_pair(point: QPointF) -> tuple[float, float]:
    """Return a point as the document stores it."""
    return (point.x(), point.y())


class DrawEdge(Gesture):
    """Draw an edge from a path: onto an activity it connects, on empty canvas it opens quick-add."""

    def __init__(self, mouse: Pointer, point: QPointF, source: str, path: str, moving: Edge | None = None) -> None:
        super().__init__(mouse)
        self._press, self._source, self._path, self._moving = point, source, path, moving
        self._drawing = moving is not None
        self._reason: str | None = None

    def move(self, point: QPointF, place: QPointF) -> None:
        """Follow the mouse and show whether the edge may end there."""
        if not self._drawing and (point - self._press).manhattanLength() * self.mouse.viewer.scale_now < DRAG_THRESHOLD:
            return
        self._drawing = True
        target = self.mouse.item_at(point, ActivityItem)
        self._reason = None
        if isinstance(target, ActivityItem) and target.id != self._source:
            self._reason = self._reason_against(target.id)
            self.mouse.offer(target, self._reason is None)
        else:
            self.mouse.offer(None)
        source = self.mouse.projection.nodes[self._source]
        self.mouse.live.follow(source.pos() + QPointF(36, 0), point, self._reason is not None)

    def _reason_against(self, target: str) -> str | None:
        return rules.can_connect(self.mouse.document.journey, self._source, self._path, target, self._moving)

    def release(self, point: QPointF) -> None:
        """Connect, disconnect or open quick-add."""
        self.mouse.live.hide()
        document = self.mouse.document
        target = self.mouse.item_at(point, ActivityItem)
        if isinstance(target, ActivityItem) and self._drawing:
            if target.id != self._source:
                document.connect_path(self._source, self._path, target.id, self._moving)
        elif self._moving is not None:
            document.disconnect_edge(self._moving)
        else:
            self.mouse.quick_add_requested.emit(point, self._source, self._path)

    def cancel(self) -> None:
        """Remove the line."""
        self.mouse.live.hide()


class ReconnectEdge(Gesture):
    """Press an edge: a click selects it, a drag detaches its target and connects another."""

    def __init__(self, mouse: Pointer, point: QPointF, edge: Edge) -> None:
        super().__init__(mouse)
        self._press, self._edge = point, edge
        self._wire: DrawEdge | None = None

    def move(self, point: QPointF, place: QPointF) -> None:
        """Start drawing the edge once the mouse moved far enough."""
        far = (point - self._press).manhattanLength() * self.mouse.viewer.scale_now
        if self._wire is None and far >= 3 * DRAG_THRESHOLD:
            self._wire = DrawEdge(self.mouse, self._press, self._edge.source, self._edge.path, self._edge)
            self._fade(0.25)
        if self._wire is not None:
            self._wire.move(point, place)

    def release(self, point: QPointF) -> None:
        """Apply the edit of the drawn edge, if any."""
        self._show()
        if self._wire is not None:
            self._wire.release(point)

    def cancel(self) -> None:
        """Restore the edge."""
        self._show()
        if self._wire is not None:
            self._wire.cancel()

    def _show(self) -> None:
        if self._edge in self.mouse.projection.edges:
            self._fade(1.0)

    def _fade(self, opacity: float) -> None:
        edge = self.mouse.projection.edges[self._edge]
        edge.setOpacity(opacity)
        edge.plate.setOpacity(opacity)


class MoveNote(Gesture):
    """Move a note or resize it by its corner."""

    LEAST = (80, 48)

    def __init__(self, mouse: Pointer, point: QPointF, note: NoteItem) -> None:
        super().__init__(mouse)
        self._start, self._index, self._before = point, note.index, note.note
        self._sizing = note.corner.contains(point - note.pos())
        self._after = note.note

    def move(self, point: QPointF, place: QPointF) -> None:
        """Show the note at its new position or size."""
        if not self.mouse.editable:
            return
        delta = point - self._start
        if self._sizing:
            width, height = self._before.size[0] + delta.x(), self._before.size[1] + delta.y()
            size = (max(self.LEAST[0], round(width)), max(self.LEAST[1], round(height)))
            self._after = self._before.model_copy(update={"size": size})
        else:
            position = to_grid(QPointF(*self._before.position) + delta)
            self._after = self._before.model_copy(update={"position": position})
        self.mouse.projection.notes[self._index].show_note(self._index, self._after)

    def release(self, point: QPointF) -> None:
        """Store position and size in one step."""
        if self._after != self._before:
            self.mouse.document.update_note(self._index, position=self._after.position, size=self._after.size)

    def cancel(self) -> None:
        """Restore the note."""
        if self._index < len(self.mouse.projection.notes):
            self.mouse.projection.notes[self._index].show_note(self._index, self._before)


class MoveGroup(Gesture):
    """Move a group with all its activities by its label."""

    def __init__(self, mouse: Pointer, point: QPointF, item: GroupItem) -> None:
        super().__init__(mouse)
        self._start = point
        nodes = mouse.projection.nodes
        self._places = {name: nodes[name].pos() for name in item.frame.activities if name in nodes}
        self._select(self._places)

    def _select(self, names: Collection[str]) -> None:
        self.mouse.viewer.scene().clearSelection()
        for name in names:
            self.mouse.projection.nodes[name].setSelected(True)

    def move(self, point: QPointF, place: QPointF) -> None:
        """Move the activities."""
        if not self.mouse.editable:
            return
        x, y = to_grid(point - self._start)
        for name, before in self._places.items():
            self.mouse.projection.nodes[name].setPos(before + QPointF(x, y))
        self.mouse.projection.lay_lines(self._places)

    def release(self, point: QPointF) -> None:
        """Move the activities in the document."""
        nodes = self.mouse.projection.nodes
        places = {name: to_pair(nodes[name].pos()) for name in self._places}
        if any(nodes[name].pos() != before for name, before in self._places.items()):
            self.mouse.document.move(places)

    def cancel(self) -> None:
        """Restore all positions."""
        nodes = self.mouse.projection.nodes
        for name, before in self._places.items():
            if name in nodes:
                nodes[name].setPos(before)
