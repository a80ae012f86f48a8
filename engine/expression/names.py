"""Fixed names of the language, and the nearest known name to a misspelt one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import lru_cache
from heapq import nlargest
from itertools import pairwise

from engine.catalogue import Phrase
from engine.expression.errors import NAME, ExpressionError, Fix, phrase
from engine.expression.tokens import SEGMENT
from engine.expression.types import INTEGER, STRING, Scalar

JOURNEY_PROPERTIES: Mapping[str, Scalar] = {
    **dict.fromkeys(
        (
            "journeyUID", "journeyVersionUID", "journeyVersionName", "journeyVersionDescription", "journeyVersion",
            "instanceUID", "externalKey", "organizationId", "sandboxName", "profileId", "namespace", "currentNodeId",
            "currentNodeName", "previousNodeId", "previousNodeName", "lastNodeUIDInError", "lastNodeNameInError",
            "lastNodeTypeInError", "lastErrorCode", "lastExecutedActionErrorCode", "lastDataFetchErrorCode",
        ),
        STRING,
    ),
    "lastActionExecutionElapsedTime": INTEGER,
    "lastDataFetchElapsedTime": INTEGER,
}  # fmt: skip
ORIGINAL_SOURCES = {"ExperiencePlatformDataSource": "ExperiencePlatform"}
"""Names of the profile store in expressions of the original product, which are taken for its name here."""
ORIGINAL_ROOTS = ("Profile", "profile")
"""The step that the original product's expressions have before the fields of a profile."""
JOURNEY_PROPERTIES_SOURCE = "JourneyProperties"
_MOST_COMPARED = 60

METHODS: Mapping[str, str] = {
    "all": "the items that meet a condition, or all of them",
    "first": "the first item, or the first that meets a condition",
    "last": "the last item, or the last that meets a condition",
    "at": "the item at a position, counted from 0",
    "entry": "the value of a map's key",
    "keys": "the keys of a map",
    "firstEntryKey": "the first key of a map",
}


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known name most like a given one, or None when nothing is near. Case counts least."""
    names = list(known)
    for one in names:
        if one.lower() == name.lower():
            return one
    folded = {one.lower(): one for one in names}
    wanted = name[:100].lower()
    found = get_close_matches(wanted, _alike(wanted, folded), n=1, cutoff=0.6)
    return folded[found[0]] if found else None


def _alike(wanted: str, known: Iterable[str]) -> list[str]:
    """Of many names those that have most pairs of letters in common with the wanted one: comparing all takes long."""
    names = list(known)
    if len(names) <= _MOST_COMPARED:
        return names
    pairs = _pairs(wanted)
    return nlargest(_MOST_COMPARED, names, key=lambda name: len(pairs & _pairs(name)))


@lru_cache(maxsize=4096)
def _pairs(name: str) -> frozenset[str]:
    return frozenset(map("".join, pairwise(name)))


def quote_segment(name: str) -> str:
    """Write a path segment: in quotes unless it is a plain name."""
    return name if SEGMENT.fullmatch(name) else quote(name, "'")


def quote(text: str, mark: str = '"') -> str:
    """Write a string literal that reads back as the text."""
    escaped = text.replace("\\", "\\\\").replace(mark, f"\\{mark}")
    for character, letter in (("\n", "n"), ("\t", "t"), ("\r", "r")):
        escaped = escaped.replace(character, f"\\{letter}")
    return f"{mark}{escaped}{mark}"


def unknown_name(
    code: str, base: Phrase, name: str, known: Iterable[str], start: int, end: int, quoted: bool = False
) -> ExpressionError:
    """Return a ``name`` error, with the nearest known name suggested and offered as a fix.

    ``base`` is its sentence without an end. ``quoted``: the name stands in the text as a string literal.
    """
    candidates = sorted(known)
    suggestion = nearest(name, candidates)
    if suggestion is None:
        shown = ", ".join(candidates[:8]) + (", …" if len(candidates) > 8 else "")
        whole = phrase("known_names", base=base, names=shown) if candidates else phrase("no_names", base=base)
        return ExpressionError(NAME, code, whole, start, end)
    text = quote(suggestion) if quoted else quote_segment(suggestion)
    fix = Fix(start, end, text)
    return ExpressionError(NAME, code, phrase("nearest_name", base=base, name=suggestion), start, end, (fix,))
