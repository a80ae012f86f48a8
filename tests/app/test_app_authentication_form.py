"""The form of an authentication: the original's payload pasted into it, and what cannot be read said."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from app.editors.authentication import AuthenticationInput

PAYLOAD = {
    "type": "customAuthorization",
    "authorizationType": "header",
    "tokenTarget": "X-Token",
    "endpoint": "https://login.example.com/token",
    "method": "POST",
    "headers": {"X-Client": "c"},
    "body": {"bodyType": "json", "bodyParams": {"client_id": "journeys"}},
    "tokenInResponse": "json://access_token",
    "cacheDuration": {"duration": 50, "timeUnit": "minutes"},
}


@pytest.fixture
def form(qtbot: QtBot) -> AuthenticationInput:
    made = AuthenticationInput()
    qtbot.addWidget(made)
    made.show_authentication({"type": "custom"})
    made.show()
    return made


def test_payload_of_original_fills_form(qtbot: QtBot, form: AuthenticationInput) -> None:
    QGuiApplication.clipboard().setText(json.dumps(PAYLOAD))
    with qtbot.waitSignal(form.changed):
        qtbot.mouseClick(form.paste, Qt.MouseButton.LeftButton)
    assert form.authentication() == {
        "type": "custom",
        "authorization_type": "header",
        "endpoint": "https://login.example.com/token",
        "method": "POST",
        "token_in_response": "json://access_token",
        "cache": "PT50M",
        "token_target": "X-Token",
        "headers": {"X-Client": "c"},
        "body": {"type": "json", "parameters": {"client_id": "journeys"}},
    }
    assert form.fault.text() == ""


@pytest.mark.parametrize(
    ("text", "place"), [("nothing", "the beginning"), (json.dumps({**PAYLOAD, "body": 1}), "body")]
)
def test_invalid_payload_has_no_effect(qtbot: QtBot, form: AuthenticationInput, text: str, place: str) -> None:
    form.endpoint.setText("https://kept.example.com/")
    QGuiApplication.clipboard().setText(text)
    qtbot.mouseClick(form.paste, Qt.MouseButton.LeftButton)
    assert place in form.fault.text()
    assert form.endpoint.text() == "https://kept.example.com/"
