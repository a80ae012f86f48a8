"""Formatter: lays out a text evenly, with its own parentheses, quotes and comments.

Works on tokens, not on the tree. A text too long for one line is broken before the outermost ``and`` and ``or``. A text
with syntax errors, or one that would pass the limit of length, is left as it is.
"""

from __future__ import annotations

from engine.expression.parser import MAX_LENGTH, parse
from engine.expression.tokens import KEYWORDS, Token, tokenize

WIDTH = 100
_OPENERS = frozenset({"(", "[", "{", "@{", "#{"})
_CLOSERS = frozenset({")", "]", "}"})
_OPERAND_KINDS = frozenset({"string", "integer", "decimal"})
_CONSTANTS = frozenset({"null", "true", "false", "numeric", "integer", "decimal"})


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
