"""Test mode on the embedded runner: a draft that test profiles go through, and their logs (runtime.md, Test mode)."""

from __future__ import annotations

import json
from collections.abc import Sequence

from engine.catalogue import Phrase
from engine.core.handlers import min_test_wait_ms
from engine.core.instance import Instance
from engine.core.program_compiler import compile_program
from engine.errors import SojournError
from engine.json_types import JsonObject
from engine.ports import UNTIL_PAUSED, VirtualClock, read_clock
from engine.services.access import MANAGE_JOURNEYS, READ_JOURNEYS, AccessService, Service
from engine.services.definition_uses import complete, definitions_for, freeze
from engine.services.events import EventRunner, EventService
from engine.services.journey_versions import find_version, refuse_errors
from engine.services.service_method import requires
from engine.services.views import AcceptResult, Caller, TestState
from engine.store import journey_queries, report_queries, testmode_queries
from engine.store.journey_queries import StoredVersion
from engine.store.results import Connection
from engine.store.runtime_queries import InstanceRow
from engine.store.tables import STATUS_NAMES
from engine.testmode.explanation import explain

SHORTEST_WAIT, LONGEST_WAIT = 1.0, 3_600.0
LONGEST_STEP = 91 * 86_400.0
"""Seconds that one step of a virtual clock may last: nobody is longer in a journey."""
LONGEST_PACE = 60.0
_PEOPLE = 1_000
_TURNS = 1_000


class TestModeService(Service):
    """See the module."""

    __test__ = False

    def __init__(self, runner: EventRunner, access: AccessService, events: EventService) -> None:
        super().__init__(runner, access)
        self._runner: EventRunner = runner
        self._events = events

    @requires(READ_JOURNEYS)
    def state(self, caller: Caller, version_id: str) -> TestState:
        """Whether a draft is in test mode, and what its clock shows."""
        with self._runner.read() as connection:
            return self._state(connection, caller, version_id)

    @requires(MANAGE_JOURNEYS)
    def switch_on(self, caller: Caller, version_id: str, wait: float = 10.0, virtual: bool = False) -> TestState:
        """Put a valid draft into test mode; waits last ``wait`` seconds (at least 40 with a reaction).

        With ``virtual`` the session has a clock of its own from the beginning, see :meth:`set_clock`.
        """
        now = self._runner.clock.now()

        def work(connection: Connection) -> None:
            row = find_version(connection, caller, version_id)
            if row.state != "draft":
                raise SojournError("journey_state.test", name=row.name, state=Phrase(f"state.{row.state}"))
            refuse_errors(connection, caller, journey_queries.version_model(row), for_test=True)
            frozen = freeze(connection, caller.sandbox, journey_queries.version_model(row))
            begun = {"frozen": frozen, "test_since": now, "test_people": 0, "test_last_event": now}
            lasting = max(_wait(wait, SHORTEST_WAIT), round(_shortest(row) * 1000))
            journey_queries.set_state(connection, row.id, state="test", test_wait=lasting, **begun)
            testmode_queries.put_clock(connection, row.id, VirtualClock(now) if virtual else None)

        self._runner.write(work)
        return self.state(caller, version_id)

    @requires(MANAGE_JOURNEYS)
    def set_wait(self, caller: Caller, version_id: str, wait: float) -> TestState:
        """Change the test wait time for people who enter from now on; with 0 waits and timeouts last as designed."""

        def work(connection: Connection) -> None:
            row = find_version(connection, caller, version_id)
            lasting = _wait(wait, _shortest(row)) if wait else 0
            journey_queries.set_state(connection, row.id, test_wait=lasting)

        self._runner.write(work)
        return self.state(caller, version_id)

    @requires(MANAGE_JOURNEYS)
    def switch_off(self, caller: Caller, version_id: str) -> TestState:
        """End test mode: its people and its reporting go."""

        def work(connection: Connection) -> None:
            row = find_version(connection, caller, version_id)
            if row.state == "test":
                testmode_queries.end_test(connection, row.id)

        self._runner.write(work)
        return self.state(caller, version_id)

    # The virtual clock -----------------------------------------------------------------------------------------------

    @requires(MANAGE_JOURNEYS)
    def set_clock(self, caller: Caller, version_id: str, virtual: bool) -> TestState:
        """Give the session a clock of its own, which begins with the real time and stands still; or the real one again.

        Only the people of this test follow it. The real one can be taken when nobody is on the way: what they wait
        for may lie far ahead of it.
        """
        now = self._runner.clock.now()

        def work(connection: Connection) -> None:
            row = self._tested(connection, caller, version_id)
            if virtual is (row.test_clock is not None):
                return
            if not virtual and testmode_queries.running_states(connection, row.id):
                raise SojournError("test_clock")
            testmode_queries.put_clock(connection, row.id, VirtualClock(now) if virtual else None)
            testmode_queries.clear_due_times(connection, row.id)

        self._runner.write(work)
        return self.state(caller, version_id)

    @requires(MANAGE_JOURNEYS)
    def step(self, caller: Caller, version_id: str, by: float | None = None) -> TestState:
        """Let the clock go to the next point of time at which something is due; or ``by`` seconds, through all that is.

        Calls take their real time: the clock waits for them, and the state says ``running`` until it is there.
        """
        if by is None:
            return self._settled(caller, version_id, self._move(caller, version_id, moments=1))
        if not 0 < by <= LONGEST_STEP:
            raise SojournError("test_step")
        return self._settled(caller, version_id, self._move(caller, version_id, by_ms=round(by * 1000)))

    @requires(MANAGE_JOURNEYS)
    def run(self, caller: Caller, version_id: str, pace: float = 0.0) -> TestState:
        """Let the clock run from one thing due to the next, ``pace`` seconds of real time apart, until it is paused.

        It stops for nobody's global timeout: where people only wait for events it stands still, and goes on with the
        next one that is sent.
        """
        if not 0 <= pace <= LONGEST_PACE:
            raise SojournError("test_pace")
        return self._move(caller, version_id, pace_ms=round(pace * 1000))

    @requires(MANAGE_JOURNEYS)
    def pause(self, caller: Caller, version_id: str) -> TestState:
        """Let the clock stand still."""
        return self._move(caller, version_id, moments=0)

    def _move(
        self,
        caller: Caller,
        version_id: str,
        *,
        moments: int = UNTIL_PAUSED,
        by_ms: int | None = None,
        pace_ms: int = 0,
    ) -> TestState:

        def work(connection: Connection) -> None:
            row = self._tested(connection, caller, version_id)
            clock = read_clock(row.test_clock)
            if clock is None:
                raise SojournError("test_clock_real")
            until = None if by_ms is None else clock.now + by_ms
            testmode_queries.put_clock(connection, row.id, VirtualClock(clock.now, moments, until, pace_ms))

        self._runner.write(work)
        return self.state(caller, version_id)

    def _settled(self, caller: Caller, version_id: str, state: TestState) -> TestState:
        """Return the state once the step is done or waits for a call: the clock moves in the writer's batches."""
        for _ in range(_TURNS):
            if not state.running or state.under_way:
                break
            self._runner.write(lambda connection: None)
            state = self.state(caller, version_id)
        return state

    def _tested(self, connection: Connection, caller: Caller, version_id: str) -> StoredVersion:
        row = find_version(connection, caller, version_id)
        if row.state != "test":
            raise SojournError("test_off")
        return row

    # Events and people -----------------------------------------------------------------------------------------------

    @requires(MANAGE_JOURNEYS)
    def fire(self, caller: Caller, version_id: str, event: str, payload: JsonObject) -> AcceptResult:
        """Send an event; it is real, so other journeys that listen get it too."""
        with self._runner.read() as connection:
            self._tested(connection, caller, version_id)
        accepted = self._events.accept(caller, [dict(payload)], event)
        now = self._runner.clock.now()
        number = int(version_id)
        self._runner.write(lambda connection: journey_queries.set_state(connection, number, test_last_event=now))
        return accepted

    @requires(READ_JOURNEYS)
    def log(self, caller: Caller, version_id: str) -> tuple[JsonObject, ...]:
        """Return the log of each instance of the test, the latest first."""
        with self._runner.read() as connection:
            row = find_version(connection, caller, version_id)
            people = [one for one in report_queries.version_instances(connection, row.id, None, _PEOPLE) if one.in_test]
            return tuple(log_of(connection, caller.sandbox, one) for one in people)

    @requires(READ_JOURNEYS)
    def explain(self, caller: Caller, version_id: str, instance: str, activity: str) -> JsonObject:
        """Explain what happened to a person of the test at an activity, see :mod:`engine.testmode.explanation`."""
        with self._runner.read() as connection:
            row = find_version(connection, caller, version_id)
            people = report_queries.version_instances(connection, row.id, None, _PEOPLE)
            person = next((one for one in people if one.in_test and str(one.id) == instance), None)
            version = journey_queries.version_model(row)
            if person is None or activity not in version.by_id:
                raise SojournError("instance_unknown")
            definitions = complete(definitions_for(connection, row))
            steps = report_queries.latest_steps(connection, row.id, _STEPS, person.id)
            history = [json.loads(step.fields) for step in reversed(steps)]
            caused = [step for step in history if step.get("event_id")]
            payloads = report_queries.payloads(connection, caller.sandbox, [step["event_id"] for step in caused])
        program = compile_program(version, definitions, sandbox=caller.sandbox)
        state = report_queries.read_instance(person)
        received = {str(step["event_name"]): payloads.get(step["event_id"]) for step in caused}
        found = {name: payload for name, payload in received.items() if isinstance(payload, dict)}
        state.events = {**found, **state.events}  # a person who left has no events of their own
        return explain(program, definitions, state, version.by_id[activity], history)

    def _state(self, connection: Connection, caller: Caller, version_id: str) -> TestState:
        row = find_version(connection, caller, version_id)
        if row.state != "test":
            return TestState(False, row.test_wait / 1000)
        clock = read_clock(row.test_clock)
        people = [Instance.load(state) for state in testmode_queries.running_states(connection, row.id)]
        return TestState(
            on=True,
            wait=row.test_wait / 1000,
            started_at=row.test_since,
            people=row.test_people,
            virtual=clock is not None,
            time=self._runner.clock.now() if clock is None else clock.now,
            running=clock is None or clock.moments != 0,
            next_at=min((_due(person) for person in people), default=None),
            under_way=sum(person.step is not None for person in people),
        )


def _due(person: Instance) -> int:
    waiting = person.waiting
    return min(waiting.due, person.expires_at) if waiting is not None and waiting.timer else person.expires_at


def _shortest(row: StoredVersion) -> float:
    """Return the shortest test wait time of a journey, in seconds: longer with reactions."""
    return max(SHORTEST_WAIT, min_test_wait_ms(journey_queries.version_model(row).activities) / 1_000)


def _wait(seconds: float, shortest: float) -> int:
    if not SHORTEST_WAIT <= seconds <= LONGEST_WAIT:
        raise SojournError("test_wait", shortest=round(SHORTEST_WAIT), longest=round(LONGEST_WAIT))
    if seconds < shortest:
        raise SojournError("test_wait.reaction", shortest=round(shortest))
    return round(seconds * 1000)


_STEPS = 1_000
_PHASES = {
    "running": "running",
    "finished": "finished",
    "error": "error",
    "timed_out": "timed out",
    "stopped": "finished",
}


def log_of(connection: Connection, sandbox: str, row: InstanceRow) -> JsonObject:
    """One person's log, from its row of ``instances``."""
    instance = report_queries.read_instance(row)
    steps = report_queries.latest_steps(connection, row.version_id, _STEPS, row.id)
    history = [json.loads(step.fields) for step in reversed(steps)]
    payloads = report_queries.payloads(
        connection, sandbox, [step["event_id"] for step in history if step.get("event_id")]
    )
    return {
        "id": instance.id,
        "currentStep": row.activity,
        "phase": _PHASES[STATUS_NAMES[row.status]],
        "extraInfo": _extra(row, instance, history),
        "fetchErrors": [_fetch_error(step) for step in history if step.get("fetch_error_code")],
        "externalKeys": [{"key": row.key, "namespace": instance.namespace}],
        "enrichedData": dict(instance.enriched),
        "transitionHistory": [_with_payload(step, payloads, instance) for step in history],
        "payloads": dict(instance.events),
        "actionErrors": [_action_error(step) for step in history if step.get("action_error_code")],
    }


def _extra(row: InstanceRow, instance: Instance, history: Sequence[JsonObject]) -> JsonObject:
    """Return more about the current step: its times and the last errors."""
    waiting = instance.waiting
    failed = next((step for step in reversed(history) if step.get("error")), None)
    return {
        "enteredAt": row.entered_at,
        "since": row.changed_at,
        "waiting": list(waiting.members) if waiting is not None else [],
        "dueAt": waiting.due if waiting is not None and waiting.timer else None,
        "expiresAt": instance.expires_at,
        "errorNode": instance.error_node,
        "error": _error(failed) if failed is not None else "",
    }


def _error(step: JsonObject) -> str:
    """Return the code of an error with its origin."""
    origin = step.get("action_error") or step.get("fetch_error") or ""
    return f"{step['error']}: {origin}" if origin else str(step["error"])


def _with_payload(step: JsonObject, payloads: JsonObject, instance: Instance) -> JsonObject:
    """Return a transition with the payload of the event that caused it, if there is one."""
    name = str(step.get("event_name") or "")
    if not name:
        return step
    payload = payloads.get(str(step.get("event_id", "")), instance.events.get(name))
    return step if payload is None else {**step, "payload": payload}


def _fetch_error(step: JsonObject) -> JsonObject:
    return {
        "step": step["node"],
        "group": step.get("fetch_group_in_error", ""),
        "code": step["fetch_error_code"],
        "detail": step.get("fetch_error", ""),
    }


def _action_error(step: JsonObject) -> JsonObject:
    return {"step": step["node"], "code": step["action_error_code"], "detail": step.get("action_error", "")}
