"""What is wrong with an expression, in the user's language."""

from __future__ import annotations

from app.translation import tr
from engine.expression import ExpressionError, Fix

ENGLISH = "en"


def sentence(problem: ExpressionError) -> str:
    """The problem in one sentence."""
    return problem.message


def mending(fix: Fix) -> str:
    """The words of a button that makes a fix."""
    wanted = fix.text.strip()
    return tr("Change to {wanted}", wanted=wanted) if fix.end > fix.start else tr("Add {wanted}", wanted=wanted)
