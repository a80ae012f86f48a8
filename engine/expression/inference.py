"""Types inferred from JSON examples ("paste JSON"): the type accepts every example it was inferred from.

All values at one place decide together: the items of a list, and a field in all objects of a list. Where no type takes
all of them (mixed kinds, lists in lists, numbers beyond decimals) the field is left out, and a note says so; an event
with further fields is accepted.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from engine.catalogue import Phrase
from engine.expression.errors import UnplacedError
from engine.expression.tokens import MAX_INTEGER, MIN_INTEGER
from engine.expression.types import (
    BOOLEAN,
    DATE_ONLY,
    DATE_TIME,
    DATE_TIME_ONLY,
    DECIMAL,
    DURATION,
    INTEGER,
    NULL,
    STRING,
    ListType,
    ObjectType,
    Type,
)
from engine.expression.values import coercion

_MIXED, _NESTED, _NUMBER = "inference.mixed", "inference.nested", "inference.number"


def any_name(name: str) -> bool:
    """Take every name."""
    return True


@dataclass(slots=True)
class Inference:
    """Inference over one example; ``notes`` say what was left out, and why. ``allowed`` tells names of fields."""

    allowed: Callable[[str], bool] = any_name
    notes: list[Phrase] = field(default_factory=list)

    def type_of(self, values: Sequence[object], path: str = "") -> Type | None:
        """Return the type of all these values, the null type if all are null, None if no type takes all of them."""
        known = [value for value in values if value is not None]
        if not known:
            return NULL
        if all(isinstance(value, Mapping) for value in known):
            return self._object([value for value in known if isinstance(value, Mapping)], path)
        if all(isinstance(value, list | tuple) for value in known):
            return self._list([value for value in known if isinstance(value, list | tuple)], path)
        if all(isinstance(value, str) for value in known):
            return _text(known)
        if all(isinstance(value, bool) for value in known):
            return BOOLEAN
        if all(isinstance(value, int | float) and not isinstance(value, bool) for value in known):
            return self._number([value for value in known if isinstance(value, int | float)], path)
        return self._without(_MIXED, path)

    def _object(self, objects: Sequence[Mapping[object, object]], path: str) -> Type:
        fields: dict[str, Type] = {}
        for name in dict.fromkeys(name for one in objects for name in one):
            inner = f"{path}.{name}".removeprefix(".")
            if not self.allowed(str(name)):
                self._without("inference.name", inner)
                continue
            found = self.type_of([one[name] for one in objects if name in one], inner)
            if found is not None:
                fields[str(name)] = STRING if found == NULL else ListType(STRING) if found == ListType(NULL) else found
        return ObjectType(fields)

    def _list(self, lists: Sequence[Sequence[object]], path: str) -> Type | None:
        items = [item for one in lists for item in one]
        if any(isinstance(item, list | tuple) for item in items):
            return self._without(_NESTED, path)
        found = self.type_of(items, f"{path}[]")
        return None if found is None else ListType(found)

    def _number(self, numbers: Sequence[float], path: str) -> Type | None:
        if not all(_is_decimal(number) for number in numbers):
            return self._without(_NUMBER, path)
        if all(isinstance(number, int) and MIN_INTEGER <= number <= MAX_INTEGER for number in numbers):
            return INTEGER
        if any(isinstance(number, int) and not MIN_INTEGER <= number <= MAX_INTEGER for number in numbers):
            self.notes.append(Phrase("inference.large", {"path": path}))
        return DECIMAL

    def _without(self, reason: str, path: str) -> Type | None:
        self.notes.append(Phrase(reason, {"path": path}))
        return None


def _is_decimal(number: float) -> bool:
    try:
        return math.isfinite(float(number))
    except OverflowError:
        return False


def _text(texts: Sequence[object]) -> Type:
    """Return the type of texts: dates and durations by their form, durations in capitals: ``p1d`` is rather a code."""
    for one in (DATE_ONLY, DATE_TIME_ONLY, DATE_TIME, DURATION):
        if all(str(text).isupper() or one is not DURATION for text in texts) and _all_fit(one, texts):
            return one
    return STRING


def _all_fit(of: Type, texts: Sequence[object]) -> bool:
    coerce = coercion(of)
    try:
        return all(coerce(text) is not None for text in texts)
    except UnplacedError:
        return False
