"""Keyboard control of the canvas, with its key bindings in one table (studio.md, Keyboard); ``?`` lists them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent

from app.canvas.canvas_actions import PASTE_OFFSET, CanvasActions
from app.canvas.mouse import MouseController
from app.canvas.nodes import ActivityItem
from app.canvas.selection import CanvasSelection
from app.document import rules
from app.translation import tr
from app.widgets.key_symbols import shortcut_key

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
    (_NONE, Qt.Key.Key_Delete): "delete_selection",
    (_NONE, Qt.Key.Key_Backspace): "delete_selection",
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

_CANCELLING = ("escape", "undo")
"""What cancels a gesture that goes on; other keys do nothing then."""


def combination(event: QKeyEvent) -> Combination:
    """Return the key with the relevant modifiers; keypad keys count as normal keys."""
    modifiers = event.modifiers() & (_CTRL | _SHIFT | _ALT)
    key = shortcut_key(event)
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


class KeyboardController:
    """Keyboard control of one canvas.

    ``actions`` are the methods of the canvas by name; ``leave`` moves the focus to the next widget or the previous one.
    """

    def __init__(
        self,
        mouse: MouseController,
        selection: CanvasSelection,
        edits: CanvasActions,
        actions: Mapping[str, Callable[[], object]],
        leave: Callable[[bool], object],
    ) -> None:
        self._mouse, self._selection, self._edits = mouse, selection, edits
        self._viewer, self._nodes, self._leave = mouse.viewer, mouse.projection.nodes, leave
        self._actions = {
            **actions,
            "escape": self.escape,
            "confirm": self.confirm,
            "quick_add": self.quick_add,
            "leave_backwards": lambda: leave(False),
            "open_menu": self.open_menu,
        }
        self._space_center = QPointF()
        self._viewer.keys, self._viewer.menu_key = self.press, self.open_menu

    def press(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.NoModifier:
            self._space(event)
            return True
        if event.type() != QEvent.Type.KeyPress:
            return False
        key = combination(event)
        if self._mouse.busy:
            if KEYS.get(key) in _CANCELLING:
                self._mouse.cancel()
            return True
        if key[1] in ARROWS and key[0] in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.AltModifier):
            self._arrow(key[1], nudge=bool(key[0]))
            return True
        action = KEYS.get(key)
        if action is None:
            return False
        self._actions[action]()
        return True

    def _space(self, event: QKeyEvent) -> None:
        """Pan with the mouse while held; select the focused activity when tapped."""
        if event.isAutoRepeat():
            return
        if event.type() == QEvent.Type.KeyPress:
            if self._mouse.busy:
                return
            self._mouse.space = True
            self._space_center = self._viewer.center
            self._viewer.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
            return
        if not self._mouse.space:
            return
        self._mouse.space = False
        self._viewer.viewport().unsetCursor()
        if self._selection.focused and self._viewer.center == self._space_center:
            self._selection.select([self._selection.focused])
            self._selection.set_focus(self._selection.focused)

    def _arrow(self, key: Qt.Key, nudge: bool) -> None:
        dx, dy = ARROWS[key]
        if nudge:
            self._nudge(dx * STEP, dy * STEP)
            return
        start = self._nodes.get(self._selection.focused)
        if start is None:
            entry = rules.entry_of(self._mouse.document.journey)
            found = entry.id if entry else next(iter(self._nodes), None)
        else:
            found = nearest(self._nodes, start.pos(), (dx, dy), self._selection.focused)
        if found is not None:
            self._selection.set_focus(found)
            self._selection.reveal([found])

    def _nudge(self, dx: float, dy: float) -> None:
        places = {name: (node.pos().x() + dx, node.pos().y() + dy) for name, node in self._selected_nodes()}
        if places:
            self._mouse.attempt(lambda: self._mouse.document.move(places, merge="nudge"))

    def _selected_nodes(self) -> list[tuple[str, ActivityItem]]:
        return [(name, self._nodes[name]) for name in self._selection.activities]

    def escape(self) -> None:
        """Clear the selection."""
        self._viewer.scene().clearSelection()

    def confirm(self) -> None:
        """Select the focused activity, else open the selected one."""
        if self._selection.focused and self._selection.activities != (self._selection.focused,):
            self._selection.select([self._selection.focused])
            self._selection.set_focus(self._selection.focused)
        elif self._selection.activities:
            self._mouse.activated.emit(self._selection.activities[0])

    def quick_add(self) -> None:
        """Open quick-add after the selected activity; without a selection move the focus on."""
        name = self._selection.activities[0] if len(self._selection.activities) == 1 else ""
        if name and self._mouse.editable:
            ways = rules.open_paths(self._mouse.document.journey, name)
            path = ways[0] if ways else rules.parallel_path(self._mouse.document.journey, name)
            if path is not None:
                self._edits.open_quick_add(name, path)
            else:
                self._mouse.refused.emit(tr("Nothing can follow here."))
            return
        if not self._mouse.document.journey.activities and self._mouse.editable:
            self._mouse.quick_add_requested.emit(QPointF(0, 0), "", "")
            return
        self._leave(True)

    def open_menu(self) -> None:
        """Open the menu at the selection or the focus."""
        name = self._selection.activities[0] if self._selection.activities else self._selection.focused
        if name and not self._selection.activities:
            self._selection.select([name])
        nodes = self._nodes
        point = nodes[name].pos() + PASTE_OFFSET if name in nodes else self._viewer.center
        self._viewer.menu_requested.emit(self._viewer.global_point(point), point)
