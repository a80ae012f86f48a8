"""The inputs of a call, headers, query and body: what is constant in them and what a journey fills in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QWidget

from app import theme
from app.forms.field_tree import type_label
from app.forms.json_input import PasteDialog
from app.translation import tr
from app.widgets.controls import HEIGHT, Button, Choice, IconButton, column_of, emptied, label, row_of
from app.widgets.texts import show_text
from engine.json_types import JsonDict, JsonObject, text_at
from engine.model.action import BodyList, BodyNode, BodyObject, Constant, Variable
from engine.model.example import infer_body, infer_fields
from engine.model.fields import TYPE_NAMES

Path = tuple[str, ...]
_TYPES = tuple(name for name in TYPE_NAMES if name != "object")


def _kind_choice(variable: bool) -> Choice:
    choice = Choice()
    choice.setFixedWidth(104)
    show_text(choice.setAccessibleName, tr("Constant or variable"))
    choice.offer([("constant", tr("Constant")), ("variable", tr("Variable"))])
    choice.choose("variable" if variable else "constant")
    return choice


class ParameterRows(QWidget):
    """Headers or query parameters: constant or variable, one a row."""

    changed = Signal()

    def __init__(self, title: str, add: str) -> None:
        super().__init__()
        self._made: list[tuple[QLineEdit, Choice, QLineEdit]] = []
        column = column_of(self, 6)
        head = QHBoxLayout()
        head.addWidget(label(title, "caption"), 1)
        self.add_button = Button(add, icon=theme.icon("plus", "text"))
        self.add_button.clicked.connect(self._add)
        head.addWidget(self.add_button)
        column.addLayout(head)
        self._rows = column_of(spacing=6)
        column.addLayout(self._rows)

    def show_parameters(self, bodies: Iterable[JsonObject]) -> None:
        """Show these, in the form of files."""
        emptied(self._rows)
        self._made = []
        for body in bodies:
            self._row(body)

    def parameters(self) -> list[JsonDict]:
        """Return the parameters that have a name, in the form of files."""
        return [
            {"name": name.text().strip(), "variable" if kind.key() == "variable" else "value": value.text()}
            for name, kind, value in self._made
            if name.text().strip()
        ]

    def _add(self) -> None:
        self._row({"name": "", "value": ""})
        self._made[-1][0].setFocus()
        self.changed.emit()

    def _row(self, body: JsonObject) -> None:
        holder = QWidget()
        row = row_of(holder, 6)
        name = QLineEdit(text_at(body, "name"))
        value = QLineEdit(str(body.get("variable") or body.get("value") or ""))
        kind = _kind_choice(bool(body.get("variable")))
        kind.chosen.connect(lambda _: self.changed.emit())
        for line, words in ((name, tr("Name")), (value, tr("Value, or the variable's name"))):
            show_text(line.setPlaceholderText, words)
            show_text(line.setAccessibleName, words)
            line.setFixedHeight(HEIGHT)
            line.textEdited.connect(lambda _: self.changed.emit())
        entry = (name, kind, value)
        remove = IconButton("trash", tr("Remove"), size=26)
        remove.clicked.connect(lambda: self._remove(entry, holder))
        for widget in (name, kind, value):
            row.addWidget(widget, 0 if widget is kind else 1)
        row.addWidget(remove)
        self._made.append(entry)
        self._rows.addWidget(holder)

    def _remove(self, entry: tuple[QLineEdit, Choice, QLineEdit], holder: QWidget) -> None:
        self._made.remove(entry)
        holder.hide()
        holder.deleteLater()
        self.changed.emit()


class LeafRow(QWidget):
    """One field of the body: a constant that is fixed here, or a variable that a journey fills."""

    changed = Signal()
    split = Signal()

    def __init__(self, path: Path, node: BodyNode) -> None:
        super().__init__()
        self.path, self._node = path, node
        row = row_of(self, 8, (12, 3, 8, 3))
        name = label(".".join(path))
        name.setMinimumWidth(110)
        row.addWidget(name, 1)
        self.kind = _kind_choice(isinstance(node, Variable))
        self.kind.chosen.connect(lambda _: self._switched())
        row.addWidget(self.kind)
        self.value = QLineEdit(json.dumps(node.value, ensure_ascii=False) if isinstance(node, Constant) else "")
        show_text(self.value.setAccessibleName, tr("Value as JSON"))
        self.label = QLineEdit((node.label or node.name) if isinstance(node, Variable) else path[-1])
        show_text(self.label.setAccessibleName, tr("Label for business users"))
        self.type = Choice()
        self.type.setFixedWidth(112)
        show_text(self.type.setAccessibleName, tr("Type"))
        self.type.offer([(name, type_label(name)) for name in _TYPES])
        self.type.choose(node.kind if isinstance(node, Variable) else self._inferred(node))
        self.type.chosen.connect(lambda _: self.changed.emit())
        for made in (self.value, self.label):
            made.setFixedHeight(HEIGHT)
            made.textEdited.connect(lambda _: self.changed.emit())
            row.addWidget(made, 1)
        row.addWidget(self.type)
        self.split_button = IconButton("list-bullets", tr("Show the items"), size=26)
        self.split_button.clicked.connect(self.split)
        row.addWidget(self.split_button)
        self._unfold()

    def _inferred(self, node: BodyNode) -> str:
        found = infer_fields({"value": node.value if isinstance(node, Constant) else None})
        return found[0].kind if found else "string"

    def _switched(self) -> None:
        self._unfold()
        self.changed.emit()

    def _unfold(self) -> None:
        variable = self.kind.key() == "variable"
        self.value.setVisible(not variable)
        value = self._node.value if isinstance(self._node, Constant) else None
        self.split_button.setVisible(not variable and isinstance(value, list) and bool(value))
        self.label.setVisible(variable)
        self.type.setVisible(variable)

    def node(self) -> BodyNode:
        """Return the leaf as edited; a constant that is no JSON is a text."""
        if self.kind.key() == "constant":
            try:
                return Constant(json.loads(self.value.text()))
            except json.JSONDecodeError:
                return Constant(self.value.text())
        before = self._node
        words = self.label.text().strip() or self.path[-1]
        if isinstance(before, Variable):
            name, fields = before.name, before.fields
        else:
            name, fields = _variable_name(self.path), ()
            value = before.value if isinstance(before, Constant) else None
            if isinstance(value, list) and value and all(isinstance(item, Mapping) for item in value):
                fields = infer_fields(*value)
        return Variable(name, str(self.type.key()), "" if words == name else words, fields)


def _variable_name(path: Path) -> str:
    return "_".join(path).lstrip(".$") or "value"


class BodyInput(QWidget):
    """The body of the call, made from a pasted example; every leaf a row."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._body: BodyNode | None = None
        self.rows: list[LeafRow] = []
        column = column_of(self, 8)
        head = QHBoxLayout()
        head.addWidget(label(tr("Body"), "caption"), 1)
        self.paste_button = Button(tr("Paste JSON"), icon=theme.icon("clipboard-text", "text"))
        self.paste_button.clicked.connect(self.paste)
        head.addWidget(self.paste_button)
        column.addLayout(head)
        frame = QFrame()
        frame.setProperty("role", "card")
        self._rows = column_of(frame, 0, (1, 4, 1, 4))
        column.addWidget(frame)

    def paste(self) -> None:
        """Ask for an example of the body."""
        dialog = PasteDialog(self.window())
        dialog.accepted_json.connect(self._pasted)
        dialog.open()

    def _pasted(self, example: object) -> None:
        self.show_body(infer_body(example))
        self.changed.emit()

    def show_body(self, body: BodyNode | None) -> None:
        """Show a body; None is none."""
        self._body = body
        emptied(self._rows)
        self.rows = []
        for path, node in _leaves(body):
            made = LeafRow(path, node)
            made.changed.connect(self.changed)
            made.split.connect(partial(self._split, path))
            self.rows.append(made)
            self._rows.addWidget(made)
        if not self.rows:
            nothing = label(tr("No body yet. Paste an example of the body."), "quiet")
            nothing.setContentsMargins(12, 8, 12, 8)
            self._rows.addWidget(nothing)

    def _split(self, path: Path) -> None:
        """Show a row for each value in a constant list, so that some can become variables."""
        made = {row.path: row.node() for row in self.rows}
        leaf = made[path]
        if self._body is not None and isinstance(leaf, Constant):
            made[path] = _split(leaf.value)
            self.show_body(_rebuilt(self._body, (), made))
            self.changed.emit()

    def body(self) -> BodyNode | None:
        """Return the body as edited."""
        if self._body is None:
            return None
        made = {row.path: row.node() for row in self.rows}
        return _rebuilt(self._body, (), made)


def _leaves(node: BodyNode | None, path: Path = ()) -> list[tuple[Path, BodyNode]]:
    if node is None:
        return []
    if isinstance(node, BodyObject):
        return [leaf for name, child in node.children.items() for leaf in _leaves(child, (*path, name))]
    if isinstance(node, BodyList):
        return [leaf for index, item in enumerate(node.items) for leaf in _leaves(item, (*path, str(index)))]
    return [(path or ("body",), node)]


def _rebuilt(node: BodyNode, path: Path, made: Mapping[Path, BodyNode]) -> BodyNode:
    if isinstance(node, BodyObject):
        return BodyObject({name: _rebuilt(child, (*path, name), made) for name, child in node.children.items()})
    if isinstance(node, BodyList):
        return BodyList(tuple(_rebuilt(item, (*path, str(index)), made) for index, item in enumerate(node.items)))
    return made[path or ("body",)]


def _split(value: object) -> BodyNode:
    """Return a constant list with a field for each value in its items."""
    if isinstance(value, list):
        return BodyList(tuple(map(_split, value)))
    if isinstance(value, Mapping):
        return BodyObject({name: _split(inner) for name, inner in value.items()})
    return Constant(value)
