"""The log of merges: what it says, and that a merge can be undone with all that it joined."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, select

from engine.api.server import make_app
from engine.cli import main
from engine.errors import SojournError
from engine.model.address import normal_identity
from engine.model.definitions import Profile
from engine.store import merge_queries, profile_queries, segment_queries
from engine.store.tables import identities, memberships, merges, profile_events, profiles, suppressed
from tests.helpers.api_client import Client
from tests.helpers.embedded_engine import CALLER, DAY, START, EmbeddedEngine, running


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


def person(names: dict[str, str], attributes: dict[str, Any] | None = None, **more: Any) -> str:
    return json.dumps({"identities": names, "attributes": attributes or {}, **more}) + "\n"


GUEST = person({"ECID": "e1"}, {"name": "Guest", "points": 1, "doNotEmail": True}, segments=["vip"],
               events=[{"timestamp": "2026-03-09T08:00:00Z", "name": "seen"}])  # fmt: skip
ANN = person({"CRMID": "c1", "Email": "ann@example.com"}, {"name": "Ann"},
             events=[{"timestamp": "2026-03-09T08:00:00Z", "name": "seen"}])  # fmt: skip


def state(connection: Connection) -> object:
    """What is known of all people, whatever the numbers of their profiles are."""
    found = []
    for number, names, attributes, test, count in connection.execute(
        select(profiles.c.id, profiles.c.identities, profiles.c.attributes, profiles.c.test_profile, profiles.c.events)
    ):
        keys = select(identities.c.namespace, identities.c.value).where(identities.c.profile_id == number)
        bodies = select(profile_events.c.body).where(profile_events.c.profile_id == number)
        segments = select(memberships.c.segment, memberships.c.inside, memberships.c.given)
        rows = (
            sorted(map(tuple, connection.execute(keys))),
            sorted(connection.execute(bodies).scalars()),
            sorted(map(tuple, connection.execute(segments.where(memberships.c.profile_id == number)))),
        )
        plain = (json.loads(names), json.loads(attributes), bool(test), count)
        found.append(json.dumps([plain, rows], sort_keys=True))
    gone = connection.execute(select(suppressed.c.channel, suppressed.c.address))
    return sorted(found), sorted(map(tuple, gone))


def test_merge_is_logged_and_undone(place: EmbeddedEngine) -> None:
    engine = place.engine
    engine.profiles.import_text(CALLER, GUEST + ANN)
    before = place.owner.writer.write(state)
    place.clock.time += DAY
    engine.profiles.import_text(CALLER, person({"ECID": "e1", "CRMID": "c1"}))
    merged = engine.profiles.get(CALLER, "ECID", "e1")
    assert merged is not None
    assert merged.attributes == {"name": "Ann", "points": 1, "doNotEmail": True}
    assert (merged.segments, len(merged.events)) == (("vip",), 1)
    assert [one.address for one in engine.suppressions.list(CALLER).rows] == ["ann@example.com"]

    (row,) = engine.merges.list(CALLER, "c1").rows
    assert (row.by, row.priority, row.refused, row.moved, row.can_undo) == (("CRMID", "ECID"), "CRMID", (), (), True)
    assert [dict(one.attributes).get("name") for one in row.before] == ["Ann", "Guest"]
    assert engine.merges.list(CALLER, "nothing").total == 0

    engine.merges.undo(CALLER, row.number)
    assert place.owner.writer.write(state) == before
    (row,) = engine.merges.list(CALLER).rows
    assert (row.can_undo, row.undone_at) == (False, place.clock.now())
    with pytest.raises(SojournError, match="undone"):
        engine.merges.undo(CALLER, row.number)
    with pytest.raises(SojournError, match="no merge 77"):
        engine.merges.undo(CALLER, 77)
    assert engine.access.audit(CALLER)[0].what == "undo_merge"


def test_later_changes_stay_with_the_kept_profile(place: EmbeddedEngine) -> None:
    engine = place.engine
    engine.profiles.import_text(CALLER, GUEST + ANN + person({"ECID": "e1", "CRMID": "c1"}, {"tier": "gold"}))
    engine.profiles.import_text(CALLER, person({"CRMID": "c1"}, {"points": 9, "city": "Bern"}))
    engine.merges.undo(CALLER, engine.merges.list(CALLER).rows[0].number)
    ann, guest = (engine.profiles.get(CALLER, *one) for one in (("CRMID", "c1"), ("ECID", "e1")))
    assert ann is not None
    assert guest is not None
    assert ann.attributes == {"name": "Ann", "tier": "gold", "points": 9, "city": "Bern"}
    assert guest.attributes == {"name": "Guest", "points": 1, "doNotEmail": True}
    assert (ann.segments, guest.segments) == ((), ("vip",))


def test_refused_identities_are_logged_once(place: EmbeddedEngine) -> None:
    engine = place.engine
    family = person({"CRMID": "d1", "Email": "f@x.com"}) + person({"CRMID": "d2", "Email": "f@x.com"})
    done = engine.profiles.import_rows(CALLER, family, write=True)
    assert [(one.row, one.namespace, one.moved) for one in done.conflicts] == [(2, "Email", False)]
    engine.profiles.import_text(CALLER, family)
    (row,) = engine.merges.list(CALLER).rows
    assert (row.refused, row.moved, row.before, row.can_undo) == (("Email",), (), (), False)
    with pytest.raises(SojournError, match="nothing to undo"):
        engine.merges.undo(CALLER, row.number)
    engine.profiles.import_text(CALLER, person({"CRMID": "d0", "Email": "f@x.com"}))
    assert engine.merges.list(CALLER).rows[0].moved == ("Email",)


def test_merges_are_undone_from_the_latest_on(place: EmbeddedEngine) -> None:
    engine = place.engine
    engine.profiles.import_text(CALLER, person({"ECID": "e1"}) + person({"Phone": "+4930123456"}) + ANN)
    before = place.owner.writer.write(state)
    engine.profiles.import_text(CALLER, person({"ECID": "e1", "Phone": "+4930123456"}))
    engine.profiles.import_text(CALLER, person({"ECID": "e1", "CRMID": "c1"}))
    later, first = (row.number for row in engine.merges.list(CALLER).rows)
    with pytest.raises(SojournError, match="later merge first"):
        engine.merges.undo(CALLER, first)
    engine.merges.undo(CALLER, later)
    engine.merges.undo(CALLER, first)
    assert place.owner.writer.write(state) == before


def test_merges_go_with_the_profile(place: EmbeddedEngine) -> None:
    engine = place.engine
    engine.profiles.import_text(CALLER, GUEST + ANN + person({"ECID": "e1", "CRMID": "c1"}))
    (row,) = engine.profiles.list(CALLER).rows
    engine.profiles.delete(CALLER, row.id)
    assert engine.merges.list(CALLER).total == 0
    engine.profiles.import_text(CALLER, GUEST + ANN + person({"ECID": "e1", "CRMID": "c1"}))
    assert engine.erasure.erase(CALLER, "Email", "ann@example.com").rows["merges"] == 1
    assert engine.merges.list(CALLER).total == 0


def test_merges_are_reached_over_http(place: EmbeddedEngine) -> None:
    client = Client(make_app(place.owner), place.owner.token)
    place.engine.profiles.import_text(CALLER, GUEST + ANN + person({"ECID": "e1", "CRMID": "c1"}))
    found = client.get("/authoring/merges?search=c1").json()
    assert (found["totalCount"], found["results"][0]["priority"]) == (1, "CRMID")
    number = found["results"][0]["number"]
    assert client.request("POST", f"/authoring/merges/{number}/undo").json() == {"count": 1}
    assert client.request("POST", "/authoring/merges/x/undo").status_code == 404
    assert place.engine.profiles.list(CALLER).total == 2


def test_commands_show_and_undo(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, location = tmp_path / "people.jsonl", ["--workspace", str(tmp_path / "w")]
    file.write_text(GUEST + ANN + person({"ECID": "e1", "CRMID": "c1"}))
    assert main(["profiles", "import", str(file), *location]) == 0
    assert main(["merges", "list", *location]) == 0
    shown = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (shown["by"], shown["can_undo"]) == (["CRMID", "ECID"], True)
    assert main(["merges", "undo", str(shown["number"]), *location]) == 0


NAMES = st.fixed_dictionaries(
    {},
    optional={
        "CRMID": st.sampled_from(["c1", "c2"]),
        "LoyaltyID": st.sampled_from(["l1", "l2"]),
        "Email": st.sampled_from(["m@x.de", "M@x.de", "n@x.de"]),
        "Phone": st.sampled_from(["+4930123456", "+4930123457"]),
        "ECID": st.sampled_from(["e1", "e2"]),
    },
).filter(bool)
DATA = st.dictionaries(st.sampled_from(["a", "b"]), st.sampled_from([1, True, "x"]), max_size=2)
SEGMENTS = st.lists(st.sampled_from(["s", "t"]), unique=True, max_size=2)
PEOPLE = st.lists(st.tuples(NAMES, DATA, SEGMENTS, st.booleans()), min_size=1, max_size=5)


def _stored(connection: Connection, rows: Sequence[tuple[dict[str, str], dict[str, Any], list[str], bool]]) -> None:
    for names, attributes, segments, silent in rows:
        said = {**attributes, **({"doNotEmail": True} if silent else {})}
        one = Profile(identities=names, attributes=said, segments=tuple(segments), testProfile=False)
        profile_queries.put_profile(connection, "prod", one, START)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=PEOPLE, linked=NAMES)
def test_every_merge_can_be_undone(people: list[Any], linked: dict[str, str], law_place: EmbeddedEngine) -> None:
    def work(connection: Connection) -> None:
        for table in (profiles, identities, profile_events, memberships, suppressed, merges):
            connection.execute(table.delete())
        _stored(connection, people)
        before = state(connection)
        count, _ = merge_queries.search_merges(connection, "prod", "", 1, 0)
        profile_queries.put_profile(
            connection, "prod", Profile.model_construct(identities=linked, events=()), START + 1
        )
        total, (*new,) = merge_queries.search_merges(connection, "prod", "", 1, 0)
        plan = new[0] if total > count else None
        if plan is None or not plan.body["before"] or plan.body["moved"] or plan.body["refused"]:
            return
        owned = {pair for one in plan.body["before"] for pair in map(tuple, one["keys"])}  # type: ignore[attr-defined]
        if {(code, normal_identity(code, value)) for code, value in linked.items()} - owned:
            return
        latest = {code for one in plan.body["before"] for code in one["identities"]}  # type: ignore[attr-defined]
        assert latest
        assert merge_queries.undo(connection, "prod", plan, START + 2)
        assert _people(state(connection), linked) == _people(before, linked)
        assert not segment_queries.load_standings(connection, ()).keys()

    law_place.owner.writer.write(work)


def _people(found: Any, linked: dict[str, str]) -> object:
    """The people without the identities that the statement itself gave them."""
    rows = []
    for text in found[0]:
        (names, *plain), tables = json.loads(text)
        rows.append(json.dumps([{code: one for code, one in names.items() if code not in linked}, plain, tables]))
    return sorted(rows), found[1]


@pytest.fixture
def law_place(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    with running(tmp_path / "workspace") as made:
        yield made
