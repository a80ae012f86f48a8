"""The form of a condition, of any of its five kinds."""

from __future__ import annotations

from typing import Any

from app.activities.activity_form import ActivityForm
from app.activities.path_list import PathList
from app.translation import mark, tr
from app.widgets.controls import Choice, Toggle, text
from app.widgets.number_input import NumberInput

KINDS = (
    ("data_source", mark("Data source condition"), "database"),
    ("time", mark("Time condition"), "clock"),
    ("percentage", mark("Percentage split"), "percent"),
    ("date", mark("Date condition"), "calendar-blank"),
    ("profile_cap", mark("Profile cap"), "gauge"),
)
_ORDERED = ("data_source", "time", "date")


class ConditionForm(ActivityForm):
    """Its kind, its paths from the top, and the paths for other cases and for errors."""

    def build(self) -> None:
        self._kind = Choice()
        icons = [self.look.icon(icon, "secondary") for _, _, icon in KINDS]
        self._kind.offer([(kind, tr(words)) for kind, words, _ in KINDS], icons)
        self._kind.chosen.connect(lambda kind: self.kind_changed.emit(f"condition.{kind}"))
        self.add("kind", tr("Type"), self._kind)
        self._limit = NumberInput(100_000_000)
        self._limit.changed.connect(self.changed)
        self.add("limit", tr("How many people take the path"), self._limit, required=True)
        self._heading = text("", "caption")
        self.column.addWidget(self._heading)
        self.paths = PathList(self.look, self.context.scope)
        self.paths.changed.connect(self.changed)
        self.column.addWidget(self.paths)
        self._others = Toggle(self.look, tr("Path for other cases"))
        self._error = Toggle(self.look, tr("Path for timeout or error"))
        for toggle in (self._others, self._error):
            toggle.toggled.connect(lambda _: self.changed.emit())
            self.column.addWidget(toggle)

    def fill(self, activity: Any) -> None:
        self._kind.choose(activity.kind)
        self._heading.setText(tr("Paths, tried from the top") if activity.kind in _ORDERED else tr("Paths"))
        self.fields["limit"].setVisible(activity.kind == "profile_cap")
        if activity.kind == "profile_cap":
            self._limit.show_number(activity.limit)
        self.paths.show_paths(activity.kind, activity.paths)
        self._others.setVisible(activity.kind != "percentage")
        self._others.setChecked(getattr(activity, "others", False))
        self._error.setChecked(activity.on_error)

    def settings(self) -> dict[str, Any]:
        settings: dict[str, Any] = {"paths": self.paths.paths(), "on_error": self._error.isChecked()}
        if self._kind.key() != "percentage":
            settings["others"] = self._others.isChecked()
        if self._kind.key() == "profile_cap":
            settings["limit"] = self._limit.number() or None
        return settings
