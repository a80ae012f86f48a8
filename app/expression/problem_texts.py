"""Errors of expressions in the language of the user."""

from __future__ import annotations

from app.translation import current_language, tr
from engine.expression import ExpressionError, Fix
from engine.expression.error_translation import translate_error


def problem_text(problem: ExpressionError) -> str:
    """The problem in one sentence, which says what to write instead."""
    return translate_error(problem.message, current_language()) or problem.message


def fix_label(fix: Fix) -> str:
    """The words of a button that makes a fix."""
    wanted = fix.text.strip()
    return tr("Change to {wanted}", wanted=wanted) if fix.end > fix.start else tr("Add {wanted}", wanted=wanted)
