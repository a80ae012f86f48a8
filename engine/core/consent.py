"""The wish of a person to get no messages, as profiles state it. Pure.

A true attribute ``doNotEmail``, ``doNotSms`` or ``doNotPush`` of an import puts the addresses of the person on the
suppression list of that channel. A false one takes nothing off it.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.model.definitions import Profile

_WISHES = {
    "doNotEmail": ("email", ("Email",), ("email",)),
    "doNotSms": ("sms", ("Phone",), ("phone", "mobile", "mobilePhone")),
    "doNotPush": ("push", (), ("pushToken",)),
}
"""By attribute: the channel, the namespaces and the attributes that hold its addresses."""
_TRUE = ("true", "1", "yes", "y")
STATED = "stated"
"""The reason of an address that a profile or a user put on the list."""


def unwanted_addresses(stated: Mapping[str, object], profile: Profile) -> list[tuple[str, str]]:
    """Return the channels and addresses by which a person wants no messages, as the attributes ``stated`` say."""
    found: list[tuple[str, str]] = []
    for name, (channel, namespaces, attributes) in _WISHES.items():
        if str(stated.get(name, "")).strip().lower() in _TRUE:
            held = [*map(profile.identities.get, namespaces), *map(profile.attributes.get, attributes)]
            found += [(channel, one.strip()) for one in held if isinstance(one, str) and one.strip()]
    return found
