"""Reading a text a moment after the last key stroke: problems, type, plain words, colours."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject

from app.expression.coloring import Part, parts
from app.expression.later import Later
from app.translation import mark, tr
from engine.expression import Checked, ExpressionError, Scope, check, explain
from engine.expression.types import Type

DELAY = 120
"""Milliseconds without a key stroke before a text is read."""

LANGUAGE = mark("en")
"""Each catalogue translates this to the code of its language."""


@dataclass(frozen=True, slots=True)
class Question:
    """A text and what it is read against; ``language`` is that of the plain words."""

    text: str
    scope: Scope
    expected: Type | None
    language: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says. ``problems`` leaves out that there is nothing yet; ``words`` is empty when it says nothing."""

    question: Question
    checked: Checked
    problems: tuple[ExpressionError, ...]
    words: str
    parts: tuple[Part, ...]

    @property
    def text(self) -> str:
        """The text that was read."""
        return self.question.text


def read(question: Question) -> Reading:
    """Reads a text. Never raises."""
    checked = check(question.text, question.scope, question.expected)
    blank = not question.text.strip()
    words = "" if blank else explain(checked.tree, question.scope, question.language)
    problems = () if blank else checked.errors
    return Reading(question, checked, problems, words.strip(" …") and words, parts(question.text))


def ask(text: str, scope: Scope, expected: Type | None) -> Question:
    """The question in the language that is spoken now."""
    return Question(text, scope, expected, tr(LANGUAGE))


class Reader(Later):
    """Reads what it was asked last; ``done`` gives the :class:`Reading`."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(DELAY, parent)

    def read_soon(self, question: Question) -> None:
        """Reads this in a moment, unless something else is asked before."""
        self.ask(lambda: read(question), len(question.text))

    def read_now(self, question: Question) -> None:
        """Reads a short text before returning; a long one as soon as possible."""
        self.ask_now(lambda: read(question), len(question.text))
