"""Expose the canvas to screen readers as a list of activities and edges with name, kind, state and problems.

Qt reports only the view, not the items painted in it. A factory supplies these interfaces instead; they read the
projection on each request and keep no state of their own.
"""

from __future__ import annotations

from functools import cache
from typing import cast

from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QGraphicsItem
from shiboken6 import isValid

from app.activity_views import full_name, path_name, type_title
from app.canvas.edges import EdgeItem
from app.canvas.nodes import ActivityItem
from app.canvas.projection import Projection
from app.canvas.viewer import JourneyViewer
from app.translation import tr
from engine.model.journey import Edge

Role, Text = QAccessible.Role, QAccessible.Text
_NOTHING = cast(QAccessibleInterface, None)
"""Qt accepts None for "no interface"; its type hints do not."""
_KEPT: list[object] = []
"""Interfaces handed to Qt, which keeps them without owning them: they live until the program ends."""
CanvasPart = str | Edge
"""What an interface represents: an activity id or an edge."""


def describe_activity(item: ActivityItem) -> str:
    """Return the text a screen reader announces for an activity: kind, name and problems."""
    name, kind = full_name(item.activity), type_title(item.activity.type)
    words = [name if name.startswith(kind) else f"{kind} {name}"]
    if item.problem_text:
        words.append(item.problem_text.replace("\n", " "))
    if item.errors:
        words.append(tr("{count} failed", count=item.errors))
    elif item.count is not None:
        words.append(tr("{count} people", count=item.count))
    if item.mark:
        marks = {"check": tr("passed"), "person": tr("waiting here"), "error": tr("failed here")}
        words.append(marks[item.mark])
    return ", ".join(words)


def describe_edge(edge: Edge, projection: Projection) -> str:
    """Return the text a screen reader announces for an edge."""
    by_id = projection.journey.by_id
    source, target = by_id[edge.source], by_id[edge.target]
    words = tr("{name} to {other}", name=full_name(source), other=full_name(target))
    path = path_name(source, edge.path)
    return f"{path}: {words}" if path else words


class AccessibleItem(QAccessibleInterface):
    """One activity or edge."""

    def __init__(self, canvas: AccessibleCanvas, part: CanvasPart) -> None:
        super().__init__()
        self._canvas, self._part = canvas, part

    @property
    def _item(self) -> QGraphicsItem | None:
        projection = self._canvas.projection
        if not self._canvas.is_there:
            return None
        if isinstance(self._part, str):
            return projection.nodes.get(self._part)
        return projection.edges.get(self._part)

    def isValid(self) -> bool:
        """Return whether the item still exists."""
        return self._item is not None

    def object(self) -> QObject:
        """Return None: a painted item is no QObject."""
        return cast(QObject, None)

    def parent(self) -> QAccessibleInterface:
        """Return the canvas interface."""
        return self._canvas

    def child(self, index: int) -> QAccessibleInterface:
        """Return None: items have no children."""
        return _NOTHING

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        """Return None: items have no children."""
        return _NOTHING

    def childCount(self) -> int:
        """Return 0: items have no children."""
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Return -1: items have no children."""
        return -1

    def text(self, kind: QAccessible.Text) -> str:
        """Return the name (all texts shown) or the description (where the activity leads)."""
        item = self._item
        if isinstance(item, ActivityItem):
            return (
                describe_activity(item) if kind == Text.Name else self._ways(item) if kind == Text.Description else ""
            )
        if isinstance(item, EdgeItem) and kind == Text.Name:
            return describe_edge(item.edge, self._canvas.projection)
        return ""

    def _ways(self, item: ActivityItem) -> str:
        projection = self._canvas.projection
        edges = projection.journey.outgoing.get(item.id, ())
        return "; ".join(describe_edge(edge, projection) for edge in edges)

    def setText(self, kind: QAccessible.Text, text: str) -> None:
        """Do nothing: activities are renamed with F2."""

    def rect(self) -> QRect:
        """Return the item's rectangle on the screen."""
        item = self._item
        return self._canvas.on_screen(item) if item is not None else QRect()

    def role(self) -> QAccessible.Role:
        """Return the role of a list item."""
        return Role.ListItem

    def state(self) -> QAccessible.State:
        """Return the selected, focused and invalid flags."""
        state, item = QAccessible.State(), self._item
        state.selectable = state.focusable = True
        if item is None:
            state.invalid = True
            return state
        state.selected = item.isSelected()
        if isinstance(item, ActivityItem):
            state.focused = self._part == self._canvas.focused
        return state

    def interface_cast(self, kind: QAccessible.InterfaceType) -> int:
        """Return None: no further interface is supported."""
        return cast(int, None)


class AccessibleCanvas(QAccessibleWidget):
    """The canvas: activities from left to right, then edges."""

    def __init__(self, viewer: JourneyViewer, projection: Projection) -> None:
        super().__init__(viewer, Role.List)
        self._viewer, self.projection = viewer, projection
        self.focused = ""
        self._made: dict[CanvasPart, AccessibleItem] = {}
        _KEPT.append(self._made)

    @property
    def is_there(self) -> bool:
        """Whether the view still exists."""
        return bool(isValid(self._viewer))

    def parts(self) -> list[CanvasPart]:
        """All items in reading order."""
        nodes = sorted(self.projection.nodes.values(), key=lambda node: (node.pos().x(), node.pos().y()))
        return [*(node.id for node in nodes), *self.projection.edges]

    def _interface(self, part: CanvasPart) -> AccessibleItem:
        if part not in self._made:
            self._made[part] = AccessibleItem(self, part)
        return self._made[part]

    def childCount(self) -> int:
        """Return the number of items."""
        return len(self.projection.nodes) + len(self.projection.edges)

    def child(self, index: int) -> QAccessibleInterface:
        """Return one item."""
        parts = self.parts()
        return self._interface(parts[index]) if 0 <= index < len(parts) else _NOTHING

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Return the index of an item."""
        return next((at for at, part in enumerate(self.parts()) if self._made.get(part) is child), -1)

    def focusChild(self) -> QAccessibleInterface:
        """Return the activity that has the keyboard focus."""
        there = self.focused in self.projection.nodes and self._viewer.hasFocus()
        return self._interface(self.focused) if there else _NOTHING

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        """Return the item at a point of the screen."""
        place = self._viewer.viewport().mapFromGlobal(self._viewer.viewport().rect().topLeft())
        point = self._viewer.mapToScene(x + place.x(), y + place.y())
        for item in self._viewer.scene().items(point):
            if isinstance(item, ActivityItem):
                return self._interface(item.id)
        return _NOTHING

    def on_screen(self, item: QGraphicsItem) -> QRect:
        """Return an item's rectangle on the screen."""
        box = self._viewer.mapFromScene(item.sceneBoundingRect()).boundingRect()
        box.moveTopLeft(self._viewer.viewport().mapToGlobal(box.topLeft()))
        return box


class ScreenReaderAnnouncer:
    """Announces changes of one canvas to screen readers."""

    def __init__(self, viewer: JourneyViewer, projection: Projection) -> None:
        self._viewer, self._projection = viewer, projection
        self.interface: AccessibleCanvas | None = None
        self._focused = ""
        viewer.reading = self
        _install()

    def make(self) -> AccessibleCanvas:
        """Create the interface when a screen reader first asks for it."""
        self.interface = AccessibleCanvas(self._viewer, self._projection)
        self.interface.focused = self._focused
        return self.interface

    def name(self, focused: str) -> None:
        """Return the accessible name of the canvas: the journey and the focused activity."""
        words = [tr("Canvas of {name}", name=self._projection.journey.name)]
        if focused in self._projection.nodes:
            words.append(describe_activity(self._projection.nodes[focused]))
        self._viewer.setAccessibleName(", ".join(words))

    def focus(self, focused: str) -> None:
        """Announce that an activity received the focus."""
        self.name(focused)
        self._focused = focused
        if self.interface is None:
            return
        self.interface.focused = focused
        parts = self.interface.parts()
        if focused in parts:
            event = QAccessibleEvent(self._viewer, QAccessible.Event.Focus)
            event.setChild(parts.index(focused))
            QAccessible.updateAccessibility(event)

    def announce(self, words: str) -> None:
        """Announce a message, such as the reason an edit was refused."""
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._viewer, words))


def _make(key: str, watched: QObject) -> QAccessibleInterface | None:
    if isinstance(watched, JourneyViewer) and isinstance(watched.reading, ScreenReaderAnnouncer):
        return watched.reading.make()
    return None


@cache
def _install() -> None:
    """Install the interface factory once per program."""
    QAccessible.installFactory(_make)
