"""The errors of the engine that a user may meet."""

from __future__ import annotations

from typing import Self

from engine.catalogue import ENGLISH, Phrase, PhraseArgument, format_sentence


class SojournError(Exception):
    """An error with a stable code, a sentence in the catalogue that names the remedy, and the place of the fault.

    ``key`` is the entry of the catalogue: the code, followed by ``.variant`` where a code has several sentences
    (``workspace_url.no_database``). ``where`` locates the fault: a JSON path, a file, a field or a span, empty when
    there is nothing to point at. ``arguments`` fill the placeholders of the sentence.
    """

    def __init__(self, key: str, /, where: str = "", **arguments: object) -> None:
        super().__init__(key, where)
        self.phrase = Phrase(key, {name: _argument(value) for name, value in arguments.items()})
        self.where = where

    @classmethod
    def of(cls, phrase: Phrase, where: str = "") -> Self:
        """Make an error of a phrase of the catalogue."""
        error = cls(phrase.key, where)
        error.phrase = phrase
        return error

    @property
    def code(self) -> str:
        """The code that programs read."""
        return self.phrase.key.partition(".")[0]

    @property
    def message(self) -> str:
        """The English sentence."""
        return str(self.phrase)

    def sentence(self, language: str = ENGLISH) -> str:
        """Write the sentence in a language, with a capital letter."""
        return format_sentence(self.phrase, language)

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


def _argument(value: object) -> PhraseArgument:
    return value if isinstance(value, str | int | float | Phrase | tuple) else str(value)


class WrongUseError(SojournError):
    """An argument of a command has a value it must not have; nothing was done."""
