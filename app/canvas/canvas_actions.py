"""Edits that menus, keys and the palette trigger: each acts on the selection or reports why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPointF, QRectF, QSizeF, Signal
from PySide6.QtGui import QGuiApplication

from app.canvas.in_place_editor import InPlaceEditor
from app.canvas.mouse import MouseController
from app.canvas.selection import CanvasSelection
from app.document import rules, transfer
from app.document.journey_edits import top_left
from app.document.transfer import ActivityTemplate, ClipboardContent
from app.translation import tr

PASTE_OFFSET = QPointF(60, 30)
"""Offset of quick-add from an activity without an open end."""
NEAR = QPointF(64, 64)
"""Offset of a pasted activity from its original."""


class CanvasActions(QObject):
    """Edits of one document that act on the canvas selection."""

    note_activated = Signal(int)
    group_activated = Signal(int)

    def __init__(self, mouse: MouseController, selection: CanvasSelection, editor: InPlaceEditor) -> None:
        super().__init__(mouse)
        self._mouse, self._selection, self._editor = mouse, selection, editor
        self._document, self._viewer, self._projection = mouse.document, mouse.viewer, mouse.projection
        mouse.note_activated.connect(self.edit_note)
        mouse.group_activated.connect(self.edit_group)

    def add(
        self, template: ActivityTemplate, point: QPointF | None = None, after: tuple[str, str] | None = None
    ) -> None:
        """Add an activity after the selection if it has an open end, else on a free position."""
        ends = [
            (name, path)
            for name in self._selection.activities
            for path in rules.open_paths(self._document.journey, name)
        ]
        end = after or (ends[0] if ends and point is None else None)
        self._mouse.attempt(lambda: self._add(template, point, end))

    def _add(self, template: ActivityTemplate, point: QPointF | None, end: tuple[str, str] | None) -> None:
        position = (point.x(), point.y()) if point is not None and end is None else None
        name = self._document.add_activity(template, position, after=end)
        self._selection.select([name], show=True)

    def delete_selection(self) -> None:
        """Delete the selection at once; undo brings it back."""
        names, edges, notes = self._selection.activities, self._selection.edges, self._selection.notes
        if names or edges or notes:
            self._mouse.attempt(lambda: self._document.delete(names, edges, notes))

    def copy(self) -> None:
        """Copy the selection as JSON to the clipboard."""
        if self._selection.activities or self._selection.notes:
            clip = self._document.clip(self._selection.activities, self._selection.notes)
            QGuiApplication.clipboard().setText(transfer.to_text(clip))

    def cut(self) -> None:
        """Copy the selection, then delete it."""
        names, notes = self._selection.activities, self._selection.notes
        if names or notes:
            self.copy()
            self._mouse.attempt(lambda: self._document.delete(names, notes=notes, cut=True))

    def paste(self, point: QPointF | None = None) -> None:
        """Paste at the open end of the selected activity, else at a point of the scene or near the original."""
        clip = transfer.from_text(QGuiApplication.clipboard().text())
        if clip is None:
            self._mouse.refused.emit(tr("There are no activities on the clipboard. Copy some first."))
            return
        ends = [
            (name, path)
            for name in self._selection.activities
            for path in rules.open_paths(self._document.journey, name)
        ]
        after = ends[0] if len(self._selection.activities) == 1 and ends else None
        if after is not None and self._document.can_paste(clip, after):
            after = None
        place = None if after is not None else self._place_of(clip, point)
        self._mouse.attempt(lambda: self._selection.select(self._document.paste(clip, place, after), show=True))

    def _place_of(self, clip: ClipboardContent, point: QPointF | None) -> tuple[float, float]:
        """Return where a clip is pasted: at the point, near the original if that is in view, else in the view."""
        left, top = top_left(clip)
        view = self._viewer.scene_box()
        if point is None:
            original = QPointF(left, top) + NEAR
            point = original if view.contains(original) else view.center()
        taken = {node.pos().toPoint() for node in self._projection.nodes.values()}
        first = next(iter(clip.activities), None)
        offset = QPointF(*(first.position or (left, top))) - QPointF(left, top) if first is not None else QPointF()
        while (point + offset).toPoint() in taken:
            point += NEAR
        return (point.x(), point.y())

    def duplicate(self) -> None:
        """Duplicate the selection next to itself."""
        if names := self._selection.activities:
            self._mouse.attempt(lambda: self._selection.select(self._document.duplicate(names), show=True))

    def group_selection(self) -> None:
        """Frame the selection as a group."""
        if names := self._selection.activities:
            self._mouse.attempt(lambda: self._document.add_group(names))

    def ungroup_selection(self) -> None:
        """Remove the frames around the selection and keep their activities."""
        names = set(self._selection.activities)
        groups = self._document.journey.groups
        for index in [at for at, group in enumerate(groups) if names & set(group.activities)][::-1]:
            self._mouse.attempt(partial(self._document.ungroup, index))

    def open_quick_add(self, name: str, path: str) -> None:
        """Open quick-add at a path of an activity."""
        stub = self._projection.stubs.get((name, path))
        point = stub.handle if stub else self._projection.nodes[name].pos() + PASTE_OFFSET
        self._mouse.quick_add_requested.emit(point, name, path)

    def add_note(self, point: QPointF | None = None) -> None:
        """Add a note at a point of the scene, else in the middle of the view, and open it for editing."""
        corner = point if point is not None else self._viewer.center - QPointF(100, 60)
        self._mouse.attempt(lambda: self.edit_note(self._document.add_note((corner.x(), corner.y()))))

    def arrange(self) -> None:
        """Lay out the journey again and show all of it."""
        self._mouse.attempt(self._document.arrange)
        self._selection.zoom_to_fit()

    def align(self, horizontally: bool) -> None:
        """Align the selected activities to the row (or column) of the first."""
        nodes = [self._projection.nodes[name] for name in self._selection.activities]
        if len(nodes) > 1:
            first = nodes[0].pos()
            places = {
                node.id: (node.pos().x(), first.y()) if horizontally else (first.x(), node.pos().y()) for node in nodes
            }
            self._mouse.attempt(lambda: self._document.move(places))

    def distribute(self, horizontally: bool) -> None:
        """Distribute the selected activities evenly between the outermost two."""
        nodes = [self._projection.nodes[name] for name in self._selection.activities]
        if len(nodes) < 3:
            return
        nodes.sort(key=lambda node: node.pos().x() if horizontally else node.pos().y())
        first, last = nodes[0].pos(), nodes[-1].pos()
        places = {}
        for index, node in enumerate(nodes):
            point = first + (last - first) * index / (len(nodes) - 1)
            places[node.id] = (point.x(), node.pos().y()) if horizontally else (node.pos().x(), point.y())
        self._mouse.attempt(lambda: self._document.move(places))

    def undo(self) -> None:
        """Undo the last edit unless the journey is read-only."""
        self._step(self._document.undo_stack.undo)

    def redo(self) -> None:
        """Redo the last undone edit."""
        self._step(self._document.undo_stack.redo)

    def _step(self, step: Callable[[], None]) -> None:
        if self._mouse.cancel():
            return
        self._editor.finish()
        if self._document.read_only:
            self._mouse.refused.emit(tr("This version is read-only. Create a new version or a copy."))
            return
        step()

    def rename(self) -> None:
        """Edit the label of the selected activity in place."""
        if len(self._selection.activities) != 1:
            return
        name = self._selection.activities[0]
        label = self._projection.nodes[name].activity.label
        self._editor.edit(label, lambda: self._name_box(name), lambda text: self._rename(name, text))

    def _name_box(self, name: str) -> QRectF:
        node = self._projection.nodes.get(name)
        return QRectF(node.pos() + QPointF(-90, 41), QSizeF(180, 34)) if node is not None else QRectF()

    def _rename(self, name: str, label: str) -> None:
        self._mouse.attempt(lambda: self._document.update_activity(name, label=label.strip()))

    def edit_note(self, index: int) -> None:
        if not self._mouse.editable:
            return
        text = self._projection.notes[index].note.text
        self._editor.edit(text, lambda: self._note_box(index), lambda text: self._keep_note(index, text), lines=True)
        self.note_activated.emit(index)

    def _note_box(self, index: int) -> QRectF:
        notes = self._projection.notes
        return notes[index].box.translated(notes[index].pos()) if index < len(notes) else QRectF()

    def _keep_note(self, index: int, text: str) -> None:
        self._mouse.attempt(lambda: self._document.update_note(index, text=text))

    def edit_group(self, index: int) -> None:
        if not self._mouse.editable:
            return
        label = self._projection.groups[index].frame.label
        self._editor.edit(label, lambda: self._group_box(index), lambda text: self._keep_group(index, text))
        self.group_activated.emit(index)

    def _group_box(self, index: int) -> QRectF:
        groups = self._projection.groups
        return groups[index].title_box if index < len(groups) else QRectF()

    def _keep_group(self, index: int, text: str) -> None:
        self._mouse.attempt(lambda: self._document.update_group(index, label=text.strip()))
