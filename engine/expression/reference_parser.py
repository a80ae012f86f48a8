"""Parser of references and paths. The docstrings are the grammar."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.catalogue import Phrase
from engine.expression.errors import SYNTAX, ExpressionError, Fix, phrase
from engine.expression.precedence import Operand
from engine.expression.syntax import FieldSegment, Method, Missing, Node, Reference, ReferenceParameter

if TYPE_CHECKING:
    from engine.expression.parser import Parser


_EVENT, _SOURCE, _FIELD = phrase("owner.event"), phrase("owner.data_source"), phrase("owner.field")
_PARAMETER = phrase("owner.parameter")
_REFERENCE, _PARAMETERS = phrase("bracket.reference"), phrase("bracket.parameters")


def read_reference(parser: Parser) -> Operand:
    """Read ``@{ segment . step … , defaultValue: expression, params: { name: expression, … } }``."""
    parser.enter()
    opener = parser.advance()
    sigil = opener.text[0]
    steps = (_segment(parser, _EVENT if sigil == "@" else _SOURCE), *read_steps(parser))
    default, parameters = _options(parser, sigil)
    end = parser.close("}", opener, _REFERENCE)
    parser.depth -= 1
    node = Reference(sigil, steps, default, parameters, start=opener.start, end=end)
    return Operand(node, opener.start, end)


def read_steps(parser: Parser) -> tuple[Node, ...]:
    """Read ``. segment`` or ``. method ( expression )``, any number of them."""
    steps: list[Node] = []
    while parser.accept("."):
        segment = _segment(parser, _FIELD)
        if parser.at("(") and isinstance(segment, FieldSegment):
            parser.enter()
            opener = parser.advance()
            arguments = parser.several(")", phrase("place.call", name=segment.name))
            end = parser.close(")", opener, phrase("bracket.call", name=segment.name))
            parser.depth -= 1
            steps.append(Method(segment.name, arguments, start=segment.start, end=end))
        else:
            steps.append(segment)
    return tuple(steps)


def _segment(parser: Parser, owner: Phrase) -> Node:
    token = parser.token
    if token.kind in ("word", "string"):
        parser.advance()
        name = token.text if token.kind == "word" else str(token.value)
        return FieldSegment(name, start=token.start, end=token.end)
    if token.kind in ("integer", "decimal"):
        return _unquoted_segment(parser)
    parser.fail_here("expected_name", phrase("expected_name", owner=owner, place=parser.before()))
    return Missing(start=token.start, end=token.start)


def _unquoted_segment(parser: Parser) -> Node:
    """Report a name that begins with a digit: it needs quotes."""
    token = parser.advance()
    end = token.end
    if parser.token.kind == "word" and parser.token.start == end:
        end = parser.advance().end
    name = token.text + (parser.tokens[parser.index - 1].text if end > token.end else "")
    fix = Fix(f"Write '{name}'", token.start, end, f"'{name}'")
    parser.fail("unquoted_segment", phrase("unquoted_segment", name=name), token.start, end, (fix,))
    return FieldSegment(name, start=token.start, end=end)


def _options(parser: Parser, sigil: str) -> tuple[Node | None, tuple[ReferenceParameter, ...] | None]:
    """Read what follows the path of a reference, in any order, each at most once."""
    default: Node | None = None
    parameters: tuple[ReferenceParameter, ...] | None = None
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


def _parameters(parser: Parser) -> tuple[ReferenceParameter, ...]:
    """Read ``{ name: expression, … }``."""
    found: list[ReferenceParameter] = []
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


def _parameter(parser: Parser) -> ReferenceParameter:
    """Read ``name : expression``."""
    name = _segment(parser, _PARAMETER)
    if not parser.accept(":"):
        parser.fail_here("expected_colon", phrase("expected_colon.parameter"))
    value = parser.expression("':'").node
    text = name.name if isinstance(name, FieldSegment) else ""
    return ReferenceParameter(text, value, start=name.start, end=value.end)
