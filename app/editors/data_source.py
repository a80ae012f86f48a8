"""The form of a data source: where it is, how it is called, and its field groups."""

from __future__ import annotations

import json
from collections.abc import Iterable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app import theme
from app.editors.authentication import AuthenticationInput
from app.editors.connection_test import ConnectionTestRequest
from app.editors.definition_editor import DefinitionEditor
from app.forms.field_edits import free_name, lost_fields
from app.forms.field_tree import FieldTree
from app.translation import tr
from app.widgets.controls import (
    HEIGHT,
    Button,
    Choice,
    FormField,
    IconButton,
    Segmented,
    card,
    column_of,
    emptied,
    label,
)
from app.widgets.key_value_edit import KeyValueEdit
from app.widgets.texts import show_text
from engine.json_types import JsonDict, JsonObject, object_at, objects_at, text_at, texts_at
from engine.model.definitions import PROFILE_STORE
from engine.model.fields import Field, read_fields, write_fields


class FieldGroupCard(QWidget):
    """One field group: what is fetched together, by which call, with which parameters."""

    changed = Signal()
    removed = Signal()
    duplicated = Signal()

    def __init__(self, body: JsonObject, built_in: bool, used: bool) -> None:
        super().__init__()
        self._built_in = built_in
        outer = column_of(self)
        frame, column = card()
        column.setSpacing(12)
        outer.addWidget(frame)
        head = QHBoxLayout()
        self.name = QLineEdit(text_at(body, "name"))
        self.name.setProperty("role", "flat")
        show_text(self.name.setAccessibleName, tr("Name of the field group"))
        show_text(self.name.setPlaceholderText, tr("Name of the field group"))
        self.name.textEdited.connect(lambda _: self.changed.emit())
        self.name.setReadOnly(used)
        head.addWidget(self.name, 1)
        copy = IconButton("copy", tr("Duplicate this field group"), size=26)
        remove = IconButton("trash", tr("Remove this field group"), size=26)
        copy.clicked.connect(self.duplicated)
        remove.clicked.connect(self.removed)
        remove.setVisible(not used)
        head.addWidget(copy)
        head.addWidget(remove)
        column.addLayout(head)
        self._add_call(column, body)
        self.tree = FieldTree(tr("Fields of the answer") if not built_in else tr("Fields"), flags=False)
        self.tree.show_fields(read_fields(body.get("fields", {})))
        self.tree.changed.connect(self.changed)
        column.addWidget(self.tree)

    def _add_call(self, column: QVBoxLayout, body: JsonObject) -> None:
        self.schema, self.method = Choice(), Segmented([("GET", "GET"), ("POST", "POST")])
        self.schema.offer([("profile", tr("Profile")), ("experience_event", tr("Experience events"))])
        self.schema.choose(text_at(body, "schema", "profile"))
        self.schema.chosen.connect(lambda _: self.changed.emit())
        self.method.choose(text_at(body, "method", "GET"))
        self.method.chosen.connect(lambda _: self._switched())
        self.parameters = QLineEdit(", ".join(texts_at(body, "parameters")))
        self.parameters.setFixedHeight(HEIGHT)
        self.parameters.textEdited.connect(lambda _: self.changed.emit())
        self.body = QPlainTextEdit(json.dumps(body["body"], indent=2, ensure_ascii=False) if "body" in body else "")
        self.body.setProperty("role", "code")
        self.body.setFixedHeight(90)
        self.body.textChanged.connect(self.changed)
        self._body_row = FormField(tr("Body"), self.body, tr('{"param": "name"} stands for a parameter.'))
        if self._built_in:
            column.addWidget(FormField(tr("Read"), self.schema))
            return
        column.addWidget(FormField(tr("Method"), self.method))
        hint = tr("Names, separated by commas. The journey sets their values.")
        column.addWidget(FormField(tr("Parameters"), self.parameters, hint))
        column.addWidget(self._body_row)
        self._body_row.setVisible(self.method.key() == "POST")

    def _switched(self) -> None:
        self._body_row.setVisible(self.method.key() == "POST")
        self.changed.emit()

    def problem(self) -> str:
        """Return why the group cannot be saved; '' if it can."""
        if not self.name.text().strip():
            return tr("Give every field group a name.")
        if not self._built_in and self.method.key() == "POST" and self.body.toPlainText().strip():
            try:
                json.loads(self.body.toPlainText())
            except json.JSONDecodeError as error:
                return tr(
                    "The body of {name} is not JSON; look at line {line}.", name=self.name.text(), line=error.lineno
                )
        return ""

    def group(self) -> JsonDict:
        """Return the field group as edited, in the form of files."""
        found: JsonDict = {"name": self.name.text().strip()}
        if self._built_in:
            found["schema"] = self.schema.key()
        else:
            found["method"] = self.method.key()
            found["parameters"] = [part.strip() for part in self.parameters.text().split(",") if part.strip()]
            if self.method.key() == "POST" and self.body.toPlainText().strip():
                found["body"] = json.loads(self.body.toPlainText())
        found["fields"] = write_fields(self.tree.fields)
        return found


class DataSourceEditor(DefinitionEditor):
    """See the module."""

    icon, tint = "database", "action"
    has_fields = True

    def build(self) -> None:
        self.noun = tr("New data source")
        self.url = self.line("url", "https://api.example.com/v1/reservation")
        self._url_row = self.add(tr("Address"), self.url, required=True)
        self.headers = KeyValueEdit(tr("Headers"))
        self._headers_row = self.add(tr("Headers, one name: value a line"), self.headers)
        self.authentication = AuthenticationInput()
        self.watch(self.authentication)
        self.column.addWidget(self.authentication)
        head = QHBoxLayout()
        head.addWidget(label(tr("Field groups"), "strong"), 1)
        self.add_button = Button(tr("Field group"), icon=theme.icon("plus", "text"))
        self.add_button.clicked.connect(lambda: self._add({}, "Group"))
        head.addWidget(self.add_button)
        self.column.addLayout(head)
        self._groups = column_of(spacing=10)
        self.column.addLayout(self._groups)
        self.cards: list[FieldGroupCard] = []
        self.test_card = self.add_test_card()

    @property
    def _built_in(self) -> bool:
        return self.was == PROFILE_STORE

    def fill(self, body: JsonObject) -> None:
        for part in (self._url_row, self._headers_row, self.authentication):
            part.setVisible(not self._built_in)
        self.name.setEnabled(not self.used_in and not self._built_in)
        self.url.setText(text_at(body, "url"))
        self.headers.show_pairs(object_at(body, "headers"))
        self.authentication.show_authentication(object_at(body, "auth"))
        self._show_groups(objects_at(body, "field_groups"))
        self.test_card.setVisible(not self._built_in)
        self._update_test_calls()

    def touch(self) -> None:
        super().touch()
        self._update_test_calls()

    def _update_test_calls(self) -> None:
        """Each field group can be fetched once, with a value for each of its parameters."""
        groups = [] if self._built_in else [one.group() for one in self.cards if not one.problem()]
        calls = {
            text_at(group, "name"): [
                ConnectionTestRequest("parameters", one, one) for one in texts_at(group, "parameters")
            ]
            for group in groups
        }
        self.test_card.offer(calls, token=self.authentication.type.key() == "custom")

    def _show_groups(self, bodies: Iterable[JsonObject]) -> None:
        emptied(self._groups)
        self.cards = []
        known = {group.get("name") for group in objects_at(self.before, "field_groups")}
        for body in bodies:
            made = FieldGroupCard(body, self._built_in, bool(self.used_in) and body.get("name") in known)
            made.changed.connect(self.touch)
            made.removed.connect(lambda made=made: self._remove(made))
            made.duplicated.connect(lambda made=made: self._add(made.group(), made.name.text()))
            self.cards.append(made)
            self._groups.addWidget(made)

    def _add(self, settings: JsonObject, name: str) -> None:
        names = tuple(Field(one.name.text(), "string") for one in self.cards)
        self._show_groups([*self._bodies(), {**settings, "name": free_name(names, name)}])
        self.touch()

    def _remove(self, gone: FieldGroupCard) -> None:
        self._show_groups([made.group() for made in self.cards if made is not gone])
        self.touch()

    def _bodies(self) -> list[JsonDict]:
        return [made.group() for made in self.cards]

    def body(self) -> JsonDict:
        groups: JsonDict = {"field_groups": self._bodies()}
        if self._built_in:
            return groups
        call = {"url": self.url.text().strip(), "headers": self.headers.pairs()}
        return {**call, "auth": self.authentication.authentication(), **groups}

    def problem(self) -> str:
        if fault := next(filter(None, (one.problem() for one in self.cards)), ""):
            return fault
        if self.used_in:
            now = {made.name.text(): made.tree.fields for made in self.cards}
            for group in objects_at(self.before, "field_groups"):
                before = read_fields(group.get("fields", {}))
                if lost := lost_fields(before, now.get(text_at(group, "name"), ())):
                    return tr("Journeys use this source, so {fields} must stay as it is.", fields=", ".join(lost))
        return ""
