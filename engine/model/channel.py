"""Channels by which messages are sent, and the registry of them.

The built-in channels are described in ``engine.activities``; installed extensions add others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

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
    suppression_key: Callable[[str], str] = str

    @property
    def reactions(self) -> tuple[str, ...]:
        """The reactions that a journey can wait for."""
        return tuple(dict.fromkeys(self.feedback.values()))


def suppression_key(channel: str, address: str) -> str:
    """Return the form of an address in the suppression list of a channel."""
    found = CHANNELS.get(channel)
    return found.suppression_key(address) if found is not None else address


CHANNELS: Registry[Channel] = Registry(Channel, "engine.activities:built_in_channels", "sojourn.channels")
"""Every channel by its key, which is also the type of the activity that sends messages by it."""
