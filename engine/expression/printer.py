"""Printer: turns a tree into text, and lays out a text evenly.

``parse(print_tree(tree))`` is the tree again. Parentheses stand where needed.

Pieces are laid out on a stack, so depth costs nothing. The text has spaces around operators; when that would pass the
limit of length, it is written without them, which is never longer than the text the tree was read from.

``format_text`` keeps a text's own parentheses, quotes and comments. A text too long for one line is broken before the
outermost ``and`` and ``or``. A text with syntax errors, or one that would pass the limit of length, stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import NamedTuple

from engine.expression import syntax
from engine.expression.names import quote
from engine.expression.parser import MAX_LENGTH, parse
from engine.expression.syntax import NEGATE, NOT, SUM, Node, level_of
from engine.expression.tokens import KEYWORDS, SEGMENT, Token, tokenize

WIDTH = 100
_OPENERS = frozenset({"(", "[", "{", "@{", "#{"})
_CLOSERS = frozenset({")", "]", "}"})
_OPERAND_KINDS = frozenset({"string", "integer", "decimal"})
_CONSTANTS = frozenset({"null", "true", "false", "numeric", "integer", "decimal"})


class Piece(NamedTuple):
    """A part of the output: a text; ``kind`` ``word`` and ``segment`` run into what is written directly after."""

    text: str
    kind: str = "symbol"


class PendingNode(NamedTuple):
    """A node still to be written, in parentheses when its operator binds looser than ``level``."""

    node: Node
    level: int = 0


Part = Piece | PendingNode

SPACE = Piece(" ", "space")
OPEN, CLOSE, COMMA = Piece("("), Piece(")"), Piece(",")


def print_tree(tree: Node) -> str:
    """Print a tree on one line. ``Missing`` parts are written as an ellipsis, which does not read back."""
    pieces = _pieces(tree)
    spaced = "".join(piece.text for piece in pieces)
    return spaced if len(spaced) <= MAX_LENGTH else _compact(pieces)


def _pieces(tree: Node) -> list[Piece]:
    written: list[Piece] = []
    waiting: list[Part] = [PendingNode(tree)]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Piece):
            written.append(part)
            continue
        parts = _WRITE[type(part.node)](part.node)
        if level_of(part.node) < part.level:
            parts = [OPEN, *parts, CLOSE]
        waiting.extend(reversed(parts))
    return written


def _compact(pieces: list[Piece]) -> str:
    """Without the spaces that are not needed to tell two pieces apart."""
    out: list[str] = []
    last = Piece("")
    for piece in pieces:
        if piece.kind == "space":
            continue
        first, end = piece.text[0], last.text[-1:]
        joined_words = last.kind in ("word", "segment") and (first.isalnum() or first == "_")
        if joined_words or (first == "-" and (end == "-" or last.kind == "segment")):
            out.append(" ")
        out.append(_raw(piece) if piece.kind == "text" else piece.text)
        last = piece
    return "".join(out)


def _raw(piece: Piece) -> str:
    """Write a string literal with line breaks and tabs as they are; each backslash pair is looked at once."""
    out: list[str] = []
    characters = iter(piece.text)
    for character in characters:
        follows = next(characters) if character == "\\" else ""
        out.append({"n": "\n", "t": "\t", "r": "\r"}.get(follows, character + follows))
    return "".join(out)


def literal_text(value: str | int | float | bool | None) -> str:
    """Write a literal that reads back as the value; a text is put in the quotes that need fewer escapes."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return quote(value, "'" if value.count('"') > value.count("'") else '"')
    if isinstance(value, float):
        digits = f"{Decimal(repr(value)):f}"
        return digits if "." in digits else f"{digits}.0"
    return str(value)


def _literal(node: syntax.Literal) -> list[Part]:
    kind = "text" if isinstance(node.value, str) else "number" if type(node.value) in (int, float) else "word"
    return [Piece(literal_text(node.value), kind)]


def _separated(nodes: tuple[Node, ...]) -> list[Part]:
    parts: list[Part] = []
    for node in nodes:
        parts += [COMMA, SPACE, PendingNode(node)] if parts else [PendingNode(node)]
    return parts


def _list(node: syntax.ListLiteral) -> list[Part]:
    return [Piece("["), *_separated(node.items), Piece("]")]


def _operator(text: str) -> list[Part]:
    return [SPACE, Piece(text, "word" if text.isalpha() else "symbol"), SPACE]


def _chain(node: syntax.Chain) -> list[Part]:
    level = level_of(node) + 1
    parts: list[Part] = [PendingNode(node.operands[0], level)]
    for operator, operand in zip(node.operators, node.operands[1:], strict=True):
        parts += [*_operator(operator), PendingNode(operand, level)]
    return parts


def _comparison(node: syntax.Comparison) -> list[Part]:
    return [PendingNode(node.left, SUM), *_operator(node.operator), PendingNode(node.right, SUM)]


def _test(node: syntax.Test) -> list[Part]:
    words: list[Part] = []
    for word in node.test.split():
        words += [SPACE, Piece(word, "word")]
    return [PendingNode(node.operand, SUM), *words]


def _unary(node: syntax.Unary) -> list[Part]:
    if node.operator == "not":
        return [Piece("not", "word"), SPACE, PendingNode(node.operand, NOT)]
    inner = node.operand
    minus = isinstance(inner, syntax.Unary) or (isinstance(inner, syntax.Literal) and str(inner.value).startswith("-"))
    return [Piece("-"), *([SPACE] if minus else []), PendingNode(inner, NEGATE)]


def _conditional(node: syntax.Conditional) -> list[Part]:
    return [
        Piece("if", "word"), SPACE, OPEN, PendingNode(node.condition), CLOSE,
        SPACE, Piece("then", "word"), SPACE, OPEN, PendingNode(node.then), CLOSE,
        SPACE, Piece("else", "word"), SPACE, OPEN, PendingNode(node.otherwise), CLOSE,
    ]  # fmt: skip


def _call(node: syntax.FunctionCall) -> list[Part]:
    return [Piece(node.name, "word"), OPEN, *_separated(node.arguments), CLOSE]


def _segment(node: syntax.FieldSegment) -> list[Part]:
    if SEGMENT.fullmatch(node.name):
        return [Piece(node.name, "segment")]
    return [Piece(quote(node.name, '"' if node.name.count("'") > node.name.count('"') else "'"), "text")]


def _method(node: syntax.Method) -> list[Part]:
    return [Piece(node.name, "segment"), OPEN, *_separated(node.arguments), CLOSE]


def _path(steps: tuple[Node, ...]) -> list[Part]:
    parts: list[Part] = []
    for step in steps:
        parts += [Piece("."), PendingNode(step)]
    return parts


def _parameter(node: syntax.ReferenceParameter) -> list[Part]:
    return [*_segment(syntax.FieldSegment(node.name)), Piece(":"), SPACE, PendingNode(node.value)]


def _reference(node: syntax.Reference) -> list[Part]:
    parts = [Piece(f"{node.sigil}{{"), *_path(node.steps)[1:]]
    if node.default is not None:
        parts += [COMMA, SPACE, Piece("defaultValue", "word"), Piece(":"), SPACE, PendingNode(node.default)]
    if node.parameters is not None:
        parts += [
            COMMA,
            SPACE,
            Piece("params", "word"),
            Piece(":"),
            SPACE,
            Piece("{"),
            *_separated(node.parameters),
            Piece("}"),
        ]
    return [*parts, Piece("}")]


def _item(node: syntax.Item) -> list[Part]:
    return [Piece(node.name, "segment"), *_path(node.steps)]


def _missing(_node: syntax.Missing) -> list[Part]:
    return [Piece("…")]


_WRITE: Mapping[type[Node], Callable[..., list[Part]]] = {
    syntax.Literal: _literal, syntax.ListLiteral: _list, syntax.Chain: _chain, syntax.Comparison: _comparison,
    syntax.Test: _test, syntax.Unary: _unary, syntax.Conditional: _conditional, syntax.FunctionCall: _call,
    syntax.FieldSegment: _segment, syntax.Method: _method, syntax.ReferenceParameter: _parameter,
    syntax.Reference: _reference, syntax.Item: _item, syntax.Missing: _missing,
}  # fmt: skip


# Layout of a text


def format_text(text: str) -> str:
    """Lay out a text evenly; it reads as the same tree. Formatting twice changes nothing more."""
    if parse(text).errors:
        return text
    found = tokenize(text)
    comments = [Token("comment", text[start:end].rstrip(), start, end) for start, end in found.comments]
    tokens = sorted([*found.tokens[:-1], *comments], key=lambda token: token.start)
    one_line = _lay_out(tokens, broken=False)
    formatted = one_line if not comments and len(one_line) <= WIDTH else _lay_out(tokens, broken=True)
    return formatted if len(formatted) <= MAX_LENGTH else text


def _lay_out(tokens: list[Token], broken: bool) -> str:
    out: list[str] = []
    depth = 0
    before, last = Token("start", "", 0, 0), Token("start", "", 0, 0)
    unary = False
    for token in tokens:
        if token.text in _CLOSERS and token.kind == "symbol":
            depth -= 1
        if last.kind == "comment":
            out.append("\n" + "  " * depth)
        elif broken and depth == 0 and token.kind == "word" and token.text in ("and", "or") and last.text != ".":
            out.append("\n")
        elif _space_between(before, last, token, unary):
            out.append(" ")
        out.append(token.text)
        if token.text in _OPENERS and token.kind == "symbol":
            depth += 1
        if token.kind != "comment":
            unary = token.text == "-" and token.kind == "symbol" and not _ends_operand(before, last)
            before, last = last, token
        else:
            before, last = (last, token) if last.kind != "comment" else (before, token)
    return "".join(out)


def _ends_operand(before: Token, last: Token) -> bool:
    """Whether an operand is complete before the current token, so that a minus there joins two."""
    if last.kind in _OPERAND_KINDS or last.text in _CLOSERS:
        return True
    if last.kind != "word":
        return False
    return last.text not in KEYWORDS or last.text in _CONSTANTS or before.text == "."


def _space_between(before: Token, last: Token, token: Token, unary: bool) -> bool:
    """Whether a space stands between two tokens; ``unary``: the last one is a minus sign of one operand."""
    if last.kind == "start":
        return False
    if token.kind == "comment":
        return True
    if unary:
        return token.text == "-"
    if last.kind == "symbol" and (last.text in _OPENERS or last.text == "."):
        return False
    if token.kind == "symbol":
        if token.text in _CLOSERS or token.text in (",", ".", ":"):
            return False
        if token.text == "(":
            return last.kind != "word" or (last.text in KEYWORDS and before.text != ".")
    return True
