"""Type checker: gives every node a type, looks up every name, and locates errors.

What the compiler needs to know of a node beyond its type (the signature of a call, the steps of a path) is kept beside
it in ``facts``. One mistake is reported once: what follows from it has the type ``UNKNOWN``, which fits everywhere.
"""

from __future__ import annotations

from engine.catalogue import Phrase, PhraseArgument
from engine.expression import syntax, types
from engine.expression.check_state import ChainFact, CheckState
from engine.expression.errors import NAME, TYPE, ExpressionError, Fix, UnplacedError, either, phrase
from engine.expression.functions import FUNCTIONS
from engine.expression.functions.identity import field_type
from engine.expression.functions.signatures import Argument, Function, Prepared, Resolved, advice, resolve
from engine.expression.operators import EXPECTED, arithmetic_type, comparable
from engine.expression.reference_checker import check_item, check_reference
from engine.expression.syntax import Node
from engine.expression.tokens import KEYWORDS
from engine.expression.types import Scope, Type

_LITERALS: dict[type, Type] = {
    str: types.STRING,
    int: types.INTEGER,
    float: types.DECIMAL,
    bool: types.BOOLEAN,
    type(None): types.NULL,
}


class Checker(CheckState):
    """One pass over a tree."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.visit = {
            syntax.Literal: self.literal,
            syntax.ListLiteral: self.list_literal,
            syntax.Chain: self.chain,
            syntax.Comparison: self.comparison,
            syntax.Test: self.test,
            syntax.Unary: self.unary,
            syntax.Conditional: self.conditional,
            syntax.FunctionCall: self.call,
            syntax.Reference: self.reference,
            syntax.Item: self.collection_item,
            syntax.Missing: self.missing,
        }

    def run(self, tree: Node) -> Type:
        """Check the whole tree and return its type; the errors are in ``typed``."""
        result = self.visit[type(tree)](tree)
        self.typed.errors.sort(key=lambda error: (error.start, error.end))
        return result

    def _note(self, node: Node, of: Type) -> Type:
        self.typed.types[id(node)] = of
        return of

    # Leaves

    def literal(self, node: syntax.Literal) -> Type:
        return self._note(node, _LITERALS[type(node.value)])

    def missing(self, node: syntax.Missing) -> Type:
        return self._note(node, types.UNKNOWN)

    def collection_item(self, node: syntax.Item) -> Type:
        return self._note(node, check_item(self, node))

    def reference(self, node: syntax.Reference) -> Type:
        return self._note(node, check_reference(self, node))

    # Operators

    def list_literal(self, node: syntax.ListLiteral) -> Type:
        common: Type = types.NULL
        for item in node.items:
            given = self.visit[type(item)](item)
            if isinstance(given, types.ListType):
                common = self.fail("nested_list", phrase("nested_list"), item)
                continue
            found = types.unify(common, given)
            if found is None or (isinstance(found, types.MapType) and found != given):
                text = phrase(
                    "mixed_list",
                    given=str(given),
                    wanted=types.type_beside(common, given),
                    texts=_convert_hint(common, given),
                )
                found = self.fail("mixed_list", text, item)
            common = found
        return self._note(node, types.ListType(common))

    def chain(self, node: syntax.Chain) -> Type:
        if node.operators[0] in ("and", "or"):
            for operand in node.operands:
                given = self.visit[type(operand)](operand)
                self.want(given, types.BOOLEAN, operand, phrase("subject.joined", operator=node.operators[0]))
            return self._note(node, types.BOOLEAN)
        return self._note(node, self._arithmetic(node))

    def _arithmetic(self, node: syntax.Chain) -> Type:
        first = node.operands[0]
        result = self.visit[type(first)](first)
        results: list[Type] = []
        for symbol, operand in zip(node.operators, node.operands[1:], strict=True):
            right = self.visit[type(operand)](operand)
            found = arithmetic_type(symbol, result, right)
            if found is None:
                text = phrase(
                    "operand_types", operator=symbol, operands=EXPECTED[symbol], left=str(result), right=str(right)
                )
                self.typed.errors.append(ExpressionError(TYPE, "operand_types", text, first.start, operand.end))
                found = types.UNKNOWN
            result = found
            results.append(found)
        self.typed.facts[id(node)] = ChainFact(tuple(results))
        return result

    def comparison(self, node: syntax.Comparison) -> Type:
        left = self.visit[type(node.left)](node.left)
        right = self.visit[type(node.right)](node.right)
        if not comparable(node.operator, left, right):
            self.fail("comparison_types", _comparison_text(node.operator, left, right), node)
        return self._note(node, types.BOOLEAN)

    def test(self, node: syntax.Test) -> Type:
        given = self.visit[type(node.operand)](node.operand)
        if node.test == "has null" and not isinstance(given, types.ListType | types.NullType | types.UnknownType):
            self.fail("wrong_type", phrase("wrong_type.has_null", given=str(given)), node)
        return self._note(node, types.BOOLEAN)

    def unary(self, node: syntax.Unary) -> Type:
        given = self.visit[type(node.operand)](node.operand)
        if node.operator == "not":
            self.want(given, types.BOOLEAN, node.operand, phrase("subject.negated"))
            return self._note(node, types.BOOLEAN)
        if given not in types.NUMBERS and not isinstance(given, types.NullType | types.UnknownType):
            given = self.fail("wrong_type", phrase("wrong_type.minus", given=str(given)), node.operand)
        return self._note(node, given)

    def conditional(self, node: syntax.Conditional) -> Type:
        condition = self.visit[type(node.condition)](node.condition)
        self.want(condition, types.BOOLEAN, node.condition, phrase("subject.condition", name="'if'"))
        then = self.visit[type(node.then)](node.then)
        otherwise = self.visit[type(node.otherwise)](node.otherwise)
        common = types.unify(then, otherwise)
        if common is None:
            text = phrase(
                "branch_types",
                left=str(then),
                right=types.type_beside(otherwise, then),
                texts=_convert_hint(then, otherwise),
            )
            common = self.fail("branch_types", text, node)
        return self._note(node, common)

    # Calls

    def call(self, node: syntax.FunctionCall) -> Type:
        given: list[Type] = []
        for argument in node.arguments:
            found = self.visit[type(argument)](argument)
            given.append(found)
        return self._note(node, self._call(node, tuple(given)))

    def _call(self, node: syntax.FunctionCall, given: tuple[Type, ...]) -> Type:
        function = FUNCTIONS.get(node.name)
        if function is None:
            return self._unknown_function(node)
        resolved = resolve(function, given)
        if resolved is None:
            return self._no_signature(node, function, given)
        literals = {
            index: argument.value
            for index, argument in enumerate(node.arguments)
            if isinstance(argument, syntax.Literal)
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

    def _unknown_function(self, node: syntax.FunctionCall) -> Type:
        """Report a name that is no function; it may be a word of the language in capitals."""
        lowered = node.name.lower()
        if lowered not in KEYWORDS:
            base = phrase("unknown_function", name=node.name)
            return self.fail_name("unknown_function", base, node.name, FUNCTIONS, node, node.name_end)
        text = phrase("unknown_function.capitals", name=node.name, small=lowered)
        fix = Fix(node.start, node.name_end, lowered)
        error = ExpressionError(NAME, "unknown_function", text, node.start, node.name_end, (fix,))
        self.typed.errors.append(error)
        return types.UNKNOWN

    def _no_signature(self, node: syntax.FunctionCall, function: Function, given: tuple[Type, ...]) -> Type:
        """Report a call with the wrong number or types of arguments."""
        counts = sorted({len(signature.arguments) for signature in function.signatures})
        lines: PhraseArgument = "; ".join(function.lines())
        if len(given) not in counts:
            text = phrase(
                "argument_count.one" if counts == [1] else "argument_count",
                function=node.name,
                expected=either(*map(str, counts)),
                given=len(given),
                lines=lines,
            )
            return self.fail("argument_count", text, node)
        shown = ", ".join(str(one) for one in given)
        if any(mark in str(lines) for mark in (": T", "<T>")):
            lines = phrase("lines_with_variable", lines=lines)
        instead = advice(function, given)
        if instead is None:
            text = phrase("argument_types", function=node.name, types=shown, lines=lines)
        else:
            text = phrase("argument_types.instead", function=node.name, types=shown, lines=lines, instead=instead)
        return self.fail("argument_types", text, node)

    def _argument(self, node: syntax.FunctionCall, argument: Argument, index: int, given: tuple[Type, ...]) -> bool:
        """Check what a signature demands of an argument beyond its type; whether it is met."""
        value = node.arguments[index]
        text = value.value if isinstance(value, syntax.Literal) and isinstance(value.value, str) else None
        if text is None:
            if argument.constant is not None:
                expected = phrase("constant_expected", function=node.name, constant=argument.constant)
                self.fail("constant_expected", expected, value)
            return argument.constant is None
        if argument.verify is not None:
            try:
                argument.verify(text)
            except UnplacedError as fault:
                self.fail("bad_constant", fault.phrase, value)
                return False
        if argument.key:
            return self._key(node, text, value, given)
        return node.name != "inSegment" or self._segment(text, value)

    def _segment(self, name: str, node: Node) -> bool:
        self.typed.references.segments[name] = None
        if name in self.scope.segments:
            return True
        self.fail_name("unknown_segment", phrase("unknown_segment", name=name), name, self.scope.segments, node)
        return False

    def _key(self, node: syntax.FunctionCall, key: str, value: Node, given: tuple[Type, ...]) -> bool:
        item = given[0].item if isinstance(given[0], types.ListType) else types.UNKNOWN
        of = field_type(item, key)
        if of is None:
            known = item.fields if isinstance(item, types.ObjectType) else ()
            self.fail_name("unknown_key", phrase("unknown_key", name=key), key, known, value)
            return False
        if node.name in ("sort", "filter") and not isinstance(of, types.Scalar | types.NullType):
            text = phrase("wrong_type.key", function=node.name, name=key, type=str(of))
            self.fail("wrong_type", text, value)
            return False
        wanted = given[-1].item if isinstance(given[-1], types.ListType) else types.NULL
        if node.name == "filter" and types.unify(of, wanted) is None:
            text = phrase("wrong_type.list", name=key, type=str(of), wanted=str(wanted))
            self.fail("wrong_type", text, node.arguments[-1])
            return False
        return True


def _convert_hint(one: Type, other: Type) -> str | Phrase:
    """How two types that may be texts are made one, in the words of an error."""
    both = isinstance(one, types.Scalar) and isinstance(other, types.Scalar)
    return phrase("make_texts") if both else ""


def _comparison_text(symbol: str, left: Type, right: Type) -> Phrase:
    if isinstance(left, types.ListType | types.ObjectType | types.MapType) or isinstance(
        right, types.ListType | types.ObjectType | types.MapType
    ):
        return phrase("comparison_types.single", operator=symbol, left=str(left), right=str(right))
    common = types.unify(left, right)
    if common is not None:
        return phrase("comparison_types.order", operator=symbol, type=str(common))
    hint = _conversion_hint(left, right)
    if hint is None:
        return phrase("comparison_types", operator=symbol, left=str(left), right=str(right))
    return phrase("comparison_types.hint", operator=symbol, left=str(left), right=str(right), hint=hint)


def _conversion_hint(left: Type, right: Type) -> Phrase | None:
    """How to bring two types together, in the words of an error."""
    both = {left, right}
    if types.STRING in both:
        if both & types.NUMBERS:
            return phrase("hint.numbers")
        return phrase("hint.boolean") if types.BOOLEAN in both else phrase("hint.dates")
    return phrase("hint.moments") if all(str(one).startswith("date") for one in both) else None
