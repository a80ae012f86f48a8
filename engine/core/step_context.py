"""The context of one step: a private copy of the instance, the effects so far, and the data that expressions read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec.structs import replace

from engine.core import instance as states
from engine.core.calendar import local_time
from engine.core.effect import (
    CAPPED,
    ENDED,
    ERROR,
    SEGMENTS,
    TIMED_OUT,
    TRANSITIONS,
    Effect,
    Fetch,
    InstanceEnded,
    ReleaseArrival,
    StepEvent,
)
from engine.core.instance import Instance, Step
from engine.core.program import Formula, Program, ProgramNode
from engine.core.stimulus import FetchDone
from engine.expression.context import Context
from engine.expression.errors import EvaluationError
from engine.expression.types import NULL
from engine.expression.values import value_to_json
from engine.model.definitions import PROFILE_STORE

_STATUS_OF_ERROR = {"capped": CAPPED, "timedOut": TIMED_OUT}
_RESOLUTION = 1 << 53


def status_of(error: str) -> str:
    """Return the status of a step event with this error code."""
    return _STATUS_OF_ERROR.get(error, ERROR)


_NO_STEP = Step("", 0)


class ActivityError(Exception):
    """The activity failed with an error code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _current_node(instance: Instance) -> str | None:
    return instance.step.node if instance.step is not None else None


def _node_name(program: Program, node: str | None) -> str | None:
    found = program.nodes.get(node) if node else None
    return found.name if found else None


def _node_kind(program: Program, node: str) -> str | None:
    found = program.nodes.get(node)
    return found.kind if found else None


_JOURNEY_PROPERTIES: Mapping[str, Callable[[Program, Instance], str | int | None]] = {
    "journeyUID": lambda program, _: program.journey,
    "journeyVersionUID": lambda program, _: program.version_uid,
    "journeyVersionName": lambda program, _: program.name,
    "journeyVersionDescription": lambda program, _: program.description,
    "journeyVersion": lambda program, _: str(program.version),
    "instanceUID": lambda _, instance: instance.id,
    "externalKey": lambda _, instance: instance.key,
    "organizationId": lambda program, _: program.organization,
    "sandboxName": lambda program, _: program.sandbox,
    "profileId": lambda _, instance: instance.key if instance.namespace is not None else None,
    "namespace": lambda _, instance: instance.namespace,
    "currentNodeId": lambda _, instance: _current_node(instance),
    "currentNodeName": lambda program, instance: _node_name(program, _current_node(instance)),
    "previousNodeId": lambda _, instance: instance.previous or None,
    "previousNodeName": lambda program, instance: _node_name(program, instance.previous),
    "lastNodeUIDInError": lambda _, instance: instance.error_node or None,
    "lastNodeNameInError": lambda program, instance: _node_name(program, instance.error_node),
    "lastNodeTypeInError": lambda program, instance: _node_kind(program, instance.error_node),
    "lastErrorCode": lambda _, instance: instance.error_code or None,
    "lastExecutedActionErrorCode": lambda _, instance: instance.action_error or None,
    "lastDataFetchErrorCode": lambda _, instance: instance.fetch_error or None,
    "lastActionExecutionElapsedTime": lambda _, instance: instance.action_elapsed,
    "lastDataFetchElapsedTime": lambda _, instance: instance.fetch_elapsed,
}


ProfileReader = Callable[[Fetch], FetchDone | None]
"""Answers a fetch of the profile store within the step; None for any other source."""


class Need(msgspec.Struct, gc=False):
    """A field group, with its parameters, that a step must fetch."""

    cache_key: str
    source: str
    group: str
    parameters: Mapping[str, object]
    asker: str = ""
    """The member of a group that asks; '' where the step is one activity."""


def copied(instance: Instance) -> Instance:
    """Return a copy of an instance and its step, for a turn to change."""
    copy = replace(instance)
    if copy.step is not None:
        copy.step = replace(copy.step)
    return copy


class NeedsFetchError(Exception):
    """An expression met a field group that this step has not fetched yet."""

    def __init__(self, need: Need) -> None:
        self.need = need


def _plain(value: object) -> object:
    """Return a parameter's value, a scalar, as JSON."""
    return value if type(value) is str else value_to_json(value, NULL)


class StepContext(Context):
    """See the module; it is the context of the instance's expressions.

    ``instance`` and its step are the turn's own (``copied``); their mappings are replaced, not changed.
    """

    __slots__ = ("_local", "_store", "effects", "instance", "moment", "program", "step")

    def __init__(self, program: Program, instance: Instance, now: int, store: ProfileReader | None = None) -> None:
        self.program = program
        self.instance = instance
        self.moment = now
        self._store = store
        self.effects: list[Effect] = []
        self.step: Step = _NO_STEP if instance.step is None else instance.step
        self._local: datetime | None = None
        self.item = None

    # What expressions see

    @property
    def now(self) -> datetime:  # type: ignore[override]
        """The wall clock of the person's zone."""
        local = self._local
        if local is None:
            local = self._local = local_time(self.moment, self.instance.zone)
        return local

    def random(self) -> float:
        """Return the next number in [0, 1) of the instance's own sequence; other people change nothing in it."""
        instance = self.instance
        index = instance.draws
        instance.draws = index + 1
        counted = (instance.seed, self.program.name, instance.version, instance.key, instance.entrance, index)
        digest = blake2b(msgspec.msgpack.encode(counted), digest_size=8).digest()
        return (int.from_bytes(digest, "big") >> 11) / _RESOLUTION

    def field_group(self, source: str, group: str, parameters: tuple[tuple[str, object], ...]) -> Mapping[str, object]:
        """Return a field group that this step has fetched; raises NeedsFetchError otherwise."""
        cache_key = f"{source}.{group}"
        if parameters:
            first = parameters[0][1]
            if type(first) is str and len(parameters) == 1:
                cache_key = f"{cache_key}?{first}"
            else:
                values = [_plain(value) for _, value in parameters]
                cache_key = f"{cache_key}??{msgspec.json.encode(values).decode()}"
        found = self.step.fetched.get(cache_key)
        if found is None:
            raise NeedsFetchError(Need(cache_key, source, group, {name: _plain(value) for name, value in parameters}))
        return found

    def journey_property(self, name: str) -> object:
        """Return the value of ``#{JourneyProperties.name}``."""
        return _JOURNEY_PROPERTIES[name](self.program, self.instance)

    def in_segment(self, name: str) -> bool:
        """Whether the person is in a segment."""
        names = self.field_group(PROFILE_STORE, SEGMENTS, ()).get("names")
        return isinstance(names, list | tuple) and name in names

    # The work

    def number(self) -> int:
        """Return the next sequence number."""
        self.instance.seq += 1
        return self.instance.seq

    def begin_call(self) -> int:
        """Return the number of a new call, whose answer ends the activity; the caller adds its effect."""
        call = self.step.call = self.number()
        return call

    def evaluate(self, formula: Formula, needs: list[Need]) -> Any:
        """Return the value of a formula; or, with no draw counted, ``needs`` grows by what must be fetched first.

        Raises ActivityError.
        """
        instance = self.instance
        self.events = instance.events
        if formula.reads and self._lacks(formula, needs):
            return None
        draws = instance.draws
        try:
            return formula.evaluate(self)
        except NeedsFetchError as error:
            instance.draws = draws
            needs.append(error.need)
            self._ask(formula, needs)
            return None
        except EvaluationError:
            raise ActivityError("evaluation") from None

    def _lacks(self, formula: Formula, needs: list[Need]) -> bool:
        """Whether something is not there yet that the formula reads whatever else holds."""
        fetched = self.step.fetched
        lacking = False
        for read in formula.reads:
            if read[0] not in fetched:
                needs.append(Need(*read, {}))
                lacking = True
        if lacking and formula.asks:
            self._ask(formula, needs)
        return lacking

    def _ask(self, formula: Formula, needs: list[Need]) -> None:
        """Find out what else the same expression will read, so that it is fetched together."""
        draws = self.instance.draws
        for ask in formula.asks:
            try:
                ask(self)
            except NeedsFetchError as other:
                needs.append(other.need)
            except EvaluationError:
                continue
        self.instance.draws = draws

    def fetch(self, needs: list[Need]) -> None:
        """Ask for what expressions of the step need, each field group and parameter set once.

        What the store answers is there at once; ``step.fetching`` holds what is still awaited.
        """
        step, instance = self.step, self.instance
        fetching: dict[int, str] = {}
        askers: dict[int, str] = {}
        asked: set[str] = set()
        for need in needs:
            key = need.cache_key
            if key in asked:
                continue
            asked.add(key)
            call = instance.seq = instance.seq + 1
            proof = instance.idempotency_key(call)
            asker = need.asker or step.node
            effect = Fetch(call, asker, need.source, need.group, need.parameters, self.program.timeout_ms, proof)
            done = self._store(effect) if self._store is not None else None
            if done is not None:
                self.keep_fetched(key, done)
                continue
            fetching[call] = key
            if need.asker:
                askers[call] = need.asker
            self.effects.append(effect)
        step.fetching = fetching
        step.askers = askers
        step.fetch_count += len(asked)

    def keep_fetched(self, cache_key: str, done: FetchDone) -> None:
        """Keep the answer to a fetch for the expressions of this step."""
        step, instance, data = self.step, self.instance, done.data or {}
        step.fetched = {**step.fetched, cache_key: data}
        step.fetch_time += done.elapsed_ms
        instance.fetch_elapsed = done.elapsed_ms
        if instance.in_test:
            instance.enriched = {**instance.enriched, cache_key: data}

    def begin(self, step: Step) -> None:
        """Start working at a step."""
        self.step = self.instance.step = step

    def record(
        self, node: ProgramNode, arrived: int, status: str, path: str = "", transition: str = "", to: str = ""
    ) -> StepEvent:
        """Emit the step event of leaving ``node``; the caller may fill in more."""
        instance = self.instance
        number = instance.seq = instance.seq + 1
        event = StepEvent(
            f"{instance.id}-{instance.entrance}-{number}",
            instance.journey,
            instance.version,
            instance.id,
            instance.person,
            node.id,
            node.name,
            node.kind,
            status,
            self.moment,
            arrived,
            instance.parent,
            path,
            transition,
            to,
        )
        if instance.in_test:
            event.in_test = True
        instance.parent = event.id
        instance.previous = node.id
        self.effects.append(event)
        return event

    def move(self, node: ProgramNode, arrived: int, path: str = "", error: str = "") -> StepEvent:
        """Leave ``node`` by ``path``: to the next activity or group, or to the end where no edge is drawn."""
        way = node.exits.get(path)
        if way is None:
            event = self.record(node, arrived, status_of(error) if error else ENDED, path)
            self.end(states.FINISHED, event)
        else:
            status = status_of(error) if error else TRANSITIONS
            event = self.record(node, arrived, status, path, way.transition, way.to)
            instance = self.instance
            self.step = instance.step = Step(way.first, self.moment, way.group, 0, instance.draws)
            instance.waiting = None
        if error:
            event.error = error
        return event

    def end(self, status: str, event: StepEvent) -> None:
        """Return the instance is over; all but an error, which may be resumed, lets go of the person's data."""
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
            instance.callbacks = {}
            instance.failed = None
        self.effects.append(InstanceEnded(status))

    def release(self) -> None:
        """Hand back what was held, once the step is over."""
        instance = self.instance
        if instance.held and instance.step is None:
            self.effects.extend(ReleaseArrival(arrival) for arrival in instance.held)
            instance.held = ()
