"""The form of a segment: a named expression over a profile and its experience events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtWidgets import QFrame, QHBoxLayout

from app import theme
from app.editors.definition_editor import DefinitionEditor
from app.expression import ExpressionField
from app.translation import tr
from app.widgets.controls import Button, FormField, Segmented, wrapped
from app.widgets.icons import Icon
from app.widgets.texts import show_text
from engine.expression.types import BOOLEAN


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
        self.expression.changed.connect(self.touch)
        self.column.addWidget(FormField(tr("Who belongs to it"), self.expression, required=True))
        self.evaluation = Segmented([("streaming", tr("As data arrives")), ("batch", tr("On a schedule"))])
        self.evaluation.chosen.connect(lambda _: self.touch())
        self.column.addWidget(FormField(tr("When it is computed"), self.evaluation))

        self.people = PeopleRow()
        self.people.compute_button.clicked.connect(lambda: self.verb.emit("compute", self.was or ""))
        self.column.addWidget(self.people)

    def show_people(self, words: str, under_way: bool) -> None:
        """Say how many people are inside, and when that was computed."""
        show_text(self.people.words.setText, words)
        self.people.compute_button.setEnabled(not under_way)

    def fill(self, body: Mapping[str, Any]) -> None:
        self.expression.set_text(body.get("expression", ""))
        self.evaluation.choose(body.get("evaluation", "streaming"))
        self.people.setVisible(self.was is not None)

    def body(self) -> dict[str, Any]:
        return {"expression": self.expression.text(), "evaluation": self.evaluation.key()}

    def _told(self) -> str:
        return self.usage_text() if self.was else super()._told()
