"""Sentences of the engine in the language of the user."""

from __future__ import annotations

from app.translation import current_language
from engine.catalogue import Phrase, format_sentence
from engine.errors import SojournError


def error_text(error: SojournError) -> str:
    """Write the sentence of an error."""
    return error.sentence(current_language())


def phrase_text(phrase: Phrase) -> str:
    """Write a phrase of the engine as a sentence."""
    return format_sentence(phrase, current_language())
