"""Write an expression as a sentence for readers who do not know the language.

Calls read as the function table has them; everything else by the phrases below. Nodes are worded from the leaves up, so
depth costs nothing. A negated test is worded as such ("does not contain"), not as "not (contains)".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from functools import cache
from typing import Any, cast

from engine.catalogue import EXPRESSION, load, translate
from engine.expression import dates
from engine.expression.checker import Checker, Typed
from engine.expression.errors import UnplacedError
from engine.expression.functions import FUNCTIONS
from engine.expression.functions.signatures import Reading, Resolved
from engine.expression.names import JOURNEY_PROPERTIES_SOURCE
from engine.expression.operators import TEMPORAL
from engine.expression.printer import level_of, literal_text
from engine.expression.syntax import (
    Chain,
    Comparison,
    Conditional,
    FieldSegment,
    FunctionCall,
    Item,
    ListLiteral,
    Literal,
    Method,
    Missing,
    Node,
    Reference,
    ReferenceParameter,
    Test,
    Unary,
    walk,
)
from engine.expression.types import STRING, Scope

OPPOSITE: Mapping[str, str] = {"==": "!=", "!=": "==", "is null": "is not null", "is not null": "is null"}


@dataclass(frozen=True, slots=True)
class Phrases:
    """The phrases of a language; ``{0}`` and ``{1}`` are worded operands."""

    operators: Mapping[str, str]
    dated: Mapping[str, str]
    tests: Mapping[str, str]
    no: str
    followed: str
    conditional: str
    null: str
    true: str
    false: str
    empty_list: str
    list_end: str
    quotes: str
    of_field: str
    its: str
    item: str
    group: str
    property: str
    chosen: Mapping[str, str]
    conditioned: Mapping[str, str]
    default: str
    parameters: str
    parameter: str
    minus: str
    units: tuple[tuple[int, str, str], ...]


ENGLISH = Phrases(
    operators={
        "and": "{0} and {1}", "or": "{0} or {1}", "+": "{0} plus {1}", "-": "{0} minus {1}", "*": "{0} times {1}",
        "/": "{0} divided by {1}", "%": "the remainder of {0} divided by {1}", "==": "{0} is {1}",
        "!=": "{0} is not {1}", ">": "{0} is more than {1}", ">=": "{0} is at least {1}", "<": "{0} is less than {1}",
        "<=": "{0} is at most {1}",
    },
    dated={
        ">": "{0} is after {1}", ">=": "{0} is not before {1}", "<": "{0} is before {1}", "<=": "{0} is not after {1}",
        "+": "{1} after {0}", "-": "{1} before {0}",
    },
    tests={
        "is null": "{0} is missing", "is not null": "{0} is known", "has null": "{0} has a missing item",
        "is numeric": "{0} is a number", "is integer": "{0} is a whole number", "is decimal": "{0} is a decimal",
    },
    no="it is not true that {0}",
    followed="{0} followed by {1}",
    conditional="{1} if {0}, otherwise {2}",
    null="nothing",
    true="true",
    false="false",
    empty_list="an empty list",
    list_end="{0} and {1}",
    quotes="“{0}”",
    of_field="the {1} of {0}",
    its="its {0}",
    item="the item",
    group="{1} ({0})",
    property="the journey's {0}",
    chosen={
        "all": "{0}", "first": "the first of {0}", "last": "the last of {0}", "at": "item {1} (from 0) of {0}",
        "entry": "the {1} entry of {0}", "keys": "the keys of {0}", "firstEntryKey": "the first key of {0}",
    },
    conditioned={
        "all": "those of {0} where {1}", "first": "the first of {0} where {1}", "last": "the last of {0} where {1}",
    },
    default="{0} (or {1} when missing)",
    parameters="{0} (for {1})",
    parameter="{0} {1}",
    minus="minus {0}",
    units=((86_400_000, "{0} day", "{0} days"),
           (3_600_000, "{0} hour", "{0} hours"), (60_000, "{0} minute", "{0} minutes"),
           (1000, "{0} second", "{0} seconds"), (1, "{0} millisecond", "{0} milliseconds")),
)  # fmt: skip


@cache
def phrases_of(language: str) -> Phrases:
    """Return the phrases in a language, English where it lacks them."""
    changes: dict[str, object] = {}
    for each in fields(Phrases):
        english, context = getattr(ENGLISH, each.name), f"sentence.{each.name}"
        if isinstance(english, str):
            changes[each.name] = translate(english, language, context)
        elif isinstance(english, Mapping):
            changes[each.name] = {key: translate(text, language, f"{context}.{key}") for key, text in english.items()}
    return replace(ENGLISH, **cast(Any, changes))


def explain(tree: Node, scope: Scope, language: str = "en") -> str:
    """Write the expression in plain words, in the language of a code; English without a catalogue for it."""
    checker = Checker(scope)
    checker.run(tree)
    return _Wording(language, checker.typed).whole(tree)


class _Wording:
    """The words of each node of one tree."""

    def __init__(self, language: str, typed: Typed) -> None:
        self.phrases = phrases_of(language)
        self.language = language
        self.typed = typed
        self.said: dict[int, str] = {}
        self.word: dict[type[Node], Callable[..., str]] = {
            Literal: self.literal, ListLiteral: self.list_literal, Chain: self.chain, Comparison: self.comparison,
            Test: self.test, Unary: self.unary, Conditional: self.conditional, FunctionCall: self.call,
            FieldSegment: self.segment, Method: self.segment, ReferenceParameter: self.segment,
            Reference: self.reference, Item: self.item, Missing: self.missing,
        }  # fmt: skip

    def whole(self, tree: Node) -> str:
        for node in reversed(list(walk(tree))):
            self.said[id(node)] = self.word[type(node)](node)
        said = load(EXPRESSION, self.language).fill(self.said[id(tree)], {})
        return said[:1].upper() + said[1:]

    def say(self, template: str, *nodes: Node) -> str:
        return template.format(*(self.said[id(node)] for node in nodes))

    def grouped(self, node: Node, level: int) -> str:
        """Put the words of an operand in parentheses when it binds looser."""
        said = self.said[id(node)]
        return f"({said})" if level_of(node) <= level else said

    # Leaves and lists

    def literal(self, node: Literal) -> str:
        if isinstance(node.value, str):
            return self.phrases.quotes.format(node.value)
        named = {None: self.phrases.null, True: self.phrases.true, False: self.phrases.false}
        return named[node.value] if node.value is None or isinstance(node.value, bool) else literal_text(node.value)

    def list_literal(self, node: ListLiteral) -> str:
        said = [self.said[id(item)] for item in node.items]
        if len(said) < 2:
            return said[0] if said else self.phrases.empty_list
        return self.phrases.list_end.format(", ".join(said[:-1]), said[-1])

    def missing(self, _node: Missing) -> str:
        return "…"

    # Operators

    def chain(self, node: Chain) -> str:
        level = level_of(node)
        said = self.grouped(node.operands[0], level)
        dated = self._dated(node.operands[0])
        texts = self.typed.types.get(id(node)) == STRING
        for operator, operand in zip(node.operators, node.operands[1:], strict=True):
            template = self.phrases.dated[operator] if dated and operator in "+-" else self.phrases.operators[operator]
            if texts and operator == "+":
                template = self.phrases.followed
            said = template.format(said, self.grouped(operand, level))
        return said

    def _dated(self, node: Node) -> bool:
        return self.typed.types.get(id(node)) in TEMPORAL

    def comparison(self, node: Comparison, operator: str = "") -> str:
        operator = operator or node.operator
        dated = operator in self.phrases.dated and (self._dated(node.left) or self._dated(node.right))
        template = self.phrases.dated[operator] if dated else self.phrases.operators[operator]
        return self.say(template, node.left, node.right)

    def test(self, node: Test, test: str = "") -> str:
        return self.say(self.phrases.tests[test or node.test], node.operand)

    def unary(self, node: Unary) -> str:
        inner = node.operand
        if node.operator == "-":
            plain = isinstance(inner, Literal)
            return (
                f"-{self.said[id(inner)]}"
                if plain
                else self.phrases.minus.format(self.grouped(inner, level_of(node) - 1))
            )
        if isinstance(inner, Comparison):
            return (
                self.comparison(inner, OPPOSITE[inner.operator]) if inner.operator in ("==", "!=") else self._not(inner)
            )
        if isinstance(inner, Test) and inner.test in OPPOSITE:
            return self.test(inner, OPPOSITE[inner.test])
        words = self._words(inner) if isinstance(inner, FunctionCall) else None
        return self._read(words.negated, *inner.children()) if words and words.negated else self._not(inner)

    def _not(self, inner: Node) -> str:
        """Negate without words of its own. An order negated also holds for missing values, so it is not turned."""
        return self.phrases.no.format(self.grouped(inner, level_of(inner) if isinstance(inner, Chain) else 0))

    def conditional(self, node: Conditional) -> str:
        return self.say(self.phrases.conditional, node.condition, node.then, node.otherwise)

    # Calls

    def _words(self, node: FunctionCall) -> Reading | None:
        """Return the words for the signature that is called, or for the one with as many arguments."""
        function = FUNCTIONS.get(node.name)
        if function is None:
            return None
        fact = self.typed.facts.get(id(node))
        if isinstance(fact, Resolved):
            return function.words[min(function.signatures.index(fact.signature), len(function.words) - 1)]
        count = len(node.arguments)
        at = next((at for at, one in enumerate(function.signatures) if len(one.arguments) == count), None)
        return None if at is None else function.words[min(at, len(function.words) - 1)]

    def call(self, node: FunctionCall) -> str:
        if node.name == "toDuration" and node.arguments and isinstance(node.arguments[0], Literal):
            duration = self._duration(node.arguments[0].value)
            if duration:
                return duration
        words = self._words(node)
        if words is None:
            return f"{node.name}({', '.join(self.said[id(argument)] for argument in node.arguments)})"
        return self._read(words.text, *node.arguments)

    def _read(self, template: str, *nodes: Node) -> str:
        return self.say(translate(template, self.language, "reading"), *nodes)

    def _duration(self, value: object) -> str:
        """Write a constant duration in units: ``15 minutes``; empty when it is none."""
        try:
            duration = dates.read_duration(value) if isinstance(value, str) else timedelta(milliseconds=int(str(value)))
        except (UnplacedError, ValueError, OverflowError):
            return ""
        rest, parts = abs(duration) // dates.MILLISECOND, []
        for size, one, many in self.phrases.units:
            count, rest = divmod(rest, size)
            if count:
                parts.append(self._counted(one, many, count))
        said = " ".join(parts) or self._counted(*self.phrases.units[-2][1:], 0)
        return self.phrases.minus.format(said) if duration < timedelta() else said

    def _counted(self, one: str, many: str, count: int) -> str:
        template = load(EXPRESSION, self.language).get(one, "sentence.units", count)
        return (template or (one if count == 1 else many)).format(count)

    # References

    def segment(self, node: Node) -> str:
        """Return the name; the parts of references are worded with the whole."""
        return node.name if isinstance(node, FieldSegment) else ""

    def reference(self, node: Reference) -> str:
        names = [step.name if isinstance(step, FieldSegment) else "…" for step in node.steps[:2]]
        if node.sigil == "@":
            said = self._path(names[0], node.steps[1:])
        elif names[0] == JOURNEY_PROPERTIES_SOURCE and len(names) > 1:
            said = self._path(self.phrases.property.format(names[1]), node.steps[2:])
        else:
            root = self.phrases.group.format(*names) if len(names) > 1 else names[0]
            said = self._path(root, node.steps[2:])
        if node.parameters:
            each = (self.phrases.parameter.format(one.name, self.said[id(one.value)]) for one in node.parameters)
            said = self.phrases.parameters.format(said, ", ".join(each))
        return said if node.default is None else self.phrases.default.format(said, self.said[id(node.default)])

    def item(self, node: Item) -> str:
        first = node.steps[0] if node.steps else None
        if isinstance(first, FieldSegment):
            return self._path(self.phrases.its.format(first.name), node.steps[1:])
        return self._path(self.phrases.item, node.steps)

    def _path(self, said: str, steps: tuple[Node, ...]) -> str:
        for step in steps:
            if isinstance(step, Method):
                said = self._method(said, step)
            elif isinstance(step, FieldSegment):
                said = self.phrases.of_field.format(said, step.name)
        return said

    def _method(self, said: str, step: Method) -> str:
        if not step.arguments:
            return self.phrases.chosen.get(step.name, "{0}").format(said, "")
        argument = self.said[id(step.arguments[0])]
        if step.name in self.phrases.conditioned:
            return self.phrases.conditioned[step.name].format(said, argument)
        return self.phrases.chosen.get(step.name, "{0}").format(said, argument)
