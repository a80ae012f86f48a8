"""The scripted outside world of a simulation: calls go through the very same policy, on the virtual clock.

Answers are tried from the top: the first whose ``when`` is contained in what was asked, and that has not served
``times`` times; one with a ``share`` is drawn for each request. An action that nothing answers succeeds with an empty
object; a source cannot be reached.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b

from engine.core.effect import Call as CallEffect
from engine.core.effect import CallAction, Fetch, SendMessage
from engine.core.program import to_milliseconds
from engine.core.stimulus import ActionDone, FetchDone
from engine.effects.campaign_classic import CAP, PROVIDER_NAME, SIMULATED_URL, push_event
from engine.effects.gateways import json_headers
from engine.effects.http import HttpRequest
from engine.effects.policy import (
    CONNECTION,
    EVALUATION,
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
from engine.effects.providers import capping_rule
from engine.effects.requests import ResponseFormatError, action_request, json_content, read_fields, source_request
from engine.json_types import JsonDict, JsonObject
from engine.model.action import CustomAction
from engine.model.channel import render
from engine.model.definitions import Definitions
from engine.model.fields import Field
from engine.model.guardrail import (
    CappingRule,
    GuardrailError,
    ThrottlingRule,
    read_capping,
    read_throttling,
)
from engine.ports import OutboxMessage
from engine.simulation.scenario import ScenarioError, ScenarioGuardrails, ScriptedAnswer, print_instant
from engine.simulation.timeline import RESULTS, ConnectionLimits, ConnectionRequest, Timeline

_FAULTS = {"refused": CONNECTION, "timeout": TIMED_OUT, "malformed": MALFORMED}
_EMPTY = ScriptedAnswer(status=200, body={})
_NOBODY = ScriptedAnswer(fault="refused")


def is_part_of(whole: object, part: object) -> bool:
    """Whether every key of ``part`` is in ``whole`` with a value that contains its value; others must be equal."""
    if isinstance(part, Mapping):
        return isinstance(whole, Mapping) and all(key in whole and is_part_of(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return isinstance(whole, list) and len(whole) == len(part) and all(map(is_part_of, whole, part))
    return (type(part) is type(whole) and bool(part == whole)) or (_number(part) and _number(whole) and part == whole)


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


class AnswerScript:
    """The answers of a script, and how often each was given."""

    def __init__(self, answers: Mapping[str, tuple[ScriptedAnswer, ...]]) -> None:
        self._answers = answers
        self._served: dict[tuple[str, int], int] = {}

    def has_answers(self, name: str) -> bool:
        """Whether there is anything written for this name."""
        return name in self._answers

    def answer(self, name: str, asked: object, otherwise: ScriptedAnswer, request: str = "") -> ScriptedAnswer:
        """Return the next answer of ``name``, and count it; ``request`` tells one request from all others."""
        drawn, shares = -1.0, 0.0
        for index, answer in enumerate(self._answers.get(name, ())):
            served = self._served.get((name, index), 0)
            left = answer.times is None or served < answer.times
            if answer.share is not None:
                drawn = _drawn(f"{name}\n{request}") if drawn < 0 else drawn
                shares += answer.share
                left = left and drawn < shares
            if left and (answer.when is None or is_part_of(asked, answer.when)):
                self._served[name, index] = served + 1
                return answer
        return otherwise


def _drawn(text: str) -> float:
    """Return a number from 0 to 1 that is the same for the same text."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) / 2**64


Finish = Callable[[FetchDone | ActionDone, OutboxMessage | None], None]
"""Takes the result of a call, and the message that it sent."""


@dataclass(slots=True)
class ScriptedCall:
    """One call on its way: what it is, who asked, and what to do with the outcome and the last answer."""

    name: str
    request: HttpRequest | None
    asked: object
    otherwise: ScriptedAnswer
    pending: PendingCall
    label: JsonObject
    finish: Callable[[CallOutcome, object], None]
    key: str
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
        self._script = AnswerScript(answers)
        self.calls: list[JsonDict] = []

    def perform(self, effect: CallEffect, label: JsonObject, finish: Finish) -> None:
        """Start a call; ``finish`` gets its result at its time. ``label`` goes into the record of the call."""
        if isinstance(effect, Fetch):
            self._fetch(effect, label, finish)
        elif isinstance(effect, CallAction):
            self._call(effect, label, finish)
        else:
            self._send(effect, finish)

    def _fetch(self, effect: Fetch, label: JsonObject, finish: Finish) -> None:
        """Ask a source; its answer must have the field group's fields."""
        source, group = self._groups[effect.source, effect.group]
        started = self._timeline.now

        def done(outcome: CallOutcome, body: object) -> None:
            error, fields = _typed(outcome.error, group.fields, body)
            elapsed = self._timeline.now - started
            finish(FetchDone(effect.call, fields, error, elapsed, origin_code=outcome.origin or ""), None)

        request = source_request(source, group, effect.parameters, effect.idempotency_key)
        name = f"{source.name}.{group.name}"
        pending = PendingCall("dataSource", group.method, request.url, source.name, effect.timeout_ms)
        self._proceed(
            ScriptedCall(name, request, effect.parameters, _NOBODY, pending, label, done, effect.idempotency_key)
        )

    def _call(self, effect: CallAction, label: JsonObject, finish: Finish) -> None:
        """Call an action; its answer is kept for later expressions."""
        action = self._definitions.action[effect.action]
        started = self._timeline.now

        def done(outcome: CallOutcome, body: object) -> None:
            error, fields = _typed(outcome.error, action.response, body) if action.response else (outcome.error, body)
            elapsed, origin = self._timeline.now - started, outcome.origin or ""
            response = fields if error is None else None
            result = ActionDone(
                effect.call, outcome.status, response, error, elapsed, attempts=outcome.attempts, origin_code=origin
            )
            finish(result, None)

        try:
            request = _request(action, effect)
        except ValueError:
            self._later(lambda: finish(ActionDone(effect.call, error=EVALUATION, attempts=0), None))
            return
        pending = PendingCall("action", request.method, request.url, action.name, effect.timeout_ms)
        self._proceed(
            ScriptedCall(action.name, request, effect.body, _EMPTY, pending, label, done, effect.idempotency_key)
        )

    def _send(self, effect: SendMessage, finish: Finish) -> None:
        """Deliver a message; it succeeds at once unless the script has an answer for its template or channel."""
        name = next(filter(self._script.has_answers, (effect.template, effect.channel)), effect.template)
        try:
            texts = render(self._definitions.template[effect.template], effect.variables)
        except ValueError:
            self._later(lambda: finish(ActionDone(effect.call, error=EVALUATION, attempts=0), None))
            return
        key = effect.idempotency_key
        message = OutboxMessage(key, effect.channel, effect.address, texts.subject, texts.body, texts.html)

        def done(outcome: CallOutcome, _body: object) -> None:
            sent = message if outcome.error is None else None
            identifier = key if sent is not None else None
            result = ActionDone(effect.call, outcome.status, None, outcome.error, 0, identifier, outcome.attempts)
            finish(result, sent)

        pending = PendingCall("action", "POST", "", name, effect.timeout_ms)
        self._proceed(
            ScriptedCall(name, None, dict(effect.variables), _EMPTY, pending, {}, done, effect.idempotency_key)
        )

    def _later(self, action: Callable[[], None]) -> None:
        self._timeline.schedule(self._timeline.now, RESULTS, action)

    def _proceed(self, call: ScriptedCall) -> None:
        self._follow(call, call.pending.proceed(self._guard, self._timeline.now))

    def _follow(self, call: ScriptedCall, step: Pause | Attempt | CallOutcome) -> None:
        if isinstance(step, Pause):
            self._timeline.schedule(step.until, RESULTS, lambda: self._proceed(call))
        elif isinstance(step, Attempt):
            self._connect(call, step)
        else:
            body = call.answer.body if call.answer is not None else None
            self._later(lambda: call.finish(step, body))

    def _connect(self, call: ScriptedCall, attempt: Attempt) -> None:
        """Make the attempt once there are connections for it; without one in time it is timed out."""

        def late() -> None:
            self._follow(call, call.pending.record_attempt(AttemptResult(error=TIMED_OUT), self._timeline.now))

        claim: ConnectionRequest | None = None

        def done() -> None:
            if claim is not None:
                self._connections.give_back(claim)

        def ready() -> None:
            self._attempt(call, attempt, done)

        claim = self._connections.take(call.pending.service, attempt.limits, attempt.deadline, ready, late)

    def _attempt(self, call: ScriptedCall, attempt: Attempt, done: Callable[[], None]) -> None:
        """Make one attempt: the answer comes ``after`` a while, or the time runs out before; ``done`` then."""
        now = self._timeline.now
        scripted = call.answer = self._script.answer(
            call.name, call.asked, call.otherwise, f"{call.key} {attempt.number}"
        )
        due = now + to_milliseconds(scripted.after)
        entry = self._record(call, attempt.number)
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
            self._follow(call, call.pending.record_attempt(answer, self._timeline.now))

        self._timeline.schedule(due, RESULTS, record_attempt)

    def _record(self, call: ScriptedCall, number: int) -> JsonDict:
        """Record an attempt for the outcome; messages are listed apart."""
        if call.request is None:
            return {}
        request = call.request
        entry = {
            "at": print_instant(self._timeline.now),
            "name": call.name,
            "attempt": number,
            "method": request.method,
            "url": request.url,
            "headers": dict(request.headers),
            "body": None if request.content is None else json.loads(request.content),
            "status": None,
            **call.label,
        }
        self.calls.append(entry)
        return entry


def _request(action: CustomAction, effect: CallAction) -> HttpRequest:
    """Build the request of an action; a Campaign Classic event is shown as its payload."""
    if action.type == "campaign_classic":
        push_event(effect.body, "")
        headers = json_headers(effect.idempotency_key)
        return HttpRequest("POST", SIMULATED_URL, headers, json_content(effect.body))
    return action_request(action, effect.url_path, effect.headers, effect.query, effect.body, effect.idempotency_key)


def _header(headers: Mapping[str, str], name: str) -> str | None:
    return next((value for key, value in headers.items() if key.lower() == name), None)


def _typed(error: str | None, fields: tuple[Field, ...], body: object) -> tuple[str | None, JsonDict | None]:
    """Read the fields of a successful answer; return (error, fields)."""
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
