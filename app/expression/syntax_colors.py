"""Which part of a text is what, for its colours: events green, data sources blue, functions and constants orange.

Works on tokens, so that a text one is in the middle of writing is coloured too. Offsets are code points.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from engine.expression.syntax import ITEM_OF
from engine.expression.tokens import KEYWORDS, Token, tokenize

EVENT, SOURCE, FUNCTION, CONSTANT = "event", "source", "function", "constant"
STRING, KEYWORD, COMMENT, LABEL = "string", "keyword", "comment", "label"

ROLES: Mapping[str, str] = {
    EVENT: "event",
    SOURCE: "action",
    FUNCTION: "orchestration",
    CONSTANT: "orchestration",
    STRING: "success",
    KEYWORD: "text",
    COMMENT: "faint",
    LABEL: "secondary",
}
"""The colour in the theme table of each kind of part."""

_CONSTANTS = frozenset({"true", "false", "null"})
_ITEMS = {item: EVENT if sigil == "@" else SOURCE for sigil, item in ITEM_OF.items()}
_OPENERS = {"@{": EVENT, "#{": SOURCE, "(": "", "[": "", "{": ""}
_PATH_STARTS = frozenset({".", "@{", "#{"})


class ColoredPart(NamedTuple):
    """A stretch of the text that has a colour."""

    start: int
    end: int
    kind: str


def parts(text: str) -> tuple[ColoredPart, ...]:
    """Return the coloured parts of a text in order."""
    found = tokenize(text)
    comments = [ColoredPart(start, end, COMMENT) for start, end in found.comments]
    return tuple(sorted([*_Walk(found.tokens).parts(), *comments]))


class _Walk:
    """One pass over the tokens. ``chain`` is the colour of the reference or item that a path belongs to."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.chain = ""
        self.open: list[tuple[str, str]] = []

    def parts(self) -> Iterator[ColoredPart]:
        before = ""
        for at, token in enumerate(self.tokens[:-1]):
            kind = self._kind(at, token, before)
            if kind:
                yield ColoredPart(token.start, token.end, kind)
            before = token.text if token.kind == "symbol" else ""

    def _kind(self, at: int, token: Token, before: str) -> str:
        if token.kind == "symbol":
            return self._symbol(token.text)
        if before in _PATH_STARTS and self.chain:
            return self.chain
        if token.kind == "string":
            return STRING
        return self._word(token.text, self.tokens[at + 1].text) if token.kind == "word" else ""

    def _symbol(self, symbol: str) -> str:
        if symbol in _OPENERS:
            self.open.append((symbol, self.chain))
            self.chain = _OPENERS[symbol]
            return self.chain
        if symbol in (")", "]", "}") and self.open:
            opener, outer = self.open.pop()
            inner, self.chain = _OPENERS[opener], outer
            return inner if symbol == "}" else ""
        if symbol == ".":
            return self.chain
        if symbol != ",":
            self.chain = self.chain if symbol == ":" else self._enclosing()
        return ""

    def _enclosing(self) -> str:
        return _OPENERS[self.open[-1][0]] if self.open else ""

    def _word(self, word: str, following: str) -> str:
        if following == ":" and self.open:
            return LABEL
        if word in _ITEMS:
            self.chain = _ITEMS[word]
            return self.chain
        self.chain = ""
        if word in _CONSTANTS:
            return CONSTANT
        if word in KEYWORDS:
            return KEYWORD
        return FUNCTION if following == "(" else ""
