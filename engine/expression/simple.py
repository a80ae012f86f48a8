"""The simple editor's tree and the language: groups (AND / OR) of rows *field — operator — value*.

``to_text`` writes a tree, ``to_tree`` reads a text that a tree can show and gives None for any other. What one writes
the other reads back; a group of one row is written as the row, and the whole is always a group (see ``tidy``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from engine.expression.dates import read_any, read_duration
from engine.expression.errors import UnplacedError
from engine.expression.names import quote
from engine.expression.parser import parse
from engine.expression.printer import literal_text, print_tree
from engine.expression.syntax import (
    Call,
    Chain,
    Comparison,
    ListLiteral,
    Literal,
    Node,
    Reference,
    Segment,
    Test,
    Unary,
)
from engine.expression.types import (
    BOOLEAN,
    DATE_ONLY,
    DATE_TIME,
    DATE_TIME_ONLY,
    DECIMAL,
    DURATION,
    INTEGER,
    STRING,
    Type,
)


@dataclass(frozen=True, slots=True)
class Value:
    """What a row compares with. ``form``: ``literal`` (text, number, boolean), ``date`` or ``duration`` (ISO text)."""

    value: str | int | float | bool
    form: str = "literal"


@dataclass(frozen=True, slots=True)
class Row:
    """``field`` is a reference as it is written; for segments it is empty and the value is the segment's name."""

    field: str
    operator: str
    values: tuple[Value, ...] = ()
    case_sensitive: bool = True


@dataclass(frozen=True, slots=True)
class Group:
    """Rows and groups joined by ``and`` or ``or``."""

    joined: str
    parts: tuple[Group | Row, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """An operator that a row may have: its labels, the number of values (-1: any), and whether case may be ignored."""

    operator: str
    en: str
    ko: str
    values: int = 1
    cased: bool = False


_TEXT = (
    Choice("equal", "equal to", "같음", cased=True),
    Choice("not_equal", "not equal to", "같지 않음", cased=True),
    Choice("contain", "contains", "포함함", cased=True),
    Choice("not_contain", "does not contain", "포함하지 않음", cased=True),
    Choice("start", "starts with", "다음으로 시작함", cased=True),
    Choice("end", "ends with", "다음으로 끝남", cased=True),
    Choice("empty", "is empty", "비어 있음", 0),
    Choice("not_empty", "is not empty", "비어 있지 않음", 0),
    Choice("in", "is in", "다음 중 하나임", -1, cased=True),
)
_NUMBER = (
    Choice("==", "equal to", "같음"),
    Choice("!=", "not equal to", "같지 않음"),
    Choice(">", "more than", "보다 큼"),
    Choice(">=", "at least", "이상"),
    Choice("<", "less than", "보다 작음"),
    Choice("<=", "at most", "이하"),
    Choice("between", "between", "사이", 2),
)
_RECENT = (
    Choice("last_days", "in the last days", "지난 며칠 이내"),
    Choice("last_hours", "in the last hours", "지난 몇 시간 이내"),
    Choice("next_days", "in the next days", "앞으로 며칠 이내"),
    Choice("next_hours", "in the next hours", "앞으로 몇 시간 이내"),
)
_BOOLEAN = (Choice("true", "is true", "참임", 0), Choice("false", "is false", "거짓임", 0))
_ANY = (Choice("null", "is null", "값이 없음", 0), Choice("not_null", "is not null", "값이 있음", 0))
SEGMENT_CHOICES = (Choice("in_segment", "is in", "속함"), Choice("not_in_segment", "is not in", "속하지 않음"))
CHOICES: Mapping[Type, tuple[Choice, ...]] = {
    STRING: (*_TEXT, *_ANY),
    INTEGER: (*_NUMBER, *_ANY),
    DECIMAL: (*_NUMBER, *_ANY),
    DURATION: (*_NUMBER, *_ANY),
    DATE_TIME_ONLY: (*_NUMBER, *_ANY),
    DATE_ONLY: (*_NUMBER, *_RECENT, *_ANY),
    DATE_TIME: (*_NUMBER, *_RECENT, *_ANY),
    BOOLEAN: (*_BOOLEAN, *_ANY),
}


def choices_for(of: Type) -> tuple[Choice, ...]:
    """The operators for a field of the type; lists and objects can only be asked whether they are there."""
    return CHOICES.get(of, _ANY)


def tidy(group: Group) -> Group:
    """The same condition as ``to_tree`` gives it: no groups of one part inside, no empty groups, a group at the top."""
    parts = tuple(_tidy_parts(group.parts))
    if len(parts) == 1:
        only = parts[0]
        return only if isinstance(only, Group) else Group("and", parts)
    return Group(group.joined, parts)


def _tidy_parts(parts: tuple[Group | Row, ...]) -> Iterator[Group | Row]:
    for part in parts:
        if isinstance(part, Row):
            yield part
            continue
        inner = tuple(_tidy_parts(part.parts))
        if len(inner) > 1:
            yield Group(part.joined, inner)
        else:
            yield from inner


# Writing


def to_text(group: Group) -> str:
    """The condition in the language. Raises ``ValueError`` for an empty tree or a row that lacks its values."""
    return _group_text(tidy(group))


def _group_text(group: Group) -> str:
    if not group.parts:
        raise ValueError("A condition needs at least one row.")
    texts = []
    for part in group.parts:
        text = _row_text(part) if isinstance(part, Row) else f"({_group_text(part)})"
        texts.append(
            f"({text})" if isinstance(part, Row) and part.operator == "between" and len(group.parts) > 1 else text
        )
    return f" {group.joined} ".join(texts)


def value_text(value: Value) -> str:
    """A value in the language."""
    if value.form == "date":
        return f"date({quote(str(value.value))})"
    if value.form == "duration":
        return f"toDuration({quote(str(value.value))})"
    return literal_text(value.value)


_FUNCTION_OF: Mapping[str, tuple[str, str, str]] = {
    "contain": ("", "contain", "containIgnoreCase"),
    "not_contain": ("not ", "contain", "containIgnoreCase"),
    "start": ("", "startWith", "startWithIgnoreCase"),
    "end": ("", "endWith", "endWithIgnoreCase"),
}
_RECENT_FUNCTION: Mapping[str, str] = {
    "last_days": "inLastDays", "last_hours": "inLastHours", "next_days": "inNextDays", "next_hours": "inNextHours",
}  # fmt: skip
_PLAIN: Mapping[str, str] = {
    "empty": "isEmpty({0})", "not_empty": "isNotEmpty({0})", "null": "{0} is null", "not_null": "{0} is not null",
    "true": "{0} == true", "false": "{0} == false",
}  # fmt: skip


def _row_text(row: Row) -> str:
    if row.operator in _PLAIN:
        return _PLAIN[row.operator].replace("{0}", row.field)
    values = [value_text(value) for value in row.values]
    if not values or (row.operator == "between" and len(values) != 2):
        raise ValueError(f"The row '{row.field} {row.operator}' lacks a value.")
    first = values[0]
    if row.operator in _FUNCTION_OF:
        prefix, cased, uncased = _FUNCTION_OF[row.operator]
        return f"{prefix}{cased if row.case_sensitive else uncased}({row.field}, {first})"
    if row.operator in _RECENT_FUNCTION:
        return f"{_RECENT_FUNCTION[row.operator]}({row.field}, {first})"
    return _OTHER.get(row.operator, _comparison_text)(row, values)


def _comparison_text(row: Row, values: list[str]) -> str:
    return f"{row.field} {row.operator} {values[0]}"


def _equal_text(row: Row, values: list[str]) -> str:
    if row.case_sensitive:
        return f"{row.field} == {values[0]}"
    return f"equalIgnoreCase({row.field}, {values[0]})"


def _not_equal_text(row: Row, values: list[str]) -> str:
    if row.case_sensitive:
        return f"{row.field} != {values[0]}"
    return f"notEqualIgnoreCase({row.field}, {values[0]})"


def _in_text(row: Row, values: list[str]) -> str:
    if row.case_sensitive:
        return f"in({row.field}, [{', '.join(values)}])"
    return f"in(lower({row.field}), [{', '.join(f'lower({value})' for value in values)}])"


def _between_text(row: Row, values: list[str]) -> str:
    """With the lower bound on the left, which no other row has, so that it reads back as one row."""
    return f"{values[0]} <= {row.field} and {row.field} <= {values[1]}"


_OTHER: Mapping[str, Callable[[Row, list[str]], str]] = {
    "equal": _equal_text,
    "not_equal": _not_equal_text,
    "in": _in_text,
    "between": _between_text,
    "in_segment": lambda _row, values: f"inSegment({values[0]})",
    "not_in_segment": lambda _row, values: f"not inSegment({values[0]})",
}


# Reading


def to_tree(text: str) -> Group | None:
    """The tree that shows the text, or None when only the advanced editor can."""
    parsed = parse(text)
    if parsed.errors:
        return None
    found = _read(parsed.tree)
    return found if isinstance(found, Group) or found is None else Group("and", (found,))


def _read(node: Node) -> Group | Row | None:
    if isinstance(node, Chain) and node.operators[0] in ("and", "or"):
        between = _between(node)
        return between or _read_group(node)
    return _read_row(node)


def _read_group(node: Chain) -> Group | None:
    parts: list[Group | Row] = []
    for operand in node.operands:
        part = _read(operand)
        if part is None:
            return None
        parts.append(part)
    return Group(node.operators[0], tuple(parts))


def _between(node: Chain) -> Row | None:
    """``low <= field and field <= high``"""
    if node.operators != ("and",):
        return None
    low, high = node.operands
    if not (isinstance(low, Comparison) and isinstance(high, Comparison) and low.operator == high.operator == "<="):
        return None
    field, low_value, high_value = _field(high.left), _value(low.left), _value(high.right)
    if field is None or low_value is None or high_value is None or low.right != high.left:
        return None
    return Row(field, "between", (low_value, high_value))


def _field(node: Node) -> str | None:
    """A plain field, as it is written; one with methods or a default is for the advanced editor."""
    plain = isinstance(node, Reference) and node.default is None and all(isinstance(one, Segment) for one in node.steps)
    return print_tree(node) if plain else None


def _value(node: Node) -> Value | None:
    if isinstance(node, Literal) and node.value is not None:
        return Value(node.value)
    if isinstance(node, Unary) and node.operator == "-" and isinstance(node.operand, Literal):
        number = node.operand.value
        return Value(-number) if isinstance(number, int | float) and not isinstance(number, bool) else None
    if isinstance(node, Call) and len(node.arguments) == 1 and node.name in _READERS:
        constant = node.arguments[0]
        form, read = _READERS[node.name]
        if isinstance(constant, Literal) and isinstance(constant.value, str) and _reads(read, constant.value):
            return Value(constant.value, form)
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


def _read_row(node: Node) -> Row | None:
    if isinstance(node, Comparison):
        return _read_comparison(node)
    if isinstance(node, Test) and node.test in ("is null", "is not null"):
        field = _field(node.operand)
        return None if field is None else Row(field, "null" if node.test == "is null" else "not_null")
    if isinstance(node, Unary) and isinstance(node.operand, Call):
        return _negated(_read_call(node.operand)) if node.operator == "not" else None
    return _read_call(node) if isinstance(node, Call) else None


def _negated(row: Row | None) -> Row | None:
    opposite = {"contain": "not_contain", "in_segment": "not_in_segment"}.get(row.operator) if row else None
    return Row(row.field, opposite, row.values, row.case_sensitive) if row and opposite else None


def _read_comparison(node: Comparison) -> Row | None:
    field, value = _field(node.left), _value(node.right)
    if field is None or value is None:
        return None
    if isinstance(value.value, bool):
        return Row(field, "true" if value.value else "false") if node.operator == "==" else None
    if isinstance(value.value, str) and value.form == "literal":
        operator = {"==": "equal", "!=": "not_equal"}.get(node.operator)
        return None if operator is None else Row(field, operator, (value,))
    return Row(field, node.operator, (value,))


_ROW_OF: Mapping[str, tuple[str, bool]] = {
    "contain": ("contain", True), "containIgnoreCase": ("contain", False),
    "startWith": ("start", True), "startWithIgnoreCase": ("start", False),
    "endWith": ("end", True), "endWithIgnoreCase": ("end", False),
    "equalIgnoreCase": ("equal", False), "notEqualIgnoreCase": ("not_equal", False),
    "inLastDays": ("last_days", True), "inLastHours": ("last_hours", True),
    "inNextDays": ("next_days", True), "inNextHours": ("next_hours", True),
}  # fmt: skip


def _read_call(node: Call) -> Row | None:
    arguments = node.arguments
    if node.name == "inSegment" and len(arguments) == 1:
        name = _value(arguments[0])
        return None if name is None else Row("", "in_segment", (name,))
    if node.name in ("isEmpty", "isNotEmpty") and len(arguments) == 1:
        field = _field(arguments[0])
        return None if field is None else Row(field, "empty" if node.name == "isEmpty" else "not_empty")
    if len(arguments) != 2:
        return None
    if node.name == "in":
        return _read_in(arguments[0], arguments[1])
    known, field, value = _ROW_OF.get(node.name), _field(arguments[0]), _value(arguments[1])
    if known is None or field is None or value is None:
        return None
    return Row(field, known[0], (value,), known[1])


def _read_in(what: Node, items: Node) -> Row | None:
    """``in(field, ["a"])``, or with ``lower`` around each."""
    field, cased = _field(what), True
    if field is None:
        inner = _lowered(what)
        field, cased = (None if inner is None else _field(inner)), False
    if field is None or not isinstance(items, ListLiteral) or not items.items:
        return None
    values: list[Value] = []
    for item in items.items:
        constant = item if cased else _lowered(item)
        value = None if constant is None else _value(constant)
        if value is None:
            return None
        values.append(value)
    return Row(field, "in", tuple(values), cased)


def _lowered(node: Node) -> Node | None:
    return node.arguments[0] if isinstance(node, Call) and node.name == "lower" and len(node.arguments) == 1 else None
