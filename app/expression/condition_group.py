"""A group of the simple editor: rows and groups that are joined, and what can be dropped between them."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app import theme
from app.expression.condition_row import (
    PART_MIME,
    ConditionBox,
    ConditionDragHandle,
    ConditionRequests,
    ConditionRowBox,
)
from app.expression.condition_tree import Path
from app.expression.name_tree import MIME
from app.expression.names import FieldCatalog
from app.translation import tr
from app.widgets.controls import Button, IconButton, Segmented, label, restyle, wrapped
from engine.expression.simple_form import ConditionGroup, ConditionRow


class ConditionGroupBox(ConditionBox):
    """A group: how its parts are joined, its parts, and what can be added."""

    def __init__(
        self, group: ConditionGroup, path: Path, fields: FieldCatalog, requests: ConditionRequests, narrow: bool
    ) -> None:
        super().__init__(path, requests)
        self.setProperty("role", "group")
        self.setProperty("depth", "odd" if len(path) % 2 else "even")
        self.setAcceptDrops(True)
        self.boxes: list[ConditionRowBox | ConditionGroupBox] = []
        self._mark = QFrame(self)
        self._mark.setProperty("role", "drop")
        self._mark.hide()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(10, 8, 8, 8)
        self.column.setSpacing(4)
        self.column.addLayout(self._head(group))
        for at, part in enumerate(group.parts):
            if at:
                self.column.addWidget(_between(group.joined))
            box = _box(part, (*path, at), fields, requests, narrow)
            self.boxes.append(box)
            self.column.addWidget(box)
        if not group.parts:
            self.column.addWidget(wrapped(tr("Drag a field here, or add a condition.")))
        self.column.addLayout(self._foot())

    def _head(self, group: ConditionGroup) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        if self.path:
            row.addWidget(ConditionDragHandle(self.path, self.requests))
        self.joins = Segmented((("and", tr("All of these")), ("or", tr("Any of these"))))
        self.joins.choose(group.joined)
        self.joins.chosen.connect(lambda word: self.requests.joined.emit(self.path, word))
        row.addWidget(self.joins)
        row.addStretch(1)
        if self.path:
            remove = IconButton("x", tr("Remove this group"), size=28)
            remove.clicked.connect(lambda: self.requests.verb.emit("remove", self.path))
            row.addWidget(remove)
        return row

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.add = Button(tr("Add a condition"), "link", theme.icon("plus", "accent"), inline=True)
        self.add.clicked.connect(lambda: self.requests.verb.emit("add", self.path))
        self.add_group = Button(tr("Add a group"), "link", theme.icon("plus", "accent"), inline=True)
        self.add_group.clicked.connect(lambda: self.requests.verb.emit("add_group", self.path))
        row.addWidget(self.add)
        row.addSpacing(12)
        row.addWidget(self.add_group)
        row.addStretch(1)
        return row

    def all_boxes(self) -> Iterator[ConditionRowBox | ConditionGroupBox]:
        """Yield this box and all boxes inside it."""
        yield self
        for box in self.boxes:
            if isinstance(box, ConditionGroupBox):
                yield from box.all_boxes()
            else:
                yield box

    # Dropping

    def position_at(self, y: int) -> int:
        """Where among its parts something dropped at a height goes."""
        return sum(1 for box in self.boxes if y > box.geometry().center().y())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept names of the tree and parts of this condition."""
        if _accepts(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where the part would be inserted."""
        if not _accepts(event.mimeData()):
            return
        event.acceptProposedAction()
        at = self.position_at(event.position().toPoint().y())
        edge = self.boxes[at].geometry().top() if at < len(self.boxes) else self.add.geometry().top()
        self._mark.setGeometry(12, edge - 3, self.width() - 24, 2)
        self._mark.show()
        self._mark.raise_()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._mark.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._mark.hide()
        if _accepts(event.mimeData()):
            event.acceptProposedAction()
            self.requests.dropped.emit(self.path, self.position_at(event.position().toPoint().y()), event.mimeData())


def _box(
    part: ConditionGroup | ConditionRow, path: Path, fields: FieldCatalog, requests: ConditionRequests, narrow: bool
) -> ConditionRowBox | ConditionGroupBox:
    if isinstance(part, ConditionGroup):
        return ConditionGroupBox(part, path, fields, requests, narrow)
    return ConditionRowBox(part, path, fields, requests, narrow)


def _accepts(data: QMimeData) -> bool:
    return data.hasFormat(MIME) or data.hasFormat(PART_MIME)


def _between(joined: str) -> QWidget:
    words = label(tr("and") if joined == "and" else tr("or"), "secondary")
    words.setContentsMargins(40, 0, 0, 0)
    restyle(words)
    return words
