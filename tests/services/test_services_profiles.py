"""Profiles come from lists, inlets and events; several identities of one person make one profile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.model.definitions import Profile
from engine.simulation.scenario import read_scenario
from engine.simulation.simulation import simulate
from engine.store import profile_queries
from engine.store.database import Database
from tests.helpers.embedded_engine import CALLER, HOUR, START, EmbeddedEngine, running, until
from tests.helpers.journey_builders import activity, entry, journey

MANY = journey(
    [
        entry(),
        activity(
            "often",
            "condition.data_source",
            others=True,
            paths=[{"id": "yes", "expression": "count(#{ExperiencePlatform.Contacts.experienceevent.timestamp}) > 1"}],
        ),
    ],
    ["in>often"],
    reentrance_wait="PT0S",
)
SEEN = journey(
    [activity("q", "segment_qualification", segment="seen", behaviour="enter")],
    [],
    name="Seen",
    definitions={
        "segments": [{"name": "seen", "expression": "count(#{ExperiencePlatform.Contacts.experienceevent}) > 1"}]
    },
)


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


def bring_in(place: EmbeddedEngine, *profiles: dict[str, Any]) -> None:
    place.engine.profiles.import_text(CALLER, "\n".join(json.dumps(one) for one in profiles))


def found(place: EmbeddedEngine, namespace: str, value: str) -> Profile:
    profile = place.engine.profiles.get(CALLER, namespace, value)
    assert profile is not None
    return profile


def test_shared_identities_merge_profiles(place: EmbeddedEngine) -> None:
    bring_in(
        place,
        {"identities": {"CRMID": "a"}, "attributes": {"city": "Seoul", "n": 1},
         "events": [{"timestamp": "2026-03-01"}]},
        {"identities": {"Email": "a@b.example"}, "attributes": {"n": 2, "mail": True}, "testProfile": True,
         "events": [{"timestamp": "2026-03-02"}]},
        {"identities": {"CRMID": "a", "Email": "a@b.example"}, "attributes": {"x": 0}},
    )  # fmt: skip
    one = found(place, "Email", "a@b.example")
    assert one == found(place, "CRMID", "a")
    assert one.attributes == {"n": 1, "mail": True, "city": "Seoul", "x": 0}
    assert (one.identities, one.test_profile) == ({"Email": "a@b.example", "CRMID": "a"}, True)
    assert [event["timestamp"] for event in one.events] == ["2026-03-02", "2026-03-01"]
    assert place.engine.profiles.list(CALLER).total == 1


def test_omitted_import_fields_stay(place: EmbeddedEngine) -> None:
    bring_in(place, {"identities": {"CRMID": "a"}, "testProfile": True}, {"identities": {"CRMID": "a"}})
    assert found(place, "CRMID", "a").test_profile
    place.engine.profiles.import_text(CALLER, "identity:CRMID,city\na,Busan\n", "csv")
    assert found(place, "CRMID", "a").test_profile
    place.engine.profiles.import_text(CALLER, "identity:CRMID,testProfile\na,false\n", "csv")
    assert not found(place, "CRMID", "a").test_profile


def test_profile_keeps_latest_thousand_events_of_year(place: EmbeddedEngine) -> None:
    hours = [{"timestamp": f"2026-02-{day:02}T{hour:02}:{minute:02}:00Z"}
             for day in range(1, 25) for hour in range(24) for minute in (0, 30)]  # fmt: skip
    old = [{"timestamp": "2025-03-01T00:00:00Z"}]
    bring_in(place, {"identities": {"CRMID": "a"}, "events": [*old, *hours]})
    kept = found(place, "CRMID", "a").events
    assert (len(hours), len(kept)) == (1_152, 1_000)
    assert (kept[0], kept[-1]) == (hours[-1], hours[152])
    bring_in(place, {"identities": {"CRMID": "a"}, "events": [hours[-1], {"timestamp": "2026-03-01T00:00:00Z"}]})
    assert found(place, "CRMID", "a").events[1] == hours[-1]
    assert place.engine.profiles.list(CALLER).rows[0].events == 1_000


@pytest.mark.parametrize("written", ["never", "", None, 0, "2026-04-01T00:00:00Z"])
def test_unreadable_and_future_event_times_count_from_now(place: EmbeddedEngine, written: object) -> None:
    bring_in(place, {"identities": {"CRMID": "a"}, "events": [{"timestamp": written, "n": 1}]})
    bring_in(place, {"identities": {"CRMID": "a"}, "events": [{"n": 2}, {"timestamp": 1773043200, "n": 3}]})
    assert [(event["n"], event["timestamp"]) for event in found(place, "CRMID", "a").events] == [
        (1, "2026-03-10T08:00:00.000+00:00"),
        (2, "2026-03-10T08:00:00.000+00:00"),
        (3, "2026-03-09T08:00:00.000+00:00"),
    ]


def test_every_event_counts_whatever_its_time(place: EmbeddedEngine) -> None:
    place.engine.settings.set(CALLER, "profiles_from_events", True)
    version = place.publish(MANY)
    times: list[object] = [1773043200000, "1773043200000", None, "", "2026-03-24T08:00:00Z", "2026-03-09 08:00:00"]
    for number, written in enumerate(times):
        place.engine.events.accept(CALLER, [{"id": f"t{number}", "n": 1, "timestamp": written}], "Enter")
        place.engine.events.accept(CALLER, [{"id": f"t{number}", "n": 2, "timestamp": written}], "Enter")
    place.settle(version, completed=2 * len(times))
    paths = [step.fields.get("path") for step in place.engine.reports.steps(CALLER, version.id)]
    assert paths.count("yes") == len(times)


def test_events_create_profiles_by_setting(place: EmbeddedEngine) -> None:
    version = place.publish(MANY)
    place.send("p1")
    assert place.engine.profiles.get(CALLER, "CRMID", "p1") is None
    place.engine.settings.set(CALLER, "profiles_from_events", True)
    seen = place.publish(SEEN)
    place.send("p1", n=1)
    place.pass_time(HOUR)
    place.engine.events.accept(CALLER, [{"id": "p1", "n": 2, "timestamp": "2026-03-09T00:00:00Z"}], "Enter")
    profile = found(place, "CRMID", "p1")
    assert [(event["n"], event["timestamp"], event["eventType"]) for event in profile.events] == [
        (1, "2026-03-10T08:00:00.000+00:00", "Enter"),
        (2, "2026-03-09T00:00:00Z", "Enter"),
    ]
    place.settle(version, completed=3)
    assert place.live(version).edges == {"in": 3}
    assert place.live(version).activities["often"].entered == 3
    paths = [step.fields.get("path") for step in place.engine.reports.steps(CALLER, version.id)]
    assert [path for path in paths if path] == ["yes", "others", "others"], "the event itself is seen"
    place.pass_time(HOUR)
    until(lambda: place.later(HOUR, lambda: place.metrics(seen)["entered"]), lambda entered: entered == 1)
    place.send("stranger")
    assert found(place, "CRMID", "stranger").identities == {"CRMID": "stranger"}


def test_customer_with_a_shared_address_is_erased(place: EmbeddedEngine) -> None:
    version = place.publish(MANY)
    bring_in(
        place,
        {"identities": {"CRMID": "old-number", "Email": "a@b.example"}},
        {"identities": {"CRMID": "new-number", "Email": "a@b.example"}},
    )
    for key in ("old-number", "new-number", "other-number"):
        place.send(key)
    done = place.engine.erasure.erase(CALLER, "CRMID", "new-number")
    assert (done.rows["identities"], done.rows["instances"]) == (2, 1)
    left = {row.key for row in place.engine.reports.people(CALLER, version.id)}
    assert left == {"old-number", "other-number"}, "two customers with one address are two people"


PEOPLE = st.lists(
    st.fixed_dictionaries(
        {
            "identities": st.dictionaries(st.sampled_from(["CRMID", "Email"]), st.sampled_from("abc"), min_size=1),
            "attributes": st.dictionaries(st.sampled_from(["x", "y"]), st.integers(0, 9)),
        },
        optional={
            "testProfile": st.booleans(),
            "segments": st.lists(st.sampled_from(["silver", "gold"])),
            "events": st.lists(
                st.sampled_from([{"timestamp": f"2026-0{n}-01T00:00:00Z"} for n in (1, 2, 3)]), max_size=4
            ),
        },
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, Database]]:
    """Two empty databases."""
    made = tuple(Database(str(tmp_path_factory.mktemp(name))) for name in ("batch", "single"))
    for database in made:
        database.prepare()
    yield made[0], made[1]
    for database in made:
        database.close()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, later=PEOPLE)
def test_batch_equals_single_imports(
    stores: tuple[Database, Database], people: list[dict[str, Any]], later: list[dict[str, Any]]
) -> None:
    seen = []
    for database, at_once in zip(stores, (True, False), strict=True):
        with database.write() as connection:
            for table in ("profiles", "identities", "profile_events", "memberships", "profile_changes"):
                connection.exec_driver_sql(f"DELETE FROM {table}")
            for bodies in (people, later):
                profiles = [Profile.model_validate_json(json.dumps(body)) for body in bodies]
                if at_once:
                    profile_queries.import_profiles(connection, "prod", profiles, START)
                for profile in () if at_once else profiles:
                    profile_queries.put_profile(connection, "prod", profile, START)
            found = {
                pair: profile_queries.find_profile(connection, "prod", *pair)
                for pair in product(("CRMID", "Email"), "abc")
            }
            known = {
                pair: profile_queries.load_profile(connection, one) for pair, one in found.items() if one is not None
            }
            same = {frozenset(pair for pair in found if found[pair] == one) for one in found.values()}
        seen.append((known, same))
    assert seen[0] == seen[1]


def test_spellings_of_an_address_are_one_person(place: EmbeddedEngine) -> None:
    place.engine.profiles.import_text(CALLER, "identity:Email,points\nAnn@Example.com,1\n ann@example.com,2\n", "csv")
    bring_in(place, {"identities": {"Phone": "+82 10 5555 0142", "Email": "ANN@EXAMPLE.COM"}})
    assert place.engine.profiles.list(CALLER).total == 1
    for namespace, value in (("Email", "ann@example.COM"), ("Phone", "+821055550142"), ("Phone", "0082-10-5555-0142")):
        found = place.engine.profiles.get(CALLER, namespace, value)
        assert found is not None
        assert found.attributes["points"] == 2
        assert place.engine.profiles.list(CALLER, search=value).total == 1


BY_MAIL = journey(
    [entry(), activity("wait", "wait.duration", duration="PT1H")],
    ["in>wait"],
    namespace="Email",
    definitions={
        "events": [
            {
                "name": "Enter",
                "type": "system",
                "event_id": "00000000-0000-4000-8000-000000000001",
                "fields": {"id": {"type": "string", "required": True}},
                "namespace": "Email",
                "key": "@{Enter.id}",
            }
        ]
    },
)


def test_spellings_of_an_address_are_one_key(place: EmbeddedEngine) -> None:
    version = place.publish(BY_MAIL)
    for key in ("Ann@Example.com", "ann@example.com", "ANN@example.com"):
        place.send(key)
    until(place.reasons, lambda reasons: reasons == ["already_in_journey"] * 2)
    assert place.metrics(version)["entered"] == 1
    events = [{"at": "PT0S", "event": "Enter", "payload": {"id": key}} for key in ("A@b.cd", "a@b.cd")]
    outcome = simulate([BY_MAIL], read_scenario(json.dumps({"start": "2026-03-10T08:00:00Z", "events": events})))
    assert outcome["journeys"]["J"]["metrics"]["entered"] == 1


def test_erasure_finds_every_spelling(place: EmbeddedEngine) -> None:
    version = place.publish(MANY)
    bring_in(place, {"identities": {"CRMID": "c1", "Email": "Ann@Example.com", "Phone": "+82 10 5555 0142"}})
    place.send("p1", when="to ANN@EXAMPLE.COM, please", _id="mail")
    place.send("p2", when="call +82-10-5555-0142", _id="call")
    place.send("p3", when="call +82-10-5555-0143", _id="other")
    place.settle(version, entered=3)
    done = place.engine.erasure.erase(CALLER, "Email", "ann@EXAMPLE.com")
    assert (done.rows["profiles"], done.rows["events"]) == (1, 2)


def test_family_with_one_address_stays_two(place: EmbeddedEngine) -> None:
    place.engine.profiles.import_text(
        CALLER, "identity:CRMID,identity:Email,name\nd1,family@x.com,Mum\nd2,family@x.com,Kid\n", "csv"
    )
    assert [found(place, "CRMID", key).attributes["name"] for key in ("d1", "d2", "d1")] == ["Mum", "Kid", "Mum"]
    assert found(place, "Email", "family@x.com").attributes["name"] == "Mum"
    bring_in(place, {"identities": {"CRMID": "d1", "ECID": "e1"}}, {"identities": {"ECID": "e1", "CRMID": "d2"}})
    bring_in(place, {"identities": {"CRMID": "d0", "LoyaltyID": "l"}}, {"identities": {"CRMID": "a", "LoyaltyID": "l"}})
    assert found(place, "LoyaltyID", "l").identities["CRMID"] == "a"
    assert found(place, "CRMID", "d0").identities == {"CRMID": "d0"}
    assert place.engine.profiles.list(CALLER).total == 4


@pytest.mark.parametrize("linked", [{"CRMID": "c1", "ECID": "e1"}, {"ECID": "e1", "CRMID": "c1"}])
def test_guest_becomes_known(place: EmbeddedEngine, linked: dict[str, str]) -> None:
    event = {"timestamp": "2026-03-01", "what": "seen"}
    bring_in(
        place,
        {"identities": {"ECID": "e1"}, "attributes": {"name": "Guest", "points": 1}, "segments": ["silver"],
         "events": [event]},
        {"identities": {"CRMID": "c1"}, "attributes": {"name": "Ann", "tier": "gold"}, "events": [event]},
    )  # fmt: skip
    bring_in(place, {"identities": linked})
    one = found(place, "CRMID", "c1")
    assert one.attributes == {"name": "Ann", "tier": "gold", "points": 1}
    assert (one.segments, len(one.events)) == (("silver",), 1)


def test_test_profiles_are_found_among_many(place: EmbeddedEngine) -> None:
    for number in range(120):
        place.engine.profiles.save(CALLER, Profile(identities={"CRMID": f"p{number}"}, testProfile=number > 114))
    page = place.engine.profiles.list(CALLER, test_only=True)
    assert page.total == 5
    assert [row.identities["CRMID"] for row in page.rows] == [f"p{number}" for number in range(115, 120)]
