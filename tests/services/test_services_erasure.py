"""Erasing a person leaves nothing that tells who it was, and everything that was counted."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, delete, insert

from engine.core.effect import CallAction
from engine.core.stimulus import ActionDone
from engine.errors import SojournError
from engine.model.definitions import Profile
from engine.ports import Call
from engine.services.access import NotPermittedError
from engine.services.views import Caller
from engine.store import byte_search, erasure_queries, retention_queries, runtime_queries
from engine.store.scrub import count
from engine.store.sqlite import FILE
from engine.store.tables import instances, messages
from tests.helpers.embedded_engine import CALLER, DAY, HOUR, START, EmbeddedEngine, ScriptedPerformer, running, until
from tests.helpers.journey_builders import activity, entry, journey, notify

CRM, MAIL, PHONE = "crm-00412-kim", "minji.kim@example.com", "+82-10-5555-0142"
IDENTIFIERS = (CRM, MAIL, PHONE)
WAITING = journey(
    [entry(), activity("mail", "email", template="Welcome", address="#{ExperiencePlatform.Profile.email}",
                       parameters={"firstName": '"Minji"'}),
     activity("wait", "wait.duration", duration="P20D")],
    ["in>mail", "mail>wait"],
)  # fmt: skip
TELLING = journey([entry(), notify("told", on_error=True)], ["in>told"], name="Telling")
OPEN = journey(
    [activity("in", "event", event="Anyone")],
    [],
    name="Open",
    namespace=None,
    definitions={
        "events": [
            {"name": "Anyone", "type": "system", "event_id": "00000000-0000-4000-8000-000000000009",
             "fields": {"mail": "string"}, "key": "@{Anyone.mail}"}
        ]
    },
)  # fmt: skip


@pytest.fixture
def place(workspace: Path) -> Iterator[EmbeddedEngine]:
    with running(workspace) as made:
        yield made


def bring_in(place: EmbeddedEngine) -> None:
    """Minji with all that can be known of her, and others of whom as much is known."""
    for number in range(30):
        address = {"email": f"o{number}@example.com"}
        other = Profile(identities={"CRMID": f"other-{number}"}, attributes=address, testProfile=False)
        place.engine.profiles.save(CALLER, other)
    minji = Profile(
        identities={"CRMID": CRM, "Email": MAIL, "Phone": PHONE},
        attributes={"email": MAIL, "points": 700},
        events=({"timestamp": "2026-03-09T08:00:00Z", "sends": 1, "to": MAIL},),
        testProfile=False,
    )
    place.engine.profiles.save(CALLER, minji)


def hits(folder: Path) -> dict[str, int]:
    """In how many places of the database's files each identifier stands."""
    return {name: count(folder / FILE, [name.encode()]) for name in IDENTIFIERS}


def ledger(place: EmbeddedEngine) -> dict[str, dict[str, int]]:
    summary = place.engine.reports.summary(CALLER)
    return {
        name: {what: one["metrics"][what] for what in ("entered", "current", "completed", "failed", "stopped")}
        for name, one in summary.items()
    }


def test_erased_profile_leaves_no_bytes(place: EmbeddedEngine, workspace: Path) -> None:
    bring_in(place)
    version = place.publish(WAITING)
    telling = place.publish(TELLING)
    place.publish(OPEN)
    place.world.reply = _refused
    for number in range(30):
        place.send(f"other-{number}")
    place.engine.events.accept(CALLER, [{"id": CRM, "_id": f"order {CRM}", "note": f"from {MAIL}"}], "Enter")
    place.engine.events.accept(CALLER, [{"mail": MAIL}], "Anyone")
    place.settle(telling, current=0)
    place.engine.events.accept(CALLER, [{"id": CRM, "phone": PHONE}], "Visit")
    place.send(CRM)
    (message,) = [one for one in place.engine.reports.messages(CALLER, 100) if one.to == MAIL][:1]
    place.engine.events.feedback(CALLER, [{"message": message.id, "kind": "unsubscribed"}])
    assert place.metrics(version)["current"] == 31
    before = ledger(place)
    done = place.engine.erasure.erase(CALLER, "CRMID", CRM)
    assert (done.found, done.ended) == (True, 1)
    assert {name: number for name, number in done.rows.items() if number} == {
        "profiles": 1,
        "identities": 3,
        "memberships": 2,
        "experience_events": 1,
        "entries": 3,
        "instances": 3,
        "events": 4,
        "messages": 1,
        "step_texts": 3,
        "discards": 2,
        "suppressed": 1,
    }
    if (workspace / FILE).exists():
        assert hits(workspace) == dict.fromkeys(IDENTIFIERS, 0)
        assert (done.truncated, done.remaining) == (True, 0)
    assert place.engine.profiles.get(CALLER, "Email", MAIL) is None
    assert place.metrics(version) == {"entered": 31, "current": 30, "completed": 0, "failed": 0, "stopped": 1}
    after = ledger(place)
    assert {name: one["entered"] for name, one in after.items()} == {
        name: one["entered"] for name, one in before.items()
    }
    kept = [step for step in place.engine.reports.steps(CALLER, version.id, limit=500) if step.person in done.people]
    assert [step.activity for step in reversed(kept)] == ["in", "mail", "wait"], "step events stay"
    assert kept[-1].fields["event_id"] == "order erased"
    assert len(done.people) == 3
    lines = [line for line in place.engine.access.audit(CALLER) if line.what == "erase_person"]
    assert [line.about for line in lines] == [", ".join(done.people)]
    assert place.owner._is_suppressed("prod", "email", MAIL), "who unsubscribed stays unsubscribed"


def _refused(call: Call) -> ActionDone:
    assert isinstance(call.effect, CallAction)
    said = f"no {call.effect.body['to']} here"
    return ActionDone(call.effect.call, error="400", origin_error=said, origin_code="400")


def test_old_step_events_are_anonymized(place: EmbeddedEngine, workspace: Path) -> None:
    bring_in(place)
    telling = place.publish(journey([entry("Enter"), notify("in-42", on_error=True)], ["in>in-42"], name="Telling"))
    place.world.reply = _refused
    place.engine.events.accept(CALLER, [{"id": CRM, "_id": f"order {CRM}"}], "Enter")
    place.engine.events.accept(CALLER, [{"id": "other-1", "_id": f"friend of {CRM}"}], "Enter")
    place.settle(telling, completed=2)
    place.pass_time(100 * DAY)
    with place.owner.database.write() as connection:
        connection.execute(delete(instances))
    done = place.engine.erasure.erase(CALLER, "CRMID", CRM)
    assert (done.rows["instances"], done.rows["step_texts"]) == (0, 3)
    steps = [step.fields for step in reversed(place.engine.reports.steps(CALLER, telling.id))]
    assert [step.get("event_id") for step in steps if step["node"] == "in"] == ["order erased", "friend of erased"]
    assert [step.get("action_error") for step in steps if step["node"] != "in"] == ["no erased here", "no other-1 here"]
    if (workspace / FILE).exists():
        assert hits(workspace)[CRM] == 0


def test_identifier_equal_to_design_word_changes_no_step(place: EmbeddedEngine) -> None:
    version = place.publish(TELLING)
    place.engine.events.accept(CALLER, [{"id": "told", "_id": "told 1"}], "Enter")
    place.settle(version, completed=1)
    assert place.engine.erasure.erase(CALLER, "CRMID", "told").rows["step_texts"] == 1
    steps = place.engine.reports.steps(CALLER, version.id)
    assert [(step.activity, step.fields["node"], step.fields.get("event_id")) for step in reversed(steps)] == [
        ("in", "in", "erased 1"),
        ("told", "told", None),
    ]


def test_erasing_affects_one_profile_who_may_return(place: EmbeddedEngine) -> None:
    bring_in(place)
    version = place.publish(journey([entry(), activity("wait", "wait.duration", duration="PT6H")], ["in>wait"]))
    for key in (CRM, "other-1", "other-2"):
        place.send(key)
    place.engine.erasure.erase(CALLER, "Email", MAIL)
    place.pass_time(6 * HOUR)
    assert place.settle(version, completed=2)["stopped"] == 1
    place.send(CRM)
    place.settle(version, entered=4, current=1)
    again = place.engine.erasure.erase(CALLER, "CRMID", CRM)
    assert (again.found, again.ended, again.rows["profiles"], again.rows["instances"]) == (True, 1, 0, 1)


def test_unknown_profile_is_not_found(place: EmbeddedEngine) -> None:
    bring_in(place)
    done = place.engine.erasure.erase(CALLER, "Email", "nobody@example.com")
    assert (done.found, done.people, set(done.rows.values())) == (False, (), {0})
    with pytest.raises(SojournError) as caught:
        place.engine.erasure.erase(CALLER, "Email", " ")
    assert caught.value.code == "identity_missing"


def test_only_sandbox_administrators_erase(place: EmbeddedEngine) -> None:
    bring_in(place)
    place.engine.users.put(CALLER, "lee", ("Standard User",))
    with pytest.raises(NotPermittedError):
        place.engine.erasure.erase(Caller("lee"), "CRMID", CRM)
    assert not place.engine.erasure.erase(Caller(sandbox="dev"), "CRMID", CRM).found
    assert place.engine.profiles.get(CALLER, "CRMID", CRM) is not None


def test_report_names_files_that_were_not_touched(place: EmbeddedEngine, tmp_path: Path) -> None:
    bring_in(place)
    with place.owner.database.write() as connection:
        retention_queries.record_export(connection, 1, "lee", "prod", "steps", "/home/lee/steps.csv", with_keys=True)
    backup = place.owner.location / "backups" / "old.sqlite"
    place.owner.database.backup(backup)
    done = place.engine.erasure.erase(CALLER, "CRMID", CRM)
    assert done.files == ("/home/lee/steps.csv",)
    assert done.backups == (str(backup),)


def test_concurrent_message_is_erased_in_virtual_time(place: EmbeddedEngine) -> None:
    bring_in(place)

    def lands(connection: Connection, name: str, at: int, in_test: bool, address: str) -> None:
        texts = {"channel": "email", "address": address, "subject": "", "body": "", "html": ""}
        where = {"sandbox": "prod", "version_id": 1, "instance": 99, "activity": "mail", "in_test": in_test}
        connection.execute(insert(messages).values(id=name, at=at, **where, **texts))

    with place.owner.database.write() as connection:
        lands(connection, "ahead", START + 60 * DAY, True, "o1@example.com")
        traces = erasure_queries.find_person(connection, "prod", "CRMID", CRM)
        erasure_queries.continue_search(connection, traces)
        assert traces.messages == set()
        lands(connection, "now", START, False, MAIL)
        lands(connection, "behind", START - DAY, True, MAIL)
        erasure_queries.continue_search(connection, traces)
        assert traces.messages == {"now", "behind"}


def test_queued_call_is_cancelled(tmp_path: Path) -> None:
    world, begun, free = ScriptedPerformer(), threading.Event(), threading.Event()

    async def slow(call: Call) -> ActionDone:
        import asyncio

        world.calls.append(call)
        begun.set()
        await asyncio.to_thread(free.wait, 20)
        return ActionDone(call.effect.call, status=200)

    world.perform = slow  # type: ignore[method-assign]
    with running(tmp_path / "w", world) as place:
        version = place.publish(TELLING)
        place.send(CRM)
        assert begun.wait(20)
        assert place.engine.erasure.erase(CALLER, "CRMID", CRM).ended == 1
        free.set()
        until(lambda: place.owner.dispatch.under_way, lambda waiting: waiting == 0)
        place.nudge()
        assert place.metrics(version) == {"entered": 1, "current": 0, "completed": 0, "failed": 0, "stopped": 1}
        assert place.engine.reports.people(CALLER, version.id) == ()


def test_split_pages_leave_no_old_bytes(tmp_path: Path) -> None:
    """Whatever was written, changed and deleted before: nobody who is erased is found in the files afterwards."""
    draw = Random(3)
    names = [f"guest-{number:04}-{draw.getrandbits(40):010x}" for number in range(600)]
    with running(tmp_path / "w") as place:
        version = place.publish(journey([entry(), activity("wait", "wait.duration", duration="PT6H")], ["in>wait"]))
        lines = [
            json.dumps({"identities": {"CRMID": name}, "attributes": {"email": "x" * draw.randrange(900)}})
            for name in names
        ]
        draw.shuffle(lines)
        place.engine.profiles.import_text(CALLER, "\n".join(lines))
        for name in names[:200]:
            place.send(name, tags=["y" * draw.randrange(2_000)])
        place.settle(version, current=200)
        place.pass_time(6 * HOUR)
        place.settle(version, completed=200)
        for name in draw.sample(names, 12):
            done = place.engine.erasure.erase(CALLER, "CRMID", name)
            assert (done.found, done.truncated, done.remaining) == (True, True, 0)
            assert count(tmp_path / "w" / FILE, [name.encode()]) == 0
        with place.owner.database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
            assert connection.exec_driver_sql("SELECT count(*) FROM workspace WHERE name LIKE 'scrub%'").scalar() == 0
            assert runtime_queries.latest_time(connection) > 0


def test_bytes_are_counted_over_borders_of_chunks(tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.write_bytes(b"..needle.needleneedle...")
    for size in range(1, 30):
        assert byte_search.count([file], [b"needle"], size) == 3


def test_engine_keeps_database_lock_after_erasing(tmp_path: Path) -> None:
    """Without it another program could take the database for unused, and throw away its log when it closes it."""
    held = (
        "import fcntl, sys; file = open(sys.argv[1], 'r+b')\n"
        "try: fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 510, 0x40000002)\n"
        "except BlockingIOError: print('held')"
    )
    with running(tmp_path / "w") as place:
        place.engine.profiles.import_text(CALLER, json.dumps({"identities": {"CRMID": "guest-to-erase"}}))
        assert place.engine.erasure.erase(CALLER, "CRMID", "guest-to-erase").found
        line = [sys.executable, "-c", held, str(tmp_path / "w" / FILE)]
        assert subprocess.run(line, capture_output=True, text=True, check=True).stdout == "held\n"
