"""Conditions by time: the hour of the day and the day of the week, or a range of dates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field as Setting

from engine.activities.conditions.base import ConditionBase, check_paths, condition_kind, others_exit
from engine.catalogue import Phrase
from engine.core.calendar import bound_instant, find_zone, in_time_window, minutes_of_day
from engine.core.handlers import TaskHandler
from engine.core.inspection import Inspection
from engine.core.issues import path_name
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


def _compile_times(activity: TimeCondition, _compiler: JourneyCompiler) -> TimePaths:
    return TimePaths(tuple((path.id, _window(path)) for path in activity.paths), others_exit(activity))


def _run_times(context: StepContext, node: ProgramNode) -> str:
    settings: TimePaths = node.settings
    local = context.now
    for path, window in settings.paths:
        if in_time_window(local, window.start, window.until, window.days):
            return path
    return settings.others


def _check_times(inspection: Inspection, activity: TimeCondition) -> None:
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


TIME = condition_kind("time", TimeCondition, TaskHandler(run=_run_times, compile=_compile_times, check=_check_times))


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


def _compile_dates(activity: DateCondition, _compiler: JourneyCompiler) -> DatePaths:
    return DatePaths(tuple((path.id, path.start, path.until) for path in activity.paths), others_exit(activity))


def _run_dates(context: StepContext, node: ProgramNode) -> str:
    settings: DatePaths = node.settings
    zone = context.instance.zone
    for path, start, until in settings.paths:
        begun = start is None or bound_instant(start, zone) <= context.moment
        if begun and (until is None or context.moment < bound_instant(until, zone, after=True)):
            return path
    return settings.others


def _check_dates(inspection: Inspection, activity: DateCondition) -> None:
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


DATE = condition_kind("date", DateCondition, TaskHandler(run=_run_dates, compile=_compile_dates, check=_check_dates))
