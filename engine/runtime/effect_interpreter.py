"""Interprets the effects of a transition, for every runner the same: live, in test mode and in a simulation.

What can be done within the transaction is done and answered; calls leave through the store, timers and arrivals in
other journeys through the scheduler.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from engine.core.effect import Call as CallEffect
from engine.core.effect import (
    CallAction,
    CountPassage,
    Effect,
    Fetch,
    InstanceEnded,
    Jump,
    SendMessage,
    SetTimer,
    UpdateProfile,
)
from engine.core.entry import LIVE, TEST
from engine.core.profiles import count_passage, set_attribute
from engine.core.stimulus import ActionDone, PassageCounted
from engine.effects.messages import EVALUATION, SUPPRESSED, check_address, message_id
from engine.model.channel import render
from engine.ports import OutboxMessage
from engine.runtime.deployment import DeployedVersion
from engine.runtime.loaded import LoadedInstance
from engine.runtime.memberships import SegmentMemberships
from engine.runtime.store_protocol import JumpArrival, RuntimeStore, Scheduler, SegmentArrival

Answer = ActionDone | PassageCounted
_DONE = 200


class EffectInterpreter:
    """Performs effects; see the module."""

    def __init__(self, store: RuntimeStore, memberships: SegmentMemberships, scheduler: Scheduler) -> None:
        self._store = store
        self._memberships = memberships
        self._scheduler = scheduler

    def perform(self, loaded: LoadedInstance, effect: Effect) -> Answer | None:
        """Perform one effect; return its answer if there is one within the transaction."""
        handler = _HANDLERS.get(type(effect))
        return handler(self, loaded, effect) if handler is not None else None

    def _call(self, loaded: LoadedInstance, effect: CallEffect) -> None:
        self._store.records.add_call(loaded, effect)

    def _send(self, loaded: LoadedInstance, effect: SendMessage) -> ActionDone | None:
        """Refuse a message that cannot be sent, keep it in the local outbox, or hand it to its provider."""
        store, sandbox = self._store, loaded.version.sandbox
        deployed = store.deployment.sandboxes[sandbox]
        template = deployed.definitions.template.get(effect.template)
        if template is None:
            return _refuse(effect, EVALUATION, f"There is no template {effect.template}")
        try:
            check_address(effect.channel, effect.address)
            texts = render(template, effect.variables)
        except ValueError as error:
            return _refuse(effect, EVALUATION, str(error))
        if store.records.is_suppressed(sandbox, effect.channel, effect.address):
            return _refuse(effect, SUPPRESSED, "The address has unsubscribed")
        if not deployed.keeps_messages(effect.channel):
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
        known.profile = set_attribute(known.profile, effect.field, effect.value)
        known.changed = True
        if store.deployment.sandboxes[sandbox].segments.names:
            now = store.time_of(loaded.version)
            for change in self._memberships.refresh(sandbox, known.id, known.with_events(now), now):
                self._scheduler.defer(SegmentArrival(sandbox, known.profile.identities, change))
        return ActionDone(effect.call, _DONE)

    def _count_passage(self, loaded: LoadedInstance, effect: CountPassage) -> PassageCounted:
        store, version, in_test = self._store, loaded.version, loaded.instance.in_test
        before = store.passages(version, effect.activity, in_test=in_test)
        passages = count_passage(*before, store.time_of(version))
        store.put_passages(version, effect.activity, passages, in_test=in_test)
        return PassageCounted(effect.call, passages[0])

    def _jump(self, loaded: LoadedInstance, effect: Jump) -> ActionDone:
        target = self._store.deployment.sandboxes[loaded.version.sandbox].journeys.get(effect.journey)
        if target is None or not self._accepts_jumps(target.entry_version(is_test_profile=False)):
            return ActionDone(effect.call, error=EVALUATION)
        self._scheduler.defer(JumpArrival(target, loaded.instance, effect))
        return ActionDone(effect.call, _DONE)

    def _accepts_jumps(self, version: DeployedVersion) -> bool:
        ended = version.ends_at is not None and self._store.time_of(version) >= version.ends_at
        return version.entrance in (LIVE, TEST) and not ended and version.program.entry.kind == "event"

    def _set_timer(self, loaded: LoadedInstance, effect: SetTimer) -> None:
        self._scheduler.set_timer(loaded, effect)

    def _end(self, loaded: LoadedInstance, _effect: InstanceEnded) -> None:
        self._store.leave(loaded)


_HANDLERS: Mapping[type, Callable[[EffectInterpreter, LoadedInstance, Any], Answer | None]] = {
    Fetch: EffectInterpreter._call,
    CallAction: EffectInterpreter._call,
    SendMessage: EffectInterpreter._send,
    UpdateProfile: EffectInterpreter._update_profile,
    CountPassage: EffectInterpreter._count_passage,
    Jump: EffectInterpreter._jump,
    SetTimer: EffectInterpreter._set_timer,
    InstanceEnded: EffectInterpreter._end,
}


def _refuse(effect: SendMessage, code: str, sentence: str) -> ActionDone:
    return ActionDone(effect.call, error=code, attempts=0, origin_error=sentence)
