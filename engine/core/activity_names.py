"""How sentences call activities and paths: by their label in quotes, else by their kind and position.

Ids are never read by anyone who draws a journey. An activity without a label is the only one of its kind, ``the wait``,
or one of several, counted from left to right, ``wait 2``; one that has an event or an action goes by its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.catalogue import Phrase
from engine.core.issues import EXIT_NAMES
from engine.model.activity import ACTIVITY_KINDS, Activity, ConditionPath, find_kind, kind_of


def activity_names(activities: Sequence[Activity]) -> Mapping[int, Phrase]:
    """Return the name of each activity by the identity of the object: two may have the same id."""
    alike: dict[tuple[str, str], list[Activity]] = {}
    for activity in sorted(activities, key=_place):
        alike.setdefault((activity.type, _definition(activity)), []).append(activity)
    return {id(one): _called(one, number, len(same)) for same in alike.values() for number, one in enumerate(same, 1)}


def quoted(text: str | Phrase) -> Phrase:
    """Put a name in quotes."""
    return Phrase("quoted", {"text": text})


def path_name(path: ConditionPath, index: int) -> Phrase | int:
    """Return the label of a path, else its number in the order of the settings."""
    return quoted(path.label) if path.label else index + 1


def exit_name(path: str) -> Phrase:
    """Return the name of an exit."""
    return quoted(EXIT_NAMES.get(path, path))


def _called(activity: Activity, number: int, count: int) -> Phrase:
    if activity.label:
        return Phrase("quoted_label", {"text": activity.label})
    words, definition = noun(activity.type), _definition(activity)
    if definition:
        words = Phrase("activity_named", {"noun": words, "name": definition})
    if count > 1:
        return Phrase("activity_numbered", {"words": words, "number": number})
    return Phrase("activity_only", {"words": words})


def noun(kind: str) -> Phrase:
    """Return the noun for activities of a type; that of an extension has no translation."""
    found = find_kind(kind)
    return Phrase(f"activity.{kind}", {"message": found.noun if found else kind})


def _definition(activity: Activity) -> str:
    return str(vars(activity).get(ACTIVITY_KINDS[kind_of(activity)].definition) or "")


def _place(activity: Activity) -> tuple[float, float]:
    return activity.position or (0, 0)
