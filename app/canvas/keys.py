"""What the keys do on the canvas: one table, so that the help (``?``) can list it (studio.md, Keyboard)."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QKeyEvent

from app.canvas.nodes import ActivityItem
from app.translation import mark

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
"""Which method of the canvas each key calls."""

HELP: tuple[tuple[str, str], ...] = (
    ("←  →  ↑  ↓", mark("Go to the nearest activity")),
    ("Enter", mark("Select, then open the settings")),
    ("Tab", mark("Add what comes next")),
    ("F2", mark("Rename")),
    ("Delete", mark("Delete")),
    ("Ctrl A", mark("Select all")),
    ("Ctrl C  X  V  D", mark("Copy, cut, paste, duplicate")),
    ("Ctrl Z", mark("Undo")),
    ("Ctrl Shift Z", mark("Redo")),
    ("Ctrl G", mark("Group")),
    ("Ctrl F", mark("Find in the journey")),
    ("Alt ←  →  ↑  ↓", mark("Move the selection")),
    ("0", mark("100 %")),
    ("1", mark("Zoom to fit")),
    ("2", mark("Zoom to the selection")),
    ("Esc", mark("Give up, select nothing")),
)
"""The canvas's keys in words."""

ARROWS: Mapping[Qt.Key, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}

STEP = 20


def combination(event: QKeyEvent) -> Combination:
    """The key with the modifiers that matter: the number block is like the rest."""
    modifiers = event.modifiers() & (_CTRL | _SHIFT | _ALT)
    key = Qt.Key(event.key())
    if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
        modifiers = modifiers & ~_SHIFT
    return (modifiers, key)


def nearest(nodes: Mapping[str, ActivityItem], start: QPointF, direction: tuple[int, int], leaving: str) -> str | None:
    """The activity nearest to a point in a direction; what lies off the line counts as farther."""
    dx, dy = direction

    def distance(node: ActivityItem) -> float:
        delta = node.pos() - start
        along = delta.x() * dx + delta.y() * dy
        aside = abs(delta.x() * dy) + abs(delta.y() * dx)
        return along + 2.2 * aside if along > 1 else float("inf")

    ranked = sorted((distance(node), name) for name, node in nodes.items() if name != leaving)
    return ranked[0][1] if ranked and ranked[0][0] < float("inf") else None
