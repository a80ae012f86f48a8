"""Parts that the forms of all actions share: groups of expressions, and a path for errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.activities.activity_form import ActivityForm
from app.activities.expression_mapper import ExpressionMapper
from app.translation import tr
from app.widgets.controls import Toggle, label


def entry_faults(faults: Mapping[str, str], setting: str) -> dict[str, str]:
    """Return the issues of one setting's entries, by the entry's name: ``parameters.Token`` becomes ``Token``."""
    prefix = f"{setting}."
    return {path.removeprefix(prefix).split(".")[0]: said for path, said in faults.items() if path.startswith(prefix)}


class ActionForm(ActivityForm):
    """The form of an action: inputs of its own and a path for errors."""

    def build(self) -> None:
        self.build_own()
        self._error = Toggle(tr("Path for timeout or error"))
        self._error.toggled.connect(lambda _: self.changed.emit())
        self.column.addWidget(self._error)

    def build_own(self) -> None:
        """Make the inputs of this kind of action."""

    def add_mapper(self, setting: str, words: str) -> ExpressionMapper:
        """Return a group of expressions under a heading."""
        made = ExpressionMapper(self.context.scope)
        made.changed.connect(self.changed)
        heading = label(words, "strong")
        self.column.addWidget(heading)
        self.column.addWidget(made)
        made.setProperty("setting", setting)
        self._headings = getattr(self, "_headings", {}) | {setting: heading}
        return made

    def unfold(self, setting: str, shown: bool) -> None:
        """Show a group's heading only when the group asks for something."""
        self._headings[setting].setVisible(shown)

    def fill(self, activity: Any) -> None:
        self._error.setChecked(activity.on_error)
        self.fill_own(activity)

    def fill_own(self, activity: Any) -> None:
        """Show the settings of this kind of action."""

    def settings(self) -> dict[str, Any]:
        return {"on_error": self._error.isChecked(), **self.own_settings()}

    def own_settings(self) -> dict[str, Any]:
        """Return the settings of this kind of action."""
        return {}
