"""Trying what is being configured: fetch the token, or make the call once, and read what came back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app import theme
from app.translation import tr
from app.widgets.controls import (
    HEIGHT,
    Button,
    Choice,
    FormField,
    chip,
    column_of,
    emptied,
    label,
    restyle,
    row_of,
    wrapped,
)
from app.widgets.texts import show_text
from engine.json_types import JsonDict

AUTHENTICATION, CALL = "authentication", "call"
MOST_SHOWN = 8_000


@dataclass(frozen=True, slots=True)
class ConnectionTestResult:
    """What came back. ``fault`` is '' when the call would do in a journey; headers and body are the answer's."""

    fault: str
    status: int | None = None
    elapsed_ms: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""


@dataclass(frozen=True, slots=True)
class ConnectionTestRequest:
    """One value that a call needs: where it goes (``parameters``, ``headers`` …), its name, and words for people."""

    part: str
    name: str
    words: str


class ConnectionTestCard(QWidget):
    """Two buttons, the values of the call, and the answer."""

    asked = Signal(str, object)
    """``authentication`` or ``call``, and the values."""

    def __init__(self) -> None:
        super().__init__()
        column = column_of(self, 10)
        row = row_of(spacing=8)
        row.addWidget(label(tr("Try it"), "strong"), 1)
        self.token_button = Button(tr("Test authentication"), icon=theme.icon("key", "text"))
        self.token_button.clicked.connect(lambda: self._ask(AUTHENTICATION))
        self.call_button = Button(tr("Test the call"), icon=theme.icon("play", "text"))
        self.call_button.clicked.connect(lambda: self._ask(CALL))
        row.addWidget(self.token_button)
        row.addWidget(self.call_button)
        column.addLayout(row)
        self.group = Choice()
        self.group.chosen.connect(lambda _: self._show_inputs())
        self._group_row = FormField(tr("Field group"), self.group)
        column.addWidget(self._group_row)
        self._inputs_column = column_of(spacing=10)
        column.addLayout(self._inputs_column)
        self.inputs: dict[tuple[str, str], QLineEdit] = {}
        self._offered: Mapping[str, Sequence[ConnectionTestRequest]] = {}
        self._add_answer(column)

    def _add_answer(self, column: QVBoxLayout) -> None:
        self._told = QHBoxLayout()
        self.verdict = chip("")
        self.elapsed = label("", "secondary")
        self._told.addWidget(self.verdict)
        self._told.addWidget(self.elapsed, 1)
        column.addLayout(self._told)
        self.sentence = wrapped("", "fault")
        column.addWidget(self.sentence)
        self.answer = QPlainTextEdit()
        self.answer.setProperty("role", "code")
        self.answer.setReadOnly(True)
        self.answer.setFixedHeight(150)
        show_text(self.answer.setAccessibleName, tr("Response"))
        column.addWidget(self.answer)
        for made in (self.verdict, self.elapsed, self.sentence, self.answer):
            made.setVisible(False)

    def offer(self, calls: Mapping[str, Sequence[ConnectionTestRequest]], token: bool) -> None:
        """Offer these calls by name ('' is an only one) with the values each needs, and to fetch a token."""
        self._offered = calls
        self.token_button.setVisible(token)
        self.call_button.setEnabled(bool(calls))
        self.group.offer([(name, name) for name in calls])
        if self.group.key() is None and calls:
            self.group.choose(next(iter(calls)))
        self._group_row.setVisible(len(calls) > 1)
        self._show_inputs()

    def _show_inputs(self) -> None:
        kept = {key: line.text() for key, line in self.inputs.items()}
        emptied(self._inputs_column)
        self.inputs = {}
        for asked in self._offered.get(str(self.group.key() or ""), ()):
            line = QLineEdit(kept.get((asked.part, asked.name), ""))
            line.setFixedHeight(HEIGHT)
            self.inputs[asked.part, asked.name] = line
            self._inputs_column.addWidget(FormField(asked.words, line))

    def values(self) -> JsonDict:
        """Return the typed values; JSON is parsed."""
        values: JsonDict = {"group": self.group.key()} if self.group.key() else {}
        parts: dict[str, JsonDict] = {}
        for (part, name), line in self.inputs.items():
            if part == "url_path":
                values[part] = line.text()
            else:
                parts.setdefault(part, {})[name] = _value(line.text()) if part == "parameters" else line.text()
        return values | parts

    def _ask(self, kind: str) -> None:
        for made in (self.token_button, self.call_button):
            made.setEnabled(False)
        self._show_words(tr("Requesting…"), "neutral")
        self.asked.emit(kind, self.values())

    def show_result(self, result: ConnectionTestResult) -> None:
        """Show what came back."""
        for made in (self.token_button, self.call_button):
            made.setEnabled(True)
        self.call_button.setEnabled(bool(self._offered))
        words = tr("Answered {status}", status=result.status) if result.status else tr("No answer")
        self._show_words(words, "error" if result.fault else "success")
        show_text(self.elapsed.setText, tr("in {count} ms", count=result.elapsed_ms) if result.elapsed_ms else "")
        self.elapsed.setVisible(bool(result.elapsed_ms))
        show_text(self.sentence.setText, result.fault)
        self.sentence.setVisible(bool(result.fault))
        head = "\n".join(f"{name}: {value}" for name, value in result.headers.items())
        body = _pretty(result.body)[:MOST_SHOWN]
        self.answer.setPlainText("\n\n".join(part for part in (head, body) if part))
        self.answer.setVisible(bool(head or body))

    def _show_words(self, words: str, tone: str) -> None:
        show_text(self.verdict.setText, words)
        restyle(self.verdict, tone=tone)
        self.verdict.setVisible(True)


def _value(words: str) -> object:
    try:
        value: object = json.loads(words)
    except ValueError:
        return words
    return value


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body
