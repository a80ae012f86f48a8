"""Effects of a transition, which its runner performs (runtime.md, One pure core).

A step event is an effect itself, the single source of every report and counter (runtime.md, Step events): emitting one
is appending it. Each call carries its timeout and its idempotency key, fixed before the call is made. Values are JSON;
there are no secrets in them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from engine.core.stimulus import Arrival

ENDED = "ended"
ERROR = "error"
TRANSITIONS = "transitions"
CAPPED = "capped"
TIMED_OUT = "timedout"
INSTANCE_TIMED_OUT = "instanceTimedout"


class StepEvent(msgspec.Struct, tag="step", omit_defaults=True, gc=False):
    """A person left activity ``node``; made in great numbers, so slotted and not frozen. Never changed once emitted.

    ``id`` is instance, entrance number and sequence number. Times are epoch milliseconds, lengths milliseconds.
    ``person`` is random; key, profile id and namespace are joined from the person's row.
    """

    id: str
    journey: str
    version: int
    instance: str
    person: str
    node: str
    node_name: str
    node_type: str
    status: str
    timestamp: int
    arrived: int
    """When the person came to the activity; for the members of a group, when the group was entered."""
    parent: str = ""
    """The id of the step event before this one."""
    path: str = ""
    """The exit: a condition's path, ``others``, ``error``, ``timeout``; '' is the plain one."""
    transition: str = ""
    """The drawn edge that was taken, ``node`` or ``node:path``; '' if the way has no edge."""
    to: str = ""
    """The next activity, if it is one at which people arrive; '' for groups and at the end."""
    entrance: bool = False
    reentrance: bool = False
    resumed: bool = False
    """The person goes on by hand from this failed activity."""
    instance_ended: bool = False
    end: str = ""
    """The final status of the instance: ``finished``, ``error``, ``timed_out`` or ``stopped``."""
    in_test: bool = False
    processing_time: int = 0
    error: str = ""
    """The code of the activity's error, whatever its kind."""
    action_id: str = ""
    action_name: str = ""
    action_type: str = ""
    action_execution_time: int = 0
    action_error: str = ""
    action_error_code: str = ""
    action_origin_error: str = ""
    action_origin_code: str = ""
    action_attempts: int = 0
    message_id: str = ""
    channel: str = ""
    fetch_count: int = 0
    fetch_time: int = 0
    fetch_error: str = ""
    fetch_error_code: str = ""
    fetch_group_in_error: str = ""
    fetch_origin_error: str = ""
    fetch_origin_code: str = ""
    event_name: str = ""
    event_id: str = ""
    branch: str = ""
    """The branch that a percentage split drew."""


SEGMENTS = "$segments"
"""The group of the profile store that answers ``{"names": [segments the profile is in]}``."""


class Fetch(msgspec.Struct, tag="fetch", array_like=True, gc=False):
    """Ask ``source`` for a field group; answered by FetchDone.

    A group of the profile store leaves as an effect only where ``advance`` is given no store; the person is the
    instance's namespace and key.
    """

    call: int
    activity: str
    source: str
    group: str
    parameters: Mapping[str, object]
    timeout_ms: int
    idempotency_key: str


class CallAction(msgspec.Struct, tag="action", array_like=True, gc=False):
    """Call a custom action, ready to send; answered by ActionDone. ``url_path`` is appended to the action's URL.

    ``callback_header`` names the header that carries the one-time callback address of the call, '' for none.
    """

    call: int
    activity: str
    action: str
    url_path: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    timeout_ms: int
    idempotency_key: str
    callback_header: str = ""


class SendMessage(msgspec.Struct, tag="message", array_like=True, gc=False):
    """Send a message from a template; answered by ActionDone with its ``message_id``."""

    call: int
    activity: str
    channel: str
    template: str
    address: str
    variables: Mapping[str, object]
    timeout_ms: int
    idempotency_key: str


class UpdateProfile(msgspec.Struct, tag="profile", array_like=True, gc=False):
    """Set one attribute (a dotted path) of the instance's profile; answered by ActionDone in the same transaction.

    A missing profile is the error ``evaluation``.
    """

    call: int
    activity: str
    field: str
    value: object


class Jump(msgspec.Struct, tag="jump", array_like=True, gc=False):
    """Hand the person to the latest version of ``journey``; answered by ActionDone in the same transaction.

    ``values`` fill the fields of its entry event, by name. A target that is missing, draft, closed or stopped is the
    error ``evaluation``; a person refused there is a discard of the target, and no error.
    """

    call: int
    activity: str
    journey: str
    values: Mapping[str, object]


class CountPassage(msgspec.Struct, tag="count", array_like=True, gc=False):
    """Count a passage through a profile cap; answered by Counted in the same transaction."""

    call: int
    activity: str


class SetTimer(msgspec.Struct, tag="set", array_like=True, gc=False):
    """Wake the instance at ``due``. Of timers due at one instant the smallest ``rank`` (the topmost) comes first."""

    timer: int
    due: int
    rank: int = 0


class CancelTimer(msgspec.Struct, tag="cancel", array_like=True, gc=False):
    """The timer is not needed any more."""

    timer: int


class ReleaseArrival(msgspec.Struct, tag="release", array_like=True, gc=False):
    """An arrival that was held during a step: route it again for this journey now, before any later one."""

    arrival: Arrival


class InstanceEnded(msgspec.Struct, tag="ended", array_like=True, gc=False):
    """The instance is over: ``finished``, ``error``, ``timed_out`` or ``stopped``."""

    status: str


Effect = (
    StepEvent
    | Fetch
    | CallAction
    | SendMessage
    | UpdateProfile
    | Jump
    | CountPassage
    | SetTimer
    | CancelTimer
    | ReleaseArrival
    | InstanceEnded
)
Call = Fetch | CallAction | SendMessage
"""Effects that leave the process; all others are done within the transaction."""
