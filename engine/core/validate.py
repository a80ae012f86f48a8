"""Check a journey by the design rules (product.md, The journey), as one draws and before it runs."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from engine.core import journey_checks
from engine.core.handlers import handler_of
from engine.core.inspection import Inspection
from engine.core.issues import Issue
from engine.model.activity import kind_of
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion


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
    computed = None if computed_segments is None else frozenset(computed_segments)
    inspection = Inspection(journey, definitions, journeys, computed)
    journey_checks.check_properties(inspection, for_test=for_test, live=live_journeys)
    if journey_checks.check_shape(inspection):
        for activity in journey.activities:
            handler_of(kind_of(activity)).check(inspection, activity)
    return tuple(sorted(inspection.issues, key=lambda issue: _place(journey, issue)))


def _place(journey: JourneyVersion, issue: Issue) -> tuple[bool, float, float]:
    """Return the whole journey first, then from left to right."""
    activity = journey.by_id.get(issue.activity)
    x, y = (activity.position if activity is not None else None) or (0, 0)
    return activity is not None, x, y
