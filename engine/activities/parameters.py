"""Parameters of actions: expressions that are computed together before something is done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engine.core.program import Formula
from engine.core.step_context import Need, StepContext
from engine.expression.values import value_to_json
from engine.model.base import Expression, Model


class CollectionParameter(Model):
    """Fills a variable of type ``listObject``: ``items`` computes a list of objects, ``fields`` map names to theirs."""

    items: Expression = ""
    fields: Mapping[str, str] = {}


ParameterValue = Expression | CollectionParameter


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value to be computed: ``name`` says where it goes, ``fields`` map the items of a collection."""

    name: str
    formula: Formula
    fields: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def to_json(self, value: object) -> object:
        """Return the JSON of the formula's value."""
        if value is None:
            return None
        if not self.fields:
            return value_to_json(value, self.formula.type)
        assert isinstance(value, Iterable)
        return [{name: _pick(item, path) for name, path in self.fields} for item in value]


def _pick(item: object, path: tuple[str, ...]) -> object:
    for part in path:
        item = item.get(part) if isinstance(item, Mapping) else None
    return item


class Parameters:
    """All values that an activity computes, in order: the constants in their places, the others with their index."""

    __slots__ = ("_computed", "_constants", "names")

    def __init__(self, parameters: Iterable[Parameter]) -> None:
        listed = tuple(parameters)
        self.names = tuple(parameter.name for parameter in listed)
        self._constants = [parameter.formula.value for parameter in listed]
        self._computed = [(at, parameter) for at, parameter in enumerate(listed) if not parameter.formula.constant]

    def compute(self, context: StepContext) -> list[object] | None:
        """Return the values as JSON; None when data are fetched first, all that are needed together."""
        values = self._constants.copy()
        needs: list[Need] = []
        for at, parameter in self._computed:
            value = context.evaluate(parameter.formula, needs)
            values[at] = value if type(value) is str else parameter.to_json(value)
        if needs:
            context.instance.draws = context.step.draws
            context.fetch(needs)
            return None
        return values
