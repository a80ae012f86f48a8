"""The form of a custom action: the call, what is constant in it and what a journey fills in."""

from __future__ import annotations

import json

from app.editors.authentication import AuthenticationInput
from app.editors.call_inputs import BodyInput, ParameterRows
from app.editors.connection_test import ConnectionTestRequest
from app.editors.definition_editor import DefinitionEditor
from app.forms.field_tree import FieldTree
from app.translation import tr, tr_n
from app.widgets.controls import FormField, Segmented, Toggle, wrapped
from engine.json_types import JsonDict, JsonObject, object_at, objects_at, text_at
from engine.model.action import (
    FORM,
    METHODS,
    BodyList,
    BodyNode,
    BodyObject,
    Variable,
    body_variables,
    form_text,
    media_type,
    read_body,
    write_body,
)
from engine.model.example import example_value
from engine.model.fields import Field, read_fields, write_fields


class ActionEditor(DefinitionEditor):
    """See the module."""

    icon, tint = "paper-plane-tilt", "action"

    def build(self) -> None:
        self.noun = tr("New action")
        self.type = Segmented([("custom", tr("Custom request")), ("campaign_classic", tr("Adobe Campaign Classic"))])
        self._type_row = self.add(tr("Type"), self.type)
        self._classic = wrapped(
            tr("A transactional event of Adobe Campaign Classic or v8. The target address is in the settings."), "hint"
        )
        self.column.addWidget(self._classic)
        self.url = self.line("url", "https://push.example.com/v1/messages")
        self._url_row = self.add(tr("Address"), self.url, required=True)
        self.method = Segmented([(method, method) for method in METHODS])
        self._method_row = self.add(tr("Method"), self.method)
        self.dynamic_path = Toggle(tr("The journey adds the rest of the address"))
        self.watch(self.dynamic_path)
        self.column.addWidget(self.dynamic_path)
        self.headers = ParameterRows(tr("Headers"), tr("Header"))
        self.query = ParameterRows(tr("Query parameters"), tr("Parameter"))
        self.content_type = self.line("content-type", "application/json")
        self._content_row = FormField(
            tr("Content type"), self.content_type, tr("A JSON type, or application/x-www-form-urlencoded.")
        )
        self.request = BodyInput()
        self.authentication = AuthenticationInput()
        self.response = FieldTree(tr("Response, for later expressions"), flags=False)
        for part in (self.headers, self.query, self.authentication, self.request, self.response):
            self.watch(part)
            self.column.addWidget(part)
            if part is self.query:
                self.column.addWidget(self._content_row)
        self.preview = self.add_preview(tr("Example request"), 150)
        self.test_card = self.add_test_card()

    def fill(self, body: JsonObject) -> None:
        self.type.choose(text_at(body, "type", "custom"))
        self.url.setText(text_at(body, "url"))
        self.method.choose(text_at(body, "method", "POST"))
        self.dynamic_path.setChecked(bool(body.get("dynamic_path")))
        self.headers.show_parameters(objects_at(body, "headers"))
        self.query.show_parameters(objects_at(body, "query"))
        self.content_type.setText(text_at(body, "content_type", "application/json"))
        self.authentication.show_authentication(object_at(body, "auth"))
        self.request.show_body(read_body(body["body"]) if body.get("body") is not None else None)
        self.response.show_fields(read_fields(body.get("response", {})))
        locked = not self.used_in
        for part in (self._type_row, self.method, self.dynamic_path, self.request, self.query, self.response):
            part.setEnabled(locked)
        self.content_type.setEnabled(locked)
        self._write_preview()

    def unfold(self) -> None:
        classic = self.type.key() == "campaign_classic"
        self._classic.setVisible(classic)
        own = (self._url_row, self._method_row, self.dynamic_path, self.headers, self.query, self._content_row)
        for part in (*own, self.authentication, self.response, self.test_card):
            part.setVisible(not classic)

    def usage_text(self) -> str:
        if not self.used_in:
            return super().usage_text()
        count = tr_n("1 journey", "{count} journeys", self.used_in)
        return tr("used in {journeys}: only address and authentication can change", journeys=count)

    def body(self) -> JsonDict:
        request = self.request.body()
        if self.type.key() == "campaign_classic":
            return {"type": "campaign_classic", "body": write_body(request) if request is not None else None}
        content_type = self.content_type.text().strip()
        return {
            "content_type": content_type if content_type != "application/json" else None,
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

    def _write_preview(self) -> None:
        body = self.request.body()
        method = self.method.key() or "POST"
        example = _example(body) if body is not None and method != "GET" else None
        form = media_type(self.content_type.text()) == FORM
        sent = form_text(example) if form else json.dumps(example, indent=2, ensure_ascii=False)
        sent = sent if example is not None else ""
        first = "" if self.type.key() == "campaign_classic" else f"{method} {self.url.text()}\n\n"
        self.preview.setPlainText(f"{first}{sent}".rstrip())
        self._update_test_calls()

    def _update_test_calls(self) -> None:
        """Offer a test call with a value for each variable."""
        asked = [
            ConnectionTestRequest(part, str(one["variable"]), str(one["variable"]))
            for part, rows in (("headers", self.headers), ("query", self.query))
            for one in rows.parameters()
            if one.get("variable")
        ]
        if self.dynamic_path.isChecked():
            asked.append(ConnectionTestRequest("url_path", "", tr("Rest of the address")))
        asked += [
            ConnectionTestRequest("parameters", one.name, one.label or one.name)
            for one in body_variables(self.request.body())
        ]
        ready = {"": asked} if self.url.text().strip() else {}
        self.test_card.offer(ready, token=self.authentication.type.key() == "custom")


def _example(node: BodyNode) -> object:
    if isinstance(node, BodyObject):
        return {name: _example(child) for name, child in node.children.items()}
    if isinstance(node, BodyList):
        return [_example(item) for item in node.items]
    if isinstance(node, Variable):
        return example_value(Field(node.name, node.kind, node.fields))
    return node.value
