"""Parser of operands: literals, lists, groups, ``if``, calls, items of collections. The docstrings are the grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalogue import Phrase
from engine.expression.errors import Fix, phrase
from engine.expression.precedence import BINARY, CONSTANTS, Operand, Operator
from engine.expression.reference_parser import read_reference, read_steps
from engine.expression.syntax import ITEM_NAMES, Conditional, FunctionCall, Item, ListLiteral, Literal, Missing, Node
from engine.expression.tokens import KEYWORDS, MAX_INTEGER, MIN_INTEGER

if TYPE_CHECKING:
    from engine.expression.parser import Parser


_PARENTHESIS, _LIST, _IN_LIST = phrase("bracket.parenthesis"), phrase("bracket.list"), phrase("place.list")


def read_operand(parser: Parser, operators: list[Operator], after: str | Phrase) -> Operand:
    token = parser.token
    kind = token.kind
    if kind in ("string", "decimal"):
        parser.advance()
        return Operand(Literal(token.value, start=token.start, end=token.end), token.start, token.end)
    if kind == "integer":
        return _integer(parser, operators)
    if kind == "symbol":
        if token.text == "(":
            return _group(parser)
        if token.text == "[":
            return _list(parser)
        if token.text in ("@{", "#{"):
            return read_reference(parser)
    if kind == "word":
        operand = _word(parser)
        if operand is not None:
            return operand
    return _missing(parser, after)


def _missing(parser: Parser, after: str | Phrase) -> Operand:
    """Nothing where an operand should be."""
    token = parser.token
    place = after if isinstance(after, Phrase) else phrase("place.after", text=after) if after else phrase("place.here")
    if after == "','":
        fault = phrase("expected_operand.comma", place=place)
    elif token.text == "." and parser.next().kind == "integer":
        fault = phrase("expected_operand.point", number=f"0.{parser.next().text}")
    elif token.text:
        fault = phrase("expected_operand.instead", place=place, shown=parser.shown())
    else:
        fault = phrase("expected_operand", place=place)
    parser.fail_here("expected_operand", fault)
    before = token.start if token.text in BINARY else parser.tokens[max(parser.index - 1, 0)].end
    at = min(before, token.start)
    return Operand(Missing(start=at, end=at), at, at)


def _integer(parser: Parser, operators: list[Operator]) -> Operand:
    token = parser.advance()
    value, start = token.value, token.start
    if value == MAX_INTEGER + 1:
        if operators and operators[-1].prefix and operators[-1].text == "-":
            start, value = operators.pop().token.start, MIN_INTEGER
            parser.depth -= 1
        else:
            parser.fail("integer_range", phrase("integer_range"), token.start, token.end)
    return Operand(Literal(value, start=start, end=token.end), start, token.end)


def _group(parser: Parser) -> Operand:
    """Read ``( expression )``."""
    parser.enter()
    opener = parser.advance()
    inner = parser.expression("'('")
    end = parser.close(")", opener, _PARENTHESIS)
    parser.depth -= 1
    return Operand(inner.node, opener.start, end)


def _list(parser: Parser) -> Operand:
    """Read ``[ expression, … ]``."""
    parser.enter()
    opener = parser.advance()
    items = parser.several("]", _IN_LIST)
    end = parser.close("]", opener, _LIST)
    parser.depth -= 1
    return Operand(ListLiteral(items, start=opener.start, end=end), opener.start, end)


def _word(parser: Parser) -> Operand | None:
    """Read a constant, ``if``, a function call or the item of a collection; None when the word can begin no operand."""
    token = parser.token
    text = token.text
    meant = parser.keyword_in_capitals(token) if parser.next().text != "(" or text.lower() in CONSTANTS else ""
    text = meant or text
    if text in CONSTANTS:
        parser.advance()
        return Operand(Literal(CONSTANTS[text], start=token.start, end=token.end), token.start, token.end)
    if text == "if":
        return _conditional(parser)
    if text in KEYWORDS and meant != "not":
        return None
    if text in ITEM_NAMES:
        parser.advance()
        steps = read_steps(parser)
        end = parser.tokens[parser.index - 1].end
        return Operand(Item(text, steps, start=token.start, end=end), token.start, end)
    if parser.next().text == "(" and parser.next().kind == "symbol":
        return _call(parser)
    return _bare_word(parser)


def _bare_word(parser: Parser) -> Operand:
    token = parser.token
    fixes = (Fix("Put it in quotes", token.start, token.end, f'"{token.text}"'),)
    parser.fail_here("bare_word", phrase("bare_word", word=token.text), fixes)
    parser.advance()
    return Operand(Missing(start=token.start, end=token.end), token.start, token.end)


def _conditional(parser: Parser) -> Operand:
    """Read ``if ( expression ) then ( expression ) else ( expression )``."""
    parser.enter()
    start = parser.advance().start
    parts: list[Node] = []
    end = start
    for word, following in (("if", "then"), ("then", "else"), ("else", "")):
        node, end = _branch(parser, word)
        parts.append(node)
        if following and not parser.accept(following):
            written = parser.token.text.lower() == following and parser.token.kind == "word"
            fixes = (Fix(f"Write {following}", parser.token.start, parser.token.end, following),) if written else ()
            fault = phrase("expected_branch", word=following, place=parser.before())
            parser.fail_here("expected_branch", fault, fixes)
            if not written:
                break
            parser.advance()
    parser.depth -= 1
    while len(parts) < 3:
        parts.append(Missing(start=end, end=end))
    return Operand(Conditional(*parts, start=start, end=end), start, end)


def _branch(parser: Parser, word: str) -> tuple[Node, int]:
    """Read ``( expression )`` after ``if``, ``then`` or ``else``."""
    if not parser.at("("):
        parser.fail_here("expected_parenthesis", phrase("expected_parenthesis", word=word))
        if parser.stops():
            return Missing(start=parser.token.start, end=parser.token.start), parser.token.start
        node = parser.expression(f"'{word}'").node
        return node, node.end
    opener = parser.advance()
    node = parser.expression("'('").node
    return node, parser.close(")", opener, _PARENTHESIS)


def _call(parser: Parser) -> Operand:
    """Read ``name ( expression, … )``."""
    parser.enter()
    name = parser.advance()
    opener = parser.advance()
    arguments = parser.several(")", phrase("place.call", name=name.text))
    end = parser.close(")", opener, phrase("bracket.call", name=name.text))
    parser.depth -= 1
    return Operand(FunctionCall(name.text, arguments, name.end, start=name.start, end=end), name.start, end)
