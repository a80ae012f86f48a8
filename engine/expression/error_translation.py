"""The errors of the language in other languages, with all that their English sentences say.

A sentence is told apart by its form, an entry of the catalogue ``expression.po`` with placeholders for what it is
about; some placeholders are filled with phrases, which are entries too. The first form that fits is taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from engine.catalogue import EXPRESSION, load, translate

_PHRASED = frozenset({
    "place", "bracket", "owner", "instead", "arguments", "constant", "subject", "example", "texts", "operands", "hint",
    "text", "held", "type",
})  # fmt: skip
_TYPES = frozenset({"left", "right", "given", "wanted"})
_SLOT = re.compile(r"\{(\w+)\}")
_MEANT = re.compile(r"(?P<base>.*); did you mean '(?P<name>.*)'\?", re.DOTALL)
_KNOWN = re.compile(r"(?P<base>.*)\. Known here: (?P<names>.*)\.", re.DOTALL)
_ENDINGS = ((_MEANT, "{base}; did you mean '{name}'?"), (_KNOWN, "{base}. Known here: {names}."))
_Forms = tuple[tuple[re.Pattern[str], str], ...]


def translate_error(message: str, language: str) -> str | None:
    """Return the sentence of an error in a language; None for a sentence that its catalogue does not have."""
    for pattern, ending in _ENDINGS:
        match = pattern.fullmatch(message)
        if match:
            base = _sentence(match["base"], language)
            template = translate(ending, language, "error ending")
            return base and _filled(template, {**match.groupdict(), "base": base}, language)
    found = _sentence(message, language)
    if found is None and message.endswith("."):
        base = _sentence(message[:-1], language)
        return base and f"{base}."
    return found


@cache
def _forms(context: str, language: str) -> _Forms:
    return tuple((_pattern(form), text) for form, text in load(EXPRESSION, language).section(context).items())


def _pattern(form: str) -> re.Pattern[str]:
    """Return a form as a pattern; a slot that occurs twice may be filled with two things."""
    pattern, end, seen = "", 0, set[str]()
    for slot in _SLOT.finditer(form):
        pattern += re.escape(form[end : slot.start()]) + (".*?" if slot[1] in seen else f"(?P<{slot[1]}>.*?)")
        seen.add(slot[1])
        end = slot.end()
    return re.compile(pattern + re.escape(form[end:]), re.DOTALL)


def _sentence(message: str, language: str) -> str | None:
    """Fill the first form that fits."""
    for pattern, text in _forms("error", language):
        match = pattern.fullmatch(message)
        if match:
            parts = {name: _part(name, part, language) for name, part in match.groupdict().items()}
            return _filled(text, parts, language)
    return None


def _filled(template: str, parts: Mapping[str, str], language: str) -> str:
    return load(EXPRESSION, language).fill(template, parts)


def _part(name: str, text: str, language: str) -> str:
    """Translate what a slot is filled with: a phrase; names and types stay as they are."""
    if name == "choices":
        return _joined(text, " or ", language)
    if name == "lines":
        return _joined(text, "; T is any single value", language)
    if name not in _PHRASED:
        return _joined(text, " with other fields", language) if name in _TYPES else text
    for pattern, phrase in _forms("error part", language):
        match = pattern.fullmatch(text)
        if match:
            parts = {slot: _part("example", part, language) for slot, part in match.groupdict().items()}
            return _filled(phrase, parts, language)
    return _joined(text, " or ", language) if name == "example" else text


def _joined(text: str, joint: str, language: str) -> str:
    return text.replace(joint, translate(joint, language, "error joint"))
