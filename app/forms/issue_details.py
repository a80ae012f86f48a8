"""What is filled in into the sentence of a problem, in the language of the user: an activity that has no label, a way
out that nobody named, the fault of an expression. What the user wrote stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from app.activity_views import type_title
from app.document.naming import reaction_title
from app.translation import mark, tr
from engine.core.issues import EXIT_NAMES
from engine.expression.korean_errors import in_korean
from engine.model.activity import ACTIVITY_KINDS

_PHRASES = (
    mark("it is empty"),
    mark("it has no key"),
    mark("it has no rule"),
    mark("its eventType names no event"),
    mark("its ctx is no object"),
    mark("a date such as 2026-03-11, or with a time 2026-03-11T08:00:00"),
)
_PARTS: Mapping[str, str] = {"its key: ": mark("its key: {reason}"), "its rule: ": mark("its rule: {reason}")}
_TYPES = {kind.noun.lower(): kind.type for kind in ACTIVITY_KINDS.values()}
_CALLED = re.compile(rf"(?:the )?({'|'.join(_TYPES)})( “.*”)?( \d+)?", re.IGNORECASE | re.DOTALL)


def detail(code: str, slot: str, words: str) -> str:
    """The words of a slot of the sentence of a code."""
    translate = _BY_CODE.get((code, slot)) or _BY_SLOT.get(slot)
    return translate(words) if translate else words


def _activity(words: str) -> str:
    """An activity without a label, by what it is; one with a label as it is."""
    called = _CALLED.fullmatch(words)
    if called is None:
        return words
    kind, name, number = called.groups(default="")
    return type_title(_TYPES[kind.lower()]) + name + number


def _way_out(words: str) -> str:
    return f"'{tr(words[1:-1])}'" if words[1:-1] in EXIT_NAMES.values() else words


def _reason(words: str) -> str:
    """What is wrong with an expression, or with what a definition lacks."""
    for beginning, whole in _PARTS.items():
        if words.startswith(beginning):
            return tr(whole, reason=_reason(words.removeprefix(beginning)))
    return (in_korean(words) if tr("en") == "ko" else None) or _phrase(words)


def _phrase(words: str) -> str:
    return tr(words) if words in _PHRASES else words


def _choices(words: str) -> str:
    return ", ".join(_reaction(word) for word in words.split(", "))


def _reaction(word: str) -> str:
    return reaction_title(word)


_BY_SLOT: Mapping[str, Callable[[str], str]] = {
    "label": _activity,
    "channel": _activity,
    "reason": _reason,
    "choices": _choices,
    "wanted": _phrase,
}
_BY_CODE: Mapping[tuple[str, str], Callable[[str], str]] = {
    ("ERR_REACTION_002", "name"): _activity,
    ("ERR_REACTION_003", "name"): lambda words: f"'{_reaction(words[1:-1])}'",
    ("ERR_GRAPH_006", "name"): _way_out,
    ("WARN_GRAPH_001", "name"): _way_out,
}
