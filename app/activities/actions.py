"""Forms of what acts: custom actions, profile updates and jumps; messages have a file of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.activities.activity_form import ActivityForm
from app.activities.expression_mapper import ExpressionMapper, type_of
from app.activities.fixed_parts import FixedParts
from app.expression import ExpressionField
from app.translation import tr
from app.widgets.controls import Choice, Toggle, text
from engine.expression.types import STRING, ListType, ObjectType, Type
from engine.model.action import Variable
from engine.model.data_source import PROFILE_STORE
from engine.model.fields import SCALAR_LISTS, object_type


def below(faults: Mapping[str, str], setting: str) -> dict[str, str]:
    """The faults of the entries of one setting, by the entry's name: ``parameters.Token`` becomes ``Token``."""
    prefix = f"{setting}."
    return {path.removeprefix(prefix).split(".")[0]: said for path, said in faults.items() if path.startswith(prefix)}


class ActionForm(ActivityForm):
    """What all actions share: a part of their own and a path for errors."""

    def build(self) -> None:
        self.build_own()
        self._error = Toggle(self.look, tr("Path for timeout or error"))
        self._error.toggled.connect(lambda _: self.changed.emit())
        self.column.addWidget(self._error)

    def build_own(self) -> None:
        """Make the inputs of this kind of action."""

    def add_mapper(self, setting: str, words: str) -> ExpressionMapper:
        """A group of expressions under a heading."""
        made = ExpressionMapper(self.context.scope)
        made.changed.connect(self.changed)
        heading = text(words, "strong")
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
        """The settings of this kind of action."""
        return {}


class CustomActionForm(ActionForm):
    """The variables that the technical user left open; what is fixed is shown when asked for."""

    def build_own(self) -> None:
        self._path = ExpressionField("", self.context.scope, STRING)
        self._path.changed.connect(self.changed)
        self.add("url_path", tr("Rest of the address"), self._path)
        self._headers = self.add_mapper("headers", tr("Headers"))
        self._query = self.add_mapper("query", tr("Query parameters"))
        self._parameters = self.add_mapper("parameters", tr("What is sent"))
        self._fixed = FixedParts(self.look)
        self.column.addWidget(self._fixed)

    def fill_own(self, activity: Any) -> None:
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

    def _ask_body(self, variables: Sequence[Variable], given: Mapping[str, Any]) -> None:
        plain = [variable for variable in variables if variable.kind != "listObject"]
        values = {name: value for name, value in given.items() if isinstance(value, str)}
        self._parameters.ask([(v.name, v.label or v.name, type_of(v), True) for v in plain], values)
        for variable in variables:
            if variable.kind == "listObject":
                self._parameters.ask_collection(variable, given.get(variable.name))
        self.unfold("parameters", bool(variables))

    def own_settings(self) -> dict[str, Any]:
        return {
            "url_path": self._path.text() if self.fields["url_path"].isVisibleTo(self) else "",
            "headers": self._headers.values(),
            "query": self._query.values(),
            "parameters": {**self._parameters.values(), **self._parameters.collections()},
        }

    def show_faults(self, faults: Mapping[str, str]) -> None:
        super().show_faults(faults)
        for setting, mapper in (
            ("headers", self._headers),
            ("query", self._query),
            ("parameters", self._parameters),
        ):
            mapper.show_faults(below(faults, setting))


class UpdateProfileForm(ActionForm):
    """Which field of the profile is set, and to what."""

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


class JumpForm(ActionForm):
    """Which journey goes on with the person, and what its entry event is told."""

    def build_own(self) -> None:
        self._journey = Choice()
        self._journey.offer([(name, name) for name in self.context.journeys])
        self._journey.chosen.connect(lambda _: self._chosen())
        self.add("journey", tr("Journey"), self._journey, required=True)
        self._parameters = self.add_mapper("parameters", tr("What its entry event is told"))

    def _chosen(self) -> None:
        self._ask(self._parameters.values())
        self.changed.emit()

    def _ask(self, values: Mapping[str, str]) -> None:
        entry = self.context.journeys.get(str(self._journey.key()), "")
        event = self.context.definitions.event.get(entry)
        fields = event.fields if event else ()
        wanted = [(f.name, f.name, f.type, f.required) for f in fields]
        self._parameters.ask(wanted, values)
        self.unfold("parameters", bool(wanted))

    def fill_own(self, activity: Any) -> None:
        self._journey.choose(activity.journey)
        self._ask(activity.parameters)

    def own_settings(self) -> dict[str, Any]:
        return {"journey": self._journey.key(), "parameters": self._parameters.values()}
