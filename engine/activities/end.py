"""End: a labelled end of a path."""

from __future__ import annotations

from typing import Literal

from engine.core.handlers import TaskHandler
from engine.model.activity import ActivityBase, ActivityKind


class EndActivity(ActivityBase):
    """A labelled end of a path."""

    type: Literal["end"]


END = ActivityKind(
    key="end",
    settings=EndActivity,
    handler=TaskHandler(run=lambda _context, _node: ""),
    noun="end",
    category="orchestration",
    exits=lambda _activity: (),
    ends_path=True,
)
