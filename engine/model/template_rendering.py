"""Message templates filled in: ``{{ variable }}`` becomes its value, escaped where the text is HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import msgspec
import orjson

from engine.expression.values import to_string
from engine.model.action import MessageTemplate

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_.]*)\s*\}\}")

Escape = Callable[[str], str] | None


class RenderedMessage(msgspec.Struct, frozen=True, gc=False):
    """The texts of one message. ``subject`` is the title of a push; ``body`` the text of an SMS or a push."""

    subject: str
    body: str
    html: str


def render(template: MessageTemplate, variables: Mapping[str, Any]) -> RenderedMessage:
    """Return the message for these values; a variable that is null or missing leaves nothing behind.

    Raises ValueError when a placeholder names no variable of the template.
    """
    subject, body, markup = template.texts
    known = template.known
    return RenderedMessage(
        " ".join(_fill(subject, variables, known, None).split()),
        _fill(body, variables, known, None),
        _fill(markup, variables, known, html.escape),
    )


def _fill(text: str, variables: Mapping[str, Any], known: frozenset[str], escape: Escape) -> str:
    if not text:
        return text
    start, places = _parsed(text)
    filled = [start]
    for name, below, literal in places:
        if name not in known:
            raise ValueError(f"The template uses {'.'.join((name, *below))}, which is none of its variables")
        value: Any = variables.get(name)
        for key in below:
            value = value.get(key) if isinstance(value, Mapping) else None
        shown = value if type(value) is str else _display_text(value)
        filled.append(escape(shown) if escape is not None else shown)
        filled.append(literal)
    return "".join(filled)


@lru_cache(maxsize=1_000)
def _parsed(text: str) -> tuple[str, tuple[tuple[str, tuple[str, ...], str], ...]]:
    """Split a template at its placeholders: the first text; then variable, path in it and following text of each."""
    start, *parts = PLACEHOLDER.split(text)
    paths = (path.split(".") for path in parts[::2])
    return start, tuple((path[0], tuple(path[1:]), text) for path, text in zip(paths, parts[1::2], strict=True))


def _display_text(value: Any) -> str:
    """Return a JSON value as people read it: nothing for null, items of a list separated by commas."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(_display_text(item) for item in value)
    return orjson.dumps(value).decode() if isinstance(value, Mapping) else to_string(value)
