"""An expression for each of some names, and for collections what fills the fields of their items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from app.expression import ExpressionField
from app.translation import tr
from app.widgets.controls import Choice, FormField, column_of, emptied, label
from app.widgets.texts import show_text
from engine.activities.parameters import CollectionParameter
from engine.expression import check
from engine.expression.types import ListType, ObjectType, Scope, Type
from engine.model.action import Variable
from engine.model.fields import Field


def type_of(variable: Variable) -> Type:
    """Return the type of the expression that fills a variable."""
    return Field(variable.name, variable.kind, variable.fields).type


class CollectionInput(QWidget):
    """A list of objects: the expression that gives it, and which of its fields fills which of the call's."""

    changed = Signal()

    def __init__(self, variable: Variable, scope: Scope) -> None:
        super().__init__()
        self._variable, self._scope = variable, scope
        self._kept: Mapping[str, str] = {}
        column = column_of(self, 8)
        self.items = ExpressionField("", scope, None)
        self.items.setObjectName(f"parameter-{variable.name}")
        self.items.setAccessibleName(variable.label or variable.name)
        self.items.changed.connect(lambda _: self._retyped())
        column.addWidget(self.items)
        self._told = label(tr("Fields of each list item"), "hint")
        column.addWidget(self._told)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        self.sources: dict[str, Choice] = {}
        for row, field in enumerate(variable.fields):
            choice = Choice()
            show_text(choice.setAccessibleName, tr("Value of {field}", field=field.name))
            choice.chosen.connect(lambda _: self.changed.emit())
            grid.addWidget(label(field.label or field.name), row, 0)
            grid.addWidget(choice, row, 1)
            self.sources[field.name] = choice
        column.addLayout(grid)
        self.setFocusProxy(self.items)

    def show_value(self, value: CollectionParameter | str | None) -> None:
        """Show what fills the collection; this is no change."""
        if isinstance(value, CollectionParameter):
            self._kept = dict(value.fields)
            self.items.set_text(value.items)
        else:
            self._kept = {}
            self.items.set_text(value or "")
        self._offer()

    def value(self) -> CollectionParameter | None:
        """Return the list and field mapping of the collection; None while no list is set."""
        if not self.items.text().strip():
            return None
        return CollectionParameter(items=self.items.text(), fields=self._chosen())

    def _chosen(self) -> dict[str, str]:
        return {name: str(choice.key()) for name, choice in self.sources.items() if choice.key()}

    def _retyped(self) -> None:
        self._kept = self._chosen()
        self._offer()
        self.changed.emit()

    def _offer(self) -> None:
        found = check(self.items.text(), self._scope).type if self.items.text().strip() else None
        item = found.item if isinstance(found, ListType) else None
        names = list(item.fields) if isinstance(item, ObjectType) else []
        for name, choice in self.sources.items():
            wanted = self._kept.get(name) or (name if name in names else "")
            offered = names if not wanted or wanted in names else [wanted, *names]
            choice.offer([("", tr("Nothing")), *((one, one) for one in offered)])
            choice.choose(wanted)


class ExpressionMapper(QWidget):
    """An expression for each of some names: what fills the variables of a call or the fields of an event."""

    changed = Signal()

    def __init__(self, scope: Scope) -> None:
        super().__init__()
        self._scope = scope
        self._inputs: dict[str, ExpressionField] = {}
        self._collections: dict[str, CollectionInput] = {}
        self._rows: dict[str, FormField] = {}
        self._column = column_of(self, 12)

    def ask(self, wanted: Sequence[tuple[str, str, Type | None, bool]], values: Mapping[str, str]) -> None:
        """Ask for an expression for each (name, words, type, required), showing what is there already."""
        emptied(self._column)
        self._inputs, self._collections, self._rows = {}, {}, {}
        for name, words, expected, required in wanted:
            made = ExpressionField(values.get(name, ""), self._scope, expected)
            made.setObjectName(f"parameter-{name}")
            made.changed.connect(lambda _: self.changed.emit())
            self._inputs[name] = made
            self._place(name, words, made, required)
        self.setVisible(bool(wanted))

    def ask_collection(self, variable: Variable, value: CollectionParameter | str | None) -> None:
        """Ask for a list of objects too."""
        made = CollectionInput(variable, self._scope)
        made.show_value(value)
        made.changed.connect(self.changed)
        self._collections[variable.name] = made
        self._place(variable.name, variable.label or variable.name, made, True)
        self.setVisible(True)

    def _place(self, name: str, words: str, made: QWidget, required: bool) -> None:
        self._rows[name] = FormField(words, made, required=required)
        self._column.addWidget(self._rows[name])

    def values(self) -> dict[str, str]:
        """Return the expressions that were written, by name."""
        return {name: made.text() for name, made in self._inputs.items() if made.text().strip()}

    def collections(self) -> dict[str, CollectionParameter]:
        """Return the lists of objects that were given, by name."""
        given = {name: made.value() for name, made in self._collections.items()}
        return {name: value for name, value in given.items() if value is not None}

    def show_faults(self, faults: Mapping[str, str]) -> None:
        """Say what is wrong with single expressions: name to sentence."""
        for name, row in self._rows.items():
            row.show_fault(faults.get(name, ""))
