"""The work on one stimulus: a private copy of the instance, the effects so far, and the eyes of its expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import msgspec

from engine.core import instance as states
from engine.core.calendar import local_time
from engine.core.effect import SEGMENTS, Effect, Ended, Fetch, Release
from engine.core.journey_properties import PROPERTIES
from engine.core.step_event import CAPPED, ENDED, ERROR, TIMED_OUT, TRANSITIONS, StepEvent
from engine.expression.context import Context
from engine.expression.errors import EvaluationError
from engine.expression.types import NULL
from engine.expression.values import value_to_json
from engine.model.data_source import PROFILE_STORE

if TYPE_CHECKING:
    from engine.core.instance import Instance, Step
    from engine.core.program import Formula, Node, Program

_STATUS_OF_ERROR = {"capped": CAPPED, "timedOut": TIMED_OUT}
_RESOLUTION = 1 << 53


class ActivityError(Exception):
    """The activity failed with an error code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NeedsFetchError(Exception):
    """An expression met a field group that this step has not fetched yet."""

    def __init__(self, cache_key: str, source: str, group: str, parameters: Mapping[str, Any]) -> None:
        super().__init__(cache_key)
        self.cache_key = cache_key
        self.source = source
        self.group = group
        self.parameters = parameters
        self.all: list[NeedsFetchError] = [self]


def _plain(value: object) -> Any:
    """A parameter's value as JSON."""
    return value_to_json(value, NULL) if not isinstance(value, list) else [value_to_json(item, NULL) for item in value]


class Turn:
    """See the module. ``instance`` is a copy that the turn may change; its mappings are replaced, not changed."""

    __slots__ = ("_context", "effects", "instance", "now", "program")

    def __init__(self, program: Program, instance: Instance, now: int) -> None:
        self.program = program
        self.instance = copy(instance)
        self.now = now
        self.effects: list[Effect] = []
        self._context: Context | None = None

    def number(self) -> int:
        """The next sequence number."""
        self.instance.seq += 1
        return self.instance.seq

    def draw(self) -> float:
        """The next number in [0, 1) of the instance's own sequence; other people change nothing in it."""
        instance = self.instance
        index = instance.draws
        instance.draws = index + 1
        counted = (instance.seed, instance.journey, instance.version, instance.key, instance.entrance, index)
        digest = blake2b(msgspec.msgpack.encode(counted), digest_size=8).digest()
        return (int.from_bytes(digest, "big") >> 11) / _RESOLUTION

    def evaluate(self, formula: Formula) -> Any:
        """The value of a formula; raises NeedsFetchError (no draw counted) and ActivityError."""
        if formula.constant:
            return formula.value
        context = self._context
        if context is None:
            context = self._context = self._new_context()
        context.events = self.instance.events
        draws = self.instance.draws
        try:
            return formula.evaluate(context)
        except NeedsFetchError as need:
            for ask in formula.asks:
                self._try(ask, context, need)
            self.instance.draws = draws
            raise
        except EvaluationError:
            raise ActivityError("evaluation") from None

    @staticmethod
    def _try(ask: Callable[[Context], Any], context: Context, need: NeedsFetchError) -> None:
        """Find out what else the same expression will read, so that it is fetched together."""
        try:
            ask(context)
        except NeedsFetchError as other:
            need.all.extend(other.all)
        except EvaluationError:
            return

    def _new_context(self) -> Context:
        return Context(
            self.instance.events,
            local_time(self.now, self.instance.zone),
            self._read_group,
            self._read_property,
            self._in_segment,
            self.draw,
        )

    def _read_group(
        self, source: str, group: str, parameters: tuple[tuple[str, object], ...]
    ) -> Mapping[str, object] | None:
        if not parameters:
            return self._cached(f"{source}.{group}", source, group, parameters)
        cache_key = f"{source}.{group}?{msgspec.json.encode([_plain(value) for _, value in parameters]).decode()}"
        return self._cached(cache_key, source, group, parameters)

    def _cached(
        self, cache_key: str, source: str, group: str, parameters: tuple[tuple[str, object], ...]
    ) -> Mapping[str, object]:
        step = self.instance.step
        found: Mapping[str, object] | None = step.fetched.get(cache_key) if step is not None else None
        if found is None:
            raise NeedsFetchError(cache_key, source, group, {name: _plain(value) for name, value in parameters})
        return found

    def _read_property(self, name: str) -> object:
        return PROPERTIES[name](self.program, self.instance)

    def _in_segment(self, name: str) -> bool:
        names: Any = self._cached(f"{PROFILE_STORE}.{SEGMENTS}", PROFILE_STORE, SEGMENTS, ()).get("names", ())
        return name in names

    def fetch(self, needs: list[NeedsFetchError], step: Step) -> None:
        """Ask for what expressions of the step need, each field group and parameter set once."""
        fetching = dict(step.fetching)
        for need in {need.cache_key: need for need in needs}.values():
            call = self.number()
            fetching[call] = need.cache_key
            self.effects.append(
                Fetch(
                    call,
                    step.node,
                    need.source,
                    need.group,
                    need.parameters,
                    self.program.timeout_ms,
                    self.instance.idempotency_key(call),
                )
            )
        self.change_step(fetching=fetching, fetch_count=step.fetch_count + len(fetching) - len(step.fetching))

    def change_step(self, **changes: Any) -> Step:
        """Replace the step under way by a copy with these changes."""
        assert self.instance.step is not None
        step = copy(self.instance.step)
        for name, value in changes.items():
            setattr(step, name, value)
        self.instance.step = step
        return step

    def record(self, node: Node, arrived: int, status: str, path: str = "") -> StepEvent:
        """Emit the step event of leaving ``node``; the caller may fill in more."""
        instance = self.instance
        instance.seq += 1
        event = StepEvent(
            f"{instance.id}-{instance.entrance}-{instance.seq}",
            instance.journey,
            instance.version,
            instance.id,
            instance.person,
            node.id,
            node.name,
            node.kind,
            status,
            self.now,
            arrived,
            instance.parent,
            path,
        )
        event.in_test = instance.in_test
        instance.parent = event.id
        instance.previous = node.id
        self.effects.append(event)
        return event

    def move(self, node: Node, arrived: int, path: str = "", error: str = "") -> StepEvent:
        """Leave ``node`` by ``path``: to the next activity or group, or to the end where no edge is drawn."""
        way = node.exits.get(path)
        status = _STATUS_OF_ERROR.get(error, ERROR) if error else TRANSITIONS if way else ENDED
        event = self.record(node, arrived, status, path)
        event.error = error
        if way is None:
            self.end(states.FINISHED, event)
            return event
        event.transition = way.transition
        event.to = way.to
        self.instance.step = states.Step(way.first, self.now, way.group, 0, self.instance.draws)
        self.instance.waiting = None
        return event

    def end(self, status: str, event: StepEvent) -> None:
        """The instance is over; all but an error, which may be resumed, lets go of the person's data."""
        instance = self.instance
        event.instance_ended = True
        event.end = status
        instance.status = status
        instance.step = None
        instance.waiting = None
        if status != states.FAILED:
            instance.events = {}
            instance.messages = {}
            instance.reactions = {}
            instance.failed = None
        self.effects.append(Ended(status))

    def release(self) -> None:
        """Hand back what was held, once the step is over."""
        instance = self.instance
        if instance.held and instance.step is None:
            self.effects.extend(Release(arrival) for arrival in instance.held)
            instance.held = ()
