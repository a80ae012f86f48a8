"""Runs journeys in virtual time: the live interpreter over a store in memory and a scripted outside world.

``simulate(files, scenario)`` returns the outcome as JSON values; nothing in it depends on the machine, the clock or the
order of hashing, so the same scenario has the same outcome byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from engine.core.advance import awaited_callback
from engine.core.effect import Call, SetTimer
from engine.core.profiles import Change, Membership
from engine.core.stimulus import ActionDone, CallbackArrived, EventArrived, Expire, FetchDone, Stimulus, Stop, TimerDue
from engine.model.definitions import Definitions, Profile
from engine.model.journey_file import JourneyFile
from engine.ports import OutboxMessage
from engine.runtime.batch_processor import BatchProcessor
from engine.runtime.deployment import DeployedJourney
from engine.runtime.store_protocol import DeferredArrival, LoadedInstance, SegmentArrival
from engine.simulation.memory_store import SANDBOX, MemoryStore, SimulatedInstance
from engine.simulation.outcome import Outcome, outcome_json
from engine.simulation.publication import deploy, merge_definitions, set_dates
from engine.simulation.scenario import Scenario, ScenarioError, ScriptedCommand, ScriptedEvent
from engine.simulation.scripted_performer import ScriptedPerformer
from engine.simulation.timeline import COMMANDS, EVENTS, GLOBAL_TIMEOUTS, TIMERS, Timeline

IDEMPOTENCY_MS = 7 * 24 * 60 * 60 * 1_000
"""How long the id of an event is remembered."""


def simulate(files: Sequence[JourneyFile], scenario: Scenario) -> Outcome:
    """Return the outcome of a scenario, as ``simulate --json`` prints it.

    Raises ScenarioError, and SojournError for journeys that cannot be published together.
    """
    simulation = Simulation(files, scenario)
    simulation.run()
    return simulation.outcome()


class TimelineTimers:
    """The ``Timers`` of virtual time: every timer fires at its own instant."""

    processor: BatchProcessor

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def set_timer(self, loaded: LoadedInstance, effect: SetTimer) -> None:
        """See ``Timers``."""
        fire = partial(self.processor.stimulate, loaded.row, TimerDue(effect.timer))
        self._timeline.schedule(effect.due, TIMERS, fire, effect.rank)

    def set_expiry(self, loaded: LoadedInstance) -> None:
        """See ``Timers``."""
        expire = partial(self.processor.stimulate, loaded.row, Expire())
        self._timeline.schedule(loaded.instance.expires_at, GLOBAL_TIMEOUTS, expire)

    def defer(self, arrival: DeferredArrival) -> None:
        """Deliver an arrival at this very instant, among the events."""
        self._timeline.schedule(self._timeline.now, EVENTS, partial(self.processor.deliver, arrival))


class Simulation:
    """One run. ``timeline`` may also be driven step by step."""

    def __init__(self, files: Sequence[JourneyFile], scenario: Scenario) -> None:
        self.scenario = scenario
        self.timeline = Timeline(scenario.start_ms)
        definitions: Definitions = merge_definitions(files)
        self._deployment = deploy(files, definitions, scenario, self.timeline.now)
        self._sandbox = self._deployment.sandboxes[SANDBOX]
        self._performer = ScriptedPerformer(definitions, scenario.answers, scenario.guardrails, self.timeline)
        self.store = MemoryStore(self._deployment, scenario.profiles, scenario.seed, self.timeline, self._perform)
        timers = TimelineTimers(self.timeline)
        self._processor = BatchProcessor(self.store, scenario.seed, timers, self._record)
        timers.processor = self._processor
        self._event_ids: dict[str, int] = {}
        self._start_segments()
        self._schedule_script()

    @property
    def journeys(self) -> dict[str, DeployedJourney]:
        """The journeys by name."""
        return self._sandbox.journeys

    def run(self) -> None:
        """Run the whole scenario."""
        self.timeline.run(self.scenario.moment(self.scenario.until, "$.until"))

    def outcome(self) -> Outcome:
        """Return the outcome so far."""
        store, records = self.store, self.store.records
        return outcome_json(
            self.journeys.values(),
            records.metrics,
            store.instances,
            self._performer.calls,
            records.messages,
            records.discards,
        )

    # Calls and recording

    def _perform(self, loaded: SimulatedInstance, effect: Call) -> None:
        label = {"key": loaded.instance.key, "journey": loaded.version.name}
        self._performer.perform(effect, label, partial(self._complete, loaded.row, effect.activity))

    def _complete(
        self, row: int, activity: str, result: FetchDone | ActionDone, message: OutboxMessage | None = None
    ) -> None:
        self._processor.complete_call(row, result, None if message is None else (activity, message))

    def _record(self, loaded: LoadedInstance, stimuli: Sequence[Stimulus]) -> None:
        assert isinstance(loaded, SimulatedInstance)
        now = self.timeline.now
        loaded.stimuli.extend((now, stimulus) for stimulus in stimuli)

    # Segments

    def _start_segments(self) -> None:
        """Evaluate all segments: members at the start enter nowhere; then again after each segment's period."""
        segments = self._sandbox.segments
        profiles = self.store.profiles.values() if segments.names else ()
        for loaded in profiles:
            self._processor.memberships.evaluate(SANDBOX, loaded.id, loaded.profile, segments.names, self.timeline.now)
        periods = {name: segments.evaluation_period(name) for name in segments.names}
        for period in sorted({period for period in periods.values() if period is not None and profiles}):
            self._schedule_evaluation([name for name in segments.names if periods[name] == period], period)

    def _schedule_evaluation(self, names: Sequence[str], period: int) -> None:
        def evaluate() -> None:
            for loaded in list(self.store.profiles.values()):
                self._processor.evaluate_segments(SANDBOX, loaded.id, loaded.profile, names)
            self._schedule_evaluation(names, period)

        self.timeline.schedule(self.timeline.now + period, EVENTS, evaluate)

    # The script

    def _schedule_script(self) -> None:
        for index, event in enumerate(self.scenario.events):
            at = self.scenario.moment(event.at, f"$.events[{index}].at")
            self.timeline.schedule(at, EVENTS, partial(self.apply_event, event))
        for index, command in enumerate(self.scenario.commands):
            at = self.scenario.moment(command.at, f"$.commands[{index}].at")
            self.timeline.schedule(at, COMMANDS, self.command_callback(command, index))

    def command_callback(self, command: ScriptedCommand, index: int = 0) -> Callable[[], None]:
        """Return the function that carries a command out at its time."""
        actions = {"stop": self._stop, "close": self._close, "publish": self._publish}
        for name, action in actions.items():
            wanted = getattr(command, name)
            if wanted is None:
                continue
            journey = self.journeys.get(wanted)
            if journey is None:
                where = f"$.commands[{index}].{name}"
                raise ScenarioError("scenario_journey", where, journey=wanted)
            return partial(action, journey, command.version)
        raise ScenarioError("scenario_command", f"$.commands[{index}]")

    def _close(self, journey: DeployedJourney, _version: int | None) -> None:
        if journey.newest.state == "live":
            journey.newest.state = "closed"

    def _stop(self, journey: DeployedJourney, _version: int | None) -> None:
        journey.newest.state = "stopped"
        for loaded in list(self.store.instances):
            if loaded.version.name == journey.name:
                self._processor.stimulate(loaded.row, Stop())

    def _publish(self, journey: DeployedJourney, number: int | None) -> None:
        """Let a newer version take the entrances; the instances of others go on in theirs."""
        versions = {version.number: version for version in journey.versions.values()}
        later = [other for other in versions if other > journey.newest.number]
        wanted = number if number is not None else min(later, default=0)
        if wanted not in versions:
            raise ScenarioError("scenario_version", number=wanted, name=journey.name)
        if wanted not in later:
            raise ScenarioError("scenario_version.published", number=wanted, name=journey.name)
        journey.newest = versions[wanted]
        journey.newest.state = "live"
        set_dates(journey.newest, self.timeline.now)

    # Events

    def apply_event(self, event: ScriptedEvent) -> None:
        """Let an event of the script happen now."""
        if event.message is not None:
            self._apply_feedback(event)
        elif event.segment is not None:
            self._apply_segment_change(event, event.segment)
        elif event.callback is not None:
            self._apply_callback(event)
        else:
            self._receive(event)

    def _receive(self, event: ScriptedEvent) -> None:
        payload = event.payload if event.payload is not None else {}
        identifier, now = event.id or payload.get("_id"), self.timeline.now
        before = self._event_ids.get(identifier) if isinstance(identifier, str) else None
        if before is not None and now - before < IDEMPOTENCY_MS:
            return
        matching = self._sandbox.matcher.match(payload, event.event)
        if isinstance(identifier, str) and (matching.matches or all(one.accepted for one in matching.refusals)):
            self._event_ids[identifier] = now
        for refusal in matching.refusals:
            name = refusal.event or event.event
            self.store.records.add_discard(SANDBOX, name, None, None, refusal.code, refusal.field)
        self._processor.receive(
            SANDBOX,
            [
                (EventArrived(match.event, match.payload, str(identifier or ""), now), match.key, match.namespace)
                for match in matching.matches
            ],
        )

    def _apply_segment_change(self, event: ScriptedEvent, segment: str) -> None:
        """Set a membership by hand and have the change reach the journeys, whatever the membership was before."""
        loaded = self.store.first_profile(event.key)
        if loaded is None:
            namespaces = {journey.newest.program.namespace for journey in self.journeys.values()}
            identities = dict.fromkeys(sorted(filter(None, namespaces)), event.key)
            loaded = self.store.add_profile(Profile.model_construct(identities=identities))
        inside = event.change == "enter"
        self.store.put_membership(loaded.id, segment, Membership(inside, inside))
        self._processor.evaluate_segments(SANDBOX, loaded.id, loaded.profile, (), changed=(segment,))
        change = Change(segment, event.change)
        self._processor.deliver(SegmentArrival(SANDBOX, loaded.profile.identities, change))

    def _apply_callback(self, event: ScriptedEvent) -> None:
        """Call back every running instance of the key that waits for it at the activity."""
        for loaded in self.store.instances_of(event.key):
            awaited = awaited_callback(loaded.version.program, loaded.instance)
            if event.journey in (None, loaded.version.name) and awaited is not None and awaited[0] == event.callback:
                callback = CallbackArrived(awaited[1], event.payload, self.timeline.now)
                self._processor.receive_callback(loaded.row, callback)

    def _apply_feedback(self, event: ScriptedEvent) -> None:
        """Give feedback on the latest message that the activity sent to this key."""
        journeys = list(self.journeys)
        sent = [
            (loaded.instance.entered_at, -journeys.index(loaded.version.name), message)
            for loaded in self.store.instances_of(event.key)
            if event.journey in (None, loaded.version.name)
            for message, (activity, _) in loaded.messages.items()
            if activity == event.of
        ]
        if sent:
            *_, message = max(sent, key=lambda one: one[:2])
            self._processor.add_feedback(SANDBOX, message, event.message or "", self.timeline.now)
