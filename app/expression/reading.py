"""Reading a text a moment after the last key stroke: problems, type, plain words, colours.

A short text is read on the window's thread, in a few milliseconds; a long one in a thread of its own, so that the
window never waits (studio.md, Feel).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from app.expression.coloring import Part, parts
from app.translation import mark, tr
from engine.expression import Checked, ExpressionError, Scope, check, explain
from engine.expression.types import Type

DELAY = 120
"""Milliseconds without a key stroke before a text is read."""

SHORT = 1_000
"""Up to this many characters a text is read on the window's thread."""

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


class _Post(QObject):
    """Carries a reading from its thread to the window's."""

    arrived = Signal(object)


class Reader(QObject):
    """Reads what it was asked last; what was asked before and is not done yet is dropped."""

    read = Signal(object)
    """A :class:`Reading` of the latest question."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._question: Question | None = None
        self._busy = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY)
        self._timer.timeout.connect(self._start)
        self._post = _Post()
        self._post.arrived.connect(self._arrived)

    @property
    def waiting(self) -> bool:
        """Whether the latest question is not answered yet."""
        return self._question is not None

    def ask(self, question: Question) -> None:
        """Reads this in a moment, unless something else is asked before."""
        self._question = question
        self._timer.start()

    def ask_now(self, question: Question) -> None:
        """Reads a short text before returning; a long one as soon as possible."""
        self._question = question
        self._timer.stop()
        self._start()

    def _start(self) -> None:
        question = self._question
        if question is None or self._busy:
            return
        if len(question.text) <= SHORT:
            self._finish(read(question))
            return
        self._busy = True
        post = self._post
        threading.Thread(target=lambda: post.arrived.emit(read(question)), name="expression-reader").start()

    def _arrived(self, reading: Reading) -> None:
        self._busy = False
        if reading.question is self._question:
            self._finish(reading)
        else:
            self._start()

    def _finish(self, reading: Reading) -> None:
        self._question = None
        self.read.emit(reading)
