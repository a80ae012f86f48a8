"""Reading a text a moment after the last key stroke: problems, type, plain words, colours."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject

from app.expression.debounced_query import DebouncedQuery
from app.expression.syntax_colors import ColoredPart, parts
from app.translation import current_language
from engine.expression import Checked, ExpressionError, Scope, check, explain
from engine.expression.types import Type

DELAY = 120
"""Milliseconds without a key stroke before a text is read."""


@dataclass(frozen=True, slots=True)
class AnalysisRequest:
    """A text and what it is read against; ``language`` is that of the plain words."""

    text: str
    scope: Scope
    expected: Type | None
    language: str


@dataclass(frozen=True, slots=True)
class ExpressionAnalysis:
    """What a text says. ``problems`` leaves out that there is nothing yet; ``words`` is empty when it says nothing."""

    question: AnalysisRequest
    checked: Checked
    problems: tuple[ExpressionError, ...]
    words: str
    parts: tuple[ColoredPart, ...]

    @property
    def text(self) -> str:
        """The text that was read."""
        return self.question.text


def read(question: AnalysisRequest) -> ExpressionAnalysis:
    """Analyze a text. Never raises."""
    checked = check(question.text, question.scope, question.expected)
    blank = not question.text.strip()
    words = "" if blank else explain(checked.tree, question.scope, question.language)
    problems = () if blank else checked.errors
    return ExpressionAnalysis(question, checked, problems, words.strip(" …") and words, parts(question.text))


def ask(text: str, scope: Scope, expected: Type | None) -> AnalysisRequest:
    """Make a request in the current language."""
    return AnalysisRequest(text, scope, expected, current_language())


class ExpressionAnalyzer(DebouncedQuery):
    """Reads what it was asked last; ``done`` gives the :class:`ExpressionAnalysis`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(DELAY, parent)

    def analyze_soon(self, question: AnalysisRequest) -> None:
        """Analyze a text after a short delay, unless another request comes first."""
        self.ask(lambda: read(question), len(question.text))

    def analyze_now(self, question: AnalysisRequest) -> None:
        """Analyze a short text before returning, a long one as soon as possible."""
        self.ask_now(lambda: read(question), len(question.text))
