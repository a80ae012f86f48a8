"""Runs journeys in virtual time: the same core and the same call policy as the live runner, an in-memory store.

``simulate(files, scenario)`` gives the outcome as JSON values; nothing in it depends on the machine, the clock or the
order of hashing, so the same scenario gives the same outcome byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from engine.core import stimulus as stimuli
from engine.core.advance import Discarded, advance, awaited_callback, enter
from engine.core.calendar import bound_instant
from engine.core.effect import (
    SEGMENTS,
    CallAction,
    CountPassage,
    Effect,
    Fetch,
    InstanceEnded,
    Jump,
    ReleaseArrival,
    SendMessage,
    SetTimer,
    UpdateProfile,
)
from engine.core.entry import CLOSED, LIVE, STOPPED, TEST
from engine.core.instance import RUNNING, Instance
from engine.core.profiles import count_passage, read_group
from engine.core.program import to_milliseconds
from engine.core.program_compiler import compile_program
from engine.core.routing import Route, route, uses
from engine.core.step_event import StepEvent
from engine.core.stimulus import ActionDone, Arrival, CallbackArrived, EventArrived, FetchDone, SegmentChanged, Stimulus
from engine.effects.messages import reaction_of
from engine.effects.policy import CallOutcome
from engine.ingress.matching import Matcher, faults, jump_payload
from engine.model.data_source import PROFILE_STORE
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion
from engine.model.journey_file import JourneyFile
from engine.model.template_rendering import render
from engine.simulation.memberships import SimulatedMemberships, used_segments
from engine.simulation.memory_store import (
    FeedbackLog,
    MemoryProfiles,
    SimulatedInstance,
    SimulatedJourney,
    entry_record,
)
from engine.simulation.outcome import message_json, outcome_json
from engine.simulation.publication import merge_definitions, publishable
from engine.simulation.scenario import Scenario, ScenarioError, ScriptedCommand, ScriptedEvent, print_instant
from engine.simulation.scripted_performer import ScriptedPerformer
from engine.simulation.timeline import COMMANDS, EVENTS, GLOBAL_TIMEOUTS, RESULTS, TIMERS, Timeline

IDEMPOTENCY_MS = 7 * 24 * 60 * 60 * 1_000
"""How long the id of an event is remembered."""


def simulate(files: Sequence[JourneyFile], scenario: Scenario) -> dict[str, Any]:
    """The outcome of a scenario, as ``simulate --json`` prints it.

    Raises ScenarioError, and SojournError for journeys that cannot be published together.
    """
    simulation = Simulation(files, scenario)
    simulation.run()
    return simulation.outcome()


class Simulation:
    """One run. ``timeline`` may also be driven step by step."""

    def __init__(self, files: Sequence[JourneyFile], scenario: Scenario) -> None:
        self.scenario = scenario
        self.definitions: Definitions = merge_definitions(files)
        self.timeline = Timeline(scenario.start_ms)
        self.matcher = Matcher(self.definitions)
        self.store = MemoryProfiles(scenario.profiles)
        self.world = ScriptedPerformer(self.definitions, scenario.answers, scenario.guardrails, self.timeline)
        self.runs = self._publish_all(files)
        self.messages: list[dict[str, Any]] = []
        self.discarded: list[dict[str, Any]] = []
        self._ids: dict[str, int] = {}
        self._passages: dict[tuple[str, int, str], tuple[int, int]] = {}
        self.feedback = FeedbackLog()
        segments = used_segments((file.journey for file in files), self.definitions)
        self.memberships = SimulatedMemberships(segments, self.store, self.timeline, self._segment_changed)
        self._schedule_script()

    def run(self) -> None:
        """Live through the whole scenario."""
        self.timeline.run(self.scenario.moment(self.scenario.until, "$.until"))

    def outcome(self) -> dict[str, Any]:
        """What has come of it so far."""
        return outcome_json(self.runs.values(), self.world.calls, self.messages, self.discarded)

    # Publication and the script

    def _publish_all(self, files: Sequence[JourneyFile]) -> dict[str, SimulatedJourney]:
        """All journeys at the start; of several versions of one journey, the lowest."""
        state = TEST if self.scenario.mode == "test" else LIVE
        grouped: dict[str, dict[int, JourneyVersion]] = {}
        for file in files:
            grouped.setdefault(file.journey.name, {})[file.journey.version] = file.journey
        journeys = publishable(grouped, self.definitions, state)
        runs: dict[str, SimulatedJourney] = {}
        for name, versions in journeys.items():
            programs = {number: compile_program(version, self.definitions) for number, version in versions.items()}
            runs[name] = SimulatedJourney(name, programs, programs[min(programs)], state)
            self._date(runs[name])
        return runs

    def _date(self, run: SimulatedJourney) -> None:
        """A missing start is set at publication."""
        properties = run.newest.source.properties
        zone = properties.time_zone
        run.starts_at = bound_instant(properties.starts_at, zone) if properties.starts_at else self.timeline.now
        run.ends_at = bound_instant(properties.ends_at, zone) if properties.ends_at else None

    def _schedule_script(self) -> None:
        for index, event in enumerate(self.scenario.events):
            at = self.scenario.moment(event.at, f"$.events[{index}].at")
            self.timeline.schedule(at, EVENTS, partial(self.happen, event))
        for index, command in enumerate(self.scenario.commands):
            at = self.scenario.moment(command.at, f"$.commands[{index}].at")
            self.timeline.schedule(at, COMMANDS, self.deed_of(command, index))

    def deed_of(self, command: ScriptedCommand, index: int = 0) -> Callable[[], None]:
        """What a command does, to be done at its time."""
        deeds = {"stop": self._stop, "close": self._close, "publish": self._publish}
        for name, deed in deeds.items():
            journey = getattr(command, name)
            if journey is None:
                continue
            run = self.runs.get(journey)
            if run is None:
                where = f"$.commands[{index}].{name}"
                raise ScenarioError("scenario_journey", where, journey=journey)
            return partial(deed, run, command.version)
        raise ScenarioError("scenario_command", f"$.commands[{index}]")

    def _close(self, run: SimulatedJourney, _version: int | None) -> None:
        if run.state == LIVE:
            run.state = CLOSED

    def _stop(self, run: SimulatedJourney, _version: int | None) -> None:
        run.state = STOPPED
        for known in list(run.keys.values()):
            if known.present is not None:
                self._advance(run, known.present, stimuli.Stop())

    def _publish(self, run: SimulatedJourney, version: int | None) -> None:
        """A newer version takes the entrances; the people in others go on in theirs."""
        later = [number for number in run.versions if number > run.newest.version]
        number = version if version is not None else min(later, default=0)
        if number not in run.versions:
            raise ScenarioError("scenario_version", number=number, name=run.name)
        if number not in later:
            raise ScenarioError("scenario_version.published", number=number, name=run.name)
        run.newest = run.versions[number]
        run.state = LIVE
        self._date(run)

    # What happens

    def happen(self, event: ScriptedEvent) -> None:
        """Let something happen now."""
        if event.message is not None:
            self._feedback(event)
        elif event.segment is not None:
            self._scripted_change(event)
        elif event.callback is not None:
            for run, person, call in _callbacks(self.runs.values(), event):
                self._advance(run, person, CallbackArrived(call, event.payload, self.timeline.now))
        else:
            self._receive(event)

    def _receive(self, event: ScriptedEvent) -> None:
        payload = event.payload if event.payload is not None else {}
        identifier = event.id or payload.get("_id")
        if self._was_accepted(identifier):
            return
        matching = self.matcher.match(payload, event.event)
        if isinstance(identifier, str) and (matching.matches or all(one.accepted for one in matching.refusals)):
            self._ids[identifier] = self.timeline.now
        for refusal in matching.refusals:
            self._discard(refusal.event or event.event, None, None, refusal.code, refusal.field)
        for match in matching.matches:
            arrival = EventArrived(match.event, match.payload, str(identifier or ""), self.timeline.now)
            for run in [run for run in self.runs.values() if self._hears(run, arrival)]:
                self._arrive(run, match.key, arrival)

    def _was_accepted(self, identifier: str | None) -> bool:
        before = self._ids.get(identifier or "")
        return before is not None and self.timeline.now - before < IDEMPOTENCY_MS

    def _hears(self, run: SimulatedJourney, arrival: Arrival) -> bool:
        return any(uses(program, arrival) for program in run.versions.values())

    def _scripted_change(self, event: ScriptedEvent) -> None:
        segment = event.segment or ""
        index = self.store.anyone(event.key)
        self.memberships.say(index, event.key, segment, inside=event.change == "enter")
        self._segment_changed(index, event.key, segment, event.change)

    def _segment_changed(self, index: int | None, key: str, segment: str, change: str) -> None:
        """Tell every journey that uses the change, for the person's key in that journey's namespace."""
        arrival = SegmentChanged(segment, change, "", self.timeline.now)
        for run in [run for run in self.runs.values() if self._hears(run, arrival)]:
            identities = self.store.profiles[index].identities if index is not None else {}
            mine = identities.get(run.newest.namespace or "", key)
            if mine:
                self._arrive(run, mine, arrival)

    def _feedback(self, event: ScriptedEvent) -> None:
        """Feedback goes to the latest message that the activity sent to this person."""
        sent = [
            (person.instance.entered_at, run, person, identifier)
            for run in self.runs.values()
            if event.journey in (None, run.name)
            for person in run.of(event.key).people
            for identifier, (activity, _) in person.messages.items()
            if activity == event.of
        ]
        if not sent:
            return
        _, run, person, identifier = max(sent, key=lambda one: one[0])
        kind, (activity, address) = event.message or "", person.messages[identifier]
        channel = person.program.nodes[activity].kind
        if not self.feedback.add(identifier, kind, channel, address):
            return
        run.metrics.count_feedback(kind)
        if reaction := reaction_of(channel, kind):
            self._advance(run, person, stimuli.ReactionArrived(identifier, reaction, self.timeline.now))

    def _arrive(self, run: SimulatedJourney, key: str, arrival: Arrival) -> None:
        """One arrival for one journey and key."""
        known = run.of(key)
        present = (known.present.program, known.present.instance) if known.present is not None else None
        way = route(present, run.newest, arrival)
        if way is Route.ADVANCE and known.present is not None:
            self._advance(run, known.present, arrival)
        elif way is Route.ENTER:
            self._enter(run, key, arrival)
        elif way is Route.NOT_WAITING:
            self._discard(_name_of(arrival), key, run.name, "not_waiting")

    def _enter(self, run: SimulatedJourney, key: str, arrival: Arrival) -> None:
        now, seed = self.timeline.now, self.scenario.seed
        record = entry_record(run, key, self.store, seed, to_milliseconds(self.scenario.test_wait))
        stimuli_so_far: list[tuple[int, Stimulus]] = [(now, arrival)]
        store = partial(self._read_profile, stimuli_so_far, run.newest.namespace, key)
        entered = enter(run.newest, record, arrival, now, seed, store)
        if isinstance(entered, Discarded):
            self._discard(_name_of(arrival), key, run.name, entered.reason)
            return
        known = run.of(key)
        known.count += 1
        known.last = now
        person = known.present = SimulatedInstance(run.newest, entered.instance, record, stimuli_so_far)
        known.people.append(person)
        self.timeline.schedule(
            entered.instance.expires_at, GLOBAL_TIMEOUTS, partial(self._advance, run, person, stimuli.Expire())
        )
        self._perform(run, person, entered.effects)

    def _discard(self, event: str | None, key: str | None, journey: str | None, reason: str, field: str = "") -> None:
        entry = {
            "at": print_instant(self.timeline.now),
            "event": event,
            "key": key,
            "journey": journey,
            "reason": reason,
        }
        self.discarded.append({**entry, "field": field} if field else entry)

    # Effects

    def _advance(self, run: SimulatedJourney, person: SimulatedInstance, stimulus: Stimulus) -> None:
        if person.instance.status == RUNNING:
            person.stimuli.append((self.timeline.now, stimulus))
            store = partial(self._read_profile, person.stimuli, person.instance.namespace, person.instance.key)
            person.instance, effects = advance(person.program, person.instance, stimulus, self.timeline.now, store)
            self._perform(run, person, effects)

    def _perform(self, run: SimulatedJourney, person: SimulatedInstance, effects: Iterable[Effect]) -> None:
        """Do what a transition asks for; what is answered at once is answered when all of it is done."""
        answers: list[Stimulus] = []
        released: list[Arrival] = []
        for effect in effects:
            if isinstance(effect, StepEvent):
                person.steps.append(effect)
                run.metrics.add(effect)
            elif isinstance(effect, ReleaseArrival):
                released.append(effect.arrival)
            elif isinstance(effect, InstanceEnded):
                run.of(person.instance.key).present = None
            elif isinstance(effect, SetTimer):
                due = partial(self._advance, run, person, stimuli.TimerDue(effect.timer))
                self.timeline.schedule(effect.due, TIMERS, due, effect.rank)
            else:
                answer = self._ask(run, person, effect)
                answers.extend([answer] if answer is not None else [])
        for stimulus in answers:
            self._advance(run, person, stimulus)
        for arrival in released:
            self._arrive(run, person.instance.key, arrival)

    def _ask(self, run: SimulatedJourney, person: SimulatedInstance, effect: Effect) -> Stimulus | None:
        """The answer of what is done at once, None for what takes its time."""
        if isinstance(effect, Fetch):
            self.world.fetch(effect, self._label(run, person), partial(self._advance, run, person))
        elif isinstance(effect, CallAction):
            self.world.call(effect, self._label(run, person), partial(self._advance, run, person))
        elif isinstance(effect, SendMessage):
            self._send(run, person, effect)
        elif isinstance(effect, UpdateProfile):
            return self._update(person, effect)
        elif isinstance(effect, CountPassage):
            return self._count(person, effect)
        elif isinstance(effect, Jump):
            return self._jump(person, effect)
        return None

    def _label(self, run: SimulatedJourney, person: SimulatedInstance) -> dict[str, str]:
        return {"key": person.instance.key, "journey": run.name}

    def _read_profile(
        self, recorded: list[tuple[int, Stimulus]], namespace: str | None, key: str, fetch: Fetch
    ) -> FetchDone | None:
        """Answer a fetch of the profile store, and record the answer for a replay without a store."""
        if fetch.source != PROFILE_STORE:
            return None
        now = self.timeline.now
        data: Mapping[str, Any]
        if fetch.group == SEGMENTS:
            data = {"names": self.memberships.names(namespace, key)}
        else:
            source = self.definitions.data_source[PROFILE_STORE]
            group = next(group for group in source.field_groups if group.name == fetch.group)
            data = read_group(self.store.find(namespace, key), group, now)
        done = FetchDone(fetch.call, data)
        recorded.append((now, done))
        return done

    def _send(self, run: SimulatedJourney, person: SimulatedInstance, effect: SendMessage) -> None:
        if self.feedback.is_suppressed(effect.channel, effect.address):
            suppressed = ActionDone(effect.call, error="suppressed", attempts=0)
            self.timeline.schedule(self.timeline.now, RESULTS, partial(self._advance, run, person, suppressed))
            return
        name = next(filter(self.world.script.knows, (effect.template, effect.channel)), effect.template)

        def delivered(outcome: CallOutcome, _body: Any) -> None:
            identifier = None
            if outcome.error is None:
                identifier = effect.idempotency_key
                person.messages[identifier] = (effect.activity, effect.address)
                self.messages.append(self._message(run, person, effect))
            done = ActionDone(effect.call, outcome.status, None, outcome.error, 0, identifier, outcome.attempts)
            self._advance(run, person, done)

        self.world.message(name, dict(effect.variables), effect.timeout_ms, delivered)

    def _message(self, run: SimulatedJourney, person: SimulatedInstance, effect: SendMessage) -> dict[str, Any]:
        texts = render(self.definitions.template[effect.template], effect.variables)
        return message_json(effect, texts, self.timeline.now) | self._label(run, person)

    def _update(self, person: SimulatedInstance, effect: UpdateProfile) -> ActionDone:
        index = self.store.index_of(person.instance.namespace, person.instance.key)
        if index is None:
            return ActionDone(effect.call, error="evaluation")
        self.store.update(index, effect.field, effect.value)
        self.memberships.refresh(index)
        return ActionDone(effect.call, 200)

    def _count(self, person: SimulatedInstance, effect: CountPassage) -> Stimulus:
        key = (person.instance.journey, person.instance.version, effect.activity)
        self._passages[key] = count_passage(*self._passages.get(key, (0, 0)), self.timeline.now)
        return stimuli.PassageCounted(effect.call, self._passages[key][0])

    def _jump(self, person: SimulatedInstance, effect: Jump) -> ActionDone:
        """Hand over: the target's entry event arrives at this very instant, after what is under way."""
        target = self.runs.get(effect.journey)
        if target is None or not target.is_open(self.timeline.now) or target.newest.entry.kind != "event":
            return ActionDone(effect.call, error="evaluation")
        deed = partial(self._arrive_by_jump, target, person.instance, effect)
        self.timeline.schedule(self.timeline.now, EVENTS, deed)
        return ActionDone(effect.call, 200)

    def _arrive_by_jump(self, target: SimulatedJourney, origin: Instance, effect: Jump) -> None:
        event, key = self.definitions.event[target.newest.entry.settings.event], origin.key
        payload = jump_payload(event, effect.values, key)
        fault = next(faults(event.fields, payload), None)
        if fault is not None:
            self._discard(event.name, key, target.name, fault[0], fault[1])
            return
        self._arrive(target, key, EventArrived(event.name, payload, f"{origin.id}-{effect.call}", self.timeline.now))


def _callbacks(
    runs: Iterable[SimulatedJourney], event: ScriptedEvent
) -> list[tuple[SimulatedJourney, SimulatedInstance, int]]:
    """The people who wait at the event's activity for the callback of a call, with the call."""
    found: list[tuple[SimulatedJourney, SimulatedInstance, int]] = []
    for run in runs:
        person = run.of(event.key).present if event.journey in (None, run.name) else None
        awaited = awaited_callback(person.program, person.instance) if person is not None else None
        if person is not None and awaited is not None and awaited[0] == event.callback:
            found.append((run, person, awaited[1]))
    return found


def _name_of(arrival: Arrival) -> str:
    return arrival.name if isinstance(arrival, EventArrived) else arrival.segment
