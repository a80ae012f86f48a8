"""Forms of what acts: custom actions, messages, profile updates and jumps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.expression import ExpressionField
from app.forms.controls import Choice, FormField, Toggle, emptied, text
from app.panels.settings.form import ActivityForm
from app.translation import tr
from engine.expression.types import STRING, ListType, ObjectType, Type
from engine.model.action import Variable
from engine.model.activities import CollectionParameter
from engine.model.data_source import PROFILE_STORE
from engine.model.fields import SCALAR_LISTS, Field, object_type


def type_of(variable: Variable) -> Type:
    """What an expression must give to fill a variable."""
    return Field(variable.name, variable.kind, variable.fields).type


class Mapper(QWidget):
    """An expression for each of some names: what fills the variables of a call or the fields of an event."""

    def __init__(self, form: ActivityForm) -> None:
        super().__init__()
        self._form = form
        self._inputs: dict[str, ExpressionField] = {}
        self._rows: dict[str, FormField] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(12)

    def ask(self, wanted: Sequence[tuple[str, str, Type | None, bool]], values: Mapping[str, str]) -> None:
        """Ask for an expression for each (name, words, type, required), showing what is there already."""
        emptied(self._column)
        self._inputs, self._rows = {}, {}
        for name, words, expected, required in wanted:
            made = ExpressionField(values.get(name, ""), self._form.around.scope, expected)
            made.setObjectName(f"parameter-{name}")
            made.changed.connect(self._form.changed)
            row = FormField(words, made, required=required)
            self._inputs[name], self._rows[name] = made, row
            self._column.addWidget(row)
        self.setVisible(bool(wanted))

    def values(self) -> dict[str, str]:
        """The expressions that were written, by name."""
        return {name: made.text() for name, made in self._inputs.items() if made.text().strip()}

    def show_faults(self, faults: Mapping[str, str]) -> None:
        """Say what is wrong with single expressions: name to sentence."""
        for name, row in self._rows.items():
            row.show_fault(faults.get(name, ""))


class ActingForm(ActivityForm):
    """What all actions share: a part of their own and a path for errors."""

    def build(self) -> None:
        self.build_own()
        self._error = Toggle(self.look, tr("Path for timeout or error"))
        self._error.toggled.connect(lambda _: self.changed.emit())
        self.column.addWidget(self._error)

    def build_own(self) -> None:
        """Make the inputs of this kind of action."""

    def add_mapper(self, setting: str, words: str) -> Mapper:
        """A group of expressions under a heading."""
        made = Mapper(self)
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


class CustomActionForm(ActingForm):
    """The variables that the technical user left open."""

    def build_own(self) -> None:
        self._path = ExpressionField("", self.around.scope, STRING)
        self._path.changed.connect(self.changed)
        self.add("url_path", tr("Rest of the address"), self._path)
        self._headers = self.add_mapper("headers", tr("Headers"))
        self._query = self.add_mapper("query", tr("Query parameters"))
        self._parameters = self.add_mapper("parameters", tr("What is sent"))

    def fill_own(self, activity: Any) -> None:
        action = self.around.definitions.action.get(activity.action or "")
        self.fields["url_path"].setVisible(action is not None and action.dynamic_path)
        self._path.set_text(activity.url_path)
        calls = {"headers": action.headers, "query": action.query} if action else {"headers": (), "query": ()}
        for setting, mapper in (("headers", self._headers), ("query", self._query)):
            wanted = [(p.variable, p.label or p.variable, STRING, True) for p in calls[setting] if p.variable]
            mapper.ask(wanted, getattr(activity, setting))
            self.unfold(setting, bool(wanted))
        self._collections = {v.name: v for v in action.variables if v.kind == "listObject"} if action else {}
        variables = action.variables if action else ()
        values = {name: v.items if isinstance(v, CollectionParameter) else v for name, v in activity.parameters.items()}
        wanted_variables = [(v.name, v.label or v.name, type_of(v), True) for v in variables]
        self._parameters.ask(wanted_variables, values)
        self.unfold("parameters", bool(wanted_variables))
        self._kept = dict(activity.parameters)

    def own_settings(self) -> dict[str, Any]:
        parameters: dict[str, Any] = {}
        for name, value in self._parameters.values().items():
            before = self._kept.get(name)
            names = dict(before.fields) if isinstance(before, CollectionParameter) else {}
            collection = self._collections.get(name)
            parameters[name] = (
                CollectionParameter(items=value, fields=names or {f.name: f.name for f in collection.fields})
                if collection
                else value
            )
        return {
            "url_path": self._path.text() if self.fields["url_path"].isVisibleTo(self) else "",
            "headers": self._headers.values(),
            "query": self._query.values(),
            "parameters": parameters,
        }

    def show_faults(self, faults: Mapping[str, str]) -> None:
        super().show_faults(faults)
        self._parameters.show_faults({path.partition(".")[2]: said for path, said in faults.items()})


class MessageForm(ActingForm):
    """The template, where the message goes, and what fills the template's variables."""

    channel = ""

    def build_own(self) -> None:
        self._template = Choice()
        templates = [t for t in self.around.definitions.templates if t.channel == self.channel]
        self._template.offer([(template.name, template.name) for template in templates])
        self._template.chosen.connect(lambda _: self._chosen())
        self.add("template", tr("Template"), self._template, required=True)
        self._address = ExpressionField("", self.around.scope, STRING)
        self._address.setObjectName("address")
        self._address.changed.connect(self.changed)
        self.add("address", tr("Where it goes"), self._address, required=True)
        self._parameters = self.add_mapper("parameters", tr("What fills the message"))

    def _chosen(self) -> None:
        self._ask({**self._parameters.values()})
        self.changed.emit()

    def _ask(self, values: Mapping[str, str]) -> None:
        template = self.around.definitions.template.get(str(self._template.key() or ""))
        variables = template.variables if template else ()
        self._parameters.ask([(v.name, v.label or v.name, v.type, True) for v in variables], values)
        self.unfold("parameters", bool(variables))

    def fill_own(self, activity: Any) -> None:
        self._template.choose(activity.template)
        self._address.set_text(activity.address)
        self._ask(activity.parameters)

    def own_settings(self) -> dict[str, Any]:
        return {
            "template": self._template.key(),
            "address": self._address.text(),
            "parameters": self._parameters.values(),
        }

    def show_faults(self, faults: Mapping[str, str]) -> None:
        super().show_faults(faults)
        self._parameters.show_faults({path.partition(".")[2]: said for path, said in faults.items()})


class EmailForm(MessageForm):
    channel = "email"


class SmsForm(MessageForm):
    channel = "sms"


class PushForm(MessageForm):
    channel = "push"


class UpdateProfileForm(ActingForm):
    """Which field of the profile is set, and to what."""

    def build_own(self) -> None:
        self._field = Choice()
        self._types = self._offered()
        self._field.offer([(path, path) for path in self._types])
        self._field.chosen.connect(lambda _: self._chosen())
        self.add("field", tr("Field of the profile"), self._field, required=True)
        self._value = self.add_mapper("value", tr("New value"))

    def _offered(self) -> dict[str, Type]:
        source = self.around.definitions.data_source.get(PROFILE_STORE)
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


class JumpForm(ActingForm):
    """Which journey goes on with the person, and what its entry event is told."""

    def build_own(self) -> None:
        self._journey = Choice()
        self._journey.offer([(name, name) for name in self.around.journeys])
        self._journey.chosen.connect(lambda _: self._chosen())
        self.add("journey", tr("Journey"), self._journey, required=True)
        self._parameters = self.add_mapper("parameters", tr("What its entry event is told"))

    def _chosen(self) -> None:
        self._ask(self._parameters.values())
        self.changed.emit()

    def _ask(self, values: Mapping[str, str]) -> None:
        entry = self.around.journeys.get(str(self._journey.key()), "")
        event = self.around.definitions.event.get(entry)
        fields = event.fields if event else ()
        wanted = [(f.name, f.name, f.type, f.required) for f in fields]
        self._parameters.ask(wanted, values)
        self.unfold("parameters", bool(wanted))

    def fill_own(self, activity: Any) -> None:
        self._journey.choose(activity.journey)
        self._ask(activity.parameters)

    def own_settings(self) -> dict[str, Any]:
        return {"journey": self._journey.key(), "parameters": self._parameters.values()}
