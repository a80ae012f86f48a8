"""Identity of values: dateTimes by instant, objects by content. Reading them takes steps."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import datetime

from engine.expression import dates
from engine.expression.context import Context
from engine.expression.types import DATE_TIME, NULL, STRING, ListType, MapType, ObjectType, Type
from engine.expression.values import coercion, leaf_price

Identity = Callable[[Context, object], Hashable]
INSTANT_PRICE, _OBJECT_PRICE, _FIELD_PRICE = 1, 3, 1


def field_type(item: Type, key: str) -> Type | None:
    """Return the type of a field of a list's objects, or None when there is no such field."""
    if isinstance(item, ObjectType):
        return item.fields.get(key)
    return item.value if isinstance(item, MapType) else NULL


def identity_of(item: Type) -> Identity:
    """Return a function whose results are equal when values of the type are.

    It may raise ``UnplacedError``, and pays for the items of lists and maps, and for what it must read of objects.
    """
    if item == DATE_TIME:
        return lambda _context, value: dates.instant(value) if isinstance(value, datetime) else None
    if isinstance(item, ObjectType):
        return _object_identity(item)
    if isinstance(item, MapType):
        return _map_identity(item)
    if isinstance(item, ListType):
        return _list_identity(item)
    return lambda _context, value: value


def identity_price(item: Type) -> int:
    """How many steps it takes to identify a value of the type: objects are read leaf by leaf."""
    if isinstance(item, ObjectType):
        return _OBJECT_PRICE + sum(_FIELD_PRICE + leaf_price(of) + identity_price(of) for of in item.fields.values())
    return 1 + (INSTANT_PRICE if item == DATE_TIME else 0)


def typed_identity(of: Type) -> Identity:
    """Return the identity of a value that is still JSON."""
    coerce, identity = coercion(of), identity_of(of)

    def identify(context: Context, value: object) -> Hashable:
        if isinstance(value, list | tuple):
            context.spend(len(value))
        read = coerce(value)
        return None if read is None else identity(context, read)

    return identify


def _object_identity(item: ObjectType) -> Identity:
    known = {name: typed_identity(of) for name, of in item.fields.items()}

    def identify(context: Context, value: object) -> Hashable:
        assert isinstance(value, Mapping)
        rest = {name: one for name, one in value.items() if name not in known and one is not None}
        context.spend(len(value))
        spare = json.dumps(rest, sort_keys=True, default=str) if rest else ""
        context.spend(len(spare) >> 3)
        return (*[one(context, value.get(name)) for name, one in known.items()], spare)

    return identify


def _map_identity(item: MapType) -> Identity:
    identify_value, price = typed_identity(item.value), _FIELD_PRICE + identity_price(item.value)

    def identify(context: Context, value: object) -> Hashable:
        assert isinstance(value, Mapping)
        context.spend(len(value) * price)
        return frozenset((name, identify_value(context, one)) for name, one in value.items())

    return identify


def _list_identity(item: ListType) -> Identity:
    identify_item, price = identity_of(item.item), identity_price(item.item)

    def identify(context: Context, value: object) -> Hashable:
        assert isinstance(value, list | tuple)
        context.spend(len(value) * price)
        return tuple(None if one is None else identify_item(context, one) for one in value)

    return identify


def read_texts(context: Context, items: Iterable[object], of: Type) -> None:
    """Pay for reading the long ones of texts."""
    if of == STRING:
        texts = [item for item in items if isinstance(item, str)]
        if max(map(len, texts), default=0) > 63:
            context.spend(sum(len(text) >> 6 for text in texts))
