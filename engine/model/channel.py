"""Channels by which messages are sent, the registry of them, and the templates of messages.

The built-in channels are described in ``engine.activities``; installed extensions add others. In a template that is
filled in, ``{{ variable }}`` becomes its value, escaped where the text is HTML.
"""

from __future__ import annotations

import html
import re
from binascii import a2b_base64, a2b_qp
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Annotated

import msgspec
import orjson
from pydantic import ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from engine.expression.values import to_string
from engine.json_types import JsonObject
from engine.model.base import FreeName, Model
from engine.model.fields import Fields
from engine.registry import Registry

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def check_text_address(address: str) -> None:
    """Accept any address with characters in it. Raises ValueError with a sentence."""
    if not address.strip() or _CONTROL.search(address):
        raise ValueError("The address is empty or contains a control character")


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """The description of a channel.

    ``noun`` names its messages in sentences, ``title`` the activity in the studio (``titles`` by language), ``icon`` is
    a Phosphor icon. ``parts`` are the template's texts: the setting of the subject or title,
    that of the body, and that of the HTML, '' for none. ``reactions`` maps the feedback of providers to what a
    reaction waits for; other feedback is only counted. ``check_address`` raises ValueError with a sentence;
    ``suppression_key`` is the form of an address by which consent is remembered.
    """

    key: str
    noun: str
    description: str
    title: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    icon: str = "paper-plane-tilt"
    parts: tuple[str, str, str]
    feedback: Mapping[str, str] = field(default_factory=lambda: {"sent": "sent", "failed": "failed"})
    check_address: Callable[[str], None] = check_text_address
    suppression_key: Callable[[str], str] = str.strip

    @property
    def reactions(self) -> tuple[str, ...]:
        """The reactions that a journey can wait for."""
        return tuple(dict.fromkeys(self.feedback.values()))


def suppression_key(channel: str, address: str) -> str:
    """Return the form of an address in the suppression list of a channel."""
    found = CHANNELS.get(channel)
    return found.suppression_key(address) if found is not None else address.strip()


CHANNELS: Registry[Channel] = Registry(Channel, "engine.activities:built_in_channels", "sojourn.channels")
"""Every channel by its key, which is also the type of the activity that sends messages by it."""


class _AnyChannel:
    """Accepts the keys of the registered channels."""

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.literal_schema(list(CHANNELS))


ChannelKey = Annotated[str, _AnyChannel]


class MessageTemplate(Model):
    """A message with ``{{ variable }}`` in its texts. Email: subject, body, html; SMS: text; push: title, text."""

    model_config = ConfigDict(defer_build=True)

    name: FreeName
    channel: ChannelKey
    subject: str = ""
    body: str = ""
    html: str = ""
    title: str = ""
    text: str = ""
    variables: Fields = ()

    @cached_property
    def texts(self) -> tuple[str, str, str]:
        """The texts of its channel: subject or title, body, and HTML."""
        subject, body, markup = (getattr(self, part) if part else "" for part in CHANNELS[self.channel].parts)
        return subject, body, markup

    @cached_property
    def known(self) -> frozenset[str]:
        """The names of its variables."""
        return frozenset(variable.name for variable in self.variables)


PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_][A-Za-z0-9_.]*)\s*\}\}")

Escape = Callable[[str], str] | None


class RenderedMessage(msgspec.Struct, frozen=True, gc=False):
    """The texts of one message. ``subject`` is the title of a push; ``body`` the text of an SMS or a push."""

    subject: str
    body: str
    html: str


def render(template: MessageTemplate, variables: JsonObject) -> RenderedMessage:
    """Return the message for these values; a variable that is null or missing leaves nothing behind.

    Raises ValueError when a placeholder names no variable of the template.
    """
    subject, body, markup = template.texts
    known = template.known
    return RenderedMessage(
        clean_line(_fill(subject, variables, known, None)),
        clean_text(_fill(body, variables, known, None)),
        clean_text(_fill(markup, variables, known, html.escape)),
    )


_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_ORDERING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ENCODED_WORD = re.compile(r"=\?[^?\s]*\?([bBqQ])\?([^?]*)\?=")
_HIDDEN_BREAK = re.compile(rb"[\x00-\x1f\x7f]")


def clean_text(text: str) -> str:
    """Remove control characters but tabs and line breaks, and what Unicode cannot write."""
    return _UNWANTED.sub("", text)


def clean_line(text: str) -> str:
    """Return a subject or title as one line, without characters that change the order of those that follow.

    Raises ValueError for an encoded word (RFC 2047) that hides a line break or another control character.
    """
    line = clean_text(_ORDERING.sub("", " ".join(text.split())))
    for encoding, content in _ENCODED_WORD.findall(line):
        if _HIDDEN_BREAK.search(_decoded_word(encoding, content)):
            raise ValueError("The subject or title contains an encoded control character")
    return line


def _decoded_word(encoding: str, content: str) -> bytes:
    raw = content.encode()
    if encoding in "qQ":
        return a2b_qp(raw, header=True)
    try:
        return a2b_base64(raw)
    except ValueError:
        return b""


def _fill(text: str, variables: JsonObject, known: frozenset[str], escape: Escape) -> str:
    if not text:
        return text
    start, places = _parsed(text)
    filled = [start]
    for name, below, literal in places:
        if name not in known:
            raise ValueError(f"The template uses {'.'.join((name, *below))}, which is none of its variables")
        value: object = variables.get(name)
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


def _display_text(value: object) -> str:
    """Return a JSON value as people read it: nothing for null, items of a list separated by commas."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(_display_text(item) for item in value)
    return orjson.dumps(value).decode() if isinstance(value, Mapping) else to_string(value)
