"""Edits that menus, keys and the palette trigger: each acts on the selection or reports why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtGui import QGuiApplication

from app.activity_views import full_name
from app.canvas.drag_and_drop import DropTarget
from app.document import rules, transfer
from app.document.transfer import ActivityTemplate
from app.translation import tr, tr_n
from engine.model.journey import Edge

if TYPE_CHECKING:
    from app.canvas.view import CanvasView


PASTE_OFFSET = QPointF(60, 30)
"""Offset of quick-add from an activity without an open end."""


class CanvasActions:
    """Edits of one document that act on the canvas selection."""

    def __init__(self, canvas: CanvasView) -> None:
        self.canvas = canvas

    def add(
        self, template: ActivityTemplate, point: QPointF | None = None, after: tuple[str, str] | None = None
    ) -> None:
        """Add an activity after the selection if it has an open end, else on a free position."""
        ends = [
            (name, path)
            for name in self.canvas.selection
            for path in rules.open_paths(self.canvas.document.journey, name)
        ]
        end = after or (ends[0] if ends and point is None else None)
        self.canvas.mouse.attempt(lambda: self._add(template, point, end))

    def _add(self, template: ActivityTemplate, point: QPointF | None, end: tuple[str, str] | None) -> None:
        position = (point.x(), point.y()) if point is not None and end is None else None
        name = self.canvas.document.add_activity(template, position, after=end)
        self.canvas.select([name], show=True)

    def insert(self, template: ActivityTemplate, point: QPointF, edge: Edge) -> None:
        """Insert an activity on an edge."""
        self.canvas.mouse.attempt(lambda: self.canvas.drops.add(template, point, DropTarget(on_edge=edge)))

    def delete_selection(self) -> None:
        """Delete the selection without confirmation."""
        names, edges, notes = self.canvas.selection, self.canvas.selected_edges, self.canvas.selected_notes
        self.canvas.mouse.attempt(lambda: self.canvas.document.delete(names, edges, notes))

    def ask_delete(self) -> None:
        """Ask before deleting; Enter confirms."""
        names, edges, notes = self.canvas.selection, self.canvas.selected_edges, self.canvas.selected_notes
        if not (names or edges or notes):
            return
        if not self.canvas.mouse.editable:
            self.canvas.refuse(tr("This version is read-only. Create a new version or a copy."))
            return
        if len(names) == 1 and not edges and not notes:
            words = tr("Delete {name}?", name=full_name(self.canvas.document.journey.by_id[names[0]]))
        elif edges and not names and not notes:
            words = tr_n("Delete this line?", "Delete {count} lines?", len(edges))
        else:
            words = tr("Delete {count} items?", count=len(names) + len(edges) + len(notes))
        self.canvas.question.ask(words, tr("Delete"), self.delete_selection)
        self.canvas.place_overlays()

    def copy(self) -> None:
        """Copy the selection as JSON to the clipboard."""
        if self.canvas.selection or self.canvas.selected_notes:
            clip = self.canvas.document.clip(self.canvas.selection, self.canvas.selected_notes)
            QGuiApplication.clipboard().setText(transfer.to_text(clip))

    def cut(self) -> None:
        """Copy the selection, then delete it."""
        names, notes = self.canvas.selection, self.canvas.selected_notes
        if names or notes:
            self.copy()
            self.canvas.mouse.attempt(lambda: self.canvas.document.delete(names, notes=notes, cut=True))

    def paste(self) -> None:
        """Paste at the open end of the selected activity, else on the next free position."""
        clip = transfer.from_text(QGuiApplication.clipboard().text())
        if clip is None:
            self.canvas.refuse(tr("There are no activities on the clipboard. Copy some first."))
            return
        ends = [
            (name, path)
            for name in self.canvas.selection
            for path in rules.open_paths(self.canvas.document.journey, name)
        ]
        after = ends[0] if len(self.canvas.selection) == 1 and ends else None
        if after is not None and self.canvas.document.can_paste(clip, after):
            after = None
        self.canvas.mouse.attempt(lambda: self.canvas.select(self.canvas.document.paste(clip, after=after), show=True))

    def duplicate(self) -> None:
        """Duplicate the selection next to itself."""
        if names := self.canvas.selection:
            self.canvas.mouse.attempt(lambda: self.canvas.select(self.canvas.document.duplicate(names), show=True))

    def group_selection(self) -> None:
        """Frame the selection as a group."""
        if names := self.canvas.selection:
            self.canvas.mouse.attempt(lambda: self.canvas.document.add_group(names))

    def ungroup_selection(self) -> None:
        """Remove the frames around the selection and keep their activities."""
        names = set(self.canvas.selection)
        groups = self.canvas.document.journey.groups
        for index in [at for at, group in enumerate(groups) if names & set(group.activities)][::-1]:
            self.canvas.mouse.attempt(partial(self.canvas.document.ungroup, index))

    def open_quick_add(self, name: str, path: str) -> None:
        """Open quick-add at a path of an activity."""
        stub = self.canvas.projection.stubs.get((name, path))
        point = stub.handle if stub else self.canvas.projection.nodes[name].pos() + PASTE_OFFSET
        self.canvas.quick_add_requested.emit(point, name, path)

    def add_note(self) -> None:
        """Add a note in the middle of the view and open it for editing."""
        center = self.canvas.viewer.center
        self.canvas.mouse.attempt(
            lambda: self.edit_note(self.canvas.document.add_note((center.x() - 100, center.y() - 60)))
        )

    def arrange(self) -> None:
        """Lay out the journey again and show all of it."""
        self.canvas.mouse.attempt(self.canvas.document.arrange)
        self.canvas.zoom_to_fit()

    def align(self, horizontally: bool) -> None:
        """Align the selected activities to the row (or column) of the first."""
        nodes = [self.canvas.projection.nodes[name] for name in self.canvas.selection]
        if len(nodes) > 1:
            first = nodes[0].pos()
            places = {
                node.id: (node.pos().x(), first.y()) if horizontally else (first.x(), node.pos().y()) for node in nodes
            }
            self.canvas.mouse.attempt(lambda: self.canvas.document.move(places))

    def distribute(self, horizontally: bool) -> None:
        """Distribute the selected activities evenly between the outermost two."""
        nodes = [self.canvas.projection.nodes[name] for name in self.canvas.selection]
        if len(nodes) < 3:
            return
        nodes.sort(key=lambda node: node.pos().x() if horizontally else node.pos().y())
        first, last = nodes[0].pos(), nodes[-1].pos()
        places = {}
        for index, node in enumerate(nodes):
            point = first + (last - first) * index / (len(nodes) - 1)
            places[node.id] = (point.x(), node.pos().y()) if horizontally else (node.pos().x(), point.y())
        self.canvas.mouse.attempt(lambda: self.canvas.document.move(places))

    def undo(self) -> None:
        """Undo the last edit unless the journey is read-only."""
        self._step(self.canvas.document.undo_stack.undo)

    def redo(self) -> None:
        """Redo the last undone edit."""
        self._step(self.canvas.document.undo_stack.redo)

    def _step(self, step: Callable[[], None]) -> None:
        self.canvas.mouse.cancel()
        if self.canvas.document.read_only:
            self.canvas.refuse(tr("This version is read-only. Create a new version or a copy."))
            return
        step()

    def rename(self) -> None:
        """Edit the label of the selected activity in place."""
        if len(self.canvas.selection) != 1:
            return
        name = self.canvas.selection[0]
        node = self.canvas.projection.nodes[name]
        place = QPointF(self.canvas.viewer.mapFromScene(node.pos() + QPointF(0, 58)))
        self.canvas.editor.edit(node.activity.label, place, lambda text: self._rename(name, text))

    def _rename(self, name: str, label: str) -> None:
        self.canvas.viewer.setFocus()
        self.canvas.mouse.attempt(lambda: self.canvas.document.update_activity(name, label=label.strip()))

    def edit_note(self, index: int) -> None:
        note = self.canvas.projection.notes[index]
        place = QPointF(self.canvas.viewer.mapFromScene(note.pos() + note.box.center()))
        self.canvas.editor.edit(note.note.text, place, lambda text: self._keep_note(index, text))
        self.canvas.note_activated.emit(index)

    def _keep_note(self, index: int, text: str) -> None:
        self.canvas.viewer.setFocus()
        self.canvas.mouse.attempt(lambda: self.canvas.document.update_note(index, text=text))

    def edit_group(self, index: int) -> None:
        item = self.canvas.projection.groups[index]
        place = QPointF(self.canvas.viewer.mapFromScene(item.title_box.center()))
        self.canvas.editor.edit(item.frame.label, place, lambda text: self._keep_group(index, text))
        self.canvas.group_activated.emit(index)

    def _keep_group(self, index: int, text: str) -> None:
        self.canvas.viewer.setFocus()
        self.canvas.mouse.attempt(lambda: self.canvas.document.update_group(index, label=text.strip()))
