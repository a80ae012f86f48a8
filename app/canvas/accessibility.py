"""The canvas for screen readers: a list whose items are the activities and the lines, by name, kind, state and trouble.

Qt shows readers a view and nothing of what is painted in it. A factory gives them these interfaces instead; they ask
the projection whenever they are asked, and hold nothing of their own.
"""

from __future__ import annotations

from functools import cache
from typing import cast

from PySide6.QtCore import QObject, QRect
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QAccessibleEvent, QAccessibleInterface
from PySide6.QtWidgets import QAccessibleWidget, QGraphicsItem
from shiboken6 import isValid

from app.canvas.edges import EdgeItem
from app.canvas.nodes import ActivityItem
from app.canvas.projection import Projection
from app.canvas.viewer import JourneyViewer
from app.document import rules
from app.document.naming import full_name, path_name
from app.translation import tr
from engine.model.journey import Edge

Role, Text = QAccessible.Role, QAccessible.Text
_NOTHING = cast(QAccessibleInterface, None)
"""Qt takes it for no interface; its types do not say so."""
_KEPT: list[object] = []
"""Qt keeps what it was given without owning it: interfaces live as long as the program. They are made only for those
who listen.
"""
CanvasPart = str | Edge
"""What an interface stands for: an activity's id, or an edge."""


def describe_activity(item: ActivityItem) -> str:
    """An activity as a reader says it: its kind when that is not its name, its name, and what is wrong there."""
    name, kind = full_name(item.activity), rules.kind_name(item.activity)
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
    """An edge in words."""
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
        """Whether it is still there."""
        return self._item is not None

    def object(self) -> QObject:
        """None: what is painted is no object of Qt's."""
        return cast(QObject, None)

    def parent(self) -> QAccessibleInterface:
        """The canvas."""
        return self._canvas

    def child(self, index: int) -> QAccessibleInterface:
        """It has none."""
        return _NOTHING

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        """It has none."""
        return _NOTHING

    def childCount(self) -> int:
        """It has none."""
        return 0

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """It has none."""
        return -1

    def text(self, kind: QAccessible.Text) -> str:
        """Name: all that is shown of it. Description: where an activity leads."""
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
        """Names are changed by F2."""

    def rect(self) -> QRect:
        """Where it is on the screen."""
        item = self._item
        return self._canvas.on_screen(item) if item is not None else QRect()

    def role(self) -> QAccessible.Role:
        """An item of a list."""
        return Role.ListItem

    def state(self) -> QAccessible.State:
        """Selected, focused, invalid."""
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
        """No further interface."""
        return cast(int, None)


class AccessibleCanvas(QAccessibleWidget):
    """The canvas: its activities from left to right, then its edges."""

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
        """All there is, in reading order."""
        nodes = sorted(self.projection.nodes.values(), key=lambda node: (node.pos().x(), node.pos().y()))
        return [*(node.id for node in nodes), *self.projection.edges]

    def _interface(self, part: CanvasPart) -> AccessibleItem:
        if part not in self._made:
            self._made[part] = AccessibleItem(self, part)
        return self._made[part]

    def childCount(self) -> int:
        """How many there are."""
        return len(self.projection.nodes) + len(self.projection.edges)

    def child(self, index: int) -> QAccessibleInterface:
        """One of them."""
        parts = self.parts()
        return self._interface(parts[index]) if 0 <= index < len(parts) else _NOTHING

    def indexOfChild(self, child: QAccessibleInterface) -> int:
        """Which of them."""
        return next((at for at, part in enumerate(self.parts()) if self._made.get(part) is child), -1)

    def focusChild(self) -> QAccessibleInterface:
        """The activity that has the keyboard's focus."""
        there = self.focused in self.projection.nodes and self._viewer.hasFocus()
        return self._interface(self.focused) if there else _NOTHING

    def childAt(self, x: int, y: int) -> QAccessibleInterface:
        """What is painted at a point of the screen."""
        place = self._viewer.viewport().mapFromGlobal(self._viewer.viewport().rect().topLeft())
        point = self._viewer.mapToScene(x + place.x(), y + place.y())
        for item in self._viewer.scene().items(point):
            if isinstance(item, ActivityItem):
                return self._interface(item.id)
        return _NOTHING

    def on_screen(self, item: QGraphicsItem) -> QRect:
        """An item's box on the screen."""
        box = self._viewer.mapFromScene(item.sceneBoundingRect()).boundingRect()
        box.moveTopLeft(self._viewer.viewport().mapToGlobal(box.topLeft()))
        return box


class ScreenReaderAnnouncer:
    """What one canvas tells screen readers."""

    def __init__(self, viewer: JourneyViewer, projection: Projection) -> None:
        self._viewer, self._projection = viewer, projection
        self.interface: AccessibleCanvas | None = None
        self._focused = ""
        viewer.reading = self
        _install()

    def make(self) -> AccessibleCanvas:
        """The interface, made when a reader first asks."""
        self.interface = AccessibleCanvas(self._viewer, self._projection)
        self.interface.focused = self._focused
        return self.interface

    def name(self, focused: str) -> None:
        """The canvas's own name: which journey, and what has the focus."""
        words = [tr("Canvas of {name}", name=self._projection.journey.name)]
        if focused in self._projection.nodes:
            words.append(describe_activity(self._projection.nodes[focused]))
        self._viewer.setAccessibleName(", ".join(words))

    def focus(self, focused: str) -> None:
        """The focus went to an activity."""
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
        """Something is said in passing: why an edit was refused."""
        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._viewer, words))


def _make(key: str, watched: QObject) -> QAccessibleInterface | None:
    if isinstance(watched, JourneyViewer) and isinstance(watched.reading, ScreenReaderAnnouncer):
        return watched.reading.make()
    return None


@cache
def _install() -> None:
    """Once for the program: Qt asks the factory about every widget a reader comes to."""
    QAccessible.installFactory(_make)
