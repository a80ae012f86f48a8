"""Reads and changes of the profile store, as pure functions (product.md, Profiles and segments)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from engine.core.calendar import to_instant
from engine.model.definitions import FieldGroup, Profile

TEST_PROFILE = "testProfile"
"""The attribute that marks test profiles; it is stored apart from the others."""
MAX_EXPERIENCE_EVENTS = 1_000
YEAR_MS = timedelta(days=365) // timedelta(milliseconds=1)


def latest_events(profile: Profile, now: int) -> list[Mapping[str, Any]]:
    """Return the experience events of the last year, newest first, at most 1,000."""
    timed = [(_instant(event), event) for event in profile.events]
    recent = [pair for pair in timed if now - YEAR_MS <= pair[0] <= now]
    recent.sort(key=lambda pair: pair[0], reverse=True)
    return [event for _, event in recent[:MAX_EXPERIENCE_EVENTS]]


def _instant(event: Mapping[str, Any]) -> int:
    """When an experience event happened; one without a readable timestamp is as old as can be."""
    try:
        return to_instant(datetime.fromisoformat(str(event.get("timestamp"))), "UTC")
    except ValueError:
        return 0


def read_group(profile: Profile | None, group: FieldGroup, now: int) -> Mapping[str, Any]:
    """Return a field group of the profile store for one person; nothing for a person it does not know."""
    if profile is None:
        return {}
    if group.source_schema == "experience_event":
        return {"experienceevent": latest_events(profile, now)}
    return {**profile.attributes, TEST_PROFILE: profile.test_profile}


def set_attribute(profile: Profile, path: str, value: Any) -> Profile:
    """Return the profile with one attribute, named by a dotted path, set."""
    if path == TEST_PROFILE:
        return profile.model_copy(update={"test_profile": value is True})
    return profile.model_copy(update={"attributes": _with(profile.attributes, path.split("."), value)})


def _with(attributes: Any, path: list[str], value: Any) -> dict[str, Any]:
    first, *rest = path
    below = attributes if isinstance(attributes, Mapping) else {}
    return {**below, first: _with(below.get(first), rest, value) if rest else value}


def join_profiles(first: Profile, other: Profile) -> Profile:
    """Make one profile of two that are one person's: the first one's data stand, only the other's are added."""
    return first.model_copy(
        update={
            "identities": {**other.identities, **first.identities},
            "attributes": {**other.attributes, **first.attributes},
            "events": (*first.events, *other.events),
            "test_profile": first.test_profile or other.test_profile,
        }
    )


def update_profile(known: Profile, update: Profile) -> Profile:
    """Update a profile: attributes, identities and events are merged, the rest is kept."""
    return known.model_copy(
        update={
            "identities": {**known.identities, **update.identities},
            "attributes": {**known.attributes, **update.attributes},
            "events": (*known.events, *(event for event in update.events if event not in known.events)),
            "test_profile": update.test_profile if "test_profile" in update.model_fields_set else known.test_profile,
        }
    )


PASSAGE_PERIOD_MS = timedelta(days=180) // timedelta(milliseconds=1)
"""After this long the counter of a profile cap starts again."""


def count_passage(count: int, since: int, now: int) -> tuple[int, int]:
    """Count one more passage through a profile cap: return its number and when counting began."""
    if count == 0 or now - since >= PASSAGE_PERIOD_MS:
        return 1, now
    return count + 1, since
