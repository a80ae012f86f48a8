"""Errors of the language, with their place in the text and fixes."""

from __future__ import annotations

from dataclasses import dataclass

from engine.errors import SojournError

SYNTAX = "syntax"
TYPE = "type"
NAME = "name"
EVALUATION = "evaluation"


@dataclass(frozen=True, slots=True)
class Fix:
    """A replacement of ``text[start:end]`` (code points) that fixes an error, and the words it is offered with."""

    title: str
    start: int
    end: int
    text: str


class ExpressionError(SojournError):
    """One fault of an expression. ``start`` and ``end`` are offsets in code points, end excluded.

    ``kind`` is ``syntax``, ``type``, ``name`` or ``evaluation`` (expressions, "Limits and errors").
    """

    def __init__(
        self, kind: str, code: str, message: str, start: int = 0, end: int = 0, fixes: tuple[Fix, ...] = ()
    ) -> None:
        super().__init__(f"{code}.expression", message=message)
        self.kind = kind
        self.start = start
        self.end = end
        self.fixes = fixes

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.kind, self.code, self.message, self.start, self.end, self.fixes)


class EvaluationError(ExpressionError):
    """Met while evaluating: ``overflow``, data of the ``wrong_type``, a ``bad_value``, or a ``limit``."""

    def __init__(self, code: str, message: str, start: int = 0, end: int = 0) -> None:
        super().__init__(EVALUATION, code, message, start, end)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.code, self.message, self.start, self.end)


class UnplacedError(Exception):
    """An evaluation error that does not know its place yet; the node that asked for the work adds the span.

    ``message`` may show the text it is about, since the text may be a constant that a user has written. While an
    expression is evaluated the text may be a person's data: the error then says ``discreet`` instead.
    """

    def __init__(self, code: str, message: str, discreet: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.discreet = discreet or message

    @classmethod
    def about(cls, text: str, said: str) -> UnplacedError:
        """Return the error ``bad_value`` for a text, with the rest of the sentence."""
        return cls("bad_value", f"'{text[:60]}' {said}", f"The text {said}")

    def located(self, start: int, end: int) -> EvaluationError:
        """Return the same fault as the error of the text from ``start`` to ``end``."""
        return EvaluationError(self.code, self.discreet, start, end)
