"""Display names of activities, paths and durations."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import timedelta

from app.translation import mark, tr
from engine.activities.reaction import ReactionActivity
from engine.activities.wait import DurationWait
from engine.model.activity import ERROR, OTHERS, TIMEOUT, Activity

TITLES: Mapping[str, str] = {
    "event": mark("Event"),
    "reaction": mark("Reaction"),
    "segment_qualification": mark("Segment qualification"),
    "condition": mark("Condition"),
    "wait": mark("Wait"),
    "end": mark("End"),
    "action": mark("Action"),
    "email": mark("Email"),
    "sms": mark("SMS"),
    "push": mark("Push"),
    "update_profile": mark("Update profile"),
    "jump": mark("Jump"),
}
"""The name of each type of activity."""

CATEGORIES: Mapping[str, str] = {
    "event": "event",
    "reaction": "event",
    "segment_qualification": "event",
    "condition": "orchestration",
    "wait": "orchestration",
    "end": "orchestration",
}
"""The palette group of each type of activity; all others are actions."""

ICONS: Mapping[str, str] = {
    "event": "broadcast",
    "reaction": "cursor",
    "segment_qualification": "users-three",
    "condition": "git-branch",
    "wait": "clock",
    "end": "flag",
    "action": "paper-plane-tilt",
    "email": "envelope-simple",
    "sms": "chat-circle-text",
    "push": "bell-ringing",
    "update_profile": "user-circle-gear",
    "jump": "arrow-bend-double-up-right",
}
"""The Phosphor icon of each type of activity (look.md, Icons)."""

_RESERVED = {OTHERS: mark("Others"), ERROR: mark("Timeout or error"), TIMEOUT: mark("Timeout")}

_UNITS = (
    (timedelta(days=1), mark("1 day"), mark("{count} days")),
    (timedelta(hours=1), mark("1 hour"), mark("{count} hours")),
    (timedelta(minutes=1), mark("1 minute"), mark("{count} minutes")),
    (timedelta(seconds=1), mark("1 second"), mark("{count} seconds")),
)

REACTIONS: Mapping[str, str] = {
    "sent": mark("Sent"),
    "opened": mark("Opened"),
    "clicked": mark("Clicked"),
    "failed": mark("Failed"),
}
"""What people may do with a message, as reactions wait for it."""


def category(kind: str) -> str:
    """Return ``event``, ``orchestration`` or ``action`` for a type or kind of activity."""
    return CATEGORIES.get(kind.partition(".")[0], "action")


def icon(kind: str) -> str:
    """Return the icon name for a type or kind of activity."""
    return ICONS.get(kind.partition(".")[0], "paper-plane-tilt")


def title(activity: Activity) -> str:
    """Return the first line below an activity: the event's or action's name, else the kind."""
    settings = vars(activity)
    named = settings.get("event") or settings.get("action")
    return str(named) if named else tr(TITLES[activity.type])


def subtitle(activity: Activity) -> str:
    """Return the second line: the label, else the most telling setting, else ''."""
    if activity.label:
        return activity.label
    if isinstance(activity, DurationWait):
        return duration_text(activity.duration) if activity.duration else ""
    if isinstance(activity, ReactionActivity) and activity.on:
        return tr(REACTIONS[activity.on])
    for setting in ("segment", "template", "journey", "field"):
        if text := vars(activity).get(setting):
            return str(text)
    return ""


def full_name(activity: Activity) -> str:
    """Return title and subtitle in one line, for messages, lists and screen readers."""
    first, second = title(activity), subtitle(activity)
    return f"{first} · {second}" if second else first


def path_name(activity: Activity, path: str) -> str:
    """Return the display name of a path, '' for the default one."""
    if path in _RESERVED:
        return tr(_RESERVED[path])
    for number, way in enumerate(getattr(activity, "paths", ()), 1):
        if way.id == path:
            if way.label:
                return str(way.label)
            weight = getattr(way, "weight", None)
            return f"{weight:g} %" if weight else tr("Path {number}", number=number)
    return ""


def duration_text(length: timedelta) -> str:
    """Return a duration in words: ``1 day 6 hours``."""
    words: list[str] = []
    for unit, one, many in _UNITS:
        count, length = divmod(length, unit)
        if count:
            words.append(tr(one) if count == 1 else tr(many, count=count))
    return " ".join(words) or tr("0 seconds")


def fresh_id(wish: str, taken: Collection[str]) -> str:
    """Return an unused id made from a name: ``LobbyBeacon`` → ``lobby_beacon``, then ``lobby_beacon_2``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", wish)
    base = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_") or "activity"
    found, number = base, 1
    while found in taken:
        number += 1
        found = f"{base}_{number}"
    return found
