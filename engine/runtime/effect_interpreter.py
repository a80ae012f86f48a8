"""Interprets the effects of a transition, for every runner the same: live, in test mode and in a simulation.

What can be done within the transaction is done and answered; calls leave through the store, arrivals in other journeys
are deferred. Segment memberships follow from here too: they change with a profile's data, with time and by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from engine.catalogue import format_sentence
from engine.core.consent import STATED, newly_unwanted
from engine.core.effect import (
    Call,
    CallAction,
    CountPassage,
    Fetch,
    InstanceEnded,
    Jump,
    SendMessage,
    SetTimer,
    UpdateProfile,
)
from engine.core.profiles import ENTER, Change, Membership, count_passage, set_attribute
from engine.core.routing import LIVE, TEST
from engine.core.stimulus import ActionDone, PassageCounted
from engine.effects.messages import SUPPRESSED, UNSUBSCRIBED, message_id, refuse, render_message
from engine.effects.policy import EVALUATION
from engine.errors import SojournError
from engine.model.definitions import Profile
from engine.ports import OutboxMessage
from engine.runtime.deployment import DeployedVersion
from engine.runtime.store_protocol import (
    DeferredArrival,
    JumpArrival,
    LoadedInstance,
    RuntimeStore,
    SegmentArrival,
    Timers,
)

Answer = ActionDone | PassageCounted
_DONE = 200


class EffectInterpreter:
    """Performs effects by :data:`EFFECT_HANDLERS`; see the module."""

    def __init__(
        self,
        store: RuntimeStore,
        memberships: SegmentMemberships,
        timers: Timers | None,
        defer: Callable[[DeferredArrival], None],
    ) -> None:
        self._store = store
        self._memberships = memberships
        self._timers = timers
        self._defer = defer

    def _call(self, loaded: LoadedInstance, effect: Call) -> None:
        self._store.records.add_call(loaded, effect)

    def _send(self, loaded: LoadedInstance, effect: SendMessage) -> ActionDone | None:
        """Refuse a message that cannot be sent, keep it in the local outbox, or hand it to its provider."""
        store, sandbox = self._store, loaded.version.sandbox
        deployed = store.deployment.sandboxes[sandbox]
        try:
            texts = render_message(loaded.version.definitions, effect)
        except ValueError as error:
            return refuse(effect, str(error))
        if store.records.is_suppressed(sandbox, effect.channel, effect.address):
            return refuse(effect, format_sentence(UNSUBSCRIBED), SUPPRESSED)
        if effect.channel not in deployed.local_channels:
            store.records.add_call(loaded, effect)
            return None
        name = message_id(effect.idempotency_key)
        message = OutboxMessage(name, effect.channel, effect.address, texts.subject, texts.body, texts.html)
        store.records.add_message(loaded, effect.activity, message)
        return ActionDone(effect.call, message_id=name)

    def _update_profile(self, loaded: LoadedInstance, effect: UpdateProfile) -> ActionDone:
        store, sandbox, instance = self._store, loaded.version.sandbox, loaded.instance
        known = store.profile(sandbox, instance.namespace, instance.key)
        if known is None:
            return ActionDone(effect.call, error=EVALUATION)
        before, known.profile = known.profile, set_attribute(known.profile, effect.field, effect.value)
        known.changed = True
        for channel, address in newly_unwanted({}, (before,), known.profile):
            store.records.suppress(sandbox, channel, address, STATED, store.time_of(loaded.version))
        if store.deployment.sandboxes[sandbox].segments.names:
            now = store.time_of(loaded.version)
            for change in self._memberships.refresh(sandbox, known.id, known.with_events(now), now):
                self._defer(SegmentArrival(sandbox, known.profile.identities, change))
        return ActionDone(effect.call, _DONE)

    def _count_passage(self, loaded: LoadedInstance, effect: CountPassage) -> PassageCounted:
        store, version, in_test = self._store, loaded.version, loaded.instance.in_test
        before = store.passages(version, effect.activity, in_test=in_test)
        passages = count_passage(*before, store.time_of(version))
        store.put_passages(version, effect.activity, passages, in_test=in_test)
        return PassageCounted(effect.call, passages[0])

    def _jump(self, loaded: LoadedInstance, effect: Jump) -> ActionDone:
        inbox, sandbox = self._store.inbox, loaded.version.sandbox
        if inbox is not None and inbox.hold_jump(sandbox, loaded.instance, effect):
            return ActionDone(effect.call, _DONE)
        target = self._store.deployment.sandboxes[sandbox].journeys.get(effect.journey)
        if target is None or not self._accepts_jumps(target.entry_version(is_test_profile=False)):
            return ActionDone(effect.call, error=EVALUATION)
        self._defer(JumpArrival(target, loaded.instance, effect))
        return ActionDone(effect.call, _DONE)

    def _accepts_jumps(self, version: DeployedVersion) -> bool:
        ended = version.ends_at is not None and self._store.time_of(version) >= version.ends_at
        return version.entrance in (LIVE, TEST) and not ended and version.program.entry.kind == "event"

    def _set_timer(self, loaded: LoadedInstance, effect: SetTimer) -> None:
        if self._timers is not None:
            self._timers.set_timer(loaded, effect)

    def _end(self, loaded: LoadedInstance, _effect: InstanceEnded) -> None:
        self._store.leave(loaded)


EFFECT_HANDLERS: Mapping[type, Callable[[EffectInterpreter, LoadedInstance, Any], Answer | None]] = {
    Fetch: EffectInterpreter._call,
    CallAction: EffectInterpreter._call,
    SendMessage: EffectInterpreter._send,
    UpdateProfile: EffectInterpreter._update_profile,
    CountPassage: EffectInterpreter._count_passage,
    Jump: EffectInterpreter._jump,
    SetTimer: EffectInterpreter._set_timer,
    InstanceEnded: EffectInterpreter._end,
}
"""The handler of each kind of effect; it returns the answer of one that has an answer within the transaction."""


_MAX_CHANGES = 1_000


class SegmentCycleError(SojournError):
    """Segments and journeys change one another without end."""


class SegmentMemberships:
    """Evaluates segments for profiles and keeps the memberships that follow."""

    def __init__(self, store: RuntimeStore) -> None:
        self._store = store
        self._profiles: set[int] = set()
        self._changes = 0
        self._since = store.now

    def names(self, sandbox: str, profile_id: int) -> list[str]:
        """List the segments that a profile is in."""
        memberships = self._store.memberships(profile_id)
        order = dict.fromkeys((*self._store.deployment.sandboxes[sandbox].segments.names, *memberships))
        return [name for name in order if memberships.get(name, Membership()).inside]

    def refresh(self, sandbox: str, profile_id: int, profile: Profile, now: int) -> tuple[Change, ...]:
        """Evaluate the streaming segments after a profile's data changed."""
        return self.evaluate(sandbox, profile_id, profile, self._store.ready_segments(sandbox, profile_id), now)

    def evaluate(
        self,
        sandbox: str,
        profile_id: int,
        profile: Profile,
        names: Collection[str],
        now: int,
        changed: Collection[str] = (),
    ) -> tuple[Change, ...]:
        """Evaluate some segments, and those that ask for one in ``changed``; the changes hold from now on."""
        store = self._store
        memberships = store.memberships(profile_id)
        segments = store.deployment.sandboxes[sandbox].segments
        found = segments.changes(profile, memberships, names, now, changed)
        self._refuse_cycle(profile_id, [name for name, _ in found])
        for name, change in found:
            given = memberships.get(name, Membership()).given
            store.put_membership(profile_id, name, Membership(change == ENTER, given))
        return found

    def _refuse_cycle(self, profile_id: int, changed: Sequence[str]) -> None:
        """Raise SegmentCycleError when one instant brings more changes than its profiles can explain."""
        if self._since != self._store.now:
            self._since, self._changes, self._profiles = self._store.now, 0, set()
        self._profiles.add(profile_id)
        self._changes += len(changed)
        if self._changes > _MAX_CHANGES * len(self._profiles):
            raise SegmentCycleError("segment_cycle", segment=changed[-1], number=_MAX_CHANGES)
