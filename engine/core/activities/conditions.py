"""The five kinds of condition: which way a person goes (runtime.md, Moving)."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from engine.core.calendar import bound_instant, in_time_window, minutes_of_day
from engine.core.effect import CountPassage
from engine.core.handlers import TaskHandler
from engine.core.step_context import Need
from engine.core.stimulus import PassageCounted
from engine.expression.types import BOOLEAN
from engine.model.activities import (
    WEEKDAYS,
    DataSourceCondition,
    DateCondition,
    ProfileCapCondition,
    SplitCondition,
    TimeCondition,
)
from engine.model.journey import OTHERS

if TYPE_CHECKING:
    from engine.core.program import Formula, JourneyCompiler, Node
    from engine.core.step_context import StepContext


@dataclass(frozen=True, slots=True)
class TimeWindow:
    """Minutes of the day, ``until`` excluded, and weekdays (0 is Monday)."""

    start: int | None
    until: int | None
    days: frozenset[int]


@dataclass(frozen=True, slots=True)
class FormulaPaths:
    """The paths of a data source condition."""

    paths: tuple[tuple[str, Formula], ...]
    others: str


@dataclass(frozen=True, slots=True)
class TimePaths:
    """The paths of a time condition."""

    paths: tuple[tuple[str, TimeWindow], ...]
    others: str


@dataclass(frozen=True, slots=True)
class DatePaths:
    """The paths of a date condition, with their bounds as they were written."""

    paths: tuple[tuple[str, str | None, str | None], ...]
    others: str


@dataclass(frozen=True, slots=True)
class Split:
    """The branches of a percentage split with the cumulated weights."""

    branches: tuple[tuple[str, float], ...]
    total: float


@dataclass(frozen=True, slots=True)
class Cap:
    """The path of the first ``limit`` passages."""

    path: str
    limit: int
    others: str


def _others(activity: DataSourceCondition | TimeCondition | DateCondition | ProfileCapCondition) -> str:
    return OTHERS if activity.others else ""


def _compile_formulas(activity: DataSourceCondition, compiler: JourneyCompiler) -> FormulaPaths:
    paths = tuple((path.id, compiler.formula(path.expression, BOOLEAN)) for path in activity.paths)
    return FormulaPaths(paths, _others(activity))


def _first_true(context: StepContext, node: Node) -> str | None:
    """Paths are evaluated in turn: what is decided is not asked again when data for a later path arrive."""
    settings: FormulaPaths = node.settings
    step = context.step
    for index in range(step.index, len(settings.paths)):
        path, formula = settings.paths[index]
        step.index = index
        needs: list[Need] = []
        holds = formula.value if formula.constant else context.evaluate(formula, needs)
        if needs:
            context.fetch(needs)
            return None
        if holds is True:
            return path
    return settings.others


def _compile_times(activity: TimeCondition, _compiler: JourneyCompiler) -> TimePaths:
    windows = (
        TimeWindow(
            None if path.start is None else minutes_of_day(path.start),
            None if path.until is None else minutes_of_day(path.until),
            frozenset(WEEKDAYS.index(day) for day in path.days),
        )
        for path in activity.paths
    )
    return TimePaths(tuple(zip((path.id for path in activity.paths), windows, strict=True)), _others(activity))


def _first_time(context: StepContext, node: Node) -> str | None:
    settings: TimePaths = node.settings
    local = context.now
    for path, window in settings.paths:
        if in_time_window(local, window.start, window.until, window.days):
            return path
    return settings.others


def _compile_dates(activity: DateCondition, _compiler: JourneyCompiler) -> DatePaths:
    return DatePaths(tuple((path.id, path.start, path.until) for path in activity.paths), _others(activity))


def _first_date(context: StepContext, node: Node) -> str | None:
    settings: DatePaths = node.settings
    zone = context.instance.zone
    for path, start, until in settings.paths:
        begun = start is None or bound_instant(start, zone) <= context.moment
        if begun and (until is None or context.moment < bound_instant(until, zone, after=True)):
            return path
    return settings.others


def _compile_split(activity: SplitCondition, _compiler: JourneyCompiler) -> Split:
    sums = tuple(accumulate(float(path.weight) for path in activity.paths))
    return Split(tuple(zip((path.id for path in activity.paths), sums, strict=True)), sums[-1])


def _drawn(context: StepContext, node: Node) -> str | None:
    """One draw against the cumulated weights; the topmost branch in test mode."""
    settings: Split = node.settings
    if context.instance.in_test:
        return settings.branches[0][0]
    draw = context.random() * settings.total
    return next(branch for branch, cumulated in settings.branches if draw < cumulated)


def _compile_cap(activity: ProfileCapCondition, _compiler: JourneyCompiler) -> Cap:
    return Cap(activity.paths[0].id, activity.limit or 0, _others(activity))


def _ask_count(context: StepContext, node: Node) -> str | None:
    call = context.number()
    context.effects.append(CountPassage(call, node.id))
    context.step.call = call
    return None


def _under_cap(_context: StepContext, node: Node, answer: PassageCounted) -> str:
    settings: Cap = node.settings
    return settings.path if answer.passage <= settings.limit else settings.others


DATA_SOURCE = TaskHandler(_compile_formulas, _first_true)
TIME = TaskHandler(_compile_times, _first_time)
DATE = TaskHandler(_compile_dates, _first_date)
PERCENTAGE = TaskHandler(_compile_split, _drawn)
PROFILE_CAP = TaskHandler(_compile_cap, _ask_count, _under_cap)
