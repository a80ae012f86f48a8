"""Functions of lists and segments; membership in segments is known outside the language."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import Any

from engine.expression import dates
from engine.expression.context import Context
from engine.expression.errors import UnplacedError, phrase
from engine.expression.functions.identity import (
    INSTANT_PRICE,
    Identity,
    field_type,
    identity_of,
    identity_price,
    read_texts,
    typed_identity,
)
from engine.expression.functions.numbers import aggregation
from engine.expression.functions.signatures import (
    ANY,
    LIST,
    OBJECTS,
    ORDERED,
    Argument,
    Function,
    ListOf,
    Prepared,
    Run,
    row,
    takes,
)
from engine.expression.functions.text import join
from engine.expression.types import (
    BOOLEAN,
    DATE_ONLY,
    DATE_TIME,
    DATE_TIME_ONLY,
    DURATION,
    INTEGER,
    NULL,
    STRING,
    ListType,
    Scalar,
    Type,
    fits,
)
from engine.expression.values import coercion, leaf_price, printing_price, text_of

_list = partial(row, "List")
_COMPARED_SLOWLY = frozenset({DATE_TIME, DATE_TIME_ONLY, DATE_ONLY, DURATION})


def _item_type(given: Type) -> Type:
    return given.item if isinstance(given, ListType) else NULL


def _key_reader(item: Type, key: str) -> Callable[[object], object]:
    """Return a function that reads a field of the list's objects. Raises ``UnplacedError`` for an unknown key."""
    of = field_type(item, key)
    if of is None:
        raise UnplacedError.about("no_field", key)
    coerce = coercion(of)
    return lambda value: coerce(value.get(key)) if isinstance(value, Mapping) else None


def _identity_by(key: str, of: Identity) -> Identity:

    def identify(context: Context, value: object) -> Hashable:
        return of(context, value.get(key)) if isinstance(value, Mapping) else None

    return identify


# Counting


def _count(context: Context, items: list[object]) -> int:
    context.spend(len(items))
    return len(items) - items.count(None)


def _count_only_null(context: Context, items: list[object]) -> int:
    context.spend(len(items))
    return items.count(None)


def _size(_context: Context, items: list[object]) -> int:
    return len(items)


def _prepare_distinct_count(with_null: bool, prepared: Prepared) -> Run:
    item = _item_type(prepared.types[0])
    identity, price = identity_of(item), identity_price(item)

    def run(context: Context, items: list[object]) -> int:
        context.spend(len(items) * price)
        read_texts(context, items, item)
        different = {identity(context, one) for one in items if one is not None}
        return len(different) + (with_null and None in items)

    return run


def _prepare_extreme(largest: bool, prepared: Prepared) -> Run:
    first = prepared.types[0]
    key = dates.instant if DATE_TIME in (first, _item_type(first), prepared.types[-1]) else None
    choose: Callable[..., object] = max if largest else min
    price = 1 if key is None else 1 + INSTANT_PRICE

    def run(context: Context, *given: object) -> object:
        items = given[0] if isinstance(given[0], list) else given
        assert isinstance(items, list | tuple)
        context.spend(len(items) * price)
        return choose([item for item in items if item is not None], key=key, default=None)

    return run


# Choosing


def _prepare_distinct(with_null: bool, prepared: Prepared) -> Run:
    item = _item_type(prepared.types[0])
    key = prepared.literals.get(1)
    identity, price = identity_of(item), identity_price(item)
    if isinstance(key, str):
        of = field_type(item, key) or NULL
        price = leaf_price(of) + identity_price(of)
        identity = _identity_by(key, typed_identity(of))

    def run(context: Context, items: list[object], *_key: object) -> list[object]:
        context.spend(len(items) * price)
        read_texts(context, items, item)
        seen: set[Hashable] = set() if with_null else {None}
        kept = []
        for one in items:
            identified = None if one is None else identity(context, one)
            if identified not in seen:
                seen.add(identified)
                kept.append(one)
        return kept

    return run


def _prepare_filter(prepared: Prepared) -> Run:
    item, wanted = _item_type(prepared.types[0]), _item_type(prepared.types[2])

    def run(context: Context, items: list[object], key: str, values: list[object]) -> list[object]:
        read, of = _key_reader(item, key), field_type(item, key) or NULL
        if not isinstance(of, Scalar) and of != NULL:
            raise UnplacedError.about("field_type", key, type=str(of))
        if not fits(wanted, of) and not fits(of, wanted):
            raise UnplacedError.about("field_type.list", key, type=str(of), wanted=str(wanted))
        identity, price = identity_of(of), leaf_price(of) + identity_price(of) - 1
        context.spend(len(items) * price + len(values))
        read_texts(context, values, wanted)
        chosen = {identity(context, value) for value in values if value is not None}
        found = [(one, read(one)) for one in items]
        return [one for one, value in found if value is not None and identity(context, value) in chosen]

    return run


def _get_item(_context: Context, items: list[object], index: int) -> object:
    return items[index] if 0 <= index < len(items) else None


def _prepare_in(prepared: Prepared) -> Run:
    identity = identity_of(_item_type(prepared.types[1]))
    by_itself = DATE_TIME not in (_item_type(prepared.types[1]), prepared.types[0])
    price = 1 if by_itself else 1 + INSTANT_PRICE

    def run(context: Context, value: object, items: list[object]) -> bool:
        context.spend(len(items) * price)
        if by_itself:
            if isinstance(value, str):
                context.spend(len(items) * (len(value) >> 6))
            return value in items
        return identity(context, value) in [identity(context, item) for item in items]

    return run


def _prepare_intersect(prepared: Prepared) -> Run:
    item = _item_type(prepared.types[0])
    identity, price = identity_of(item), identity_price(item)

    def run(context: Context, items: list[object], others: list[object]) -> list[object]:
        context.spend((len(items) + len(others)) * price)
        read_texts(context, [*items, *others], item)
        wanted = {identity(context, other) for other in others}
        kept = []
        for one in items:
            identified = identity(context, one)
            if identified in wanted:
                wanted.discard(identified)
                kept.append(one)
        return kept

    return run


def _limit(context: Context, items: list[object], number: int, first: bool = True) -> list[object]:
    number = max(number, 0)
    context.spend(min(number, len(items)))
    if first:
        return items[:number]
    return items[max(len(items) - number, 0) :]


# Ordering and joining


def _sorted(items: list[object], keys: list[Any], ascending: bool) -> list[object]:
    """Items by their keys, stable, those without a key last."""
    order = [at for at, key in enumerate(keys) if key is not None]
    order.sort(key=keys.__getitem__, reverse=not ascending)
    if len(order) == len(items):
        return [items[at] for at in order]
    return [items[at] for at in order] + [item for item, key in zip(items, keys, strict=True) if key is None]


def _prepare_sort(prepared: Prepared) -> Run:
    """Numbers and ASCII texts are compared fast; other values cost more."""
    item = _item_type(prepared.types[0])
    price = identity_price(item) + (1 if item in _COMPARED_SLOWLY else 0)

    def run(context: Context, items: list[object], ascending: bool) -> list[object]:
        context.spend(len(items) * price)
        present: list[Any] = [one for one in items if one is not None]
        if item == STRING:
            read_texts(context, present, item)
            context.spend(0 if all(map(str.isascii, present)) else len(present))
        if item == DATE_TIME:
            present.sort(key=dates.instant, reverse=not ascending)
        else:
            present.sort(reverse=not ascending)
        return present + [None] * (len(items) - len(present))

    return run


def _prepare_sort_by_key(prepared: Prepared) -> Run:
    item, key = _item_type(prepared.types[0]), str(prepared.literals[1])
    of = field_type(item, key) or NULL
    read, identity, price = _key_reader(item, key), identity_of(of), 1 + leaf_price(of) + identity_price(of)

    def run(context: Context, items: list[object], _key: str, ascending: bool) -> list[object]:
        context.spend(len(items) * price)
        keys = [read(one) for one in items]
        read_texts(context, keys, of)
        if of == DATE_TIME:
            keys = [None if one is None else identity(context, one) for one in keys]
        return _sorted(items, keys, ascending)

    return run


def _serialize(context: Context, items: list[object], separator: str, quotes: bool) -> str:
    mark = '"' if quotes else ""
    context.spend(len(items) + sum(map(printing_price, items)))
    return join(context, [f"{mark}{text_of(item)}{mark}" for item in items], separator)


def _in_segment(context: Context, name: str) -> bool:
    return bool(context.in_segment(name))


def _extreme(name: str, most: str, more: str, examples: Mapping[str, str]) -> Function:
    """Make the row of ``max`` or ``min``."""
    prepare = partial(_prepare_extreme, name == "max")
    return aggregation(
        name,
        f"The {most} value; nulls are left out, and without any value it is null.",
        takes(ORDERED, ("values", ListOf(ORDERED)), prepare=prepare, words=f"the {most} of {{0}}"),
        takes(
            ORDERED,
            ("one", ORDERED),
            ("other", ORDERED),
            prepare=prepare,
            keeps_null=True,
            words=f"the {more} of {{0}} and {{1}}",
        ),
        examples=examples,
    )


_KEY = Argument("key", STRING, constant=phrase("constant.field"), key=True)
_ITEMS, _OBJECTS, _VALUES = ("items", LIST), ("items", OBJECTS), ("items", ListOf(ANY))
_ASCENDING = ("ascending", BOOLEAN)

_distinct, _distinct_all = partial(_prepare_distinct, False), partial(_prepare_distinct, True)

TABLE: tuple[Function, ...] = (
    _extreme("max", "largest", "larger", {"max([10, null, 8])": "10", "max(3, 2.5)": "3.0"}),
    _extreme("min", "smallest", "smaller", {"min([10, null, 8])": "8"}),
    aggregation(
        "count",
        "The number of items that are not null.",
        takes(INTEGER, _ITEMS, run=_count, words="the number of {0}"),
        examples={"count([10, 2, 10, null])": "3"},
    ),
    aggregation(
        "countWithNull",
        "The number of items, nulls included.",
        takes(INTEGER, _ITEMS, run=_size, words="the number of {0}, missing ones included"),
        examples={"countWithNull([10, 2, 10, null])": "4"},
    ),
    aggregation(
        "countOnlyNull",
        "The number of items that are null.",
        takes(INTEGER, _ITEMS, run=_count_only_null, words="the number of missing values in {0}"),
        examples={"countOnlyNull([10, 2, 10, null])": "1"},
    ),
    aggregation(
        "distinctCount",
        "The number of different values; null is not counted.",
        takes(INTEGER, _ITEMS, prepare=partial(_prepare_distinct_count, False), words="the number of different {0}"),
        examples={"distinctCount([10, 2, 10, null])": "2"},
    ),
    aggregation(
        "distinctCountWithNull",
        "The number of different values; null counts as one.",
        takes(
            INTEGER,
            _ITEMS,
            prepare=partial(_prepare_distinct_count, True),
            words="the number of different {0}, missing ones included",
        ),
        examples={"distinctCountWithNull([10, 2, 10, null])": "3"},
    ),
    _list(
        "distinct",
        "The list without repeats and nulls; objects by their content, or by one field.",
        takes(LIST, _ITEMS, prepare=_distinct, words="{0} without repeats"),
        takes(OBJECTS, _OBJECTS, _KEY, prepare=_distinct, words="{0} without repeats of {1}"),
        examples={"distinct([10, 2, 10, null])": "[10, 2]"},
    ),
    _list(
        "distinctWithNull",
        "The list without repeats, null kept once; objects by content, or by one field.",
        takes(
            LIST, _ITEMS, prepare=partial(_prepare_distinct, True), words="{0} without repeats, a missing one included"
        ),
        takes(
            OBJECTS,
            _OBJECTS,
            _KEY,
            prepare=_distinct_all,
            words="{0} without repeats of {1}, a missing one included",
        ),
        examples={"distinctWithNull([10, 2, 10, null])": "[10, 2, null]"},
    ),
    _list(
        "filter",
        "The objects whose field of that name has one of the values.",
        takes(
            OBJECTS,
            _OBJECTS,
            Argument("key", STRING, key=True),
            ("values", ListOf(ANY)),
            prepare=_prepare_filter,
            words="those of {0} whose {1} is one of {2}",
        ),
        examples={'filter(@{Beacon.tokens}, "token", ["t2"])': '[{"token": "t2"}]'},
    ),
    _list(
        "getListItem",
        "The item at a position, counted from 0; null when there is none.",
        takes(ANY, _VALUES, ("position", INTEGER), run=_get_item, words="item {1} (from 0) of {0}"),
        examples={"getListItem([10, 2, 3], 1)": "2"},
    ),
    _list(
        "in",
        "True when the value is in the list.",
        takes(
            BOOLEAN,
            ("value", ANY),
            _VALUES,
            prepare=_prepare_in,
            words="{0} is one of {1}",
            negated="{0} is not one of {1}",
        ),
        examples={"in(4, [4, 5, 3, 4])": "true", "in(8, [4, 5, 3, 4])": "false"},
    ),
    _list(
        "intersect",
        "The values in both lists, in the first one's order, without repeats.",
        takes(
            ListOf(ANY),
            _VALUES,
            ("others", ListOf(ANY)),
            prepare=_prepare_intersect,
            words="what {0} and {1} have in common",
        ),
        examples={'intersect(["sports", "news"], ["news", "movies"])': '["news"]'},
    ),
    _list(
        "limit",
        "The first items of the list, or the last ones when the third argument is false.",
        takes(LIST, _ITEMS, ("number", INTEGER), run=_limit, words="the first {1} of {0}"),
        takes(
            LIST, _ITEMS, ("number", INTEGER), ("first", BOOLEAN), run=_limit, words="{1} of {0} (from the start: {2})"
        ),
        examples={'limit(["A", "B", "C"], 2)': '["A", "B"]', 'limit(["A", "B", "C"], 2, false)': '["B", "C"]'},
    ),
    _list(
        "listSize",
        "The number of items, nulls included.",
        takes(INTEGER, _ITEMS, run=_size, words="the size of {0}"),
        examples={"listSize([10, 2, null])": "3"},
    ),
    _list(
        "serializeList",
        "The items as one text with a separator between them, each in quotes if so wished.",
        takes(STRING, _VALUES, ("separator", STRING), ("quotes", BOOLEAN), run=_serialize, words="{0} joined with {1}"),
        examples={'serializeList(["Hello", "World"], " ", false)': '"Hello World"'},
    ),
    _list(
        "sort",
        "The list in order, nulls last; objects by one field.",
        takes(ListOf(ANY), _VALUES, _ASCENDING, prepare=_prepare_sort, words="{0} sorted (ascending: {1})"),
        takes(
            OBJECTS,
            _OBJECTS,
            _KEY,
            _ASCENDING,
            prepare=_prepare_sort_by_key,
            words="{0} sorted by {1} (ascending: {2})",
        ),
        examples={'sort(["A", "C", "B"], true)': '["A", "B", "C"]', "sort([2, null, 3], false)": "[3, 2, null]"},
    ),
    row(
        "Segment",
        "inSegment",
        "True when the person is in the segment, newly or since long.",
        takes(
            BOOLEAN,
            Argument("segment", STRING, constant=phrase("constant.segment")),
            run=_in_segment,
            words="the person is in the segment {0}",
            negated="the person is not in the segment {0}",
        ),
        pure=False,
    ),
)
