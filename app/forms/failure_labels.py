"""What an activity's error code means, in a few words (runtime.md, Errors)."""

from __future__ import annotations

from collections.abc import Mapping

from app.translation import mark, tr

WORDS: Mapping[str, str] = {
    "timedOut": mark("No answer in time"),
    "capped": mark("Held back by a guardrail"),
    "connection": mark("No connection"),
    "malformed": mark("Answer not understood"),
    "evaluation": mark("Value not computed"),
    "suppressed": mark("Address unsubscribed"),
}


def failure_label(code: str) -> str:
    """Return the code in words, with the code itself where it says more: ``503``."""
    if code.isdigit():
        return tr("Answered {status}", status=code)
    return tr(WORDS[code]) if code in WORDS else code
