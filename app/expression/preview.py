"""The value of an expression for a sample: a payload of each event, and the answers of data sources and profiles."""

from __future__ import annotations

import json
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app.expression.analysis import DebouncedQuery, ExpressionAnalysis, problem_text
from app.theme.fonts import code_font
from app.translation import tr
from app.widgets.controls import IconButton, chip, label, restyle, wrapped
from app.widgets.texts import follow_language, show_text
from engine.expression import Checked, Context, ExpressionError, Scope, value_to_json
from engine.expression.types import ListType, MapType, ObjectType, Scalar, Type

Json = Mapping[str, object]

_EXAMPLES: Mapping[str, object] = {
    "string": "text",
    "integer": 1,
    "decimal": 1.5,
    "boolean": True,
    "dateOnly": "2026-01-31",
    "dateTimeOnly": "2026-01-31T08:00:00",
    "dateTime": "2026-01-31T08:00:00Z",
    "duration": "PT15M",
}


@dataclass(frozen=True, slots=True)
class Sample:
    """One case to try an expression on. ``sources`` has the data of each ``Source.Group``."""

    label: str
    events: Mapping[str, Json] = field(default_factory=dict)
    sources: Mapping[str, Json] = field(default_factory=dict)
    segments: Collection[str] = ()
    properties: Json = field(default_factory=dict)

    def to_json(self) -> str:
        """Return the sample as editable JSON."""
        shown = {
            "events": self.events,
            "sources": self.sources,
            "segments": list(self.segments),
            "properties": self.properties,
        }
        return json.dumps(shown, indent=2, ensure_ascii=False)

    @classmethod
    def from_json(cls, label: str, text: str) -> Sample:
        """Read what ``to_json`` writes. Raises ``ValueError`` for anything else."""
        content = json.loads(text)
        if not isinstance(content, dict):
            raise ValueError("a sample is an object")
        events, sources = _objects(content.get("events", {})), _objects(content.get("sources", {}))
        segments, properties = content.get("segments", []), content.get("properties", {})
        if not isinstance(segments, list) or not isinstance(properties, dict):
            raise ValueError("segments are a list, properties an object")
        return cls(label, events, sources, tuple(map(str, segments)), properties)


def _objects(content: object) -> Mapping[str, Json]:
    if not isinstance(content, dict) or not all(isinstance(one, dict) for one in content.values()):
        raise ValueError("events and sources are objects of objects")
    return content


def example_sample(label: str, scope: Scope) -> Sample:
    """Make a sample with an example value in every field; the person is in no segment."""
    events = {name: _example_object(schema) for name, schema in scope.events.items()}
    sources = {
        f"{source}.{group}": _example_object(schema.fields)
        for source, groups in scope.sources.items()
        for group, schema in groups.items()
    }
    return Sample(label, events, sources)


def _example_object(of: ObjectType) -> Json:
    return {name: _example(one) for name, one in of.fields.items()}


def _example(of: Type) -> object:
    if isinstance(of, Scalar):
        return _EXAMPLES[of.name]
    if isinstance(of, ListType):
        return [_example(of.item)]
    if isinstance(of, ObjectType):
        return _example_object(of)
    return {"key": _example(of.value)} if isinstance(of, MapType) else None


@dataclass(frozen=True, slots=True)
class PreviewResult:
    """What came of a try: the value as JSON, or the error that came instead."""

    value: str = ""
    error: ExpressionError | None = None


def evaluate(checked: Checked, sample: Sample, now: datetime) -> PreviewResult:
    """Evaluate a text without problems; ``now`` is timezone-aware. Never raises."""
    context = Context(
        sample.events,
        now,
        lambda source, group, _parameters: sample.sources.get(f"{source}.{group}"),
        sample.properties.get,
        lambda name: name in sample.segments,
        random.Random(0).random,
    )
    try:
        value = checked.compile().evaluate(context)
    except ExpressionError as error:
        return PreviewResult(error=error)
    return PreviewResult(json.dumps(value_to_json(value, checked.type), ensure_ascii=False))


# The card


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
        title = label(tr("Try it"), "section")
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
        self._lay_out(title)
        show_text(self.choice.setAccessibleName, tr("Sample to try"))
        show_text(self.editor.setAccessibleName, tr("The sample as JSON"))
        follow_language(self, self._try)
        for sample in self._samples:
            self.choice.addItem(sample.label)
        self.choice.currentIndexChanged.connect(lambda _: self._chosen())
        self.edit_button.toggled.connect(self._toggle)
        self.editor.textChanged.connect(self._edited)

    def _lay_out(self, title: QWidget) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.choice, 1)
        row.addWidget(self.edit_button)
        row.addWidget(self.result)
        column.addWidget(title)
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
            self._show_result(tr("nothing to try yet"), "")
        elif reading.problems:
            self._later.drop()
            self._show_result(tr("after the problem is fixed"), "")
        else:
            now = datetime.now(UTC)
            self._later.ask(lambda: evaluate(reading.checked, sample, now), len(reading.text))

    def _show(self, outcome: object) -> None:
        if not isinstance(outcome, PreviewResult):
            return
        if outcome.error is not None:
            self._show_result(_short(problem_text(outcome.error)), "error", problem_text(outcome.error))
        else:
            tones = {"true": "success", "false": "warning", "null": "neutral"}
            self._show_result(_short(outcome.value), tones.get(outcome.value, "accent"), outcome.value)
        self.evaluated.emit(outcome)

    def _show_result(self, words: str, tone: str, whole: str = "") -> None:
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


def _short(words: str) -> str:
    return words if len(words) <= MOST_SHOWN else f"{words[: MOST_SHOWN - 1]}…"
