"""The field of a form in which an expression is written.

Above the text what it says in plain words, below it what is wrong, and the parameters of the data sources it reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.expression.analysis import ExpressionAnalysis, ExpressionAnalyzer, problem_text
from app.expression.code_edit import CodeEdit
from app.expression.completion_controller import CompletionController
from app.expression.dialog import ExpressionDialog
from app.expression.parameter_fields import ParameterFields, SourceParameter, asked, with_value
from app.expression.preview import Sample
from app.translation import tr
from app.widgets.controls import IconButton, wrapped
from app.widgets.texts import follow_language, show_text
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
        self._reading: ExpressionAnalysis | None = None
        self._quiet = False
        self._dialog: ExpressionDialog | None = None
        self.describe()
        self._reader = ExpressionAnalyzer(self)
        self._reader.done.connect(self._show)
        self.words = wrapped("")
        self.code = CodeEdit(parent=self)
        self.problem = wrapped("", "error")
        self.parameters = ParameterFields(scope)
        self.open_button = IconButton("arrows-out-simple", tr("Open the expression editor"), size=26)
        self.open_button.setIconSize(QSize(16, 16))
        self._lay_out()
        show_text(self.code.setPlaceholderText, tr("A field, a value or a function"))
        follow_language(self, self._analyze_now)
        self.code.edited.connect(self._edited)
        self.code.finished.connect(self.edited_finished)
        self.parameters.value_changed.connect(self._set_parameter)
        self.open_button.clicked.connect(self.open_editor)
        self._completing = CompletionController(self.code, scope)
        self.set_text(text)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for shown in (self.words, self._box(), self.problem, self.parameters):
            column.addWidget(shown)
        for line in (self.words, self.problem):
            line.hide()
        self.setFocusProxy(self.code)

    def _box(self) -> QWidget:
        """Make the text with its button."""
        box = QWidget()
        grid = QGridLayout(box)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self.code, 0, 0)
        corner = QVBoxLayout()
        corner.setContentsMargins(0, 4, 4, 0)
        corner.addWidget(self.open_button)
        grid.addLayout(corner, 0, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        self.open_button.raise_()
        self.code.reserve(self.open_button.width() + 4)
        return box

    # What a form uses

    def text(self) -> str:
        """Return the expression as typed."""
        return self.code.text()

    def set_text(self, text: str) -> None:
        """Show another expression without a change signal."""
        self._quiet = True
        self.code.set_text(text)
        self._quiet = False
        self._analyze_now()

    def set_scope(self, scope: Scope) -> None:
        """Set the scope of the expression."""
        self._scope = scope
        self._completing.set_scope(scope)
        self.parameters.set_scope(scope)
        self._analyze_now()

    def problems(self) -> tuple[ExpressionError, ...]:
        """Return the problems of the last analysis; an empty field has none."""
        return () if self._reading is None else self._reading.problems

    def setAccessibleName(self, name: str) -> None:
        """Set the accessible name of the field and its text."""
        super().setAccessibleName(name)
        self.code.setAccessibleName(name)

    def describe(
        self,
        title: str = "",
        subtitle: str = "",
        samples: Sequence[Sample] = (),
        allowed: Mapping[str, tuple[object, ...]] | None = None,
    ) -> None:
        """Set texts and choices of the editor window (see :class:`ExpressionDialog`)."""
        self._title, self._subtitle = title, subtitle
        self._samples, self._allowed = tuple(samples), dict(allowed or {})

    def open_editor(self) -> ExpressionDialog:
        """Open the window of both editors; saving there changes this field."""
        dialog = ExpressionDialog(
            self.text(),
            self._scope,
            self._expected,
            title=self._title or self.code.accessibleName(),
            subtitle=self._subtitle,
            samples=self._samples,
            allowed=self._allowed,
            parent=self.window(),
        )
        # Nothing that the dialog holds may hold the dialog: freeing it in the middle of its end would end it twice.
        self._dialog = dialog
        dialog.accepted.connect(self._take)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def _take(self) -> None:
        """Apply the text saved in the window; undo restores the one before."""
        text = self.text() if self._dialog is None else self._dialog.text()
        if text != self.text():
            self.code.replace(0, len(self.text()), text)
            self._analyze_now()
            self.edited_finished.emit()

    def _set_parameter(self, one: SourceParameter, value: str) -> None:
        text = with_value(self.text(), one, value)
        if text != self.text():
            self.code.replace(0, len(self.text()), text)

    # Analysis

    def _analyze_now(self) -> None:
        self._reader.analyze(self.text(), self._scope, self._expected, now=True)

    def _edited(self, text: str) -> None:
        self._reader.analyze(text, self._scope, self._expected)
        if not self._quiet:
            self.changed.emit(text)

    def _show(self, reading: ExpressionAnalysis) -> None:
        self._reading = reading
        self.code.show_parts(reading.text, reading.parts)
        self.code.show_problems(reading.problems)
        self.words.setText(reading.words)
        self.words.setVisible(bool(reading.words))
        problem = problem_text(reading.problems[0]) if reading.problems else ""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.code.setAccessibleDescription(problem or reading.words)
        self.parameters.show_parameters(asked(reading.text, reading.checked.tree, self._scope))
        self.checked.emit()
