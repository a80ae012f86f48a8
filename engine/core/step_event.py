"""The record of one move of a person, the single source of every report and counter (runtime.md, Step events)."""

from __future__ import annotations

import msgspec

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
