"""The simple editor's tree and the language: groups (AND / OR) of rows *field — operator — value*.

``to_text`` writes a tree, ``to_tree`` reads a text that a tree can show and gives None for any other. What one writes
the other reads back; a group of one row is written as the row, and the whole is always a group (see ``tidy``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from engine.catalogue import translate
from engine.expression import syntax, types
from engine.expression.dates import read_any, read_duration
from engine.expression.errors import UnplacedError
from engine.expression.names import quote
from engine.expression.parser import parse
from engine.expression.printer import literal_text, print_tree
from engine.expression.syntax import Node
from engine.expression.types import Type


@dataclass(frozen=True, slots=True)
class ConditionValue:
    """What a row compares with. ``form``: ``literal`` (text, number, boolean), ``date`` or ``duration`` (ISO text)."""

    value: str | int | float | bool
    form: str = "literal"


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """``field`` is a reference as it is written; for segments it is empty and the value is the segment's name."""

    field: str
    operator: str
    values: tuple[ConditionValue, ...] = ()
    case_sensitive: bool = True


@dataclass(frozen=True, slots=True)
class ConditionGroup:
    """Rows and groups joined by ``and`` or ``or``."""

    joined: str
    parts: tuple[ConditionGroup | ConditionRow, ...]


@dataclass(frozen=True, slots=True)
class OperatorChoice:
    """An operator that a row may have: English label, number of values (-1: any), whether case may be ignored."""

    operator: str
    text: str
    values: int = 1
    cased: bool = False

    def label(self, language: str) -> str:
        """Write the operator in a language."""
        return translate(self.text, language, f"operator.{self.operator}")


_TEXT = (
    OperatorChoice("equal", "equal to", cased=True),
    OperatorChoice("not_equal", "not equal to", cased=True),
    OperatorChoice("contain", "contains", cased=True),
    OperatorChoice("not_contain", "does not contain", cased=True),
    OperatorChoice("start", "starts with", cased=True),
    OperatorChoice("end", "ends with", cased=True),
    OperatorChoice("empty", "is empty", 0),
    OperatorChoice("not_empty", "is not empty", 0),
    OperatorChoice("in", "is in", -1, cased=True),
)
_NUMBER = (
    OperatorChoice("==", "equal to"),
    OperatorChoice("!=", "not equal to"),
    OperatorChoice(">", "more than"),
    OperatorChoice(">=", "at least"),
    OperatorChoice("<", "less than"),
    OperatorChoice("<=", "at most"),
    OperatorChoice("between", "between", 2),
)
_RECENT = (
    OperatorChoice("last_days", "in the last days"),
    OperatorChoice("last_hours", "in the last hours"),
    OperatorChoice("next_days", "in the next days"),
    OperatorChoice("next_hours", "in the next hours"),
)
_BOOLEAN = (OperatorChoice("true", "is true", 0), OperatorChoice("false", "is false", 0))
_ANY = (OperatorChoice("null", "is null", 0), OperatorChoice("not_null", "is not null", 0))
SEGMENT_CHOICES = (
    OperatorChoice("in_segment", "is in"),
    OperatorChoice("not_in_segment", "is not in"),
)
CHOICES: Mapping[Type, tuple[OperatorChoice, ...]] = {
    types.STRING: (*_TEXT, *_ANY),
    types.INTEGER: (*_NUMBER, *_ANY),
    types.DECIMAL: (*_NUMBER, *_ANY),
    types.DURATION: (*_NUMBER, *_ANY),
    types.DATE_TIME_ONLY: (*_NUMBER, *_ANY),
    types.DATE_ONLY: (*_NUMBER, *_RECENT, *_ANY),
    types.DATE_TIME: (*_NUMBER, *_RECENT, *_ANY),
    types.BOOLEAN: (*_BOOLEAN, *_ANY),
}


def choices_for(of: Type) -> tuple[OperatorChoice, ...]:
    """Return the operators for a field of the type; lists and objects can only be asked whether they are there."""
    return CHOICES.get(of, _ANY)


def tidy(group: ConditionGroup) -> ConditionGroup:
    """Normalize a condition as ``to_tree`` gives it: no groups of one part inside, none empty, one at the top."""
    parts = tuple(_tidy_parts(group.parts))
    if len(parts) == 1:
        only = parts[0]
        return only if isinstance(only, ConditionGroup) else ConditionGroup("and", parts)
    return ConditionGroup(group.joined, parts)


def _tidy_parts(parts: tuple[ConditionGroup | ConditionRow, ...]) -> Iterator[ConditionGroup | ConditionRow]:
    for part in parts:
        if isinstance(part, ConditionRow):
            yield part
            continue
        inner = tuple(_tidy_parts(part.parts))
        if len(inner) > 1:
            yield ConditionGroup(part.joined, inner)
        else:
            yield from inner


# Writing


def to_text(group: ConditionGroup) -> str:
    """Write the condition in the language. Raises ``ValueError`` for an empty tree or a row that lacks its values."""
    return _group_text(tidy(group))


def _group_text(group: ConditionGroup) -> str:
    if not group.parts:
        raise ValueError("A condition needs at least one row.")
    texts = []
    for part in group.parts:
        text = _row_text(part) if isinstance(part, ConditionRow) else f"({_group_text(part)})"
        bare = not isinstance(part, ConditionRow) or part.operator != "between" or len(group.parts) == 1
        texts.append(text if bare else f"({text})")
    return f" {group.joined} ".join(texts)


def value_text(value: ConditionValue) -> str:
    """Write a value in the language."""
    if value.form == "date":
        return f"date({quote(str(value.value))})"
    if value.form == "duration":
        return f"toDuration({quote(str(value.value))})"
    return literal_text(value.value)


_TEMPLATES: Mapping[str, str] = {
    "equal": "{0} == {1}", "not_equal": "{0} != {1}", "contain": "contain({0}, {1})",
    "not_contain": "not contain({0}, {1})", "start": "startWith({0}, {1})", "end": "endWith({0}, {1})",
    "empty": "isEmpty({0})", "not_empty": "isNotEmpty({0})", "null": "{0} is null", "not_null": "{0} is not null",
    "true": "{0} == true", "false": "{0} == false", "between": "{1} <= {0} and {0} <= {2}",
    "last_days": "inLastDays({0}, {1})", "last_hours": "inLastHours({0}, {1})",
    "next_days": "inNextDays({0}, {1})", "next_hours": "inNextHours({0}, {1})",
    "in_segment": "inSegment({1})", "not_in_segment": "not inSegment({1})",
}  # fmt: skip
"""The text of a row by its operator: ``{0}`` is the field. ``between`` alone has a value on the left."""
_IGNORING_CASE: Mapping[str, str] = {
    "equal": "equalIgnoreCase({0}, {1})", "not_equal": "notEqualIgnoreCase({0}, {1})",
    "contain": "containIgnoreCase({0}, {1})", "not_contain": "not containIgnoreCase({0}, {1})",
    "start": "startWithIgnoreCase({0}, {1})", "end": "endWithIgnoreCase({0}, {1})",
}  # fmt: skip


def _row_text(row: ConditionRow) -> str:
    values = [value_text(value) for value in row.values]
    if row.operator == "in" and values:
        if row.case_sensitive:
            return f"in({row.field}, [{', '.join(values)}])"
        return f"in(lower({row.field}), [{', '.join(f'lower({value})' for value in values)}])"
    template = _TEMPLATES.get(row.operator, f"{{0}} {row.operator} {{1}}")
    if not row.case_sensitive:
        template = _IGNORING_CASE.get(row.operator, template)
    try:
        return template.format(row.field, *values)
    except IndexError:
        raise ValueError(f"The row '{row.field} {row.operator}' lacks a value.") from None


# Reading


def to_tree(text: str) -> ConditionGroup | None:
    """Return the tree that shows the text, or None when only the advanced editor can."""
    parsed = parse(text)
    if parsed.errors:
        return None
    found = _read(parsed.tree)
    return found if isinstance(found, ConditionGroup) or found is None else ConditionGroup("and", (found,))


def _read(node: Node) -> ConditionGroup | ConditionRow | None:
    if isinstance(node, syntax.Chain) and node.operators[0] in ("and", "or"):
        between = _between(node)
        return between or _read_group(node)
    return _read_row(node)


def _read_group(node: syntax.Chain) -> ConditionGroup | None:
    parts: list[ConditionGroup | ConditionRow] = []
    for operand in node.operands:
        part = _read(operand)
        if part is None:
            return None
        parts.append(part)
    return ConditionGroup(node.operators[0], tuple(parts))


def _between(node: syntax.Chain) -> ConditionRow | None:
    """Read ``low <= field and field <= high``."""
    if node.operators != ("and",):
        return None
    low, high = node.operands
    if not (
        isinstance(low, syntax.Comparison)
        and isinstance(high, syntax.Comparison)
        and low.operator == high.operator == "<="
    ):
        return None
    field, low_value, high_value = _field(high.left), _value(low.left), _value(high.right)
    if field is None or low_value is None or high_value is None or _field(low.right) != field:
        return None
    return ConditionRow(field, "between", (low_value, high_value))


def _field(node: Node) -> str | None:
    """Read a plain field; one with methods or a default is for the advanced editor."""
    plain = (
        isinstance(node, syntax.Reference)
        and node.default is None
        and all(isinstance(one, syntax.FieldSegment) for one in node.steps)
    )
    return print_tree(node) if plain else None


def _value(node: Node) -> ConditionValue | None:
    if isinstance(node, syntax.Literal) and node.value is not None:
        return ConditionValue(node.value)
    if isinstance(node, syntax.Unary) and node.operator == "-" and isinstance(node.operand, syntax.Literal):
        number = node.operand.value
        return ConditionValue(-number) if isinstance(number, int | float) and not isinstance(number, bool) else None
    if isinstance(node, syntax.FunctionCall) and len(node.arguments) == 1 and node.name in _READERS:
        constant = node.arguments[0]
        form, read = _READERS[node.name]
        if isinstance(constant, syntax.Literal) and isinstance(constant.value, str) and _reads(read, constant.value):
            return ConditionValue(constant.value, form)
    return None


def _reads(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except UnplacedError:
        return False
    return True


_READERS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "date": ("date", read_any),
    "toDuration": ("duration", read_duration),
}


def _read_row(node: Node) -> ConditionRow | None:
    if isinstance(node, syntax.Comparison):
        return _read_comparison(node)
    if isinstance(node, syntax.Test) and node.test in ("is null", "is not null"):
        field = _field(node.operand)
        return None if field is None else ConditionRow(field, "null" if node.test == "is null" else "not_null")
    if isinstance(node, syntax.Unary) and isinstance(node.operand, syntax.FunctionCall):
        return _negated(_read_call(node.operand)) if node.operator == "not" else None
    return _read_call(node) if isinstance(node, syntax.FunctionCall) else None


def _negated(row: ConditionRow | None) -> ConditionRow | None:
    opposite = {"contain": "not_contain", "in_segment": "not_in_segment"}.get(row.operator) if row else None
    return ConditionRow(row.field, opposite, row.values, row.case_sensitive) if row and opposite else None


def _read_comparison(node: syntax.Comparison) -> ConditionRow | None:
    field, value = _field(node.left), _value(node.right)
    if field is None or value is None:
        return None
    if isinstance(value.value, bool):
        return ConditionRow(field, "true" if value.value else "false") if node.operator == "==" else None
    if isinstance(value.value, str) and value.form == "literal":
        operator = {"==": "equal", "!=": "not_equal"}.get(node.operator)
        return None if operator is None else ConditionRow(field, operator, (value,))
    return ConditionRow(field, node.operator, (value,))


_ROW_OF: Mapping[str, tuple[str, bool, int]] = {
    match[1]: (operator, table is _TEMPLATES, 2 if match[2] else 1)
    for table in (_TEMPLATES, _IGNORING_CASE)
    for operator, template in table.items()
    if (match := re.fullmatch(r"(\w+)\(\{0\}(, \{1\})?\)", template))
}
"""The operator of a function call, whether it minds case, and the number of its arguments."""


def _read_call(node: syntax.FunctionCall) -> ConditionRow | None:
    arguments = node.arguments
    if node.name == "inSegment" and len(arguments) == 1:
        name = _value(arguments[0])
        return None if name is None else ConditionRow("", "in_segment", (name,))
    if node.name == "in" and len(arguments) == 2:
        return _read_in(arguments[0], arguments[1])
    operator, cased, count = _ROW_OF.get(node.name, ("", True, -1))
    if len(arguments) != count:
        return None
    field = _field(arguments[0])
    values = tuple(value for value in map(_value, arguments[1:]) if value is not None)
    if field is None or len(values) < count - 1:
        return None
    return ConditionRow(field, operator, values, cased)


def _read_in(what: Node, items: Node) -> ConditionRow | None:
    """``in(field, ["a"])``, or with ``lower`` around each."""
    field, cased = _field(what), True
    if field is None:
        inner = _lowered(what)
        field, cased = (None if inner is None else _field(inner)), False
    if field is None or not isinstance(items, syntax.ListLiteral) or not items.items:
        return None
    values: list[ConditionValue] = []
    for item in items.items:
        constant = item if cased else _lowered(item)
        value = None if constant is None else _value(constant)
        if value is None:
            return None
        values.append(value)
    return ConditionRow(field, "in", tuple(values), cased)


def _lowered(node: Node) -> Node | None:
    lowered = isinstance(node, syntax.FunctionCall) and node.name == "lower" and len(node.arguments) == 1
    return node.children()[0] if lowered else None
