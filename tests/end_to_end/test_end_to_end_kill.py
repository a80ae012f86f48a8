"""``kill -9`` at random moments under load: nothing acknowledged is lost, and nothing is done under two keys.

``SOJOURN_KILLS`` says how often; ``make soak`` asks for many more than the short form here.
"""

from __future__ import annotations

import json
import os
import random
import threading
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import select

from engine.model import journey_file
from engine.store import report_queries
from engine.store.database import Database
from engine.store.location import database_url
from engine.store.tables import dead_letters, discards, entries, events, instances, outbox, step_events
from tests.helpers.engine_process import EngineProcess, place, until
from tests.helpers.journey_builders import activity, entry, journey, notify
from tests.helpers.kill_test_clients import Receiver, Sender, receiving

pytestmark = pytest.mark.end_to_end

KILLS = os.environ.get("SOJOURN_KILLS")
SHORT = {"sqlite": 50, "postgresql": 4}
STEPS = 4
"""Step events of one whole walk: the entry, the call, the wait, the end."""

FINISHED = 1
SENDERS = 3


def furnish(target: EngineProcess, receiver: Receiver, folder: Path) -> str:
    """A journey that calls the receiver and waits a second; the inlet's token."""
    file = journey(
        [entry(), notify("told"), activity("wait", "wait.duration", duration="PT1S"), activity("end", "end")],
        ["in>told", "told>wait", "wait>end"],
    )
    document = folder / "j.journey.json"
    document.write_text(journey_file.write(file), "utf-8")
    target.do("setting", "set", "allow_local_endpoints", "true")
    target.do("setting", "set", "overdue_timers", "1000000")
    target.do("setting", "set", "overdue_rate", "1000000")
    sink = f"$.actions[0].url=http://127.0.0.1:{receiver.server_address[1]}/"
    target.do("import", str(document), "--publish", "--set", sink)
    return target.token()


def kill_again_and_again(target: EngineProcess, kills: int) -> None:
    """Half of the times while it starts, half of the times while it works."""
    chance = random.Random(7)
    for number in range(kills):
        if chance.random() < 0.5:
            target.ready()
            threading.Event().wait(chance.uniform(0, 0.6))
        else:
            threading.Event().wait(chance.uniform(0.1, 1.6))
        target.kill()
        target.begin()
        if KILLS:
            print(f"{number + 1} kills", flush=True)
    target.ready()


def test_repeated_kills_lose_and_repeat_nothing(workspace: Path, tmp_path: Path) -> None:
    kills = int(KILLS or SHORT["sqlite" if database_url(workspace) is None else "postgresql"])
    with receiving() as receiver, place(workspace) as target:
        target.start()
        token = furnish(target, receiver, tmp_path)
        senders = [Sender(target, token, name) for name in "abcdefgh"[:SENDERS]]
        for sender in senders:
            sender.start()
        try:
            kill_again_and_again(target, kills)
        finally:
            for sender in senders:
                sender.stopping.set()
        for sender in senders:
            sender.join()
        acknowledged = set().union(*(sender.acknowledged for sender in senders))
        until(lambda: target.metrics("J"), lambda seen: _is_over(seen, len(acknowledged)), "everyone's end")
        target.stop()
    sent = set().union(*(sender.sent for sender in senders))
    entered = check(workspace, acknowledged, sent)
    assert set(receiver.keys) == entered
    assert {len(keys) for keys in receiver.keys.values()} == {1}, "repeated calls carry the same key"


def _is_over(metrics: Mapping[str, int], least: int) -> bool:
    return metrics["current"] == 0 and metrics["completed"] >= least > 0


def check(workspace: Path, acknowledged: set[str], sent: set[str]) -> set[str]:
    """Everyone acknowledged is through, once, with each step; the sums are those of the rows. Who entered."""
    database = Database(str(workspace))
    with database.read() as connection:
        people = connection.execute(select(instances.c.id, instances.c.key, instances.c.status)).all()
        entrances = {(row.key, row.entrances, row.instance) for row in connection.execute(select(entries))}
        accepted = list(connection.execute(select(events.c.source_id)).scalars())
        left = [connection.execute(select(table)).all() for table in (outbox, dead_letters, discards)]
        steps = connection.execute(select(step_events.c.instance, step_events.c.fields)).all()
        counts = report_queries.main_counts(connection, [1])[1]
        standing = report_queries.counts(connection, [1], in_test=False)
    database.close()
    keys = {row.key for row in people}
    assert acknowledged <= keys <= sent
    assert len(people) == len(keys) == len(accepted) == len(set(accepted))
    assert {row.status for row in people} == {FINISHED}
    assert entrances == {(key, 1, None) for key in keys}
    assert left == [[], [], []]
    assert len({json.loads(row.fields)["id"] for row in steps}) == len(steps)
    assert Counter(row.instance for row in steps) == Counter({row.id: STEPS for row in people})
    assert counts["entered"] == counts["completed"] == len(people)
    assert counts.get("failed", 0) == counts.get("stopped", 0) == 0
    assert {number for (kind, _), number in standing.items() if kind == "at"} == {0}
    return keys
