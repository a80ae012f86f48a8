"""What the mouse points at on the canvas: items under it, hovering, drop targets."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtWidgets import QGraphicsItem

from app.canvas.annotations import GroupItem, NoteItem
from app.canvas.edges import EdgeItem, LiveEdge
from app.canvas.nodes import ACCEPTING, PLAIN, PLUS, REFUSING, ActivityItem
from app.canvas.painting import CanvasLook
from app.canvas.projection import Projection
from app.canvas.stubs import StubItem
from app.canvas.viewer import JourneyViewer
from app.document import rules
from app.document.document import JourneyDocument

Item = QGraphicsItem


class Pointer(QObject):
    """The mouse pointer on the canvas, with everything that gestures act on."""

    refused = Signal(str)
    quick_add_requested = Signal(QPointF, str, str)
    insert_requested = Signal(QPointF, object)
    activated = Signal(str)
    pressed = Signal()
    """A button is about to act: pending input elsewhere is to be saved first."""
    rested = Signal()
    """No button is held any more."""
    note_activated = Signal(int)
    group_activated = Signal(int)

    def __init__(
        self, viewer: JourneyViewer, document: JourneyDocument, projection: Projection, look: CanvasLook
    ) -> None:
        super().__init__(viewer)
        self.viewer, self.document, self.projection, self.look = viewer, document, projection, look
        self.live = LiveEdge(look)
        viewer.scene().addItem(self.live)
        self._hovered: Item | None = None
        self._offered: Item | None = None

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
