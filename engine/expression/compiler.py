"""Compiler: turns each node of a checked tree into a function of the context, specialised by type.

Nothing is generated as source. Steps are counted where work repeats: a condition of a collection pays for its nodes at
each item, parts that may be left out (``or``, branches, defaults) pay when they are reached. What is outside of
conditions is evaluated once, so its nodes are taken off the budget beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from engine.expression import closures, operators, paths, syntax
from engine.expression.check_state import ChainFact, PathFact, Typed
from engine.expression.closures import Code
from engine.expression.context import MAX_STEPS, Context, Run
from engine.expression.errors import EvaluationError, UnplacedError, phrase
from engine.expression.functions import FUNCTIONS
from engine.expression.functions.matching import PATTERN
from engine.expression.functions.signatures import AnyList, ListOf, Prepared, Resolved
from engine.expression.syntax import Node, walk
from engine.expression.types import DATE_TIME, DECIMAL, INTEGER, NUMBERS, STRING, ListType, Scalar, Type
from engine.expression.values import leaf_price


class Compiled:
    """An expression ready to be evaluated any number of times, from any thread. ``type`` is that of its value."""

    __slots__ = ("_budget", "_run", "_span", "type")

    def __init__(self, run: Run, of: Type, nodes: int, span: tuple[int, int]) -> None:
        self._run = run
        self._budget = MAX_STEPS - nodes
        self._span = span
        self.type = of

    def evaluate(self, context: Context) -> object:
        """Evaluate. Raises only ``EvaluationError``, apart from what the context's own functions raise."""
        context.steps = self._budget
        try:
            return self._run(context)
        except UnplacedError as fault:
            raise fault.located(*self._span) from None
        except RecursionError:
            raise EvaluationError("limit", phrase("limit.depth")) from None


def compile_tree(tree: Node, typed: Typed) -> Compiled:
    """Compile a tree that was checked without errors."""
    compiler = _Compiler(typed)
    code = compiler.visit[type(tree)](tree)
    run = closures.forgetting_patterns(code.run) if compiler.computes_patterns else code.run
    return Compiled(run, typed.types[id(tree)], sum(1 for _ in walk(tree)), (tree.start, tree.end))


class _Compiler:
    """Compile one checked tree.

    ``repeated``: the node is inside a condition of a collection. ``beforehand``: the steps that may still be taken to
    compute constants.
    """

    def __init__(self, typed: Typed) -> None:
        self.types = typed.types
        self.facts = typed.facts
        self.repeated = False
        self.computes_patterns = False
        self.beforehand = MAX_STEPS
        self.visit: dict[type[Node], Callable[..., Code]] = {
            syntax.Literal: self.literal,
            syntax.ListLiteral: self.list_literal,
            syntax.Chain: self.chain,
            syntax.Comparison: self.comparison,
            syntax.Test: self.test,
            syntax.Unary: self.unary,
            syntax.Conditional: self.conditional,
            syntax.FunctionCall: self.call,
            syntax.Reference: self.reference,
            syntax.Item: self.item,
        }

    def _lazily(self, code: Code) -> Run:
        """Let a part that may be left out pay for itself when it is reached."""
        return closures.paying(code.run, code.cost) if self.repeated else code.run

    def _widened(self, code: Code, given: Type, wanted: Type) -> Code:
        """Turn integers into decimals where decimals are wanted."""
        if given == wanted or not closures.widens(given, wanted):
            return code
        widen = closures.widen_list if isinstance(wanted, ListType) else closures.widen
        return self._folded(Code(widen(code.run), code.cost), [code])

    def _folded(self, code: Code, parts: list[Code]) -> Code:
        """Compute the value if all parts are constant; it still takes its steps."""
        if not all(part.constant for part in parts):
            return code
        context = _nowhere()
        context.steps = self.beforehand
        try:
            value = code.run(context)
        except (EvaluationError, UnplacedError):
            return code
        spent = self.beforehand - context.steps
        self.beforehand = context.steps
        run = closures.paying(closures.constant(value), spent) if spent else closures.constant(value)
        return Code(run, code.cost, True, value, not spent)

    # Leaves and lists

    def literal(self, node: syntax.Literal) -> Code:
        return Code(closures.constant(node.value), 1, True, node.value)

    def list_literal(self, node: syntax.ListLiteral) -> Code:
        of = self.types[id(node)]
        assert isinstance(of, ListType)
        parts: list[Code] = []
        for item in node.items:
            part = self.visit[type(item)](item)
            parts.append(self._widened(part, self.types[id(item)], of.item))
        code = Code(closures.list_of(tuple(part.run for part in parts)), 1 + sum(part.cost for part in parts))
        return self._folded(code, parts)

    # Operators

    def chain(self, node: syntax.Chain) -> Code:
        parts: list[Code] = []
        for operand in node.operands:
            part = self.visit[type(operand)](operand)
            parts.append(part)
        if node.operators[0] in ("and", "or"):
            runs = [parts[0].run, *(self._lazily(part) for part in parts[1:])]
            make = closures.all_true if node.operators[0] == "and" else closures.any_true
            return Code(make(tuple(runs)), parts[0].cost + 1)
        return self._arithmetic(node, parts)

    def _arithmetic(self, node: syntax.Chain, parts: list[Code]) -> Code:
        fact = self.facts[id(node)]
        assert isinstance(fact, ChainFact)
        cost = len(node.operators) + sum(part.cost for part in parts)
        results = fact.results
        texts = next((at for at, result in enumerate(results) if result == STRING), len(results))
        first = parts[0]
        run = first.run
        if texts:
            steps = tuple(
                (operators.arithmetic(symbol, result), part.run)
                for symbol, result, part in zip(node.operators[:texts], results[:texts], parts[1:], strict=False)
            )
            run = closures.accumulate(run, steps, node.start, node.end)
        if texts < len(results):
            run = closures.concatenate((run, *(part.run for part in parts[texts + 1 :])), node.start, node.end)
        return Code(run, cost)

    def comparison(self, node: syntax.Comparison) -> Code:
        left = self.visit[type(node.left)](node.left)
        right = self.visit[type(node.right)](node.right)
        instants = DATE_TIME in (self.types[id(node.left)], self.types[id(node.right)])
        cost = 1 + left.cost + right.cost
        if instants:
            return Code(operators.compare_instants(node.operator, left.run, right.run), cost)
        if right.constant and right.free and right.value is not None:
            plain = self._plain_field(node.left) if node.operator not in ("==", "!=") else None
            if plain is not None:
                return Code(operators.compare_field(node.operator, *plain, left.run, right.value), cost)
            return Code(operators.compare_constant(node.operator, left.run, right.value), cost)
        compare = operators.compare_texts if self.types[id(node.left)] == STRING else operators.compare
        return Code(compare(node.operator, left.run, right.run), cost)

    def _plain_field(self, node: Node) -> tuple[str, str, Type] | None:
        """Return the event, field and type of a reference to a number or text right below an event."""
        if not isinstance(node, syntax.Reference) or node.default is not None:
            return None
        fact = self.facts[id(node)]
        if not isinstance(fact, PathFact) or fact.root != "event" or len(fact.steps) != 1:
            return None
        step = fact.steps[0]
        return (fact.names[0], step.name, step.type) if step.type in (INTEGER, DECIMAL, STRING) else None

    def test(self, node: syntax.Test) -> Code:
        operand = self.visit[type(node.operand)](node.operand)
        given = self.types[id(node.operand)]
        return Code(_TESTS[node.test](operand.run, given), operand.cost + 1)

    def unary(self, node: syntax.Unary) -> Code:
        operand = self.visit[type(node.operand)](node.operand)
        make = closures.negation if node.operator == "not" else closures.minus
        code = Code(make(operand.run, node.start, node.end), operand.cost + 1)
        return self._folded(code, [operand])

    def conditional(self, node: syntax.Conditional) -> Code:
        condition = self.visit[type(node.condition)](node.condition)
        wanted = self.types[id(node)]
        then = self.visit[type(node.then)](node.then)
        otherwise = self.visit[type(node.otherwise)](node.otherwise)
        then = self._widened(then, self.types[id(node.then)], wanted)
        otherwise = self._widened(otherwise, self.types[id(node.otherwise)], wanted)
        return Code(closures.choose(condition.run, self._lazily(then), self._lazily(otherwise)), condition.cost + 1)

    # Calls

    def call(self, node: syntax.FunctionCall) -> Code:
        resolved = self.facts[id(node)]
        assert isinstance(resolved, Resolved)
        parts: list[Code] = []
        for at, argument in enumerate(node.arguments):
            code = self.visit[type(argument)](argument)
            parts.append(self._widened(code, self.types[id(argument)], resolved.wanted[at]))
        literals = {at: part.value for at, part in enumerate(parts) if part.constant}
        self.computes_patterns |= PATTERN in resolved.signature.arguments and 1 not in literals
        work = resolved.signature.code(Prepared(resolved.wanted, literals))
        lists = tuple(isinstance(one.pattern, ListOf | AnyList) for one in resolved.signature.arguments)
        plain = self._plain_field(node.arguments[0]) if node.arguments else None
        field = plain[:2] if plain and plain[2] == STRING else None
        run = closures.call(work, resolved.signature, tuple(parts), lists, field, node.start, node.end)
        function = FUNCTIONS[node.name]
        code = Code(run, 1 + function.price + sum(part.cost for part in parts))
        return self._folded(code, parts) if function.pure else code

    # References

    def reference(self, node: syntax.Reference) -> Code:
        fact = self.facts[id(node)]
        assert isinstance(fact, PathFact)
        code = self._path(node, fact)
        if node.default is None:
            return code
        default = self.visit[type(node.default)](node.default)
        default = self._widened(default, self.types[id(node.default)], self.types[id(node)])
        return Code(closures.with_default(code.run, self._lazily(default)), code.cost + 1)

    def item(self, node: syntax.Item) -> Code:
        fact = self.facts[id(node)]
        assert isinstance(fact, PathFact)
        return self._path(node, fact)

    def _path(self, node: Node, fact: PathFact) -> Code:
        """From the root along the steps; methods' arguments are compiled with what they cost."""
        if fact.root == "property":
            return Code(paths.journey_property(fact.names[0], fact.start, node.start, node.end), 1)
        moves = []
        cost = 1
        for step, method in zip(fact.steps, fact.methods, strict=True):
            argument: Run | None = None
            each = 1
            if method is not None and method.arguments and step.has_argument and step.kind != "entry":
                outer, self.repeated = self.repeated, self.repeated or step.kind != "at"
                code = self.visit[type(method.arguments[0])](method.arguments[0])
                self.repeated = outer
                argument, each = code.run, code.cost + 1
                cost += code.cost if step.kind == "at" else 0
            moves.append(paths.move(step, argument, each))
            cost += leaf_price(step.type) - 1 if step.kind in ("get", "entry") else 0
        last = fact.steps[-1].type if fact.steps else fact.start
        if fact.root == "event":
            if len(fact.steps) == 1 and isinstance(last, Scalar):
                return Code(paths.event_field(fact.names[0], fact.steps[0].name, last, node.start, node.end), cost)
            root = paths.event_root(fact.names[0])
        elif fact.root == "item":
            root = paths.item_root
        else:
            parameters = []
            for name, value in fact.parameters:
                code = self.visit[type(value)](value)
                cost += code.cost
                parameters.append((name, code.run))
            root = paths.group_root(fact.names[0], fact.names[1], tuple(parameters))
        objects = None if paths.is_scalar(last) else last
        whole = all(step.kind in ("get", "entry", "all") and not step.has_argument for step in fact.steps[-1:])
        return Code(paths.follow(root, tuple(moves), objects, whole, node.start, node.end), cost)


def _nowhere() -> Context:
    """Return a context for constants, which need none."""
    return Context({}, datetime(1970, 1, 1, tzinfo=UTC))


def _is_of(wanted: frozenset[Type]) -> Callable[[Run, Type], Run]:
    """Return a test of the static type, for values that are not null."""
    return lambda run, given: closures.is_not_null(run) if given in wanted else closures.never(run)


_NUMERIC: dict[str, frozenset[Type]] = {
    "is numeric": NUMBERS,
    "is integer": frozenset({INTEGER}),
    "is decimal": frozenset({DECIMAL}),
}
_TESTS: dict[str, Callable[[Run, Type], Run]] = {
    "is null": lambda run, _given: closures.is_null(run),
    "is not null": lambda run, _given: closures.is_not_null(run),
    "has null": lambda run, _given: closures.has_null(run),
    **{test: _is_of(wanted) for test, wanted in _NUMERIC.items()},
}
