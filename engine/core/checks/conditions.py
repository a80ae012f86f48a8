"""Rules of the five kinds of condition."""

from __future__ import annotations

from collections.abc import Sequence

from engine.core.calendar import bound, minutes_of, zone_of
from engine.core.checks.calling import name_of, way_called
from engine.core.checks.inspection import Inspection
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


def _check_paths(look: Inspection, activity: Condition, paths: Sequence[ConditionPath]) -> None:
    if not paths:
        look.report("ERR_CONDITION_001", activity, ".paths")
    seen = set(RESERVED_PATHS) | {""}
    for index, path in enumerate(paths):
        if path.id in seen:
            look.report("ERR_CONDITION_006", activity, f".paths[{index}].id", name=path.id)
        seen.add(path.id)


def check_data_source(look: Inspection, activity: DataSourceCondition) -> None:
    """A boolean expression for each path; none that is out of reach."""
    _check_paths(look, activity, activity.paths)
    earlier: set[str] = set()
    certain = False
    for index, path in enumerate(activity.paths):
        where = f".paths[{index}].expression"
        text = path.expression.strip()
        if not text:
            look.report("ERR_CONDITION_002", activity, where, name=name_of(path, index))
            continue
        checked = look.formula(activity, where, text, BOOLEAN)
        constant = checked.tree.value if checked is not None and isinstance(checked.tree, Literal) else None
        if certain or text in earlier or constant is False:
            look.report("WARN_GRAPH_001", activity, where, name=name_of(path, index))
        earlier.add(text)
        certain = certain or constant is True
    if certain and activity.others:
        look.report("WARN_GRAPH_001", activity, ".others", name=way_called(OTHERS))


def check_time(look: Inspection, activity: TimeCondition) -> None:
    """Times of day that can be read, or days."""
    _check_paths(look, activity, activity.paths)
    for index, path in enumerate(activity.paths):
        where = f".paths[{index}]"
        if path.start is None and path.until is None and not path.days:
            look.report("ERR_CONDITION_002", activity, where, name=name_of(path, index))
        for key, text in (("from", path.start), ("until", path.until)):
            try:
                minutes_of(text or "00:00")
            except ValueError:
                look.report(
                    "ERR_CONDITION_004",
                    activity,
                    f"{where}.{key}",
                    text=text,
                    name=name_of(path, index),
                    wanted="HH:MM",
                )


def check_split(look: Inspection, activity: SplitCondition) -> None:
    """Shares that make 100 per cent."""
    _check_paths(look, activity, activity.paths)
    for index, path in enumerate(activity.paths):
        if path.weight < 0:
            look.report("ERR_CONDITION_009", activity, f".paths[{index}].weight", name=name_of(path, index))
        elif path.weight == 0:
            look.report("WARN_GRAPH_001", activity, f".paths[{index}].weight", name=name_of(path, index))
    total = sum(path.weight for path in activity.paths)
    if activity.paths and abs(total - 100) > 1e-6:
        look.report("ERR_CONDITION_003", activity, ".paths", total=total)


def check_date(look: Inspection, activity: DateCondition) -> None:
    """Dates that can be read, in their order."""
    _check_paths(look, activity, activity.paths)
    zone = look.journey.properties.time_zone if zone_of(look.journey.properties.time_zone) else "UTC"
    for index, path in enumerate(activity.paths):
        where, found = f".paths[{index}]", []
        if path.start is None and path.until is None:
            look.report("ERR_CONDITION_002", activity, where, name=name_of(path, index))
        for key, text in (("from", path.start), ("until", path.until)):
            try:
                found.extend([bound(text, zone, after=key == "until")] if text is not None else [])
            except ValueError:
                wanted = "a date such as 2026-03-11, or with a time 2026-03-11T08:00:00"
                details = {"text": text, "name": name_of(path, index), "wanted": wanted}
                look.report("ERR_CONDITION_004", activity, f"{where}.{key}", **details)
        if len(found) == 2 and found[1] <= found[0]:
            look.report("ERR_CONDITION_005", activity, where, name=name_of(path, index))


def check_cap(look: Inspection, activity: ProfileCapCondition) -> None:
    """One path and a limit."""
    _check_paths(look, activity, activity.paths)
    if len(activity.paths) > 1:
        look.report("ERR_CONDITION_008", activity, ".paths", count=len(activity.paths))
    if activity.limit is None or activity.limit < 1:
        look.report("ERR_CONDITION_007", activity, ".limit")
