"""Keyboard control of the canvas: focus, selection, opening, panning, key bindings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent

from app.canvas.canvas_actions import PASTE_OFFSET
from app.canvas.key_bindings import ARROWS, KEYS, STEP, combination, nearest
from app.document import rules
from app.translation import tr

if TYPE_CHECKING:
    from app.canvas.nodes import ActivityItem
    from app.canvas.view import CanvasView

_OWN = frozenset({"escape", "confirm", "quick_add", "leave_backwards", "open_menu"})
"""Keys handled here; all others are bound to canvas methods."""


class KeyboardController:
    """Keyboard control of one canvas."""

    def __init__(self, canvas: CanvasView) -> None:
        self.canvas = canvas
        self._space_center = QPointF()

    def press(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self._space(event)
            return True
        if event.type() != QEvent.Type.KeyPress:
            return False
        key = combination(event)
        if key[1] in ARROWS and key[0] in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier):
            self._arrow(key[1], nudge=bool(key[0]))
            return True
        action = KEYS.get(key)
        if action is None:
            return False
        getattr(self if action in _OWN else self.canvas, action)()
        return True

    def _space(self, event: QKeyEvent) -> None:
        """Pan with the mouse while held; select the focused activity when tapped."""
        if event.isAutoRepeat():
            return
        if event.type() == QEvent.Type.KeyPress:
            self.canvas.mouse.space = True
            self._space_center = self.canvas.viewer.center
            self.canvas.viewer.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
            return
        self.canvas.mouse.space = False
        self.canvas.viewer.viewport().unsetCursor()
        if self.canvas.focused and self.canvas.viewer.center == self._space_center:
            self.canvas.select([self.canvas.focused])
            self.canvas.set_focus(self.canvas.focused)

    def _arrow(self, key: Qt.Key, nudge: bool) -> None:
        dx, dy = ARROWS[key]
        if nudge:
            self._nudge(dx * STEP, dy * STEP)
            return
        start = self.canvas.projection.nodes.get(self.canvas.focused)
        if start is None:
            entry = rules.entry_of(self.canvas.document.journey)
            found = entry.id if entry else next(iter(self.canvas.projection.nodes), None)
        else:
            found = nearest(self.canvas.projection.nodes, start.pos(), (dx, dy), self.canvas.focused)
        if found is not None:
            self.canvas.set_focus(found)
            self.canvas.reveal([found])

    def _nudge(self, dx: float, dy: float) -> None:
        places = {name: (node.pos().x() + dx, node.pos().y() + dy) for name, node in self._selected_nodes()}
        if places:
            self.canvas.mouse.attempt(lambda: self.canvas.document.move(places, merge="nudge"))

    def _selected_nodes(self) -> list[tuple[str, ActivityItem]]:
        return [(name, self.canvas.projection.nodes[name]) for name in self.canvas.selection]

    def escape(self) -> None:
        """Cancel the gesture, else the prompt, else the selection."""
        if self.canvas.mouse.cancel():
            return
        if not self.canvas.question.isHidden():
            self.canvas.question.hide()
            return
        self.canvas.viewer.scene().clearSelection()

    def confirm(self) -> None:
        """Confirm the prompt, else select the focused activity, else open the selected one."""
        if not self.canvas.question.isHidden():
            self.canvas.question.accept()
        elif self.canvas.focused and self.canvas.selection != (self.canvas.focused,):
            self.canvas.select([self.canvas.focused])
            self.canvas.set_focus(self.canvas.focused)
        elif self.canvas.selection:
            self.canvas.activated.emit(self.canvas.selection[0])

    def quick_add(self) -> None:
        """Open quick-add after the selected activity; without a selection move the focus on."""
        name = self.canvas.selection[0] if len(self.canvas.selection) == 1 else ""
        if name and self.canvas.mouse.editable:
            ways = rules.open_paths(self.canvas.document.journey, name)
            path = ways[0] if ways else rules.parallel_path(self.canvas.document.journey, name)
            if path is not None:
                self.canvas.open_quick_add(name, path)
            else:
                self.canvas.refuse(tr("Nothing can follow here."))
            return
        if not self.canvas.document.journey.activities and self.canvas.mouse.editable:
            self.canvas.quick_add_requested.emit(QPointF(0, 0), "", "")
            return
        self.canvas.focusNextPrevChild(True)

    def open_menu(self) -> None:
        """Open the menu at the selection or the focus."""
        name = self.canvas.selection[0] if self.canvas.selection else self.canvas.focused
        if name and not self.canvas.selection:
            self.canvas.select([name])
        nodes = self.canvas.projection.nodes
        point = nodes[name].pos() + PASTE_OFFSET if name in nodes else self.canvas.viewer.center
        self.canvas.menu_requested.emit(self.canvas.global_point(point), point)

    def leave_backwards(self) -> None:
        """Move the focus to the previous widget."""
        self.canvas.focusNextPrevChild(False)
