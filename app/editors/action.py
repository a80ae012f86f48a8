"""The form of a custom action: the call, what is constant in it and what a journey fills in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.editors.authentication import AuthenticationInput
from app.editors.editor import DefinitionEditor
from app.forms.controls import HEIGHT, Choice, FormField, Segmented, Toggle, button, emptied, icon_button, text
from app.forms.field_tree import FieldTree, type_words
from app.forms.look import Look
from app.forms.paste_json import PasteDialog
from app.translation import tr
from engine.model.action import BodyNode, BodyObject, Constant, Variable, read_body, write_body
from engine.model.example import example_value, infer_body, infer_fields
from engine.model.fields import TYPE_NAMES, Field, read_fields, write_fields

Path = tuple[str, ...]
_TYPES = tuple(name for name in TYPE_NAMES if name != "object")


class LeafRow(QWidget):
    """One field of the body: a constant that is fixed here, or a variable that a journey fills."""

    changed = Signal()

    def __init__(self, look: Look, path: Path, node: BodyNode) -> None:
        super().__init__()
        self.path, self._node = path, node
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 3, 8, 3)
        row.setSpacing(8)
        name = text(".".join(path))
        name.setMinimumWidth(110)
        row.addWidget(name, 1)
        variable = isinstance(node, Variable)
        self.kind = Choice()
        self.kind.setFixedWidth(104)
        self.kind.setAccessibleName(tr("Constant or variable"))
        self.kind.offer([("constant", tr("Constant")), ("variable", tr("Variable"))])
        self.kind.choose("variable" if variable else "constant")
        self.kind.chosen.connect(lambda _: self._switched())
        row.addWidget(self.kind)
        self.value = QLineEdit(json.dumps(node.value, ensure_ascii=False) if isinstance(node, Constant) else "")
        self.value.setAccessibleName(tr("Value as JSON"))
        self.label = QLineEdit((node.label or node.name) if isinstance(node, Variable) else path[-1])
        self.label.setAccessibleName(tr("What the business user reads"))
        self.type = Choice()
        self.type.setFixedWidth(112)
        self.type.setAccessibleName(tr("Type"))
        self.type.offer([(name, type_words(name)) for name in _TYPES])
        self.type.choose(node.kind if isinstance(node, Variable) else self._inferred(node))
        self.type.chosen.connect(lambda _: self.changed.emit())
        for made in (self.value, self.label):
            made.setFixedHeight(HEIGHT)
            made.textEdited.connect(lambda _: self.changed.emit())
            row.addWidget(made, 1)
        row.addWidget(self.type)
        self._unfold()

    def _inferred(self, node: BodyNode) -> str:
        (found,) = infer_fields({"value": node.value if isinstance(node, Constant) else None})
        return found.kind

    def _switched(self) -> None:
        self._unfold()
        self.changed.emit()

    def _unfold(self) -> None:
        variable = self.kind.key() == "variable"
        self.value.setVisible(not variable)
        self.label.setVisible(variable)
        self.type.setVisible(variable)

    def node(self) -> BodyNode:
        """The leaf as the user left it; a constant that is no JSON is a text."""
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
            if isinstance(value, list) and value and isinstance(value[0], Mapping):
                fields = infer_fields(value[0])
        return Variable(name, str(self.type.key()), "" if words == name else words, fields)


def _variable_name(path: Path) -> str:
    return "_".join(path).lstrip(".$") or "value"


class BodyInput(QWidget):
    """The body of the call, made from a pasted example; every leaf a row."""

    changed = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._body: BodyNode | None = None
        self.rows: list[LeafRow] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(text(tr("Body"), "caption"), 1)
        self.paste_button = button(tr("Paste JSON"), icon=look.icon("clipboard-text", "text"))
        self.paste_button.clicked.connect(self.paste)
        head.addWidget(self.paste_button)
        column.addLayout(head)
        frame = QFrame()
        frame.setProperty("role", "card")
        self._rows = QVBoxLayout(frame)
        self._rows.setContentsMargins(1, 4, 1, 4)
        self._rows.setSpacing(0)
        column.addWidget(frame)

    def paste(self) -> None:
        """Ask for an example of the body."""
        dialog = PasteDialog(self._look, self.window())
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
            made = LeafRow(self._look, path, node)
            made.changed.connect(self.changed)
            self.rows.append(made)
            self._rows.addWidget(made)
        if not self.rows:
            nothing = text(tr("No body yet. Paste an example of what is sent."), "quiet")
            nothing.setContentsMargins(12, 8, 12, 8)
            self._rows.addWidget(nothing)

    def body(self) -> BodyNode | None:
        """The body as the user left it."""
        if self._body is None:
            return None
        made = {row.path: row.node() for row in self.rows}
        return _rebuilt(self._body, (), made)


def _leaves(node: BodyNode | None, path: Path = ()) -> list[tuple[Path, BodyNode]]:
    if node is None:
        return []
    if isinstance(node, BodyObject):
        return [leaf for name, child in node.children.items() for leaf in _leaves(child, (*path, name))]
    return [(path or ("body",), node)]


def _rebuilt(node: BodyNode, path: Path, made: Mapping[Path, BodyNode]) -> BodyNode:
    if isinstance(node, BodyObject):
        return BodyObject({name: _rebuilt(child, (*path, name), made) for name, child in node.children.items()})
    return made[path or ("body",)]


class ParameterRows(QWidget):
    """Headers or query parameters: constant or variable, one a row."""

    changed = Signal()

    def __init__(self, look: Look, title: str, add: str) -> None:
        super().__init__()
        self._look = look
        self._made: list[tuple[QLineEdit, Choice, QLineEdit]] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        head = QHBoxLayout()
        head.addWidget(text(title, "caption"), 1)
        self.add_button = button(add, icon=look.icon("plus", "text"))
        self.add_button.clicked.connect(self._add)
        head.addWidget(self.add_button)
        column.addLayout(head)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(6)
        column.addLayout(self._rows)

    def show_parameters(self, bodies: Any) -> None:
        """Show these, in the form of files."""
        emptied(self._rows)
        self._made = []
        for body in bodies:
            self._row(body)

    def parameters(self) -> list[dict[str, Any]]:
        """The parameters that have a name, in the form of files."""
        found: list[dict[str, Any]] = []
        for name, kind, value in self._made:
            if name.text().strip():
                key = "variable" if kind.key() == "variable" else "value"
                found.append({"name": name.text().strip(), key: value.text()})
        return found

    def _add(self) -> None:
        self._row({"name": "", "value": ""})
        self._made[-1][0].setFocus()
        self.changed.emit()

    def _row(self, body: Mapping[str, Any]) -> None:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        name, value = (
            QLineEdit(str(body.get("name", ""))),
            QLineEdit(str(body.get("variable") or body.get("value") or "")),
        )
        kind = Choice()
        kind.setFixedWidth(104)
        kind.offer([("constant", tr("Constant")), ("variable", tr("Variable"))])
        kind.choose("variable" if body.get("variable") else "constant")
        kind.chosen.connect(lambda _: self.changed.emit())
        name.setPlaceholderText(tr("Name"))
        value.setPlaceholderText(tr("Value, or the variable's name"))
        for made in (name, value):
            made.setFixedHeight(HEIGHT)
            made.textEdited.connect(lambda _: self.changed.emit())
        entry = (name, kind, value)
        remove = icon_button(self._look, "trash", tr("Remove"), size=26)
        remove.clicked.connect(self._remover(entry, holder))
        for widget in (name, kind, value):
            row.addWidget(widget, 0 if widget is kind else 1)
        row.addWidget(remove)
        self._made.append(entry)
        self._rows.addWidget(holder)

    def _remover(self, entry: tuple[QLineEdit, Choice, QLineEdit], holder: QWidget) -> Callable[[], None]:
        def remove() -> None:
            self._made.remove(entry)
            holder.hide()
            holder.deleteLater()
            self.changed.emit()

        return remove


class ActionEditor(DefinitionEditor):
    """See the module."""

    icon, tint = "paper-plane-tilt", "action"

    def build(self) -> None:
        self.noun = tr("New action")
        self.url = self.line("url", "https://push.example.com/v1/messages")
        self.column.addWidget(FormField(tr("Address"), self.url, required=True))
        self.method = Segmented([("POST", "POST"), ("PUT", "PUT")])
        self.method.chosen.connect(lambda _: self.touch())
        self.column.addWidget(FormField(tr("Method"), self.method))
        self.dynamic_path = Toggle(self.look, tr("The journey adds the rest of the address"))
        self.dynamic_path.toggled.connect(lambda _: self.touch())
        self.column.addWidget(self.dynamic_path)
        self.headers = ParameterRows(self.look, tr("Headers"), tr("Header"))
        self.query = ParameterRows(self.look, tr("Query parameters"), tr("Parameter"))
        self.request = BodyInput(self.look)
        self.authentication = AuthenticationInput()
        self.response = FieldTree(self.look, tr("Answer, for later expressions"), flags=False)
        for part in (self.headers, self.query, self.authentication, self.request, self.response):
            part.changed.connect(self.touch)
            self.column.addWidget(part)
        head = QHBoxLayout()
        head.addWidget(text(tr("What is sent"), "caption"), 1)
        copy = button(tr("Copy"), icon=self.look.icon("copy", "text"))
        copy.clicked.connect(self._copy_preview)
        head.addWidget(copy)
        self.column.addLayout(head)
        self.preview = QPlainTextEdit()
        self.preview.setProperty("role", "code")
        self.preview.setReadOnly(True)
        self.preview.setFixedHeight(150)
        self.preview.setAccessibleName(tr("What is sent"))
        self.column.addWidget(self.preview)

    def fill(self, body: Mapping[str, Any]) -> None:
        self.url.setText(body.get("url", ""))
        self.method.choose(body.get("method", "POST"))
        self.dynamic_path.setChecked(bool(body.get("dynamic_path")))
        self.headers.show_parameters(body.get("headers", ()))
        self.query.show_parameters(body.get("query", ()))
        self.authentication.show_authentication(body.get("auth", {}))
        self.request.show_body(read_body(body["body"]) if body.get("body") is not None else None)
        self.response.show_fields(read_fields(body.get("response", {})))
        locked = not self.used_in
        for part in (self.method, self.dynamic_path, self.request, self.query, self.response):
            part.setEnabled(locked)
        self._write_preview()

    def _told(self) -> str:
        if self.used_in:
            count = tr("1 journey") if self.used_in == 1 else tr("{count} journeys", count=self.used_in)
            return tr("used in {journeys}: only address and authentication can change", journeys=count)
        return super()._told()

    def body(self) -> dict[str, Any]:
        request = self.request.body()
        return {
            "url": self.url.text().strip(),
            "method": self.method.key(),
            "dynamic_path": True if self.dynamic_path.isChecked() else None,
            "headers": self.headers.parameters(),
            "query": self.query.parameters(),
            "auth": self.authentication.authentication(),
            "body": write_body(request) if request is not None else None,
            "response": write_fields(self.response.fields),
        }

    def touch(self) -> None:
        super().touch()
        self._write_preview()

    def _copy_preview(self) -> None:
        QGuiApplication.clipboard().setText(self.preview.toPlainText())

    def _write_preview(self) -> None:
        body = self.request.body()
        sent = json.dumps(_example(body), indent=2, ensure_ascii=False) if body is not None else ""
        method = self.method.key() or "POST"
        self.preview.setPlainText(f"{method} {self.url.text()}\n\n{sent}".rstrip())


def _example(node: BodyNode) -> Any:
    if isinstance(node, BodyObject):
        return {name: _example(child) for name, child in node.children.items()}
    if isinstance(node, Variable):
        return example_value(Field(node.name, node.kind, node.fields))
    return node.value
