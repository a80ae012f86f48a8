"""Settings, rules and exits that all conditions share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from engine.core.handlers import TaskHandler
from engine.core.inspection import Inspection
from engine.model.activity import (
    OTHERS,
    RESERVED_PATHS,
    ActivityBase,
    ActivityKind,
    ConditionPath,
    optional_exits,
)


class ConditionBase(ActivityBase):
    """The settings of every condition; each kind adds ``kind``, ``paths``, and ``others`` and ``on_error``."""

    type: Literal["condition"]


def others_exit(activity: ConditionBase) -> str:
    """Return the exit of those whom no path takes: ``others`` if the condition has that path."""
    return OTHERS if getattr(activity, "others", False) else ""


def check_paths(inspection: Inspection, activity: ConditionBase, paths: Sequence[ConditionPath]) -> None:
    """Require a path, and ids that are unique and not reserved."""
    if not paths:
        inspection.report("ERR_CONDITION_001", activity, ".paths")
    seen = set(RESERVED_PATHS) | {""}
    for index, path in enumerate(paths):
        if path.id in seen:
            inspection.report("ERR_CONDITION_006", activity, f".paths[{index}].id", name=path.id)
        seen.add(path.id)


def _exits(activity: ActivityBase) -> tuple[str, ...]:
    paths: tuple[ConditionPath, ...] = getattr(activity, "paths", ())
    others = (OTHERS,) if getattr(activity, "others", False) else ()
    return (*(path.id for path in paths), *others, *optional_exits(activity))


def condition_kind(name: str, settings: type[ConditionBase], handler: TaskHandler) -> ActivityKind:
    """Return a kind of condition: activities of the type ``condition`` whose ``kind`` is ``name``."""
    return ActivityKind(
        key=f"condition.{name}",
        settings=settings,
        handler=handler,
        noun="condition",
        category="orchestration",
        exits=_exits,
    )
