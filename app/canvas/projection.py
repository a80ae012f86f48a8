"""Keep one scene item for each element of the document and route the lines.

Only this module adds items to the scene or removes them, and only after the document changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from PySide6.QtCore import QRectF
from PySide6.QtWidgets import QGraphicsItem

from app.activity_views import path_name
from app.canvas.annotations import GroupItem, NoteItem
from app.canvas.edges import Z_NODE, EdgeItem, StartDot
from app.canvas.nodegraph import NodeViewer
from app.canvas.nodes import ActivityItem
from app.canvas.painting import CanvasLook
from app.canvas.routing import Box, Point, meet, nearby, route, surroundings
from app.canvas.stubs import StubItem
from app.document import rules
from app.document.document import JourneyDocument
from app.document.patches import DocumentChange
from engine.model.activity import exit_paths
from engine.model.journey import Edge, JourneyVersion

_ROWS = 8
"""Number of rows below its activity in which an open end may be placed."""


class Projection:
    """The items of one document in one viewer's scene."""

    def __init__(self, viewer: NodeViewer, document: JourneyDocument, look: CanvasLook) -> None:
        self._viewer = viewer
        self._document = document
        self._look = look
        self.nodes: dict[str, ActivityItem] = {}
        self.edges: dict[Edge, EdgeItem] = {}
        self.stubs: dict[tuple[str, str], StubItem] = {}
        self.notes: list[NoteItem] = []
        self.groups: list[GroupItem] = []
        self._bodies: dict[str, Box] = {}
        self.start = StartDot(look)
        self.start.hide()
        viewer.scene().addItem(self.start)

    @property
    def journey(self) -> JourneyVersion:
        """The journey that is drawn."""
        return self._document.journey

    def rebuild(self) -> None:
        """Draw everything again."""
        for edge in list(self.edges):
            self._remove_edge(edge)
        for name in list(self.nodes):
            self._remove_node(name)
        self.apply(None)

    def apply(self, change: DocumentChange | None) -> None:
        """Draw what changed; None draws everything."""
        journey = self.journey
        wanted = set(journey.edges)
        stale = [edge for edge in self.edges if edge not in wanted]
        fresh = [edge for edge in journey.edges if edge not in self.edges]
        for edge in stale:
            self._remove_edge(edge)
        for name in [name for name in self.nodes if name not in journey.by_id]:
            self._remove_node(name)
        for activity in journey.activities:
            self._show_activity(activity.id, change)
        for edge in fresh:
            self._add_edge(edge)
        self._sync_stubs()
        self._sync_notes()
        self._sync_groups()
        if change is None:
            self.lay_lines()
        else:
            self.lay_lines(
                {*change.activities, *(end for edge in (*stale, *fresh) for end in (edge.source, edge.target))}
            )

    def retranslate(self) -> None:
        """Update all texts in the current language."""
        for node in self.nodes.values():
            node.retranslate()
        self.lay_lines()

    def _show_activity(self, name: str, change: DocumentChange | None) -> None:
        activity = self.journey.by_id[name]
        node = self.nodes.get(name)
        if node is None:
            node = ActivityItem(activity, self._look)
            node.setZValue(Z_NODE)
            self.nodes[name] = node
            self._viewer.add_node(node)
        elif change is None or name in change.activities:
            node.show_activity(activity)
        else:
            return
        node.set_ways(exit_paths(activity))

    def _remove_node(self, name: str) -> None:
        for key in [key for key in self.stubs if key[0] == name]:
            self._discard(self.stubs.pop(key))
        self._viewer.remove_node(self.nodes.pop(name))

    def _add_edge(self, edge: Edge) -> None:
        source, target = self.nodes.get(edge.source), self.nodes.get(edge.target)
        if source is None or target is None or edge.path not in source.ways:
            return
        item = EdgeItem(edge, self._look)
        self._viewer.scene().addItem(item)
        self._viewer.scene().addItem(item.plate)
        item.set_connections(source.ways[edge.path], target.entry)
        self.edges[edge] = item

    def _remove_edge(self, edge: Edge) -> None:
        self.edges.pop(edge).delete()

    def _discard(self, item: QGraphicsItem) -> None:
        if item.scene() is not None:
            item.scene().removeItem(item)

    def _sync_stubs(self) -> None:
        """Keep an open end for each unconnected path."""
        wanted = {
            (activity.id, path)
            for activity in self.journey.activities
            for path in rules.open_paths(self.journey, activity.id)
        }
        for key in [key for key in self.stubs if key not in wanted]:
            self._discard(self.stubs.pop(key))
        for name, path in wanted - self.stubs.keys():
            stub = StubItem(self.nodes[name], path, self._look)
            self.stubs[(name, path)] = stub
            self._viewer.scene().addItem(stub)

    def _sync_notes(self) -> None:
        notes = self.journey.notes
        while len(self.notes) > len(notes):
            self._discard(self.notes.pop())
        for index, note in enumerate(notes):
            if index < len(self.notes):
                self.notes[index].show_note(index, note)
            else:
                self.notes.append(NoteItem(index, note, self._look))
                self._viewer.scene().addItem(self.notes[-1])

    def _sync_groups(self) -> None:
        groups = self.journey.groups
        while len(self.groups) > len(groups):
            self._discard(self.groups.pop())
        for index, group in enumerate(groups):
            if index >= len(self.groups):
                self.groups.append(GroupItem(index, group, self._look))
                self._viewer.scene().addItem(self.groups[-1])
        self._place_groups()

    def _place_groups(self) -> None:
        for index, group in enumerate(self.journey.groups):
            boxes = [box_rect(self.nodes[name].body()) for name in group.activities if name in self.nodes]
            self.groups[index].setVisible(bool(boxes))
            if boxes:
                self.groups[index].enclose(index, group, united(boxes))

    # Lines

    def lay_lines(self, moved: Collection[str] | None = None, ghost: str = "") -> None:
        """Route all lines, or those that ``moved`` activities may affect.

        No line avoids the ``ghost``: it is being dragged and may be dropped on a line.
        """
        bodies = {name: node.body() for name, node in self.nodes.items() if name != ghost}
        moved = [name for name in moved if name != ghost] if moved is not None else None
        areas = [around(box[name]) for box in (self._bodies, bodies) for name in moved or () if name in box]
        for edge, item in self.edges.items():
            if moved is None or not item.points or self._disturbed(edge, item, moved, areas):
                self._lay(edge, item, bodies)
        loose = {
            key: stub
            for key, stub in self.stubs.items()
            if moved is None or not stub.points or key[0] in moved or key[0] == ghost
        }
        for stub in loose.values():
            stub.lift()
        taken = list(bodies.items())
        if loose:
            taken += [("", corners(edge.chip)) for edge in self.edges.values() if not edge.chip.isEmpty()]
        for name in dict.fromkeys(name for name, _ in loose):
            ways = exit_paths(self.nodes[name].activity)
            row = 0 if all((name, way) in self.stubs for way in ways) else 1
            for path in ways:
                if (name, path) in loose:
                    row = self._lay_stub(name, path, loose[name, path], row, taken) + 1
        self._bodies = bodies
        self._place_start()
        self._place_groups()

    def _disturbed(self, edge: Edge, item: EdgeItem, moved: Collection[str], areas: Collection[QRectF]) -> bool:
        if edge.source in moved or edge.target in moved:
            return True
        own = item.boundingRect()
        return any(own.intersects(area) for area in areas)

    def _lay(self, edge: Edge, item: EdgeItem, bodies: Mapping[str, Box]) -> None:
        source, target = self.nodes[edge.source], self.nodes[edge.target]
        start, end, name = _right(source), _left(target), path_name(source.activity, edge.path)
        one, other = bodies[edge.source], bodies[edge.target]
        boxes = [box for box in nearby(start, end, bodies.values()) if box is not one and box is not other]
        boxes += [_texts(source, one), _texts(target, other)]
        around_it = surroundings(start, end, boxes)
        if item.points and item.name == name and item.surroundings == around_it:
            by_x, by_y = start[0] - item.points[0][0], start[1] - item.points[0][1]
            if by_x.is_integer() and by_y.is_integer():  # chips stand on whole points
                item.shift(by_x, by_y)
                return
        item.surroundings = around_it
        item.lay(route(start, end, boxes), name)

    def _lay_stub(self, name: str, path: str, stub: StubItem, row: int, taken: Sequence[tuple[str, Box]]) -> int:
        """Place an open end in a row or below, clear of ``taken`` (activities by name, chips); return its row."""
        node = self.nodes[name]
        called, clear = path_name(node.activity, path), node.body()[2] - node.pos().x()
        beside = [item.boundingRect() for key, item in self.stubs.items() if key[0] == name and key != (name, path)]
        for lower in range(_ROWS):
            stub.lay(called, row + lower, clear)
            area = stub.area
            box = corners(area)
            if any(other != name and meet(box, body) for other, body in taken):
                continue
            if not any(area.intersects(other) for other in beside):
                break
        return row + lower

    def _place_start(self) -> None:
        entry = rules.entry_of(self.journey)
        self.start.setVisible(entry is not None)
        if entry is not None:
            self.start.setPos(self.nodes[entry.id].pos())

    # Questions

    def content(self, names: Collection[str] | None = None) -> QRectF:
        """Return the box of all items or of some activities, empty without any."""
        nodes = [node for name, node in self.nodes.items() if names is None or name in names]
        boxes = [box_rect(node.body()) for node in nodes]
        if names is None:
            boxes += [edge.boundingRect() for edge in self.edges.values()]
            boxes += [stub.boundingRect() for stub in self.stubs.values()]
            boxes += [note.sceneBoundingRect() for note in self.notes]
            boxes += [group.box for group in self.groups if group.isVisible()]
            if self.start.isVisible():
                boxes.append(self.start.sceneBoundingRect())
        return united(boxes)

    def disagreements(self) -> list[str]:
        """Return where scene and document differ (empty if they agree; for tests)."""
        journey, found = self.journey, []
        if set(self.nodes) != set(journey.by_id):
            found.append(f"activities: {sorted(set(self.nodes) ^ set(journey.by_id))}")
        if set(self.edges) != set(journey.edges):
            found.append(f"edges: {set(self.edges) ^ set(journey.edges)}")
        for name, node in self.nodes.items():
            activity = journey.by_id.get(name, node.activity)
            if activity != node.activity:
                found.append(f"{name}: settings")
            if activity.position != (node.pos().x(), node.pos().y()):
                found.append(f"{name}: position {activity.position} drawn at {node.pos().toTuple()}")
        for edge, item in self.edges.items():
            ends = (self.nodes[edge.source].ways.get(edge.path), self.nodes[edge.target].entry)
            if (item.output_port, item.input_port) != ends:
                found.append(f"{edge}: joined to other ports")
        if len(self.notes) != len(journey.notes) or len(self.groups) != len(journey.groups):
            found.append("notes or groups")
        return found


def box_rect(box: Box) -> QRectF:
    """Return a box as a QRectF."""
    return QRectF(box[0], box[1], box[2] - box[0], box[3] - box[1])


def corners(rect: QRectF) -> Box:
    """Return a rectangle as a box."""
    return (rect.left(), rect.top(), rect.right(), rect.bottom())


def around(box: Box) -> QRectF:
    """Return a box extended by the gap that lines keep from it."""
    return box_rect(box).adjusted(-20, -20, 20, 20)


def united(boxes: list[QRectF]) -> QRectF:
    """Return the box around all boxes."""
    whole = QRectF()
    for box in boxes:
        whole = whole.united(box)
    return whole


def _right(node: ActivityItem) -> Point:
    port = next(iter(node.ways.values()), node.entry)
    return (node.pos().x() + abs(port.pos().x()), node.pos().y())


def _left(node: ActivityItem) -> Point:
    return (node.pos().x() + node.entry.pos().x(), node.pos().y())


def _texts(node: ActivityItem, body: Box) -> Box:
    """Return the box of an activity's texts only: its own lines may pass beside its disc."""
    return (body[0], node.pos().y() + node.text_top, body[2], body[3])
