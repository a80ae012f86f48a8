"""The expression language: from text to a checked tree to a value. It does not depend on journeys.

``check`` reads a text against a ``Scope`` and never raises; ``Checked.compile`` gives a ``Compiled`` whose ``evaluate``
takes a ``Context``. The editor service, the simple editor and the notation of schemas are modules beside.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.expression.check_state import References, Typed
from engine.expression.checker import Checker
from engine.expression.compiler import Compiled, compile_tree
from engine.expression.context import Context
from engine.expression.errors import EvaluationError, ExpressionError, Fix, either, phrase
from engine.expression.explanation import explain
from engine.expression.parser import Parsed, parse
from engine.expression.printer import format_text, print_tree
from engine.expression.syntax import Node
from engine.expression.token_reader import too_deep
from engine.expression.types import UNKNOWN, EitherType, Scope, Type, fits
from engine.expression.values import to_string, value_from_json, value_to_json


@dataclass(frozen=True, slots=True)
class Checked:
    """A text read against a scope. ``type`` is ``UNKNOWN`` when there are errors; ``references`` is what it reads."""

    text: str
    tree: Node
    type: Type
    errors: tuple[ExpressionError, ...]
    references: References
    typed: Typed

    def compile(self) -> Compiled:
        """Return the expression as closures. Raises the first error when there are errors."""
        if self.errors:
            raise self.errors[0]
        return compile_tree(self.tree, self.typed)


def check(text: str, scope: Scope, expected: Type | None = None) -> Checked:
    """Parse and type-check. Never raises: syntax errors, or else type and name errors, are in ``errors``.

    With ``expected`` a value of another type is an error too; integer fits decimal and null fits everything.
    """
    parsed = parse(text)
    checker = Checker(scope)
    typed = checker.typed
    if parsed.errors:
        return Checked(text, parsed.tree, UNKNOWN, parsed.errors, typed.references, typed)
    try:
        found = checker.run(parsed.tree)
    except RecursionError:
        error = too_deep(0, len(text))
        return Checked(text, parsed.tree, UNKNOWN, (error,), typed.references, typed)
    if expected is not None and not fits(found, expected):
        wanted = expected.types if isinstance(expected, EitherType) else (expected,)
        fault = phrase("expected_type", wanted=either(*map(str, wanted)), given=str(found))
        checker.fail("expected_type", fault, parsed.tree)
    errors = tuple(typed.errors)
    return Checked(text, parsed.tree, UNKNOWN if errors else found, errors, typed.references, typed)


__all__ = [
    "Checked",
    "Compiled",
    "Context",
    "EvaluationError",
    "ExpressionError",
    "Fix",
    "Parsed",
    "References",
    "Scope",
    "check",
    "explain",
    "format_text",
    "parse",
    "print_tree",
    "to_string",
    "value_from_json",
    "value_to_json",
]
