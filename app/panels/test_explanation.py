"""What happened at an activity of a test, above its settings: payload, values, request, response, message, error."""

from __future__ import annotations

import json

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from app.forms.engine_texts import failure_label, failure_text
from app.translation import mark, tr
from app.widgets.controls import column_of, emptied, label, rule, wrapped
from app.widgets.tab_order import laid_out
from app.widgets.texts import show_text
from engine.json_types import JsonObject
from engine.services.views import MessageRow

_TALLEST, _LINE = 180, 18
_PLACES = {
    "expression": mark("Expression"),
    "until": mark("Until"),
    "address": mark("Address"),
    "url_path": mark("Rest of the address"),
    "value": mark("Value"),
}
"""The names of settings that hold one expression."""


class TestExplanation(QWidget):
    """Sections with a caption each; hidden while there is nothing to show."""

    __test__ = False

    def __init__(self) -> None:
        super().__init__()
        column = column_of(self, 8, (16, 12, 16, 4))
        column.addWidget(label(tr("In this test"), "section"))
        self._column = column_of(spacing=6)
        column.addLayout(self._column)
        column.addWidget(rule())
        self.setVisible(False)

    def text(self) -> str:
        """Return everything that is shown."""
        return "\n".join(
            widget.toPlainText() if isinstance(widget, QPlainTextEdit) else str(widget.property("text"))
            for widget in laid_out(self._column)
        )

    def clear(self) -> None:
        """Show nothing."""
        emptied(self._column)
        self.setVisible(False)

    def show_explanation(self, found: JsonObject, message: MessageRow | None) -> None:
        """Show an explanation of the engine and the message as it was sent, if there is one."""
        emptied(self._column)
        step = found.get("step")
        fields: JsonObject = step if isinstance(step, dict) else {}
        if fields.get("error"):
            self._column.addWidget(wrapped(failure_text(fields), "fault"))
        if not fields:
            self._column.addWidget(wrapped(tr("The person has not left this activity yet."), "hint"))
        self._add_json(tr("Received payload"), found.get("payload"))
        expressions = found.get("expressions")
        for one in expressions if isinstance(expressions, list) else ():
            self._add_value(one)
        self._add_request(found.get("request"))
        self._add_json(tr("Response"), found.get("response"))
        if message is not None:
            told = "\n\n".join(filter(None, (message.subject, message.body)))
            self._add(tr("Message to {address}", address=message.to), told)
        self.setVisible(True)

    def _add_value(self, one: JsonObject) -> None:
        place, _, name = str(one.get("where")).partition(".")
        words = name or tr(_PLACES.get(place, place))
        error = one.get("error")
        if error == "not_read":
            value = tr("not computed")
        elif error:
            value = failure_label(str(error))
        else:
            value = json.dumps(one.get("value"), ensure_ascii=False)
        line = wrapped(f"{words}: {value}", "fault" if error and error != "not_read" else "body")
        line.setToolTip(str(one.get("expression", "")))
        self._column.addWidget(line)

    def _add_request(self, request: object) -> None:
        if not isinstance(request, dict):
            return
        if request.get("error"):
            self._column.addWidget(wrapped(str(request["error"]), "fault"))
            return
        head = " ".join(str(request[name]) for name in ("method", "url") if request.get(name))
        body = json.dumps(request.get("body"), indent=2, ensure_ascii=False) if request.get("body") is not None else ""
        self._add(tr("Request"), "\n".join(filter(None, (head, body))))

    def _add_json(self, caption: str, value: object) -> None:
        if value is not None:
            self._add(caption, json.dumps(value, indent=2, ensure_ascii=False))

    def _add(self, caption: str, text: str) -> None:
        self._column.addWidget(label(caption, "caption"))
        shown = QPlainTextEdit(text)
        shown.setReadOnly(True)
        shown.setProperty("role", "code")
        show_text(shown.setAccessibleName, caption)
        shown.setFixedHeight(min(_TALLEST, 24 + _LINE * (text.count("\n") + 1)))
        self._column.addWidget(shown)
