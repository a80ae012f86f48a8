"""Korean particles: which of two forms follows a word, by whether the word ends in a consonant.

Phrases are written with both forms, ``이(가)``; ``choose`` keeps the one that fits what stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_FORMS: Mapping[str, tuple[str, str]] = {
    "이(가)": ("이", "가"),
    "을(를)": ("을", "를"),
    "은(는)": ("은", "는"),
    "와(과)": ("과", "와"),
    "(으)로": ("으로", "로"),
}
_PARTICLE = re.compile(r"(\w)([^\w\s]*)(이\(가\)|을\(를\)|은\(는\)|와\(과\)|\(으\)로)")
_DIGITS_WITH_CONSONANT = frozenset("013678")
_LETTERS_WITH_CONSONANT = frozenset("lmngLMNG")
_RIEUL = 8


def _final(character: str) -> int:
    """The number of the final consonant of a syllable (0: none), guessed for digits and Latin letters."""
    if "가" <= character <= "힣":
        return (ord(character) - ord("가")) % 28
    if character in "178lL":
        return _RIEUL
    return 1 if character in _DIGITS_WITH_CONSONANT or character in _LETTERS_WITH_CONSONANT else 0


def choose(text: str) -> str:
    """The text with each double particle replaced by the form that fits."""

    def fit(match: re.Match[str]) -> str:
        final = _final(match.group(1))
        with_consonant, without = _FORMS[match.group(3)]
        if match.group(3) == "(으)로" and final == _RIEUL:
            final = 0
        return f"{match.group(1)}{match.group(2)}{with_consonant if final else without}"

    return _PARTICLE.sub(fit, text)
