"""The form of a segment: a named expression over a profile and its experience events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.editors.editor import DefinitionEditor
from app.expression import ExpressionField
from app.forms.controls import FormField, Segmented
from app.translation import tr
from engine.expression.types import BOOLEAN


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

    def fill(self, body: Mapping[str, Any]) -> None:
        self.expression.set_text(body.get("expression", ""))
        self.evaluation.choose(body.get("evaluation", "streaming"))

    def body(self) -> dict[str, Any]:
        return {"expression": self.expression.text(), "evaluation": self.evaluation.key()}

    def _told(self) -> str:
        return self.used_words() if self.was else super()._told()
