"""Form of the function table: the signatures, implementation and explanation of each function.

Everything about functions reads this table: checker, compiler, editor service, plain words and the reference page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from engine.catalogue import Phrase, translate
from engine.expression.errors import phrase
from engine.expression.types import (
    BOOLEAN,
    DATE_ONLY,
    DATE_TIME,
    DATE_TIME_ONLY,
    DECIMAL,
    DURATION,
    INTEGER,
    NULL,
    SCALARS,
    STRING,
    UNKNOWN,
    ListType,
    MapType,
    NullType,
    ObjectType,
    Scalar,
    Type,
    UnknownType,
    unify,
)

Run = Callable[..., object]


# What an argument may be


@dataclass(frozen=True, slots=True)
class TypeVariable:
    """One of several scalar types, the same one wherever the name stands in a signature."""

    name: str
    allowed: frozenset[Type]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of what a variable or a scalar type stands for."""

    item: TypeVariable | Scalar

    def __str__(self) -> str:
        return f"list<{self.item}>"


@dataclass(frozen=True, slots=True)
class Several:
    """Any type of a few, by itself."""

    allowed: frozenset[Type]
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class AnyList:
    """A list of anything; with ``objects`` only of objects. As a result: the type of the first argument."""

    objects: bool = False

    def __str__(self) -> str:
        return "listObject" if self.objects else "list"


Pattern = Scalar | TypeVariable | ListOf | Several | AnyList

ANY = TypeVariable("T", frozenset(SCALARS.values()))
NUMBER = TypeVariable("number", frozenset({INTEGER, DECIMAL}))
ORDERED = TypeVariable(
    "number|date|duration",
    frozenset({INTEGER, DECIMAL, DURATION, DATE_TIME, DATE_TIME_ONLY, DATE_ONLY}),
)
MOMENT = TypeVariable("dateTime|dateTimeOnly", frozenset({DATE_TIME, DATE_TIME_ONLY}))
LIST = AnyList()
OBJECTS = AnyList(objects=True)


def any_of(*types: Scalar) -> Several:
    """One of the given scalar types."""
    return Several(frozenset(types), "|".join(str(one) for one in types))


def matches(pattern: Pattern, given: Type, bound: dict[str, Type]) -> bool:
    """Whether an argument of the type may be given; ``bound`` collects what the variables stand for."""
    if isinstance(given, NullType | UnknownType):
        return True
    if isinstance(pattern, Scalar):
        return given == pattern or (given == INTEGER and pattern == DECIMAL)
    if isinstance(pattern, Several):
        return given in pattern.allowed
    if isinstance(pattern, TypeVariable):
        known = unify(bound.get(pattern.name, NULL), given)
        if given not in pattern.allowed or known is None:
            return False
        bound[pattern.name] = known
        return True
    if not isinstance(given, ListType):
        return False
    if isinstance(pattern, ListOf):
        return matches(pattern.item, given.item, bound)
    return not pattern.objects or isinstance(given.item, ObjectType | MapType | NullType)


def stands_for(pattern: Pattern, bound: Mapping[str, Type], first: Type) -> Type:
    """Return the type of a pattern once the variables are known; ``first`` is the type of the first argument."""
    if isinstance(pattern, TypeVariable):
        return bound.get(pattern.name, NULL)
    if isinstance(pattern, ListOf):
        return ListType(stands_for(pattern.item, bound, first))
    if isinstance(pattern, AnyList):
        return first if isinstance(first, ListType) else ListType(NULL)
    return UNKNOWN if isinstance(pattern, Several) else pattern


# The rows


@dataclass(frozen=True, slots=True)
class Argument:
    """A parameter of a signature.

    ``constant``: a literal is demanded, and the words say of what. ``verify`` reads a literal and raises
    ``UnplacedError`` for a bad one, which is then found at check time. ``key``: the name of a field of the list's
    objects.
    """

    name: str
    pattern: Pattern
    constant: Phrase | None = None
    verify: Callable[[str], object] | None = None
    key: bool = False

    def __str__(self) -> str:
        return f"{self.name}: {self.pattern}"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is known of a call when it is compiled: the types of the arguments, and those that are literals."""

    types: tuple[Type, ...]
    literals: Mapping[int, object]


@dataclass(frozen=True, slots=True)
class Signature:
    """One way to call a function.

    ``run(context, *values)`` does the work and may raise ``UnplacedError``; ``prepare`` builds such a function from
    what is known beforehand; ``result_of`` tells the type of the result where the types alone do not. A null list is
    given as an empty one. Other nulls make the result null, or false when it is a boolean, unless ``keeps_null``.
    ``words``: a call in a sentence, ``{0}`` being the first argument, and ``negated`` the opposite of a boolean one;
    both are keys of the catalogue ``expression.po``, context ``reading``.
    """

    arguments: tuple[Argument, ...]
    result: Pattern
    run: Run | None = None
    prepare: Callable[[Prepared], Run] | None = None
    keeps_null: bool = False
    when_null: bool | None = None
    result_of: Callable[[Prepared], Type] | None = None
    words: str = ""
    negated: str = ""

    def code(self, prepared: Prepared) -> Run:
        """Return the function to call with the context and the values."""
        if self.prepare is not None:
            return self.prepare(prepared)
        assert self.run is not None
        return self.run


@dataclass(frozen=True, slots=True)
class Function:
    """A row of the table. ``pure``: the same arguments always give the same value.

    ``price``: the steps one call takes beside its node, for functions that take much longer than an operator does.
    """

    category: str
    name: str
    meaning: str
    signatures: tuple[Signature, ...]
    examples: Mapping[str, str]
    pure: bool
    price: int

    def explained(self, language: str) -> str:
        """Write its meaning in a language."""
        return translate(self.meaning, language, "function")

    def lines(self) -> tuple[str, ...]:
        """Each signature as it is shown to users."""
        return tuple(show(self.name, signature) for signature in self.signatures)


def show(name: str, signature: Signature) -> str:
    """Write a signature: ``contain(text: string, search: string) → boolean``."""
    return f"{name}({', '.join(str(argument) for argument in signature.arguments)}) → {signature.result}"


_CONVERSIONS: Mapping[Type, str] = {
    STRING: "toString",
    INTEGER: "toInteger",
    DECIMAL: "toDecimal",
    DATE_TIME: "toDateTime",
    DATE_TIME_ONLY: "toDateTimeOnly",
    DATE_ONLY: "toDateOnly",
    DURATION: "toDuration",
}


def advice(function: Function, given: tuple[Type, ...]) -> Phrase | None:
    """Return what to change in a call whose arguments no signature takes: the first of them that does not fit."""
    signatures = [one for one in function.signatures if len(one.arguments) == len(given)]
    for argument, of in zip(signatures[0].arguments, given, strict=True):
        if matches(argument.pattern, of, {}):
            continue
        if isinstance(argument.pattern, ListOf | AnyList):
            return None if isinstance(of, ListType) else phrase("instead.list", argument=argument.name)
        alone = len(signatures) == 1 and argument.constant is None and isinstance(of, Scalar)
        if alone and isinstance(argument.pattern, Scalar) and argument.pattern in _CONVERSIONS:
            return phrase("instead.convert", argument=argument.name, conversion=_CONVERSIONS[argument.pattern])
        return None
    return None


def takes(
    result: Pattern,
    *arguments: tuple[str, Pattern] | Argument,
    run: Run | None = None,
    prepare: Callable[[Prepared], Run] | None = None,
    keeps_null: bool = False,
    null_stays_null: bool = False,
    result_of: Callable[[Prepared], Type] | None = None,
    words: str = "",
    negated: str = "",
) -> Signature:
    """Make a signature; a pair is an argument without further demands."""
    return Signature(
        tuple(one if isinstance(one, Argument) else Argument(*one) for one in arguments),
        result,
        run,
        prepare,
        keeps_null,
        False if result == BOOLEAN and not null_stays_null else None,
        result_of,
        words,
        negated,
    )


def row(
    category: str,
    name: str,
    meaning: str,
    *signatures: Signature,
    examples: Mapping[str, str] | None = None,
    pure: bool = True,
    price: int = 0,
) -> Function:
    """Make a row of the table; ``examples`` are calls with their values."""
    return Function(category, name, meaning, signatures, examples or {}, pure, price)


@dataclass(frozen=True, slots=True)
class Resolved:
    """A call matched to a signature: the type each argument is wanted as, and the type of the result."""

    signature: Signature
    wanted: tuple[Type, ...]
    result: Type


def resolve(function: Function, given: tuple[Type, ...]) -> Resolved | None:
    """Return the first signature that takes arguments of these types, or None."""
    for signature in function.signatures:
        if len(signature.arguments) != len(given):
            continue
        bound: dict[str, Type] = {}
        if all(matches(argument.pattern, one, bound) for argument, one in zip(signature.arguments, given, strict=True)):
            first = given[0] if given else NULL
            wanted = tuple(
                one if isinstance(argument.pattern, AnyList | Several) else stands_for(argument.pattern, bound, first)
                for argument, one in zip(signature.arguments, given, strict=True)
            )
            return Resolved(signature, wanted, stands_for(signature.result, bound, first))
    return None
