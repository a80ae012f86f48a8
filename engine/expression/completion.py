"""Completion and signature help at a position of an unfinished expression.

Positions are in code points. Reading the longest text takes some milliseconds, so nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from engine.catalogue import translate
from engine.expression.check_state import PathFact
from engine.expression.checker import Checker
from engine.expression.dates import DATE_PARTS, zone_names
from engine.expression.functions import FUNCTIONS
from engine.expression.functions.signatures import Argument, Function
from engine.expression.names import (
    JOURNEY_PROPERTIES,
    JOURNEY_PROPERTIES_SOURCE,
    METHODS,
    quote_segment,
)
from engine.expression.parser import parse
from engine.expression.paths import field_step, method_step, names_in
from engine.expression.syntax import ITEM_OF, FunctionCall, Item, Method, Node, Reference, walk
from engine.expression.tokens import Token, tokenize
from engine.expression.types import UNKNOWN, ObjectType, Scope, Type

MOST = 200
OPERATORS: tuple[tuple[str, str], ...] = (
    ("and", "both hold"),
    ("or", "at least one holds"),
    ("==", "equal"),
    ("!=", "not equal"),
    (">", "more than, or after"),
    (">=", "at least"),
    ("<", "less than, or before"),
    ("<=", "at most"),
    ("+", "plus, or followed by"),
    ("-", "minus"),
    ("*", "times"),
    ("/", "divided by"),
    ("%", "remainder"),
    ("is null", "has no value"),
    ("is not null", "has a value"),
    ("has null", "a list with a missing item"),
    ("is numeric", "a number"),
    ("is integer", "a whole number"),
    ("is decimal", "a decimal"),
)
TESTS_AFTER: Mapping[str, tuple[str, ...]] = {
    "is": ("null", "not null", "numeric", "integer", "decimal"),
    "has": ("null",),
}
WORDS: tuple[tuple[str, str], ...] = (
    ("not", "the opposite of a condition"), ("if", "if (condition) then (value) else (value)"), ("true", "boolean"),
    ("false", "boolean"), ("null", "no value"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Completion:
    """One proposal. ``insert`` is what replaces the stretch; ``detail`` a type or signature.

    ``kind``: ``event``, ``source``, ``group``, ``property``, ``field``, ``method``, ``function``, ``item``,
    ``operator``, ``keyword`` or ``constant``.
    """

    label: str
    insert: str
    kind: str
    detail: str = ""
    documentation: str = ""


@dataclass(frozen=True, slots=True)
class Completions:
    """Proposals for the text from ``start`` to ``end``, the best first."""

    start: int
    end: int
    items: tuple[Completion, ...]


@dataclass(frozen=True, slots=True)
class SignatureHelp:
    """The ways to call the function around the position; ``active`` is the argument one is writing, from 0."""

    name: str
    signatures: tuple[str, ...]
    active: int
    documentation: str


def complete(text: str, position: int, scope: Scope, language: str = "en") -> Completions:
    """Return the proposals at a position, explained in a language, those first that begin like the text there."""
    found = tokenize(text)
    if any(start < position <= end for start, end in found.comments):
        return Completions(position, position, ())
    current = next((token for token in found.tokens if token.start < position <= token.end), None)
    tree = parse(text).tree
    checker = Checker(scope)
    checker.run(tree)
    if current is not None and current.kind in ("integer", "decimal"):
        return Completions(position, position, ())
    word = current if current is not None and current.kind in ("word", "string") else None
    start, end = (word.start, word.end) if word else (position, position)
    before = [token for token in found.tokens if token.end <= start and token.kind != "end"]
    anchor = position if word or not before else before[-1].end
    around = [node for node in walk(tree) if node.start <= anchor <= node.end]
    if word and word.kind == "string":
        return _in_string(word, position, around, checker, text)
    proposals = _proposals(before, around, checker, start)
    matching = _matching(proposals, text[start:position])
    return Completions(start, end, tuple(_explained(one, language) for one in matching))


def _explained(proposal: Completion, language: str) -> Completion:
    if language == "en":
        return proposal
    function = FUNCTIONS.get(proposal.label) if proposal.kind == "function" else None
    documentation = (
        _documentation(function, language) if function else translate(proposal.documentation, language, "editor")
    )
    return replace(proposal, detail=translate(proposal.detail, language, "editor"), documentation=documentation)


def _documentation(function: Function, language: str) -> str:
    return "\n".join(
        (function.explained(language), *(f"{text} → {value}" for text, value in function.examples.items()))
    )


def _matching(proposals: Iterable[Completion], written: str) -> tuple[Completion, ...]:
    """Those that begin with what is written, then those that hold it; capitals do not matter."""
    wanted = written.lower()
    scored = [(one.label.lower().find(wanted), at, one) for at, one in enumerate(proposals)]
    fitting = sorted((found > 0, order) for found, order, _ in scored if found >= 0)
    return tuple(scored[order][2] for _, order in fitting[:MOST])


def _proposals(before: list[Token], around: list[Node], checker: Checker, start: int) -> Iterator[Completion]:
    last = before[-1] if before else None
    if last is not None and last.kind == "symbol":
        if last.text in ("@{", "#{"):
            return _roots(last.text[0], checker.scope)
        if last.text == ".":
            return _in_path(around, checker, start)
    if last is not None and last.kind == "word" and last.text in TESTS_AFTER:
        return (Completion(test, test, "operator") for test in TESTS_AFTER[last.text])
    if last is not None and _ends_operand(before):
        return _operators()
    return _operands(around, checker, start)


def _ends_operand(before: list[Token]) -> bool:
    last = before[-1]
    if last.kind == "symbol":
        return last.text in (")", "]", "}")
    if last.kind == "word":
        in_path = len(before) > 1 and before[-2].text == "."
        return in_path or last.text in ("null", "true", "false", "numeric", "currentEventField", "currentDataPackField")
    return True


# References


def _roots(sigil: str, scope: Scope) -> Iterator[Completion]:
    if sigil == "@":
        for name, schema in scope.events.items():
            yield Completion(name, quote_segment(name), "event", ", ".join(list(schema.fields)[:6]))
        return
    for name, groups in scope.sources.items():
        yield Completion(name, quote_segment(name), "source", ", ".join(groups))
    yield Completion(JOURNEY_PROPERTIES_SOURCE, JOURNEY_PROPERTIES_SOURCE, "source", "properties of the journey")


def _in_path(around: list[Node], checker: Checker, start: int) -> Iterator[Completion]:
    """Propose what may follow a dot: names of field groups or properties, fields, methods."""
    owner = next((node for node in reversed(around) if isinstance(node, Reference | Item)), None)
    if owner is None:
        return iter(())
    done = [step for step in owner.steps if step.end < start]
    if isinstance(owner, Reference) and owner.sigil == "#" and len(done) == 1:
        return _second_names(getattr(done[0], "name", ""), checker.scope)
    return _members(_type_after(owner, len(done), checker))


def _second_names(source: str, scope: Scope) -> Iterator[Completion]:
    if source == JOURNEY_PROPERTIES_SOURCE:
        for name, of in JOURNEY_PROPERTIES.items():
            yield Completion(name, name, "property", str(of))
        return
    for name, schema in scope.sources.get(source, {}).items():
        needs = f"params: {', '.join(schema.parameters)}" if schema.parameters else ""
        yield Completion(name, quote_segment(name), "group", needs)


def _roots_of(owner: Reference | Item) -> int:
    """How many of the first names say where the data are, before the fields."""
    if isinstance(owner, Item):
        return 0
    return 1 if owner.sigil == "@" else 2


def _type_after(owner: Reference | Item, count: int, checker: Checker) -> Type:
    fact = checker.typed.facts.get(id(owner))
    if not isinstance(fact, PathFact):
        return UNKNOWN
    walked = count - _roots_of(owner)
    if walked <= 0:
        return fact.start
    return fact.steps[walked - 1].type if walked <= len(fact.steps) else UNKNOWN


def _members(of: Type) -> Iterator[Completion]:
    for name in names_in(of):
        step = field_step(of, name)
        yield Completion(name, quote_segment(name), "field", str(step.type) if step else "")
    for name, meaning in METHODS.items():
        if method_step(of, name, "", False) is not None:
            yield Completion(f"{name}()", f"{name}()", "method", "", meaning)


# Operands and operators


def _operators() -> Iterator[Completion]:
    for symbol, meaning in OPERATORS:
        yield Completion(symbol, symbol, "operator", "", meaning)


def _operands(around: list[Node], checker: Checker, start: int) -> Iterator[Completion]:
    item = _item_here(around, start)
    if item:
        yield Completion(item, item, "item", "the item the condition looks at")
    for name in checker.scope.events:
        yield Completion(f"@{{{name}…}}", f"@{{{quote_segment(name)}.", "event", "a field of this event")
    for name in (*checker.scope.sources, JOURNEY_PROPERTIES_SOURCE):
        yield Completion(f"#{{{name}…}}", f"#{{{quote_segment(name)}.", "source", "a field of this data source")
    for function in FUNCTIONS.values():
        documentation = _documentation(function, "en")
        yield Completion(function.name, f"{function.name}()", "function", function.lines()[0], documentation)
    for word, meaning in WORDS:
        yield Completion(word, word, "keyword", "", meaning)
    yield from _fields_of(checker.scope)


def _fields_of(scope: Scope) -> Iterator[Completion]:
    """Propose the fields outside of lists by their own names, each as a whole reference."""
    for name, schema in scope.events.items():
        yield from _fields_in(f"@{{{quote_segment(name)}", schema, name)
    for source, groups in scope.sources.items():
        for group, read in groups.items():
            place = f"#{{{quote_segment(source)}.{quote_segment(group)}"
            yield from _fields_in(place, read.fields, f"{group} ({source})")


def _fields_in(place: str, of: ObjectType, owner: str) -> Iterator[Completion]:
    for name, inner in of.fields.items():
        here = f"{place}.{quote_segment(name)}"
        yield Completion(name, f"{here}}}", "field", owner, f"{here}}}")
        if isinstance(inner, ObjectType):
            yield from _fields_in(here, inner, owner)


def _item_here(around: list[Node], start: int) -> str:
    """Return the name of the item that a condition at the position sees; empty outside of conditions."""
    sees, sigil = "", ""
    for node in around:
        if isinstance(node, Reference):
            sigil = node.sigil
        elif isinstance(node, Item):
            sigil = "@" if node.name == ITEM_OF["@"] else "#"
        elif isinstance(node, Method) and node.name in ("all", "first", "last") and start > node.start + len(node.name):
            sees = ITEM_OF[sigil]
    return sees


# Constants in quotes


def _in_string(token: Token, position: int, around: list[Node], checker: Checker, text: str) -> Completions:
    """Names of segments, zones, date parts and fields where a function asks for one."""
    closed = len(token.text) > 1 and token.text.endswith(token.text[0])
    start, end = token.start + 1, token.end - 1 if closed else token.end
    call = next((node for node in reversed(around) if isinstance(node, FunctionCall)), None)
    if call is None or position > end:
        return Completions(position, position, ())
    at = sum(1 for argument in call.arguments if argument.end < position and argument.start < token.start)
    function = FUNCTIONS.get(call.name)
    names = _names_for(function, call, at, checker) if function else ()
    proposals = (Completion(name, name, "constant") for name in names)
    return Completions(start, end, _matching(proposals, text[start:position]))


def _names_for(function: Function, call: FunctionCall, at: int, checker: Checker) -> Iterable[str]:
    if function.name == "inSegment":
        return checker.scope.segments
    for signature in function.signatures:
        if at < len(signature.arguments):
            found = _names_of(signature.arguments[at], call, checker)
            if found:
                return found
    return ()


def _names_of(argument: Argument, call: FunctionCall, checker: Checker) -> Iterable[str]:
    if argument.name == "zone":
        return sorted(zone_names())
    if argument.name == "part":
        return DATE_PARTS
    of = checker.typed.types.get(id(call.arguments[0])) if argument.key else None
    return names_in(of) if of is not None else ()


def signature_help(text: str, position: int, language: str = "en") -> SignatureHelp | None:
    """Help with the call around the position, or None outside of parentheses of a function."""
    open_brackets: list[tuple[str, int]] = []
    tokens = [token for token in tokenize(text).tokens if token.end <= position and token.kind != "end"]
    for at, token in enumerate(tokens):
        if token.kind != "symbol":
            continue
        if token.text in ("(", "[", "{", "@{", "#{"):
            open_brackets.append((_called(tokens[:at], token.text), 0))
        elif token.text in (")", "]", "}"):
            open_brackets = open_brackets[:-1]
        elif token.text == "," and open_brackets:
            name, commas = open_brackets[-1]
            open_brackets[-1] = (name, commas + 1)
    for name, commas in reversed(open_brackets):
        if name:
            return SignatureHelp(name, FUNCTIONS[name].lines(), commas, FUNCTIONS[name].explained(language))
    return None


def _called(before: list[Token], bracket: str) -> str:
    """Return the function whose parentheses open here; empty when it is none."""
    if bracket != "(" or not before or before[-1].text not in FUNCTIONS:
        return ""
    return before[-1].text if len(before) < 2 or before[-2].text != "." else ""
