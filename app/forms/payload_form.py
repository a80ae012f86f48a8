"""A form made from the fields of an event: what a sender would post, typed field by field or as code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QWidget

from app.forms.values import MistypedError, leaves, read_value, value_at, with_value, write_value
from app.translation import tr
from app.widgets.controls import HEIGHT, Choice, FormField, column_of, emptied, label, wrapped
from app.widgets.texts import show_text
from engine.model.example import example_value
from engine.model.fields import Field

Path = tuple[str, ...]


class PayloadForm(QWidget):
    """One input for each leaf field; enumerations and booleans are lists. ``show_code`` turns it into JSON."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields: tuple[Field, ...] = ()
        self._payload: dict[str, Any] = {}
        self.inputs: dict[Path, QLineEdit | Choice] = {}
        self._rows: dict[Path, FormField] = {}
        self._form_page, self._code_page = QWidget(), QWidget()
        self._column = column_of(self._form_page, 12)
        self.code = QPlainTextEdit()
        self.code.setProperty("role", "code")
        show_text(self.code.setAccessibleName, tr("Payload as JSON"))
        self.code.setMinimumHeight(220)
        code_column = column_of(self._code_page)
        code_column.addWidget(self.code)
        self._code_fault = wrapped("", "fault")
        code_column.addWidget(self._code_fault)
        self._code_page.setVisible(False)
        column = column_of(self)
        column.addWidget(self._form_page)
        column.addWidget(self._code_page)

    def show_fields(self, fields: tuple[Field, ...], payload: Mapping[str, Any]) -> None:
        """Ask for these fields, with the values of ``payload`` filled in."""
        self._fields, self._payload = fields, dict(payload)
        emptied(self._column)
        self.inputs, self._rows = {}, {}
        for path, field in leaves(fields):
            made = self._input(field, value_at(payload, path))
            made.setObjectName("field-" + ".".join(path))
            row = FormField(".".join(path), made, required=field.required)
            self.inputs[path], self._rows[path] = made, row
            self._column.addWidget(row)
        if not fields:
            self._column.addWidget(label(tr("This event has no fields."), "quiet"))
        self.code.setPlainText(_as_code(self._payload))

    def _input(self, field: Field, value: Any) -> QLineEdit | Choice:
        if field.enum or field.kind == "boolean":
            choice = Choice()
            offered = field.enum or (True, False)
            empty = [] if field.required else [(None, "")]
            choice.offer([*empty, *((item, write_value(field, item)) for item in offered)])
            choice.choose(value)
            choice.chosen.connect(lambda _: self.changed.emit())
            return choice
        line = QLineEdit(write_value(field, value))
        line.setFixedHeight(HEIGHT)
        line.setCursorPosition(0)
        line.setPlaceholderText(write_value(field, example_value(field)))
        line.textEdited.connect(lambda _: self.changed.emit())
        return line

    @property
    def in_code(self) -> bool:
        """Whether the payload is shown as code."""
        return not self._code_page.isHidden()

    def show_code(self, on: bool) -> None:
        """Show the payload as code, or as fields; what was typed goes along."""
        payload = self.payload()
        if payload is None:
            return
        if on:
            self.code.setPlainText(_as_code(payload))
        else:
            self.show_fields(self._fields, payload)
        self._form_page.setVisible(not on)
        self._code_page.setVisible(on)

    def payload(self) -> dict[str, Any] | None:
        """Return the typed payload; None if something is mistyped, which is shown at its field."""
        return self._from_code() if self.in_code else self._from_fields()

    def _from_code(self) -> dict[str, Any] | None:
        try:
            payload = json.loads(self.code.toPlainText() or "{}")
        except json.JSONDecodeError as error:
            show_text(self._code_fault.setText, tr("This is not JSON; fix line {line}.", line=error.lineno))
            return None
        fits = isinstance(payload, dict)
        show_text(self._code_fault.setText, "" if fits else tr("A payload is one JSON object."))
        return payload if fits else None

    def _from_fields(self) -> dict[str, Any] | None:
        payload, sound = self._payload, True
        for path, field in leaves(self._fields):
            made = self.inputs[path]
            fault = ""
            try:
                value = made.key() if isinstance(made, Choice) else self._typed(field, made.text())
            except MistypedError as error:
                fault, value = tr(str(error)), None
            if value is None and field.required and not fault:
                fault = tr("This field is required.")
            self._rows[path].show_fault(fault)
            sound = sound and not fault
            payload = with_value(payload, path, value)
        return payload if sound else None

    def _typed(self, field: Field, words: str) -> Any:
        return read_value(field, words) if words.strip() else None


def _as_code(payload: Mapping[str, Any]) -> str:
    return json.dumps(payload, indent=2, ensure_ascii=False)
