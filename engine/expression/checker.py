"""Type checker: gives every node a type, looks up every name, and locates errors.

What the compiler needs to know of a node beyond its type (the signature of a call, the steps of a path) is kept beside
it in ``facts``. One mistake is reported once: what follows from it has the type ``UNKNOWN``, which fits everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from engine.expression.errors import NAME, TYPE, ExpressionError, Fix, UnplacedError
from engine.expression.functions import FUNCTIONS
from engine.expression.functions.identity import field_type
from engine.expression.functions.signatures import Argument, Function, Prepared, Resolved, advice, resolve
from engine.expression.names import unknown_name
from engine.expression.operators import EXPECTED, arithmetic_type, comparable
from engine.expression.reference_checker import PathFact, References, check_item, check_reference
from engine.expression.syntax import (
    Chain,
    Comparison,
    Conditional,
    FunctionCall,
    Item,
    ListLiteral,
    Literal,
    Missing,
    Node,
    Reference,
    Test,
    Unary,
)
from engine.expression.tokens import KEYWORDS
from engine.expression.types import (
    BOOLEAN,
    DECIMAL,
    INTEGER,
    NULL,
    NUMBERS,
    STRING,
    UNKNOWN,
    ListType,
    MapType,
    NullType,
    ObjectType,
    Scalar,
    Scope,
    Type,
    UnknownType,
    example_of,
    fits,
    unify,
    with_other_fields,
)

Visit = Callable[..., Type]


@dataclass(slots=True)
class ChainFact:
    """The type after each operator of an arithmetic chain."""

    results: tuple[Type, ...]


@dataclass(slots=True)
class Typed:
    """What checking a tree found: types and facts by the identity of the node, errors in the order of the text."""

    types: dict[int, Type] = field(default_factory=dict)
    facts: dict[int, ChainFact | Resolved | PathFact] = field(default_factory=dict)
    errors: list[ExpressionError] = field(default_factory=list)
    references: References = field(default_factory=References)


_LITERALS: dict[type, Type] = {str: STRING, int: INTEGER, float: DECIMAL, bool: BOOLEAN, type(None): NULL}


class Checker:
    """One walk over a tree. ``item`` is what a condition of a collection sees: its name and type."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.typed = Typed()
        self.item: tuple[str, Type] | None = None
        self.visit: dict[type[Node], Visit] = {
            Literal: self.literal,
            ListLiteral: self.list_literal,
            Chain: self.chain,
            Comparison: self.comparison,
            Test: self.test,
            Unary: self.unary,
            Conditional: self.conditional,
            FunctionCall: self.call,
            Reference: self.reference,
            Item: self.collection_item,
            Missing: self.missing,
        }

    def run(self, tree: Node) -> Type:
        """Check the whole tree and return its type; the errors are in ``typed``."""
        result = self.visit[type(tree)](tree)
        self.typed.errors.sort(key=lambda error: (error.start, error.end))
        return result

    def fail(self, code: str, message: str, node: Node, fixes: tuple[Fix, ...] = (), kind: str = TYPE) -> Type:
        """Report a fault of a node; the type to go on with."""
        self.typed.errors.append(ExpressionError(kind, code, message, node.start, node.end, fixes))
        return UNKNOWN

    def want(self, given: Type, wanted: Type, node: Node, what: str) -> None:
        """Report a node whose type does not fit."""
        if not fits(given, wanted):
            instead = (
                'compare it with something, such as … == "x"' if wanted == BOOLEAN else f"write {example_of(wanted)}"
            )
            self.fail("wrong_type", f"{what} must be {wanted}, but this is {given}; {instead}.", node)

    def _note(self, node: Node, of: Type) -> Type:
        self.typed.types[id(node)] = of
        return of

    # Leaves

    def literal(self, node: Literal) -> Type:
        return self._note(node, _LITERALS[type(node.value)])

    def missing(self, node: Missing) -> Type:
        return self._note(node, UNKNOWN)

    def collection_item(self, node: Item) -> Type:
        return self._note(node, check_item(self, node))

    def reference(self, node: Reference) -> Type:
        return self._note(node, check_reference(self, node))

    # Operators

    def list_literal(self, node: ListLiteral) -> Type:
        common: Type = NULL
        for item in node.items:
            given = self.visit[type(item)](item)
            if isinstance(given, ListType):
                common = self.fail("nested_list", "A list cannot hold another list; join them into one list.", item)
                continue
            found = unify(common, given)
            if found is None or (isinstance(found, MapType) and found != given):
                before = f"{common}{with_other_fields(given, common)}"
                message = (
                    f"All items of a list have one type: this one is {given}, those before it are {before}; "
                    f"change it{_convert_hint(common, given)}."
                )
                found = self.fail("mixed_list", message, item)
            common = found
        return self._note(node, ListType(common))

    def chain(self, node: Chain) -> Type:
        if node.operators[0] in ("and", "or"):
            for operand in node.operands:
                given = self.visit[type(operand)](operand)
                self.want(given, BOOLEAN, operand, f"What '{node.operators[0]}' joins")
            return self._note(node, BOOLEAN)
        return self._note(node, self._arithmetic(node))

    def _arithmetic(self, node: Chain) -> Type:
        first = node.operands[0]
        result = self.visit[type(first)](first)
        results: list[Type] = []
        for symbol, operand in zip(node.operators, node.operands[1:], strict=True):
            right = self.visit[type(operand)](operand)
            found = arithmetic_type(symbol, result, right)
            if found is None:
                message = f"'{symbol}' takes {EXPECTED[symbol]}; it cannot join {result} and {right}."
                self.typed.errors.append(ExpressionError(TYPE, "operand_types", message, first.start, operand.end))
                found = UNKNOWN
            result = found
            results.append(found)
        self.typed.facts[id(node)] = ChainFact(tuple(results))
        return result

    def comparison(self, node: Comparison) -> Type:
        left = self.visit[type(node.left)](node.left)
        right = self.visit[type(node.right)](node.right)
        if not comparable(node.operator, left, right):
            self.fail("comparison_types", _comparison_message(node.operator, left, right), node)
        return self._note(node, BOOLEAN)

    def test(self, node: Test) -> Type:
        given = self.visit[type(node.operand)](node.operand)
        if node.test == "has null" and not isinstance(given, ListType | NullType | UnknownType):
            message = f"'has null' asks about a list, but this is {given}; write 'is null' for a single value."
            self.fail("wrong_type", message, node)
        return self._note(node, BOOLEAN)

    def unary(self, node: Unary) -> Type:
        given = self.visit[type(node.operand)](node.operand)
        if node.operator == "not":
            self.want(given, BOOLEAN, node.operand, "What 'not' negates")
            return self._note(node, BOOLEAN)
        if given not in NUMBERS and not isinstance(given, NullType | UnknownType):
            given = self.fail("wrong_type", f"A minus sign stands before a number, but this is {given}.", node.operand)
        return self._note(node, given)

    def conditional(self, node: Conditional) -> Type:
        condition = self.visit[type(node.condition)](node.condition)
        self.want(condition, BOOLEAN, node.condition, "The condition of 'if'")
        then = self.visit[type(node.then)](node.then)
        otherwise = self.visit[type(node.otherwise)](node.otherwise)
        common = unify(then, otherwise)
        if common is None:
            gives = f"'then' gives {then}, 'else' gives {otherwise}{with_other_fields(then, otherwise)}"
            message = f"Both branches of 'if' must have one type: {gives}; change one{_convert_hint(then, otherwise)}."
            common = self.fail("branch_types", message, node)
        return self._note(node, common)

    # Calls

    def call(self, node: FunctionCall) -> Type:
        given: list[Type] = []
        for argument in node.arguments:
            found = self.visit[type(argument)](argument)
            given.append(found)
        return self._note(node, self._call(node, tuple(given)))

    def _call(self, node: FunctionCall, given: tuple[Type, ...]) -> Type:
        function = FUNCTIONS.get(node.name)
        if function is None:
            self.typed.errors.append(_unknown_function(node))
            return UNKNOWN
        resolved = resolve(function, given)
        if resolved is None:
            return self._no_signature(node, function, given)
        self.typed.references.draws |= function.draws
        literals = {
            index: argument.value for index, argument in enumerate(node.arguments) if isinstance(argument, Literal)
        }
        sound = True
        for index, argument in enumerate(resolved.signature.arguments):
            sound &= self._argument(node, argument, index, given)
        if not sound:
            return resolved.result
        prepared = Prepared(given, literals)
        if resolved.signature.result_of is not None:
            resolved = Resolved(resolved.signature, resolved.wanted, resolved.signature.result_of(prepared))
        self.typed.facts[id(node)] = resolved
        return resolved.result

    def _no_signature(self, node: FunctionCall, function: Function, given: tuple[Type, ...]) -> Type:
        """Report a call with the wrong number or types of arguments."""
        counts = sorted({len(signature.arguments) for signature in function.signatures})
        lines = "; ".join(function.lines())
        if len(given) not in counts:
            expected = " or ".join(str(count) for count in counts)
            noun = "argument" if expected == "1" else "arguments"
            message = f"'{node.name}' takes {expected} {noun}, not {len(given)}: {lines}."
            return self.fail("argument_count", message, node)
        shown = ", ".join(str(one) for one in given)
        meaning = "; T is any single value" if any(mark in lines for mark in (": T", "<T>")) else ""
        instead = advice(function, given)
        return self.fail("argument_types", f"'{node.name}' does not take ({shown}): {lines}{meaning}{instead}.", node)

    def _argument(self, node: FunctionCall, argument: Argument, index: int, given: tuple[Type, ...]) -> bool:
        """Check what a signature demands of an argument beyond its type; whether it is met."""
        value = node.arguments[index]
        text = value.value if isinstance(value, Literal) and isinstance(value.value, str) else None
        if text is None:
            if argument.constant:
                message = f"'{node.name}' needs {argument.constant} written out here, as a text in quotes."
                self.fail("constant_expected", message, value)
            return not argument.constant
        if argument.verify is not None:
            try:
                argument.verify(text)
            except UnplacedError as fault:
                self.fail("bad_constant", fault.message, value)
                return False
        if argument.key:
            return self._key(node, text, value, given)
        return node.name != "inSegment" or self._segment(text, value)

    def _segment(self, name: str, node: Node) -> bool:
        self.typed.references.segments[name] = None
        if name in self.scope.segments:
            return True
        error = unknown_name(
            "unknown_segment",
            f"There is no segment '{name}'",
            name,
            self.scope.segments,
            node.start,
            node.end,
            quoted=True,
        )
        self.typed.errors.append(error)
        return False

    def _key(self, node: FunctionCall, key: str, value: Node, given: tuple[Type, ...]) -> bool:
        """Check the name of a field of a list's objects."""
        item = given[0].item if isinstance(given[0], ListType) else UNKNOWN
        of = field_type(item, key)
        if of is None:
            known = item.fields if isinstance(item, ObjectType) else ()
            message = f"The objects of the list have no field '{key}'"
            self.typed.errors.append(
                unknown_name("unknown_key", message, key, known, value.start, value.end, quoted=True)
            )
            return False
        if node.name in ("sort", "filter") and not isinstance(of, Scalar | NullType):
            self.fail("wrong_type", f"'{node.name}' needs a field with a single value, but '{key}' is {of}.", value)
            return False
        wanted = given[-1].item if isinstance(given[-1], ListType) else NULL
        if node.name == "filter" and unify(of, wanted) is None:
            self.fail("wrong_type", f"'{key}' is {of}, but the list holds {wanted} values.", node.arguments[-1])
            return False
        return True


def _unknown_function(node: FunctionCall) -> ExpressionError:
    """Return the error of a name that is no function; it may be a word of the language in capitals."""
    lowered = node.name.lower()
    if lowered in KEYWORDS:
        message = f"There is no function '{node.name}'; the word '{lowered}' is written in small letters."
        fix = Fix(f"Write {lowered}", node.start, node.name_end, lowered)
        return ExpressionError(NAME, "unknown_function", message, node.start, node.name_end, (fix,))
    message = f"There is no function '{node.name}'"
    return unknown_name("unknown_function", message, node.name, FUNCTIONS, node.start, node.name_end)


def _convert_hint(one: Type, other: Type) -> str:
    """How two types that may be texts are made one, in the words of an error."""
    both = isinstance(one, Scalar) and isinstance(other, Scalar)
    return ", or make both texts with toString" if both else ""


def _comparison_message(symbol: str, left: Type, right: Type) -> str:
    if isinstance(left, ListType | ObjectType | MapType) or isinstance(right, ListType | ObjectType | MapType):
        instead = "use a function such as count, in or intersect, or 'is null'"
        return f"'{symbol}' compares single values, not {left} with {right}; {instead}."
    common = unify(left, right)
    if common is not None:
        return f"'{symbol}' orders numbers, dates and durations, not {common} values; use '==' or '!=' for these."
    hint = _conversion_hint(left, right)
    return f"'{symbol}' compares values of one type, but these are {left} and {right}{hint}."


def _conversion_hint(left: Type, right: Type) -> str:
    """How to bring two types together, in the words of an error."""
    both = {left, right}
    if STRING in both:
        if both & NUMBERS:
            return "; convert one with toInteger, toDecimal or toString"
        if BOOLEAN in both:
            return "; write true or false without quotes"
        return '; write a date with date("…") and a duration with toDuration("…")'
    return (
        "; convert one with toDateTime, toDateTimeOnly or toDateOnly"
        if all(str(one).startswith("date") for one in both)
        else ""
    )
