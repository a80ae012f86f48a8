"""The scripted outside world of a simulation: calls go through the very same policy, on the virtual clock.

Answers are tried from the top: the first whose ``when`` is contained in what was asked, and that has not served
``times`` times. An action that nothing answers succeeds with an empty object; a source cannot be reached.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from engine.core.effect import CallAction, Fetch
from engine.core.program import to_milliseconds
from engine.core.stimulus import ActionDone, FetchDone
from engine.effects.campaign_classic import CAP, PROVIDER_NAME, SIMULATED_URL, push_event
from engine.effects.gateways import json_headers
from engine.effects.http import HttpRequest
from engine.effects.policy import (
    CONNECTION,
    MALFORMED,
    TIMED_OUT,
    Attempt,
    AttemptResult,
    CallOutcome,
    Guardrails,
    Pause,
    PendingCall,
    read_retry_after,
)
from engine.effects.provider_caps import capping_rule
from engine.effects.requests import action_request, json_content, source_request
from engine.effects.response_fields import ResponseFormatError, read_fields
from engine.model.action import CustomAction
from engine.model.definitions import Definitions
from engine.model.fields import Field
from engine.model.guardrail import (
    CappingRule,
    GuardrailError,
    Service,
    ThrottlingRule,
    read_capping,
    read_throttling,
)
from engine.simulation.connection_limits import ConnectionLimits, ConnectionRequest
from engine.simulation.scenario import ScenarioError, ScenarioGuardrails, ScriptedAnswer, print_instant
from engine.simulation.timeline import RESULTS, Timeline

_FAULTS = {"refused": CONNECTION, "timeout": TIMED_OUT, "malformed": MALFORMED}
_EMPTY = ScriptedAnswer(status=200, body={})
_NOBODY = ScriptedAnswer(fault="refused")


def is_part_of(whole: Any, part: Any) -> bool:
    """Whether every key of ``part`` is in ``whole`` with a value that contains its value; others must be equal."""
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(key in whole and is_part_of(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and len(whole) == len(part) and all(map(is_part_of, whole, part))
    return (type(part) is type(whole) and bool(part == whole)) or (_number(part) and _number(whole) and part == whole)


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class AnswerScript:
    """Who answers what, and how often still."""

    def __init__(self, answers: Mapping[str, tuple[ScriptedAnswer, ...]]) -> None:
        self._answers = answers
        self._served: dict[tuple[str, int], int] = {}

    def knows(self, name: str) -> bool:
        """Whether there is anything written for this name."""
        return name in self._answers

    def answer(self, name: str, asked: Any, otherwise: ScriptedAnswer) -> ScriptedAnswer:
        """The next answer of ``name``, counted."""
        for index, answer in enumerate(self._answers.get(name, ())):
            served = self._served.get((name, index), 0)
            left = answer.times is None or served < answer.times
            if left and (answer.when is None or is_part_of(asked, answer.when)):
                self._served[name, index] = served + 1
                return answer
        return otherwise


@dataclass(slots=True)
class ScriptedCall:
    """One call on its way: what it is, who asked, and what to do with the outcome and the last answer."""

    name: str
    request: HttpRequest | None
    asked: Any
    otherwise: ScriptedAnswer
    pending: PendingCall
    label: Mapping[str, Any]
    finish: Callable[[CallOutcome, Any], None]
    answer: ScriptedAnswer | None = None


class ScriptedPerformer:
    """Performs calls; ``calls`` is the record of every attempt, in order."""

    def __init__(
        self,
        definitions: Definitions,
        answers: Mapping[str, tuple[ScriptedAnswer, ...]],
        guards: ScenarioGuardrails,
        timeline: Timeline,
    ) -> None:
        self._definitions = definitions
        self._groups = {
            (source.name, group.name): (source, group)
            for source in definitions.data_sources
            for group in source.field_groups
        }
        self._timeline = timeline
        capping, throttling = _deployed(guards)
        self._guard = Guardrails(capping, throttling)
        self._connections = ConnectionLimits(capping, timeline)
        self.script = AnswerScript(answers)
        self.calls: list[dict[str, Any]] = []

    def fetch(self, effect: Fetch, label: Mapping[str, Any], finish: Callable[[FetchDone], None]) -> None:
        """Ask a source; its answer must have the field group's fields."""
        source, group = self._groups[effect.source, effect.group]
        started = self._timeline.now

        def done(outcome: CallOutcome, body: Any) -> None:
            error, fields = _typed(outcome.error, group.fields, body)
            elapsed = self._timeline.now - started
            finish(FetchDone(effect.call, fields, error, elapsed, origin_code=outcome.origin or ""))

        request = source_request(source, group, effect.parameters, effect.idempotency_key)
        name = f"{source.name}.{group.name}"
        pending = PendingCall("dataSource", group.method, request.url, source.name, effect.timeout_ms)
        self._go_on(ScriptedCall(name, request, effect.parameters, _NOBODY, pending, label, done))

    def call(self, effect: CallAction, label: Mapping[str, Any], finish: Callable[[ActionDone], None]) -> None:
        """Call an action; its answer is kept for later expressions."""
        action = self._definitions.action[effect.action]
        started = self._timeline.now

        def done(outcome: CallOutcome, body: Any) -> None:
            error, fields = _typed(outcome.error, action.response, body) if action.response else (outcome.error, body)
            elapsed, origin = self._timeline.now - started, outcome.origin or ""
            response = fields if error is None else None
            finish(
                ActionDone(
                    effect.call, outcome.status, response, error, elapsed, attempts=outcome.attempts, origin_code=origin
                )
            )

        try:
            request = _request(action, effect)
        except ValueError:
            self._later(lambda: finish(ActionDone(effect.call, error="evaluation", attempts=0)))
            return
        self._go_on(self._errand("action", action.name, request, effect.body, effect.timeout_ms, label, done))

    def message(self, name: str, asked: Any, timeout_ms: int, finish: Callable[[CallOutcome, Any], None]) -> None:
        """Deliver a message; it succeeds at once unless the script says otherwise."""
        pending = PendingCall("action", "POST", "", name, timeout_ms)
        self._go_on(ScriptedCall(name, None, asked, _EMPTY, pending, {}, finish))

    @staticmethod
    def _errand(
        service: Service,
        name: str,
        request: HttpRequest,
        asked: Any,
        timeout_ms: int,
        label: Mapping[str, Any],
        done: Callable[[CallOutcome, Any], None],
    ) -> ScriptedCall:
        pending = PendingCall(service, request.method, request.url, name, timeout_ms)
        return ScriptedCall(name, request, asked, _EMPTY, pending, label, done)

    def _later(self, deed: Callable[[], None]) -> None:
        self._timeline.schedule(self._timeline.now, RESULTS, deed)

    def _go_on(self, errand: ScriptedCall) -> None:
        self._follow(errand, errand.pending.proceed(self._guard, self._timeline.now))

    def _follow(self, errand: ScriptedCall, step: Pause | Attempt | CallOutcome) -> None:
        if isinstance(step, Pause):
            self._timeline.schedule(step.until, RESULTS, lambda: self._go_on(errand))
        elif isinstance(step, Attempt):
            self._connect(errand, step)
        else:
            body = errand.answer.body if errand.answer is not None else None
            self._later(lambda: errand.finish(step, body))

    def _connect(self, errand: ScriptedCall, attempt: Attempt) -> None:
        """Make the attempt once there are connections for it; without one in time it is timed out."""

        def late() -> None:
            self._follow(errand, errand.pending.record_attempt(AttemptResult(error=TIMED_OUT), self._timeline.now))

        claim: ConnectionRequest | None = None

        def done() -> None:
            if claim is not None:
                self._connections.give_back(claim)

        def ready() -> None:
            self._attempt(errand, attempt, done)

        claim = self._connections.take(errand.pending.service, attempt.limits, attempt.deadline, ready, late)

    def _attempt(self, errand: ScriptedCall, attempt: Attempt, done: Callable[[], None]) -> None:
        """Make one attempt: the answer comes ``after`` a while, or the time runs out before; ``done`` then."""
        now = self._timeline.now
        scripted = errand.answer = self.script.answer(errand.name, errand.asked, errand.otherwise)
        due = now + to_milliseconds(scripted.after)
        entry = self._record(errand, attempt.number)
        if scripted.fault == "timeout" or due > attempt.deadline:
            answer, due = AttemptResult(error=TIMED_OUT), attempt.deadline
        elif scripted.fault is not None:
            answer = AttemptResult(error=_FAULTS[scripted.fault])
        else:
            retry_after = _header(scripted.headers, "retry-after")
            wait = read_retry_after(retry_after, datetime.fromtimestamp(due / 1000, UTC)) if retry_after else None
            answer = AttemptResult(scripted.status, retry_after=wait)

        def record_attempt() -> None:
            entry["status"] = answer.status
            if answer.error is not None:
                entry["error"] = answer.error
            done()
            self._follow(errand, errand.pending.record_attempt(answer, self._timeline.now))

        self._timeline.schedule(due, RESULTS, record_attempt)

    def _record(self, errand: ScriptedCall, number: int) -> dict[str, Any]:
        """The line of an attempt in the outcome; messages are listed apart."""
        if errand.request is None:
            return {}
        request = errand.request
        entry = {
            "at": print_instant(self._timeline.now),
            "name": errand.name,
            "attempt": number,
            "method": request.method,
            "url": request.url,
            "headers": dict(request.headers),
            "body": None if request.content is None else json.loads(request.content),
            "status": None,
            **errand.label,
        }
        self.calls.append(entry)
        return entry


def _request(action: CustomAction, effect: CallAction) -> HttpRequest:
    """What an action sends; a Campaign Classic event is shown as its payload."""
    if action.type == "campaign_classic":
        push_event(effect.body, "")
        headers = json_headers(effect.idempotency_key)
        return HttpRequest("POST", SIMULATED_URL, headers, json_content(effect.body))
    return action_request(action, effect.url_path, effect.headers, effect.query, effect.body, effect.idempotency_key)


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _typed(error: str | None, fields: tuple[Field, ...], body: Any) -> tuple[str | None, dict[str, Any] | None]:
    """The fields of a successful answer, or the error it is."""
    if error is not None:
        return error, None
    try:
        return None, read_fields(fields, {} if body is None else body)
    except ResponseFormatError:
        return MALFORMED, None


def _deployed(guards: ScenarioGuardrails) -> tuple[dict[str, CappingRule], dict[str, ThrottlingRule]]:
    try:
        capping = {f"capping-{index}": read_capping(rule)[0] for index, rule in enumerate(guards.capping)}
        throttling = {f"throttling-{index}": read_throttling(rule) for index, rule in enumerate(guards.throttling)}
    except GuardrailError as error:
        raise ScenarioError("scenario_guardrail", "$.guardrails", message=str(error)) from None
    if (campaign := capping_rule(SIMULATED_URL, CAP)) is not None:
        capping[PROVIDER_NAME] = campaign
    return capping, throttling
