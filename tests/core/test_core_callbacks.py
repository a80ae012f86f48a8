"""A call waits for its callback: in time, too early, too late, never."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from engine.activities.custom_action import call_action, keep_response
from engine.core.advance import Entered, advance, awaited_callback, enter
from engine.core.effect import CallAction, SetTimer, StepEvent
from engine.core.handlers import CallbackHandler, TaskHandler, awaits_callback
from engine.core.instance import FAILED, FINISHED, Instance
from engine.core.program import Program, ProgramNode
from engine.core.program_compiler import compile_program
from engine.core.routing import EntryRecord
from engine.core.step_context import StepContext
from engine.core.stimulus import ActionDone, CallbackArrived, EventArrived, Stimulus, TimerDue
from tests.helpers.journey_builders import activity, entry, journey, notify

T0 = 1_773_129_600_000
LIMIT = 60_000
FILE = journey(
    [entry(), notify("a", on_error=True), activity("w", "wait.duration", duration="PT1H")],
    ["in>a", "a>w"],
)


def receive(context: StepContext, node: ProgramNode, payload: Any) -> str:
    context.instance.events = {**context.instance.events, "answer": {"value": payload}}
    return ""


def program(limit: int | None = LIMIT) -> Program:
    """Return the journey with an action that waits for its callback."""
    compiled = compile_program(FILE.journey, FILE)
    handler = TaskHandler(
        run=lambda context, node: call_action(context, node, "X-Callback"),
        complete=keep_response,
        callback=CallbackHandler(timeout_ms=lambda _settings: limit, receive=receive),
    )
    node = replace(compiled.nodes["a"], handler=handler, due_path="timeout")
    return replace(compiled, nodes={**compiled.nodes, "a": node})


def started(made: Program, **record: Any) -> tuple[Instance, int]:
    """Return a person whose call is under way, and the call's number."""
    arrival = EventArrived("Enter", {"id": "p1"}, "e1", T0)
    entered = enter(made, EntryRecord("i1", "person", "p1", **record), arrival, T0, 7)
    assert isinstance(entered, Entered)
    call = next(effect for effect in entered.effects if isinstance(effect, CallAction))
    assert call.callback_header == "X-Callback"
    return entered.instance, call.call


def send(made: Program, instance: Instance, *stimuli: Stimulus) -> tuple[Instance, list[Any]]:
    """Return the instance after some stimuli, by way of its stored form, and the effects of the last."""
    effects: list[Any] = []
    for stimulus in stimuli:
        instance, effects = advance(made, Instance.load(instance.dump()), stimulus, T0)
    return instance, effects


def test_callback_lets_the_person_go_on() -> None:
    made = program()
    instance, call = started(made)
    assert awaited_callback(made, instance) == ("a", call)
    instance, effects = send(made, instance, ActionDone(call, 200, {"ok": True}, elapsed_ms=7, attempts=2))
    timer = next(effect for effect in effects if isinstance(effect, SetTimer))
    assert timer.due == T0 + LIMIT
    assert awaited_callback(made, instance) == ("a", call)
    instance, effects = send(made, instance, CallbackArrived(call, {"yes": 1}))
    step = next(effect for effect in effects if isinstance(effect, StepEvent))
    assert (step.node, step.to, step.path) == ("a", "", "")
    assert (step.action_name, step.action_execution_time, step.action_attempts) == ("Notify", 7, 2)
    assert instance.events["answer"] == {"value": {"yes": 1}}
    assert instance.waiting is not None
    assert instance.waiting.members == ("w",)
    assert awaited_callback(made, instance) is None


def test_callback_counts_once() -> None:
    made = program()
    instance, call = started(made)
    instance, _ = send(made, instance, ActionDone(call), CallbackArrived(call, 1))
    again, effects = send(made, instance, CallbackArrived(call, 2))
    assert again == instance
    assert not effects


def test_callback_before_the_answer_counts() -> None:
    made = program()
    instance, call = started(made)
    instance, effects = send(made, instance, CallbackArrived(call, 1))
    assert not effects
    assert awaited_callback(made, instance) is None
    instance, _ = send(made, instance, ActionDone(call))
    assert instance.events["answer"] == {"value": 1}
    assert not instance.callbacks
    assert instance.waiting is not None
    assert instance.waiting.members == ("w",)


def test_failed_call_takes_the_error_path() -> None:
    made = program()
    instance, call = started(made)
    instance, effects = send(made, instance, CallbackArrived(call, 1), ActionDone(call, error="503"))
    step = next(effect for effect in effects if isinstance(effect, StepEvent))
    assert (step.path, step.error) == ("error", "503")
    assert instance.status == FINISHED
    assert not instance.callbacks


def test_timeout_takes_its_path() -> None:
    made = program()
    instance, call = started(made)
    instance, effects = send(made, instance, ActionDone(call))
    timer = next(effect for effect in effects if isinstance(effect, SetTimer))
    instance, effects = send(made, instance, TimerDue(timer.timer))
    step = next(effect for effect in effects if isinstance(effect, StepEvent))
    assert (step.path, step.action_name) == ("timeout", "Notify")
    late, effects = send(made, instance, CallbackArrived(call, 1))
    assert late == instance
    assert not effects


def test_test_mode_shortens_the_wait() -> None:
    made = program()
    instance, call = started(made, state="test", test_profile=True)
    _, effects = send(made, instance, ActionDone(call))
    assert next(effect for effect in effects if isinstance(effect, SetTimer)).due == T0 + 10_000


def test_wait_without_limit_sets_no_timer() -> None:
    made = program(limit=None)
    instance, call = started(made)
    instance, effects = send(made, instance, ActionDone(call))
    assert not any(isinstance(effect, SetTimer) for effect in effects)
    assert instance.waiting is not None


@pytest.mark.parametrize("stranger", [0, 99])
def test_callback_of_another_call_changes_nothing(stranger: int) -> None:
    made = program()
    instance, call = started(made)
    for state in (instance, send(made, instance, ActionDone(call))[0]):
        after, effects = send(made, state, CallbackArrived(stranger, 1))
        assert after == state
        assert not effects


def test_plain_action_awaits_no_callback() -> None:
    plain = compile_program(FILE.journey, FILE)
    arrival = EventArrived("Enter", {"id": "p1"}, "e1", T0)
    entered = enter(plain, EntryRecord("i1", "person", "p1"), arrival, T0, 7)
    assert isinstance(entered, Entered)
    assert awaited_callback(plain, entered.instance) is None
    assert not any(awaits_callback(one) for one in FILE.journey.activities)


def test_failed_instance_awaits_no_callback() -> None:
    made = program()
    node = replace(made.nodes["a"], on_error=False)
    made = replace(made, nodes={**made.nodes, "a": node})
    instance, call = started(made)
    instance, _ = send(made, instance, ActionDone(call, error="503"))
    assert instance.status == FAILED
    assert awaited_callback(made, instance) is None
