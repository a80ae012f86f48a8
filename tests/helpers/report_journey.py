"""The journey of the report tests, and an engine in which its message to an unlucky person fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.core.effect import Fetch
from engine.core.stimulus import ActionDone
from engine.ports import Call
from tests.helpers.embedded_engine import EmbeddedEngine, ScriptedPerformer, running
from tests.helpers.journey_builders import activity, entry, journey, notify

STAY = journey(
    [entry(), activity("pause", "wait.duration", 1, duration="PT2H"), notify("tell", 2, text="@{Enter.id}"),
     activity("over", "end", 3, label="Farewell")],
    ["in>pause", "pause>tell", "tell>over"], name="Stay",
)  # fmt: skip


def _reply(call: Call) -> Any:
    if isinstance(call.effect, Fetch) or "unlucky" not in str(call.effect):
        return None
    return ActionDone(call.effect.call, status=400, error="400")


@contextmanager
def running_with_failures(workspace: Path) -> Iterator[EmbeddedEngine]:
    """Run an engine whose calls for a person named unlucky are answered with 400."""
    performer = ScriptedPerformer()
    performer.reply = _reply
    with running(workspace, performer) as engine:
        yield engine
