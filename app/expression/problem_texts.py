"""What is wrong with an expression, in the user's language: the language says it in English and in Korean."""

from __future__ import annotations

from app.expression.analysis import LANGUAGE
from app.translation import tr
from engine.expression import ExpressionError, Fix
from engine.expression.korean_errors import in_korean


def problem_text(problem: ExpressionError) -> str:
    """The problem in one sentence, which says what to write instead."""
    said = in_korean(problem.message) if tr(LANGUAGE) == "ko" else None
    return said or problem.message


def fix_label(fix: Fix) -> str:
    """The words of a button that makes a fix."""
    wanted = fix.text.strip()
    return tr("Change to {wanted}", wanted=wanted) if fix.end > fix.start else tr("Add {wanted}", wanted=wanted)
