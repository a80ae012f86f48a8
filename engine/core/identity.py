"""The rules by which profiles become one, for every runner. Pure.

Two values in one namespace of people (CRMID, LoyaltyID, those of users) never become one person, whatever weaker
identity (email, phone, device) both have; that one belongs to the strongest of those who state it, and to nobody who
states another by now. The order of keys has no meaning. The data of the profile with the strongest identity have
precedence, among equals those stated last.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from engine.core.profiles import Membership, join_profiles
from engine.model.address import normal_identity
from engine.model.definitions import Profile

_WEAKER = {"Email": 2, "Phone": 3, "ECID": 4}
_FIRST = {"CRMID": 0}
PEOPLE = 1
"""The rank of a namespace of people, but for CRMID, which comes first."""

Strength = tuple[int, str, str]


class KnownProfile(NamedTuple):
    """A stored profile and when it was changed."""

    profile: Profile
    changed_at: int = 0


class MergePlan(NamedTuple):
    """What a statement of identities does: the profiles that become one, the one that stays first.

    ``refused`` are the namespaces whose identity belongs to somebody else; of them those in ``moved`` belong to the
    profile of the statement from now on.
    """

    joined: tuple[int, ...]
    refused: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()


def rank(namespace: str) -> int:
    """Return the rank of a namespace: people before email, phone and device."""
    return _FIRST.get(namespace, _WEAKER.get(namespace, PEOPLE))


def is_people(namespace: str) -> bool:
    """Whether the identities of a namespace are of one person each."""
    return rank(namespace) <= PEOPLE


def strength(identities: Mapping[str, str]) -> Strength:
    """Return the strongest identity in a form that sorts: the smallest is the strongest."""
    forms = ((rank(code), code, normal_identity(code, value)) for code, value in identities.items())
    return min(forms, default=(len(_WEAKER) + 1, "", ""))


def plan_merge(stated: Mapping[str, str], owners: Mapping[str, int], known: Mapping[int, KnownProfile]) -> MergePlan:
    """Decide what a statement of identities joins; ``owners`` are the profiles that have them, by namespace."""
    held: dict[str, str] = {}
    joined: list[int] = []
    refused: list[str] = []
    for code in sorted(owners, key=lambda code: (rank(code), code)):
        owner = owners[code]
        if owner in joined:
            continue
        theirs = {name: one for name, one in known[owner].profile.identities.items() if is_people(name)}
        said = {name: stated[name] for name in theirs if name in stated and rank(name) <= rank(code)}
        differs = any(said.get(name, one) != one and owners.get(name) != owner for name, one in theirs.items())
        if differs or any(held.get(name, one) != one for name, one in theirs.items()):
            refused.append(code)
        else:
            joined.append(owner)
            held = theirs | held
    joined.sort(key=lambda owner: precedence(known[owner]))
    mine = strength({**held, **{code: value for code, value in stated.items() if code not in refused}})
    theirs_of = {code: known[owners[code]].profile.identities for code in refused}
    moved = tuple(
        code for code, names in theirs_of.items() if mine < strength(names) or not states(names, code, stated[code])
    )
    return MergePlan(tuple(joined), tuple(refused), moved)


def states(identities: Mapping[str, str], code: str, value: str) -> bool:
    """Whether these identities contain this one by now; it may be one that a profile had before."""
    return code in identities and normal_identity(code, identities[code]) == normal_identity(code, value)


def without_identity(profile: Profile, code: str, value: str) -> Profile:
    """Return a profile without an identity of people that it lost to another one."""
    if not is_people(code) or not states(profile.identities, code, value):
        return profile
    left = {name: text for name, text in profile.identities.items() if name != code}
    return profile.model_copy(update={"identities": left})


def precedence(known: KnownProfile) -> tuple[int, int, Strength]:
    """Return a form that sorts profiles: the data of the first stand in a merge."""
    found = strength(known.profile.identities)
    return found[0], -known.changed_at, found


def kept_identities(stated: Profile, plan: MergePlan) -> Profile:
    """Return what is stated without the identities of people that belong to somebody else."""
    lost = {code for code in plan.refused if is_people(code) and code not in plan.moved}
    if not lost:
        return stated
    return stated.model_copy(
        update={"identities": {code: one for code, one in stated.identities.items() if code not in lost}}
    )


def join_known(known: Mapping[int, KnownProfile], plan: MergePlan) -> Profile:
    """Return the profiles of a plan as one; the data of the first have precedence."""
    first, *others = (known[owner].profile for owner in plan.joined)
    for other in others:
        first = join_profiles(first, other)
    return first


def join_memberships(first: Membership, other: Membership) -> Membership:
    """Return the membership of two profiles that become one: who was a member stays one."""
    return Membership(first.inside or other.inside, other.given if first.given is None else first.given)
