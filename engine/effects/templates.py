"""Message templates filled in: ``{{ variable }}`` becomes its value, escaped where the text is HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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
        " ".join(_fill(subject, variables, known, str).split()),
        _fill(body, variables, known, str),
        _fill(markup, variables, known, html.escape),
    )


def _fill(text: str, variables: Mapping[str, Any], known: set[str], escape: Callable[[str], str]) -> str:
    def value_of(match: re.Match[str]) -> str:
        name, *path = match[1].split(".")
        if name not in known:
            raise ValueError(f"The template uses {match[1]}, which is none of its variables")
        value: Any = variables.get(name)
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        return escape(text_of(value))

    return PLACEHOLDER.sub(value_of, text)


def text_of(value: Any) -> str:
    """A JSON value as people read it: nothing for null, items of a list separated by commas."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(text_of(item) for item in value)
    return orjson.dumps(value).decode() if isinstance(value, Mapping) else to_string(value)
