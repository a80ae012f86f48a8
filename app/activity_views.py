"""How the studio shows and names each kind of activity and its paths, and the registry of that.

The built-in views are in ``app.activities``, one module for each kind, next to their forms; installed extensions add
others as entry points of the group ``sojourn.activity_views``. A channel that has no view of its own gets the one of
messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from PySide6.QtWidgets import QWidget

from app.translation import current_language, mark, tr, tr_n
from engine.json_types import JsonObject
from engine.model.activity import (
    ACTIVITY_KINDS,
    ERROR,
    OTHERS,
    TIMEOUT,
    ActivityBase,
    Category,
    ConditionPath,
    find_kind,
    kind_of,
)
from engine.model.definitions import Definitions
from engine.registry import Registry


def no_summary(_activity: ActivityBase) -> str:
    """Show nothing below the title."""
    return ""


def one_item(_definitions: Definitions) -> Iterable[JsonObject]:
    """Offer the kind once, without settings."""
    return ({},)


def no_items(_definitions: Definitions) -> Iterable[JsonObject]:
    """Offer the kind nowhere: it is chosen in the form of another."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityView:
    """The title, icon, form and canvas chip of one kind of activity.

    ``title`` is English and translated when it is shown; ``titles`` are an extension's own translations by language.
    ``icon`` names a Phosphor icon. ``form`` is a subclass of ``app.activities.activity_form.ActivityForm``. ``summary``
    is the second line of the chip where the activity has no label. ``palette_items`` returns the settings of each item
    that palettes offer, ``defaults`` are further settings of a new activity.
    """

    key: str
    title: str
    icon: str
    form: type[QWidget]
    titles: Mapping[str, str] = field(default_factory=dict)
    summary: Callable[[Any], str] = no_summary
    palette_items: Callable[[Definitions], Iterable[JsonObject]] = one_item
    defaults: JsonObject = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionView(ActivityView):
    """The view of a kind of condition. ``variant`` and ``variant_icon`` stand for it in the condition's form.

    ``path`` is the model of its paths and ``path_card`` the card of one, a subclass of
    ``app.activities.path_cards.PathCard``. ``ordered`` says that paths are tried from the top, ``single`` that there is
    only one path.
    """

    variant: str
    variant_icon: str
    path: type[ConditionPath]
    path_card: type[QWidget]
    ordered: bool = False
    single: bool = False


ACTIVITY_VIEWS: Registry[ActivityView] = Registry(
    ActivityView, "app.activities:built_in_views", "sojourn.activity_views"
)
"""The view of every kind of activity, by the kind's key, in the order of the palette."""


def view_of(activity: ActivityBase) -> ActivityView:
    """Return the view of an activity."""
    return ACTIVITY_VIEWS[kind_of(activity)]


def view_of_type(name: str) -> ActivityView | None:
    """Return the view of a kind, or the first view of a type with several kinds; None if it is not installed."""
    views = ACTIVITY_VIEWS.values()
    return ACTIVITY_VIEWS.get(name) or next((one for one in views if one.key.partition(".")[0] == name), None)


def type_title(name: str) -> str:
    """Return the translated title of a kind, a type or a channel; its key if it is not installed."""
    view = view_of_type(name)
    return view_title(view) if view is not None else name


def view_title(view: ActivityView) -> str:
    """Return the translated title of a view."""
    return view.titles.get(current_language()) or tr(view.title)


def type_icon(name: str) -> str:
    """Return the icon name of a kind or type of activity."""
    view = view_of_type(name)
    return view.icon if view is not None else "paper-plane-tilt"


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
    known = find_kind(kind)
    return known.category if known is not None else "action"


def title(activity: ActivityBase) -> str:
    """Return the first line below an activity: the event's or action's name, else the title of its kind."""
    named = vars(activity).get(ACTIVITY_KINDS[kind_of(activity)].definition)
    return str(named) if named else view_title(view_of(activity))


def subtitle(activity: ActivityBase) -> str:
    """Return the second line: the label, else the most telling setting, else ''."""
    return activity.label or view_of(activity).summary(activity)


def full_name(activity: ActivityBase) -> str:
    """Return title and subtitle in one line, for messages, lists and screen readers."""
    first, second = title(activity), subtitle(activity)
    return f"{first} · {second}" if second else first


def path_name(activity: ActivityBase, path: str) -> str:
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
