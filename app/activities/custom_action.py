"""The view and form of a custom action."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.activities.action_form import ActionForm, entry_faults
from app.activities.expression_mapper import type_of
from app.activity_views import ActivityView
from app.expression import ExpressionField
from app.translation import mark, tr
from app.widgets.controls import Button, emptied, label, wrapped
from app.widgets.texts import show_text
from engine.expression.types import STRING
from engine.model.action import BodyNode, BodyObject, Constant, CustomAction, Variable


class FixedParts(QWidget):
    """A link that unfolds address, method and constants, all read-only."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.link = Button(tr("Show what is fixed"), kind="link")
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
        show_text(self.link.setText, tr("Hide what is fixed") if on else tr("Show what is fixed"))

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


class CustomActionForm(ActionForm):
    """Expressions for the variables of an action; its fixed parts can be unfolded."""

    def build_own(self) -> None:
        self._path = ExpressionField("", self.context.scope, STRING)
        self._path.changed.connect(self.changed)
        self.add("url_path", tr("Rest of the address"), self._path)
        self._headers = self.add_mapper("headers", tr("Headers"))
        self._query = self.add_mapper("query", tr("Query parameters"))
        self._parameters = self.add_mapper("parameters", tr("What is sent"))
        self._fixed = FixedParts()
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
            mapper.show_faults(entry_faults(faults, setting))


VIEW = ActivityView(
    key="action",
    title=mark("Action"),
    icon="paper-plane-tilt",
    form=CustomActionForm,
    palette_items=lambda definitions: ({"action": action.name} for action in definitions.actions),
)
