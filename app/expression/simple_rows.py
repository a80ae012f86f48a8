"""The boxes of the simple editor: a row *field — operator — value*, and a group of rows and groups.

A box shows a part of the tree and asks for changes; what becomes of the tree is the editor's to decide.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QDragEnterEvent, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QApplication,
    QButtonGroup,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.expression.name_tree import MIME
from app.expression.simple_fields import SEGMENTS, Askable, Fields, operator_words, operators
from app.expression.simple_tree import Path, choice_of, is_finished, type_for
from app.expression.simple_values import ValuesInput
from app.theme.icons import icon
from app.translation import mark, tr
from app.widgets.buttons import Button, IconButton
from app.widgets.labels import label
from app.widgets.theming import restyle, theme_of
from engine.expression.simple import SEGMENT_CHOICES, Choice, Group, Row
from engine.expression.types import STRING, Type

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
_ICONS = {
    "event": ("broadcast", "event"),
    "source": ("database", "action"),
    "property": ("tag", "secondary"),
    SEGMENTS: ("users-three", "secondary"),
    "unknown": ("warning-circle", "error"),
}


class Requests(QObject):
    """What boxes ask of the editor."""

    row = Signal(object, object)
    """A row at a path is another one now."""
    verb = Signal(str, object)
    """Something of ``VERBS``, ``add`` or ``add_group`` is wanted for the part at a path."""
    joined = Signal(object, str)
    """The group at a path is joined by another word."""
    dropped = Signal(object, int, object)
    """Something (QMimeData) was dropped into the group at a path, at a position."""


class _Handle(IconButton):
    """Drags its box; a click, Enter or Space shows what else can be done with it."""

    def __init__(self, path: Path, requests: Requests) -> None:
        super().__init__("dots-six-vertical", tr("Move or change"), size=28)
        self._path, self._requests = path, requests
        self._pressed: QPoint | None = None
        self.clicked.connect(self._offer)

    def _offer(self) -> None:
        self.menu_of().popup(self.mapToGlobal(QPoint(0, self.height())))

    def menu_of(self) -> QMenu:
        """The menu of what can be done."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for verb, words, keys in VERBS:
            action = menu.addAction(f"{tr(words)}\t{keys}" if keys else tr(words))
            action.setData(verb)
            action.triggered.connect(lambda _=False, verb=verb: self._requests.verb.emit(verb, self._path))
        return menu

    def content(self) -> QMimeData:
        """What is dragged."""
        data = QMimeData()
        data.setData(PART_MIME, json.dumps({"path": self._path}).encode())
        return data

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A drag may begin here."""
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
    """The path of a part that is dragged, or None for anything else."""
    if not data.hasFormat(PART_MIME):
        return None
    return tuple(json.loads(data.data(PART_MIME).toStdString())["path"])


class _Box(QFrame):
    """A row or group with its path; Alt with arrows moves it, Alt+Delete takes it away."""

    def __init__(self, path: Path, requests: Requests) -> None:
        super().__init__()
        self.path, self.requests = path, requests

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The innermost box that holds the focus is meant."""
        verb = _KEYS.get(Qt.Key(event.key())) if event.modifiers() & Qt.KeyboardModifier.AltModifier else None
        if verb and self.path:
            self.requests.verb.emit(verb, self.path)
            return
        super().keyPressEvent(event)


class RowBox(_Box):
    """One condition. ``narrow``: operator and value below the field."""

    def __init__(self, row: Row, path: Path, fields: Fields, requests: Requests, narrow: bool) -> None:
        super().__init__(path, requests)
        self.setProperty("role", "row")
        self._row, self._fields = row, fields
        self._values: ValuesInput | None = None
        self.handle = _Handle(path, requests)
        self.field = _combo(tr("Field"))
        self.operator = _combo(tr("Operator"))
        self.case = IconButton("text-aa", tr("Case sensitive"), size=30)
        self.case.setCheckable(True)
        self.remove = IconButton("x", tr("Remove this condition"), size=28)
        self._lay_out(narrow)
        self._offer_fields()
        self._offer_operators()
        self._offer_values()
        self.field.activated.connect(lambda _: self._field_chosen())
        self.operator.activated.connect(lambda _: self._operator_chosen())
        self.case.clicked.connect(lambda on: self._change(replace(self._row, case_sensitive=on)))
        self.remove.clicked.connect(lambda: requests.verb.emit("remove", path))

    def _lay_out(self, narrow: bool) -> None:
        top, below = QHBoxLayout(), QHBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.setSpacing(6)
        column.addLayout(top)
        second = below if narrow else top
        self._place = QHBoxLayout()
        for line in (top, below, self._place):
            line.setSpacing(6)
        top.addWidget(self.handle)
        top.addWidget(self.field, 3)
        if narrow:
            top.addWidget(self.remove)
            below.setContentsMargins(34, 0, 34, 0)
            column.addLayout(below)
        second.addWidget(self.operator, 2)
        second.addLayout(self._place, 4)
        second.addWidget(self.case)
        if not narrow:
            top.addWidget(self.remove)

    # What is shown

    @property
    def row(self) -> Row:
        """The row as it stands."""
        return self._row

    def settled(self) -> Row:
        """The row with what its inputs hold from the start: a date begins as today."""
        if self._values is not None and not self._row.values:
            self._row = replace(self._row, values=self._values.values())
        return self._row

    @property
    def _about_segments(self) -> bool:
        return any(one.operator == self._row.operator for one in SEGMENT_CHOICES)

    @property
    def _askable(self) -> Askable | None:
        return self._fields.find(self._row.field) if self._row.field else None

    @property
    def _type(self) -> Type:
        return type_for(self._row, self._askable.type if self._askable else None)

    def _offer_fields(self) -> None:
        theme = theme_of(self)
        every = [*self._fields.askable]
        if self._fields.segments or self._about_segments:
            every.append(Askable(tr("Segments of the person"), SEGMENTS, None, SEGMENTS))
        shown = self._askable
        if shown is not None and shown.kind == "unknown":
            every.append(shown)
        for one in every:
            glyph, role = _ICONS[one.kind]
            self.field.addItem(icon(glyph, theme.color(role)), one.label, one.reference)
        wanted = SEGMENTS if self._about_segments else shown.reference if shown else None
        self.field.setPlaceholderText(tr("Choose a field"))
        self.field.setCurrentIndex(self.field.findData(wanted) if wanted else -1)

    def _offer_operators(self) -> None:
        self.operator.clear()
        chosen = choice_of(self._row.operator)
        offered = [*self._choices()]
        if chosen is not None and chosen.operator not in [one.operator for one in offered]:
            offered.append(chosen)
        for one in offered:
            self.operator.addItem(operator_words(one, self._type), one.operator)
        self.operator.setCurrentIndex(self.operator.findData(self._row.operator) if chosen else -1)
        self.operator.setEnabled(bool(offered))
        self.case.setVisible(chosen is not None and chosen.cased)
        self.case.setChecked(self._row.case_sensitive)

    def _choices(self) -> tuple[Choice, ...]:
        if not self._row.field and not self._about_segments:
            return ()
        return operators(self._type, self._about_segments)

    def _offer_values(self) -> None:
        """Other inputs for another operator, with what was written kept where it fits."""
        if self._values is not None:
            self._place.removeWidget(self._values)
            self._values.hide()
            self._values.deleteLater()
        choice = choice_of(self._row.operator) or Choice("", "", "", 0)
        allowed = self._askable.allowed if self._askable else ()
        self._values = ValuesInput(choice, self._type, allowed, self._fields.segments)
        self._values.show_values(self._row.values)
        self._values.changed.connect(self._value_changed)
        self._place.addWidget(self._values, 1)

    # What the user does

    def _field_chosen(self) -> None:
        reference = self.field.currentData()
        if reference == SEGMENTS:
            row = Row("", SEGMENT_CHOICES[0].operator)
        else:
            known = self._fields.find(str(reference))
            offered = operators(known.type or STRING, False)
            same = any(one.operator == self._row.operator for one in offered)
            kept = self._row.values if same and known.type == self._type else ()
            row = Row(str(reference), self._row.operator if same else offered[0].operator, kept)
        self._show(row)

    def _operator_chosen(self) -> None:
        self._show(replace(self._row, operator=str(self.operator.currentData())))

    def _show(self, row: Row) -> None:
        """Shows a row with another field or operator; values that its inputs cannot hold are left out."""
        self._row = row
        self._offer_operators()
        self._offer_values()
        self._value_changed()

    def _value_changed(self) -> None:
        if self._values is not None:
            self._change(replace(self._row, values=self._values.values()))

    def _change(self, row: Row) -> None:
        self._row = row
        self.requests.row.emit(self.path, row)

    def focus_first(self) -> None:
        """Puts the cursor where the row goes on: at the field, or at the value once there is a field."""
        if not self._row.field and not self._about_segments:
            self.field.setFocus()
        elif self._values is not None and self._values.isVisibleTo(self) and not is_finished(self._row):
            self._values.setFocus()
        else:
            self.operator.setFocus()


def _combo(name: str) -> QComboBox:
    made = QComboBox()
    made.setAccessibleName(name)
    made.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    made.setMinimumContentsLength(8)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    made.setMaxVisibleItems(14)
    return made


class GroupBox(_Box):
    """A group: how its parts are joined, its parts, and what can be added."""

    def __init__(self, group: Group, path: Path, fields: Fields, requests: Requests, narrow: bool) -> None:
        super().__init__(path, requests)
        self.setProperty("role", "group")
        self.setProperty("depth", "odd" if len(path) % 2 else "even")
        self.setAcceptDrops(True)
        self.boxes: list[RowBox | GroupBox] = []
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
            self.column.addWidget(label(tr("Drag a field here, or add a condition."), "secondary", wrap=True))
        self.column.addLayout(self._foot())

    def _head(self, group: Group) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        if self.path:
            row.addWidget(_Handle(self.path, self.requests))
        frame = QFrame()
        frame.setProperty("role", "segments")
        inner = QHBoxLayout(frame)
        inner.setContentsMargins(1, 1, 1, 1)
        inner.setSpacing(0)
        self.joins = QButtonGroup(self)
        for number, (word, words) in enumerate((("and", tr("All of these")), ("or", tr("Any of these")))):
            part = QPushButton(words)
            part.setCheckable(True)
            part.setChecked(group.joined == word)
            part.setCursor(Qt.CursorShape.PointingHandCursor)
            part.clicked.connect(lambda _=False, word=word: self.requests.joined.emit(self.path, word))
            self.joins.addButton(part, number)
            inner.addWidget(part)
        row.addWidget(frame)
        row.addStretch(1)
        if self.path:
            remove = IconButton("x", tr("Remove this group"), size=28)
            remove.clicked.connect(lambda: self.requests.verb.emit("remove", self.path))
            row.addWidget(remove)
        return row

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.add = Button(tr("Add a condition"), "link", "plus")
        self.add.clicked.connect(lambda: self.requests.verb.emit("add", self.path))
        self.add_group = Button(tr("Add a group"), "link", "plus")
        self.add_group.clicked.connect(lambda: self.requests.verb.emit("add_group", self.path))
        row.addWidget(self.add)
        row.addSpacing(12)
        row.addWidget(self.add_group)
        row.addStretch(1)
        return row

    def all_boxes(self) -> Iterator[RowBox | GroupBox]:
        """This box and all below it."""
        yield self
        for box in self.boxes:
            if isinstance(box, GroupBox):
                yield from box.all_boxes()
            else:
                yield box

    # Dropping

    def position_at(self, y: int) -> int:
        """Where among its parts something dropped at a height goes."""
        return sum(1 for box in self.boxes if y > box.geometry().center().y())

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Names of the tree and parts of this condition are welcome."""
        if _welcome(event.mimeData()):
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """A line shows where it would go."""
        if not _welcome(event.mimeData()):
            return
        event.acceptProposedAction()
        at = self.position_at(event.position().toPoint().y())
        edge = self.boxes[at].geometry().top() if at < len(self.boxes) else self.add.geometry().top()
        below = edge - 3
        self._mark.setGeometry(12, below, self.width() - 24, 2)
        self._mark.show()
        self._mark.raise_()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """It went elsewhere."""
        self._mark.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """It is to go here."""
        self._mark.hide()
        if _welcome(event.mimeData()):
            event.acceptProposedAction()
            self.requests.dropped.emit(self.path, self.position_at(event.position().toPoint().y()), event.mimeData())


def _box(part: Group | Row, path: Path, fields: Fields, requests: Requests, narrow: bool) -> RowBox | GroupBox:
    if isinstance(part, Group):
        return GroupBox(part, path, fields, requests, narrow)
    return RowBox(part, path, fields, requests, narrow)


def _welcome(data: QMimeData) -> bool:
    return data.hasFormat(MIME) or data.hasFormat(PART_MIME)


def _between(joined: str) -> QWidget:
    """The word between two parts."""
    words = label(tr("and") if joined == "and" else tr("or"), "secondary")
    words.setContentsMargins(40, 0, 0, 0)
    restyle(words)
    return words
