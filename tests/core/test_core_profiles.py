"""The merge of profiles: two records of one person become one, and an import adds to what is known."""

from __future__ import annotations

from engine.core.profiles import join_profiles, update_profile
from engine.model.profile import Profile

KNOWN = Profile(identities={"CRMID": "p1"}, attributes={"tier": "gold", "city": "Bern"}, testProfile=False)
OTHER = Profile(identities={"Email": "a@example.com"}, attributes={"tier": "silver", "age": 7}, testProfile=True)


def test_joined_profile_keeps_data_of_the_first() -> None:
    joined = join_profiles(KNOWN, OTHER)
    assert joined.identities == {"CRMID": "p1", "Email": "a@example.com"}
    assert joined.attributes == {"tier": "gold", "city": "Bern", "age": 7}
    assert joined.test_profile


def test_update_replaces_attributes_and_keeps_the_rest() -> None:
    updated = update_profile(KNOWN, OTHER)
    assert updated.identities == {"CRMID": "p1", "Email": "a@example.com"}
    assert updated.attributes == {"tier": "silver", "city": "Bern", "age": 7}
