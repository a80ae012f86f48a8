"""Workspaces that earlier versions left open in this one, and their people come to their ends, on either store."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from engine.store import revisions
from engine.store.database import Database
from engine.store.location import create_folder, database_url
from tests.helpers.embedded_engine import (
    CALLER,
    DAY,
    HOUR,
    MINUTE,
    START,
    EmbeddedEngine,
    ManualClock,
    ScriptedPerformer,
    running,
)
from tools.record_workspace import VAULT_KEY

RECORDED = Path(__file__).resolve().parents[1] / "workspaces"
VERSIONS = sorted(folder.name for folder in RECORDED.iterdir())
LEFT_AT = START + 2 * MINUTE


@pytest.fixture(params=VERSIONS)
def left(request: pytest.FixtureRequest) -> Path:
    """What a version wrote."""
    return RECORDED / str(request.param)


@pytest.fixture
def recorded(left: Path, workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace as that version left it; on PostgreSQL it is restored from it."""
    monkeypatch.setenv("SOJOURN_VAULT_KEY", VAULT_KEY)
    create_folder(workspace)
    file = tmp_path / "workspace.sqlite"
    with closing(sqlite3.connect(file)) as database:
        database.executescript((left / "workspace.sql").read_text("utf-8"))
    shutil.copy(left / "vault.json", workspace)
    if database_url(workspace) is None:
        file.rename(workspace / "workspace.sqlite")
    else:
        redelivery_job = Database(str(workspace))
        redelivery_job.restore(file)
        redelivery_job.close()
    return workspace


def versions(place: EmbeddedEngine) -> dict[tuple[str, int], str]:
    return {
        (row.name, row.version): row.state
        for name in ("Order and visit", "Calls", "A draft")
        for row in place.engine.journeys.versions(CALLER, name)
    }


def test_recorded_instances_reach_their_ends(recorded: Path, left: Path) -> None:
    world, clock = ScriptedPerformer(), ManualClock(LEFT_AT)
    with running(recorded, world, clock) as place:
        first, second = place.engine.journeys.versions(CALLER, "Order and visit")
        (calls,) = place.engine.journeys.versions(CALLER, "Calls")
        assert versions(place) == {
            ("Order and visit", 1): "closed",
            ("Order and visit", 2): "live",
            ("Calls", 1): "live",
            ("A draft", 1): "draft",
        }
        place.settle(calls, entered=2, current=0, completed=1, failed=1)
        assert place.metrics(first) == {"entered": 4, "current": 3, "completed": 1, "failed": 0, "stopped": 0}
        assert [call.key for call in world.calls] == [inserted(left, "outbox")]

        place.send("jonas", "Visited")
        place.send("bora", "Visited")
        place.settle(first, completed=2)
        place.settle(second, completed=1)
        (failed,) = [row for row in place.engine.reports.people(CALLER, calls.id) if row.status == "error"]
        place.engine.journeys.resume(CALLER, calls.id, failed.instance)
        place.settle(calls, completed=2, failed=0)
        place.pass_time(6 * HOUR)
        place.settle(first, completed=3)
        place.pass_time(DAY)
        assert place.settle(first, current=0) == {
            "entered": 4,
            "current": 0,
            "completed": 4,
            "failed": 0,
            "stopped": 0,
        }
        told = Counter(call.effect.activity for call in world.calls)
        assert told == {"told": 2, "enough": 1, "reminded": 1}


def inserted(left: Path, table: str) -> str:
    """The first text in a table's one row."""
    lines = (left / "workspace.sql").read_text("utf-8").splitlines()
    (line,) = [line for line in lines if line.startswith(f'INSERT INTO "{table}"')]
    return line.split("'")[1]


def test_other_recorded_data_is_present(recorded: Path, left: Path) -> None:
    clock = ManualClock(LEFT_AT)
    with running(recorded, clock=clock) as place:
        engine = place.engine
        assert place.owner.secrets.get("prod/action/Notify/value") == "bell-boy"
        assert engine.settings.get(CALLER, "retention_payload_days") == 60
        mina = engine.profiles.get(CALLER, "Email", "mina@guests.example")
        assert mina is not None
        assert (mina.segments, len(mina.events), mina.attributes["points"]) == (("silver",), 1, 5)
        assert [rule["deployedConfig"] is not None for rule in engine.guardrails.list(CALLER, "capping")] == [True]
        assert [message.to for message in engine.reports.messages(CALLER)] == ["mina@guests.example"]
        assert place.reasons() == ["already_in_journey", "not_waiting"]
        assert place.send("hangs", "Called", _id=f"Called-hangs-{START + MINUTE}").accepted
        (calls,) = engine.journeys.versions(CALLER, "Calls")
        assert place.metrics(calls)["entered"] == 2, "the same event again, from before"
        with place.owner.database.read() as connection:
            assert revisions.current(connection) == revisions.head()
    before = inserted(left, "alembic_version")
    copies = sorted(file.name for file in recorded.glob("backups/*"))
    assert copies == [f"before-{revisions.head()}-from-{before}.sqlite"] * (before != revisions.head())


def test_new_instances_enter_recorded_workspace(recorded: Path) -> None:
    with running(recorded, clock=ManualClock(LEFT_AT)) as place:
        (_, newest) = place.engine.journeys.versions(CALLER, "Order and visit")
        place.send("dana", "Ordered")
        place.settle(newest, entered=2, current=2)
        people = place.engine.reports.people(CALLER, newest.id)
        assert len({person.instance for person in people}) == 2
