"""JSON as users give it: values typed field by field, a payload as a form or as code, an example that is pasted."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path as FilePath

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QLineEdit, QPlainTextEdit, QWidget

from app.translation import mark, tr
from app.widgets.controls import HEIGHT, Button, Choice, FormField, column_of, emptied, label, wrapped
from app.widgets.number_input import read_number
from app.widgets.texts import show_text
from app.widgets.window_sizes import resize_dialog
from engine.json_types import JsonDict, JsonObject
from engine.model.example import example_value
from engine.model.fields import SCALAR_LISTS, Field

Path = tuple[str, ...]
_DATE_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?"


class MistypedError(ValueError):
    """What was typed is no value of the field's type; the message says what would be."""


def _whole(number: int | float) -> int:
    if not isinstance(number, int):
        raise ValueError(number)
    return number


_SCALARS: Mapping[str, tuple[str, Callable[[str], object], str]] = {
    "string": (r"(?s).*", str, ""),
    "integer": (r"(?s).*", lambda text: _whole(read_number(text)), mark("Write a whole number, like 14.")),
    "decimal": (r"(?s).*", lambda text: float(read_number(text)), mark("Write a number, like 1.5.")),
    "boolean": (r"true|false", "true".__eq__, mark("Write true or false.")),
    "dateOnly": (r"\d{4}-\d\d-\d\d", str, mark("Write a date, like 2026-01-31.")),
    "dateTimeOnly": (_DATE_TIME, str, mark("Write a time without a zone, like 2026-01-31T08:00.")),
    "dateTime": (_DATE_TIME + r"(Z|[+-]\d\d:?\d\d)", str, mark("Write a time with its zone, like 2026-01-31T08:00Z.")),
    "duration": (r"(?s).*", str, ""),
}
"""The form of a scalar's text, its conversion and the message for any other text."""


def read_value(field: Field, text: str) -> object:
    """Return the JSON value of a text, None of an empty one; lists and objects are written as JSON.

    Raise MistypedError for any other text.
    """
    if not text.strip():
        return None
    if field.kind in _SCALARS:
        return _read_scalar(field.kind, text.strip() if field.kind != "string" else text)
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        raise MistypedError(mark("Write this as JSON.")) from None
    wanted: type = list if field.kind == "listObject" or field.kind in SCALAR_LISTS else dict
    if not isinstance(value, wanted):
        raise MistypedError(
            mark("Write a list, like [1, 2].") if wanted is list else mark('Write an object, like {"a": 1}.')
        )
    return value


def _read_scalar(kind: str, text: str) -> object:
    form, convert, message = _SCALARS[kind]
    if not re.fullmatch(form, text):
        raise MistypedError(message)
    try:
        return convert(text)
    except ValueError:
        raise MistypedError(message) from None


def write_value(field: Field, value: object) -> str:
    """Return the text of a JSON value in a form; null is empty."""
    if value is None:
        return ""
    if field.kind in _SCALARS and isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def with_value(payload: JsonObject, path: Path, value: object) -> JsonDict:
    """Return the payload with the value at a path of names; None takes the key out, and objects left empty with it."""
    name, rest = path[0], path[1:]
    if rest:
        inner = payload.get(name)
        value = with_value(inner if isinstance(inner, Mapping) else {}, rest, value) or None
    if value is None:
        return {key: kept for key, kept in payload.items() if key != name}
    return {**payload, name: value}


def value_at(payload: JsonObject, path: Path) -> object:
    """Return the value at a path of names; None when there is none."""
    here: object = payload
    for name in path:
        here = here.get(name) if isinstance(here, Mapping) else None
    return here


def leaves(fields: tuple[Field, ...], path: Path = ()) -> tuple[tuple[Path, Field], ...]:
    """Return the fields with an input, with their paths: objects are expanded, lists and maps are one input."""
    found: list[tuple[Path, Field]] = []
    for field in fields:
        here = (*path, field.name)
        found.extend(leaves(field.fields, here) if field.kind == "object" else [(here, field)])
    return tuple(found)


class PayloadForm(QWidget):
    """One input for each leaf field; enumerations and booleans are lists. ``show_code`` turns it into JSON."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fields: tuple[Field, ...] = ()
        self._payload: JsonDict = {}
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

    def show_fields(self, fields: tuple[Field, ...], payload: JsonObject) -> None:
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

    def _input(self, field: Field, value: object) -> QLineEdit | Choice:
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

    def payload(self) -> JsonDict | None:
        """Return the typed payload; None if something is mistyped, which is shown at its field."""
        return self._from_code() if self.in_code else self._from_fields()

    def _from_code(self) -> JsonDict | None:
        try:
            payload = json.loads(self.code.toPlainText() or "{}")
        except json.JSONDecodeError as error:
            show_text(self._code_fault.setText, tr("This is not JSON; fix line {line}.", line=error.lineno))
            return None
        fits = isinstance(payload, dict)
        show_text(self._code_fault.setText, "" if fits else tr("A payload is one JSON object."))
        return payload if fits else None

    def _from_fields(self) -> JsonDict | None:
        payload, sound = self._payload, True
        for path, field in leaves(self._fields):
            made = self.inputs[path]
            fault = ""
            try:
                value = made.key() if isinstance(made, Choice) else read_value(field, made.text())
            except MistypedError as error:
                fault, value = tr(str(error)), None
            if value is None and field.required and not fault:
                fault = tr("This field is required.")
            self._rows[path].show_fault(fault)
            sound = sound and not fault
            payload = with_value(payload, path, value)
        return payload if sound else None


def _as_code(payload: JsonObject) -> str:
    return json.dumps(payload, indent=2, ensure_ascii=False)


class PasteDialog(QDialog):
    """A text to paste examples or a JSON Schema into; taken only when it is a JSON object or a list of them."""

    accepted_json = Signal(object)
    """The first example, a JSON object."""
    accepted_examples = Signal(object)
    """All examples, a list of JSON objects."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        show_text(self.setWindowTitle, tr("Paste JSON"))
        resize_dialog(self, 560, 460)
        column = column_of(self, 12, (20, 20, 20, 20))
        column.addWidget(label(tr("Paste an example"), "title"))
        column.addWidget(wrapped(tr("Types are read from the values and can be changed afterwards."), "quiet"))
        self.code = QPlainTextEdit()
        self.code.setProperty("role", "code")
        show_text(self.code.setAccessibleName, tr("Example as JSON"))
        self.code.setPlaceholderText('{"personID": "p-1"}')
        column.addWidget(self.code, 1)
        self.fault = wrapped("", "fault")
        column.addWidget(self.fault)
        row = QHBoxLayout()
        self.open_button = Button(tr("Open file"), pressed=self._open)
        row.addWidget(self.open_button)
        row.addStretch(1)
        cancel = Button(tr("Cancel"), shortcut="Esc")
        self.take = Button(tr("Use these fields"), kind="primary")
        cancel.clicked.connect(self.reject)
        self.take.clicked.connect(self._take)
        row.addWidget(cancel)
        row.addWidget(self.take)
        column.addLayout(row)

    def _take(self) -> None:
        found = read_objects(self.code.toPlainText())
        if isinstance(found, str):
            show_text(self.fault.setText, found)
            return
        self.accepted_json.emit(found[0])
        self.accepted_examples.emit(found)
        self.accept()

    def _open(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("Open file"), "", "*.json")
        if name:
            try:
                self.code.setPlainText(FilePath(name).read_text("utf-8-sig"))
            except (OSError, UnicodeDecodeError):
                show_text(self.fault.setText, tr("The file cannot be read as text."))


def read_object(words: str) -> JsonDict | str:
    """Return the JSON object in a text, the first of a list, or a sentence that says what is wrong and where."""
    found = read_objects(words)
    return found if isinstance(found, str) else found[0]


def read_objects(words: str) -> list[JsonDict] | str:
    """Return the JSON object in a text, or those of a list, or a sentence that says what is wrong and where."""
    try:
        found = json.loads(words)
    except json.JSONDecodeError as error:
        return tr("This is not JSON; look at line {line}, column {column}.", line=error.lineno, column=error.colno)
    if isinstance(found, dict):
        return [found]
    if isinstance(found, list) and found and all(isinstance(one, dict) for one in found):
        return found
    return tr("An example is one JSON object.")
