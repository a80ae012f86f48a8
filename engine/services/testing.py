"""Test mode on the embedded runner: a draft that test profiles go through (runtime.md, Test mode)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from engine.core.instance import Instance
from engine.errors import SojournError
from engine.ports import Connection
from engine.services.access import MANAGE_JOURNEYS, READ_JOURNEYS, Access
from engine.services.events import EventRunner, EventService
from engine.services.journeys import found, refuse_errors
from engine.services.views import Accepted, Caller, TestState
from engine.store import house_rows, journey_rows, report_rows
from engine.store.rows import Row
from engine.store.tables import STATUS_NAMES

SHORTEST_WAIT, LONGEST_WAIT = 1.0, 3_600.0
_PEOPLE = 100
_STEPS = 1_000


class TestService:
    """See the module."""

    __test__ = False

    def __init__(self, runner: EventRunner, access: Access, events: EventService) -> None:
        self._runner = runner
        self._access = access
        self._events = events

    def state(self, caller: Caller, version_id: str) -> TestState:
        """Whether a draft is in test mode."""
        self._access.require(caller, READ_JOURNEYS)
        with self._runner.read() as connection:
            return _state(found(connection, caller, version_id))

    def switch_on(self, caller: Caller, version_id: str, wait: float = 10.0) -> TestState:
        """Put a valid draft into test mode; waits last ``wait`` seconds (at least 40 with a reaction)."""
        self._access.require(caller, MANAGE_JOURNEYS)
        now = self._runner.clock.now()

        def work(connection: Connection) -> TestState:
            row = found(connection, caller, version_id)
            if row["state"] != "draft":
                raise SojournError("journey_state", f"{row['name']} is {row['state']}; only a draft can be tested")
            refuse_errors(connection, caller, journey_rows.design(row), for_test=True)
            begun = {"test_since": now, "test_people": 0, "test_last_event": now}
            journey_rows.set_state(connection, row["id"], state="test", test_wait=_wait(wait), **begun)
            return _state(found(connection, caller, version_id))

        return self._runner.write(work)

    def set_wait(self, caller: Caller, version_id: str, wait: float) -> TestState:
        """Change the test wait time for people who enter from now on."""
        self._access.require(caller, MANAGE_JOURNEYS)

        def work(connection: Connection) -> TestState:
            row = found(connection, caller, version_id)
            journey_rows.set_state(connection, row["id"], test_wait=_wait(wait))
            return _state(found(connection, caller, version_id))

        return self._runner.write(work)

    def switch_off(self, caller: Caller, version_id: str) -> TestState:
        """End test mode: its people and its reporting go."""
        self._access.require(caller, MANAGE_JOURNEYS)

        def work(connection: Connection) -> TestState:
            row = found(connection, caller, version_id)
            if row["state"] == "test":
                house_rows.end_test(connection, row["id"])
            return _state(found(connection, caller, version_id))

        return self._runner.write(work)

    def fire(self, caller: Caller, version_id: str, event: str, payload: Mapping[str, Any]) -> Accepted:
        """Send an event; it is real, so other journeys that listen get it too."""
        self._access.require(caller, MANAGE_JOURNEYS)
        if not self.state(caller, version_id).on:
            raise SojournError("test_off", "switch test mode on before sending a test event")
        accepted = self._events.accept(caller, [dict(payload)], event)
        now = self._runner.clock.now()
        number = int(version_id)
        self._runner.write(lambda connection: journey_rows.set_state(connection, number, test_last_event=now))
        return accepted

    def log(self, caller: Caller, version_id: str) -> tuple[Mapping[str, Any], ...]:
        """What happened to each person of the test, the latest first."""
        self._access.require(caller, READ_JOURNEYS)
        with self._runner.read() as connection:
            row = found(connection, caller, version_id)
            people = [one for one in report_rows.people(connection, row["id"], None, _PEOPLE) if one["in_test"]]
            return tuple(_log(connection, one) for one in people)


def _wait(seconds: float) -> int:
    if not SHORTEST_WAIT <= seconds <= LONGEST_WAIT:
        raise SojournError("test_wait", f"the test wait time is {SHORTEST_WAIT:.0f} to {LONGEST_WAIT:.0f} seconds")
    return round(seconds * 1000)


def _state(row: Row) -> TestState:
    return TestState(row["state"] == "test", row["test_wait"] / 1000, row["test_since"], row["test_people"])


_PHASES = {
    "running": "running",
    "finished": "finished",
    "error": "error",
    "timed_out": "timed out",
    "stopped": "finished",
}


def _log(connection: Connection, row: Row) -> Mapping[str, Any]:
    instance = report_rows.read_state(row)
    steps = report_rows.latest_steps(connection, row["version_id"], _STEPS, row["id"])
    history = [json.loads(step["fields"]) for step in reversed(steps)]
    return {
        "id": instance.id,
        "currentStep": row["activity"],
        "phase": _PHASES[STATUS_NAMES[row["status"]]],
        "extraInfo": {"enteredAt": row["entered_at"], "waiting": _waiting(instance), "errorNode": instance.error_node},
        "fetchErrors": [_fetch_error(step) for step in history if step.get("fetch_error_code")],
        "externalKeys": [{"key": row["key"], "namespace": instance.namespace}],
        "enrichedData": dict(instance.step.fetched) if instance.step is not None else {},
        "transitionHistory": history,
        "payloads": dict(instance.events),
        "actionErrors": [_action_error(step) for step in history if step.get("action_error_code")],
    }


def _waiting(instance: Instance) -> list[str]:
    return list(instance.waiting.members) if instance.waiting is not None else []


def _fetch_error(step: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "step": step["node"],
        "group": step.get("fetch_group_in_error", ""),
        "code": step["fetch_error_code"],
        "detail": step.get("fetch_error", ""),
    }


def _action_error(step: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"step": step["node"], "code": step["action_error_code"], "detail": step.get("action_error", "")}
