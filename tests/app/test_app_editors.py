"""The editors of templates, namespaces and calls, by mouse and keys: what is typed comes back in the form of files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.editors.action import ActionEditor
from app.editors.audience import NamespaceEditor
from app.editors.connection_test import ConnectionTestResult
from app.editors.data_source import DataSourceEditor
from app.editors.definition_editor import DefinitionEditor
from app.editors.template import TemplateEditor
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.widgets.controls import FormField
from app.widgets.empty_state import EmptyState
from engine.model.definitions import Definitions

LEFT = Qt.MouseButton.LeftButton
Saved = list[tuple[Mapping[str, Any], str | None]]


def _editor(qtbot: Any, kind: type[DefinitionEditor]) -> Any:
    made = kind(Definitions())
    qtbot.addWidget(made)
    made.resize(560, 900)
    made.show()
    return made


def _saved(editor: DefinitionEditor) -> Saved:
    heard: Saved = []
    editor.saved.connect(lambda body, was: heard.append((body, was)))
    return heard


# Templates


def test_template_variables_are_found(qtbot: Any) -> None:
    editor = _editor(qtbot, TemplateEditor)
    heard = _saved(editor)
    editor.show_new()
    QTest.keyClicks(editor.name, "Welcome")
    QTest.keyClicks(editor.texts["subject"], "Hello {{ firstName }}")
    QTest.keyClicks(editor.texts["body"], "Dear {{ firstName }}, room {{ room }} is ready.")
    QTest.mouseClick(editor.save_button, LEFT)
    body, was = heard[0]
    assert was is None
    assert body == {
        "name": "Welcome",
        "channel": "email",
        "subject": "Hello {{ firstName }}",
        "body": "Dear {{ firstName }}, room {{ room }} is ready.",
        "variables": {"firstName": "string", "room": "string"},
    }
    assert editor.shown_subject.text() == "Hello «firstName»"
    assert editor.shown_body.text() == "Dear «firstName», room «room» is ready."


def test_template_of_another_channel_has_other_texts(qtbot: Any) -> None:
    editor = _editor(qtbot, TemplateEditor)
    heard = _saved(editor)
    editor.show_definition({"name": "Ping", "channel": "push", "title": "Hi", "text": "There"}, "Ping", 0)
    assert not editor.rows["subject"].isVisible()
    QTest.mouseClick(editor.channel.part("sms"), LEFT)
    assert not editor.rows["title"].isVisible()
    QTest.mouseClick(editor.save_button, LEFT)
    assert heard == [({"name": "Ping", "channel": "sms", "text": "There"}, "Ping")]


@pytest.mark.parametrize(
    ("words", "fault"),
    [("", "Write something here."), ("Hello {{ name", "A placeholder is not closed; write it as {{ name }}.")],
)
def test_incomplete_template_is_marked_at_its_text(qtbot: Any, words: str, fault: str) -> None:
    editor = _editor(qtbot, TemplateEditor)
    heard = _saved(editor)
    editor.show_new({"channel": "sms"})
    QTest.keyClicks(editor.name, "Short")
    QTest.keyClicks(editor.texts["text"], words)
    QTest.mouseClick(editor.save_button, LEFT)
    assert not heard
    assert editor.rows["text"].fault == fault


def test_channel_of_used_template_stays(qtbot: Any) -> None:
    editor = _editor(qtbot, TemplateEditor)
    editor.show_definition({"name": "Ping", "channel": "sms", "text": "There"}, "Ping", 2)
    assert not editor.channel.part("email").isEnabled()


# Namespaces


def test_namespace_has_code_and_label(qtbot: Any) -> None:
    editor = _editor(qtbot, NamespaceEditor)
    heard = _saved(editor)
    editor.show_new()
    QTest.keyClicks(editor.name, "CardID")
    QTest.keyClicks(editor.label_line, "Card number")
    QTest.keyClick(editor.label_line, Qt.Key.Key_Return)
    assert heard == [({"code": "CardID", "label": "Card number"}, None)]


def test_built_in_namespace_stays(qtbot: Any) -> None:
    editor = _editor(qtbot, NamespaceEditor)
    editor.show_definition({"code": "ECID", "label": "Experience Cloud id"}, "ECID", 0)
    assert not editor.name.isEnabled()
    assert not editor.label_line.isEnabled()
    assert editor.told.text() == "built in"


# Actions


def test_campaign_classic_action_has_payload_alone(qtbot: Any) -> None:
    editor = _editor(qtbot, ActionEditor)
    heard = _saved(editor)
    editor.show_new({"name": "Event", "body": {"eventType": {"value": "welcome"}}})
    QTest.mouseClick(editor.type.part("campaign_classic"), LEFT)
    assert not editor._url_row.isVisible()
    QTest.mouseClick(editor.save_button, LEFT)
    assert heard == [({"name": "Event", "type": "campaign_classic", "body": {"eventType": {"value": "welcome"}}}, None)]


def test_custom_content_type_is_preserved(qtbot: Any) -> None:
    editor = _editor(qtbot, ActionEditor)
    heard = _saved(editor)
    editor.show_definition({"name": "Call", "url": "https://a.example"}, "Call", 0)
    QTest.keyClick(editor.content_type, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor.content_type, "application/vnd.api+json")
    QTest.mouseClick(editor.save_button, LEFT)
    assert heard[0][0]["content_type"] == "application/vnd.api+json"


def test_item_of_a_list_becomes_a_variable(qtbot: Any) -> None:
    editor = _editor(qtbot, ActionEditor)
    heard = _saved(editor)
    to = {"value": [{"email": "a@b.example"}]}
    editor.show_definition({"name": "Mail", "url": "https://a.example", "body": {"to": to}}, "Mail", 0)
    QTest.mouseClick(editor.method.part("PATCH"), LEFT)
    (row,) = editor.request.rows
    QTest.mouseClick(row.split_button, LEFT)
    (row,) = editor.request.rows
    assert row.path == ("to", "0", "email")
    assert not row.split_button.isVisible()
    row.kind.setFocus()
    QTest.keyClick(row.kind, Qt.Key.Key_Down)
    row.kind.activated.emit(1)
    QTest.mouseClick(editor.save_button, LEFT)
    saved = heard[0][0]
    leaf = {"variable": "to_0_email", "type": "string", "label": "email"}
    assert (saved["method"], saved["body"]) == ("PATCH", {"to": [{"email": leaf}]})


def test_preview_shows_the_form_that_is_sent(qtbot: Any) -> None:
    editor = _editor(qtbot, ActionEditor)
    body = {"To": {"value": "+49"}, "a": {"b": {"value": 1}}}
    kind = "application/x-www-form-urlencoded"
    editor.show_definition({"name": "C", "url": "https://a.example", "body": body, "content_type": kind}, "C", 0)
    assert editor.preview.toPlainText().endswith("To=%2B49&a%5Bb%5D=1")


# Trials

CALL: Mapping[str, Any] = {
    "name": "Call",
    "url": "https://a.example",
    "headers": [{"name": "X-Time", "variable": "Time"}],
    "body": {"to": {"variable": "Token", "type": "string"}, "count": {"variable": "Count", "type": "integer"}},
}


def test_action_is_tried_with_values_typed(qtbot: Any) -> None:
    editor = _editor(qtbot, ActionEditor)
    asked: list[tuple[str, Mapping[str, Any], Mapping[str, Any]]] = []
    editor.connection_test_requested.connect(lambda *given: asked.append(given))
    editor.show_definition(CALL, "Call", 0)
    for key, words in ((("headers", "Time"), "now"), (("parameters", "Token"), "t"), (("parameters", "Count"), "3")):
        QTest.keyClicks(editor.test_card.inputs[key], words)
    QTest.mouseClick(editor.test_card.call_button, LEFT)
    kind, body, values = asked[0]
    assert (kind, body["url"]) == ("call", "https://a.example")
    assert values == {"headers": {"Time": "now"}, "parameters": {"Token": "t", "Count": 3}}
    assert not editor.test_card.call_button.isEnabled()
    editor.show_test_result(ConnectionTestResult("", 200, 12, {"content-type": "application/json"}, '{"ok":true}'))
    assert editor.test_card.verdict.text() == "Answered 200"
    assert '"ok": true' in editor.test_card.answer.toPlainText()
    assert editor.test_card.call_button.isEnabled()


def test_failed_test_call_shows_reason(qtbot: Any) -> None:
    editor = _editor(qtbot, ActionEditor)
    editor.show_definition(CALL, "Call", 0)
    editor.show_test_result(ConnectionTestResult("The host refused the connection; check the address"))
    assert editor.test_card.verdict.text() == "No answer"
    assert editor.test_card.sentence.text() == "The host refused the connection; check the address"
    assert not editor.test_card.answer.isVisible()


def test_each_field_group_can_be_fetched(qtbot: Any) -> None:
    editor = _editor(qtbot, DataSourceEditor)
    asked: list[Mapping[str, Any]] = []
    editor.connection_test_requested.connect(lambda kind, body, values: asked.append(values))
    groups = [{"name": "Stay", "parameters": ["id"]}, {"name": "Room", "parameters": ["number"]}]
    editor.show_definition({"name": "Hotel", "url": "https://a.example", "field_groups": groups}, "Hotel", 0)
    assert not editor.test_card.token_button.isVisible()
    editor.test_card.group.setFocus()
    QTest.keyClick(editor.test_card.group, Qt.Key.Key_Down)
    editor.test_card.group.activated.emit(1)
    QTest.keyClicks(editor.test_card.inputs["parameters", "number"], "12")
    QTest.mouseClick(editor.test_card.call_button, LEFT)
    assert asked == [{"group": "Room", "parameters": {"number": 12}}]


def test_token_is_fetched_for_source(qtbot: Any) -> None:
    editor = _editor(qtbot, DataSourceEditor)
    asked: list[str] = []
    editor.connection_test_requested.connect(lambda kind, body, values: asked.append(kind))
    auth = {"type": "custom", "authorization_type": "bearer", "endpoint": "https://a.example/token"}
    editor.show_definition({"name": "Hotel", "url": "https://a.example", "auth": auth}, "Hotel", 0)
    QTest.mouseClick(editor.test_card.token_button, LEFT)
    assert asked == ["authentication"]


def test_required_fields_are_marked_until_they_are_filled(qtbot: Any) -> None:
    editor = DataSourceEditor(Definitions())
    qtbot.addWidget(editor)
    editor.show()
    saved: list[Any] = []
    editor.saved.connect(lambda body, was: saved.append(body))
    editor.show_new()
    QTest.keyClicks(editor.name, "Reservations")
    QTest.mouseClick(editor.save_button, Qt.MouseButton.LeftButton)
    assert (saved, editor.fault.text()) == ([], "Fill in Address.")
    row = next(row for row in editor.findChildren(FormField) if row.control is editor.url)
    assert row.fault == "This field is required."
    QTest.keyClicks(editor.url, "https://hotel.example.com/stay")
    assert (row.fault, editor.fault.text()) == ("", "")
    QTest.mouseClick(editor.save_button, Qt.MouseButton.LeftButton)
    assert [body["url"] for body in saved] == ["https://hotel.example.com/stay"]


def test_focus_marks_first_row_without_choosing_it(qtbot: Any) -> None:
    columns = (Column("name", "Name", "name", stretch=1),)
    made = ObjectList("Events", columns, "New", EmptyState("path", "None", "None yet.", "New"))
    qtbot.addWidget(made)
    made.resize(500, 400)
    made.show()
    made.show_rows([Row(key, {"name": Cell(key)}, "path", "event") for key in ("a", "b")])
    chosen: list[str] = []
    made.chosen.connect(chosen.append)
    made.activateWindow()
    made.search.setFocus()
    qtbot.waitUntil(made.search.hasFocus)
    made.table.setFocus()
    qtbot.waitUntil(made.table.hasFocus)
    assert chosen == []
    QTest.keyClick(made.table, Qt.Key.Key_Down)
    assert chosen == ["b"]
