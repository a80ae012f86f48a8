"""Asks for the parameters of the data sources that an expression reads, beside the expression."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.expression.analysis import ExpressionAnalysis, ExpressionAnalyzer, ask
from app.expression.code_edit import CodeEdit
from app.expression.completion_controller import CompletionController
from app.expression.problem_texts import problem_text
from app.expression.source_parameters import SourceParameter
from app.translation import tr
from app.widgets.controls import label, wrapped
from app.widgets.texts import show_text
from engine.expression import Scope


class _Row(QWidget):
    """One parameter: its name, whose it is, and the expression of its value."""

    value_changed = Signal(str)
    """The user wrote a value that can be read, or took it away."""

    def __init__(self, one: SourceParameter, scope: Scope, parent: QWidget) -> None:
        super().__init__(parent)
        self.one, self._scope = one, scope
        self._name = label(one.name, "strong")
        self._whose = label("", "secondary")
        self.code = CodeEdit(parent=self)
        self._problem = wrapped("", "error")
        self._problem.hide()
        self._completing = CompletionController(self.code, scope)
        self._reader = ExpressionAnalyzer(self)
        self._reader.done.connect(self._read)
        head = QHBoxLayout()
        head.setSpacing(6)
        head.addWidget(self._name)
        head.addWidget(self._whose, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.code)
        column.addWidget(self._problem)
        self.code.set_text(one.value)
        self.code.edited.connect(self._edited)
        self.translate()

    def show_value(self, one: SourceParameter) -> None:
        """Another value from the expression; what is being written here stays."""
        self.one = one
        if not self.code.hasFocus():
            self.code.set_text(one.value)

    def translate(self) -> None:
        whose = tr("parameter of {source}", source=self.one.source)
        show_text(self._whose.setText, whose)
        self.code.setAccessibleName(f"{self.one.name}, {whose}")
        show_text(self.code.setPlaceholderText, tr("A field or a value"))

    def _edited(self, text: str) -> None:
        self._reader.analyze_soon(ask(text, self._scope, None))

    def _read(self, reading: object) -> None:
        if not isinstance(reading, ExpressionAnalysis):
            return
        self.code.show_problems(reading.problems)
        self._problem.setText(problem_text(reading.problems[0]) if reading.problems else "")
        self._problem.setVisible(bool(reading.problems))
        readable = not any(problem.kind == "syntax" for problem in reading.problems)
        if readable and reading.text.strip() != self.one.value:
            self.value_changed.emit(reading.text)


class ParameterFields(QWidget):
    """A row for each parameter that is asked for; hidden when there is none."""

    value_changed = Signal(object, str)
    """A parameter (:class:`SourceParameter`) got another value, '' for none."""

    def __init__(self, scope: Scope, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._scope = scope
        self._rows: list[_Row] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 2, 0, 0)
        self._column.setSpacing(8)
        self.hide()

    def set_scope(self, scope: Scope) -> None:
        """Set the scope of the values."""
        self._scope = scope
        self._clear()

    def show_parameters(self, wanted: Sequence[SourceParameter]) -> None:
        """Asks for these; rows that stay keep their cursor."""
        if [_key(one) for one in wanted] != [_key(row.one) for row in self._rows]:
            self._clear()
            for one in wanted:
                self._add(one)
        for row, one in zip(self._rows, wanted, strict=True):
            row.show_value(one)
        self.setVisible(bool(wanted))

    def field(self, name: str) -> CodeEdit:
        """Return the field of a parameter; StopIteration if there is none."""
        return next(row.code for row in self._rows if row.one.name == name)

    def _add(self, one: SourceParameter) -> None:
        row = _Row(one, self._scope, self)
        row.value_changed.connect(lambda text: self.value_changed.emit(row.one, text))
        self._rows.append(row)
        self._column.addWidget(row)

    def _clear(self) -> None:
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = []

    def changeEvent(self, event: QEvent) -> None:
        """Words follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            for row in self._rows:
                row.translate()


def _key(one: SourceParameter) -> tuple[str, str, str]:
    return one.source, one.group, one.name
