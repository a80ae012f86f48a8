"""Date condition: chooses by a range of dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field as Setting

from engine.activities.conditions.base import ConditionBase, check_paths, condition_kind, others_exit
from engine.catalogue import Phrase
from engine.core.activity_names import path_name
from engine.core.calendar import bound_instant, find_zone
from engine.core.handlers import TaskHandler
from engine.core.inspection import Inspection
from engine.core.program import JourneyCompiler, ProgramNode
from engine.core.step_context import StepContext
from engine.model.activity import ConditionPath


class DatePath(ConditionPath):
    """Taken in a range of dates or dateTimeOnly values; a bound that is only a date includes its whole day."""

    start: str | None = Setting(None, alias="from")
    until: str | None = None


class DateCondition(ConditionBase):
    """Chooses by date in the journey's time zone."""

    kind: Literal["date"]
    paths: tuple[DatePath, ...] = ()
    others: bool = False
    on_error: bool = False


@dataclass(frozen=True, slots=True)
class DatePaths:
    """The paths with their bounds as they were written."""

    paths: tuple[tuple[str, str | None, str | None], ...]
    others: str


def _compile(activity: DateCondition, _compiler: JourneyCompiler) -> DatePaths:
    return DatePaths(tuple((path.id, path.start, path.until) for path in activity.paths), others_exit(activity))


def _run(context: StepContext, node: ProgramNode) -> str:
    settings: DatePaths = node.settings
    zone = context.instance.zone
    for path, start, until in settings.paths:
        begun = start is None or bound_instant(start, zone) <= context.moment
        if begun and (until is None or context.moment < bound_instant(until, zone, after=True)):
            return path
    return settings.others


def _check(inspection: Inspection, activity: DateCondition) -> None:
    """Require dates that can be read, in their order."""
    check_paths(inspection, activity, activity.paths)
    zone = inspection.journey.properties.time_zone if find_zone(inspection.journey.properties.time_zone) else "UTC"
    for index, path in enumerate(activity.paths):
        where, name = f".paths[{index}]", path_name(path, index)
        found: list[int] = []
        if path.start is None and path.until is None:
            inspection.report("ERR_CONDITION_002", activity, where, name=name)
        for key, text in (("from", path.start), ("until", path.until)):
            try:
                found.extend([bound_instant(text, zone, after=key == "until")] if text is not None else [])
            except ValueError:
                wanted = Phrase("wanted.date")
                inspection.report(
                    "ERR_CONDITION_004", activity, f"{where}.{key}", text=str(text), name=name, wanted=wanted
                )
        if len(found) == 2 and found[1] <= found[0]:
            inspection.report("ERR_CONDITION_005", activity, where, name=name)


DATE = condition_kind("date", DateCondition, TaskHandler(run=_run, compile=_compile, check=_check))
