"""The opt-outs of a person, as profiles state them. Pure.

A true attribute ``doNotEmail``, ``doNotSms`` or ``doNotPush`` puts the addresses of the person on the suppression list
of that channel, also those that the person gets later. A false one takes nothing off it; one that cannot be read is
refused on arrival.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from engine.core.declared import read_truth
from engine.model.definitions import Profile

_HELD: Mapping[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "doNotEmail": ("email", ("Email",), ("email",)),
    "doNotSms": ("sms", ("Phone",), ("phone", "mobile", "mobilePhone")),
    "doNotPush": ("push", (), ("pushToken",)),
}
"""By attribute, those of ``OPT_OUTS``: the channel, the namespaces and the attributes that hold its addresses."""
STATED = "stated"
"""The reason of an address that a profile or a user put on the list."""


Address = tuple[str, str]
"""A channel and an address."""


def newly_unwanted(stated: Mapping[str, object], before: Iterable[Profile], after: Profile) -> list[Address]:
    """Return the addresses by which a person wants no messages from now on.

    These are all if the attributes ``stated`` say so, else those that the profiles ``before`` did not have: an address
    that a user took off the list stays off it.
    """
    known = {pair for one in before for pair in unwanted_addresses(one.attributes, one)}
    found = unwanted_addresses(stated, after)
    others = (pair for pair in unwanted_addresses(after.attributes, after) if pair not in known)
    return list(dict.fromkeys((*found, *others)))


def unwanted_addresses(stated: Mapping[str, object], profile: Profile) -> list[Address]:
    """Return the channels and addresses by which a person wants no messages, as the attributes ``stated`` say."""
    found: list[Address] = []
    for name, (channel, namespaces, attributes) in _HELD.items():
        if read_truth(stated.get(name)):
            held = [*map(profile.identities.get, namespaces), *map(profile.attributes.get, attributes)]
            found += [(channel, one.strip()) for one in held if isinstance(one, str) and one.strip()]
    return found
