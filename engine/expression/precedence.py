"""The levels of operators, and what the parser keeps on its stacks while it reads (expressions, "Precedence")."""

from __future__ import annotations

from dataclasses import dataclass

from engine.expression.syntax import Node
from engine.expression.tokens import Token

OR, AND, NOT, COMPARISON, SUM, PRODUCT, NEGATE, OPERAND = range(1, 9)

BINARY: dict[str, int] = {
    "or": OR, "and": AND, "==": COMPARISON, "!=": COMPARISON, ">": COMPARISON, ">=": COMPARISON, "<": COMPARISON,
    "<=": COMPARISON, "+": SUM, "-": SUM, "*": PRODUCT, "/": PRODUCT, "%": PRODUCT,
}  # fmt: skip
TESTS: dict[tuple[str, ...], str] = {
    ("is", "null"): "is null", ("is", "not", "null"): "is not null", ("has", "null"): "has null",
    ("is", "numeric"): "is numeric", ("is", "integer"): "is integer", ("is", "decimal"): "is decimal",
}  # fmt: skip
CONSTANTS: dict[str, bool | None] = {"null": None, "true": True, "false": False}


@dataclass(slots=True)
class Operand:
    """An operand with the extent of its text, parentheses included, and the level its outermost operator has."""

    node: Node
    start: int
    end: int
    level: int = OPERAND


@dataclass(slots=True)
class Operator:
    """An operator that waits for what is right of it."""

    text: str
    level: int
    token: Token
    prefix: bool = False
