"""Parser: turns tokens into a tree and reports several errors in one go (expressions, "Precedence").

Operators wait on a stack until their operands are complete, so that nesting alone recurses, and long chains do not:

    or < and < not < comparison and tests < + - < * / % < unary - < operands

After an error reading goes on: a missing operand becomes a ``Missing`` node, what cannot be placed is left out. The
tree of a text with errors is for editors; it is never compiled.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.catalogue import Phrase
from engine.expression import syntax
from engine.expression.errors import SYNTAX, ExpressionError, either, phrase
from engine.expression.operand_parser import read_operand
from engine.expression.syntax import BINARY, COMPARISON, NEGATE, NOT, TESTS, Node
from engine.expression.token_reader import Operand, Operator, TokenReader, TooDeepError, too_deep
from engine.expression.tokens import Token, tokenize

MAX_LENGTH = 10_000
_PREFIXES = frozenset({"not", "-"})
_TEST_WORDS = frozenset({"is", "has"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text reads as: its tree (``Missing`` parts where it is wrong) and all syntax errors, in text order."""

    text: str
    tree: Node
    errors: tuple[ExpressionError, ...]


def parse(text: str) -> Parsed:
    """Read one expression. Never raises; what is wrong is in ``errors``, all of kind ``syntax``."""
    if len(text) > MAX_LENGTH:
        fault = phrase("too_long", most=f"{MAX_LENGTH:,}", size=f"{len(text):,}")
        error = ExpressionError(SYNTAX, "too_long", fault, MAX_LENGTH, len(text))
        return Parsed(text, syntax.Missing(start=0, end=len(text)), (error,))
    tokens, _, errors = tokenize(text)
    parser = Parser(tokens, errors)
    try:
        tree = parser.whole()
    except TooDeepError:
        tree = syntax.Missing(start=0, end=len(text))
    except RecursionError:
        parser.errors.append(too_deep(0, len(text)))
        tree = syntax.Missing(start=0, end=len(text))
    return Parsed(text, tree, tuple(sorted(parser.errors, key=lambda error: (error.start, error.end))))


class Parser(TokenReader):
    """Reader of a whole expression by the precedence of its operators."""

    def whole(self) -> Node:
        """Read ``expression end``."""
        if self.token.kind == "end" and not self.errors:
            self.fail_here("empty", phrase("empty"))
            return syntax.Missing(start=0, end=self.token.end)
        tree = self.expression("").node
        while self.token.kind != "end":
            self.fail_here("unexpected", phrase("unexpected", shown=self.shown()))
            self.advance()
            if self.token.kind != "end" and not self.stops():
                self.expression("")
        return tree

    # Operators

    def expression(self, after: str | Phrase) -> Operand:
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
            node = syntax.Test(test, operand.node, start=operand.start, end=end)
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
                node: Node = syntax.Unary(top.text, right.node, start=top.token.start, end=right.end)
                operands.append(Operand(node, top.token.start, right.end, top.level))
                continue
            if top.level == COMPARISON:
                left = operands.pop()
                node = syntax.Comparison(top.text, left.node, right.node, start=left.start, end=right.end)
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
        node = syntax.Chain(tuple(part.node for part in parts), tuple(texts), start=start, end=end)
        operands.append(Operand(node, start, end, top.level))

    def _refuse_chained(self, operands: list[Operand], operators: list[Operator], operator: Operator) -> None:
        if operator.level != COMPARISON:
            return
        if operators and operators[-1].level == COMPARISON:
            self.fail_chained(operator.token)
            right, left = operands.pop(), operands.pop()
            top = operators.pop()
            node = syntax.Comparison(top.text, left.node, right.node, start=left.start, end=right.end)
            operands.append(Operand(node, left.start, right.end, COMPARISON))
        elif operands[-1].level == COMPARISON:
            self.fail_chained(operator.token)

    def fail_chained(self, token: Token) -> None:
        self.fail("chained_comparison", phrase("chained_comparison"), token.start, token.end)
