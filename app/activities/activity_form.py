"""The bases of all settings forms, which show an activity and return the edited one, and the parts that they share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QWidget

from app.activities.expression_mapper import ExpressionMapper
from app.expression import ExpressionField
from app.translation import tr
from app.widgets.controls import HEIGHT, Button, Choice, FormField, Toggle, column_of, label
from app.widgets.duration_input import DurationInput
from app.widgets.fault_line import FaultLine
from engine.expression.types import Scope, Type
from engine.json_types import JsonDict
from engine.model.activity import ActivityBase
from engine.model.definitions import Definitions

_DEFAULT_TIMEOUT = timedelta(days=1)
Settings = TypeVar("Settings", bound=ActivityBase)


@dataclass(frozen=True, slots=True)
class FormContext:
    """The choices of a form: definitions, the scope of expressions, earlier messages, other journeys.

    ``messages`` are (activity id, name, channel) of message activities before this one; ``journeys`` names with the
    definition of their entry event, of those a jump may go to. ``begins``: the journey begins with this activity.
    """

    definitions: Definitions
    scope: Scope
    messages: tuple[tuple[str, str, str], ...] = ()
    journeys: Mapping[str, str] = field(default_factory=dict)
    namespace: str | None = None
    begins: bool = False


class ActivityForm(QWidget, Generic[Settings]):
    """A form for one kind of activity. Inputs are made once; ``show_activity`` fills them."""

    changed = Signal()
    """The user changed something."""
    previewed = Signal()
    """The user wants to see the message as somebody would."""
    kind_changed = Signal(str)
    """The user chose another kind of the same activity (``condition.time``)."""

    def __init__(self, context: FormContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.fields: dict[str, FormField] = {}
        self.column = column_of(self, 16, (16, 16, 16, 16))
        self._label = QLineEdit()
        self._label.setFixedHeight(HEIGHT)
        self._label.setObjectName("label")
        self._label.textEdited.connect(lambda _: self.changed.emit())
        self.add("label", tr("Label"), self._label)
        self._shown: Settings | None = None
        self.build()
        self._description = QPlainTextEdit()
        self._description.setFixedHeight(56)
        self._description.setTabChangesFocus(True)
        self._description.setObjectName("description")
        self._description.textChanged.connect(self.changed)
        self._more = Button(tr("Add a description"), kind="link")
        self._more.clicked.connect(self._describe)
        self.column.addWidget(self._more)
        self.add("description", tr("Description"), self._description)
        self.column.addStretch(1)

    def build(self) -> None:
        """Make the inputs of this kind, below the label."""

    def fill(self, activity: Settings) -> None:
        """Show the settings of this kind."""

    def settings(self) -> JsonDict:
        """Return the settings of this kind as the user left them."""
        return {}

    def settings_for(self, kind: str, activity: Settings) -> JsonDict:
        """Return the settings that another kind of the same type takes over."""
        return {}

    def journey_settings(self) -> JsonDict:
        """Return the properties of the whole journey that are set here, as the user left them."""
        return {}

    def add(self, setting: str, words: str, control: QWidget, hint: str = "", required: bool = False) -> FormField:
        """Add a labelled input below those before; faults of ``setting`` are shown at it."""
        row = FormField(words, control, hint, required)
        self.fields[setting] = row
        self.column.addWidget(row)
        return row

    def add_choice(
        self,
        setting: str,
        words: str,
        items: Sequence[tuple[object, str]] = (),
        hint: str = "",
        chosen: Callable[[], None] = lambda: None,
    ) -> Choice:
        """Add a required choice of (key, words); ``chosen`` is called before the change is announced."""
        choice = Choice()
        choice.offer(items)
        choice.chosen.connect(lambda _: chosen())
        choice.chosen.connect(lambda _: self.changed.emit())
        self.add(setting, words, choice, hint, required=True)
        return choice

    def add_expression(
        self, setting: str, words: str, expected: Type, hint: str = "", required: bool = True
    ) -> ExpressionField:
        """Add an expression of a type."""
        expression = ExpressionField("", self.context.scope, expected)
        expression.changed.connect(self.changed)
        self.add(setting, words, expression, hint, required)
        return expression

    def show_activity(self, activity: Settings) -> None:
        """Fill the form; this is no change."""
        self._shown = activity
        blocked = self.blockSignals(True)
        self._label.setText(activity.label)
        self._description.setPlainText(activity.description)
        self._unfold_description(bool(activity.description))
        self.fill(activity)
        self.blockSignals(blocked)

    def _unfold_description(self, shown: bool) -> None:
        self.fields["description"].setVisible(shown)
        self._more.setVisible(not shown)

    def _describe(self) -> None:
        self._unfold_description(True)
        self._description.setFocus()

    def activity(self) -> Settings:
        """Return the activity as the user left it."""
        assert self._shown is not None
        words = {"label": self._label.text().strip(), "description": self._description.toPlainText().strip()}
        return self._shown.model_copy(update={**words, **self.settings()})

    def set_read_only(self, read_only: bool, texts_open: bool) -> None:
        """Lock the form, except label and description if ``texts_open``."""
        texts = (self.fields["label"], self.fields["description"], self._more)
        for part in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            part.setEnabled(not read_only or (texts_open and part in texts))

    def show_faults(self, faults: Mapping[str, str]) -> None:
        """Show at each input what is wrong: setting (or its first part, before a dot) to sentence."""
        for name, row in self.fields.items():
            row.show_fault(next((fault for path, fault in faults.items() if path.split(".")[0] == name), ""))


class ActionForm(ActivityForm[Settings]):
    """The form of an action: inputs of its own, groups of expressions and a path for errors."""

    def build(self) -> None:
        self._mappers: dict[str, tuple[QLabel, ExpressionMapper]] = {}
        self.build_own()
        self._error = Toggle(tr("Path for timeout or error"))
        self._error.toggled.connect(lambda _: self.changed.emit())
        self.column.addWidget(self._error)

    def build_own(self) -> None:
        """Make the inputs of this kind of action."""

    def add_mapper(self, setting: str, words: str) -> ExpressionMapper:
        """Add a group of expressions under a heading; faults of its entries are shown at them."""
        mapper = ExpressionMapper(self.context.scope)
        mapper.changed.connect(self.changed)
        mapper.setProperty("setting", setting)
        heading = label(words, "strong")
        self.column.addWidget(heading)
        self.column.addWidget(mapper)
        self._mappers[setting] = heading, mapper
        return mapper

    def unfold(self, setting: str, shown: bool) -> None:
        """Show a group's heading only when the group asks for something."""
        self._mappers[setting][0].setVisible(shown)

    def fill(self, activity: Settings) -> None:
        self._error.setChecked(vars(activity)["on_error"])
        self.fill_own(activity)

    def fill_own(self, activity: Settings) -> None:
        """Show the settings of this kind of action."""

    def settings(self) -> JsonDict:
        return {"on_error": self._error.isChecked(), **self.own_settings()}

    def own_settings(self) -> JsonDict:
        """Return the settings of this kind of action."""
        return {}

    def show_faults(self, faults: Mapping[str, str]) -> None:
        super().show_faults(faults)
        for setting, (_, mapper) in self._mappers.items():
            prefix = f"{setting}."
            of_setting = {path.removeprefix(prefix): fault for path, fault in faults.items() if path.startswith(prefix)}
            mapper.show_faults({path.split(".")[0]: fault for path, fault in of_setting.items()})


class HasTimeout(Protocol):
    """The settings of an activity that waits at most for a time."""

    @property
    def timeout(self) -> timedelta | None: ...

    @property
    def timeout_path(self) -> bool: ...


class TimeoutInput(QWidget):
    """Inputs for ``timeout`` and ``timeout_path``: how long is waited, and whether giving up has its own path."""

    def __init__(self, form: ActivityForm[Settings]) -> None:
        super().__init__()
        self._changed = form.changed
        column = column_of(self, 10)
        self.on = Toggle(tr("Stop waiting after a time"))
        self.length = DurationInput()
        self.path = Toggle(tr("Path for timeout"))
        for part in (self.on, self.length, FaultLine(self.length), self.path):
            column.addWidget(part)
        self.on.toggled.connect(self._switch)
        self.length.changed.connect(form.changed)
        self.path.toggled.connect(lambda _: form.changed.emit())
        form.add("timeout", tr("Timeout"), self)

    def show_settings(self, activity: HasTimeout) -> None:
        """Show the timeout of an activity."""
        self.on.setChecked(activity.timeout is not None)
        self.length.show_length(activity.timeout)
        self.path.setChecked(activity.timeout_path)
        self._unfold()

    def settings(self) -> JsonDict:
        """Return ``timeout`` and ``timeout_path`` as the user left them."""
        on = self.on.isChecked()
        return {"timeout": self.length.length() if on else None, "timeout_path": on and self.path.isChecked()}

    def _switch(self, on: bool) -> None:
        if on and self.length.length() is None:
            self.length.show_length(_DEFAULT_TIMEOUT)
        self._unfold()
        self._changed.emit()

    def _unfold(self) -> None:
        self.length.setVisible(self.on.isChecked())
        self.path.setVisible(self.on.isChecked())
