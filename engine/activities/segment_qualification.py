"""Segment qualification: an entry of the journey, or a wait, when a person enters or leaves a segment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.activities.timeouts import check_patience
from engine.core.handlers import WaitHandler
from engine.core.inspection import Inspection
from engine.core.instance import Instance
from engine.core.program import JourneyCompiler, ProgramNode
from engine.core.stimulus import Occurrence, SegmentChanged
from engine.expression import check
from engine.expression.types import BOOLEAN
from engine.model.activity import ActivityBase, ActivityKind
from engine.model.journey import JourneyVersion
from engine.model.segment import QUALIFICATION

CHANGES = {"enter": ("enter",), "exit": ("exit",), "both": ("enter", "exit")}


class SegmentQualificationActivity(ActivityBase):
    """Waits until the person enters or leaves a segment, or is the entry."""

    type: Literal["segment_qualification"]
    segment: str | None = None
    behaviour: Literal["enter", "exit", "both"] = "enter"


@dataclass(frozen=True, slots=True)
class QualificationSettings:
    """The segment and its awaited changes."""

    segment: str
    changes: tuple[str, ...]


def has_qualification(journey: JourneyVersion) -> bool:
    """Whether a journey uses a segment qualification anywhere."""
    return any(isinstance(activity, SegmentQualificationActivity) for activity in journey.activities)


def _compile(activity: SegmentQualificationActivity, _compiler: JourneyCompiler) -> QualificationSettings:
    return QualificationSettings(activity.segment or "", CHANGES[activity.behaviour])


def _matches(node: ProgramNode, occurrence: Occurrence, _instance: Instance) -> bool:
    return (
        type(occurrence) is SegmentChanged
        and occurrence.segment == node.settings.segment
        and occurrence.change in node.settings.changes
    )


def _check(inspection: Inspection, activity: SegmentQualificationActivity) -> None:
    """Require a segment that exists and has been computed, and a namespace where it starts a journey."""
    if activity.segment is None:
        inspection.report("ERR_SEGMENT_001", activity, ".segment")
    elif (segment := inspection.definitions.segment.get(activity.segment)) is None:
        inspection.report("ERR_SEGMENT_002", activity, ".segment", name=activity.segment)
    else:
        written, computed = segment.expression.strip(), inspection.computed_segments
        errors = check(segment.expression, inspection.definitions.scope({}), BOOLEAN).errors if written else ()
        if errors:
            inspection.report("ERR_SEGMENT_004", activity, ".segment", name=segment.name, reason=errors[0].phrase)
        if not written or (computed is not None and segment.name not in computed):
            inspection.report("WARN_SEGMENT_001", activity, ".segment", name=segment.name)
    if activity.id not in inspection.journey.incoming and inspection.journey.namespace is None:
        inspection.report("ERR_SEGMENT_003", activity)
    check_patience(inspection, activity)


SEGMENT_QUALIFICATION = ActivityKind(
    key="segment_qualification",
    settings=SegmentQualificationActivity,
    handler=WaitHandler(
        matches=_matches,
        compile=_compile,
        check=_check,
        segment_changes=lambda settings: tuple((settings.segment, change) for change in settings.changes),
    ),
    noun="segment qualification",
    category="event",
    starts_journey=True,
    readable=lambda _activity: QUALIFICATION,
)
