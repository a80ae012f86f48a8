"""The whole meaning of a journey: ``advance`` and ``enter``, pure (runtime.md, One pure core).

Every runner drives these two. They read no clock, draw only the instance's own counted numbers and change nothing they
are given. A stimulus that nobody waits for leaves the instance as it was, with no effects.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from engine.core import instance as states
from engine.core.activities.handler import Awaited, Worked
from engine.core.calendar import first_zone
from engine.core.effect import CancelTimer, Effect, SetTimer
from engine.core.entry import TEST, EntryRecord, refusal
from engine.core.instance import Instance, Step, Waiting
from engine.core.program import Node, Program
from engine.core.qualification import payload_of
from engine.core.step_event import ENDED, INSTANCE_TIMED_OUT, TRANSITIONS, StepEvent
from engine.core.stimulus import (
    ActionDone,
    Arrival,
    Counted,
    EventArrived,
    Expire,
    FetchDone,
    ReactionArrived,
    Resume,
    SegmentChanged,
    Stimulus,
    Stop,
    TimerDue,
)
from engine.core.turn import ActivityError, Need, Turn, copied, status_of
from engine.model import journey as paths
from engine.model.segment import QUALIFICATION

REACTION_TEST_WAIT_MS = 40_000
"""Test mode waits at least this long in a journey with a reaction."""


class Entered(NamedTuple):
    """The person is in, and may have moved on already."""

    instance: Instance
    effects: list[Effect]


class Discarded(NamedTuple):
    """The person stays out, for one of ``entry.REASONS``."""

    reason: str


def enter(program: Program, record: EntryRecord, arrival: Arrival, now: int, seed: int) -> Entered | Discarded:
    """Let the key of ``record`` in by the program's entry activity, which waits for ``arrival``; or say why not."""
    reason = refusal(record, program.reentrance, program.reentrance_wait_ms, now)
    if reason is not None:
        return Discarded(reason)
    turn = Turn(program, _new_instance(program, record, now, seed), now)
    event = _take(turn, program.entry, "", now, arrival)
    event.entrance = True
    event.reentrance = record.entrances > 0
    _run(turn)
    return Entered(turn.instance, turn.effects)


def _new_instance(program: Program, record: EntryRecord, now: int, seed: int) -> Instance:
    test_wait = max(record.test_wait_ms, REACTION_TEST_WAIT_MS) if program.has_reaction else record.test_wait_ms
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
        zone=first_zone(record.time_zone if program.use_profile_zone else None, program.zone),
        in_test=record.state == TEST,
        test_wait_ms=test_wait,
    )


def advance(program: Program, instance: Instance, stimulus: Stimulus, now: int) -> tuple[Instance, list[Effect]]:
    """The instance after the stimulus, and what the runner has to do, in order."""
    turn = Turn(program, copied(instance), now)
    _REACTIONS[type(stimulus)](turn, stimulus)
    if turn.instance.held:
        turn.release()
    return turn.instance, turn.effects


def accepts(program: Program, instance: Instance, arrival: Arrival) -> bool:
    """Whether the instance has a use for the arrival now: it is waiting for it, or will hold it during a step."""
    if instance.status != states.RUNNING:
        return False
    return instance.step is not None or _taker(program, instance, arrival) is not None


def _taker(program: Program, instance: Instance, occurrence: Arrival | ReactionArrived) -> Node | None:
    """The topmost open activity that waits for this."""
    if instance.waiting is None:
        return None
    for member in instance.waiting.members:
        node = program.nodes[member]
        if isinstance(node.handler, Awaited) and node.handler.takes(node, occurrence, instance):
            return node
    return None


def _on_arrival(turn: Turn, arrival: EventArrived | SegmentChanged) -> None:
    instance = turn.instance
    if instance.step is not None:
        instance.held = (*instance.held, arrival)
        return
    node = _taker(turn.program, instance, arrival)
    if node is not None:
        _leave_group(turn, node, "", arrival)


def _on_reaction(turn: Turn, reaction: ReactionArrived) -> None:
    instance = turn.instance
    if instance.status != states.RUNNING or reaction.message not in instance.messages.values():
        return
    known = instance.reactions.get(reaction.message, ())
    if reaction.kind not in known:
        instance.reactions = {**instance.reactions, reaction.message: (*known, reaction.kind)}
    node = _taker(turn.program, instance, reaction)
    if node is not None:
        _leave_group(turn, node, "")


def _on_timer(turn: Turn, stimulus: TimerDue) -> None:
    waiting = turn.instance.waiting
    if waiting is None or waiting.timer != stimulus.timer:
        return
    node = turn.program.nodes[waiting.timed]
    turn.instance.waiting = Waiting(
        waiting.members, waiting.arrived, fetch_count=waiting.fetch_count, fetch_time=waiting.fetch_time
    )
    _leave_group(turn, node, node.due_path)


def _on_fetch(turn: Turn, done: FetchDone) -> None:
    step = turn.step
    if done.call not in step.fetching:
        return
    fetching = dict(step.fetching)
    cache_key = fetching.pop(done.call)
    step.fetching = fetching
    step.fetched = {**step.fetched, cache_key: done.data or {}}
    turn.instance.fetch_elapsed = done.elapsed_ms
    if turn.instance.in_test:
        turn.instance.enriched = {**turn.instance.enriched, cache_key: done.data or {}}
    step.fetch_time += done.elapsed_ms
    if done.error is not None:
        turn.instance.fetch_error = done.error
        step.node = step.askers.get(done.call, step.node)
        event = _fail(turn, turn.program.nodes[step.node], done.error)
        event.fetch_error_code = done.error
        event.fetch_error = done.origin_error
        event.fetch_origin_code = done.origin_code
        event.fetch_group_in_error = cache_key.partition("?")[0]
        _run(turn)
    elif not fetching:
        _run(turn)


def _on_action(turn: Turn, done: ActionDone | Counted) -> None:
    step = turn.step
    if step.call != done.call or not done.call:
        return
    node = turn.program.nodes[step.node]
    assert isinstance(node.handler, Worked)
    if isinstance(done, Counted):
        _leave(turn, node, step, node.handler.answered(turn, node, done))
    else:
        turn.instance.action_elapsed = done.elapsed_ms
        if done.error is not None:
            turn.instance.action_error = done.error
            event = _fail(turn, node, done.error)
        else:
            event = _leave(turn, node, step, node.handler.answered(turn, node, done))
        _describe_action(event, node, done)
    _run(turn)


def _describe_action(event: StepEvent, node: Node, done: ActionDone) -> None:
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


def _on_stop(turn: Turn, _stimulus: Stop) -> None:
    _cut_off(turn, states.STOPPED, ENDED)


def _on_expire(turn: Turn, _stimulus: Expire) -> None:
    _cut_off(turn, states.TIMED_OUT, INSTANCE_TIMED_OUT)


def _cut_off(turn: Turn, status: str, step_status: str) -> None:
    """End a running instance wherever it stands."""
    instance = turn.instance
    if instance.status != states.RUNNING:
        return
    waiting, step = instance.waiting, instance.step
    if waiting is not None:
        _cancel_timer(turn, waiting)
        event = turn.record(turn.program.nodes[waiting.members[0]], waiting.arrived, step_status)
    else:
        assert step is not None
        event = turn.record(turn.program.nodes[step.node], step.arrived, step_status)
    turn.end(status, event)


def _on_resume(turn: Turn, _stimulus: Resume) -> None:
    instance = turn.instance
    if instance.status != states.FAILED or instance.failed is None or turn.moment >= instance.expires_at:
        return
    failed = instance.failed
    instance.status = states.RUNNING
    instance.failed = None
    turn.begin(Step(failed.node, turn.moment, failed.group, 0, instance.draws))
    turn.record(turn.program.nodes[failed.node], turn.moment, TRANSITIONS).resumed = True
    _run(turn)


_REACTIONS: Mapping[type, Callable[[Turn, Any], None]] = {
    EventArrived: _on_arrival,
    SegmentChanged: _on_arrival,
    ReactionArrived: _on_reaction,
    TimerDue: _on_timer,
    FetchDone: _on_fetch,
    ActionDone: _on_action,
    Counted: _on_action,
    Stop: _on_stop,
    Expire: _on_expire,
    Resume: _on_resume,
}
"""What each kind of stimulus does."""


def _run(turn: Turn) -> None:
    """Go on until an answer, an event or a time is awaited, or the instance is over."""
    instance = turn.instance
    nodes = turn.program.nodes
    while (step := instance.step) is not None:
        if step.group:
            if not _enter_group(turn, step):
                return
            continue
        node = nodes[step.node]
        handler = node.handler
        assert isinstance(handler, Worked)
        try:
            path = handler.work(turn, node)
        except ActivityError as failure:
            _fail(turn, node, failure.code)
            continue
        if path is None:
            return
        _leave(turn, node, step, path)


def _leave(turn: Turn, node: Node, step: Step, path: str) -> StepEvent:
    """The activity is done: go on by ``path``, or end where there is no such way."""
    event = turn.move(node, step.arrived, path)
    event.processing_time = turn.moment - step.arrived
    if step.fetch_count:
        event.fetch_count = step.fetch_count
        event.fetch_time = step.fetch_time
    if node.kind == "condition.percentage":
        event.branch = path
    return event


def _fail(turn: Turn, node: Node, code: str) -> StepEvent:
    """The activity failed: take its error path, or stop in error, to be resumed by hand."""
    instance, step = turn.instance, turn.step
    instance.error_node = node.id
    instance.error_code = code
    if node.on_error:
        event = turn.move(node, step.arrived, paths.ERROR, code)
    else:
        event = turn.record(node, step.arrived, status_of(code))
        event.error = code
        instance.failed = Step(step.node, step.arrived, step.group)
        turn.end(states.FAILED, event)
    event.processing_time = turn.moment - step.arrived
    event.fetch_count = step.fetch_count
    event.fetch_time = step.fetch_time
    return event


def _enter_group(turn: Turn, step: Step) -> bool:
    """Open a group of events, reactions and waits; True if one of them occurred at once."""
    instance = turn.instance
    instance.draws = step.draws
    needs: list[Need] = []
    timed: tuple[int, Node] | None = None
    for member in step.group:
        node = turn.program.nodes[member]
        assert isinstance(node.handler, Awaited)
        known = len(needs)
        try:
            due = node.handler.due(turn, node, step.arrived, needs)
        except ActivityError as failure:
            step.node = node.id
            _fail(turn, node, failure.code)
            return True
        for need in needs[known:]:
            need.asker = member
        if due is not None and (timed is None or due < timed[0]):
            timed = (due, node)
    if needs:
        turn.fetch(needs)
        return False
    return _open_group(turn, step, timed)


def _open_group(turn: Turn, step: Step, timed: tuple[int, Node] | None) -> bool:
    instance = turn.instance
    instance.step = None
    waiting = Waiting(step.group, step.arrived, fetch_count=step.fetch_count, fetch_time=step.fetch_time)
    instance.waiting = waiting
    for member in step.group:
        node = turn.program.nodes[member]
        if isinstance(node.handler, Awaited) and node.handler.ready(node, instance):
            _take(turn, node, "", step.arrived)
            return True
    if timed is None:
        return False
    due, node = timed
    if due <= turn.moment:
        _take(turn, node, node.due_path, step.arrived)
        return True
    waiting.timer = turn.number()
    waiting.due = due
    waiting.timed = node.id
    turn.effects.append(SetTimer(waiting.timer, due, node.rank))
    return False


def _cancel_timer(turn: Turn, waiting: Waiting) -> None:
    if waiting.timer:
        turn.effects.append(CancelTimer(waiting.timer))


def _leave_group(turn: Turn, node: Node, path: str, arrival: Arrival | None = None) -> None:
    """One member of the open group occurred: the others are cancelled, and the person goes on."""
    waiting = turn.instance.waiting
    assert waiting is not None
    _cancel_timer(turn, waiting)
    _take(turn, node, path, waiting.arrived, arrival)
    _run(turn)


def _take(turn: Turn, node: Node, path: str, arrived: int, arrival: Arrival | None = None) -> StepEvent:
    """Leave an awaited activity; an event's payload, or the qualification, can be read from now on."""
    instance = turn.instance
    waiting = instance.waiting
    if isinstance(arrival, EventArrived):
        instance.events = {**instance.events, arrival.name: arrival.payload}
    elif isinstance(arrival, SegmentChanged) and QUALIFICATION not in turn.program.awaited_events:
        instance.events = {**instance.events, QUALIFICATION: payload_of(arrival)}
    event = turn.move(node, arrived, path)
    if arrival is not None:
        event.event_id = arrival.id
        event.event_name = arrival.name if type(arrival) is EventArrived else node.settings.segment
    if waiting is not None:
        event.fetch_count = waiting.fetch_count
        event.fetch_time = waiting.fetch_time
    return event
