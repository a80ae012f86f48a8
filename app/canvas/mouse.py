"""Start the gesture that matches what lies under the mouse.

Gestures change positions on the screen while they run and the document only when they end. A gesture is cancelled and
everything restored before any other change is drawn, on Esc, and when the journey becomes read-only.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QPainter

from app.activity_views import full_name
from app.canvas import gestures
from app.canvas.annotations import GroupItem, NoteItem
from app.canvas.edges import EdgeItem
from app.canvas.nodes import ActivityItem
from app.canvas.painting import CanvasLook
from app.canvas.pointer import Item, Pointer
from app.canvas.projection import Projection
from app.canvas.stubs import StubItem
from app.canvas.viewer import JourneyViewer
from app.document.document import JourneyDocument, NotAllowedError


class MouseController(Pointer):
    """Mouse control of the canvas."""

    def __init__(
        self, viewer: JourneyViewer, document: JourneyDocument, projection: Projection, look: CanvasLook
    ) -> None:
        super().__init__(viewer, document, projection, look)
        self.space = False
        self._held = False
        self._button = Qt.MouseButton.NoButton
        self._gesture: gestures.Gesture | None = None

    @property
    def busy(self) -> bool:
        """Whether a gesture goes on."""
        return self._gesture is not None

    @property
    def resting(self) -> bool:
        """Whether no button is held: what the selection opens may change the view now."""
        return not self._held

    def rest(self) -> None:
        """Take all buttons as released, also when their release went elsewhere."""
        if self._held:
            self._held = False
            self.rested.emit()

    def press(self, event: QMouseEvent) -> None:
        """Start a gesture."""
        self.cancel()
        self._held = True
        self.pressed.emit()
        point = self.viewer.scene_point(event.position())
        button = self._button = event.button()
        if button == Qt.MouseButton.MiddleButton or (button == Qt.MouseButton.LeftButton and self.space):
            self._gesture = gestures.Pan(self, event.position())
        elif button == Qt.MouseButton.LeftButton:
            self._gesture = self._begin(point, event)
        elif button == Qt.MouseButton.RightButton:
            self._select_for_menu(point)

    def _begin(self, point: QPointF, event: QMouseEvent) -> gestures.Gesture:
        item = self.item_at(point)
        adding = bool(event.modifiers() & (Qt.KeyboardModifier.ShiftModifier | Qt.KeyboardModifier.ControlModifier))
        if isinstance(item, StubItem) and self.editable:
            return gestures.DrawEdge(self, point, item.node.id, item.path)
        if isinstance(item, ActivityItem):
            if self.editable and item.plus is not None and self.plus_of(item, point):
                return gestures.DrawEdge(self, point, item.id, item.plus)
            self.select_on_press(item, adding)
            return gestures.MoveItems(self, point, item, adding)
        if isinstance(item, EdgeItem):
            self.select_on_press(item, adding)
            return gestures.ReconnectEdge(self, point, item.edge) if self.editable else gestures.Gesture(self)
        if isinstance(item, NoteItem):
            self.select_on_press(item, adding)
            return gestures.MoveNote(self, point, item)
        if isinstance(item, GroupItem):
            return gestures.MoveGroup(self, point, item)
        return gestures.SelectRectangle(self, point, adding)

    def select_on_press(self, item: Item, adding: bool) -> None:
        """Select on press; Shift or Ctrl toggles."""
        if adding:
            item.setSelected(not item.isSelected())
        elif not item.isSelected():
            self.viewer.scene().clearSelection()
            item.setSelected(True)

    def _select_for_menu(self, point: QPointF) -> None:
        item = self.item_at(point, ActivityItem, EdgeItem, NoteItem)
        if item is not None and not item.isSelected():
            self.viewer.scene().clearSelection()
            item.setSelected(True)

    def move(self, event: QMouseEvent) -> None:
        """Continue the gesture; without one, update the hovered item."""
        point = self.viewer.scene_point(event.position())
        if event.buttons() == Qt.MouseButton.NoButton and self._held:
            self.cancel()
            self.rest()
        if self._gesture is not None:
            self._gesture.move(point, event.position())
        else:
            self._hover(self.item_at(point))

    def release(self, event: QMouseEvent) -> None:
        """End the gesture and apply its edit."""
        gesture = self._gesture
        if gesture is not None and event.button() == self._button:
            self._gesture = None
            self.offer(None)
            self.attempt(lambda: gesture.release(self.viewer.scene_point(event.position())))
        if event.buttons() == Qt.MouseButton.NoButton:
            self.rest()

    def double_click(self, event: QMouseEvent) -> None:
        """Open the item under the mouse."""
        self.cancel()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        point = self.viewer.scene_point(event.position())
        item = self.item_at(point)
        if isinstance(item, ActivityItem):
            self.activated.emit(item.id)
        elif isinstance(item, NoteItem):
            self.note_activated.emit(item.index)
        elif isinstance(item, GroupItem):
            self.group_activated.emit(item.index)
        elif isinstance(item, EdgeItem) and self.editable:
            self.insert_requested.emit(point, item.edge)
        elif isinstance(item, StubItem) and self.editable:
            self.quick_add_requested.emit(point, item.node.id, item.path)
        elif item is None and self.editable:
            self.quick_add_requested.emit(point, "", "")

    def leave(self) -> None:
        """Clear the hovered item when the mouse leaves."""
        self._hover(None)

    def lose_focus(self, to_popup: bool) -> None:
        """End panning with the space bar and, unless a popup took the keyboard, the gesture."""
        if self.space:
            self.space = False
            self.viewer.viewport().unsetCursor()
        if not to_popup:
            self.cancel()
            self.rest()

    def cancel(self, changing: bool = False) -> bool:
        """Cancel the gesture and restore everything; return whether there was one.

        ``changing``: the document has changed and is about to be drawn, so the lines need no update.
        """
        gesture, self._gesture = self._gesture, None
        self.offer(None)
        self.live.hide()
        if gesture is not None:
            gesture.cancel()
            if not changing:
                self.projection.lay_lines()
            self.viewer.viewport().update()
        return gesture is not None

    def attempt(self, edit: Callable[[], object]) -> None:
        """Apply an edit; show a refusal instead of raising it."""
        try:
            edit()
        except NotAllowedError as refusal:
            self.projection.apply(None)
            self.refused.emit(refusal.message)

    # Painting and words

    def draw(self, painter: QPainter) -> None:
        """Paint the gesture's feedback."""
        if self._gesture is not None:
            self._gesture.draw(painter)

    def tip(self, point: QPointF) -> str:
        """Return the tooltip at a point: full names and problems."""
        item = self.item_at(point)
        if isinstance(item, ActivityItem):
            words = [full_name(item.activity)] if item.shortened or item.problem_text else []
            return "\n".join([*words, item.problem_text]).strip()
        if isinstance(item, EdgeItem) and item.shortened:
            return item.name
        return ""
