"""Violations of the design rules (product.md, The journey, Design rules), and the names that their sentences use.

The catalogue has the sentence of each code; ``docs/problems.md`` is generated from it: ``python -m
tools.problems_page``. Ids are never read by anyone who draws a journey: sentences call an activity by its label in
quotes, else by its kind and position. An activity without a label is the only one of its kind, ``the wait``, or one of
several, counted from left to right, ``wait 2``; one that has an event or an action goes by its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from engine.catalogue import Phrase, PhraseArgument, format_sentence
from engine.model.activity import ACTIVITY_KINDS, ERROR, OTHERS, TIMEOUT, Activity, ConditionPath, find_kind, kind_of

Severity = Literal["error", "warning"]
FILE_UNREADABLE = "ERR_FILE_001"
"""The code of a journey file that cannot be read; no rule of the design."""


@dataclass(frozen=True, slots=True)
class Issue:
    """One violation. ``activity`` is its id, '' for the whole journey; ``path`` the JSON path in the journey file.

    ``arguments`` fill the sentence of the code; an issue of an extension whose code no catalogue has brings its
    English sentence as ``message``.
    """

    code: str
    activity: str
    path: str
    arguments: Mapping[str, PhraseArgument] = field(default_factory=dict, hash=False)

    @property
    def severity(self) -> Severity:
        """Errors block test and publication, warnings do not: codes begin with ``ERR_`` or ``WARN_``."""
        return "error" if self.code.startswith("ERR_") else "warning"

    @property
    def phrase(self) -> Phrase:
        """The sentence, in no language yet."""
        return Phrase(self.code, self.arguments)

    @property
    def message(self) -> str:
        """The English sentence."""
        return format_sentence(self.phrase)


EXIT_NAMES: Mapping[str, Phrase] = {
    OTHERS: Phrase("exit.others"),
    ERROR: Phrase("exit.error"),
    TIMEOUT: Phrase("exit.timeout"),
}
"""Names of the ways out that users do not name."""


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
