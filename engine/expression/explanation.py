"""Write an expression as a sentence for readers who do not know the language.

Calls read as the function table has them; everything else by the phrases below. Nodes are worded from the leaves up, so
depth costs nothing. A negated test is worded as such ("does not contain"), not as "not (contains)".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from engine.catalogue import EXPRESSION, load, translate
from engine.expression import dates, syntax
from engine.expression.check_state import Typed
from engine.expression.checker import Checker
from engine.expression.errors import UnplacedError
from engine.expression.functions import FUNCTIONS
from engine.expression.functions.signatures import Resolved, Signature
from engine.expression.names import JOURNEY_PROPERTIES_SOURCE
from engine.expression.operators import TEMPORAL
from engine.expression.printer import literal_text
from engine.expression.syntax import Node, level_of, walk
from engine.expression.types import STRING, Scope

OPPOSITE: Mapping[str, str] = {"==": "!=", "!=": "==", "is null": "is not null", "is not null": "is null"}


PHRASES: Mapping[str, str] = {
    "operators.and": "{0} and {1}", "operators.or": "{0} or {1}", "operators.+": "{0} plus {1}",
    "operators.-": "{0} minus {1}", "operators.*": "{0} times {1}", "operators./": "{0} divided by {1}",
    "operators.%": "the remainder of {0} divided by {1}", "operators.==": "{0} is {1}",
    "operators.!=": "{0} is not {1}", "operators.>": "{0} is more than {1}", "operators.>=": "{0} is at least {1}",
    "operators.<": "{0} is less than {1}", "operators.<=": "{0} is at most {1}",
    "dated.>": "{0} is after {1}", "dated.>=": "{0} is not before {1}", "dated.<": "{0} is before {1}",
    "dated.<=": "{0} is not after {1}", "dated.+": "{1} after {0}", "dated.-": "{1} before {0}",
    "tests.is null": "{0} is missing", "tests.is not null": "{0} is known", "tests.has null": "{0} has a missing item",
    "tests.is numeric": "{0} is a number", "tests.is integer": "{0} is a whole number",
    "tests.is decimal": "{0} is a decimal",
    "no": "it is not true that {0}", "followed": "{0} followed by {1}", "conditional": "{1} if {0}, otherwise {2}",
    "null": "nothing", "true": "true", "false": "false", "empty_list": "an empty list", "list_end": "{0} and {1}",
    "quotes": "“{0}”", "of_field": "the {1} of {0}", "its": "its {0}", "item": "the item", "group": "{1} ({0})",
    "property": "the journey's {0}", "default": "{0} (or {1} when missing)", "parameters": "{0} (for {1})",
    "parameter": "{0} {1}", "minus": "minus {0}",
    "chosen.all": "{0}", "chosen.first": "the first of {0}", "chosen.last": "the last of {0}",
    "chosen.at": "item {1} (from 0) of {0}", "chosen.entry": "the {1} entry of {0}", "chosen.keys": "the keys of {0}",
    "chosen.firstEntryKey": "the first key of {0}",
    "conditioned.all": "those of {0} where {1}", "conditioned.first": "the first of {0} where {1}",
    "conditioned.last": "the last of {0} where {1}",
}  # fmt: skip
"""The phrases by their context in the catalogue; ``{0}`` and ``{1}`` are worded operands."""
UNITS = (
    (86_400_000, "{0} day", "{0} days"), (3_600_000, "{0} hour", "{0} hours"), (60_000, "{0} minute", "{0} minutes"),
    (1000, "{0} second", "{0} seconds"), (1, "{0} millisecond", "{0} milliseconds"),
)  # fmt: skip


def explain(tree: Node, scope: Scope, language: str = "en") -> str:
    """Write the expression in plain words, in the language of a code; English without a catalogue for it."""
    checker = Checker(scope)
    checker.run(tree)
    return _Wording(language, checker.typed).whole(tree)


class _Wording:
    """The words of each node of one tree."""

    def __init__(self, language: str, typed: Typed) -> None:
        self.language = language
        self.typed = typed
        self.words: dict[int, str] = {}
        self.visit: dict[type[Node], Callable[..., str]] = {
            syntax.Literal: self.literal, syntax.ListLiteral: self.list_literal, syntax.Chain: self.chain,
            syntax.Comparison: self.comparison, syntax.Test: self.test, syntax.Unary: self.unary,
            syntax.Conditional: self.conditional, syntax.FunctionCall: self.call, syntax.FieldSegment: self.segment,
            syntax.Method: self.segment, syntax.ReferenceParameter: self.segment, syntax.Reference: self.reference,
            syntax.Item: self.item, syntax.Missing: self.missing,
        }  # fmt: skip

    def whole(self, tree: Node) -> str:
        for node in reversed(list(walk(tree))):
            self.words[id(node)] = self.visit[type(node)](node)
        words = load(EXPRESSION, self.language).fill(self.words[id(tree)], {})
        return words[:1].upper() + words[1:]

    def fill(self, key: str, *words: object) -> str:
        """Write a phrase of the language with worded operands."""
        return translate(PHRASES[key], self.language, f"sentence.{key}").format(*words)

    def grouped(self, node: Node, level: int) -> str:
        """Put the words of an operand in parentheses when it binds looser."""
        words = self.words[id(node)]
        return f"({words})" if level_of(node) <= level else words

    # Leaves and lists

    def literal(self, node: syntax.Literal) -> str:
        if isinstance(node.value, str):
            return self.fill("quotes", node.value)
        text = literal_text(node.value)
        return self.fill(text) if node.value is None or isinstance(node.value, bool) else text

    def list_literal(self, node: syntax.ListLiteral) -> str:
        words = [self.words[id(item)] for item in node.items]
        if len(words) < 2:
            return words[0] if words else self.fill("empty_list")
        return self.fill("list_end", ", ".join(words[:-1]), words[-1])

    def missing(self, _node: syntax.Missing) -> str:
        return "…"

    # Operators

    def chain(self, node: syntax.Chain) -> str:
        level = level_of(node)
        words = self.grouped(node.operands[0], level)
        dated = self._dated(node.operands[0])
        texts = self.typed.types.get(id(node)) == STRING
        for operator, operand in zip(node.operators, node.operands[1:], strict=True):
            key = f"dated.{operator}" if dated and operator in "+-" else f"operators.{operator}"
            if texts and operator == "+":
                key = "followed"
            words = self.fill(key, words, self.grouped(operand, level))
        return words

    def _dated(self, node: Node) -> bool:
        return self.typed.types.get(id(node)) in TEMPORAL

    def comparison(self, node: syntax.Comparison, operator: str = "") -> str:
        operator = operator or node.operator
        dated = f"dated.{operator}" in PHRASES and (self._dated(node.left) or self._dated(node.right))
        key = f"dated.{operator}" if dated else f"operators.{operator}"
        return self.fill(key, self.words[id(node.left)], self.words[id(node.right)])

    def test(self, node: syntax.Test, test: str = "") -> str:
        return self.fill(f"tests.{test or node.test}", self.words[id(node.operand)])

    def unary(self, node: syntax.Unary) -> str:
        inner = node.operand
        if node.operator == "-":
            if isinstance(inner, syntax.Literal):
                return f"-{self.words[id(inner)]}"
            return self.fill("minus", self.grouped(inner, level_of(node) - 1))
        if isinstance(inner, syntax.Comparison) and inner.operator in OPPOSITE:
            return self.comparison(inner, OPPOSITE[inner.operator])
        if isinstance(inner, syntax.Test) and inner.test in OPPOSITE:
            return self.test(inner, OPPOSITE[inner.test])
        called = self._signature(inner) if isinstance(inner, syntax.FunctionCall) else None
        return self._read(called.negated, *inner.children()) if called and called.negated else self._not(inner)

    def _not(self, inner: Node) -> str:
        """Negate without words of its own. An order negated also holds for missing values, so it is not turned."""
        return self.fill("no", self.grouped(inner, level_of(inner) if isinstance(inner, syntax.Chain) else 0))

    def conditional(self, node: syntax.Conditional) -> str:
        return self.fill("conditional", *(self.words[id(part)] for part in node.children()))

    # Calls

    def _signature(self, node: syntax.FunctionCall) -> Signature | None:
        """Return the signature that is called, or the one with as many arguments."""
        fact = self.typed.facts.get(id(node))
        if isinstance(fact, Resolved):
            return fact.signature
        signatures = FUNCTIONS[node.name].signatures if node.name in FUNCTIONS else ()
        return next((one for one in signatures if len(one.arguments) == len(node.arguments)), None)

    def call(self, node: syntax.FunctionCall) -> str:
        if node.name == "toDuration" and node.arguments and isinstance(node.arguments[0], syntax.Literal):
            duration = self._duration(node.arguments[0].value)
            if duration:
                return duration
        called = self._signature(node)
        if called is None:
            return f"{node.name}({', '.join(self.words[id(argument)] for argument in node.arguments)})"
        return self._read(called.words, *node.arguments)

    def _read(self, template: str, *nodes: Node) -> str:
        return translate(template, self.language, "reading").format(*(self.words[id(node)] for node in nodes))

    def _duration(self, value: object) -> str:
        """Write a constant duration in units: ``15 minutes``; empty when it is none."""
        try:
            duration = dates.read_duration(value) if isinstance(value, str) else timedelta(milliseconds=int(str(value)))
        except (UnplacedError, ValueError, OverflowError):
            return ""
        rest, parts = abs(duration) // dates.MILLISECOND, []
        for size, one, many in UNITS:
            count, rest = divmod(rest, size)
            if count:
                parts.append(self._counted(one, many, count))
        words = " ".join(parts) or self._counted(*UNITS[-2][1:], 0)
        return self.fill("minus", words) if duration < timedelta() else words

    def _counted(self, one: str, many: str, count: int) -> str:
        template = load(EXPRESSION, self.language).get(one, "sentence.units", count)
        return (template or (one if count == 1 else many)).format(count)

    # References

    def segment(self, node: Node) -> str:
        """Return the name; the parts of references are worded with the whole."""
        return node.name if isinstance(node, syntax.FieldSegment) else ""

    def reference(self, node: syntax.Reference) -> str:
        names = [step.name if isinstance(step, syntax.FieldSegment) else "…" for step in node.steps[:2]]
        if node.sigil == "@":
            words = self._path(names[0], node.steps[1:])
        elif names[0] == JOURNEY_PROPERTIES_SOURCE and len(names) > 1:
            words = self._path(self.fill("property", names[1]), node.steps[2:])
        else:
            root = self.fill("group", *names) if len(names) > 1 else names[0]
            words = self._path(root, node.steps[2:])
        if node.parameters:
            each = (self.fill("parameter", one.name, self.words[id(one.value)]) for one in node.parameters)
            words = self.fill("parameters", words, ", ".join(each))
        return words if node.default is None else self.fill("default", words, self.words[id(node.default)])

    def item(self, node: syntax.Item) -> str:
        first = node.steps[0] if node.steps else None
        if isinstance(first, syntax.FieldSegment):
            return self._path(self.fill("its", first.name), node.steps[1:])
        return self._path(self.fill("item"), node.steps)

    def _path(self, words: str, steps: tuple[Node, ...]) -> str:
        for step in steps:
            if isinstance(step, syntax.Method):
                words = self._method(words, step)
            elif isinstance(step, syntax.FieldSegment):
                words = self.fill("of_field", words, step.name)
        return words

    def _method(self, words: str, step: syntax.Method) -> str:
        argument = self.words[id(step.arguments[0])] if step.arguments else ""
        keys = (f"conditioned.{step.name}" if step.arguments else "", f"chosen.{step.name}")
        key = next((key for key in keys if key in PHRASES), None)
        return words if key is None else self.fill(key, words, argument)
