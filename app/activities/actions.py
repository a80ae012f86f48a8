"""The views and forms of actions that send no message: custom actions, profile updates and jumps."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.activities.activity_form import ActionForm
from app.activities.expression_mapper import type_of
from app.activity_views import ActivityView
from app.translation import mark, tr
from app.widgets.controls import Button, column_of, emptied, label, wrapped
from app.widgets.texts import show_text
from engine.activities.custom_action import ActionCallBase
from engine.activities.jump import JumpActivity
from engine.activities.parameters import ParameterValue
from engine.activities.update_profile import UpdateProfileActivity
from engine.expression.types import STRING, ListType, ObjectType, Type
from engine.json_types import JsonDict
from engine.model.action import BodyList, BodyNode, BodyObject, Constant, CustomAction, Variable
from engine.model.definitions import PROFILE_STORE
from engine.model.fields import SCALAR_LISTS, object_type


class FixedParts(QWidget):
    """A link that unfolds address, method and constants, all read-only."""

    def __init__(self) -> None:
        super().__init__()
        column = column_of(self, 8)
        self.link = Button(tr("Show fixed values"), kind="link")
        self.link.setCheckable(True)
        self.link.toggled.connect(self._unfold)
        column.addWidget(self.link)
        self.well = QFrame()
        self.well.setProperty("role", "well")
        self._rows = QVBoxLayout(self.well)
        self._rows.setContentsMargins(12, 10, 12, 10)
        self._rows.setSpacing(4)
        column.addWidget(self.well)
        self.well.setVisible(False)

    def _unfold(self, on: bool) -> None:
        self.well.setVisible(on)
        show_text(self.link.setText, tr("Hide fixed values") if on else tr("Show fixed values"))

    def show_action(self, action: CustomAction) -> None:
        """Show the fixed parts of this action."""
        emptied(self._rows)
        lines = [(tr("Address"), f"{action.method} {action.url}")]
        lines += [(one.name, str(one.value)) for one in (*action.headers, *action.query) if not one.variable]
        lines += list(_constants(action.body))
        for name, value in lines:
            self._rows.addWidget(label(name, "caption"))
            shown = wrapped(value, "code")
            shown.setAccessibleName(f"{name}: {value}")
            self._rows.addWidget(shown)


def _constants(node: BodyNode | None, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, Constant):
        yield path or tr("Body"), json.dumps(node.value, ensure_ascii=False)
    elif isinstance(node, BodyObject):
        for name, child in node.children.items():
            yield from _constants(child, f"{path}.{name}" if path else name)
    elif isinstance(node, BodyList):
        for index, item in enumerate(node.items):
            yield from _constants(item, f"{path}[{index}]")


class CustomActionForm(ActionForm[ActionCallBase]):
    """Expressions for the variables of an action; its fixed parts can be unfolded."""

    def build_own(self) -> None:
        self._path = self.add_expression("url_path", tr("Rest of the address"), STRING, required=False)
        self._headers = self.add_mapper("headers", tr("Headers"))
        self._query = self.add_mapper("query", tr("Query parameters"))
        self._parameters = self.add_mapper("parameters", tr("Values sent"))
        self._fixed = FixedParts()
        self.column.addWidget(self._fixed)

    def fill_own(self, activity: ActionCallBase) -> None:
        action = self.context.definitions.action.get(activity.action or "")
        self.fields["url_path"].setVisible(action is not None and action.dynamic_path)
        self._path.set_text(activity.url_path)
        calls = {"headers": action.headers, "query": action.query} if action else {"headers": (), "query": ()}
        for setting, mapper in (("headers", self._headers), ("query", self._query)):
            wanted = [(p.variable, p.label or p.variable, STRING, True) for p in calls[setting] if p.variable]
            mapper.ask(wanted, getattr(activity, setting))
            self.unfold(setting, bool(wanted))
        self._ask_body(action.variables if action else (), activity.parameters)
        self._fixed.setVisible(action is not None)
        if action is not None:
            self._fixed.show_action(action)

    def _ask_body(self, variables: Sequence[Variable], given: Mapping[str, ParameterValue]) -> None:
        plain = [variable for variable in variables if variable.kind != "listObject"]
        values = {name: value for name, value in given.items() if isinstance(value, str)}
        self._parameters.ask([(v.name, v.label or v.name, type_of(v), True) for v in plain], values)
        for variable in variables:
            if variable.kind == "listObject":
                self._parameters.ask_collection(variable, given.get(variable.name))
        self.unfold("parameters", bool(variables))

    def own_settings(self) -> JsonDict:
        return {
            "url_path": self._path.text() if self.fields["url_path"].isVisibleTo(self) else "",
            "headers": self._headers.values(),
            "query": self._query.values(),
            "parameters": {**self._parameters.values(), **self._parameters.collections()},
        }


class UpdateProfileForm(ActionForm[UpdateProfileActivity]):
    """A field of the profile and its new value."""

    def build_own(self) -> None:
        self._types = self._offered()
        names = [(path, path) for path in self._types]
        self._field = self.add_choice("field", tr("Field of the profile"), names, chosen=self._chosen)
        self._value = self.add_mapper("value", tr("New value"))

    def _offered(self) -> dict[str, Type]:
        source = self.context.definitions.data_source.get(PROFILE_STORE)
        groups = source.field_groups if source else ()
        profile = [group for group in groups if group.source_schema != "experience_event"]
        return {path: kind for group in profile for path, kind in _paths(group.name, object_type(group.fields))}

    def _chosen(self) -> None:
        self._ask(self._value.values().get("value", ""))

    def _ask(self, value: str) -> None:
        expected = self._types.get(str(self._field.key()))
        self._value.ask([("value", tr("An expression of the field's type"), expected, True)], {"value": value})

    def fill_own(self, activity: UpdateProfileActivity) -> None:
        self._field.choose(activity.field)
        self._ask(activity.value)

    def own_settings(self) -> JsonDict:
        return {"field": self._field.key(), "value": self._value.values().get("value", "")}


def _paths(prefix: str, of: ObjectType) -> Iterator[tuple[str, Type]]:
    for name, kind in of.fields.items():
        here = f"{prefix}.{name}"
        if isinstance(kind, ObjectType):
            yield from _paths(here, kind)
        elif not isinstance(kind, ListType) or str(kind) in SCALAR_LISTS:
            yield here, kind


class JumpForm(ActionForm[JumpActivity]):
    """The target journey and the values of its entry event."""

    def build_own(self) -> None:
        names = [(name, name) for name in self.context.journeys]
        self._journey = self.add_choice("journey", tr("Journey"), names, chosen=self._chosen)
        self._parameters = self.add_mapper("parameters", tr("Values for its entry event"))

    def _chosen(self) -> None:
        self._ask(self._parameters.values())

    def _ask(self, values: Mapping[str, str]) -> None:
        entry = self.context.journeys.get(str(self._journey.key()), "")
        event = self.context.definitions.event.get(entry)
        wanted = [(field.name, field.name, field.type, field.required) for field in (event.fields if event else ())]
        self._parameters.ask(wanted, values)
        self.unfold("parameters", bool(wanted))

    def fill_own(self, activity: JumpActivity) -> None:
        self._journey.choose(activity.journey)
        self._ask(activity.parameters)

    def own_settings(self) -> JsonDict:
        return {"journey": self._journey.key(), "parameters": self._parameters.values()}


CUSTOM_ACTION = ActivityView(
    key="action",
    title=mark("Action"),
    icon="paper-plane-tilt",
    form=CustomActionForm,
    palette_items=lambda definitions: ({"action": action.name} for action in definitions.actions),
)
UPDATE_PROFILE = ActivityView(
    key="update_profile",
    title=mark("Update profile"),
    icon="user-circle-gear",
    form=UpdateProfileForm,
    summary=lambda activity: activity.field or "",
)
JUMP = ActivityView(
    key="jump",
    title=mark("Jump"),
    icon="arrow-bend-double-up-right",
    form=JumpForm,
    summary=lambda activity: activity.journey or "",
)
