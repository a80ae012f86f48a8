"""Key bindings of the canvas in one table (studio.md, Keyboard); ``?`` lists them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from app.canvas.nodes import ActivityItem

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
        aside = abs(delta.x() * dy) + abs(delta.y() * dx)
        return along + 2.2 * aside if along > 1 else float("inf")

    ranked = sorted((distance(node), name) for name, node in nodes.items() if name != leaving)
    return ranked[0][1] if ranked and ranked[0][0] < float("inf") else None
