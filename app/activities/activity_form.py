"""The base of all settings forms: shows an activity and returns the edited one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from app.translation import tr
from app.widgets.controls import HEIGHT, Button, FormField
from engine.expression.types import Scope
from engine.model.activity import Activity
from engine.model.definitions import Definitions


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


class ActivityForm(QWidget):
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
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 16, 16, 16)
        self.column.setSpacing(16)
        self._label = QLineEdit()
        self._label.setFixedHeight(HEIGHT)
        self._label.setObjectName("label")
        self._label.textEdited.connect(lambda _: self.changed.emit())
        self.add("label", tr("Label"), self._label)
        self._shown: Activity | None = None
        self.build()
        self._description = QPlainTextEdit()
        self._description.setFixedHeight(56)
        self._description.setTabChangesFocus(True)
        self._description.setObjectName("description")
        self._description.textChanged.connect(self._described)
        self._more = Button(tr("Add a description"), kind="link")
        self._more.clicked.connect(self._describe)
        self.column.addWidget(self._more)
        self.add("description", tr("Description"), self._description)
        self.column.addStretch(1)

    def build(self) -> None:
        """Make the inputs of this kind, below the label."""

    def fill(self, activity: Any) -> None:
        """Show the settings of this kind."""

    def settings(self) -> dict[str, Any]:
        """Return the settings of this kind as the user left them."""
        return {}

    def settings_for(self, kind: str, activity: Activity) -> dict[str, Any]:
        """Return the settings that another kind of the same type takes over."""
        return {}

    def journey_settings(self) -> dict[str, Any]:
        """Properties of the whole journey that are set here, as the user left them."""
        return {}

    def add(self, setting: str, words: str, control: QWidget, hint: str = "", required: bool = False) -> FormField:
        """Return a labelled input below those before; faults of ``setting`` are shown at it."""
        made = FormField(words, control, hint, required)
        self.fields[setting] = made
        self.column.addWidget(made)
        return made

    def show_activity(self, activity: Activity) -> None:
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

    def _described(self) -> None:
        self.changed.emit()

    def activity(self) -> Activity:
        """Return the activity as the user left it."""
        assert self._shown is not None
        words = {"label": self._label.text().strip(), "description": self._description.toPlainText().strip()}
        return self._shown.model_copy(update={**words, **self.settings()})

    def set_read_only(self, read_only: bool, texts_open: bool) -> None:
        """Whether nothing can be changed, or with ``texts_open`` only label and description."""
        texts = (self.fields["label"], self.fields["description"], self._more)
        for part in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            part.setEnabled(not read_only or (texts_open and part in texts))

    def show_faults(self, faults: Mapping[str, str]) -> None:
        """Say at each input what is wrong: setting (or its first part, before a dot) to sentence."""
        for name, made in self.fields.items():
            made.show_fault(next((said for path, said in faults.items() if path.split(".")[0] == name), ""))
