"""The merge of profiles: two records of one person become one, and an import adds to what is known."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.core.profiles import join_profiles, latest_events, update_profile
from engine.model.definitions import Profile

KNOWN = Profile(identities={"CRMID": "p1"}, attributes={"tier": "gold", "city": "Bern"}, testProfile=False)
OTHER = Profile(identities={"Email": "a@example.com"}, attributes={"tier": "silver", "age": 7}, testProfile=True)


def test_joined_profile_keeps_data_of_the_first() -> None:
    joined = join_profiles(KNOWN, OTHER)
    assert joined.identities == {"CRMID": "p1", "Email": "a@example.com"}
    assert joined.attributes == {"tier": "gold", "city": "Bern", "age": 7}
    assert joined.test_profile


def test_wish_of_either_is_that_of_both() -> None:
    silent = OTHER.model_copy(update={"attributes": {"doNotEmail": "예"}})
    assert join_profiles(KNOWN, silent).attributes["doNotEmail"] is True
    assert join_profiles(silent, KNOWN).attributes["doNotEmail"] == "예"


def test_update_replaces_attributes_and_keeps_the_rest() -> None:
    updated = update_profile(KNOWN, OTHER)
    assert updated.identities == {"CRMID": "p1", "Email": "a@example.com"}
    assert updated.attributes == {"tier": "silver", "city": "Bern", "age": 7}


def test_latest_events_skip_those_of_unknown_time() -> None:
    now = int(datetime(2024, 6, 1, tzinfo=UTC).timestamp() * 1000)
    events = (
        {"timestamp": "2024-01-01T00:00:00Z", "name": "older"},
        {"timestamp": "2024-05-01T00:00:00Z", "name": "newer"},
        {"timestamp": "2023-05-31T00:00:00Z", "name": "more than a year old"},
        {"timestamp": "2024-06-02T00:00:00Z", "name": "to come"},
        {"timestamp": "yesterday", "name": "no timestamp"},
        {"name": "without one"},
    )
    found = latest_events(KNOWN.model_copy(update={"events": events}), now)
    assert [event["name"] for event in found] == ["newer", "older"]
