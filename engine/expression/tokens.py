"""Tokenizer. It never raises: a text that is no token becomes an error beside the tokens, and reading goes on.

A name after ``@{``, ``#{``, ``.`` or in a list of parameters is a path segment, which may hold hyphens; everywhere
else a hyphen is a minus, and two of them start a comment (expressions, "Lexical rules").
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from engine.catalogue import Phrase
from engine.expression.errors import SYNTAX, ExpressionError, Fix, phrase

MAX_INTEGER = 2**63 - 1
MIN_INTEGER = -(2**63)

KEYWORDS = frozenset({"and", "or", "not", "is", "has", "null", "true", "false", "if", "then", "else"})

WHITE_SPACE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
SEGMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")

_SPACES = re.compile(f"[{WHITE_SPACE}]*")
_COMMENT = r"(?P<comment>--[^\n\r]*)"
_NUMBERS = r"(?P<decimal>[0-9]+\.[0-9]+)|(?P<integer>[0-9]+)"
_SIGNS = (
    r"(?P<alias>===|!==|<>|&&|\|\||=<|=>|=(?!=)|!(?!=))"
    r"|(?P<symbol>[@#]\{|==|!=|>=|<=|[-+*/%><()\[\]{}.,:])|(?P<string>[\"'])|(?P<end>\Z)"
)
_ANYWHERE = re.compile(f"[{WHITE_SPACE}]*(?:{_COMMENT}|{_NUMBERS}|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|{_SIGNS})")
_IN_PATH = re.compile(f"[{WHITE_SPACE}]*(?:{_COMMENT}|{_NUMBERS}|(?P<word>{SEGMENT.pattern})|{_SIGNS})")
_PLAIN_STRING = {quote: re.compile(rf"{quote}([^{quote}\\\ud800-\udfff]*){quote}") for quote in "\"'"}
_ESCAPES = {"\\": "\\", '"': '"', "'": "'", "n": "\n", "t": "\t", "r": "\r"}
_HEX = re.compile(r"[0-9a-fA-F]{4}")

ALIASES: Mapping[str, str] = {
    "===": "==", "!==": "!=", "<>": "!=", "&&": "and", "||": "or", "=<": "<=", "=>": ">=", "=": "==", "!": "not",
}  # fmt: skip

_BEFORE_SEGMENT = frozenset({".", "@{", "#{", "{"})
_OPENERS = frozenset({"(", "[", "{", "@{", "#{"})
_CLOSERS = {")": "(", "]": "[", "}": "{"}


class Token(NamedTuple):
    """One token. ``kind``: string, integer, decimal, word, symbol, end. ``value``: what a literal stands for."""

    kind: str
    text: str
    start: int
    end: int
    value: str | int | float | None = None


_new = tuple.__new__
"""Makes tokens in half the time."""


class Tokens(NamedTuple):
    """All tokens of a text, the last of kind ``end``; the comments as spans; and what could not be read."""

    tokens: list[Token]
    comments: list[tuple[int, int]]
    errors: list[ExpressionError]


def tokenize(text: str) -> Tokens:
    """Split the whole text. Errors are of kind ``syntax``."""
    return _Lexer(text).run()


class _Lexer:
    """The state of one reading: the position, and the open brackets that tell names from segments."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = []
        self.comments: list[tuple[int, int]] = []
        self.errors: list[ExpressionError] = []
        self.brackets: list[str] = []

    def run(self) -> Tokens:
        text, tokens, position, kind, pattern = self.text, self.tokens, 0, "", _ANYWHERE
        while kind != "end":
            match = pattern.match(text, position)
            if match is None or match.lastgroup is None:
                spaces = _SPACES.match(text, position)
                position = self._strange(spaces.end() if spaces else position)
                continue
            kind = match.lastgroup
            start, position = match.span(kind)
            if kind == "comment":
                self.comments.append((start, position))
                continue
            pattern = _ANYWHERE
            found = text[start:position]
            if kind == "symbol":
                tokens.append(_new(Token, (kind, found, start, position, None)))
                self._bracket(found)
                if found in _BEFORE_SEGMENT or (found == "," and self.brackets[-1:] == ["{"]):
                    pattern = _IN_PATH
            elif kind in ("word", "end"):
                tokens.append(_new(Token, (kind, found, start, position, None)))
            else:
                position = self._other(kind, found, start, position)
        return Tokens(tokens, self.comments, self.errors)

    def _other(self, kind: str, found: str, start: int, end: int) -> int:
        """Take a literal or a foreign operator; the position after it."""
        if kind == "string":
            return self._string(start)
        if kind == "integer":
            self.tokens.append(Token(kind, found, start, end, self._integer(found, start, end)))
        elif kind == "decimal":
            self.tokens.append(Token(kind, found, start, end, self._decimal(found, start, end)))
        else:
            self._alias(found, start, end)
        return end

    def _bracket(self, symbol: str) -> None:
        if symbol in _OPENERS:
            self.brackets.append(symbol)
        elif symbol in _CLOSERS and self.brackets and self.brackets[-1][-1] == _CLOSERS[symbol]:
            self.brackets.pop()

    def _fail(self, code: str, text: Phrase, start: int, end: int, fixes: tuple[Fix, ...] = ()) -> None:
        self.errors.append(ExpressionError(SYNTAX, code, text, start, end, fixes))

    def _integer(self, found: str, start: int, end: int) -> int:
        """Read an integer; 2^63 is let through for the parser: a minus before it makes the smallest integer."""
        digits = found.lstrip("0") or "0"
        if len(digits) > 19 or int(digits) > MAX_INTEGER + 1:
            self._fail("integer_range", phrase("integer_range"), start, end)
            return 0
        return int(digits)

    def _decimal(self, found: str, start: int, end: int) -> float:
        value = float(found)
        if value == float("inf"):
            self._fail("decimal_range", phrase("decimal_range"), start, end)
            return 0.0
        return value

    def _alias(self, found: str, start: int, end: int) -> None:
        """Report an operator of another language with the one that is meant, and read on as if it were that."""
        meant = ALIASES[found]
        fix = Fix(start, end, f" {meant} " if meant.isalpha() else meant)
        self._fail("unknown_operator", phrase("unknown_operator", found=found, meant=meant), start, end, (fix,))
        self.tokens.append(Token("word" if meant.isalpha() else "symbol", meant, start, end))

    def _strange(self, position: int) -> int:
        character = self.text[position]
        if "\ud800" <= character <= "\udfff":
            text = phrase("lone_surrogate", half=f"U+{ord(character):04X}")
            self._fail("lone_surrogate", text, position, position + 1)
        else:
            shown = character if character.isprintable() else f"U+{ord(character):04X}"
            text = phrase("unexpected_character", shown=shown)
            if character in "“”„‟″«»‘’‚‛′":
                text = phrase("unexpected_character.quotation_mark", shown=shown)
            elif character in "@#":
                text = phrase("unexpected_character.sigil", sign=character)
            self._fail("unexpected_character", text, position, position + 1)
        return position + 1

    def _string(self, start: int) -> int:
        """Read a string from its opening quote. An unclosed one takes the rest of the text."""
        plain = _PLAIN_STRING[self.text[start]].match(self.text, start)
        if plain:
            self.tokens.append(Token("string", plain.group(), start, plain.end(), plain.group(1)))
            return plain.end()
        return self._string_with_escapes(start)

    def _string_with_escapes(self, start: int) -> int:
        text, size, quote, position = self.text, len(self.text), self.text[start], start + 1
        parts: list[str] = []
        while position < size and text[position] != quote:
            if text[position] == "\\":
                position = self._escape(position, parts)
                continue
            if "\ud800" <= text[position] <= "\udfff":
                self._strange(position)
            else:
                parts.append(text[position])
            position += 1
        if position >= size:
            fix = Fix(size, size, quote)
            self._fail("unclosed_string", phrase("unclosed_string", quote=quote), start, size, (fix,))
        else:
            position += 1
        self.tokens.append(Token("string", text[start:position], start, position, "".join(parts)))
        return position

    def _escape(self, position: int, parts: list[str]) -> int:
        """Read one backslash sequence; the position after it."""
        text = self.text
        letter = text[position + 1 : position + 2]
        if letter in _ESCAPES and letter:
            parts.append(_ESCAPES[letter])
            return position + 2
        if letter == "u":
            return self._unicode(position, parts)
        end = position + len(letter) + 1
        shown = letter if letter.isprintable() else ""
        fixes = (Fix(position, position + 1, "\\\\"),)
        self._fail("bad_escape", phrase("bad_escape", letter=shown), position, end, fixes)
        return position + 1 if letter in ("", "\n") else end

    def _unicode(self, position: int, parts: list[str]) -> int:
        code = self._hex(position)
        if code is None:
            self._fail("bad_escape", phrase("bad_escape.hexadecimal"), position, min(position + 6, len(self.text)))
            return position + 2
        end = position + 6
        if 0xD800 <= code <= 0xDBFF:
            low = self._hex(end) if self.text.startswith("\\u", end) else None
            if low is not None and 0xDC00 <= low <= 0xDFFF:
                parts.append(chr(0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)))
                return end + 6
        if 0xD800 <= code <= 0xDFFF:
            self._fail("lone_surrogate", phrase("lone_surrogate.escaped", half=f"\\u{code:04x}"), position, end)
        else:
            parts.append(chr(code))
        return end

    def _hex(self, position: int) -> int | None:
        """Read the four digits after a backslash and ``u`` at the position."""
        digits = _HEX.match(self.text, position + 2)
        return int(digits.group(), 16) if digits else None
