"""How sentences call activities and paths: by their label in quotes, else by what they are and where they stand.

Ids are never read by anyone who draws a journey. An activity without a label is the only one of its kind, ``the wait``,
or one of several, counted from left to right, ``wait 2``; one that has an event or an action goes by its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.core.issues import EXIT_NAMES
from engine.model.activity import ACTIVITY_KINDS, Activity, ConditionPath, kind_of


class UnquotedText(str):
    """Stands in a sentence without quotes, also where names are quoted."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def activity_names(activities: Sequence[Activity]) -> Mapping[int, UnquotedText]:
    """What each activity is called, by the identity of the object: two may have the same id."""
    alike: dict[tuple[str, str], list[Activity]] = {}
    for activity in sorted(activities, key=_place):
        alike.setdefault((activity.type, _definition(activity)), []).append(activity)
    return {id(one): _called(one, number, len(same)) for same in alike.values() for number, one in enumerate(same, 1)}


def path_name(path: ConditionPath, index: int) -> str:
    """A path by its label, else by its number in the order of the settings."""
    return path.label or UnquotedText(index + 1)


def exit_name(path: str) -> str:
    """A way out that nobody has given a name."""
    return EXIT_NAMES.get(path, path)


def _called(activity: Activity, number: int, count: int) -> UnquotedText:
    if activity.label:
        return UnquotedText(f"“{activity.label}”")
    noun, definition = ACTIVITY_KINDS[kind_of(activity)].noun, _definition(activity)
    words = f"{noun} “{definition}”" if definition else noun
    return UnquotedText(f"{words} {number}" if count > 1 else f"the {words}")


def _definition(activity: Activity) -> str:
    return str(vars(activity).get(ACTIVITY_KINDS[kind_of(activity)].definition) or "")


def _place(activity: Activity) -> tuple[float, float]:
    return activity.position or (0, 0)
