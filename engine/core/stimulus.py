"""Stimuli of an instance (runtime.md, One pure core). Times are epoch milliseconds, UTC.

``call`` and ``timer`` are sequence numbers that the instance gave out; a stimulus whose number is not awaited any more
is stale or doubled, and changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class EventArrived(msgspec.Struct, tag="event", array_like=True, gc=False):
    """An event of definition ``name`` for this person; ``payload`` is JSON, ``id`` the sender's or the inlet's."""

    name: str
    payload: Mapping[str, object]
    id: str = ""
    at: int = 0


class SegmentChanged(msgspec.Struct, tag="segment", array_like=True, gc=False):
    """The person entered or left a segment: ``change`` is ``enter`` or ``exit``."""

    segment: str
    change: str
    id: str = ""
    at: int = 0


class ReactionArrived(msgspec.Struct, tag="reaction", array_like=True, gc=False):
    """Feedback on a message: ``message`` is the id its ActionDone named, ``kind`` what the person or provider did."""

    message: str
    kind: str
    at: int = 0


class TimerDue(msgspec.Struct, tag="timer", array_like=True, gc=False):
    """A timer fell due."""

    timer: int


class FetchDone(msgspec.Struct, tag="fetch", array_like=True, gc=False):
    """The answer to a Fetch: ``data`` is the group's JSON object (None: nothing known), or ``error`` a code.

    ``origin_error`` and ``origin_code`` say what lay behind it (the text and the HTTP status of the last attempt).
    """

    call: int
    data: Mapping[str, object] | None = None
    error: str | None = None
    elapsed_ms: int = 0
    origin_error: str = ""
    origin_code: str = ""


class ActionDone(msgspec.Struct, tag="action", array_like=True, gc=False):
    """The answer to a CallAction, SendMessage, UpdateProfile or Jump: done, or ``error`` with a code."""

    call: int
    status: int | None = None
    response: object = None
    error: str | None = None
    elapsed_ms: int = 0
    message_id: str | None = None
    attempts: int = 1
    origin_error: str = ""
    origin_code: str = ""


class PassageCounted(msgspec.Struct, tag="counted", array_like=True, gc=False):
    """The answer to a CountPassage: this was passage number ``passage`` (from 1)."""

    call: int
    passage: int


class CallbackArrived(msgspec.Struct, tag="callback", array_like=True, gc=False):
    """The JSON value that another system posted to the callback address of a call."""

    call: int
    payload: object = None
    at: int = 0


class Stop(msgspec.Struct, tag="stop", array_like=True, gc=False):
    """The journey is stopped: the person's journey ends here."""


class Expire(msgspec.Struct, tag="expire", array_like=True, gc=False):
    """The global timeout: ``instance.expires_at`` is reached."""


class Resume(msgspec.Struct, tag="resume", array_like=True, gc=False):
    """Goes on by hand from the failed step. The runner has refused it while the key is in any version."""


Arrival = EventArrived | SegmentChanged
"""An arrival may let a person into a journey, or be awaited on the way."""

Occurrence = EventArrived | SegmentChanged | ReactionArrived
"""An occurrence may end the wait of an activity."""

Stimulus = (
    EventArrived
    | SegmentChanged
    | ReactionArrived
    | TimerDue
    | FetchDone
    | ActionDone
    | PassageCounted
    | CallbackArrived
    | Stop
    | Expire
    | Resume
)
