"""The fields of a payload or an answer as a tree one can edit: names, types, what is required, who is identified."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QInputDialog,
    QLineEdit,
    QMenu,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.forms.engine_texts import phrase_text
from app.forms.field_edits import (
    HOLDS_FIELDS,
    Fields,
    Place,
    added,
    field_at,
    free_name,
    name_fault,
    replaced,
    retyped,
    walk,
    with_identity,
)
from app.forms.json_input import PasteDialog
from app.translation import mark, tr
from app.widgets.controls import Button, IconButton, chip, column_of, emptied, label, row_of, wrapped
from app.widgets.texts import show_text
from engine.json_types import JsonObject
from engine.model.fields import SCALAR_LISTS, Field
from engine.model.json_schema import read_examples

ROW_HEIGHT = 34

_SCALARS = ("string", "integer", "decimal", "boolean", "dateOnly", "dateTimeOnly", "dateTime", "duration")
TYPE_LABELS: Mapping[str, str] = {
    "string": mark("text"),
    "integer": mark("whole number"),
    "decimal": mark("number"),
    "boolean": mark("true or false"),
    "dateOnly": mark("date"),
    "dateTimeOnly": mark("date and time, no zone"),
    "dateTime": mark("date and time"),
    "duration": mark("duration"),
    "object": mark("object"),
    "listObject": mark("list of objects"),
    "map": mark("map"),
}
"""What each type is called in menus; lists of scalars are told by ``type_label``."""


def type_label(kind: str) -> str:
    """Return the label of a type, such as ``list of text``."""
    if kind in SCALAR_LISTS:
        return tr("list of {type}", type=tr(TYPE_LABELS[SCALAR_LISTS[kind]]))
    return tr(TYPE_LABELS[kind])


class FieldRow(QWidget):
    """One field. What the user does is told with its place; the tree makes the change."""

    renamed = Signal(tuple, str)
    typed = Signal(tuple, str)
    required = Signal(tuple, bool)
    asked = Signal(tuple, str)
    folded = Signal(tuple)

    def __init__(self, place: Place, field: Field, open_: bool, flags: bool) -> None:
        super().__init__()
        self.place, self.field = place, field
        self.setFixedHeight(ROW_HEIGHT)
        row = QHBoxLayout(self)
        row.setContentsMargins(8 + 18 * (len(place) - 1), 0, 4, 0)
        row.setSpacing(4)
        row.addWidget(self._caret(open_))
        self.name = QLineEdit(field.name if field.name != "*" else tr("each value"))
        self.name.setProperty("role", "name")
        self.name.setObjectName("field-name-" + "-".join(map(str, place)))
        show_text(self.name.setAccessibleName, tr("Name of the field"))
        self.name.setReadOnly(field.name == "*")
        self.name.editingFinished.connect(self._name_typed)
        row.addWidget(self.name, 1)
        if field.identity:
            words = tr("{code} · primary", code=field.identity) if field.primary else field.identity
            row.addWidget(chip(words, "event"))
        if field.enum:
            row.addWidget(chip(tr("{count} values", count=len(field.enum))))
        self.type = self._type_button()
        row.addWidget(self.type)
        self.box = QCheckBox()
        show_text(self.box.setText, tr("required"))
        self.box.setChecked(field.required)
        self.box.toggled.connect(lambda on: self.required.emit(self.place, on))
        self.box.setVisible(flags and field.name != "*")
        row.addWidget(self.box)
        self.more = IconButton("dots-three", tr("More about {name}", name=field.name), size=26)
        self.more.clicked.connect(self._open_menu)
        self.more.setVisible(field.name != "*")
        row.addWidget(self.more)
        self._flags = flags

    def _caret(self, open_: bool) -> QToolButton:
        made = IconButton("caret-down" if open_ else "caret-right", tr("Fold"), size=20)
        made.clicked.connect(lambda: self.folded.emit(self.place))
        holds = self.field.kind in HOLDS_FIELDS or self.field.kind == "map"
        policy = made.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        made.setSizePolicy(policy)
        made.setVisible(holds)
        return made

    def _type_button(self) -> QToolButton:
        made = QToolButton()
        made.setProperty("role", "type")
        show_text(made.setText, type_label(self.field.kind))
        made.setIcon(theme.icon("caret-down"))
        made.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        show_text(made.setAccessibleName, tr("Type of {name}", name=self.field.name))
        made.clicked.connect(self._open_types)
        return made

    def _name_typed(self) -> None:
        if self.field.name != "*" and self.name.text() != self.field.name:
            self.renamed.emit(self.place, self.name.text())

    def _open_types(self) -> None:
        menu = QMenu(self)
        for kind in (*_SCALARS, "object", "listObject", "map"):
            menu.addAction(type_label(kind), self._typer(kind))
        lists = menu.addMenu(tr("List of"))
        for kind, scalar in SCALAR_LISTS.items():
            lists.addAction(tr(TYPE_LABELS[scalar]), self._typer(kind))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.type.mapToGlobal(self.type.rect().bottomLeft()))

    def _typer(self, kind: str) -> Callable[[], None]:
        return lambda: self.typed.emit(self.place, kind)

    def _open_menu(self) -> None:
        menu = QMenu(self)
        if self.field.kind in HOLDS_FIELDS:
            menu.addAction(tr("Add a field in it"), self._asker("add"))
        if self._flags and self.field.kind == "string":
            menu.addAction(tr("Identifies the person…"), self._asker("identity"))
        if self.field.kind in ("string", "integer", "decimal"):
            menu.addAction(tr("Only these values…"), self._asker("enum"))
        menu.addAction(theme.icon("trash"), tr("Remove"), self._asker("remove"))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def _asker(self, verb: str) -> Callable[[], None]:
        return lambda: self.asked.emit(self.place, verb)


MAX_NOTES = 5
"""How many notes on an example are shown."""


class FieldTree(QWidget):
    """A heading, the rows, and the buttons that add: one field, or all that an example has."""

    changed = Signal()

    def __init__(self, title: str, namespaces: Sequence[str] = (), flags: bool = True) -> None:
        """Make the tree; ``flags``: whether fields can be required and identify a person."""
        super().__init__()
        self._namespaces, self._flags = tuple(namespaces), flags
        self._fields: Fields = ()
        self._folded: set[Place] = set()
        self.rows: list[FieldRow] = []
        column = column_of(self, 8)
        head = row_of(spacing=8)
        head.addWidget(label(title, "caption"), 1)
        self.paste_button = Button(tr("Paste JSON"), icon=theme.icon("clipboard-text", "text"))
        self.add_button = Button(tr("Field"), icon=theme.icon("plus", "text"))
        self.paste_button.clicked.connect(self.paste)
        self.add_button.clicked.connect(lambda: self._add(()))
        head.addWidget(self.paste_button)
        head.addWidget(self.add_button)
        column.addLayout(head)
        self._frame = QFrame()
        self._frame.setProperty("role", "card")
        self._rows = QVBoxLayout(self._frame)
        self._rows.setContentsMargins(1, 1, 1, 1)
        self._rows.setSpacing(0)
        column.addWidget(self._frame)
        self.notes = wrapped("", "quiet")
        self.notes.setVisible(False)
        column.addWidget(self.notes)
        self._fault = label("", "fault")
        self._fault.setVisible(False)
        column.addWidget(self._fault)

    @property
    def fields(self) -> Fields:
        """The fields as the user left them."""
        return self._fields

    def show_fields(self, fields: Fields) -> None:
        """Show these; this is no change."""
        self._fields = fields
        self._draw()

    def paste(self) -> None:
        """Ask for an example and take its fields."""
        dialog = PasteDialog(self.window())
        dialog.accepted_examples.connect(self._pasted)
        dialog.open()

    def _pasted(self, examples: Sequence[JsonObject]) -> None:
        found = read_examples(*examples)
        self._change(found.fields)
        shown = " ".join(phrase_text(note) for note in found.notes[:MAX_NOTES])
        more = len(found.notes) - MAX_NOTES
        show_text(self.notes.setText, f"{shown} {tr('And {count} more.', count=more)}" if more > 0 else shown)
        self.notes.setVisible(bool(found.notes))

    def _draw(self) -> None:
        emptied(self._rows)
        self.rows = []
        for place, field in walk(self._fields):
            if any(place[:size] in self._folded for size in range(1, len(place))):
                continue
            if self.rows:
                line = QFrame()
                line.setProperty("role", "line")
                self._rows.addWidget(line)
            self._rows.addWidget(self._row(place, field))
        if not self._fields:
            nothing = label(tr("No fields yet. Paste an example, or add one."), "quiet")
            nothing.setContentsMargins(12, 10, 12, 10)
            self._rows.addWidget(nothing)

    def _row(self, place: Place, field: Field) -> FieldRow:
        made = FieldRow(place, field, place not in self._folded, self._flags)
        made.renamed.connect(self._rename)
        made.typed.connect(lambda at, kind: self._change(replaced(self._fields, at, retyped(self._at(at), kind))))
        made.required.connect(
            lambda at, on: self._change(replaced(self._fields, at, replace(self._at(at), required=on)))
        )
        made.asked.connect(self._asked)
        made.folded.connect(self._fold)
        self.rows.append(made)
        return made

    def _at(self, place: Place) -> Field:
        return field_at(self._fields, place)

    def _change(self, fields: Fields) -> None:
        self._fields = fields
        self._tell("")
        self._draw()
        self.changed.emit()

    def _rename(self, place: Place, name: str) -> None:
        fault = name_fault(self._fields, place, name)
        if fault:
            self._tell(tr(fault))
            return
        self._fields = replaced(self._fields, place, replace(self._at(place), name=name))
        self._tell("")
        for row in self.rows:
            row.field = self._at(row.place)
        self.changed.emit()

    def _tell(self, fault: str) -> None:
        show_text(self._fault.setText, fault)
        self._fault.setVisible(bool(fault))

    def _fold(self, place: Place) -> None:
        self._folded ^= {place}
        self._draw()

    def _add(self, parent: Place) -> None:
        siblings = self._at(parent).fields if parent else self._fields
        fields, place = added(self._fields, parent, Field(free_name(siblings), "string"))
        self._change(fields)
        for row in self.rows:
            if row.place == place:
                row.name.setFocus()
                row.name.selectAll()

    def _asked(self, place: Place, verb: str) -> None:
        actions: Mapping[str, Callable[[], None]] = {
            "add": lambda: self._add(place),
            "remove": lambda: self._change(replaced(self._fields, place)),
            "identity": lambda: self._ask_identity(place),
            "enum": lambda: self._ask_values(place),
        }
        actions[verb]()

    def _ask_identity(self, place: Place) -> None:
        dialog = QInputDialog(self.window())
        show_text(dialog.setWindowTitle, tr("Identifies the person"))
        dialog.setLabelText(tr("Namespace of {name}", name=self._at(place).name))
        dialog.setComboBoxItems([tr("None"), *self._namespaces])
        dialog.setTextValue(self._at(place).identity or tr("None"))
        dialog.textValueSelected.connect(
            lambda code: self._change(
                with_identity(self._fields, place, code if code in self._namespaces else None, primary=True)
            )
        )
        dialog.open()

    def _ask_values(self, place: Place) -> None:
        field = self._at(place)
        dialog = QInputDialog(self.window())
        dialog.setOption(QInputDialog.InputDialogOption.UsePlainTextEditForTextInput)
        show_text(dialog.setWindowTitle, tr("Only these values"))
        dialog.setLabelText(tr("One value per line; all values if empty."))
        dialog.setTextValue("\n".join(str(value) for value in field.enum))
        dialog.textValueSelected.connect(lambda words: self._take_values(place, words))
        dialog.open()

    def _take_values(self, place: Place, words: str) -> None:
        field = self._at(place)
        lines = [line.strip() for line in words.splitlines() if line.strip()]
        try:
            values = tuple(line if field.kind == "string" else json.loads(line) for line in lines)
        except json.JSONDecodeError:
            self._tell(tr("Write one number a line."))
            return
        self._change(replaced(self._fields, place, replace(field, enum=values)))
