"""Errors of expressions in the language of the user."""

from __future__ import annotations

from app.translation import current_language, tr
from engine.expression import ExpressionError, Fix


def problem_text(problem: ExpressionError) -> str:
    """Return the problem in one sentence with its remedy."""
    return problem.sentence(current_language())


def fix_label(fix: Fix) -> str:
    """Return the label of a button that applies a fix."""
    wanted = fix.text.strip()
    return tr("Change to {wanted}", wanted=wanted) if fix.end > fix.start else tr("Add {wanted}", wanted=wanted)
