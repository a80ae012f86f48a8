"""The built-in kinds of activity and channels of messages, one module for each.

The rest of the program asks the registries ``engine.model.activity.ACTIVITY_KINDS`` and
``engine.model.channel.CHANNELS``, which call the two functions below at the first look into them.
"""

from __future__ import annotations

from engine.activities import (
    custom_action,
    email,
    end,
    event,
    jump,
    push,
    reaction,
    segment_qualification,
    sms,
    update_profile,
    wait,
)
from engine.activities.conditions import data_source, date, percentage, profile_cap, time
from engine.activities.message import message_kind
from engine.model.activity import ActivityKind
from engine.model.channel import CHANNELS, Channel


def built_in_channels() -> tuple[Channel, ...]:
    """Return the channels in the order in which they are offered."""
    return (email.EMAIL, sms.SMS, push.PUSH)


def built_in_kinds() -> tuple[ActivityKind, ...]:
    """Return the kinds in the order in which they are offered; a kind for each channel, also of extensions."""
    return (
        event.EVENT,
        reaction.REACTION,
        segment_qualification.SEGMENT_QUALIFICATION,
        data_source.DATA_SOURCE,
        time.TIME,
        percentage.PERCENTAGE,
        date.DATE,
        profile_cap.PROFILE_CAP,
        wait.DURATION,
        wait.CUSTOM,
        end.END,
        custom_action.CUSTOM_ACTION,
        *(message_kind(channel) for channel in CHANNELS.values()),
        update_profile.UPDATE_PROFILE,
        jump.JUMP,
    )
