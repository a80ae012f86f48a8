"""Start the gesture that matches what lies under the mouse.

Gestures change positions on the screen while they run and the document only when they end. A gesture is cancelled and
everything restored before any other change is drawn, on Esc, and when the journey becomes read-only.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter
from PySide6.QtWidgets import QGraphicsItem

from app.canvas import gestures
from app.canvas.annotations import GroupItem, NoteItem
from app.canvas.edges import EdgeItem, LiveEdge
from app.canvas.nodes import ACCEPTING, PLAIN, PLUS, REFUSING, ActivityItem
from app.canvas.painting import CanvasLook
from app.canvas.projection import Projection
from app.canvas.stubs import StubItem
from app.canvas.viewer import JourneyViewer
from app.document import rules
from app.document.document import JourneyDocument, NotAllowedError
from app.document.naming import full_name

Item = QGraphicsItem


class MouseController(QObject):
    """Mouse control of the canvas."""

    refused = Signal(str)
    quick_add_requested = Signal(QPointF, str, str)
    insert_requested = Signal(QPointF, object)
    activated = Signal(str)
    note_activated = Signal(int)
    group_activated = Signal(int)

    def __init__(
        self, viewer: JourneyViewer, document: JourneyDocument, projection: Projection, look: CanvasLook
    ) -> None:
        super().__init__(viewer)
        self.viewer, self.document, self.projection, self.look = viewer, document, projection, look
        self.live = LiveEdge(look)
        viewer.scene().addItem(self.live)
        self.space = False
        self._gesture: gestures.Gesture | None = None
        self._hovered: Item | None = None
        self._offered: Item | None = None

    @property
    def busy(self) -> bool:
        """Whether a gesture goes on."""
        return self._gesture is not None

    @property
    def editable(self) -> bool:
        """Whether gestures may edit."""
        return self.look.editable and not self.document.read_only

    # What is under the mouse

    def item_at(self, point: QPointF, *kinds: type[Item]) -> Item | None:
        """Return the topmost item of these kinds at a point of the scene."""
        wanted = kinds or (StubItem, ActivityItem, EdgeItem, NoteItem, GroupItem)
        for item in self.viewer.scene().items(point):
            if isinstance(item, wanted):
                return item
        return None

    def plus_of(self, node: ActivityItem, point: QPointF) -> bool:
        """Return whether the point is on the plus of a hovered activity."""
        place = node.pos() + PLUS
        return node.plus is not None and (point - place).manhattanLength() <= 16

    def _hover(self, item: Item | None) -> None:
        if item is self._hovered:
            return
        if self._hovered is not None and self._hovered.scene() is not None:
            self._set_hovered(self._hovered, False)
        self._hovered = item
        if item is not None:
            self._set_hovered(item, True)

    def _set_hovered(self, item: Item, on: bool) -> None:
        if isinstance(item, ActivityItem):
            plus = rules.parallel_path(self.document.journey, item.id) if on and self.editable else None
            item.set_state(hovered=on, plus=plus)
        elif isinstance(item, EdgeItem | StubItem):
            item.set_state(hovered=on and (self.editable or isinstance(item, EdgeItem)))
        elif isinstance(item, NoteItem):
            item.hovered = on
            item.update()

    def offer(self, item: Item | None, accepting: bool = True) -> None:
        """Show whether something may be dropped on an item."""
        if self._offered is not None and self._offered is not item and self._offered.scene() is not None:
            self._set_offered(self._offered, PLAIN)
        self._offered = item
        if item is not None:
            self._set_offered(item, ACCEPTING if accepting else REFUSING)

    def _set_offered(self, item: Item, offered: str) -> None:
        if isinstance(item, ActivityItem):
            item.set_state(offered=offered)
        elif isinstance(item, EdgeItem | StubItem):
            item.set_state(offered=offered == ACCEPTING)

    def forget(self) -> None:
        """Drop references to items that may be deleted."""
        self._hover(None)
        self.offer(None)

    # Mouse

    def press(self, event: QMouseEvent) -> None:
        """Start a gesture."""
        self.cancel()
        point = self.viewer.scene_point(event.position())
        button = event.button()
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
        if self._gesture is not None:
            self._gesture.move(point, event.position())
        else:
            self._hover(self.item_at(point))

    def release(self, event: QMouseEvent) -> None:
        """End the gesture and apply its edit."""
        gesture = self._gesture
        if gesture is None or event.button() == Qt.MouseButton.RightButton:
            return
        self._gesture = None
        self.offer(None)
        self.attempt(lambda: gesture.release(self.viewer.scene_point(event.position())))

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
