"""The wish of a person to get no messages, as profiles state it. Pure.

A true attribute ``doNotEmail``, ``doNotSms`` or ``doNotPush`` of an import puts the addresses of the person on the
suppression list of that channel. A false one takes nothing off it; one that cannot be read is refused on arrival.
"""

from __future__ import annotations

from collections.abc import Mapping

from engine.core.declared import read_truth
from engine.model.definitions import Profile

_HELD: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "doNotEmail": ("email", ("Email",), ("email",)),
    "doNotSms": ("sms", ("Phone",), ("phone", "mobile", "mobilePhone")),
    "doNotPush": ("push", (), ("pushToken",)),
}
"""By attribute, those of ``WISHES``: the channel, the namespaces and the attributes that hold its addresses."""
STATED = "stated"
"""The reason of an address that a profile or a user put on the list."""


def unwanted_addresses(stated: Mapping[str, object], profile: Profile) -> list[tuple[str, str]]:
    """Return the channels and addresses by which a person wants no messages, as the attributes ``stated`` say."""
    found: list[tuple[str, str]] = []
    for name, (channel, namespaces, attributes) in _HELD.items():
        if read_truth(stated.get(name)):
            held = [*map(profile.identities.get, namespaces), *map(profile.attributes.get, attributes)]
            found += [(channel, one.strip()) for one in held if isinstance(one, str) and one.strip()]
    return found
