"""The built-in kinds of activity and channels of messages.

The rest of the program asks the registries ``engine.model.activity.ACTIVITY_KINDS`` and
``engine.model.channel.CHANNELS``, which call the two functions below at the first look into them.
"""

from __future__ import annotations

from engine.activities import custom_action, event, jump, update_profile, wait
from engine.activities.conditions import choice, time
from engine.activities.message import EMAIL, PUSH, SMS, message_kind
from engine.model.activity import ActivityKind
from engine.model.channel import CHANNELS, Channel


def built_in_channels() -> tuple[Channel, ...]:
    """Return the channels in the order in which they are offered."""
    return (EMAIL, SMS, PUSH)


def built_in_kinds() -> tuple[ActivityKind, ...]:
    """Return the kinds in the order in which they are offered; a kind for each channel, also of extensions."""
    return (
        event.EVENT,
        event.REACTION,
        event.SEGMENT_QUALIFICATION,
        choice.DATA_SOURCE,
        time.TIME,
        choice.PERCENTAGE,
        time.DATE,
        choice.PROFILE_CAP,
        wait.DURATION,
        wait.CUSTOM,
        wait.END,
        custom_action.CUSTOM_ACTION,
        *(message_kind(channel) for channel in CHANNELS.values()),
        update_profile.UPDATE_PROFILE,
        jump.JUMP,
    )
