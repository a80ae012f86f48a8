"""The forms about groups of people and their keys: identity namespaces and segments."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout

from app import theme
from app.editors.definition_editor import DefinitionEditor
from app.expression import ExpressionField
from app.translation import tr
from app.widgets.controls import Button, Segmented, wrapped
from app.widgets.icons import Icon
from app.widgets.texts import show_text
from engine.expression.types import BOOLEAN
from engine.json_types import JsonDict, JsonObject, text_at
from engine.model.definitions import PREDEFINED_NAMESPACES

_BUILT_IN = {namespace.code for namespace in PREDEFINED_NAMESPACES}


class NamespaceEditor(DefinitionEditor):
    """See the module. The built-in ones are shown, and stay."""

    icon, tint = "fingerprint", "event"

    def build(self) -> None:
        self.noun = tr("New namespace")
        for row in self.name_rows:
            row.setVisible(False)
        self.name.setParent(None)
        self.add(tr("Code"), self.name, tr("Letters, digits and underscores; files and events use it."), True)
        self.label_line = self.line("label", tr("Customer number"))
        self.add(tr("Label"), self.label_line, tr("Shown in lists."))
        words = tr("A key that identifies a person, such as CRMID p-1, consists of a namespace and a value.")
        self.column.addWidget(wrapped(words, "hint"))

    def fill(self, body: JsonObject) -> None:
        built_in = self.was in _BUILT_IN
        self.name.setText(text_at(body, "code"))
        self.name.setEnabled(not built_in and not self.used_in)
        self.label_line.setText(text_at(body, "label"))
        self.label_line.setEnabled(not built_in)
        for made in self._verbs:
            made.setVisible(self.was is not None and not built_in)

    def body(self) -> JsonDict:
        return {
            "code": self.name.text().strip(),
            "label": self.label_line.text().strip(),
            "name": None,
            "description": None,
        }

    def usage_text(self) -> str:
        return tr("built in") if self.was in _BUILT_IN else super().usage_text()


class PeopleRow(QFrame):
    """How many people are inside, and a button that looks at everybody now."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 10, 10)
        row.addWidget(Icon("users-three", "event", 20))
        self.words = wrapped("", "body")
        row.addWidget(self.words, 1)
        self.compute_button = Button(tr("Compute now"), icon=theme.icon("arrow-clockwise", "text"))
        row.addWidget(self.compute_button)


class SegmentEditor(DefinitionEditor):
    """See the module."""

    icon, tint = "users-three", "event"

    def build(self) -> None:
        self.noun = tr("New segment")
        self.expression = ExpressionField("", self.definitions.scope({}), BOOLEAN)
        self.expression.setObjectName("segment-expression")
        self.add(tr("Rule"), self.expression, required=True)
        self.evaluation = Segmented([("streaming", tr("As data arrives")), ("batch", tr("On a schedule"))])
        self.add(tr("Computation"), self.evaluation)
        self.people = PeopleRow()
        self._suspended = False
        self.people.compute_button.clicked.connect(self._compute)
        self.column.addWidget(self.people)

    def _compute(self) -> None:
        self.verb.emit("resume" if self._suspended else "compute", self.was or "")

    def show_people(self, words: str, under_way: bool, *, suspended: bool = False) -> None:
        """Say how many people are inside, and when that was computed; or why the segment is suspended."""
        self._suspended = suspended
        show_text(self.people.words.setText, words)
        self.people.compute_button.setText(tr("Resume") if suspended else tr("Compute now"))
        self.people.compute_button.setEnabled(not under_way)

    def fill(self, body: JsonObject) -> None:
        self.expression.set_text(text_at(body, "expression"))
        self.evaluation.choose(text_at(body, "evaluation", "streaming"))
        self.people.setVisible(self.was is not None)

    def body(self) -> JsonDict:
        return {"expression": self.expression.text(), "evaluation": self.evaluation.key()}
