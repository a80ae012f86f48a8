"""Drives the core: routes arrivals and stimuli to instances and has their effects performed.

Every runner uses it, over a store of its own: the writer over SQL, the simulation in memory. Everything happens within
one transaction of that store, and nothing is sent.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence

from engine.core.advance import Entered, advance, awaited_callback, enter
from engine.core.effect import Effect, ReleaseArrival, StepEvent
from engine.core.instance import FAILED, RUNNING, Instance
from engine.core.profiles import Change
from engine.core.routing import STOPPED, TEST, EntryRecord, Route, route
from engine.core.stimulus import (
    ActionDone,
    Arrival,
    CallbackArrived,
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
from engine.effects.messages import reaction_of
from engine.ingress.matching import faults, jump_payload
from engine.model.address import normal_identity
from engine.model.definitions import Profile
from engine.ports import OutboxMessage
from engine.runtime.deployment import DeployedJourney, DeployedVersion
from engine.runtime.effect_interpreter import EFFECT_HANDLERS, EffectInterpreter, SegmentMemberships
from engine.runtime.profile_reader import ProfileReader
from engine.runtime.store_protocol import (
    DeferredArrival,
    JumpArrival,
    KeyEntry,
    LoadedInstance,
    LoadedProfile,
    RuntimeStore,
    SegmentArrival,
    Timers,
)
from engine.runtime.stored_stimuli import HeldArrival, HeldJump

KeyedArrival = tuple[Arrival, str, str | None]
"""An arrival with its key and that key's namespace."""

Record = Callable[[LoadedInstance, Sequence[Stimulus]], None]
"""Takes what an instance was given: a stimulus, and behind it the answers of the profile store."""

UNSUBSCRIBED = "unsubscribed"
"""The feedback after which an address gets no messages any more."""


class BatchProcessor:
    """See the module. ``seed`` seeds the draws of every instance; ``record`` is told of each stimulus.

    Without ``timers`` they are read off the stored instances (``due_of``): what fell due fires when an instance is next
    used, and deferred arrivals are delivered at the end of what is being processed.
    """

    def __init__(
        self, store: RuntimeStore, seed: int, timers: Timers | None = None, record: Record | None = None
    ) -> None:
        self._store = store
        self._seed = seed
        self._timers = timers
        self._record = record
        self._deferred: deque[DeferredArrival] = deque()
        self._defer = timers.defer if timers is not None else self._deferred.append
        self.memberships = SegmentMemberships(store)
        self._reader = ProfileReader(store, self.memberships)
        self._effects = EffectInterpreter(store, self.memberships, timers, self._defer)

    # Entry points ----------------------------------------------------------------------------------------------------

    def receive(self, sandbox: str, arrivals: Iterable[KeyedArrival]) -> None:
        """Deliver the arrivals of one event to every journey that uses them."""
        deployed, inbox = self._store.deployment.sandboxes.get(sandbox), self._store.inbox
        if deployed is None:
            return
        for arrival, key, _ in arrivals:
            for journey in deployed.journeys_for(arrival):
                self._deliver(journey, arrival, key)
            if inbox is not None:
                inbox.hold_arrivals(sandbox, arrival, key)
        self._deliver_deferred()

    def receive_held(self, held: HeldArrival | HeldJump) -> None:
        """Deliver what waited for a suspended version to its journey, unless that is gone."""
        version = self._store.deployment.versions.get(held.version_id)
        if version is not None:
            journey = self._store.deployment.journey_of(version)
            if isinstance(held, HeldJump):
                self._defer(JumpArrival(journey, Instance.load(held.origin), held.effect))
            else:
                self._deliver(journey, held.arrival, held.key)
        self._deliver_deferred()

    def stimulate(self, row: int, stimulus: Stimulus) -> None:
        """Give a stimulus to one instance; nothing happens if it is gone."""
        loaded = self._store.instance(row)
        if loaded is None and self._store.inbox is not None:
            self._store.inbox.hold_stimulus(row, stimulus)
        if loaded is None:
            return
        self._catch_up(loaded)
        if not isinstance(stimulus, Resume) or self._may_resume(loaded):
            self._advance(loaded, stimulus)
        self._deliver_deferred()

    def wake(self, row: int, *, last: bool = False) -> None:
        """Fire what fell due for an instance: its timer or global timeout, unless that was cancelled meanwhile.

        Global timeouts come at the end of an instant: with its ``last`` stimulus on a virtual clock, else afterwards.
        """
        loaded = self._store.instance(row)
        if loaded is None:
            if self._store.inbox is not None:
                self._store.inbox.hold_timer(row)
            return
        self._catch_up(loaded)
        if last and loaded.instance.expires_at <= self._store.time_of(loaded.version):
            self._advance(loaded, Expire())
        self._deliver_deferred()

    def complete_call(
        self, row: int, result: FetchDone | ActionDone, sent: tuple[str, OutboxMessage] | None = None
    ) -> None:
        """Give an instance the result of a call; ``sent`` is the activity and message that it sent."""
        records, inbox = self._store.records, self._store.inbox
        records.answer_call(row, result.call)
        if sent is not None and isinstance(result, ActionDone):
            if (loaded := self._store.instance(row)) is not None:
                records.add_message(loaded, *sent)
            elif inbox is not None:
                inbox.add_message(row, *sent)
        self.stimulate(row, result)

    def add_feedback(self, sandbox: str, message: str, kind: str, at: int) -> bool:
        """Record feedback on a message and give its instance the reaction; False when there is no such message."""
        owner = self._store.records.message_owner(sandbox, message)
        if owner is None:
            return False
        if self._store.records.add_feedback(owner, message, kind, at):
            if kind == UNSUBSCRIBED:
                self._store.records.suppress(sandbox, owner.channel, owner.address, kind, at)
            if (reaction := reaction_of(owner.channel, kind)) is not None:
                self.stimulate(owner.row, ReactionArrived(message, reaction, at))
        return True

    def receive_callback(self, row: int, callback: CallbackArrived) -> bool:
        """Give an instance the callback of its call; False when it does not await this one."""
        loaded, inbox = self._store.instance(row), self._store.inbox
        if loaded is None and inbox is not None and inbox.hold_stimulus(row, callback):
            return True
        awaited = awaited_callback(loaded.version.program, loaded.instance) if loaded is not None else None
        if awaited is None or awaited[1] != callback.call:
            return False
        self.stimulate(row, callback)
        return True

    def refresh_segments(self, sandbox: str, profile_id: int, profile: Profile) -> None:
        """Evaluate the segments of a profile whose data changed."""
        self._announce(sandbox, profile, self.memberships.refresh(sandbox, profile_id, profile, self._store.now))

    def evaluate_segments(
        self,
        sandbox: str,
        profile_id: int,
        profile: Profile,
        names: Collection[str],
        *,
        silent: Collection[str] = (),
        changed: Collection[str] = (),
    ) -> None:
        """Evaluate segments, and those that ask for one in ``changed``; journeys get no changes of ``silent`` ones."""
        found = self.memberships.evaluate(sandbox, profile_id, profile, names, self._store.now, changed)
        self._announce(sandbox, profile, [change for change in found if change.segment not in silent])

    def _announce(self, sandbox: str, profile: Profile, changes: Iterable[Change]) -> None:
        for change in changes:
            self._defer(SegmentArrival(sandbox, profile.identities, change))
        self._deliver_deferred()

    def deliver(self, deferred: DeferredArrival) -> None:
        """Deliver an arrival that an effect made."""
        if isinstance(deferred, JumpArrival):
            self._deliver_jump(deferred)
            return
        change = deferred.change
        arrival = SegmentChanged(change.segment, change.change, "", self._store.now)
        for journey in self._store.deployment.sandboxes[deferred.sandbox].journeys_for(arrival):
            key = deferred.identities.get(journey.newest.program.namespace or "")
            if key:
                self._deliver(journey, arrival, key)
        if self._store.inbox is not None:
            self._store.inbox.hold_arrivals(deferred.sandbox, arrival, deferred.identities)

    # Routing ---------------------------------------------------------------------------------------------------------

    def _deliver_deferred(self) -> None:
        while self._deferred:
            self.deliver(self._deferred.popleft())

    def _deliver_jump(self, jump: JumpArrival) -> None:
        target, key = jump.target, jump.origin.key
        version = target.entry_version(is_test_profile=False)
        if version.program.entry.kind != "event":
            self._store.records.add_discard(target.sandbox, None, key, target.name, "not_waiting")
            return
        event = version.definitions.event[version.program.entry.settings.event]
        payload = jump_payload(event, jump.effect.values, key)
        if fault := next(faults(event.fields, payload), None):
            self._store.records.add_discard(target.sandbox, event.name, key, target.name, fault[0], fault[1])
            return
        source = f"{jump.origin.id}-{jump.effect.call}"
        self._deliver(target, EventArrived(event.name, payload, source, self._store.time_of(version)), key)

    def _deliver(self, journey: DeployedJourney, arrival: Arrival, key: str) -> None:
        """Deliver an arrival to one journey: to the instance of the key, or as an entrance, or discard it."""
        store, key = self._store, normal_identity(journey.newest.program.namespace, key)
        entry = store.entry(journey.journey_id, key)
        loaded = store.instance(entry.instance) if entry is not None and entry.instance is not None else None
        profile = store.profile(journey.sandbox, journey.newest.program.namespace, key)
        version = journey.entry_version(is_test_profile=profile is not None and profile.profile.test_profile)
        if loaded is not None:
            self._catch_up(loaded)
            loaded = loaded if loaded.instance.status == RUNNING else None
        present = (loaded.version.program, loaded.instance) if loaded is not None else None
        way = route(present, version.program, arrival)
        inbox = store.inbox if way is not Route.ADVANCE else None
        if inbox is not None and inbox.hold_arrival(journey.sandbox, journey.journey_id, arrival, key):
            return
        taker = loaded.version if loaded is not None and way is Route.ADVANCE else version
        fault = store.deployment.sandboxes[journey.sandbox].misfit(taker, arrival, way)
        if way in (Route.ADVANCE, Route.ENTER) and version.state == TEST and fault is None:
            store.touch_session(version)
        if fault is not None:
            self._discard(journey, arrival, key, *fault[:2])
        elif way is Route.ADVANCE and loaded is not None:
            self._advance(loaded, arrival)
        elif way is Route.ENTER:
            if version is not journey.newest:
                profile = store.profile(journey.sandbox, version.program.namespace, key)
            self._enter(journey, version, arrival, key, entry, profile, is_present=loaded is not None)
        elif way is Route.NOT_WAITING:
            self._discard(journey, arrival, key, "not_waiting")

    def _discard(self, journey: DeployedJourney, arrival: Arrival, key: str, reason: str, field: str = "") -> None:
        name = arrival.name if isinstance(arrival, EventArrived) else arrival.segment
        self._store.records.add_discard(journey.sandbox, name, key, journey.name, reason, field)

    def _enter(
        self,
        journey: DeployedJourney,
        version: DeployedVersion,
        arrival: Arrival,
        key: str,
        entry: KeyEntry | None,
        profile: LoadedProfile | None,
        *,
        is_present: bool,
    ) -> None:
        store, now = self._store, self._store.time_of(version)
        row, instance_id, person = store.new_instance(version, key, entry)
        record = EntryRecord(
            instance=instance_id,
            person=person,
            key=key,
            state=version.entrance,
            starts_at=version.starts_at,
            ends_at=version.ends_at,
            present=is_present,
            last_entrance=entry.last_entered if entry is not None else None,
            entrances=entry.entrances if entry is not None else 0,
            test_profile=profile is not None and profile.profile.test_profile,
            session_profiles=store.other_test_profiles(version, key) if version.state == TEST else 0,
            test_wait_ms=version.test_wait_ms,
            profile=profile.reference if profile is not None else "",
            time_zone=profile.zone if profile is not None else None,
        )
        self._reader.begin(version, key)
        result = enter(version.program, record, arrival, now, self._seed, self._reader.read)
        if not isinstance(result, Entered):
            self._discard(journey, arrival, key, result.reason)
            return
        loaded = store.enter(journey, version, record, result.instance, row)
        if self._timers is not None:
            self._timers.set_expiry(loaded)
        if self._record is not None:
            self._record(loaded, (arrival, *self._reader.answers))
        answer = self._perform(loaded, result.effects)
        if answer is not None:
            self._advance(loaded, answer)

    # Advancing -------------------------------------------------------------------------------------------------------

    def _catch_up(self, loaded: LoadedInstance) -> None:
        """Fire what fell due for an instance, but has not been looked at, before anything else happens to it.

        At the same instant timers come before all that, and the global timeout after it.
        """
        instance, now = loaded.instance, self._store.time_of(loaded.version)
        if self._timers is not None or instance.status != RUNNING:
            return
        if loaded.version.state == STOPPED:
            self._advance(loaded, Stop())
            return
        waiting = instance.waiting
        if waiting is not None and waiting.timer and waiting.due <= min(now, instance.expires_at):
            self._advance(loaded, TimerDue(waiting.timer))
        if loaded.instance.expires_at < now:
            self._advance(loaded, Expire())

    def _may_resume(self, loaded: LoadedInstance) -> bool:
        if loaded.version.state == STOPPED or loaded.instance.status != FAILED:
            return False
        entry = self._store.entry(loaded.version.journey_id, loaded.instance.key)
        return entry is None or entry.instance is None

    def _advance(self, loaded: LoadedInstance, stimulus: Stimulus) -> None:
        """Give a stimulus to an instance, and then what its effects are answered with at once."""
        store, version = self._store, loaded.version
        answer: Stimulus | None = stimulus
        while answer is not None:
            before = loaded.instance
            resumed = before.status != RUNNING
            if resumed and not isinstance(answer, Resume):
                return
            self._reader.begin(version, before.key)
            instance, effects = advance(version.program, before, answer, store.time_of(version), self._reader.read)
            if self._record is not None:
                self._record(loaded, (answer, *self._reader.answers))
            if not effects and instance == before:
                return
            store.save(loaded, instance)
            if resumed and instance.status == RUNNING:
                store.resume(loaded)
            answer = self._perform(loaded, effects)

    def _perform(self, loaded: LoadedInstance, effects: list[Effect]) -> Stimulus | None:
        """Perform the effects of a transition; return the answer that one of them has at once."""
        answer: Stimulus | None = None
        records = self._store.records
        for effect in effects:
            if type(effect) is StepEvent:
                records.add_step(loaded, effect)
            elif (handler := EFFECT_HANDLERS.get(type(effect))) is not None:
                answer = handler(self._effects, loaded, effect) or answer
            elif isinstance(effect, ReleaseArrival):
                journey = self._store.deployment.journey_of(loaded.version)
                self._deliver(journey, effect.arrival, loaded.instance.key)
        return answer
