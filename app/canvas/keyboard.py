"""Keyboard control of the canvas, with its key bindings in one table (studio.md, Keyboard); ``?`` lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent

from app.canvas.canvas_actions import PASTE_OFFSET
from app.canvas.nodes import ActivityItem
from app.document import rules
from app.translation import tr

if TYPE_CHECKING:
    from app.canvas.nodes import ActivityItem
    from app.canvas.view import CanvasView

_CTRL = Qt.KeyboardModifier.ControlModifier
_SHIFT = Qt.KeyboardModifier.ShiftModifier
_ALT = Qt.KeyboardModifier.AltModifier
_NONE = Qt.KeyboardModifier.NoModifier

Combination = tuple[Qt.KeyboardModifier, Qt.Key]

KEYS: Mapping[Combination, str] = {
    (_CTRL, Qt.Key.Key_A): "select_all",
    (_CTRL, Qt.Key.Key_C): "copy",
    (_CTRL, Qt.Key.Key_X): "cut",
    (_CTRL, Qt.Key.Key_V): "paste",
    (_CTRL, Qt.Key.Key_D): "duplicate",
    (_CTRL, Qt.Key.Key_F): "show_find",
    (_CTRL, Qt.Key.Key_G): "group_selection",
    (_CTRL | _SHIFT, Qt.Key.Key_G): "ungroup_selection",
    (_SHIFT, Qt.Key.Key_F10): "open_menu",
    (_NONE, Qt.Key.Key_O): "ask_outline",
    (_NONE, Qt.Key.Key_M): "toggle_map",
    (_CTRL, Qt.Key.Key_Z): "undo",
    (_CTRL | _SHIFT, Qt.Key.Key_Z): "redo",
    (_CTRL, Qt.Key.Key_Y): "redo",
    (_NONE, Qt.Key.Key_Delete): "ask_delete",
    (_NONE, Qt.Key.Key_Backspace): "ask_delete",
    (_NONE, Qt.Key.Key_F2): "rename",
    (_NONE, Qt.Key.Key_0): "zoom_100",
    (_NONE, Qt.Key.Key_1): "zoom_to_fit",
    (_NONE, Qt.Key.Key_2): "zoom_to_selection",
    (_NONE, Qt.Key.Key_Plus): "zoom_in",
    (_NONE, Qt.Key.Key_Equal): "zoom_in",
    (_NONE, Qt.Key.Key_Minus): "zoom_out",
    (_NONE, Qt.Key.Key_Escape): "escape",
    (_NONE, Qt.Key.Key_Return): "confirm",
    (_NONE, Qt.Key.Key_Enter): "confirm",
    (_NONE, Qt.Key.Key_Tab): "quick_add",
    (_SHIFT, Qt.Key.Key_Backtab): "leave_backwards",
}
"""The canvas method each key calls."""

ARROWS: Mapping[Qt.Key, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}

STEP = 20


def combination(event: QKeyEvent) -> Combination:
    """Return the key with the relevant modifiers; keypad keys count as normal keys."""
    modifiers = event.modifiers() & (_CTRL | _SHIFT | _ALT)
    key = Qt.Key(event.key())
    if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
        modifiers = modifiers & ~_SHIFT
    return (modifiers, key)


def nearest(nodes: Mapping[str, ActivityItem], start: QPointF, direction: tuple[int, int], leaving: str) -> str | None:
    """Return the nearest activity in a direction; distance off the axis counts more."""
    dx, dy = direction

    def distance(node: ActivityItem) -> float:
        delta = node.pos() - start
        along = delta.x() * dx + delta.y() * dy
        across = abs(delta.x() * dy) + abs(delta.y() * dx)
        return along + 2.2 * across if along > 1 else float("inf")

    ranked = sorted((distance(node), name) for name, node in nodes.items() if name != leaving)
    return ranked[0][1] if ranked and ranked[0][0] < float("inf") else None


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
