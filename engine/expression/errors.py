"""Errors of the language, with their place in the text and fixes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from engine.catalogue import ENGLISH, Phrase, PhraseArgument, format_phrase
from engine.errors import SojournError

SYNTAX = "syntax"
TYPE = "type"
NAME = "name"
EVALUATION = "evaluation"


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement of ``text[start:end]`` (code points) that fixes an error."""

    start: int
    end: int
    text: str


def phrase(key: str, /, **arguments: PhraseArgument) -> Phrase:
    """Return a text of an error, or a part of one; in the catalogue its key begins with ``expression.``."""
    return Phrase(f"expression.{key}", arguments)


def either(first: str, *others: str) -> str | Phrase:
    """Return a list of alternatives, with "or" between them."""
    choices: str | Phrase = first
    return reduce(lambda one, other: phrase("or", one=one, other=other), others, choices)


class ExpressionError(SojournError):
    """One fault of an expression. ``start`` and ``end`` are offsets in code points, end excluded.

    ``kind`` is ``syntax``, ``type``, ``name`` or ``evaluation`` (expressions, "Limits and errors"). ``text`` is the
    sentence, in no language yet.
    """

    def __init__(
        self, kind: str, code: str, text: Phrase, start: int = 0, end: int = 0, fixes: tuple[Fix, ...] = ()
    ) -> None:
        super().__init__(text.key)
        self.phrase = text
        self.kind = kind
        self._code = code
        self.start = start
        self.end = end
        self.fixes = fixes

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.kind, self.code, self.phrase, self.start, self.end, self.fixes)

    @property
    def code(self) -> str:
        """The code that programs read; several sentences may have the same."""
        return self._code

    def sentence(self, language: str = ENGLISH) -> str:
        """Write the sentence in a language, as it is: it may begin with a name that somebody wrote."""
        return format_phrase(self.phrase, language)


class EvaluationError(ExpressionError):
    """Met while evaluating: ``overflow``, data of the ``wrong_type``, a ``bad_value``, or a ``limit``."""

    def __init__(self, code: str, text: Phrase, start: int = 0, end: int = 0) -> None:
        super().__init__(EVALUATION, code, text, start, end)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.code, self.phrase, self.start, self.end)


class UnplacedError(Exception):
    """An evaluation error that does not know its place yet; the node that asked for the work adds the span.

    ``phrase`` may show the text it is about, since the text may be a constant that a user has written. While an
    expression is evaluated the text may be a person's data: the error then has ``discreet`` instead.
    """

    def __init__(self, code: str, text: Phrase, discreet: Phrase | None = None) -> None:
        super().__init__(code, text)
        self.code = code
        self.phrase = text
        self.discreet = discreet or text

    def __str__(self) -> str:
        return str(self.phrase)

    @classmethod
    def about(cls, key: str, text: str, /, **arguments: PhraseArgument) -> UnplacedError:
        """Return the error ``bad_value`` for a text, which its sentence shows as ``{text}``."""
        shown = phrase(key, text=f"'{text[:60]}'", **arguments)
        return cls("bad_value", shown, phrase(key, text=phrase("the_text"), **arguments))

    def located(self, start: int, end: int) -> EvaluationError:
        """Return the same fault as the error of the text from ``start`` to ``end``."""
        return EvaluationError(self.code, self.discreet, start, end)
