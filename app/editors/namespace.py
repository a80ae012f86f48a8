"""The form of an identity namespace: its code, and what people call it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.editors.definition_editor import DefinitionEditor
from app.translation import tr
from app.widgets.controls import FormField, wrapped
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
        self.column.addWidget(
            FormField(tr("Code"), self.name, tr("Letters, digits and underscores; files and events use it."), True)
        )
        self.label_line = self.line("label", tr("Customer number"))
        self.column.addWidget(FormField(tr("Label"), self.label_line, tr("What people read in lists.")))
        words = tr("A key that identifies a person, such as CRMID p-1, is made of a namespace and a value.")
        self.column.addWidget(wrapped(words, "hint"))

    def fill(self, body: Mapping[str, Any]) -> None:
        built_in = self.was in _BUILT_IN
        self.name.setText(str(body.get("code", "")))
        self.name.setEnabled(not built_in and not self.used_in)
        self.label_line.setText(str(body.get("label", "")))
        self.label_line.setEnabled(not built_in)
        for made in self._verbs:
            made.setVisible(self.was is not None and not built_in)

    def body(self) -> dict[str, Any]:
        return {
            "code": self.name.text().strip(),
            "label": self.label_line.text().strip(),
            "name": None,
            "description": None,
        }

    def _told(self) -> str:
        if self.was in _BUILT_IN:
            return tr("built in")
        return self.usage_text() if self.was else super()._told()
