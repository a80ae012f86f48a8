"""How the studio shows each kind of activity, and the registry of that.

The built-in views are in ``app.activities``, one module for each kind, next to their forms; installed extensions add
others as entry points of the group ``sojourn.activity_views``. A channel that has no view of its own gets the one of
messages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtWidgets import QWidget

from app.translation import current_language, tr
from engine.model.activity import ActivityBase, ConditionPath, kind_of
from engine.model.definitions import Definitions
from engine.registry import Registry


def no_summary(_activity: Any) -> str:
    """Show nothing below the title."""
    return ""


def one_item(_definitions: Definitions) -> Iterable[Mapping[str, Any]]:
    """Offer the kind once, without settings."""
    return ({},)


def no_items(_definitions: Definitions) -> Iterable[Mapping[str, Any]]:
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
    palette_items: Callable[[Definitions], Iterable[Mapping[str, Any]]] = one_item
    defaults: Mapping[str, Any] = field(default_factory=dict)


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
