"""Time condition: chooses by hour of the day and day of the week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field as Setting

from engine.activities.conditions.base import ConditionBase, check_paths, condition_kind, others_exit
from engine.core.activity_names import path_name
from engine.core.calendar import in_time_window, minutes_of_day
from engine.core.handlers import TaskHandler
from engine.core.inspection import Inspection
from engine.core.program import JourneyCompiler, ProgramNode
from engine.core.step_context import StepContext
from engine.model.activity import ConditionPath

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class TimePath(ConditionPath):
    """Taken between two times of day (``HH:MM``, ``until`` excluded) on these days; no days mean every day."""

    start: str | None = Setting(None, alias="from")
    until: str | None = None
    days: tuple[Weekday, ...] = ()


class TimeCondition(ConditionBase):
    """Chooses by hour of the day and day of the week in the journey's time zone."""

    kind: Literal["time"]
    paths: tuple[TimePath, ...] = ()
    others: bool = False
    on_error: bool = False


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Minutes of the day, ``until`` excluded, and weekdays (0 is Monday)."""

    start: int | None
    until: int | None
    days: frozenset[int]


@dataclass(frozen=True, slots=True)
class TimePaths:
    """The paths with their windows."""

    paths: tuple[tuple[str, TimeWindow], ...]
    others: str


def _window(path: TimePath) -> TimeWindow:
    return TimeWindow(
        None if path.start is None else minutes_of_day(path.start),
        None if path.until is None else minutes_of_day(path.until),
        frozenset(WEEKDAYS.index(day) for day in path.days),
    )


def _compile(activity: TimeCondition, _compiler: JourneyCompiler) -> TimePaths:
    return TimePaths(tuple((path.id, _window(path)) for path in activity.paths), others_exit(activity))


def _run(context: StepContext, node: ProgramNode) -> str:
    settings: TimePaths = node.settings
    local = context.now
    for path, window in settings.paths:
        if in_time_window(local, window.start, window.until, window.days):
            return path
    return settings.others


def _check(inspection: Inspection, activity: TimeCondition) -> None:
    """Require times of day that can be read, or days."""
    check_paths(inspection, activity, activity.paths)
    for index, path in enumerate(activity.paths):
        where, name = f".paths[{index}]", path_name(path, index)
        if path.start is None and path.until is None and not path.days:
            inspection.report("ERR_CONDITION_002", activity, where, name=name)
        for key, text in (("from", path.start), ("until", path.until)):
            try:
                minutes_of_day(text or "00:00")
            except ValueError:
                inspection.report(
                    "ERR_CONDITION_004", activity, f"{where}.{key}", text=str(text), name=name, wanted="HH:MM"
                )


TIME = condition_kind("time", TimeCondition, TaskHandler(run=_run, compile=_compile, check=_check))
