"""Rules of the five kinds of condition."""

from __future__ import annotations

from collections.abc import Sequence

from engine.core.activity_names import exit_name, path_name
from engine.core.calendar import bound_instant, find_zone, minutes_of_day
from engine.core.inspection import Inspection
from engine.expression.syntax import Literal
from engine.expression.types import BOOLEAN
from engine.model.activities import (
    Condition,
    ConditionPath,
    DataSourceCondition,
    DateCondition,
    ProfileCapCondition,
    SplitCondition,
    TimeCondition,
)
from engine.model.journey import OTHERS, RESERVED_PATHS


def _check_paths(inspection: Inspection, activity: Condition, paths: Sequence[ConditionPath]) -> None:
    if not paths:
        inspection.report("ERR_CONDITION_001", activity, ".paths")
    seen = set(RESERVED_PATHS) | {""}
    for index, path in enumerate(paths):
        if path.id in seen:
            inspection.report("ERR_CONDITION_006", activity, f".paths[{index}].id", name=path.id)
        seen.add(path.id)


def check_data_source(inspection: Inspection, activity: DataSourceCondition) -> None:
    """A boolean expression for each path; none that is out of reach."""
    _check_paths(inspection, activity, activity.paths)
    earlier: set[str] = set()
    certain = False
    for index, path in enumerate(activity.paths):
        where = f".paths[{index}].expression"
        text = path.expression.strip()
        if not text:
            inspection.report("ERR_CONDITION_002", activity, where, name=path_name(path, index))
            continue
        checked = inspection.formula(activity, where, text, BOOLEAN)
        constant = checked.tree.value if checked is not None and isinstance(checked.tree, Literal) else None
        if certain or text in earlier or constant is False:
            inspection.report("WARN_GRAPH_001", activity, where, name=path_name(path, index))
        earlier.add(text)
        certain = certain or constant is True
    if certain and activity.others:
        inspection.report("WARN_GRAPH_001", activity, ".others", name=exit_name(OTHERS))


def check_time(inspection: Inspection, activity: TimeCondition) -> None:
    """Times of day that can be read, or days."""
    _check_paths(inspection, activity, activity.paths)
    for index, path in enumerate(activity.paths):
        where = f".paths[{index}]"
        if path.start is None and path.until is None and not path.days:
            inspection.report("ERR_CONDITION_002", activity, where, name=path_name(path, index))
        for key, text in (("from", path.start), ("until", path.until)):
            try:
                minutes_of_day(text or "00:00")
            except ValueError:
                inspection.report(
                    "ERR_CONDITION_004",
                    activity,
                    f"{where}.{key}",
                    text=text,
                    name=path_name(path, index),
                    wanted="HH:MM",
                )


def check_split(inspection: Inspection, activity: SplitCondition) -> None:
    """Shares that make 100 per cent."""
    _check_paths(inspection, activity, activity.paths)
    for index, path in enumerate(activity.paths):
        if path.weight < 0:
            inspection.report("ERR_CONDITION_009", activity, f".paths[{index}].weight", name=path_name(path, index))
        elif path.weight == 0:
            inspection.report("WARN_GRAPH_001", activity, f".paths[{index}].weight", name=path_name(path, index))
    total = sum(path.weight for path in activity.paths)
    if activity.paths and abs(total - 100) > 1e-6:
        inspection.report("ERR_CONDITION_003", activity, ".paths", total=total)


def check_date(inspection: Inspection, activity: DateCondition) -> None:
    """Dates that can be read, in their order."""
    _check_paths(inspection, activity, activity.paths)
    zone = inspection.journey.properties.time_zone if find_zone(inspection.journey.properties.time_zone) else "UTC"
    for index, path in enumerate(activity.paths):
        where, found = f".paths[{index}]", []
        if path.start is None and path.until is None:
            inspection.report("ERR_CONDITION_002", activity, where, name=path_name(path, index))
        for key, text in (("from", path.start), ("until", path.until)):
            try:
                found.extend([bound_instant(text, zone, after=key == "until")] if text is not None else [])
            except ValueError:
                wanted = "a date such as 2026-03-11, or with a time 2026-03-11T08:00:00"
                details = {"text": text, "name": path_name(path, index), "wanted": wanted}
                inspection.report("ERR_CONDITION_004", activity, f"{where}.{key}", **details)
        if len(found) == 2 and found[1] <= found[0]:
            inspection.report("ERR_CONDITION_005", activity, where, name=path_name(path, index))


def check_cap(inspection: Inspection, activity: ProfileCapCondition) -> None:
    """One path and a limit."""
    _check_paths(inspection, activity, activity.paths)
    if len(activity.paths) > 1:
        inspection.report("ERR_CONDITION_008", activity, ".paths", count=len(activity.paths))
    if activity.limit is None or activity.limit < 1:
        inspection.report("ERR_CONDITION_007", activity, ".limit")
