"""What the profile store answers, as pure functions (product.md, Profiles and segments)."""

from __future__ import annotations

from typing import Any

from engine.core.profiles import count_passage, latest_events, read_group, set_attribute
from engine.model.profile import Profile
from tests.helpers.journey_builders import entry, journey

NOW = 1_773_129_600_000
DAY = 86_400_000


def person(**settings: Any) -> Profile:
    return Profile(identities={"CRMID": "p"}, **settings)


def test_experience_events_are_newest_first_within_year() -> None:
    stamps = ["2026-03-10T08:00:00Z", "2025-03-09T08:00:00Z", "2025-03-10T08:00:00Z", "2026-03-10T10:00:00+03:00"]
    dated = ({"timestamp": stamp} for stamp in [*stamps, "2026-03-10T08:00:00.001Z", "never"])
    events = (*dated, {"sends": 1})
    assert [event["timestamp"] for event in latest_events(person(events=events), NOW)] == [
        stamps[0],
        stamps[3],
        stamps[2],
    ]


def test_only_latest_thousand_are_read() -> None:
    events = tuple({"timestamp": "2026-03-10T07:00:00Z", "n": index} for index in range(1_200))
    found = latest_events(person(events=events), NOW)
    assert (len(found), found[0]["n"], found[-1]["n"]) == (1_000, 0, 999)


def test_groups_of_someone_unknown_are_empty() -> None:
    definitions = journey([entry()], [])
    profile, contacts = definitions.data_source["ExperiencePlatform"].field_groups
    assert read_group(None, profile, NOW) == {}
    someone = person(attributes={"email": "a"}, test_profile=True)
    assert read_group(someone, profile, NOW)["email"] == "a"
    assert read_group(someone, profile, NOW)["testProfile"] is True
    assert read_group(someone, contacts, NOW) == {"experienceevent": []}


def test_attributes_are_set_along_their_path() -> None:
    someone = person(attributes={"address": {"zip": 1}, "name": "x"})
    assert set_attribute(someone, "address.city", "Paris").attributes == {
        "address": {"zip": 1, "city": "Paris"},
        "name": "x",
    }
    assert set_attribute(someone, "name.first", "Ann").attributes["name"] == {"first": "Ann"}
    assert someone.attributes["name"] == "x"
    assert set_attribute(someone, "testProfile", True).test_profile


def test_passages_are_counted_for_180_days() -> None:
    assert count_passage(0, 0, NOW) == (1, NOW)
    assert count_passage(1, NOW, NOW + 180 * DAY - 1) == (2, NOW)
    assert count_passage(2, NOW, NOW + 180 * DAY) == (1, NOW + 180 * DAY)
