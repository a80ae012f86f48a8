"""Message templates filled in: ``{{ variable }}`` becomes its value, escaped where the text is HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson

from engine.expression.values import to_string
from engine.model.action import MessageTemplate

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_.]*)\s*\}\}")


@dataclass(frozen=True, slots=True)
class Rendered:
    """The texts of one message. ``subject`` is the title of a push; ``body`` the text of an SMS or a push."""

    subject: str
    body: str
    html: str


def render(template: MessageTemplate, variables: Mapping[str, Any]) -> Rendered:
    """The message for these values; a variable that is null or missing leaves nothing behind.

    Raises ValueError when a placeholder names no variable of the template.
    """
    texts = {
        "email": (template.subject, template.body, template.html),
        "sms": ("", template.text, ""),
        "push": (template.title, template.text, ""),
    }
    subject, body, markup = texts[template.channel]
    known = {field.name for field in template.variables}
    return Rendered(
        " ".join(_fill(subject, variables, known, None).split()),
        _fill(body, variables, known, None),
        _fill(markup, variables, known, html.escape),
    )


def _fill(text: str, variables: Mapping[str, Any], known: set[str], escape: Callable[[str], str] | None) -> str:
    literals, paths = _parsed(text)
    if not paths:
        return text
    filled = [literals[0]]
    for (name, *path), literal in zip(paths, literals[1:], strict=True):
        if name not in known:
            raise ValueError(f"The template uses {'.'.join((name, *path))}, which is none of its variables")
        value: Any = variables.get(name)
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        shown = value if type(value) is str else text_of(value)
        filled.append(escape(shown) if escape is not None else shown)
        filled.append(literal)
    return "".join(filled)


@lru_cache(maxsize=1_000)
def _parsed(text: str) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """A template's text as what stands between its placeholders, and the paths in them; each is filled in often."""
    parts = PLACEHOLDER.split(text)
    return tuple(parts[::2]), tuple(tuple(path.split(".")) for path in parts[1::2])


def text_of(value: Any) -> str:
    """A JSON value as people read it: nothing for null, items of a list separated by commas."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(text_of(item) for item in value)
    return orjson.dumps(value).decode() if isinstance(value, Mapping) else to_string(value)
