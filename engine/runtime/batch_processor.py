"""Walks a batch of stimuli through the core: routes arrivals, answers what stays inside, stages the rest.

Everything here happens within one transaction; nothing is sent, and nothing else is read than the working set.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, NamedTuple

from engine.core.advance import Entered, advance, enter
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
    UpdateProfile,
)
from engine.core.entry import LIVE, STOPPED, TEST, EntryRecord
from engine.core.instance import FAILED, RUNNING
from engine.core.profiles import count_passage, read_group, set_attribute
from engine.core.routing import Route, route
from engine.core.segments import Change
from engine.core.step_event import StepEvent
from engine.core.stimulus import (
    ActionDone,
    Arrival,
    EventArrived,
    Expire,
    FetchDone,
    PassageCounted,
    Resume,
    SegmentChanged,
    Stimulus,
    Stop,
    TimerDue,
)
from engine.ingress.matching import faults, jump_payload
from engine.model.data_source import PROFILE_STORE
from engine.model.profile import Profile
from engine.runtime import local_outbox
from engine.runtime.deployment import DeployedJourney, DeployedVersion
from engine.runtime.loaded import KeyEntry, LoadedInstance, LoadedProfile
from engine.runtime.memberships import SegmentMemberships
from engine.runtime.unit_of_work import UnitOfWork
from engine.store import runtime_queries

_CANNOT = "evaluation"


class KeyState(NamedTuple):
    """What is known of a key that an arrival names; ``present`` says that the person is in the journey now."""

    entry: KeyEntry | None
    present: bool
    profile: LoadedProfile | None


class BatchProcessor:
    """See the module. ``seed`` seeds every instance's draws; ``person`` makes random person ids."""

    def __init__(self, work: UnitOfWork, seed: int, person: Callable[[], str]) -> None:
        self._work = work
        self._seed = seed
        self._person = person
        self._next: deque[tuple[LoadedInstance, Stimulus]] = deque()
        self._changes: deque[tuple[str, Mapping[str, str], Change]] = deque()
        self.qualifications = SegmentMemberships(work)

    def arrive(self, sandbox: str, arrival: Arrival, key: str, namespace: str | None) -> None:
        """An event or segment change reaches every journey that uses it."""
        found = self._work.deployment.sandboxes.get(sandbox)
        for listener in found.listeners(arrival) if found is not None else ():
            self._reach(listener, arrival, key)
        if self._changes:
            self._tell()

    def give(self, row: int, stimulus: Stimulus) -> None:
        """Give a stimulus to one instance; nothing happens if it is gone."""
        person = self._work.person(row)
        if person is None:
            return
        self._catch_up(person)
        if isinstance(stimulus, Resume) and not self._may_resume(person):
            return
        self._advance(person, stimulus)
        self._drain()
        if self._changes:
            self._tell()

    def wake(self, row: int, *, last: bool = False) -> None:
        """A person's timer or global timeout fell due; one that was cancelled meanwhile is none.

        Unless this is the ``last`` of what happens at this instant, its global timeouts are still to come: a virtual
        clock's user lets nothing more happen at it, on the real clock something may until the next millisecond.
        """
        person = self._work.person(row)
        if person is None:
            return
        self._catch_up(person)
        now = self._work.tests.time_of(person.version)
        if last and person.instance.status == RUNNING and person.instance.expires_at <= now:
            self._advance(person, Expire())
            self._drain()
        if self._changes:
            self._tell()

    def _catch_up(self, person: LoadedInstance) -> None:
        """What fell due for a person before something else comes, but has not been looked at, happens first.

        At the same instant timers come before all that, and the global timeout after it.
        """
        instance, now = person.instance, self._work.tests.time_of(person.version)
        if instance.status != RUNNING:
            return
        if person.version.state == STOPPED:
            self._advance(person, Stop())
            self._drain()
            return
        waiting = instance.waiting
        if waiting is not None and waiting.timer and waiting.due <= min(now, instance.expires_at):
            self._advance(person, TimerDue(waiting.timer))
            self._drain()
        if person.instance.status == RUNNING and instance.expires_at < now:
            self._advance(person, Expire())
            self._drain()

    def profile_changed(self, sandbox: str, profile_id: int, profile: Profile) -> None:
        """A profile's data changed: its segments are looked at, and the journeys told."""
        found = self.qualifications.refresh(sandbox, profile_id, profile, self._work.now)
        self._changes.extend((sandbox, profile.identities, change) for change in found)
        self._tell()

    def look(
        self, sandbox: str, profile_id: int, profile: Profile, names: Collection[str], silent: Collection[str]
    ) -> None:
        """Some segments of a profile are looked at; journeys are told but of the ``silent`` ones."""
        found = self.qualifications.look(sandbox, profile_id, profile, names, self._work.now)
        told = [change for change in found if change.segment not in silent]
        self._changes.extend((sandbox, profile.identities, change) for change in told)
        self._tell()

    def _tell(self) -> None:
        """Tell every journey that uses a change, for the person's key in that journey's namespace."""
        while self._changes:
            sandbox, identities, change = self._changes.popleft()
            arrival = SegmentChanged(change.segment, change.change, "", self._work.now)
            for listener in self._work.deployment.sandboxes[sandbox].listeners(arrival):
                key = identities.get(listener.newest.program.namespace or "")
                if key:
                    self._reach(listener, arrival, key)

    def _may_resume(self, person: LoadedInstance) -> bool:
        if person.version.state == STOPPED:
            return False
        entry = self._work.entry(person.version.journey_id, person.instance.key)
        return person.instance.status == FAILED and (entry is None or entry.instance is None)

    def _reach(self, listener: DeployedJourney, arrival: Arrival, key: str) -> None:
        entry = self._work.entry(listener.journey_id, key)
        person = self._work.person(entry.instance) if entry is not None and entry.instance is not None else None
        profile = self._work.profile(listener.sandbox, listener.newest.program.namespace, key)
        newest = _taking(listener, profile is not None and profile.profile.test_profile)
        if person is not None:
            self._catch_up(person)
            person = person if person.instance.status == RUNNING else None
        present = (person.version.program, person.instance) if person is not None else None
        way = route(present, newest.program, arrival)
        if way in (Route.ADVANCE, Route.ENTER) and newest.state == TEST:
            self._work.tests.keys(newest)
        if way is Route.ADVANCE and person is not None:
            self._advance(person, arrival)
        elif way is Route.ENTER:
            self._enter(listener, newest, arrival, key, KeyState(entry, person is not None, profile))
        elif way is Route.NOT_WAITING:
            self._refuse(listener, arrival, key, "not_waiting")
        if self._next:
            self._drain()

    def _refuse(self, listener: DeployedJourney, arrival: Arrival, key: str, reason: str) -> None:
        name = arrival.name if isinstance(arrival, EventArrived) else arrival.segment
        self._work.discard(listener.sandbox, name, key, listener.name, reason)

    def _enter(
        self, listener: DeployedJourney, version: DeployedVersion, arrival: Arrival, key: str, known: KeyState
    ) -> None:
        work, entry, profile = self._work, known.entry, known.profile
        if version is not listener.newest:
            profile = work.profile(listener.sandbox, version.program.namespace, key)
        row = work.numbers.row()
        record = EntryRecord(
            instance=work.numbers.text(row),
            person=entry.person if entry is not None else self._person(),
            key=key,
            state=version.entrance,
            starts_at=version.starts_at,
            ends_at=version.ends_at,
            present=known.present,
            last_entrance=entry.last_entered if entry is not None else None,
            entrances=entry.entrances if entry is not None else 0,
            test_profile=profile is not None and profile.profile.test_profile,
            session_profiles=work.tests.others(version, key) if version.state == TEST else 0,
            test_wait_ms=version.test_wait_ms,
            profile=str(profile.id) if profile is not None else "",
            time_zone=profile.zone if profile is not None else None,
        )
        result = enter(
            version.program,
            record,
            arrival,
            work.tests.time_of(version),
            self._seed,
            partial(self._read_profile, version, key),
        )
        if not isinstance(result, Entered):
            self._refuse(listener, arrival, key, result.reason)
            return
        person = work.entered(listener, version, result.instance, row)
        self._handle(person, result.effects)

    def _advance(self, person: LoadedInstance, stimulus: Stimulus) -> None:
        now = self._work.tests.time_of(person.version)
        store = partial(self._read_profile, person.version, person.instance.key)
        instance, effects = advance(person.version.program, person.instance, stimulus, now, store)
        if instance is person.instance or (not effects and instance == person.instance):
            return
        resumed = person.instance.status != RUNNING and instance.status == RUNNING
        self._work.put(person, instance)
        if resumed:
            self._work.returned(person)
        self._handle(person, effects)

    def _handle(self, person: LoadedInstance, effects: list[Effect]) -> None:
        for effect in effects:
            if type(effect) is StepEvent:
                self._work.step(person, effect)
            else:
                handle = _HANDLERS.get(type(effect))
                if handle is not None:
                    handle(self, person, effect)

    def _drain(self) -> None:
        """Answer what was asked inside, until people wait or call outside."""
        while self._next:
            self._advance(*self._next.popleft())

    def _answer(self, person: LoadedInstance, stimulus: Stimulus) -> None:
        self._next.append((person, stimulus))

    # Effects -------------------------------------------------------------------------------------------------------

    def _read_profile(self, version: DeployedVersion, key: str, fetch: Fetch) -> FetchDone | None:
        """Answer a fetch of the profile store for a person of a version; see ``ProfileReader``."""
        if fetch.source != PROFILE_STORE:
            return None
        work = self._work
        known = work.profile(version.sandbox, version.program.namespace, key)
        if fetch.group == SEGMENTS:
            names = self.qualifications.names(version.sandbox, known.id) if known is not None else []
            return FetchDone(fetch.call, {"names": names})
        group = work.deployment.sandboxes[version.sandbox].groups[fetch.source, fetch.group]
        now = work.tests.time_of(version)
        profile = known.profile if known is not None else None
        if known is not None and group.source_schema == "experience_event":
            profile = known.with_events(now)
        return FetchDone(fetch.call, read_group(profile, group, now))

    def _on_call(self, person: LoadedInstance, effect: CallAction | Fetch) -> None:
        self._work.call(person, effect)

    def _on_message(self, person: LoadedInstance, effect: SendMessage) -> None:
        settings = self._work.deployment.sandboxes[person.version.sandbox].settings
        if local_outbox.is_local(settings, effect.channel):
            self._answer(person, local_outbox.deliver(self._work, person, effect))
        else:
            self._work.call(person, effect)

    def _on_update(self, person: LoadedInstance, effect: UpdateProfile) -> None:
        instance = person.instance
        known = self._work.profile(person.version.sandbox, instance.namespace, instance.key)
        if known is None:
            self._answer(person, ActionDone(effect.call, error=_CANNOT))
            return
        known.profile = set_attribute(known.profile, effect.field, effect.value)
        known.changed = True
        sandbox = person.version.sandbox
        if self._work.deployment.sandboxes[sandbox].segments.names:
            now = self._work.tests.time_of(person.version)
            found = self.qualifications.refresh(sandbox, known.id, known.with_events(now), now)
            self._changes.extend((sandbox, known.profile.identities, change) for change in found)
        self._answer(person, ActionDone(effect.call))

    def _on_count(self, person: LoadedInstance, effect: CountPassage) -> None:
        where = (self._work.connection, person.version.id, person.instance.in_test, effect.activity)
        count, since = count_passage(*runtime_queries.cap_count(*where), self._work.tests.time_of(person.version))
        runtime_queries.put_cap_count(*where, count, since)
        self._answer(person, PassageCounted(effect.call, count))

    def _on_jump(self, person: LoadedInstance, effect: Jump) -> None:
        sandbox = self._work.deployment.sandboxes[person.version.sandbox]
        target = sandbox.by_name.get(effect.journey)
        version = _taking(target, False) if target is not None else None
        if target is None or version is None or not self._takes_jumps(version):
            self._answer(person, ActionDone(effect.call, error=_CANNOT))
            return
        self._answer(person, ActionDone(effect.call))
        event, key = sandbox.definitions.event[version.program.entry.settings.event], person.instance.key
        payload = jump_payload(event, effect.values, key)
        fault = next(faults(event.fields, payload), None)
        if fault is not None:
            self._work.discard(target.sandbox, event.name, key, target.name, fault[0], fault[1])
            return
        at = self._work.tests.time_of(version)
        arrival = EventArrived(event.name, payload, f"{person.instance.id}-{effect.call}", at)
        waiting, self._next = self._next, deque()
        self._reach(target, arrival, key)
        self._next = waiting

    def _takes_jumps(self, version: DeployedVersion) -> bool:
        ended = version.ends_at is not None and self._work.tests.time_of(version) >= version.ends_at
        return version.entrance in (LIVE, TEST) and not ended and version.program.entry.kind == "event"

    def _on_release(self, person: LoadedInstance, effect: ReleaseArrival) -> None:
        listener = self._work.deployment.listener_of(person.version)
        waiting, self._next = self._next, deque()
        self._reach(listener, effect.arrival, person.instance.key)
        self._next = waiting

    def _on_end(self, person: LoadedInstance, _effect: InstanceEnded) -> None:
        self._work.left(person)


_HANDLERS: Mapping[type, Callable[[BatchProcessor, LoadedInstance, Any], None]] = {
    Fetch: BatchProcessor._on_call,
    CallAction: BatchProcessor._on_call,
    SendMessage: BatchProcessor._on_message,
    UpdateProfile: BatchProcessor._on_update,
    CountPassage: BatchProcessor._on_count,
    Jump: BatchProcessor._on_jump,
    ReleaseArrival: BatchProcessor._on_release,
    InstanceEnded: BatchProcessor._on_end,
}
"""What is done with each effect; timers are read off the instance itself (``people.due_of``)."""


def _taking(listener: DeployedJourney, is_test_profile: bool) -> DeployedVersion:
    """The version that takes entrances: a tested one takes test profiles, or all when nothing is live."""
    if listener.test is not None and (is_test_profile or listener.newest.state != LIVE):
        return listener.test
    return listener.newest
