"""Tokens to a tree, reporting several errors in one go (expressions, "Precedence").

Operators wait on a stack until their operands are complete, so that nesting alone recurses, and long chains do not:

    or < and < not < comparison and tests < + - < * / % < unary - < operands

After an error reading goes on: a missing operand becomes a ``Missing`` node, what cannot be placed is left out. The tree
of a text with errors is for editors; it is never compiled.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.expression.errors import SYNTAX, ExpressionError, Fix
from engine.expression.syntax import (
    ITEM_NAMES,
    Call,
    Chain,
    Comparison,
    Conditional,
    Item,
    ListLiteral,
    Literal,
    Method,
    Missing,
    Node,
    Parameter,
    Reference,
    Segment,
    Test,
    Unary,
)
from engine.expression.tokens import KEYWORDS, MAX_INTEGER, MIN_INTEGER, Token, tokenize

MAX_LENGTH = 10_000
MAX_LEVELS = 100

OR, AND, NOT, COMPARISON, SUM, PRODUCT, NEGATE, OPERAND = range(1, 9)

BINARY: dict[str, int] = {
    "or": OR, "and": AND, "==": COMPARISON, "!=": COMPARISON, ">": COMPARISON, ">=": COMPARISON, "<": COMPARISON,
    "<=": COMPARISON, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "%": PRODUCT,
}  # fmt: skip
TESTS: dict[tuple[str, ...], str] = {
    ("is", "null"): "is null", ("is", "not", "null"): "is not null", ("has", "null"): "has null",
    ("is", "numeric"): "is numeric", ("is", "integer"): "is integer", ("is", "decimal"): "is decimal",
}  # fmt: skip
_CONSTANTS: dict[str, bool | None] = {"null": None, "true": True, "false": False}
_STOPS = frozenset({")", "]", "}", ",", ":"})


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a text reads as: its tree (``Missing`` parts where it is wrong) and all syntax errors, in text order."""

    text: str
    tree: Node
    errors: tuple[ExpressionError, ...]


class _TooDeepError(Exception):
    """More than ``MAX_LEVELS`` levels; the message is in the parser's errors."""


def parse(text: str) -> Parsed:
    """Read one expression. Never raises; what is wrong is in ``errors``, all of kind ``syntax``."""
    if len(text) > MAX_LENGTH:
        message = (
            f"An expression has at most {MAX_LENGTH:,} characters; this one has {len(text):,}. Split it or shorten it."
        )
        error = ExpressionError(SYNTAX, "too_long", message, MAX_LENGTH, len(text))
        return Parsed(text, Missing(start=0, end=len(text)), (error,))
    tokens, _, errors = tokenize(text)
    parser = _Parser(tokens, errors)
    try:
        tree = parser.whole()
    except _TooDeepError:
        tree = Missing(start=0, end=len(text))
    return Parsed(text, tree, tuple(sorted(parser.errors, key=lambda error: (error.start, error.end))))


@dataclass(slots=True)
class _Operand:
    """An operand with the extent of its text, parentheses included, and the level its outermost operator has."""

    node: Node
    start: int
    end: int
    level: int = OPERAND


@dataclass(slots=True)
class _Operator:
    """An operator that waits for what is right of it."""

    text: str
    level: int
    token: Token
    prefix: bool = False


class _Parser:
    """A position among the tokens, the errors so far and the levels that are open."""

    def __init__(self, tokens: list[Token], errors: list[ExpressionError]) -> None:
        self.tokens = tokens
        self.index = 0
        self.token = tokens[0]
        self.errors = errors
        self.depth = 0
        self.failed_at = -1

    # Tokens

    def _advance(self) -> Token:
        """Take the current token; the last one is never passed."""
        token = self.token
        if token.kind != "end":
            self.index += 1
            self.token = self.tokens[self.index]
        return token

    def _next(self) -> Token:
        return self.tokens[min(self.index + 1, len(self.tokens) - 1)]

    def _at(self, text: str) -> bool:
        return self.token.text == text and self.token.kind in ("symbol", "word")

    def _accept(self, text: str) -> bool:
        found = self._at(text)
        if found:
            self._advance()
        return found

    def _fail(self, code: str, message: str, start: int, end: int, fixes: tuple[Fix, ...] = ()) -> None:
        """Report, but once for each token: what follows from one mistake is not reported again."""
        if self.failed_at != self.index:
            self.failed_at = self.index
            self.errors.append(ExpressionError(SYNTAX, code, message, start, end, fixes))

    def _fail_here(self, code: str, message: str, fixes: tuple[Fix, ...] = ()) -> None:
        self._fail(code, message, self.token.start, self.token.end, fixes)

    def _close(self, closer: str, opener: Token, of: str) -> int:
        """Take the closing bracket; where the construct ends."""
        if self._at(closer):
            return self._advance().end
        at = self.tokens[self.index - 1].end
        message = f"The {of} that begins at character {opener.start + 1} is not closed: '{closer}' is expected {self._before()}."
        self._fail("unclosed", message, self.token.start, self.token.end, (Fix(f"Add {closer}", at, at, closer),))
        return at

    def _before(self) -> str:
        return "at the end" if self.token.kind == "end" else f"before {self._shown()}"

    def _shown(self) -> str:
        text = self.token.text
        return f"'{text}'" if len(text) <= 30 else f"'{text[:29]}…'"

    def _enter(self) -> None:
        """Open a level; it is closed by taking one off ``depth``."""
        self.depth += 1
        if self.depth > MAX_LEVELS:
            message = (
                f"This is nested more than {MAX_LEVELS} levels deep; simplify it, or split it into several conditions."
            )
            self.errors.append(ExpressionError(SYNTAX, "too_deep", message, self.token.start, self.token.end))
            raise _TooDeepError

    # The whole text

    def whole(self) -> Node:
        """expression end"""
        if self.token.kind == "end" and not self.errors:
            message = "The expression is empty; write a condition or a value, such as @{Event.field} == 1."
            self._fail_here("empty", message)
            return Missing(start=0, end=self.token.end)
        tree = self.expression("")
        while self.token.kind != "end":
            self._fail_here(
                "unexpected", f"{self._shown()} is not expected here; remove it, or open its bracket before."
            )
            self._advance()
            if self.token.kind != "end" and not self._stops():
                self.expression("")
        return tree

    def _stops(self) -> bool:
        """Whether the current token ends an expression."""
        token = self.token
        if token.kind == "symbol":
            return token.text in _STOPS
        return token.kind == "end" or (token.kind == "word" and token.text in ("then", "else"))

    # Operators

    def expression(self, after: str) -> Node:
        """Operands and operators up to what ends them. ``after`` says, for messages, what stands before."""
        return self._expression(after).node

    def _expression(self, after: str) -> _Operand:
        operands: list[_Operand] = []
        operators: list[_Operator] = []
        while True:
            after = self._prefixes(operators, after)
            operands.append(self._operand(operators, after))
            self._operand_tests(operands, operators)
            operator = self._binary()
            if operator is None:
                break
            self._reduce(operands, operators, operator.level)
            self._refuse_chained(operands, operators, operator)
            operators.append(operator)
            after = f"after '{operator.text}'"
        self._reduce(operands, operators, 0)
        return operands[0]

    def _prefixes(self, operators: list[_Operator], after: str) -> str:
        """Take ``not`` and ``-`` before an operand."""
        while self._at("not") or self._at("-"):
            level = NOT if self.token.text == "not" else NEGATE
            if level == NOT and operators and operators[-1].level > NOT:
                message = f"'not' cannot follow '{operators[-1].text}': put it and what it negates in parentheses."
                self._fail_here("misplaced_not", message)
            self._enter()
            operators.append(_Operator(self.token.text, level, self._advance(), prefix=True))
            after = f"after '{operators[-1].text}'"
        return after

    def _operand_tests(self, operands: list[_Operand], operators: list[_Operator]) -> None:
        """Take ``is null`` and its like after an operand."""
        while self.token.kind == "word" and self.token.text in ("is", "has"):
            first = self._advance()
            test, end = self._test(first)
            self._reduce(operands, operators, SUM)
            operand = operands[-1]
            if operand.level == COMPARISON or (operators and operators[-1].level == COMPARISON):
                self._fail_chained(first)
            node = Test(test, operand.node, start=operand.start, end=end)
            operands[-1] = _Operand(node, operand.start, end, COMPARISON)

    def _test(self, first: Token) -> tuple[str, int]:
        """The words after ``is`` or ``has``."""
        words: tuple[str, ...] = (first.text,)
        end = first.end
        while any(test[: len(words)] == words for test in TESTS):
            if words in TESTS:
                return TESTS[words], end
            expected = sorted({test[len(words)] for test in TESTS if test[: len(words)] == words})
            if self.token.kind != "word" or self.token.text not in expected:
                choices = " or ".join(f"'{word}'" for word in expected)
                self._fail_here("expected_test", f"After '{' '.join(words)}' write {choices}.")
                break
            end = self.token.end
            words = (*words, self._advance().text)
        return "is null", end

    def _binary(self) -> _Operator | None:
        """The binary operator here, or None at the end of the expression; what is neither is reported and left out."""
        while not self._stops():
            token = self.token
            if token.kind in ("symbol", "word") and token.text in BINARY:
                self._advance()
                return _Operator(token.text, BINARY[token.text], token)
            meant = self._keyword_in_capitals(token)
            if meant in BINARY:
                self._advance()
                return _Operator(meant, BINARY[meant], token)
            self._misplaced(token)
        return None

    def _keyword_in_capitals(self, token: Token) -> str:
        """The keyword that a word is but for its case, reported; else an empty string."""
        lowered = token.text.lower()
        if token.kind != "word" or lowered not in KEYWORDS or token.text in KEYWORDS:
            return ""
        fix = Fix(f"Write {lowered}", token.start, token.end, lowered)
        self._fail_here("keyword_case", f"'{token.text}' must be written in small letters: '{lowered}'.", (fix,))
        return lowered

    def _misplaced(self, token: Token) -> None:
        """Report something that stands where an operator should, and step over it."""
        if token.kind == "symbol" and token.text == ".":
            message = "A '.' follows a field only inside the braces of a reference; a decimal has digits on both sides."
        elif token.kind == "word" and token.text == "not":
            message = (
                "'not' stands before what it negates; join two conditions with 'and' or 'or', or write 'is not null'."
            )
        else:
            message = f"An operator such as 'and', '==' or '+' is missing before {self._shown()}."
        self._fail_here("expected_operator", message)
        if token.kind == "symbol" and token.text not in ("(", "[", "@{", "#{"):
            self._advance()
        else:
            failed = self.index
            self._operand([], "")
            if self.index == failed:
                self._advance()

    def _reduce(self, operands: list[_Operand], operators: list[_Operator], level: int) -> None:
        """Build the nodes of all waiting operators that bind tighter than ``level``; those of one level as one chain."""
        while operators and operators[-1].level > level:
            top = operators.pop()
            right = operands.pop()
            if top.prefix:
                self.depth -= 1
                node: Node = Unary(top.text, right.node, start=top.token.start, end=right.end)
                operands.append(_Operand(node, top.token.start, right.end, top.level))
                continue
            if top.level == COMPARISON:
                left = operands.pop()
                node = Comparison(top.text, left.node, right.node, start=left.start, end=right.end)
                operands.append(_Operand(node, left.start, right.end, COMPARISON))
                continue
            self._reduce_chain(operands, operators, top, right)

    @staticmethod
    def _reduce_chain(operands: list[_Operand], operators: list[_Operator], top: _Operator, right: _Operand) -> None:
        texts, parts = [top.text], [right, operands.pop()]
        while operators and operators[-1].level == top.level:
            texts.append(operators.pop().text)
            parts.append(operands.pop())
        texts.reverse()
        parts.reverse()
        start, end = parts[0].start, right.end
        node = Chain(tuple(part.node for part in parts), tuple(texts), start=start, end=end)
        operands.append(_Operand(node, start, end, top.level))

    def _refuse_chained(self, operands: list[_Operand], operators: list[_Operator], operator: _Operator) -> None:
        if operator.level != COMPARISON:
            return
        if operators and operators[-1].level == COMPARISON:
            self._fail_chained(operator.token)
            right, left = operands.pop(), operands.pop()
            top = operators.pop()
            node = Comparison(top.text, left.node, right.node, start=left.start, end=right.end)
            operands.append(_Operand(node, left.start, right.end, COMPARISON))
        elif operands[-1].level == COMPARISON:
            self._fail_chained(operator.token)

    def _fail_chained(self, token: Token) -> None:
        message = "Comparisons cannot follow one another: join them with 'and', or put the first one in parentheses."
        self._fail("chained_comparison", message, token.start, token.end)

    # Operands

    def _operand(self, operators: list[_Operator], after: str) -> _Operand:
        token = self.token
        kind = token.kind
        if kind in ("string", "decimal"):
            self._advance()
            return _Operand(Literal(token.value, start=token.start, end=token.end), token.start, token.end)
        if kind == "integer":
            return self._integer(operators)
        if kind == "symbol":
            if token.text == "(":
                return self._group()
            if token.text == "[":
                return self._list()
            if token.text in ("@{", "#{"):
                return self._reference()
        if kind == "word":
            operand = self._word()
            if operand is not None:
                return operand
        return self._missing(after)

    def _missing(self, after: str) -> _Operand:
        """Nothing where an operand should be."""
        token = self.token
        where = after or "here"
        message = f"A value, a field or a function is expected {where}"
        self._fail_here("expected_operand", f"{message}, not {self._shown()}." if token.text else f"{message}.")
        before = token.start if token.text in BINARY else self.tokens[max(self.index - 1, 0)].end
        at = min(before, token.start)
        return _Operand(Missing(start=at, end=at), at, at)

    def _integer(self, operators: list[_Operator]) -> _Operand:
        token = self._advance()
        value, start = token.value, token.start
        if value == MAX_INTEGER + 1:
            if operators and operators[-1].prefix and operators[-1].text == "-":
                start, value = operators.pop().token.start, MIN_INTEGER
                self.depth -= 1
            else:
                message = (
                    "This integer is too large: write one of at most 9223372036854775807, or a decimal such as 1.0."
                )
                self._fail("integer_range", message, token.start, token.end)
        return _Operand(Literal(value, start=start, end=token.end), start, token.end)

    def _group(self) -> _Operand:
        """( expression )"""
        self._enter()
        opener = self._advance()
        inner = self._expression("after '('")
        end = self._close(")", opener, "parenthesis")
        self.depth -= 1
        return _Operand(inner.node, opener.start, end)

    def _list(self) -> _Operand:
        """[ expression, … ]"""
        self._enter()
        opener = self._advance()
        items = self._several("]", "in the list")
        end = self._close("]", opener, "list")
        self.depth -= 1
        return _Operand(ListLiteral(items, start=opener.start, end=end), opener.start, end)

    def _several(self, closer: str, where: str) -> tuple[Node, ...]:
        """Expressions with commas between them, up to the closing bracket."""
        found: list[Node] = []
        if self._at(closer):
            return ()
        found.append(self.expression(where))
        while self._accept(","):
            found.append(self.expression("after ','"))
        return tuple(found)

    def _word(self) -> _Operand | None:
        """A constant, ``if``, a function call or the item of a collection; None when the word can begin no operand."""
        token = self.token
        text = token.text
        meant = self._keyword_in_capitals(token) if self._next().text != "(" or text.lower() in _CONSTANTS else ""
        text = meant or text
        if text in _CONSTANTS:
            self._advance()
            return _Operand(Literal(_CONSTANTS[text], start=token.start, end=token.end), token.start, token.end)
        if text == "if":
            return self._conditional()
        if text in KEYWORDS and meant != "not":
            return None
        if text in ITEM_NAMES:
            self._advance()
            steps = self._steps()
            end = self.tokens[self.index - 1].end
            return _Operand(Item(text, steps, start=token.start, end=end), token.start, end)
        if self._next().text == "(" and self._next().kind == "symbol":
            return self._call()
        return self._bare_word()

    def _bare_word(self) -> _Operand:
        token = self.token
        message = (
            f"'{token.text}' alone means nothing: put a text in quotes (\"{token.text}\"), "
            f"write a field as @{{Event.{token.text}}}, and a function with its parentheses, {token.text}()."
        )
        fixes = (Fix("Put it in quotes", token.start, token.end, f'"{token.text}"'),)
        self._fail_here("bare_word", message, fixes)
        self._advance()
        return _Operand(Missing(start=token.start, end=token.end), token.start, token.end)

    def _conditional(self) -> _Operand:
        """if ( expression ) then ( expression ) else ( expression )"""
        self._enter()
        start = self._advance().start
        parts: list[Node] = []
        end = start
        for word, following in (("if", "then"), ("then", "else"), ("else", "")):
            node, end = self._branch(word)
            parts.append(node)
            if following and not self._accept(following):
                written = self.token.text.lower() == following and self.token.kind == "word"
                fixes = (Fix(f"Write {following}", self.token.start, self.token.end, following),) if written else ()
                message = f"An 'if' reads: if (condition) then (value) else (value). '{following}' is expected {self._before()}."
                self._fail_here("expected_branch", message, fixes)
                if not written:
                    break
                self._advance()
        self.depth -= 1
        while len(parts) < 3:
            parts.append(Missing(start=end, end=end))
        return _Operand(Conditional(*parts, start=start, end=end), start, end)

    def _branch(self, word: str) -> tuple[Node, int]:
        """( expression ) after ``if``, ``then`` or ``else``."""
        if not self._at("("):
            message = f"After '{word}' an opening parenthesis is expected: if (condition) then (value) else (value)."
            self._fail_here("expected_parenthesis", message)
            if self._stops():
                return Missing(start=self.token.start, end=self.token.start), self.token.start
            node = self.expression(f"after '{word}'")
            return node, node.end
        opener = self._advance()
        node = self.expression("after '('")
        return node, self._close(")", opener, "parenthesis")

    def _call(self) -> _Operand:
        """name ( expression, … )"""
        self._enter()
        name = self._advance()
        opener = self._advance()
        arguments = self._several(")", f"in the parentheses of {name.text}")
        end = self._close(")", opener, f"call of {name.text}")
        self.depth -= 1
        return _Operand(Call(name.text, arguments, name.end, start=name.start, end=end), name.start, end)

    # References

    def _reference(self) -> _Operand:
        """@{ segment . step … , defaultValue: expression, params: { name: expression, … } }"""
        self._enter()
        opener = self._advance()
        sigil = opener.text[0]
        steps = (self._segment("the name of an event" if sigil == "@" else "the name of a data source"), *self._steps())
        default, parameters = self._options(sigil)
        end = self._close("}", opener, "reference")
        self.depth -= 1
        node = Reference(sigil, steps, default, parameters, start=opener.start, end=end)
        return _Operand(node, opener.start, end)

    def _steps(self) -> tuple[Node, ...]:
        """. segment or . method ( expression ), any number of them"""
        steps: list[Node] = []
        while self._accept("."):
            segment = self._segment("the name of a field")
            if self._at("(") and isinstance(segment, Segment):
                self._enter()
                opener = self._advance()
                arguments = self._several(")", f"in the parentheses of {segment.name}")
                end = self._close(")", opener, f"call of {segment.name}")
                self.depth -= 1
                steps.append(Method(segment.name, arguments, start=segment.start, end=end))
            else:
                steps.append(segment)
        return tuple(steps)

    def _segment(self, what: str) -> Node:
        token = self.token
        if token.kind in ("word", "string"):
            self._advance()
            name = token.text if token.kind == "word" else str(token.value)
            return Segment(name, start=token.start, end=token.end)
        if token.kind in ("integer", "decimal"):
            return self._unquoted_segment()
        self._fail_here("expected_name", f"{what[0].upper()}{what[1:]} is expected {self._before()}.")
        return Missing(start=token.start, end=token.start)

    def _unquoted_segment(self) -> Node:
        """A name that begins with a digit: it needs quotes."""
        token = self._advance()
        end = token.end
        if self.token.kind == "word" and self.token.start == end:
            end = self._advance().end
        name = token.text + (self.tokens[self.index - 1].text if end > token.end else "")
        fix = Fix(f"Write '{name}'", token.start, end, f"'{name}'")
        message = f"A name that does not begin with a letter is written in quotes: '{name}'."
        self._fail("unquoted_segment", message, token.start, end, (fix,))
        return Segment(name, start=token.start, end=end)

    def _options(self, sigil: str) -> tuple[Node | None, tuple[Parameter, ...] | None]:
        """What follows the path of a reference, in any order, each at most once."""
        default: Node | None = None
        parameters: tuple[Parameter, ...] | None = None
        while self._accept(","):
            option = self.token
            if option.kind != "word" or option.text not in ("defaultValue", "params"):
                self._fail_here("unknown_option", "After the path only 'defaultValue: …' or 'params: {…}' may follow.")
                break
            if (default if option.text == "defaultValue" else parameters) is not None:
                self._fail_here("repeated_option", f"'{option.text}' is given twice; remove one.")
            if option.text == "params" and sigil == "@":
                self._fail_here(
                    "unknown_option", "Only a data source has parameters; an event's field takes no 'params'."
                )
            self._advance()
            if not self._accept(":"):
                self._fail_here("expected_colon", f"After '{option.text}' a colon is expected.")
            if option.text == "defaultValue":
                default = self.expression("after 'defaultValue:'")
            else:
                parameters = self._parameters()
        return default, parameters

    def _parameters(self) -> tuple[Parameter, ...]:
        """{ name: expression, … }"""
        found: list[Parameter] = []
        opener = self.token
        if not self._accept("{"):
            self._fail_here("expected_brace", "After 'params:' an opening brace is expected: params: {name: value}.")
            return ()
        self._enter()
        while not self._at("}") and self.token.kind != "end":
            parameter = self._parameter()
            if any(parameter.name == other.name for other in found):
                message = f"The parameter '{parameter.name}' is given twice; remove one."
                self.errors.append(
                    ExpressionError(SYNTAX, "repeated_parameter", message, parameter.start, parameter.end)
                )
            found.append(parameter)
            if not self._accept(","):
                break
        self._close("}", opener, "list of parameters")
        self.depth -= 1
        return tuple(found)

    def _parameter(self) -> Parameter:
        """name : expression"""
        name = self._segment("the name of a parameter")
        if not self._accept(":"):
            self._fail_here(
                "expected_colon", "After a parameter's name a colon and its value are expected: name: value."
            )
        value = self.expression("after ':'")
        text = name.name if isinstance(name, Segment) else ""
        return Parameter(text, value, start=name.start, end=value.end)
