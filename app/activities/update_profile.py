"""The view and form of a profile update."""

from __future__ import annotations

from typing import Any

from app.activities.action_form import ActionForm
from app.activity_views import ActivityView
from app.translation import mark, tr
from app.widgets.controls import Choice
from engine.expression.types import ListType, ObjectType, Type
from engine.model.definitions import PROFILE_STORE
from engine.model.fields import SCALAR_LISTS, object_type


class UpdateProfileForm(ActionForm):
    """A field of the profile and its new value."""

    def build_own(self) -> None:
        self._field = Choice()
        self._types = self._offered()
        self._field.offer([(path, path) for path in self._types])
        self._field.chosen.connect(lambda _: self._chosen())
        self.add("field", tr("Field of the profile"), self._field, required=True)
        self._value = self.add_mapper("value", tr("New value"))

    def _offered(self) -> dict[str, Type]:
        source = self.context.definitions.data_source.get(PROFILE_STORE)
        groups = source.field_groups if source else ()
        profile = [group for group in groups if group.source_schema != "experience_event"]
        return {path: kind for group in profile for path, kind in _paths(group.name, object_type(group.fields))}

    def _chosen(self) -> None:
        self._ask(self._value.values().get("value", ""))
        self.changed.emit()

    def _ask(self, value: str) -> None:
        expected = self._types.get(str(self._field.key()))
        self._value.ask([("value", tr("An expression of the field's type"), expected, True)], {"value": value})

    def fill_own(self, activity: Any) -> None:
        self._field.choose(activity.field)
        self._ask(activity.value)

    def own_settings(self) -> dict[str, Any]:
        return {"field": self._field.key(), "value": self._value.values().get("value", "")}


def _paths(prefix: str, of: ObjectType) -> list[tuple[str, Type]]:
    found: list[tuple[str, Type]] = []
    for name, kind in of.fields.items():
        here = f"{prefix}.{name}"
        if isinstance(kind, ObjectType):
            found.extend(_paths(here, kind))
        elif not isinstance(kind, ListType) or str(kind) in SCALAR_LISTS:
            found.append((here, kind))
    return found


VIEW = ActivityView(
    key="update_profile",
    title=mark("Update profile"),
    icon="user-circle-gear",
    form=UpdateProfileForm,
    summary=lambda activity: activity.field or "",
)
