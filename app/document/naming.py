"""Display names of activities, paths and durations."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import timedelta

from app.activity_views import view_of, view_title
from app.translation import mark, tr, tr_n
from engine.model.activity import ACTIVITY_KINDS, ERROR, OTHERS, TIMEOUT, Activity, Category, find_kind, kind_of

_RESERVED = {OTHERS: mark("Others"), ERROR: mark("Timeout or error"), TIMEOUT: mark("Timeout")}

_UNITS: tuple[tuple[timedelta, Callable[[int], str]], ...] = (
    (timedelta(days=1), lambda count: tr_n("1 day", "{count} days", count)),
    (timedelta(hours=1), lambda count: tr_n("1 hour", "{count} hours", count)),
    (timedelta(minutes=1), lambda count: tr_n("1 minute", "{count} minutes", count)),
    (timedelta(seconds=1), lambda count: tr_n("1 second", "{count} seconds", count)),
)

_REACTIONS: Mapping[str, str] = {
    "sent": mark("Sent"),
    "opened": mark("Opened"),
    "clicked": mark("Clicked"),
    "failed": mark("Failed"),
}


def reaction_title(kind: str) -> str:
    """Return the display name of a reaction; the kind itself for one of an extension."""
    return tr(_REACTIONS[kind]) if kind in _REACTIONS else kind


def category(kind: str) -> Category:
    """Return ``event``, ``orchestration`` or ``action`` for a type or kind of activity."""
    found = find_kind(kind)
    return found.category if found is not None else "action"


def title(activity: Activity) -> str:
    """Return the first line below an activity: the event's or action's name, else the title of its kind."""
    named = vars(activity).get(ACTIVITY_KINDS[kind_of(activity)].definition)
    return str(named) if named else view_title(view_of(activity))


def subtitle(activity: Activity) -> str:
    """Return the second line: the label, else the most telling setting, else ''."""
    return activity.label or view_of(activity).summary(activity)


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
    for unit, words_for in _UNITS:
        count, length = divmod(length, unit)
        if count:
            words.append(words_for(count))
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
