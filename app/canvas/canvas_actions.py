"""Edits that menus, keys and the palette trigger: each acts on the selection or reports why it cannot."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QGuiApplication

from app.activity_views import full_name
from app.canvas.mouse import MouseController
from app.canvas.overlays import DeletePrompt, InPlaceEditor
from app.canvas.selection import CanvasSelection
from app.document import rules, transfer
from app.document.transfer import ActivityTemplate
from app.translation import tr, tr_n

PASTE_OFFSET = QPointF(60, 30)
"""Offset of quick-add from an activity without an open end."""


class CanvasActions(QObject):
    """Edits of one document that act on the canvas selection."""

    note_activated = Signal(int)
    group_activated = Signal(int)

    def __init__(
        self, mouse: MouseController, selection: CanvasSelection, question: DeletePrompt, editor: InPlaceEditor
    ) -> None:
        super().__init__(mouse)
        self._mouse, self._selection, self._question, self._editor = mouse, selection, question, editor
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
        """Delete the selection without confirmation."""
        names, edges, notes = self._selection.activities, self._selection.edges, self._selection.notes
        self._mouse.attempt(lambda: self._document.delete(names, edges, notes))

    def ask_delete(self) -> None:
        """Ask before deleting; Enter confirms."""
        names, edges, notes = self._selection.activities, self._selection.edges, self._selection.notes
        if not (names or edges or notes):
            return
        if not self._mouse.editable:
            self._mouse.refused.emit(tr("This version is read-only. Create a new version or a copy."))
            return
        if len(names) == 1 and not edges and not notes:
            words = tr("Delete {name}?", name=full_name(self._document.journey.by_id[names[0]]))
        elif edges and not names and not notes:
            words = tr_n("Delete this line?", "Delete {count} lines?", len(edges))
        else:
            words = tr("Delete {count} items?", count=len(names) + len(edges) + len(notes))
        self._question.ask(words, tr("Delete"), self.delete_selection)

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

    def paste(self) -> None:
        """Paste at the open end of the selected activity, else on the next free position."""
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
        self._mouse.attempt(lambda: self._selection.select(self._document.paste(clip, after=after), show=True))

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

    def add_note(self) -> None:
        """Add a note in the middle of the view and open it for editing."""
        center = self._viewer.center
        self._mouse.attempt(lambda: self.edit_note(self._document.add_note((center.x() - 100, center.y() - 60))))

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
        self._mouse.cancel()
        if self._document.read_only:
            self._mouse.refused.emit(tr("This version is read-only. Create a new version or a copy."))
            return
        step()

    def rename(self) -> None:
        """Edit the label of the selected activity in place."""
        if len(self._selection.activities) != 1:
            return
        name = self._selection.activities[0]
        node = self._projection.nodes[name]
        place = QPointF(self._viewer.mapFromScene(node.pos() + QPointF(0, 58)))
        self._editor.edit(node.activity.label, place, lambda text: self._rename(name, text))

    def _rename(self, name: str, label: str) -> None:
        self._viewer.setFocus()
        self._mouse.attempt(lambda: self._document.update_activity(name, label=label.strip()))

    def edit_note(self, index: int) -> None:
        note = self._projection.notes[index]
        place = QPointF(self._viewer.mapFromScene(note.pos() + note.box.center()))
        self._editor.edit(note.note.text, place, lambda text: self._keep_note(index, text))
        self.note_activated.emit(index)

    def _keep_note(self, index: int, text: str) -> None:
        self._viewer.setFocus()
        self._mouse.attempt(lambda: self._document.update_note(index, text=text))

    def edit_group(self, index: int) -> None:
        item = self._projection.groups[index]
        place = QPointF(self._viewer.mapFromScene(item.title_box.center()))
        self._editor.edit(item.frame.label, place, lambda text: self._keep_group(index, text))
        self.group_activated.emit(index)

    def _keep_group(self, index: int, text: str) -> None:
        self._viewer.setFocus()
        self._mouse.attempt(lambda: self._document.update_group(index, label=text.strip()))
