"""The core by itself: stale and doubled stimuli, resuming, stored instances, properties, purity (runtime.md)."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from engine.core import stimulus as stimuli
from engine.core.advance import Discarded, Entered, advance, enter
from engine.core.effect import (
    CallAction,
    CancelTimer,
    Effect,
    Fetch,
    InstanceEnded,
    ReleaseArrival,
    SetTimer,
    StepEvent,
)
from engine.core.instance import FORMAT, Instance
from engine.core.metrics import Metrics
from engine.core.program import Program
from engine.core.program_compiler import compile_program
from engine.core.routing import EntryRecord, Route, route
from engine.core.stimulus import ActionDone, EventArrived, FetchDone, Stimulus, TimerDue
from engine.errors import SojournError
from engine.model.journey_file import JourneyFile
from tests.helpers.journey_builders import activity, entry, journey, notify

T0 = 1_773_129_600_000


@dataclass
class Walk:
    """An instance driven by hand."""

    program: Program
    instance: Instance
    effects: list[Effect]
    steps: list[StepEvent] = field(default_factory=list)

    @classmethod
    def start(cls, file: JourneyFile, payload: dict[str, Any] | None = None, **record: Any) -> Walk:
        program = compile_program(file.journey, file)
        arrival = EventArrived("Enter", payload or {"id": "p1"}, "e1", T0)
        entered = enter(program, EntryRecord("i1", "person", "p1", **record), arrival, T0, 7)
        assert isinstance(entered, Entered)
        walk = cls(program, entered.instance, [])
        walk._note(entered.effects)
        return walk

    def send(self, stimulus: Stimulus, now: int = T0) -> Walk:
        before = self.instance.dump()
        instance, effects = advance(self.program, self.instance, stimulus, now)
        again = advance(self.program, Instance.load(before), copy.deepcopy(stimulus), now)
        assert self.instance.dump() == before
        assert (instance.dump(), effects) == (again[0].dump(), again[1])
        self.instance = instance
        self._note(effects)
        return self

    def _note(self, effects: list[Effect]) -> None:
        self.effects = [effect for effect in effects if not isinstance(effect, StepEvent)]
        self.steps += [effect for effect in effects if isinstance(effect, StepEvent)]

    @property
    def call(self) -> int:
        return next(one.call for one in self.effects if isinstance(one, CallAction | Fetch))


def count(steps: list[StepEvent]) -> Metrics:
    """The metrics of these step events."""
    metrics = Metrics()
    for step in steps:
        metrics.add(step)
    return metrics


CALLING = journey([entry(), notify("a"), activity("w", "wait.duration", duration="PT1H")], ["in>a", "a>w"])
FETCHING = journey(
    [
        entry(),
        activity(
            "c",
            "condition.data_source",
            paths=[{"id": "s", "expression": "#{Hotel.Stay.reservation, params: {id: @{Enter.id}}}"}],
        ),
    ],
    ["in>c"],
)


def test_unexpected_answers_are_ignored() -> None:
    walk = Walk.start(CALLING)
    call = walk.call
    stale: list[Stimulus] = [
        ActionDone(call + 1, 200),
        ActionDone(0, 200),
        FetchDone(call, {}),
        TimerDue(call),
        stimuli.PassageCounted(0, 1),
        stimuli.ReactionArrived("nothing", "opened"),
        stimuli.Resume(),
    ]
    for stimulus in stale:
        before = walk.instance.dump()
        assert walk.send(stimulus).effects == []
        assert walk.instance.dump() == before
    walk.send(ActionDone(call, 200))
    (timer,) = [one for one in walk.effects if isinstance(one, SetTimer)]
    assert walk.send(ActionDone(call, 200)).effects == []
    assert timer.due == T0 + 3_600_000
    walk.send(TimerDue(timer.timer), timer.due)
    assert walk.instance.status == "finished"
    for stimulus in (TimerDue(timer.timer), stimuli.Stop(), stimuli.Expire(), EventArrived("Visit", {})):
        assert walk.send(stimulus).effects == []


def test_stored_instance_continues() -> None:
    walk = Walk.start(FETCHING)
    stored = walk.instance.dump()
    assert len(stored) < 400
    assert Instance.load(stored) == walk.instance
    assert pickle.loads(pickle.dumps(walk.instance)) == walk.instance
    walk.instance = Instance.load(stored)
    walk.send(FetchDone(walk.call, {"reservation": True}, elapsed_ms=20), T0 + 20)
    assert [step.path for step in walk.steps] == ["", "s"]
    assert (walk.steps[1].fetch_count, walk.steps[1].fetch_time, walk.steps[1].processing_time) == (1, 20, 20)


def test_newer_format_is_refused_by_name() -> None:
    walk = Walk.start(CALLING)
    fields = msgspec.msgpack.decode(walk.instance.dump())
    newer = msgspec.msgpack.encode([FORMAT + 1, *fields[1:]])
    with pytest.raises(SojournError) as refused:
        Instance.load(newer)
    assert refused.value.code == "instance_newer"


def test_step_events_are_numbered_and_linked() -> None:
    walk = Walk.start(CALLING, entrances=2)
    walk.send(ActionDone(walk.call, 200, {"ticket": "t"}, elapsed_ms=30, attempts=2), T0 + 30)
    first, second = walk.steps
    assert (first.id, first.entrance, first.reentrance, first.parent) == ("i1-3-1", True, True, "")
    assert (first.event_name, first.event_id, first.to) == ("Enter", "e1", "a")
    assert (second.parent, second.action_name, second.action_type) == (first.id, "Notify", "action")
    assert (second.action_execution_time, second.action_attempts, second.status) == (30, 2, "transitions")
    assert (second.transition, second.to, second.person) == ("a", "", "person")
    assert len({step.id for step in walk.steps}) == 2


@pytest.mark.parametrize(("error", "status"), [("capped", "capped"), ("timedOut", "timedout"), ("503", "error")])
def test_failed_step_can_be_resumed(error: str, status: str) -> None:
    walk = Walk.start(CALLING)
    call = walk.call
    walk.send(ActionDone(call, 503, error=error, origin_error="text", origin_code="503"))
    assert walk.effects == [InstanceEnded("error")]
    failed = walk.steps[-1]
    assert (failed.status, failed.error, failed.action_error_code) == (status, error, error)
    assert (failed.action_error, failed.action_origin_code, failed.end) == ("text", "503", "error")
    metrics = count(walk.steps)
    assert (metrics.failed, metrics.current, metrics.errors) == (1, 0, 1)
    walk.send(stimuli.Resume(), T0 + 1000)
    assert walk.instance.status == "running"
    assert walk.call != call
    metrics = count(walk.steps)
    assert (metrics.failed, metrics.current, metrics.errors, metrics.entered) == (0, 1, 1, 1)
    walk.send(ActionDone(walk.call, 200), T0 + 2000)
    assert walk.instance.waiting is not None


def test_no_resuming_after_global_timeout_or_stop() -> None:
    walk = Walk.start(CALLING)
    walk.send(ActionDone(walk.call, error="capped"))
    assert walk.send(stimuli.Resume(), walk.instance.expires_at).effects == []
    stopped = Walk.start(CALLING).send(stimuli.Stop())
    assert stopped.send(stimuli.Resume()).effects == []


def test_failed_fetch_reports_cause() -> None:
    walk = Walk.start(FETCHING)
    walk.send(FetchDone(walk.call, None, "timedOut", 30_000, "too slow", "503"), T0 + 30_000)
    step = walk.steps[-1]
    assert (step.fetch_error_code, step.fetch_error, step.fetch_origin_code) == ("timedOut", "too slow", "503")
    assert (step.fetch_group_in_error, step.status) == ("Hotel.Stay", "timedout")
    assert walk.instance.fetch_error == "timedOut"
    assert walk.send(stimuli.Resume(), T0 + 31_000).call


def test_group_that_failed_is_resumed_as_group() -> None:
    wait = activity("w", "wait.custom", until='toDateTimeOnly(#{Hotel.Bill.total, params: {id: "x"}} + "")')
    file = journey([entry(), activity("v", "event", event="Visit"), wait], ["in>v", "in>w"])
    walk = Walk.start(file)
    walk.send(FetchDone(walk.call, {"total": 1.0}))
    assert (walk.instance.status, walk.steps[-1].node) == ("error", "w")
    walk.send(stimuli.Resume())
    walk.send(FetchDone(walk.call, None, "connection"))
    assert walk.steps[-1].fetch_error_code == "connection"


def test_failed_fetch_belongs_to_requesting_group_member() -> None:
    def until(group: str) -> str:
        return (
            f'toDateTimeOnly(#{{Hotel.{group}.{"total" if group == "Bill" else "nights"}, params: {{id: "x"}}}} + "")'
        )

    waits = [activity(name, "wait.custom", 1, n, until=until(name)) for n, name in enumerate(("Stay", "Bill"))]
    walk = Walk.start(
        journey([entry(), activity("v", "event", 1, -1, event="Visit"), *waits], ["in>v", "in>Stay", "in>Bill"])
    )
    for wanted in ("Stay", "Bill", "Stay"):
        asked = {effect.activity: effect.call for effect in walk.effects if isinstance(effect, Fetch)}
        assert list(asked) == ["Stay", "Bill"]
        walk.send(FetchDone(asked[wanted], None, "404"))
        step = walk.steps[-1]
        assert (step.node, step.fetch_group_in_error, walk.instance.error_node) == (wanted, f"Hotel.{wanted}", wanted)
        walk.send(stimuli.Resume())


def test_held_events_are_released_at_end() -> None:
    walk = Walk.start(CALLING)
    visit = EventArrived("Visit", {"id": "p1"})
    assert walk.send(visit).effects == []
    walk.send(stimuli.Stop())
    assert walk.effects == [InstanceEnded("stopped"), ReleaseArrival(visit)]
    assert walk.steps[-1].status == "ended"
    again = Walk.start(CALLING).send(visit)
    assert again.send(stimuli.Expire()).effects == [InstanceEnded("timed_out"), ReleaseArrival(visit)]
    assert again.steps[-1].status == "instanceTimedout"


def test_stop_cancels_timer() -> None:
    walk = Walk.start(CALLING)
    walk.send(ActionDone(walk.call, 200))
    timer = walk.instance.waiting.timer if walk.instance.waiting else 0
    assert walk.send(stimuli.Stop()).effects == [CancelTimer(timer), InstanceEnded("stopped")]


def test_reactions_are_recorded_once_per_own_message() -> None:
    file = journey(
        [
            entry(),
            activity("m", "push", template="Ping", address='"t"'),
            activity("w", "wait.duration", duration="P1D"),
        ],
        ["in>m", "m>w"],
    )
    walk = Walk.start(file)
    walk.send(ActionDone(2, 200, message_id="m1"))
    for kind in ("opened", "opened", "clicked"):
        walk.send(stimuli.ReactionArrived("m1", kind))
    walk.send(stimuli.ReactionArrived("m2", "opened"))
    assert walk.instance.reactions == {"m1": ("opened", "clicked")}
    assert (walk.steps[-1].message_id, walk.steps[-1].channel) == ("m1", "push")
    silent = Walk.start(file).send(ActionDone(2, 200))
    assert silent.instance.messages == {}


def test_routing_lists_used_names() -> None:
    walk = Walk.start(CALLING)
    program, other = walk.program, compile_program(journey([entry("Visit")], []).journey, journey([entry("Visit")], []))
    entering, visit = EventArrived("Enter", {}), EventArrived("Visit", {})
    assert route(None, program, entering) is Route.ENTER
    assert route(None, program, visit) is Route.UNUSED
    assert route((program, walk.instance), program, entering) is Route.ADVANCE
    assert route((program, walk.instance), program, visit) is Route.UNUSED
    assert route((program, walk.instance), other, visit) is Route.ADVANCE
    walk.send(ActionDone(walk.call, 200))
    assert route((program, walk.instance), program, entering) is Route.ENTER
    assert route((program, walk.instance), other, entering) is Route.NOT_WAITING
    ended = walk.send(stimuli.Stop()).instance
    assert route((program, ended), program, entering) is Route.ENTER
    silver = stimuli.SegmentChanged("silver", "enter")
    assert route(None, program, silver) is Route.UNUSED


def test_refused_entrance_gives_reason() -> None:
    program = compile_program(CALLING.journey, CALLING)
    record = EntryRecord("i", "x", "p", present=True)
    assert enter(program, record, EventArrived("Enter", {}), T0, 1) == Discarded("already_in_journey")


PROPERTIES = {
    "journeyUID": "J",
    "journeyVersionUID": "J:1",
    "journeyVersionName": "J",
    "journeyVersionDescription": "",
    "journeyVersion": "1",
    "instanceUID": "i1",
    "externalKey": "p1",
    "organizationId": "sojourn",
    "sandboxName": "prod",
    "profileId": "p1",
    "namespace": "CRMID",
    "currentNodeId": "n",
    "currentNodeName": "Tell",
    "previousNodeId": "a",
    "previousNodeName": "a",
    "lastNodeUIDInError": "a",
    "lastNodeNameInError": "a",
    "lastNodeTypeInError": "action",
    "lastErrorCode": "404",
    "lastExecutedActionErrorCode": "404",
    "lastDataFetchErrorCode": None,
}


@pytest.mark.parametrize("name", PROPERTIES)
def test_journey_properties(name: str) -> None:
    text = f"#{{JourneyProperties.{name}}}"
    file = journey([entry(), notify("a", on_error=True), notify("n", text=text, label="Tell")], ["in>a", "a:error>n"])
    walk = Walk.start(file)
    walk.send(ActionDone(walk.call, 404, error="404", elapsed_ms=12))
    (call,) = [one for one in walk.effects if isinstance(one, CallAction)]
    assert call.body["text"] == PROPERTIES[name]


def test_without_namespace_key_is_no_profile() -> None:
    text = '#{JourneyProperties.externalKey} + "|" + #{JourneyProperties.profileId} + #{JourneyProperties.namespace}'
    file = journey([entry(), notify("n", text=text)], ["in>n"], namespace=None)
    (call,) = [one for one in Walk.start(file).effects if isinstance(one, CallAction)]
    assert call.body["text"] == "p1|"


def test_numeric_and_unknown_journey_properties() -> None:
    elapsed = '"" + #{JourneyProperties.lastActionExecutionElapsedTime} + #{JourneyProperties.lastDataFetchElapsedTime}'
    unknown = '#{JourneyProperties.lastNodeNameInError} + #{JourneyProperties.lastNodeTypeInError} + "!"'
    file = journey([entry(), notify("a", text=unknown), notify("n", text=elapsed)], ["in>a", "a>n"])
    walk = Walk.start(file)
    texts = [one.body["text"] for one in walk.effects if isinstance(one, CallAction)]
    walk.send(ActionDone(walk.call, 200, elapsed_ms=12))
    texts += [one.body["text"] for one in walk.effects if isinstance(one, CallAction)]
    assert texts == ["!", "12"]


def test_random_draws_repeat_after_waiting_for_data() -> None:
    parameters = {"To": "toString(random())", "Text": 'toString(random()) + #{Hotel.Stay.nights, params: {id: "x"}}'}
    file = journey([entry(), activity("a", "action", action="Notify", parameters=parameters)], ["in>a"])
    walk = Walk.start(file)
    assert walk.instance.draws == 0
    walk.send(FetchDone(walk.call, {"nights": 3}))
    assert walk.instance.draws == 2
    (call,) = [one for one in walk.effects if isinstance(one, CallAction)]
    plain = Walk.start(journey([entry(), activity("a", "action", action="Notify", parameters={
        "To": "toString(random())", "Text": "toString(random())"})], ["in>a"]))  # fmt: skip
    (same,) = [one for one in plain.effects if isinstance(one, CallAction)]
    assert (call.body["to"], call.body["text"]) == (same.body["to"], same.body["text"] + "3")


def test_only_test_instance_keeps_fetched_data() -> None:
    paths = [{"id": "yes", "expression": "#{Hotel.Stay.reservation, params: {id: @{Enter.id}}}"}]
    file = journey([entry(), activity("c", "condition.data_source", paths=paths)], ["in>c"])
    tested: dict[str, Any] = {"state": "test", "test_profile": True}
    for record, kept in ((tested, [{"reservation": True}]), ({}, [])):
        walk = Walk.start(file, None, **record)
        (fetch,) = [effect for effect in walk.effects if isinstance(effect, Fetch)]
        walk.send(FetchDone(fetch.call, {"reservation": True}))
        assert list(walk.instance.enriched.values()) == kept
