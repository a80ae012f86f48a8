"""Parser of operands: literals, lists, groups, ``if``, calls, references, items. The docstrings are the grammar."""

from __future__ import annotations

from engine.catalogue import Phrase
from engine.expression import syntax
from engine.expression.errors import SYNTAX, ExpressionError, Fix, phrase
from engine.expression.syntax import BINARY, CONSTANTS, ITEM_NAMES, Node
from engine.expression.token_reader import Operand, Operator, TokenReader
from engine.expression.tokens import KEYWORDS, MAX_INTEGER, MIN_INTEGER

_PARENTHESIS, _LIST, _IN_LIST = phrase("bracket.parenthesis"), phrase("bracket.list"), phrase("place.list")
_EVENT, _SOURCE, _FIELD = phrase("owner.event"), phrase("owner.data_source"), phrase("owner.field")
_PARAMETER = phrase("owner.parameter")
_REFERENCE, _PARAMETERS = phrase("bracket.reference"), phrase("bracket.parameters")


def read_operand(parser: TokenReader, operators: list[Operator], after: str | Phrase) -> Operand:
    token = parser.token
    kind = token.kind
    if kind in ("string", "decimal"):
        parser.advance()
        return Operand(syntax.Literal(token.value, start=token.start, end=token.end), token.start, token.end)
    if kind == "integer":
        return _integer(parser, operators)
    if kind == "symbol":
        if token.text == "(":
            return _group(parser)
        if token.text == "[":
            return _list(parser)
        if token.text in ("@{", "#{"):
            return _reference(parser)
    if kind == "word":
        operand = _word(parser)
        if operand is not None:
            return operand
    return _missing(parser, after)


def _missing(parser: TokenReader, after: str | Phrase) -> Operand:
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
    return Operand(syntax.Missing(start=at, end=at), at, at)


def _integer(parser: TokenReader, operators: list[Operator]) -> Operand:
    token = parser.advance()
    value, start = token.value, token.start
    if value == MAX_INTEGER + 1:
        if operators and operators[-1].prefix and operators[-1].text == "-":
            start, value = operators.pop().token.start, MIN_INTEGER
            parser.depth -= 1
        else:
            parser.fail("integer_range", phrase("integer_range"), token.start, token.end)
    return Operand(syntax.Literal(value, start=start, end=token.end), start, token.end)


def _group(parser: TokenReader) -> Operand:
    """Read ``( expression )``."""
    parser.enter()
    opener = parser.advance()
    inner = parser.expression("'('")
    end = parser.close(")", opener, _PARENTHESIS)
    parser.depth -= 1
    return Operand(inner.node, opener.start, end)


def _list(parser: TokenReader) -> Operand:
    """Read ``[ expression, … ]``."""
    parser.enter()
    opener = parser.advance()
    items = parser.several("]", _IN_LIST)
    end = parser.close("]", opener, _LIST)
    parser.depth -= 1
    return Operand(syntax.ListLiteral(items, start=opener.start, end=end), opener.start, end)


def _word(parser: TokenReader) -> Operand | None:
    """Read a constant, ``if``, a function call or the item of a collection; None when the word can begin no operand."""
    token = parser.token
    text = token.text
    meant = parser.keyword_in_capitals(token) if parser.next().text != "(" or text.lower() in CONSTANTS else ""
    text = meant or text
    if text in CONSTANTS:
        parser.advance()
        return Operand(syntax.Literal(CONSTANTS[text], start=token.start, end=token.end), token.start, token.end)
    if text == "if":
        return _conditional(parser)
    if text in KEYWORDS and meant != "not":
        return None
    if text in ITEM_NAMES:
        parser.advance()
        steps = _steps(parser)
        end = parser.tokens[parser.index - 1].end
        return Operand(syntax.Item(text, steps, start=token.start, end=end), token.start, end)
    if parser.next().text == "(" and parser.next().kind == "symbol":
        return _call(parser)
    return _bare_word(parser)


def _bare_word(parser: TokenReader) -> Operand:
    token = parser.token
    fixes = (Fix(token.start, token.end, f'"{token.text}"'),)
    parser.fail_here("bare_word", phrase("bare_word", word=token.text), fixes)
    parser.advance()
    return Operand(syntax.Missing(start=token.start, end=token.end), token.start, token.end)


def _conditional(parser: TokenReader) -> Operand:
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
            fixes = (Fix(parser.token.start, parser.token.end, following),) if written else ()
            fault = phrase("expected_branch", word=following, place=parser.before())
            parser.fail_here("expected_branch", fault, fixes)
            if not written:
                break
            parser.advance()
    parser.depth -= 1
    while len(parts) < 3:
        parts.append(syntax.Missing(start=end, end=end))
    return Operand(syntax.Conditional(*parts, start=start, end=end), start, end)


def _branch(parser: TokenReader, word: str) -> tuple[Node, int]:
    """Read ``( expression )`` after ``if``, ``then`` or ``else``."""
    if not parser.at("("):
        parser.fail_here("expected_parenthesis", phrase("expected_parenthesis", word=word))
        if parser.stops():
            return syntax.Missing(start=parser.token.start, end=parser.token.start), parser.token.start
        node = parser.expression(f"'{word}'").node
        return node, node.end
    opener = parser.advance()
    node = parser.expression("'('").node
    return node, parser.close(")", opener, _PARENTHESIS)


def _call(parser: TokenReader) -> Operand:
    """Read ``name ( expression, … )``."""
    parser.enter()
    name = parser.advance()
    opener = parser.advance()
    arguments = parser.several(")", phrase("place.call", name=name.text))
    end = parser.close(")", opener, phrase("bracket.call", name=name.text))
    parser.depth -= 1
    return Operand(syntax.FunctionCall(name.text, arguments, name.end, start=name.start, end=end), name.start, end)


# References


def _reference(parser: TokenReader) -> Operand:
    """Read ``@{ segment . step … , defaultValue: expression, params: { name: expression, … } }``."""
    parser.enter()
    opener = parser.advance()
    sigil = opener.text[0]
    steps = (_segment(parser, _EVENT if sigil == "@" else _SOURCE), *_steps(parser))
    default, parameters = _options(parser, sigil)
    end = parser.close("}", opener, _REFERENCE)
    parser.depth -= 1
    node = syntax.Reference(sigil, steps, default, parameters, start=opener.start, end=end)
    return Operand(node, opener.start, end)


def _steps(parser: TokenReader) -> tuple[Node, ...]:
    """Read ``. segment`` or ``. method ( expression )``, any number of them."""
    steps: list[Node] = []
    while parser.accept("."):
        segment = _segment(parser, _FIELD)
        if parser.at("(") and isinstance(segment, syntax.FieldSegment):
            parser.enter()
            opener = parser.advance()
            arguments = parser.several(")", phrase("place.call", name=segment.name))
            end = parser.close(")", opener, phrase("bracket.call", name=segment.name))
            parser.depth -= 1
            steps.append(syntax.Method(segment.name, arguments, start=segment.start, end=end))
        else:
            steps.append(segment)
    return tuple(steps)


def _segment(parser: TokenReader, owner: Phrase) -> Node:
    token = parser.token
    if token.kind in ("word", "string"):
        parser.advance()
        name = token.text if token.kind == "word" else str(token.value)
        return syntax.FieldSegment(name, start=token.start, end=token.end)
    if token.kind in ("integer", "decimal"):
        return _unquoted_segment(parser)
    parser.fail_here("expected_name", phrase("expected_name", owner=owner, place=parser.before()))
    return syntax.Missing(start=token.start, end=token.start)


def _unquoted_segment(parser: TokenReader) -> Node:
    """Report a name that begins with a digit: it needs quotes."""
    token = parser.advance()
    end = token.end
    if parser.token.kind == "word" and parser.token.start == end:
        end = parser.advance().end
    name = token.text + (parser.tokens[parser.index - 1].text if end > token.end else "")
    fix = Fix(token.start, end, f"'{name}'")
    parser.fail("unquoted_segment", phrase("unquoted_segment", name=name), token.start, end, (fix,))
    return syntax.FieldSegment(name, start=token.start, end=end)


def _options(parser: TokenReader, sigil: str) -> tuple[Node | None, tuple[syntax.ReferenceParameter, ...] | None]:
    """Read what follows the path of a reference, in any order, each at most once."""
    default: Node | None = None
    parameters: tuple[syntax.ReferenceParameter, ...] | None = None
    while parser.accept(","):
        option = parser.token
        if option.kind != "word" or option.text not in ("defaultValue", "params"):
            parser.fail_here("unknown_option", phrase("unknown_option"))
            break
        if (default if option.text == "defaultValue" else parameters) is not None:
            parser.fail_here("repeated_option", phrase("repeated_option", option=option.text))
        if option.text == "params" and sigil == "@":
            parser.fail_here("unknown_option", phrase("unknown_option.event"))
        parser.advance()
        if not parser.accept(":"):
            parser.fail_here("expected_colon", phrase("expected_colon", word=option.text))
        if option.text == "defaultValue":
            default = parser.expression("'defaultValue:'").node
        else:
            parameters = _parameters(parser)
    return default, parameters


def _parameters(parser: TokenReader) -> tuple[syntax.ReferenceParameter, ...]:
    """Read ``{ name: expression, … }``."""
    found: list[syntax.ReferenceParameter] = []
    opener = parser.token
    if not parser.accept("{"):
        parser.fail_here("expected_brace", phrase("expected_brace"))
        return ()
    parser.enter()
    while not parser.at("}") and parser.token.kind != "end":
        parameter = _parameter(parser)
        if any(parameter.name == other.name for other in found):
            fault = phrase("repeated_parameter", name=parameter.name)
            parser.errors.append(ExpressionError(SYNTAX, "repeated_parameter", fault, parameter.start, parameter.end))
        found.append(parameter)
        if not parser.accept(","):
            break
    parser.close("}", opener, _PARAMETERS)
    parser.depth -= 1
    return tuple(found)


def _parameter(parser: TokenReader) -> syntax.ReferenceParameter:
    """Read ``name : expression``."""
    name = _segment(parser, _PARAMETER)
    if not parser.accept(":"):
        parser.fail_here("expected_colon", phrase("expected_colon.parameter"))
    value = parser.expression("':'").node
    text = name.name if isinstance(name, syntax.FieldSegment) else ""
    return syntax.ReferenceParameter(text, value, start=name.start, end=value.end)
