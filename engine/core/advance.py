"""The whole meaning of a journey: ``advance`` and ``enter``, pure (runtime.md, One pure core).

Every runner drives these two. They read no clock, draw only the instance's own counted numbers and change nothing they
are given. A stimulus that nobody waits for leaves the instance as it was, with no effects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from engine.core import instance as states
from engine.core.calendar import first_valid_zone
from engine.core.effect import ENDED, INSTANCE_TIMED_OUT, TRANSITIONS, CancelTimer, Effect, SetTimer, StepEvent
from engine.core.handlers import CallbackHandler, TaskHandler, WaitHandler
from engine.core.instance import Instance, Step, Waiting
from engine.core.program import Program, ProgramNode
from engine.core.routing import TEST, EntryRecord, entry_refusal, taker
from engine.core.step_context import ActivityError, Need, ProfileReader, StepContext, copied, status_of
from engine.core.stimulus import (
    ActionDone,
    Arrival,
    CallbackArrived,
    EventArrived,
    Expire,
    FetchDone,
    PassageCounted,
    ReactionArrived,
    Resume,
    SegmentChanged,
    Stimulus,
    Stop,
    TimerDue,
)
from engine.expression.dates import from_epoch_milliseconds, print_date_time
from engine.model.activity import ERROR as ERROR_PATH
from engine.model.definitions import QUALIFICATION


class Entered(NamedTuple):
    """The person is in, and may have moved on already."""

    instance: Instance
    effects: list[Effect]


class Discarded(NamedTuple):
    """The arrival does not enter; ``reason`` is a code of runtime.md, such as ``closed`` or ``not_started``."""

    reason: str


def enter(
    program: Program, record: EntryRecord, arrival: Arrival, now: int, seed: int, store: ProfileReader | None = None
) -> Entered | Discarded:
    """Let the key of ``record`` in by the program's entry activity, which waits for ``arrival``; or say why not.

    ``store`` as in :func:`advance`.
    """
    reason = entry_refusal(record, program.reentrance, program.reentrance_wait_ms, now)
    if reason is not None:
        return Discarded(reason)
    context = StepContext(program, _new_instance(program, record, now, seed), now, store)
    event = _take(context, program.entry, "", now, arrival)
    event.entrance = True
    event.reentrance = record.entrances > 0
    _run(context)
    return Entered(context.instance, context.effects)


def _new_instance(program: Program, record: EntryRecord, now: int, seed: int) -> Instance:
    return Instance(
        format=states.FORMAT,
        id=record.instance,
        journey=program.journey,
        version=program.version,
        key=record.key,
        namespace=program.namespace,
        person=record.person,
        profile=record.profile,
        entrance=record.entrances + 1,
        entered_at=now,
        expires_at=now + program.global_timeout_ms,
        seed=seed,
        zone=first_valid_zone(record.time_zone if program.use_profile_zone else None, program.zone),
        in_test=record.state == TEST,
        test_wait_ms=max(record.test_wait_ms, program.min_test_wait_ms) if record.test_wait_ms else 0,
    )


def advance(
    program: Program, instance: Instance, stimulus: Stimulus, now: int, store: ProfileReader | None = None
) -> tuple[Instance, list[Effect]]:
    """Return the instance after the stimulus, and the effects for the runner to perform, in order.

    With a ``store`` the groups of the profile store are read within the step; without one they leave as effects.
    """
    context = StepContext(program, copied(instance), now, store)
    _STIMULUS_HANDLERS[type(stimulus)](context, stimulus)
    if context.instance.held:
        context.release()
    return context.instance, context.effects


def _on_arrival(context: StepContext, arrival: EventArrived | SegmentChanged) -> None:
    instance = context.instance
    if instance.step is not None:
        instance.held = (*instance.held, arrival)
        return
    node = taker(context.program, instance, arrival)
    if node is not None:
        _leave_group(context, node, "", arrival)


def _on_reaction(context: StepContext, reaction: ReactionArrived) -> None:
    instance = context.instance
    if instance.status != states.RUNNING or reaction.message not in instance.messages.values():
        return
    known = instance.reactions.get(reaction.message, ())
    if reaction.kind not in known:
        instance.reactions = {**instance.reactions, reaction.message: (*known, reaction.kind)}
    node = taker(context.program, instance, reaction)
    if node is not None:
        _leave_group(context, node, "")


def _on_timer(context: StepContext, stimulus: TimerDue) -> None:
    waiting = context.instance.waiting
    if waiting is None or waiting.timer != stimulus.timer:
        return
    node = context.program.nodes[waiting.timed]
    context.instance.waiting = replace(waiting, timer=0, due=0, timed="")
    _leave_group(context, node, node.due_path)


def _on_fetch(context: StepContext, done: FetchDone) -> None:
    step = context.step
    if done.call not in step.fetching:
        return
    fetching = dict(step.fetching)
    cache_key = fetching.pop(done.call)
    step.fetching = fetching
    context.keep_fetched(cache_key, done)
    if done.error is not None:
        context.instance.fetch_error = done.error
        step.node = step.askers.get(done.call, step.node)
        event = _fail(context, context.program.nodes[step.node], done.error)
        event.fetch_error_code = done.error
        event.fetch_error = done.origin_error
        event.fetch_origin_code = done.origin_code
        event.fetch_group_in_error = cache_key.partition("?")[0]
        _run(context)
    elif not fetching:
        _run(context)


def _on_action(context: StepContext, done: ActionDone | PassageCounted) -> None:
    step = context.step
    if step.call != done.call or not done.call:
        return
    node = context.program.nodes[step.node]
    assert isinstance(node.handler, TaskHandler)
    if isinstance(done, PassageCounted):
        _leave(context, node, step, node.handler.complete(context, node, done))
    else:
        context.instance.action_elapsed = done.elapsed_ms
        if done.error is not None:
            context.instance.action_error = done.error
            context.instance.callbacks = {}
            _describe_action(_fail(context, node, done.error), node, done)
        else:
            path = node.handler.complete(context, node, done)
            if node.handler.callback is not None:
                _await_callback(context, node, node.handler.callback, done)
            else:
                _describe_action(_leave(context, node, step, path), node, done)
    _run(context)


def _await_callback(context: StepContext, node: ProgramNode, callback: CallbackHandler, done: ActionDone) -> None:
    """Wait for the callback of an answered call, or take the one that arrived before the answer."""
    instance, step = context.instance, context.step
    instance.step = None
    waiting = Waiting((node.id,), step.arrived, fetch_count=step.fetch_count, fetch_time=step.fetch_time)
    waiting.call, waiting.answer = done.call, replace(done, response=None)
    instance.waiting = waiting
    if done.call in instance.callbacks:
        payload = instance.callbacks[done.call]
        instance.callbacks = {}
        _take(context, node, callback.receive(context, node, payload), step.arrived)
        return
    limit = callback.timeout_ms(node.settings)
    if limit is not None:
        waiting.timer = context.number()
        waiting.due = context.moment + instance.lasting(limit)
        waiting.timed = node.id
        context.effects.append(SetTimer(waiting.timer, waiting.due, node.rank))


def _on_callback(context: StepContext, arrived: CallbackArrived) -> None:
    instance, waiting = context.instance, context.instance.waiting
    if instance.step is not None and instance.step.call == arrived.call != 0:
        instance.callbacks = {**instance.callbacks, arrived.call: arrived.payload}
    elif waiting is not None and waiting.call == arrived.call != 0:
        node = context.program.nodes[waiting.members[0]]
        callback = _callback_of(node)
        assert callback is not None
        _leave_group(context, node, callback.receive(context, node, arrived.payload))


def _callback_of(node: ProgramNode) -> CallbackHandler | None:
    return node.handler.callback if isinstance(node.handler, TaskHandler) else None


def awaited_callback(program: Program, instance: Instance) -> tuple[str, int] | None:
    """Return the activity and the call whose callback an instance awaits; None when it awaits none."""
    step, waiting = instance.step, instance.waiting
    if waiting is not None and waiting.call:
        return waiting.members[0], waiting.call
    if step is None or not step.call or step.call in instance.callbacks:
        return None
    return (step.node, step.call) if _callback_of(program.nodes[step.node]) is not None else None


def _describe_action(event: StepEvent, node: ProgramNode, done: ActionDone) -> None:
    event.action_id = event.action_name = node.settings.action
    event.action_type = node.kind
    event.action_execution_time = done.elapsed_ms
    event.action_attempts = done.attempts
    if done.error is not None:
        event.action_error_code = done.error
        event.action_error = done.origin_error
        event.action_origin_code = done.origin_code
    if done.message_id is not None:
        event.message_id = done.message_id
        event.channel = node.kind


def _on_stop(context: StepContext, _stimulus: Stop) -> None:
    _cut_off(context, states.STOPPED, ENDED)


def _on_expire(context: StepContext, _stimulus: Expire) -> None:
    _cut_off(context, states.TIMED_OUT, INSTANCE_TIMED_OUT)


def _cut_off(context: StepContext, status: str, step_status: str) -> None:
    """End a running instance at its current activity."""
    instance = context.instance
    if instance.status != states.RUNNING:
        return
    waiting, step = instance.waiting, instance.step
    if waiting is not None:
        _cancel_timer(context, waiting)
        event = context.record(context.program.nodes[waiting.members[0]], waiting.arrived, step_status)
    else:
        assert step is not None
        event = context.record(context.program.nodes[step.node], step.arrived, step_status)
    context.end(status, event)


def _on_resume(context: StepContext, _stimulus: Resume) -> None:
    instance = context.instance
    if instance.status != states.FAILED or instance.failed is None or context.moment >= instance.expires_at:
        return
    failed = instance.failed
    instance.status = states.RUNNING
    instance.failed = None
    context.begin(Step(failed.node, context.moment, failed.group, 0, instance.draws))
    context.record(context.program.nodes[failed.node], context.moment, TRANSITIONS).resumed = True
    _run(context)


_STIMULUS_HANDLERS: Mapping[type, Callable[[StepContext, Any], None]] = {
    EventArrived: _on_arrival,
    SegmentChanged: _on_arrival,
    ReactionArrived: _on_reaction,
    TimerDue: _on_timer,
    FetchDone: _on_fetch,
    ActionDone: _on_action,
    PassageCounted: _on_action,
    CallbackArrived: _on_callback,
    Stop: _on_stop,
    Expire: _on_expire,
    Resume: _on_resume,
}
"""The handler of each kind of stimulus."""


def _run(context: StepContext) -> None:
    """Go on until an answer, an event or a time is awaited, or the instance is over."""
    instance = context.instance
    nodes = context.program.nodes
    while (step := instance.step) is not None:
        if step.group:
            if not _enter_group(context, step):
                return
            continue
        node = nodes[step.node]
        handler = node.handler
        assert isinstance(handler, TaskHandler)
        try:
            path = handler.run(context, node)
        except ActivityError as failure:
            _fail(context, node, failure.code)
            continue
        if path is None:
            if step.call or step.fetching:
                return
            continue
        _leave(context, node, step, path)


def _leave(context: StepContext, node: ProgramNode, step: Step, path: str) -> StepEvent:
    """Return the activity is done: go on by ``path``, or end where there is no such way."""
    event = context.move(node, step.arrived, path)
    event.processing_time = context.moment - step.arrived
    if step.fetch_count:
        event.fetch_count = step.fetch_count
        event.fetch_time = step.fetch_time
    if isinstance(node.handler, TaskHandler) and node.handler.draws:
        event.branch = path
    return event


def _fail(context: StepContext, node: ProgramNode, code: str) -> StepEvent:
    """Return the activity failed: take its error path, or stop in error, to be resumed by hand."""
    instance, step = context.instance, context.step
    instance.error_node = node.id
    instance.error_code = code
    if node.on_error:
        event = context.move(node, step.arrived, ERROR_PATH, code)
    else:
        event = context.record(node, step.arrived, status_of(code))
        event.error = code
        instance.failed = Step(step.node, step.arrived, step.group)
        context.end(states.FAILED, event)
    event.processing_time = context.moment - step.arrived
    event.fetch_count = step.fetch_count
    event.fetch_time = step.fetch_time
    return event


def _enter_group(context: StepContext, step: Step) -> bool:
    """Open a group of events, reactions and waits; True if one of them occurred at once."""
    instance = context.instance
    instance.draws = step.draws
    needs: list[Need] = []
    timed: tuple[int, ProgramNode] | None = None
    for member in step.group:
        node = context.program.nodes[member]
        assert isinstance(node.handler, WaitHandler)
        known = len(needs)
        try:
            due = node.handler.due(context, node, step.arrived, needs)
        except ActivityError as failure:
            step.node = node.id
            _fail(context, node, failure.code)
            return True
        for need in needs[known:]:
            need.asker = member
        if due is not None and (timed is None or due < timed[0]):
            timed = (due, node)
    if needs:
        context.fetch(needs)
        return not step.fetching
    return _open_group(context, step, timed)


def _open_group(context: StepContext, step: Step, timed: tuple[int, ProgramNode] | None) -> bool:
    instance = context.instance
    instance.step = None
    waiting = Waiting(step.group, step.arrived, fetch_count=step.fetch_count, fetch_time=step.fetch_time)
    instance.waiting = waiting
    for member in step.group:
        node = context.program.nodes[member]
        if isinstance(node.handler, WaitHandler) and node.handler.is_met(node, instance):
            _take(context, node, "", step.arrived)
            return True
    if timed is None:
        return False
    due, node = timed
    if due <= context.moment:
        _take(context, node, node.due_path, step.arrived)
        return True
    waiting.timer = context.number()
    waiting.due = due
    waiting.timed = node.id
    context.effects.append(SetTimer(waiting.timer, due, node.rank))
    return False


def _cancel_timer(context: StepContext, waiting: Waiting) -> None:
    if waiting.timer:
        context.effects.append(CancelTimer(waiting.timer))


def _leave_group(context: StepContext, node: ProgramNode, path: str, arrival: Arrival | None = None) -> None:
    """One member of the open group occurred: the others are cancelled, and the person goes on."""
    waiting = context.instance.waiting
    assert waiting is not None
    _cancel_timer(context, waiting)
    _take(context, node, path, waiting.arrived, arrival)
    _run(context)


def _take(
    context: StepContext, node: ProgramNode, path: str, arrived: int, arrival: Arrival | None = None
) -> StepEvent:
    """Leave an awaited activity; an event's payload, or the qualification, can be read from now on."""
    instance = context.instance
    waiting = instance.waiting
    if isinstance(arrival, EventArrived):
        instance.events = {**instance.events, arrival.name: arrival.payload}
    elif isinstance(arrival, SegmentChanged) and QUALIFICATION not in context.program.awaited_events:
        instance.events = {**instance.events, QUALIFICATION: _qualification_payload(arrival)}
    event = context.move(node, arrived, path)
    if arrival is not None:
        event.event_id = arrival.id
        event.event_name = arrival.name if isinstance(arrival, EventArrived) else arrival.segment
    if waiting is not None:
        event.fetch_count = waiting.fetch_count
        event.fetch_time = waiting.fetch_time
        if waiting.answer is not None:
            _describe_action(event, node, waiting.answer)
    return event


def _qualification_payload(change: SegmentChanged) -> dict[str, str]:
    """Return a change as an event's payload, of ``QUALIFICATION_TYPE``: ``@{SegmentQualification.status}``."""
    when = print_date_time(from_epoch_milliseconds(change.at))
    return {"status": change.change, "lastQualificationTime": when, "segment": change.segment}
