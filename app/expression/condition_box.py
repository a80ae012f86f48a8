"""What rows and groups of the simple editor share: what they ask for, how they are moved, their keys.

A box shows a part of the tree and asks for changes; what becomes of the tree is the editor's to decide.
"""

from __future__ import annotations

import json

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QMenu

from app.expression.condition_tree import Path
from app.translation import mark, tr
from app.widgets.controls import IconButton

PART_MIME = "application/x-sojourn-part"
"""A row or group that is moved: JSON with its ``path``."""

VERBS: tuple[tuple[str, str, str], ...] = (
    ("up", mark("Move up"), "Alt+Up"),
    ("down", mark("Move down"), "Alt+Down"),
    ("group", mark("Put into a group of its own"), ""),
    ("copy", mark("Duplicate"), ""),
    ("remove", mark("Remove"), "Alt+Delete"),
)
"""What can be done with a row or group, its words and its keys."""

_KEYS = {Qt.Key.Key_Up: "up", Qt.Key.Key_Down: "down", Qt.Key.Key_Delete: "remove"}


class ConditionRequests(QObject):
    """What boxes ask of the editor."""

    row = Signal(object, object)
    """A row at a path is another one now."""
    verb = Signal(str, object)
    """Something of ``VERBS``, ``add`` or ``add_group`` is wanted for the part at a path."""
    joined = Signal(object, str)
    """The group at a path is joined by another word."""
    dropped = Signal(object, int, object)
    """Something (QMimeData) was dropped into the group at a path, at a position."""


class ConditionDragHandle(IconButton):
    """Drags its box; a click, Enter or Space shows what else can be done with it."""

    def __init__(self, path: Path, requests: ConditionRequests) -> None:
        super().__init__("dots-six-vertical", tr("Move or change"), size=28)
        self._path, self._requests = path, requests
        self._pressed: QPoint | None = None
        self.clicked.connect(self._offer)

    def _offer(self) -> None:
        self.menu_of().popup(self.mapToGlobal(QPoint(0, self.height())))

    def menu_of(self) -> QMenu:
        """Return the menu of actions."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for verb, words, keys in VERBS:
            action = menu.addAction(f"{tr(words)}\t{keys}" if keys else tr(words))
            action.setData(verb)
            action.triggered.connect(lambda _=False, verb=verb: self._requests.verb.emit(verb, self._path))
        return menu

    def content(self) -> QMimeData:
        """Return the drag data."""
        data = QMimeData()
        data.setData(PART_MIME, json.dumps({"path": self._path}).encode())
        return data

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Remember where a drag may begin."""
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Far enough from where it was pressed, it is a drag."""
        start, distance = self._pressed, QApplication.startDragDistance()
        if start is None or (event.position().toPoint() - start).manhattanLength() < distance:
            return
        self._pressed = None
        self.setDown(False)
        drag = QDrag(self)
        drag.setMimeData(self.content())
        box = self.parentWidget()
        if box is not None:
            drag.setPixmap(box.grab())
        drag.exec(Qt.DropAction.MoveAction)


def dragged_path(data: QMimeData) -> Path | None:
    """Return the path of a dragged part; None for anything else."""
    if not data.hasFormat(PART_MIME):
        return None
    return tuple(json.loads(data.data(PART_MIME).toStdString())["path"])


class ConditionBox(QFrame):
    """A row or group with its path; Alt with arrows moves it, Alt+Delete takes it away."""

    def __init__(self, path: Path, requests: ConditionRequests) -> None:
        super().__init__()
        self.path, self.requests = path, requests

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Mark the innermost box with the focus as current."""
        verb = _KEYS.get(Qt.Key(event.key())) if event.modifiers() & Qt.KeyboardModifier.AltModifier else None
        if verb and self.path:
            self.requests.verb.emit(verb, self.path)
            return
        super().keyPressEvent(event)
