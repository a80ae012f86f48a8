"""What is wrong with an expression, in the user's language."""

from __future__ import annotations

from engine.expression import ExpressionError


def sentence(problem: ExpressionError) -> str:
    """The problem in one sentence."""
    return problem.message
