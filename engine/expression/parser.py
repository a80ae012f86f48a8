"""Parser: turns tokens into a tree and reports several errors in one go (expressions, "Precedence").

Operators wait on a stack until their operands are complete, so that nesting alone recurses, and long chains do not:

    or < and < not < comparison and tests < + - < * / % < unary - < operands

After an error reading goes on: a missing operand becomes a ``Missing`` node, what cannot be placed is left out. The
tree of a text with errors is for editors; it is never compiled.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.catalogue import Phrase
from engine.expression.errors import SYNTAX, ExpressionError, Fix, either, phrase
from engine.expression.operand_parser import read_operand
from engine.expression.precedence import BINARY, COMPARISON, NEGATE, NOT, TESTS, Operand, Operator
from engine.expression.syntax import Chain, Comparison, Missing, Node, Test, Unary
from engine.expression.tokens import KEYWORDS, Token, tokenize

MAX_LENGTH = 10_000
MAX_LEVELS = 100
_STOPS = frozenset({")", "]", "}", ",", ":"})
_PREFIXES = frozenset({"not", "-"})
_TEST_WORDS = frozenset({"is", "has"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text reads as: its tree (``Missing`` parts where it is wrong) and all syntax errors, in text order."""

    text: str
    tree: Node
    errors: tuple[ExpressionError, ...]


class TooDeepError(Exception):
    """More than ``MAX_LEVELS`` levels; the message is in the parser's errors."""


def parse(text: str) -> Parsed:
    """Read one expression. Never raises; what is wrong is in ``errors``, all of kind ``syntax``."""
    if len(text) > MAX_LENGTH:
        fault = phrase("too_long", most=f"{MAX_LENGTH:,}", size=f"{len(text):,}")
        error = ExpressionError(SYNTAX, "too_long", fault, MAX_LENGTH, len(text))
        return Parsed(text, Missing(start=0, end=len(text)), (error,))
    tokens, _, errors = tokenize(text)
    parser = Parser(tokens, errors)
    try:
        tree = parser.whole()
    except TooDeepError:
        tree = Missing(start=0, end=len(text))
    except RecursionError:
        parser.errors.append(too_deep(0, len(text)))
        tree = Missing(start=0, end=len(text))
    return Parsed(text, tree, tuple(sorted(parser.errors, key=lambda error: (error.start, error.end))))


def too_deep(start: int, end: int) -> ExpressionError:
    """Return the error of a text with too many levels."""
    return ExpressionError(SYNTAX, "too_deep", phrase("too_deep", most=MAX_LEVELS), start, end)


class Parser:
    """A position among the tokens, the errors so far and the levels that are open."""

    def __init__(self, tokens: list[Token], errors: list[ExpressionError]) -> None:
        self.tokens = tokens
        self.index = 0
        self.token = tokens[0]
        self.errors = errors
        self.depth = 0
        self.failed_at = -1

    # Tokens

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
        self.fail("unclosed", text, self.token.start, self.token.end, (Fix(f"Add {closer}", at, at, closer),))
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

    # The whole text

    def whole(self) -> Node:
        """Read ``expression end``."""
        if self.token.kind == "end" and not self.errors:
            self.fail_here("empty", phrase("empty"))
            return Missing(start=0, end=self.token.end)
        tree = self.expression("").node
        while self.token.kind != "end":
            self.fail_here("unexpected", phrase("unexpected", shown=self.shown()))
            self.advance()
            if self.token.kind != "end" and not self.stops():
                self.expression("")
        return tree

    def stops(self) -> bool:
        """Whether the current token ends an expression."""
        token = self.token
        if token.kind == "symbol":
            return token.text in _STOPS
        return token.kind == "end" or (token.kind == "word" and token.text in ("then", "else"))

    # Operators

    def expression(self, after: str | Phrase) -> Operand:
        """Operands and operators up to what ends them.

        ``after``: what stands before, in quotes, for the texts of errors; or the place as a phrase.
        """
        operands: list[Operand] = []
        operators: list[Operator] = []
        while True:
            if self.token.text in _PREFIXES:
                after = self._prefixes(operators, after)
            operands.append(read_operand(self, operators, after))
            if self.token.text in _TEST_WORDS:
                self._operand_tests(operands, operators)
            operator = self._binary()
            if operator is None:
                break
            self._reduce(operands, operators, operator.level)
            self._refuse_chained(operands, operators, operator)
            operators.append(operator)
            after = f"'{operator.text}'"
        self._reduce(operands, operators, 0)
        return operands[0]

    def _prefixes(self, operators: list[Operator], after: str | Phrase) -> str | Phrase:
        """Take ``not`` and ``-`` before an operand."""
        while self.at("not") or self.at("-"):
            level = NOT if self.token.text == "not" else NEGATE
            if level == NOT and operators and operators[-1].level > NOT:
                self.fail_here("misplaced_not", phrase("misplaced_not", before=operators[-1].text))
            self.enter()
            operators.append(Operator(self.token.text, level, self.advance(), prefix=True))
            after = f"'{operators[-1].text}'"
        return after

    def _operand_tests(self, operands: list[Operand], operators: list[Operator]) -> None:
        """Take ``is null`` and its like after an operand."""
        while self.token.kind == "word" and self.token.text in _TEST_WORDS:
            first = self.advance()
            test, end = self._test(first)
            self._reduce(operands, operators, COMPARISON)
            operand = operands[-1]
            if operand.level == COMPARISON or (operators and operators[-1].level == COMPARISON):
                self.fail_chained(first)
            node = Test(test, operand.node, start=operand.start, end=end)
            operands[-1] = Operand(node, operand.start, end, COMPARISON)

    def _test(self, first: Token) -> tuple[str, int]:
        """Read the words after ``is`` or ``has``."""
        words: tuple[str, ...] = (first.text,)
        end = first.end
        while words not in TESTS:
            expected = sorted({test[len(words)] for test in TESTS if test[: len(words)] == words})
            if self.token.kind != "word" or self.token.text not in expected:
                choices = either(*(f"'{word}'" for word in expected))
                self.fail_here("expected_test", phrase("expected_test", before=" ".join(words), choices=choices))
                return "is null", end
            end = self.token.end
            words = (*words, self.advance().text)
        return TESTS[words], end

    def _binary(self) -> Operator | None:
        """Read a binary operator, None at the end of the expression; what is neither is reported and left out."""
        while not self.stops():
            token = self.token
            if token.kind in ("symbol", "word") and token.text in BINARY:
                self.advance()
                return Operator(token.text, BINARY[token.text], token)
            meant = self.keyword_in_capitals(token)
            if meant in BINARY:
                self.advance()
                return Operator(meant, BINARY[meant], token)
            self._misplaced(token)
        return None

    def keyword_in_capitals(self, token: Token) -> str:
        """Return the keyword that a word is but for its case, reported; else an empty string."""
        lowered = token.text.lower()
        if token.kind != "word" or lowered not in KEYWORDS or token.text in KEYWORDS:
            return ""
        fix = Fix(f"Write {lowered}", token.start, token.end, lowered)
        self.fail_here("keyword_case", phrase("keyword_case", word=token.text, small=lowered), (fix,))
        return lowered

    def _misplaced(self, token: Token) -> None:
        """Report something that stands where an operator should, and step over it."""
        if token.kind == "symbol" and token.text == ".":
            fault = phrase("expected_operator.point")
        elif (
            self.tokens[self.index - 1].kind in ("integer", "decimal")
            and self.tokens[self.index - 1].end == token.start
        ):
            fault = phrase("expected_operator.number", shown=self.shown())
        elif token.kind == "word" and token.text == "not":
            fault = phrase("expected_operator.not")
        else:
            fault = phrase("expected_operator.comma" if self.depth else "expected_operator", shown=self.shown())
        self.fail_here("expected_operator", fault)
        if token.kind == "symbol" and token.text not in ("(", "[", "@{", "#{"):
            self.advance()
        else:
            failed = self.index
            read_operand(self, [], "")
            if self.index == failed:
                self.advance()

    def _reduce(self, operands: list[Operand], operators: list[Operator], level: int) -> None:
        """Build the nodes of all waiting operators tighter than ``level``; those of one level become one chain."""
        while operators and operators[-1].level > level:
            top = operators.pop()
            right = operands.pop()
            if top.prefix:
                self.depth -= 1
                node: Node = Unary(top.text, right.node, start=top.token.start, end=right.end)
                operands.append(Operand(node, top.token.start, right.end, top.level))
                continue
            if top.level == COMPARISON:
                left = operands.pop()
                node = Comparison(top.text, left.node, right.node, start=left.start, end=right.end)
                operands.append(Operand(node, left.start, right.end, COMPARISON))
                continue
            self._reduce_chain(operands, operators, top, right)

    @staticmethod
    def _reduce_chain(operands: list[Operand], operators: list[Operator], top: Operator, right: Operand) -> None:
        texts, parts = [top.text], [right, operands.pop()]
        while operators and operators[-1].level == top.level:
            texts.append(operators.pop().text)
            parts.append(operands.pop())
        texts.reverse()
        parts.reverse()
        start, end = parts[0].start, right.end
        node = Chain(tuple(part.node for part in parts), tuple(texts), start=start, end=end)
        operands.append(Operand(node, start, end, top.level))

    def _refuse_chained(self, operands: list[Operand], operators: list[Operator], operator: Operator) -> None:
        if operator.level != COMPARISON:
            return
        if operators and operators[-1].level == COMPARISON:
            self.fail_chained(operator.token)
            right, left = operands.pop(), operands.pop()
            top = operators.pop()
            node = Comparison(top.text, left.node, right.node, start=left.start, end=right.end)
            operands.append(Operand(node, left.start, right.end, COMPARISON))
        elif operands[-1].level == COMPARISON:
            self.fail_chained(operator.token)

    def fail_chained(self, token: Token) -> None:
        self.fail("chained_comparison", phrase("chained_comparison"), token.start, token.end)

    def several(self, closer: str, place: Phrase) -> tuple[Node, ...]:
        """Expressions with commas between them, up to the closing bracket."""
        found: list[Node] = []
        if self.at(closer):
            return ()
        found.append(self.expression(place).node)
        while self.accept(","):
            found.append(self.expression("','").node)
        return tuple(found)
