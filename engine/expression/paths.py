"""Paths from a payload or an item, step by step, to a value: checking and reading.

The checker turns the steps of a reference into ``PathStep`` rows whose types are known; the compiler turns the rows
into functions on JSON. A leaf is coerced as soon as the path reaches scalars, since conditions and methods may follow.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from engine.expression.context import Context, Run
from engine.expression.errors import UnplacedError
from engine.expression.tokens import MAX_INTEGER, MIN_INTEGER
from engine.expression.types import INTEGER, STRING, ListType, MapType, ObjectType, Scalar, Type
from engine.expression.values import A_LIST, AS_THEY_ARE, Coerce, coercion, leaf_price, wrong_type

Move = Callable[[Context, object], object]


@dataclass(frozen=True, slots=True)
class PathStep:
    """One move along a path.

    ``kind``: ``get`` a field, ``map`` a field over a list, ``flatten`` (the same for a field that is a list), or the
    name of a method. ``type`` is that of the value after the step; ``argument`` the position in the method's node.
    """

    kind: str
    name: str
    type: Type
    has_argument: bool = False


def is_scalar(of: Type) -> bool:
    """Whether values of the type are coerced: scalars and lists of them."""
    return isinstance(of.item if isinstance(of, ListType) else of, Scalar)


def get_field(value: object, name: str) -> object:
    """Read a field of an object; null of null. Raises ``UnplacedError`` when the data hold no object."""
    if type(value) is dict:
        return value.get(name)
    if value is None:
        return None
    if isinstance(value, Mapping):
        return value.get(name)
    raise wrong_type(value, "object")


def _getter(name: str, of: Type, coerce: Coerce | None, price: int) -> Move:
    if coerce is None:
        return lambda _context, value: get_field(value, name)
    ready = AS_THEY_ARE.get(of, type(None))

    def get_leaf(context: Context, value: object) -> object:
        found = value.get(name) if type(value) is dict else get_field(value, name)
        if type(found) is ready:
            return found
        if isinstance(found, list):
            context.spend(len(found) * price)
        return coerce(found)

    return get_leaf


def as_list(value: object) -> list[object] | tuple[object, ...]:
    """Return the items of a list of the data. Raises ``UnplacedError`` when it is no list."""
    if type(value) is list or isinstance(value, (list, tuple)):
        return value
    raise wrong_type(value, A_LIST)


def _mapper(name: str, coerce: Coerce | None, price: int) -> Move:
    def over_items(context: Context, value: object) -> object:
        if value is None:
            return None
        items = as_list(value)
        context.spend(len(items) * price)
        found = [get_field(item, name) for item in items]
        return found if coerce is None else coerce(found)

    return over_items


def _flattener(name: str, coerce: Coerce | None, price: int) -> Move:
    """Map a field that is a list; a null list adds nothing."""

    def over_items(context: Context, value: object) -> object:
        if value is None:
            return None
        items = as_list(value)
        context.spend(len(items))
        found: list[object] = []
        for item in items:
            inner = get_field(item, name)
            if inner is not None:
                inner_items = as_list(inner)
                context.spend(len(inner_items) * price)
                found.extend(inner_items)
        return found if coerce is None else coerce(found)

    return over_items


def _filtering(condition: Run, cost: int) -> Callable[[Context, Iterable[object], bool], list[object]]:
    """Keep the items that meet a condition; only the first one when asked."""

    def meeting(context: Context, items: Iterable[object], only_first: bool) -> list[object]:
        outer, kept = context.item, []
        for item in items:
            context.spend(cost)
            context.item = item
            if condition(context) is True:
                kept.append(item)
                if only_first:
                    break
        context.item = outer
        return kept

    return meeting


def _all(condition: Run | None, cost: int) -> Move:
    if condition is None:
        return lambda _context, value: value
    meeting = _filtering(condition, cost)
    return lambda context, value: None if value is None else meeting(context, as_list(value), False)


def _first(condition: Run | None, cost: int) -> Move:
    if condition is None:
        return lambda _context, value: (as_list(value) or (None,))[0] if value is not None else None
    meeting = _filtering(condition, cost)
    return lambda context, value: (meeting(context, as_list(value), True) or (None,))[0] if value is not None else None


def _last(condition: Run | None, cost: int) -> Move:
    """Find the last item from the end, which visits no more items than needed."""
    if condition is None:
        return lambda _context, value: (as_list(value) or (None,))[-1] if value is not None else None
    meeting = _filtering(condition, cost)

    def from_the_end(context: Context, value: object) -> object:
        if value is None:
            return None
        return (meeting(context, reversed(as_list(value)), True) or (None,))[0]

    return from_the_end


def _at(index: Run) -> Move:
    def item_at(context: Context, value: object) -> object:
        at = index(context)
        if value is None or at is None:
            return None
        items = as_list(value)
        assert isinstance(at, int)
        return items[at] if 0 <= at < len(items) else None

    return item_at


def _keys(context: Context, value: object) -> object:
    keys = _entries(value)
    if keys is not None:
        context.spend(len(keys))
    return None if keys is None else list(keys)


def _first_key(_context: Context, value: object) -> object:
    return next(iter(_entries(value) or ()), None)


def _entries(value: object) -> Mapping[str, object] | None:
    """Read a map of the data, or null. Raises ``UnplacedError`` when it is none."""
    if value is None or isinstance(value, Mapping):
        return value
    raise wrong_type(value, "object")


_MAP_METHODS: Mapping[str, Type | None] = {"entry": None, "keys": ListType(STRING), "firstEntryKey": STRING}
_CHOOSERS: Mapping[str, Callable[[Run | None, int], Move]] = {"all": _all, "first": _first, "last": _last}


def move(step: PathStep, argument: Run | None, cost: int) -> Move:
    """Return the function of one step; ``argument`` is the method's compiled argument, ``cost`` the steps it takes."""
    coerce, price = (coercion(step.type) if is_scalar(step.type) else None), leaf_price(step.type)
    if step.kind == "get" or step.kind == "entry":
        return _getter(step.name, step.type, coerce, price)
    if step.kind == "map":
        return _mapper(step.name, coerce, price)
    if step.kind == "flatten":
        return _flattener(step.name, coerce, price)
    if step.kind == "at":
        assert argument is not None
        return _at(argument)
    if step.kind == "keys":
        return _keys
    if step.kind == "firstEntryKey":
        return _first_key
    return _CHOOSERS[step.kind](argument, cost)


def field_step(of: Type, name: str) -> PathStep | None:
    """Return the step to a field of an object, or of the objects in a list; None when there is no such field."""
    if isinstance(of, ObjectType):
        found = of.fields.get(name)
        return None if found is None else PathStep("get", name, found)
    if isinstance(of, ListType) and isinstance(of.item, ObjectType):
        found = of.item.fields.get(name)
        if found is None:
            return None
        if isinstance(found, ListType):
            return PathStep("flatten", name, found)
        return PathStep("map", name, ListType(found))
    return None


def method_step(of: Type, name: str, key: str, has_argument: bool) -> PathStep | None:
    """Return the step of a method, or None when the type has no such method."""
    if isinstance(of, ListType) and name in ("all", "first", "last", "at"):
        return PathStep(name, name, of if name == "all" else of.item, has_argument)
    if isinstance(of, MapType) and name in _MAP_METHODS:
        return PathStep(name, key, _MAP_METHODS[name] or of.value)
    return None


def names_in(of: Type) -> tuple[str, ...]:
    """Return the fields that may follow in a path."""
    inner = of.item if isinstance(of, ListType) else of
    return tuple(inner.fields) if isinstance(inner, ObjectType) else ()


# Roots, and whole references


def event_root(event: str) -> Run:
    """Return a closure of the payload of an event; null when it was not received."""
    return lambda context: context.events.get(event)


def item_root(context: Context) -> object:
    """Return the item that a condition looks at."""
    return context.item


def group_root(source: str, group: str, parameters: tuple[tuple[str, Run], ...]) -> Run:
    """Return a closure of the data of a field group, for the values of its parameters."""
    if not parameters:
        return lambda context: context.field_group(source, group, ())

    def run(context: Context) -> object:
        values = []
        for name, value in parameters:
            values.append((name, value(context)))
        return context.field_group(source, group, tuple(values))

    return run


def journey_property(name: str, of: Type, start: int, end: int) -> Run:
    """Return a closure of a property of the journey; it must have its type."""
    coerce = coercion(of)

    def run(context: Context) -> object:
        value = context.journey_property(name)
        try:
            return coerce(value)
        except UnplacedError as fault:
            raise fault.located(start, end) from None

    return run


def event_field(event: str, name: str, of: Type, start: int, end: int) -> Run:
    """Return a closure of a scalar right below an event."""
    coerce = coercion(of)

    def slow(value: object) -> object:
        try:
            return coerce(value)
        except UnplacedError as fault:
            raise fault.located(start, end) from None

    if of == STRING:

        def read_text(context: Context) -> object:
            payload = context.events.get(event)
            if payload is None:
                return None
            value = payload.get(name)
            return value if value.__class__ is str else slow(value)

        return read_text
    if of == INTEGER:

        def read_integer(context: Context) -> object:
            payload = context.events.get(event)
            if payload is None:
                return None
            value = payload.get(name)
            return value if value.__class__ is int and MIN_INTEGER <= value <= MAX_INTEGER else slow(value)

        return read_integer

    def read(context: Context) -> object:
        payload = context.events.get(event)
        return None if payload is None else slow(payload.get(name))

    return read


def follow(root: Run, moves: tuple[Move, ...], objects: Type | None, whole: bool, start: int, end: int) -> Run:
    """Follow a path from its root.

    ``objects`` is the type at the end when it is of objects, whose form is checked. ``whole``: a list of them comes as
    it is in the data, so that no move has paid for visiting its items.
    """
    check = None if objects is None else coercion(objects)
    if check is None and len(moves) == 1:
        return _follow_one(root, moves[0], start, end)

    def run(context: Context) -> object:
        value = root(context)
        try:
            for move in moves:
                value = move(context, value)
            if check is None:
                return value
            if whole and isinstance(value, list):
                context.spend(len(value))
            return check(value)
        except UnplacedError as fault:
            raise fault.located(start, end) from None

    return run


def _follow_one(root: Run, move: Move, start: int, end: int) -> Run:
    def run(context: Context) -> object:
        value = root(context)
        try:
            return move(context, value)
        except UnplacedError as fault:
            raise fault.located(start, end) from None

    return run
