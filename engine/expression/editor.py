"""Editor service: completion, diagnostics, signatures, hover, highlighting and renaming, without a window.

Everything starts from the text and a position in code points, and works on texts with errors, since most texts are
unfinished while they are written. A whole reading of the longest text takes some milliseconds, so nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.catalogue import translate
from engine.expression import check
from engine.expression.checker import Checker, Typed
from engine.expression.completion import Completion, Completions, complete_at, roots_of
from engine.expression.errors import Fix
from engine.expression.functions import FUNCTIONS
from engine.expression.names import JOURNEY_PROPERTIES_SOURCE, METHODS
from engine.expression.parser import parse
from engine.expression.reference_checker import PathFact
from engine.expression.renaming import places
from engine.expression.syntax import FieldSegment, FunctionCall, Item, Method, Node, Reference, walk
from engine.expression.tokens import KEYWORDS, Token, tokenize
from engine.expression.types import Scope, Type, UnknownType


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A fault to be underlined from ``start`` to ``end``, with the replacements that would fix it."""

    kind: str
    code: str
    message: str
    start: int
    end: int
    fixes: tuple[Fix, ...] = ()


@dataclass(frozen=True, slots=True)
class SignatureHelp:
    """The ways to call the function around the position; ``active`` is the argument one is writing, from 0."""

    name: str
    signatures: tuple[str, ...]
    active: int
    documentation: str


@dataclass(frozen=True, slots=True)
class Hover:
    """What the part of the text from ``start`` to ``end`` is."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A coloured part of the text.

    ``kind``: ``event``, ``source``, ``item``, ``function``, ``keyword``, ``text``, ``number``, ``comment``.
    """

    kind: str
    start: int
    end: int


def complete(text: str, position: int, scope: Scope, language: str = "en") -> Completions:
    """Return the completions at a position and the stretch of text they replace, explained in a language."""
    return complete_at(text, position, scope, language)


def diagnose(text: str, scope: Scope, expected: Type | None = None) -> tuple[Diagnostic, ...]:
    """All faults of the text, in its order."""
    return tuple(
        Diagnostic(error.kind, error.code, error.message, error.start, error.end, error.fixes)
        for error in check(text, scope, expected).errors
    )


def apply_fix(text: str, fix: Fix) -> str:
    """Apply a fix to the text."""
    return text[: fix.start] + fix.text + text[fix.end :]


def around(tree: Node, position: int) -> list[Node]:
    """Return the nodes whose span holds the position, from the whole to the innermost."""
    return [node for node in walk(tree) if node.start <= position <= node.end]


# Signatures and hover


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


def hover(text: str, position: int, scope: Scope, language: str = "en") -> Hover | None:
    """Describe the part at a position: a function's documentation, a field's type, or the type of a value."""
    tree = parse(text).tree
    checker = Checker(scope)
    checker.run(tree)
    for node in reversed(around(tree, position)):
        found = _hover_of(node, position, tree, checker.typed, language)
        if found is not None:
            return found
    return None


def _hover_of(node: Node, position: int, tree: Node, typed: Typed, language: str) -> Hover | None:
    if isinstance(node, FunctionCall) and position <= node.name_end:
        function = FUNCTIONS.get(node.name)
        if function is None:
            return None
        return Hover(node.start, node.name_end, "\n".join((*function.lines(), function.explained(language))))
    if isinstance(node, Method) and position <= node.start + len(node.name):
        meaning = METHODS.get(node.name)
        about = f".{node.name}(): {translate(meaning or '', language, 'editor')}"
        return None if meaning is None else Hover(node.start, node.start + len(node.name), about)
    if isinstance(node, FieldSegment):
        return _hover_of_segment(node, tree, typed, language)
    of = typed.types.get(id(node))
    return None if of is None or isinstance(of, UnknownType) else Hover(node.start, node.end, str(of))


def _hover_of_segment(node: FieldSegment, tree: Node, typed: Typed, language: str) -> Hover | None:
    """Describe the path up to a segment, with its type."""
    owner = next(one for one in walk(tree) if any(child is node for child in one.children()))
    fact = typed.facts.get(id(owner))
    if not isinstance(owner, Reference | Item) or not isinstance(fact, PathFact):
        return None
    at = next(index for index, step in enumerate(owner.steps) if step is node)
    names = [step.name for step in owner.steps[: at + 1] if isinstance(step, FieldSegment)]
    path = ".".join(([owner.name] if isinstance(owner, Item) else []) + names)
    step = at - roots_of(owner)
    if step >= len(fact.steps):
        return None
    what = str(fact.steps[step].type) if step >= 0 else translate(_root_words(owner, at), language, "editor")
    return Hover(node.start, node.end, f"{path}: {what}")


def _root_words(owner: Reference | Item, at: int) -> str:
    """Name the kind of the first names of a reference."""
    if isinstance(owner, Item) or owner.sigil == "@":
        return "event"
    first = owner.steps[0]
    if isinstance(first, FieldSegment) and first.name == JOURNEY_PROPERTIES_SOURCE:
        return "journey property"
    return "data source" if at == 0 else "field group"


# Colours


def highlight(text: str) -> tuple[Stretch, ...]:
    """Return the coloured parts of the text, in its order. Works on any text."""
    found = tokenize(text)
    stretches = [Stretch("comment", start, end) for start, end in found.comments]
    inside: list[str] = []
    for at, token in enumerate(found.tokens):
        kind = _colour(token, found.tokens[at + 1] if at + 1 < len(found.tokens) else token, inside)
        if kind:
            stretches.append(Stretch(kind, token.start, token.end))
    return tuple(sorted(stretches, key=lambda stretch: stretch.start))


_KINDS = {"string": "text", "integer": "number", "decimal": "number"}
_SIGILS = {"@{": "event", "#{": "source"}


def _colour(token: Token, following: Token, inside: list[str]) -> str:
    """Return the colour of a token; ``inside`` are the open brackets, with the colour of what stands right in them."""
    colour = inside[-1] if inside else ""
    if token.kind == "symbol":
        if token.text in ("(", "[", "{", "@{", "#{"):
            inside.append(_SIGILS.get(token.text, ""))
            return _SIGILS.get(token.text, "")
        if token.text in (")", "]", "}") and inside:
            inside.pop()
        return colour if token.text in (".", "}") else ""
    if token.kind in _KINDS:
        return _KINDS[token.kind]
    if token.kind != "word":
        return ""
    if token.text in ("defaultValue", "params") and following.text == ":":
        return "keyword"
    if colour:
        return colour
    if token.text in KEYWORDS:
        return "keyword"
    if token.text in ("currentEventField", "currentDataPackField"):
        return "item"
    return "function" if following.text == "(" else ""


# Renaming


def rename(text: str, old: tuple[str, ...], new: str) -> str:
    """Change a name wherever it is meant; the text stays as it is when it is meant nowhere.

    ``old`` is a path: ``("@", "Beacon")`` an event, ``("@", "Beacon", "orders", "total")`` a field, ``("#", "Hotel")``
    a data source, ``("#", "Hotel", "Stay", "nights")`` a field of a field group, ``("segment", "silver")`` a segment.
    """
    return replace_all(text, places(parse(text).tree, old, new))


def replace_all(text: str, fixes: Iterable[Fix]) -> str:
    """Make several replacements, which do not overlap."""
    for fix in sorted(fixes, key=lambda fix: fix.start, reverse=True):
        text = apply_fix(text, fix)
    return text


__all__ = [
    "Completion",
    "Completions",
    "Diagnostic",
    "Hover",
    "SignatureHelp",
    "Stretch",
    "apply_fix",
    "around",
    "complete",
    "diagnose",
    "highlight",
    "hover",
    "rename",
    "replace_all",
    "signature_help",
]
