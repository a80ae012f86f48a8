"""Workspaces of earlier versions compare addresses in their normal form."""

from __future__ import annotations

import json
from pathlib import Path

from sqlalchemy import Connection, insert, select

from engine.core.instance import Instance
from engine.store import profile_queries, revisions, runtime_queries
from engine.store.database import Database
from engine.store.location import create_folder
from engine.store.tables import entries, identities, instances, memberships, profiles, suppressed, versions

SPELLINGS = ("Ann@Example.com", "ann@example.com", " ANN@example.com")
OTHERS = ({"ECID": "e1"}, {"CRMID": "c1", "ECID": "e2"}, {"CRMID": "c2"})


def before(connection: Connection) -> None:
    """What a workspace held when addresses were compared letter by letter."""
    for number, (mail, more) in enumerate(zip(SPELLINGS, OTHERS, strict=True), 1):
        names = {"Email": mail, **more}
        row = {"id": number, "sandbox": "prod", "test_profile": False, "events": 0, "changed_at": 0}
        bodies = {"attributes": json.dumps({"n": number}), "identities": json.dumps(names)}
        connection.execute(insert(profiles).values(**row, **bodies))
        for code, value in names.items():
            one = {"sandbox": "prod", "namespace": code, "value": value, "profile_id": number}
            connection.execute(insert(identities).values(**one))
        member = {"profile_id": number, "segment": "silver", "since": 0, "inside": True}
        connection.execute(insert(memberships).values(**member))
        gone = {"sandbox": "prod", "channel": "email", "address": mail, "reason": "unsubscribed", "at": 0}
        connection.execute(insert(suppressed).values(**gone))
        entry = {"journey_id": 1, "key": mail, "person": str(number), "entrances": number, "last_entered": number}
        connection.execute(insert(entries).values(**entry, instance=number if number == 2 else None))
        state = Instance(1, "i", "J", 1, mail, "Email", "p", "", 1, 0, 0, 0, "UTC").dump()
        at = {"status": 0, "in_test": False, "entered_at": 0, "changed_at": 0, "activity": "", "state": state}
        connection.execute(insert(instances).values(id=number, version_id=1, key=mail, **at))
    body = {"id": 1, "journey_id": 1, "sandbox": "prod", "version": 1, "state": "live"}
    who = {"created_by": "a", "created_at": 0, "changed_by": "a", "changed_at": 0, "test_wait": 0, "test_people": 0}
    connection.execute(insert(versions).values(**body, **who, body=json.dumps({"namespace": "Email"})))


def test_stored_addresses_get_normal_form(workspace: Path) -> None:
    create_folder(workspace)
    database = Database(str(workspace))
    with database.write() as connection:
        revisions.upgrade(connection, "0005")
        before(connection)
        revisions.upgrade(connection, revisions.head())
        assert list(connection.execute(select(suppressed.c.address)).scalars()) == ["ann@example.com"]
        assert runtime_queries.is_suppressed(connection, "prod", "email", "ANN@EXAMPLE.COM")
        owners = [profile_queries.find_profile(connection, "prod", "Email", mail) for mail in SPELLINGS]
        assert owners == [2, 2, 2], "a customer comes before a device"
        assert profile_queries.find_profile(connection, "prod", "ECID", "e1") == 2
        first, other = (profile_queries.load_profile(connection, number) for number in (2, 3))
        assert first is not None
        assert (first.attributes, first.segments) == ({"n": 2}, ("silver",))
        assert first.identities == {"Email": "ann@example.com", "CRMID": "c1", "ECID": "e2"}
        assert other is not None
        assert other.identities["CRMID"] == "c2", "another customer stays another one"
        names = ("key", "entrances", "last_entered", "instance")
        known = connection.execute(select(*(entries.c[name] for name in names)))
        assert [tuple(row) for row in known] == [("ann@example.com", 6, 3, 2)]
        stored = connection.execute(select(instances.c.key, instances.c.state)).all()
        assert {(row.key, Instance.load(row.state).key) for row in stored} == {("ann@example.com", "ann@example.com")}
    database.close()
