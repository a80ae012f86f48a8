"""Reader of tokens: the position, the levels that are open, and the errors so far, on which the parsers build."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from engine.catalogue import Phrase
from engine.expression.errors import SYNTAX, ExpressionError, Fix, phrase
from engine.expression.syntax import OPERAND, Node
from engine.expression.tokens import KEYWORDS, Token

MAX_LEVELS = 100
_STOPS = frozenset({")", "]", "}", ",", ":"})


class TooDeepError(Exception):
    """More than ``MAX_LEVELS`` levels; the message is in the reader's errors."""


def too_deep(start: int, end: int) -> ExpressionError:
    """Return the error of a text with too many levels."""
    return ExpressionError(SYNTAX, "too_deep", phrase("too_deep", most=MAX_LEVELS), start, end)


@dataclass(slots=True)
class Operand:
    """An operand with the extent of its text, parentheses included, and the level its outermost operator has."""

    node: Node
    start: int
    end: int
    level: int = OPERAND


@dataclass(slots=True)
class Operator:
    """An operator that waits for its right operand."""

    text: str
    level: int
    token: Token
    prefix: bool = False


class TokenReader(ABC):
    """A position among the tokens, the errors so far and the levels that are open."""

    def __init__(self, tokens: list[Token], errors: list[ExpressionError]) -> None:
        self.tokens = tokens
        self.index = 0
        self.token = tokens[0]
        self.errors = errors
        self.depth = 0
        self.failed_at = -1

    @abstractmethod
    def expression(self, after: str | Phrase) -> Operand:
        """Read operands and operators up to what ends them.

        ``after``: what stands before, in quotes, for the texts of errors; or the place as a phrase.
        """

    def advance(self) -> Token:
        """Take the current token, which is not the last one."""
        token = self.token
        self.index += 1
        self.token = self.tokens[self.index]
        return token

    def next(self) -> Token:
        return self.tokens[min(self.index + 1, len(self.tokens) - 1)]

    def at(self, text: str) -> bool:
        return self.token.text == text and self.token.kind in ("symbol", "word")

    def accept(self, text: str) -> bool:
        found = self.at(text)
        if found:
            self.advance()
        return found

    def fail(self, code: str, text: Phrase, start: int, end: int, fixes: tuple[Fix, ...] = ()) -> None:
        """Report, but once for each token: what follows from one mistake is not reported again."""
        if self.failed_at != self.index:
            self.failed_at = self.index
            self.errors.append(ExpressionError(SYNTAX, code, text, start, end, fixes))

    def fail_here(self, code: str, text: Phrase, fixes: tuple[Fix, ...] = ()) -> None:
        self.fail(code, text, self.token.start, self.token.end, fixes)

    def close(self, closer: str, opener: Token, of: Phrase) -> int:
        """Take the closing bracket; where the construct ends."""
        if self.at(closer):
            return self.advance().end
        at = self.tokens[self.index - 1].end
        text = phrase("unclosed", bracket=of, at=opener.start + 1, closer=closer, place=self.before())
        self.fail("unclosed", text, self.token.start, self.token.end, (Fix(at, at, closer),))
        return at

    def before(self) -> Phrase:
        return phrase("place.end") if self.token.kind == "end" else phrase("place.before", text=self.shown())

    def shown(self) -> str:
        text = self.token.text
        return f"'{text}'" if len(text) <= 30 else f"'{text[:29]}…'"

    def enter(self) -> None:
        """Open a level; it is closed by taking one off ``depth``."""
        self.depth += 1
        if self.depth > MAX_LEVELS:
            self.errors.append(too_deep(self.token.start, self.token.end))
            raise TooDeepError

    def stops(self) -> bool:
        """Whether the current token ends an expression."""
        token = self.token
        if token.kind == "symbol":
            return token.text in _STOPS
        return token.kind == "end" or (token.kind == "word" and token.text in ("then", "else"))

    def keyword_in_capitals(self, token: Token) -> str:
        """Return the keyword that a word is but for its case, reported; else an empty string."""
        lowered = token.text.lower()
        if token.kind != "word" or lowered not in KEYWORDS or token.text in KEYWORDS:
            return ""
        fix = Fix(token.start, token.end, lowered)
        self.fail_here("keyword_case", phrase("keyword_case", word=token.text, small=lowered), (fix,))
        return lowered

    def several(self, closer: str, place: Phrase) -> tuple[Node, ...]:
        """Expressions with commas between them, up to the closing bracket."""
        found: list[Node] = []
        if self.at(closer):
            return ()
        found.append(self.expression(place).node)
        while self.accept(","):
            found.append(self.expression("','").node)
        return tuple(found)
