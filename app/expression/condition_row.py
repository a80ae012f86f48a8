"""Rows of the simple editor, *field — operator — value*, and the behaviour that rows and groups share.

A box shows a part of the tree and asks for changes; the editor decides how the tree changes.
"""

from __future__ import annotations

import json
from dataclasses import replace

from PySide6.QtCore import QMimeData, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QMenu, QVBoxLayout

from app.expression.condition_tree import Path, choice_of, is_finished, type_for
from app.expression.names import ICONS, SEGMENTS, FieldCatalog, SelectableField, operator_label, operators
from app.expression.value_inputs import ValuesInput
from app.theme.icons import icon
from app.translation import mark, tr
from app.widgets.controls import Choice, IconButton
from app.widgets.texts import show_text
from engine.expression.simple_form import SEGMENT_CHOICES, ConditionRow, OperatorChoice
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
        self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
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
        verb = _KEYS.get(Qt.Key(event.key())) if event.modifiers() & Qt.KeyboardModifier.AltModifier else None
        if verb and self.path:
            self.requests.verb.emit(verb, self.path)
            return
        super().keyPressEvent(event)


class ConditionRowBox(ConditionBox):
    """One condition. ``narrow``: operator and value below the field."""

    def __init__(
        self, row: ConditionRow, path: Path, fields: FieldCatalog, requests: ConditionRequests, narrow: bool
    ) -> None:
        super().__init__(path, requests)
        self.setProperty("role", "row")
        self._row, self._fields = row, fields
        self._values: ValuesInput | None = None
        self.handle = ConditionDragHandle(path, requests)
        self.field, self.operator = Choice(), Choice()
        show_text(self.field.setAccessibleName, tr("Field"))
        show_text(self.operator.setAccessibleName, tr("Operator"))
        self.case = IconButton("text-aa", tr("Case sensitive"), size=30)
        self.case.setCheckable(True)
        self.remove = IconButton("x", tr("Remove this condition"), size=28)
        self._lay_out(narrow)
        self._offer_fields()
        self._offer_operators()
        self._offer_values()
        self.field.chosen.connect(self._field_chosen)
        self.operator.chosen.connect(lambda key: self._show(replace(self._row, operator=str(key))))
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
    def row(self) -> ConditionRow:
        """The row as it stands."""
        return self._row

    def settled(self) -> ConditionRow:
        """Return the row with the initial values of its inputs: a date begins as today."""
        if self._values is not None and not self._row.values:
            self._row = replace(self._row, values=self._values.values())
        return self._row

    @property
    def _about_segments(self) -> bool:
        return any(one.operator == self._row.operator for one in SEGMENT_CHOICES)

    @property
    def _selected_field(self) -> SelectableField | None:
        return self._fields.find(self._row.field) if self._row.field else None

    @property
    def _type(self) -> Type:
        return type_for(self._row, self._selected_field.type if self._selected_field else None)

    def _offer_fields(self) -> None:
        every = [*self._fields.askable]
        if self._fields.segments or self._about_segments:
            every.append(SelectableField(tr("Segments of the person"), SEGMENTS, None, SEGMENTS))
        shown = self._selected_field
        if shown is not None and shown.kind == "unknown":
            every.append(shown)
        self.field.offer([(one.reference, one.label) for one in every], [icon(*ICONS[one.kind]) for one in every])
        wanted = SEGMENTS if self._about_segments else shown.reference if shown else None
        show_text(self.field.setPlaceholderText, tr("Choose a field"))
        self.field.choose(wanted)

    def _offer_operators(self) -> None:
        chosen = choice_of(self._row.operator)
        offered = [*self._choices()]
        if chosen is not None and chosen.operator not in [one.operator for one in offered]:
            offered.append(chosen)
        self.operator.offer([(one.operator, operator_label(one, self._type)) for one in offered])
        self.operator.choose(self._row.operator)
        self.operator.setEnabled(bool(offered))
        self.case.setVisible(chosen is not None and chosen.cased)
        self.case.setChecked(self._row.case_sensitive)

    def _choices(self) -> tuple[OperatorChoice, ...]:
        if not self._row.field and not self._about_segments:
            return ()
        return operators(self._type, self._about_segments)

    def _offer_values(self) -> None:
        """Other inputs for another operator, with what was written kept where it fits."""
        if self._values is not None:
            self._place.removeWidget(self._values)
            self._values.hide()
            self._values.deleteLater()
        choice = choice_of(self._row.operator) or OperatorChoice("", "", 0)
        allowed = self._selected_field.allowed if self._selected_field else ()
        self._values = ValuesInput(choice, self._type, allowed, self._fields.segments)
        self._values.show_values(self._row.values)
        self._values.changed.connect(self._value_changed)
        self._place.addWidget(self._values, 1)

    # What the user does

    def _field_chosen(self, reference: object) -> None:
        if reference == SEGMENTS:
            row = ConditionRow("", SEGMENT_CHOICES[0].operator)
        else:
            known = self._fields.find(str(reference))
            offered = operators(known.type or STRING, False)
            same = any(one.operator == self._row.operator for one in offered)
            kept = self._row.values if same and known.type == self._type else ()
            row = ConditionRow(str(reference), self._row.operator if same else offered[0].operator, kept)
        self._show(row)

    def _show(self, row: ConditionRow) -> None:
        """Show a row with another field or operator; values its inputs cannot hold are dropped."""
        self._row = row
        self._offer_operators()
        self._offer_values()
        self._value_changed()

    def _value_changed(self) -> None:
        if self._values is not None:
            self._change(replace(self._row, values=self._values.values()))

    def _change(self, row: ConditionRow) -> None:
        self._row = row
        self.requests.row.emit(self.path, row)

    def focus_first(self) -> None:
        """Focus the field, or the value once a field is chosen."""
        if not self._row.field and not self._about_segments:
            self.field.setFocus()
        elif self._values is not None and self._values.isVisibleTo(self) and not is_finished(self._row):
            self._values.setFocus()
        else:
            self.operator.setFocus()
