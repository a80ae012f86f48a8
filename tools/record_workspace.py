"""Records a small workspace as this version leaves it: ``python -m tools.record_workspace``.

It is run once at each release; ``tests/workspaces`` keeps what every version wrote, and a test opens them all with the
current program and leads their people to the end. Everything in it is fixed: the clock, the draws, the secrets' salt.
The database stands there as SQL, which can be read and compared.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import tempfile
import threading
import time
import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from engine.core.effect import Fetch
from engine.core.stimulus import ActionDone, FetchDone
from engine.facade import Engine
from engine.host import host_workspace
from engine.model import journey_file
from engine.ports import Call
from engine.services.views import Caller

ROOT = Path(__file__).resolve().parents[1]
WORKSPACES = ROOT / "tests" / "workspaces"
VAULT_KEY = "a recorded workspace hides nothing"
START = 1_773_129_600_000
"""2026-03-10T08:00:00Z."""
MINUTE = 60_000
CALLER = Caller()

ORDERED, VISITED, CALLED = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2, 3))


def _event(name: str, event_id: str) -> dict[str, Any]:
    fields = {"id": {"type": "string", "required": True}, "total": "decimal"}
    key = {"namespace": "CRMID", "key": f"@{{{name}.id}}"}
    return {"name": name, "type": "system", "event_id": event_id, "fields": fields, **key}


_NOTIFY = {
    "name": "Notify",
    "url": "https://push.example.com/notify",
    "auth": {"type": "api_key", "name": "key", "value": "INSERT_SECRET_HERE", "in": "header"},
    "body": {"to": {"variable": "To", "type": "string"}},
}
_PROFILE = {"name": "Profile", "schema": "profile", "fields": {"points": "integer", "email": "string"}}
DEFINITIONS: dict[str, Any] = {
    "format": "sojourn/1",
    "namespaces": [{"code": "CRMID", "label": "CRM id"}],
    "events": [_event("Ordered", ORDERED), _event("Visited", VISITED), _event("Called", CALLED)],
    "data_sources": [{"name": "ExperiencePlatform", "field_groups": [_PROFILE]}],
    "actions": [_NOTIFY],
    "templates": [{"name": "Thanks", "channel": "email", "subject": "Thank you, {{ who }}", "body": "See you soon",
                   "variables": {"who": "string"}}],
    "segments": [{"name": "silver", "expression": "#{ExperiencePlatform.Profile.points} >= 100"}],
}  # fmt: skip

_REGULAR = "#{ExperiencePlatform.Profile.points} > 3"
_MAIL = {"template": "Thanks", "address": "#{ExperiencePlatform.Profile.email}", "parameters": {"who": "@{Ordered.id}"}}
ORDER: dict[str, Any] = {
    "name": "Order and visit",
    "namespace": "CRMID",
    "properties": {"time_zone": "Europe/Paris"},
    "activities": [
        {"id": "ordered", "type": "event", "event": "Ordered"},
        {"id": "regular", "type": "condition", "kind": "data_source", "others": True,
         "paths": [{"id": "yes", "expression": _REGULAR}]},
        {"id": "thanks", "type": "email", **_MAIL},
        {"id": "six_hours", "type": "wait", "kind": "duration", "duration": "PT6H"},
        {"id": "told", "type": "action", "action": "Notify", "parameters": {"To": "@{Ordered.id}"}},
        {"id": "visited", "type": "event", "event": "Visited", "timeout": "P1D", "timeout_path": True},
        {"id": "came", "type": "end"},
        {"id": "reminded", "type": "action", "action": "Notify", "parameters": {"To": "@{Ordered.id}"}},
    ],
    "edges": [
        {"from": "ordered", "to": "regular"},
        {"from": "regular", "path": "yes", "to": "thanks"},
        {"from": "thanks", "to": "six_hours"},
        {"from": "six_hours", "to": "told"},
        {"from": "regular", "path": "others", "to": "visited"},
        {"from": "visited", "to": "came"},
        {"from": "visited", "path": "timeout", "to": "reminded"},
    ],
}  # fmt: skip
CALLS: dict[str, Any] = {
    "name": "Calls",
    "namespace": "CRMID",
    "properties": {"time_zone": "UTC"},
    "activities": [
        {"id": "called", "type": "event", "event": "Called"},
        {"id": "first", "type": "condition", "kind": "profile_cap", "limit": 1, "others": True,
         "paths": [{"id": "one"}]},
        {"id": "told", "type": "action", "action": "Notify", "parameters": {"To": "@{Called.id}"}},
        {"id": "enough", "type": "action", "action": "Notify", "parameters": {"To": "@{Called.id}"}},
    ],
    "edges": [
        {"from": "called", "to": "first"},
        {"from": "first", "path": "one", "to": "told"},
        {"from": "first", "path": "others", "to": "enough"},
    ],
}  # fmt: skip
MINA = {"identities": {"CRMID": "mina", "Email": "mina@guests.example"}, "testProfile": False, "segments": ["silver"],
        "attributes": {"points": 5, "email": "mina@guests.example"},
        "events": [{"timestamp": "2026-03-09T08:00:00Z", "sends": 1}]}  # fmt: skip
JONAS = {"identities": {"CRMID": "jonas"}, "attributes": {"points": 1, "timeZone": "Asia/Seoul"}, "testProfile": True}


class _Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = START

    def now(self) -> int:
        return self.time


class _World:
    """Answers every call, but that of ``hangs``, which has not been answered when the workspace is left."""

    async def perform(self, call: Call) -> FetchDone | ActionDone:
        if isinstance(call.effect, Fetch):
            return FetchDone(call.effect.call, data={})
        who = call.effect.body["to"] if hasattr(call.effect, "body") else ""
        if who == "hangs":
            await asyncio.Event().wait()
        return ActionDone(call.effect.call, **({"error": "503"} if who == "fails" else {"status": 200}))

    async def close(self) -> None:
        """Nothing to close."""


def record(folder: Path) -> None:
    """Make the workspace in an empty folder, by the same calls as a person's."""
    clock = _Clock()
    owner = host_workspace(folder, make_performer=lambda *_: _World(), make_clock=lambda floor: clock)
    assert owner is not None
    owner.start()
    engine = owner.engine

    def settle() -> None:
        owner.writer.write(lambda connection: None)
        _until(lambda: owner.writer.waiting == 0)

    def send(event: str, *keys: str) -> None:
        for key in keys:
            engine.events.accept(CALLER, [{"_id": f"{event}-{key}-{clock.time}", "id": key, "total": 12.5}], event)
            settle()

    _furnish(engine)
    send("Ordered", "mina", "jonas", "aicha", "seojun")
    clock.time += MINUTE
    send("Visited", "aicha", "nobody")
    newer = engine.journeys.new_version(CALLER, "Order and visit")
    engine.journeys.publish(CALLER, newer.id)
    send("Ordered", "bora", "mina")
    send("Called", "hangs", "fails")
    _until(lambda: _failed(engine) == 1)
    (mail,) = engine.reports.messages(CALLER)
    engine.events.feedback(CALLER, [{"message": mail.id, "kind": "opened"}])
    clock.time += MINUTE
    settle()
    owner.close()


def _furnish(engine: Engine) -> None:
    engine.settings.set_secret(CALLER, "action/Notify/value", "bell-boy")
    engine.settings.set(CALLER, "retention_payload_days", 60)
    engine.profiles.import_text(CALLER, f"{json.dumps(MINA)}\n{json.dumps(JONAS)}\n")
    for journey, publish in ((ORDER, True), (CALLS, True), ({**ORDER, "name": "A draft"}, False)):
        text = json.dumps({**DEFINITIONS, "journey": {"version": 1, **journey}})
        engine.journeys.import_file(CALLER, journey_file.write(journey_file.read(text)), publish=publish)
    rule = {
        "url": "https://push.example.com/**",
        "methods": ["POST"],
        "services": {"action": {"maxHttpConnections": 50, "rating": {"maxCallsCount": 900, "periodInMs": 1000}}},
    }
    made = engine.guardrails.create(CALLER, "capping", rule)
    engine.guardrails.deploy(CALLER, "capping", str(made["uid"]))


def _failed(engine: Engine) -> int:
    rows = {row.name: row for row in engine.journeys.list(CALLER)}
    return engine.reports.live(CALLER, rows["Calls"].id).metrics["failed"]


def _until(holds: Callable[[], bool]) -> None:
    deadline, pause = time.monotonic() + 20, threading.Event()
    while not holds():
        assert time.monotonic() < deadline
        pause.wait(0.005)


def _fix_chance() -> None:
    """From now on everything that is drawn is drawn from one seed."""
    drawn = random.Random(1)

    def urandom(size: int) -> bytes:
        return drawn.randbytes(size)

    os.urandom = urandom
    random.__dict__["_urandom"] = urandom
    random.seed(1)


def main() -> None:
    """Write ``tests/workspaces/VERSION``."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    os.environ["SOJOURN_VAULT_KEY"] = VAULT_KEY
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.null.Keyring"
    target = WORKSPACES / version
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as base:
        _fix_chance()
        folder = Path(base) / "w"
        record(folder)
        with closing(sqlite3.connect(folder / "workspace.sqlite")) as database:
            lines = list(database.iterdump())
        (target / "workspace.sql").write_text("\n".join(lines) + "\n", "utf-8")
        (target / "vault.json").write_bytes((folder / "vault.json").read_bytes())
    print(f"{target}: {len(lines)} lines")


if __name__ == "__main__":
    main()
