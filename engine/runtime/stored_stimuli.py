"""The stored forms of stimuli: in dead letters, and where they wait for a suspended version."""

from __future__ import annotations

import msgspec

from engine.core.effect import Jump
from engine.core.stimulus import ActionDone, EventArrived, FetchDone, SegmentChanged, Stimulus
from engine.ports import OutboxMessage


class StoredArrival(msgspec.Struct, array_like=True):
    """An arrival."""

    sandbox: str
    key: str
    namespace: str | None
    arrival: EventArrived | SegmentChanged


class StoredStimulus(msgspec.Struct, array_like=True):
    """A stimulus of an instance."""

    instance: int
    stimulus: Stimulus


class StoredCallResult(msgspec.Struct, array_like=True):
    """The result of a call; ``message`` is the activity and the message that it left in the local outbox."""

    instance: int
    stimulus: FetchDone | ActionDone
    message: tuple[str, OutboxMessage] | None = None


class HeldStimulus(msgspec.Struct, array_like=True, tag="stimulus"):
    """A stimulus of an instance whose version is suspended."""

    instance: int
    stimulus: Stimulus


class HeldArrival(msgspec.Struct, array_like=True, tag="arrival"):
    """An arrival that a suspended version of a journey takes, perhaps."""

    version_id: int
    key: str
    arrival: EventArrived | SegmentChanged


class HeldJump(msgspec.Struct, array_like=True, tag="jump"):
    """A jump to a suspended version; ``origin`` is the stored form of the instance that jumped."""

    version_id: int
    origin: bytes
    effect: Jump


Held = HeldStimulus | HeldArrival | HeldJump
