"""Trying an expression: a sample is chosen or edited, and what the expression gives for it is shown at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from PySide6.QtCore import QEvent, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.expression.analysis import ExpressionAnalysis
from app.expression.debounced_query import DebouncedQuery
from app.expression.preview import PreviewResult, Sample, evaluate, example_sample
from app.expression.problem_texts import problem_text
from app.theme.fonts import code_font
from app.translation import tr
from app.widgets.controls import IconButton, chip, label, restyle, wrapped
from app.widgets.texts import show_text
from engine.expression import Scope

DELAY = 30
EDITOR_HEIGHT = 150
MOST_SHOWN = 60


class PreviewCard(QFrame):
    """A sample and the value for it."""

    evaluated = Signal(object)
    """An :class:`PreviewResult` came."""

    def __init__(self, scope: Scope, samples: Sequence[Sample] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "box")
        self._samples = [*samples] or [example_sample(tr("Example values"), scope)]
        self._reading: ExpressionAnalysis | None = None
        self._title = label("", "section")
        self.choice = QComboBox()
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(10)
        self.edit_button = IconButton("pencil-simple", tr("Edit the sample"), framed=True)
        self.edit_button.setCheckable(True)
        self.result = chip("")
        self.result.setFixedHeight(24)
        self.editor = QPlainTextEdit()
        self.editor.setProperty("role", "code")
        self.editor.setFont(code_font(12))
        self.editor.setFixedHeight(EDITOR_HEIGHT)
        self.editor.setTabChangesFocus(True)
        self.editor.hide()
        self._fault = wrapped("", "error")
        self._fault.hide()
        self._later = DebouncedQuery(DELAY, self)
        self._later.done.connect(self._show)
        self._lay_out()
        self._translate()
        for sample in self._samples:
            self.choice.addItem(sample.label)
        self.choice.currentIndexChanged.connect(lambda _: self._chosen())
        self.edit_button.toggled.connect(self._toggle)
        self.editor.textChanged.connect(self._edited)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.choice, 1)
        row.addWidget(self.edit_button)
        row.addWidget(self.result)
        column.addWidget(self._title)
        column.addLayout(row)
        column.addWidget(self.editor)
        column.addWidget(self._fault)

    @property
    def sample(self) -> Sample:
        """The sample that is tried."""
        return self._samples[max(self.choice.currentIndex(), 0)]

    def show_analysis(self, reading: ExpressionAnalysis) -> None:
        """Evaluate an analyzed text."""
        self._reading = reading
        self._try()

    def _try(self) -> None:
        reading, sample = self._reading, self.sample
        if reading is None:
            return
        if not reading.text.strip():
            self._later.drop()
            self._say(tr("nothing to try yet"), "")
        elif reading.problems:
            self._later.drop()
            self._say(tr("after the problem is fixed"), "")
        else:
            now = datetime.now(UTC)
            self._later.ask(lambda: evaluate(reading.checked, sample, now), len(reading.text))

    def _show(self, outcome: object) -> None:
        if not isinstance(outcome, PreviewResult):
            return
        if outcome.error is not None:
            self._say(_short(problem_text(outcome.error)), "error", problem_text(outcome.error))
        else:
            tones = {"true": "success", "false": "warning", "null": "neutral"}
            self._say(_short(outcome.value), tones.get(outcome.value, "accent"), outcome.value)
        self.evaluated.emit(outcome)

    def _say(self, words: str, tone: str, whole: str = "") -> None:
        show_text(self.result.setText, words)
        restyle(self.result, tone=tone)
        self.result.setToolTip(whole)
        show_text(self.result.setAccessibleName, tr("The value: {value}", value=whole or words))

    # The sample

    def _chosen(self) -> None:
        if self.edit_button.isChecked():
            self.editor.setPlainText(self.sample.to_json())
        self._try()

    def _toggle(self, shown: bool) -> None:
        if shown:
            self.editor.setPlainText(self.sample.to_json())
        self.editor.setVisible(shown)
        self._fault.setVisible(False)

    def _edited(self) -> None:
        try:
            sample = Sample.from_json(self.sample.label, self.editor.toPlainText())
        except ValueError:
            show_text(
                self._fault.setText,
                tr("The sample is not JSON of this form: write events, sources, segments and properties."),
            )
            self._fault.show()
            restyle(self.editor, problem=True)
            return
        self._fault.hide()
        restyle(self.editor, problem=False)
        self._samples[self.choice.currentIndex()] = sample
        self._try()

    def _translate(self) -> None:
        show_text(self._title.setText, tr("Try it"))
        show_text(self.choice.setAccessibleName, tr("The sample that is tried"))
        show_text(self.editor.setAccessibleName, tr("The sample as JSON"))

    def changeEvent(self, event: QEvent) -> None:
        """Words follow the language."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LanguageChange:
            self._translate()
            self._try()


def _short(words: str) -> str:
    return words if len(words) <= MOST_SHOWN else f"{words[: MOST_SHOWN - 1]}…"
