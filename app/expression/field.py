"""The field of a form in which an expression is written.

Above the text what it says in plain words, below it what is wrong, and the parameters of the data sources it reads.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.expression.code_edit import CodeEdit
from app.expression.completing import Completing
from app.expression.messages import sentence
from app.expression.reading import Reader, Reading, ask
from app.translation import tr
from app.widgets.buttons import IconButton
from app.widgets.labels import label
from engine.expression import ExpressionError, Scope
from engine.expression.types import Type


class ExpressionField(QWidget):
    """A growing field for one expression, checked against a scope as one types."""

    changed = Signal(str)
    """The text changed: the text. Emitted for a person's edits alone."""
    edited_finished = Signal()
    """Enter was pressed, or the field was left."""
    checked = Signal()
    """The text was read: ``problems`` and ``words`` are those of the text."""

    def __init__(self, text: str, scope: Scope, expected: Type | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scope, self._expected = scope, expected
        self._reading: Reading | None = None
        self._quiet = False
        self._reader = Reader(self)
        self._reader.done.connect(self._show)
        self.words = label("", "secondary", wrap=True)
        self.code = CodeEdit(parent=self)
        self.problem = label("", "error", wrap=True)
        self.open_button = IconButton("arrows-out-simple", "", size=28, parent=self.code)
        self._lay_out()
        self._translate()
        self.code.edited.connect(self._edited)
        self.code.finished.connect(self.edited_finished)
        self._completing = Completing(self.code, scope)
        self.set_text(text)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for shown in (self.words, self.code, self.problem):
            column.addWidget(shown)
        for line in (self.words, self.problem):
            line.setTextFormat(Qt.TextFormat.PlainText)
            line.hide()
        self.setFocusProxy(self.code)

    # What a form uses

    def text(self) -> str:
        """The expression as it stands."""
        return self.code.text()

    def set_text(self, text: str) -> None:
        """Shows another expression; this is no change."""
        self._quiet = True
        self.code.set_text(text)
        self._quiet = False
        self._reader.read_now(ask(self.text(), self._scope, self._expected))

    def set_scope(self, scope: Scope) -> None:
        """What the expression may read from now on."""
        self._scope = scope
        self._completing.set_scope(scope)
        self._reader.read_now(ask(self.text(), scope, self._expected))

    def set_expected(self, expected: Type | None) -> None:
        """The type the value must have from now on; None takes any."""
        self._expected = expected
        self._reader.read_now(ask(self.text(), self._scope, expected))

    def problems(self) -> tuple[ExpressionError, ...]:
        """What is wrong with the text as it was read last; an empty field has no problem."""
        return () if self._reading is None else self._reading.problems

    def setAccessibleName(self, name: str) -> None:
        """The name of the field is that of its text."""
        super().setAccessibleName(name)
        self.code.setAccessibleName(name)

    # How it follows

    def _edited(self, text: str) -> None:
        self._reader.read_soon(ask(text, self._scope, self._expected))
        if not self._quiet:
            self.changed.emit(text)

    def _show(self, reading: Reading) -> None:
        self._reading = reading
        self.code.show_parts(reading.text, reading.parts)
        self.code.show_problems(reading.problems)
        self.words.setText(reading.words)
        self.words.setVisible(bool(reading.words))
        said = sentence(reading.problems[0]) if reading.problems else ""
        self.problem.setText(said)
        self.problem.setVisible(bool(said))
        self.code.setAccessibleDescription(said or reading.words)
        self.checked.emit()

    def _translate(self) -> None:
        self.open_button.set_tip(tr("Open the expression editor"))
        self.code.setPlaceholderText(tr("A field, a value or a function"))

    def changeEvent(self, event: QEvent) -> None:
        """Words and problems follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._reader.read_now(ask(self.text(), self._scope, self._expected))
