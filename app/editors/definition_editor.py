"""What every editor is: it shows one definition in its file form and gives back what the user made of it."""

from __future__ import annotations

from PySide6.QtCore import QMargins, Qt, Signal, SignalInstance
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)

from app import theme
from app.editors.connection_test import ConnectionTestCard, ConnectionTestResult
from app.expression import ExpressionField
from app.forms.form_pane import FormPane
from app.translation import tr, tr_n
from app.widgets.controls import HEIGHT, Button, FormField, IconButton, column_of, label, row_of, rule, wrapped
from app.widgets.icons import Icon
from app.widgets.texts import show_text
from engine.json_types import JsonDict, JsonObject, text_at
from engine.model.definitions import Definitions

WIDTH = 560


class DefinitionEditor(FormPane):
    """The pane beside a list. Subclasses build the form; bodies are JSON values in the form of files."""

    saved = Signal(object, object)
    """The body as the user left it, and the name it had before (None for a new one)."""
    connection_test_requested = Signal(str, object, object)
    """``authentication`` or ``call`` is to be tried: the body as it stands, and the values of the call."""
    verb = Signal(str, str)
    """``duplicate``, ``delete`` or ``used_in``, and the name."""

    icon = "broadcast"
    tint = "event"
    noun = ""
    has_fields = False
    """Whether journeys read fields that then have to stay."""

    def __init__(self, definitions: Definitions, parent: QWidget | None = None) -> None:
        super().__init__("side", WIDTH, parent)
        self.definitions = definitions
        self.was: str | None = None
        self.used_in = 0
        self.before: JsonDict = {}
        self.dirty = False
        """Whether there is something to save."""
        self._test_card: ConnectionTestCard | None = None
        self.begin(self._head())
        inside = QWidget()
        self.column = column_of(inside, 16, (18, 16, 18, 16))
        self.name = self.line("name")
        self.description = self.line("description")
        self.name_rows = (
            FormField(tr("Name"), self.name, required=True),
            FormField(tr("Description"), self.description),
        )
        self.pair(*self.name_rows)
        self.build()
        self.column.addStretch(1)
        self.area.setWidget(inside)
        self.fault = wrapped("", "fault")
        self.fault.setContentsMargins(18, 4, 18, 0)
        self.fault.setVisible(False)
        self.outer.addWidget(self.fault)
        self.outer.addWidget(rule())
        self.end(QMargins(18, 11, 18, 11))

    def build(self) -> None:
        """Make the inputs of this kind of definition."""

    def fill(self, body: JsonObject) -> None:
        """Show the settings of this kind."""

    def unfold(self) -> None:
        """Show only the inputs that the choices made need."""

    def body(self) -> JsonDict:
        """Return the settings of this kind as edited, in the form of files."""
        return {}

    def problem(self) -> str:
        """Return in one sentence why this cannot be saved; '' if it can."""
        return ""

    def _head(self) -> QWidget:
        head = QWidget()
        head.setFixedHeight(67)
        row = row_of(head, 4, (18, 0, 14, 0))
        row.addWidget(Icon(self.icon, self.tint, 22))
        row.addSpacing(8)
        lines = column_of(spacing=1)
        lines.addStretch(1)
        self.title = label("", "title")
        self.told = label("", "secondary")
        lines.addWidget(self.title)
        lines.addWidget(self.told)
        lines.addStretch(1)
        row.addLayout(lines, 1)
        self._verbs = []
        for verb, icon, words in (("duplicate", "copy", tr("Duplicate")), ("delete", "trash", tr("Delete"))):
            made = IconButton(icon, words)
            made.clicked.connect(lambda _=False, verb=verb: self.verb.emit(verb, self.was or ""))
            self._verbs.append(made)
            row.addWidget(made)
        close = IconButton("x", tr("Close"))
        close.clicked.connect(self.closed)
        row.addWidget(close)
        return head

    def add(self, words: str, control: QWidget, hint: str = "", required: bool = False) -> FormField:
        """Add a labelled input below those before; its edits count as changes."""
        row = FormField(words, control, hint, required)
        self.watch(control)
        self.column.addWidget(row)
        return row

    def watch(self, control: QWidget) -> None:
        """Count the edits of an input as changes; those of a line are counted already."""
        if type(control) is not QLineEdit:
            signals = (getattr(control, name, None) for name in ("chosen", "toggled", "changed", "textChanged"))
            signal = next(one for one in signals if isinstance(one, SignalInstance))
            signal.connect(lambda *_: self.touch())

    def add_preview(self, words: str, height: int, *buttons: Button) -> QPlainTextEdit:
        """Add read-only code below a heading, with a button that copies it after others."""
        preview = QPlainTextEdit()
        preview.setProperty("role", "code")
        preview.setReadOnly(True)
        preview.setFixedHeight(height)
        show_text(preview.setAccessibleName, words)
        copy = Button(tr("Copy"), icon=theme.icon("copy", "text"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(preview.toPlainText()))
        head = row_of(spacing=8)
        head.addWidget(label(words, "caption"), 1)
        for button in (*buttons, copy):
            head.addWidget(button)
        self.column.addLayout(head)
        self.column.addWidget(preview)
        return preview

    def line(self, name: str, placeholder: str = "") -> QLineEdit:
        """Make a line of text whose edits count as changes."""
        made = QLineEdit()
        made.setObjectName(f"definition-{name}")
        made.setFixedHeight(HEIGHT)
        show_text(made.setPlaceholderText, placeholder)
        made.textEdited.connect(lambda _: self.touch())
        return made

    def pair(self, *fields: QWidget) -> None:
        """Put inputs side by side."""
        row = row_of(spacing=12)
        for made in fields:
            row.addWidget(made, 1, Qt.AlignmentFlag.AlignTop)
        self.column.addLayout(row)

    def touch(self) -> None:
        """Show the inputs that the choices need, and that there is something to save."""
        self.unfold()
        if self.fault.text():
            self.show_fault("")
            self._unfilled()
        self._set_dirty(True)

    def show_new(self, body: JsonObject | None = None) -> None:
        """Begin a new definition, from a body to start with perhaps."""
        self.show_definition(body or {}, None, 0)
        self.touch()
        self.name.setFocus()

    def show_definition(self, body: JsonObject, was: str | None, used_in: int) -> None:
        """Show a definition; ``used_in`` counts the journeys that use it."""
        self.before, self.was, self.used_in = dict(body), was, used_in
        show_text(self.title.setText, was or self.noun)
        show_text(self.told.setText, self._told())
        self.told.setVisible(bool(self.told.text()))
        self.name.setText(text_at(body, "name"))
        self.name.setEnabled(not used_in)
        self.description.setText(text_at(body, "description"))
        for made in self._verbs:
            made.setVisible(was is not None and not self.frozen)
        self.fill(body)
        self.unfold()
        self._set_dirty(False)

    def _told(self) -> str:
        return tr("not saved yet") if self.was is None else self.usage_text()

    def usage_text(self) -> str:
        """Return the number of journeys that use the definition in words, with what can change then."""
        if not self.used_in:
            return tr("not used in any journey yet")
        if not self.has_fields:
            return tr_n("used in 1 journey", "used in {count} journeys", self.used_in)
        if self.used_in == 1:
            return tr("used in 1 journey: fields can be added, not removed")
        return tr("used in {count} journeys: fields can be added, not removed", count=self.used_in)

    def save(self) -> None:
        """Emit the body if it can be saved."""
        fault = self.problem() or ("" if self.name.text().strip() else tr("Give it a name.")) or self._unfilled()
        self.show_fault(fault)
        if self.dirty and not fault and not self.frozen:
            self.saved.emit(self.written(), self.was)

    def _unfilled(self) -> str:
        """Mark the required fields without a text; return the sentence about the first one."""
        rows = [row for row in self.findChildren(FormField) if row.required and row.isVisibleTo(self)]
        empty = [row for row in rows if row.control.isEnabled() and _is_empty(row.control)]
        for row in rows:
            if isinstance(row.control, QLineEdit | ExpressionField):
                row.show_fault(tr("This field is required.") if row in empty else "")
        return tr("Fill in {field}.", field=empty[0].label.text()) if empty else ""

    def focus_first(self) -> None:
        """Put the keyboard into the first input that can be changed."""
        (self.name if self.name.isEnabled() and self.name.isVisible() else self.description).setFocus()

    def add_test_card(self) -> ConnectionTestCard:
        """Add the inputs and the result of a connection test."""
        card = self._test_card = ConnectionTestCard()
        card.asked.connect(lambda kind, values: self.connection_test_requested.emit(kind, self.written(), values))
        self.column.addWidget(card)
        return card

    def show_test_result(self, result: ConnectionTestResult) -> None:
        """Show the result of a connection test."""
        if self._test_card is not None:
            self._test_card.show_result(result)

    def written(self) -> JsonDict:
        """Return the whole body as typed, in the form of files."""
        body = {"name": self.name.text().strip(), "description": self.description.text().strip(), **self.body()}
        return {key: value for key, value in body.items() if value not in ("", None, {}, [], ())}

    def show_fault(self, sentence: str) -> None:
        """Say why it was not saved, or with '' nothing."""
        show_text(self.fault.setText, sentence)
        self.fault.setVisible(bool(sentence))

    def discard(self) -> None:
        """Forget what was typed; a second time closes the editor."""
        if not self.dirty or self.was is None:
            self.closed.emit()
            return
        self.show_fault("")
        self.show_definition(self.before, self.was, self.used_in)

    def _set_dirty(self, dirty: bool) -> None:
        self.dirty = dirty and not self.frozen
        self.save_button.setEnabled(self.dirty)


def _is_empty(control: QWidget) -> bool:
    return isinstance(control, QLineEdit | ExpressionField) and not control.text().strip()
