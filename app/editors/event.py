"""The form of an event: how it is recognised, what it carries, whom it is about, and what a sender posts."""

from __future__ import annotations

import json
from uuid import uuid4

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLineEdit, QWidget

from app import theme
from app.editors.definition_editor import DefinitionEditor
from app.expression import ExpressionField
from app.forms.field_edits import lost_fields, path_of, walk
from app.forms.field_tree import FieldTree
from app.translation import tr
from app.widgets.controls import Button, Choice, IconButton, Segmented, row_of
from app.widgets.texts import show_text
from engine.expression.types import BOOLEAN, STRING, Scope
from engine.json_types import JsonDict, JsonObject, text_at
from engine.model.definitions import PREDEFINED_NAMESPACES, EventDefinition
from engine.model.example import curl_line, example_payload
from engine.model.fields import object_type, read_fields, write_fields

_PREVIEW_AFTER = 150
"""Milliseconds after the last edit at which the preview is written anew."""


class EventEditor(DefinitionEditor):
    """See the module. ``inlet`` is where a sender posts: (url, token)."""

    icon, tint = "broadcast", "event"
    has_fields = True

    def build(self) -> None:
        self.noun = tr("New event")
        self.inlet = ("http://127.0.0.1:8170/collection/main", "TOKEN")
        self.type = Segmented([("system", tr("By its event id")), ("rule", tr("By a rule"))])
        self.add(tr("Identification"), self.type)
        self._id_row = self._make_id_row()
        self.column.addWidget(self._id_row)
        self.rule = ExpressionField("", Scope(), BOOLEAN)
        self.rule.setObjectName("event-rule")
        self._rule_row = self.add(tr("An event that matches this rule"), self.rule, required=True)
        codes = {item.code: item.label for item in (*PREDEFINED_NAMESPACES, *self.definitions.namespaces)}
        self.tree = FieldTree(tr("Payload"), list(codes))
        self.tree.changed.connect(self._fields_changed)
        self.column.addWidget(self.tree)
        self.namespace = Choice()
        self.namespace.offer([(None, tr("None")), *((code, f"{code}   {words}") for code, words in codes.items())])
        self.key = ExpressionField("", Scope(), STRING)
        self.key.setObjectName("event-key")
        self.add(tr("Namespace"), self.namespace)
        self.add(tr("Person identifier"), self.key, required=True)
        self._make_preview()

    def _make_id_row(self) -> QWidget:
        holder = QWidget()
        row = row_of(holder, 4)
        self.event_id = QLineEdit()
        self.event_id.setProperty("role", "code")
        self.event_id.setReadOnly(True)
        show_text(self.event_id.setAccessibleName, tr("Event id"))
        copy = IconButton("copy", tr("Copy the event id"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.event_id.text()))
        row.addWidget(self.event_id, 1)
        row.addWidget(copy)
        return holder

    def _make_preview(self) -> None:
        curl = Button(tr("Copy as curl"), icon=theme.icon("terminal-window", "text"))
        curl.clicked.connect(lambda: QGuiApplication.clipboard().setText(curl_line(*self.inlet, self._example())))
        self.preview = self.add_preview(tr("Example request"), 190, curl)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_PREVIEW_AFTER)
        self._soon.timeout.connect(self._write_preview)

    def fill(self, body: JsonObject) -> None:
        self._auto_key = not body.get("key")
        self.type.choose(text_at(body, "type", "system"))
        self.event_id.setText(text_at(body, "event_id") or str(uuid4()))
        self.tree.show_fields(read_fields(body.get("fields", {})))
        self.namespace.choose(body.get("namespace"))
        self._set_scope()
        self.rule.set_text(text_at(body, "rule"))
        self.key.set_text(text_at(body, "key"))
        self._write_preview()

    def body(self) -> JsonDict:
        system = self.type.key() == "system"
        return {
            "type": self.type.key(),
            "event_id": self.event_id.text() if system else None,
            "rule": "" if system else self.rule.text(),
            "fields": write_fields(self.tree.fields),
            "namespace": self.namespace.key(),
            "key": self.key.text(),
        }

    def problem(self) -> str:
        if self.used_in:
            lost = lost_fields(read_fields(self.before.get("fields", {})), self.tree.fields)
            if lost:
                return tr("Journeys use this event, so {fields} must stay as it is.", fields=", ".join(lost))
        return ""

    def unfold(self) -> None:
        system = self.type.key() == "system"
        self._id_row.setVisible(system)
        self._rule_row.setVisible(not system)

    def _fields_changed(self) -> None:
        self._prefill_key()
        self.touch()

    def _prefill_key(self) -> None:
        """Fill key and namespace from the primary identity until the user has written a key."""
        for place, field in walk(self.tree.fields):
            if field.primary and self._auto_key:
                name = self.name.text().strip() or "Event"
                self.key.set_text(f"@{{{name}.{path_of(self.tree.fields, place)}}}")
                self.namespace.choose(field.identity)

    def _set_scope(self) -> None:
        scope = Scope({self.name.text().strip(): object_type(self.tree.fields)})
        self.rule.set_scope(scope)
        self.key.set_scope(scope)

    def touch(self) -> None:
        super().touch()
        self._set_scope()
        self._soon.start()

    def _example(self) -> JsonDict:
        system = self.type.key() == "system"
        event = EventDefinition.model_construct(
            name=self.name.text() or "Event",
            type="system" if system else "rule",
            event_id=self.event_id.text(),
            fields=self.tree.fields,
        )
        return example_payload(event)

    def _write_preview(self) -> None:
        self.preview.setPlainText(json.dumps(self._example(), indent=2, ensure_ascii=False))
