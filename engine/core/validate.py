"""The design rules (product.md, The journey): a journey to its issues. Checked as one draws, and before it runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from engine.core import journey_checks
from engine.core.checks import actions, awaited, conditions
from engine.core.inspection import Inspection
from engine.core.issues import Issue
from engine.model.activities import Activity, kind_of
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion

_CHECKS: Mapping[str, Callable[[Inspection, Any], None]] = {
    "event": awaited.check_event,
    "reaction": awaited.check_reaction,
    "condition.data_source": conditions.check_data_source,
    "condition.time": conditions.check_time,
    "condition.percentage": conditions.check_split,
    "condition.date": conditions.check_date,
    "condition.profile_cap": conditions.check_cap,
    "wait.duration": awaited.check_duration,
    "wait.custom": awaited.check_custom,
    "action": actions.check_custom_action,
    "email": actions.check_message,
    "sms": actions.check_message,
    "push": actions.check_message,
    "update_profile": actions.check_update,
    "jump": actions.check_jump,
}
"""The rules of each kind of activity; an end has none, a qualification's are called with what was computed."""


def validate(
    journey: JourneyVersion,
    definitions: Definitions,
    *,
    journeys: Sequence[JourneyVersion] | None = None,
    computed_segments: Collection[str] | None = None,
    for_test: bool = False,
    live_journeys: int = 0,
) -> tuple[Issue, ...]:
    """All issues, those of the whole journey first, the others from left to right.

    ``journeys`` are the latest versions of the sandbox's journeys (None: not known, so the targets of jumps are not
    looked at); ``computed_segments`` the segments that have been computed (None: not known). ``for_test`` adds what
    test mode needs; ``live_journeys`` is how many others are live, when one is to be published.
    """
    inspection = Inspection(journey, definitions, journeys)
    journey_checks.check_properties(inspection, for_test=for_test, live=live_journeys)
    if journey_checks.check_shape(inspection):
        computed = None if computed_segments is None else frozenset(computed_segments)
        for activity in journey.activities:
            _check_activity(inspection, activity, computed)
    return tuple(sorted(inspection.issues, key=lambda issue: _place(journey, issue)))


def _check_activity(inspection: Inspection, activity: Activity, computed: frozenset[str] | None) -> None:
    if activity.type == "segment_qualification":
        awaited.check_qualification(inspection, activity, computed)
        return
    check = _CHECKS.get(kind_of(activity))
    if check is not None:
        check(inspection, activity)


def _place(journey: JourneyVersion, issue: Issue) -> tuple[bool, float, float]:
    """The whole journey first, then from left to right."""
    activity = journey.by_id.get(issue.activity)
    x, y = (activity.position if activity is not None else None) or (0, 0)
    return activity is not None, x, y
