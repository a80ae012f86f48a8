"""Drag and drop from the palette: find the target, check the rules, create the activity."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QCursor, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QGraphicsItem

from app.canvas.edges import EdgeItem
from app.canvas.gestures import to_grid
from app.canvas.mouse import MouseController
from app.canvas.nodes import ActivityItem
from app.canvas.stubs import StubItem
from app.document import rules
from app.document.transfer import MIME_TYPE, ActivityTemplate
from engine.model.journey import Edge

_NEAR = 26.0
"""Distance in canvas pixels within which a drop belongs to a path's end."""


@dataclass(frozen=True, slots=True)
class DropTarget:
    """A drop target: a path's end, an edge or empty canvas."""

    after: tuple[str, str] | None = None
    on_edge: Edge | None = None


class DropController:
    """Handles drags from the palette and says at a refused drop why it is not allowed."""

    def __init__(self, mouse: MouseController) -> None:
        self._mouse = mouse
        self._reason = ""

    def target_at(self, point: QPointF) -> tuple[DropTarget, QGraphicsItem | None]:
        """Return the target at a point of the scene and the item that represents it."""
        stub = self._near_stub(point)
        if stub is not None:
            return DropTarget(after=(stub.node.id, stub.path)), stub
        item = self._mouse.item_at(point, ActivityItem, EdgeItem)
        if isinstance(item, ActivityItem):
            journey = self._mouse.document.journey
            ways = rules.open_paths(journey, item.id)
            path = ways[0] if ways else rules.parallel_path(journey, item.id) or ""
            return DropTarget(after=(item.id, path)), item
        if isinstance(item, EdgeItem):
            return DropTarget(on_edge=item.edge), item
        return DropTarget(), None

    def _near_stub(self, point: QPointF) -> StubItem | None:
        stubs = [(item, (item.handle - point).manhattanLength()) for item in self._mouse.projection.stubs.values()]
        near = [(distance, index) for index, (_, distance) in enumerate(stubs) if distance <= _NEAR]
        if near:
            return stubs[min(near)[1]][0]
        found = self._mouse.item_at(point, StubItem)
        return found if isinstance(found, StubItem) else None

    def _reason_against(self, template: ActivityTemplate, place: DropTarget) -> str | None:
        journey = self._mouse.document.journey
        if place.after is not None:
            return rules.can_follow(journey, template, *place.after)
        if place.on_edge is not None:
            return rules.can_insert(journey, template, place.on_edge)
        return rules.can_begin(journey, template)

    def over(self, event: QDragMoveEvent) -> None:
        """Highlight the target under the pointer, or show that it refuses the drop."""
        template = self._dragged(event)
        if template is None:
            event.ignore()
            return
        place, item = self.target_at(self._mouse.viewer.scene_point(event.position()))
        reason = self._reason_against(template, place)
        self._mouse.offer(item, reason is None)
        if reason is None:
            self._reason = ""
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            return
        self._reason = reason
        event.ignore()

    def leave(self) -> None:
        """Clear the highlight; a release over what refuses arrives as a leave too, and is told why."""
        viewport = self._mouse.viewer.viewport()
        inside = viewport.rect().contains(viewport.mapFromGlobal(QCursor.pos()))
        reason, self._reason = self._reason, ""
        self._mouse.offer(None)
        if reason and inside:
            self._mouse.refused.emit(reason)

    def drop(self, event: QDropEvent) -> None:
        """Create the dragged activity at its target and select it."""
        template = self._dragged(event)
        self._mouse.offer(None)
        if template is None:
            event.ignore()
            return
        self._mouse.cancel()
        point = self._mouse.viewer.scene_point(event.position())
        place, _ = self.target_at(point)
        self._mouse.attempt(lambda: self.add(template, point, place))
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def _dragged(self, event: QDropEvent) -> ActivityTemplate | None:
        mime = event.mimeData()
        if not self._mouse.editable or not mime.hasFormat(MIME_TYPE):
            return None
        return ActivityTemplate.from_mime(bytes(mime.data(MIME_TYPE).data()))

    def add(self, template: ActivityTemplate, point: QPointF, place: DropTarget) -> None:
        """Add an activity at a point, on an edge or after a path's end, and select it."""
        document, nodes = self._mouse.document, self._mouse.projection.nodes
        if place.after is not None:
            name = document.add_activity(template, after=place.after)
        elif place.on_edge is not None:
            name = document.add_activity(template, to_grid(point), on_edge=place.on_edge)
        else:
            name = document.add_activity(template, to_grid(point))
        self._mouse.viewer.scene().clearSelection()
        nodes[name].setSelected(True)
        self._mouse.viewer.bring_into_view(self._mouse.projection.content([name]))

    def insert(self, template: ActivityTemplate, point: QPointF, edge: Edge) -> None:
        """Insert an activity on an edge; show why if that is not allowed."""
        self._mouse.attempt(lambda: self.add(template, point, DropTarget(on_edge=edge)))
