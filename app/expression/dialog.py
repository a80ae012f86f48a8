"""The window in which an expression is written: names at the left, the simple or the advanced editor beside them.

One text is behind both editors. It is read a moment after every change; plain words stand above it, the value for a
sample and the problems below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.expression.analysis import ExpressionAnalysis, ExpressionAnalyzer, ProblemCard
from app.expression.code_edit import CodeEdit
from app.expression.completion_controller import CompletionController
from app.expression.name_tree import NameTree
from app.expression.names import Name, type_label
from app.expression.parameter_fields import ParameterFields, SourceParameter, asked, with_parameters_of, with_value
from app.expression.preview import PreviewCard, Sample
from app.expression.simple_editor import SimpleEditor
from app.translation import tr
from app.widgets.controls import Button, Segmented, label, rule, wrapped
from app.widgets.texts import follow_language, show_text
from app.widgets.window_sizes import resize_dialog
from engine.expression import Fix, Scope, format_text
from engine.expression.simple_form import to_tree
from engine.expression.types import BOOLEAN, Type

SIMPLE, ADVANCED = "simple", "advanced"
SIZE = (1220, 730)
NAMES_WIDTH = 290


class ExpressionDialog(QDialog):
    """Edits one expression. After ``accepted``, ``text()`` is the expression.

    ``title`` and ``subtitle`` say what it is for; ``samples`` are cases to try it on; ``allowed`` lists the values of
    enumerations by reference (``allowed_values``); ``simple_only`` leaves the advanced editor out (event rules).
    """

    changed = Signal(str)
    """The text is another one now."""

    def __init__(
        self,
        text: str,
        scope: Scope,
        expected: Type | None = None,
        *,
        title: str = "",
        subtitle: str = "",
        samples: Sequence[Sample] = (),
        allowed: Mapping[str, tuple[object, ...]] | None = None,
        simple_only: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._scope, self._expected, self._text = scope, expected, text
        self._simple_only = simple_only
        self.setObjectName("expression-dialog")
        resize_dialog(self, *SIZE)
        self.reader = ExpressionAnalyzer(self)
        self.reader.done.connect(self._show_reading)
        self.names = NameTree(scope, functions=not simple_only)
        self.simple = SimpleEditor(scope, allowed)
        self.code = CodeEdit(numbered=True)
        self.completing = CompletionController(self.code, scope)
        self.parameters = ParameterFields(scope)
        self.trying = PreviewCard(scope, samples)
        self.problems = ProblemCard()
        show_text(self.setWindowTitle, title or tr("Expression"))
        show_text(self.code.setAccessibleName, tr("Expression"))
        show_text(self.code.setPlaceholderText, tr("A field, a value or a function. Names can be dragged here."))
        self._lay_out(label(title or tr("Expression"), "title"), label(subtitle, "secondary"))
        self._connect()
        self.code.set_text(text)
        self._begin(text)
        self._analyze_now()
        follow_language(self, self._show_hint, self._analyze_now)

    def _begin(self, text: str) -> None:
        """Begin in the simple editor with a condition that rows can show, or an empty one."""
        fits = self._expected in (None, BOOLEAN) and (to_tree(text) is not None or not text.strip())
        wanted = SIMPLE if self._simple_only or (fits and (text.strip() or self._expected == BOOLEAN)) else ADVANCED
        self.show_editor(wanted)

    # How it is laid out

    def _lay_out(self, heading: QWidget, subtitle: QWidget) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addLayout(self._head(heading, subtitle))
        whole.addWidget(rule())
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.setChildrenCollapsible(False)
        halves.addWidget(self.names)
        halves.addWidget(self._body())
        halves.setSizes([NAMES_WIDTH, SIZE[0] - NAMES_WIDTH])
        halves.setStretchFactor(1, 1)
        whole.addWidget(halves, 1)
        whole.addWidget(rule())
        whole.addLayout(self._foot())

    def _head(self, heading: QWidget, subtitle: QWidget) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(18, 12, 18, 12)
        row.setSpacing(12)
        row.addWidget(heading)
        row.addWidget(subtitle)
        row.addStretch(1)
        self._tabs = Segmented(((SIMPLE, tr("Simple")), (ADVANCED, tr("Advanced"))))
        self._tabs.chosen.connect(self.show_editor)
        self.simple_tab, self.advanced_tab = self._tabs.part(SIMPLE), self._tabs.part(ADVANCED)
        self._tabs.setVisible(not self._simple_only)
        row.addWidget(self._tabs)
        return row

    def _body(self) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        column.addWidget(self._in_words())
        self._pages = QStackedWidget()
        self._pages.addWidget(self.simple)
        self._pages.addWidget(self.code)
        self._pages.addWidget(self._refusal())
        column.addWidget(self._pages, 1)
        column.addWidget(self.parameters)
        below = QHBoxLayout()
        below.setSpacing(12)
        below.addWidget(self.trying, 3, Qt.AlignmentFlag.AlignTop)
        below.addWidget(self.problems, 2)
        column.addLayout(below)
        return body

    def _in_words(self) -> QFrame:
        frame = QFrame()
        frame.setProperty("role", "said")
        row = QHBoxLayout(frame)
        row.setContentsMargins(14, 10, 14, 10)
        row.setSpacing(6)
        self.words = wrapped("", "body")
        row.addWidget(label(tr("In words:"), "secondary"), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.words, 1)
        return frame

    def _refusal(self) -> QWidget:
        """Make the notice shown instead of the simple editor for a text it cannot show."""
        page = QWidget()
        column = QVBoxLayout(page)
        column.addStretch(1)
        self.refusal = wrapped(tr("This expression cannot be shown as rows; use the advanced editor."))
        self.refusal.setAlignment(Qt.AlignmentFlag.AlignCenter)
        to_advanced = Button(tr("Open the advanced editor"), icon=theme.icon("code", "text"))
        to_advanced.setAutoDefault(False)
        to_advanced.clicked.connect(lambda: self.show_editor(ADVANCED))
        column.addWidget(self.refusal)
        column.addWidget(to_advanced, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return page

    def _foot(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(18, 12, 18, 12)
        row.setSpacing(8)
        self._hint = label("", "secondary")
        self._tidy = Button(tr("Format"), icon=theme.icon("text-align-left", "text"))
        self._cancel, self.save = Button(tr("Cancel")), Button(tr("Save"), kind="primary")
        for button in (self._tidy, self._cancel, self.save):
            button.setAutoDefault(False)
        row.addWidget(self._hint)
        row.addStretch(1)
        for button in (self._tidy, self._cancel, self.save):
            row.addWidget(button)
        return row

    def _connect(self) -> None:
        self.names.used.connect(self._use)
        self.simple.changed.connect(self._simple_changed)
        self.code.edited.connect(self._code_edited)
        self.parameters.value_changed.connect(self._set_parameter)
        self.problems.fix_chosen.connect(self._apply_fix)
        self.problems.position_chosen.connect(self._point)
        self._tidy.clicked.connect(self.tidy)
        self._cancel.clicked.connect(self.reject)
        self.save.clicked.connect(self.accept)
        for keys in ("Ctrl+Return", "Ctrl+Enter", "Ctrl+S"):
            QShortcut(QKeySequence(keys), self).activated.connect(self.save.click)
        QShortcut(QKeySequence("Ctrl+F"), self).activated.connect(self.names.search.setFocus)
        QShortcut(QKeySequence("Ctrl+Shift+F"), self).activated.connect(self.tidy)

    # What it holds

    def text(self) -> str:
        """Return the expression as typed."""
        return self._text

    @property
    def editor(self) -> str:
        """Which editor is shown, ``simple`` or ``advanced``."""
        return str(self._tabs.key())

    def show_editor(self, name: str) -> None:
        """Show the simple or the advanced editor; the simple one shows a notice for a text it cannot show."""
        self._tabs.choose(name)
        if name == ADVANCED:
            self._pages.setCurrentWidget(self.code)
            self.code.setFocus()
        elif self._expected in (None, BOOLEAN) and self.simple.set_text(self._text):
            self._pages.setCurrentWidget(self.simple)
            self.names.search.setFocus()
        else:
            self._pages.setCurrentIndex(2)
        self._tidy.setVisible(name == ADVANCED)
        self._show_hint()

    def tidy(self) -> None:
        """Lays the text of the advanced editor out evenly, as one step of undo."""
        text = self.code.text()
        if self.editor == ADVANCED and format_text(text) != text:
            self.code.replace(0, len(text), format_text(text))

    # What changes it

    def _simple_changed(self, text: str) -> None:
        self._text = text
        self.code.set_text(text)
        self._text_changed(text)

    def _code_edited(self, text: str) -> None:
        if text != self._text:
            self._text = text
            self._text_changed(text)

    def _text_changed(self, text: str) -> None:
        self.save.setEnabled(False)
        self.reader.analyze(text, self._scope, self._expected)
        self.changed.emit(text)

    def _analyze_now(self) -> None:
        self.reader.analyze(self._text, self._scope, self._expected, now=True)

    def _use(self, name: Name) -> None:
        """Insert a name at the cursor, or as a row."""
        if self.editor == SIMPLE:
            self.simple.add_name(name)
            return
        start, end = self.code.selection()
        reference = name.insert.startswith("#{")
        insert = with_parameters_of(name.insert, self._text, self._scope) if reference else name.insert
        inside = len(insert) - 1 if insert.endswith("()") and start == end else None
        self.code.replace(start, end, insert, inside)
        self.code.setFocus()

    def _set_parameter(self, one: SourceParameter, value: str) -> None:
        """Write a parameter's value into every reference to its group."""
        if self.editor == SIMPLE and self._pages.currentWidget() is self.simple:
            self.simple.set_parameter(one, value)
            return
        text = with_value(self._text, one, value)
        if text != self._text:
            self.code.replace(0, len(self._text), text)

    def _apply_fix(self, fix: Fix) -> None:
        self.show_editor(ADVANCED)
        self.code.replace(fix.start, fix.end, fix.text)
        self.code.setFocus()

    def _point(self, offset: int) -> None:
        self.show_editor(ADVANCED)
        self.code.set_offset(offset)

    # How it follows

    def _show_reading(self, reading: ExpressionAnalysis) -> None:
        if reading.text != self._text:
            return
        self.code.show_parts(reading.text, reading.parts)
        self.code.show_problems(reading.problems)
        show_text(self.words.setText, reading.words or tr("nothing yet"))
        self.parameters.show_parameters(asked(reading.text, reading.checked.tree, self._scope))
        self.problems.show_analysis(reading)
        self.trying.show_analysis(reading)
        self.save.setEnabled(not reading.problems)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter belongs to the controls; only Ctrl+Enter saves."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def _show_hint(self) -> None:
        wanted = tr("Must be true or false") if self._expected == BOOLEAN else ""
        if self._expected is not None and not wanted:
            wanted = tr("Must be: {type}", type=type_label(self._expected))
        keys = (
            tr("Ctrl Space completes")
            if self.editor == ADVANCED
            else tr("Enter in the list of fields adds a condition, Alt with the arrows moves one")
        )
        self._hint.setText(" · ".join(one for one in (wanted, keys) if one))
