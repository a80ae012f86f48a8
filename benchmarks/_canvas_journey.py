"""What the benchmarks of the canvas draw, and how they take time."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

SAMPLE = Path(__file__).resolve().parents[1] / "resources" / "samples" / "lobby-and-restaurant.journey.json"
SIZE = (1300, 800)
FRAMES = 60
KINDS = ("action", "condition.percentage", "wait.duration", "email")


def journey(count: int) -> Any:
    """Build a journey of ``count`` activities that branches to the right, with the sample's event and action."""
    from app.document.journey_edits import arrange
    from app.document.patches import line, revise
    from app.document.transfer import ActivityTemplate
    from engine.model.activity import exit_paths
    from engine.model.journey import JourneyVersion

    sample = sample_file().journey
    push = next(item for item in sample.activities if item.type == "action")
    activities = [ActivityTemplate("event", {"event": "LobbyBeacon"}).activity("a0", (0, 0))]
    edges, ends = [], [("a0", "")]
    for number in range(1, count):
        source, path = ends.pop(0)
        kind, name, label = KINDS[number % len(KINDS)], f"a{number}", f"Step {number}"
        if kind == "action":
            made = push.model_copy(update={"id": name, "label": label})
        else:
            made = ActivityTemplate(kind, {"label": label}).activity(name, (0, 0))
        activities.append(made)
        edges.append(line(source, path, name))
        ends += [(name, way) for way in exit_paths(made)]
    namespace = sample.namespace
    drawn = JourneyVersion(name="Bench", namespace=namespace, activities=tuple(activities), edges=tuple(edges))
    places = arrange(drawn)
    placed = tuple(item.model_copy(update={"position": places[item.id]}) for item in activities)
    return revise(drawn, activities=placed)


def sample_file() -> Any:
    """Read the sample file, whose definitions the journey uses."""
    from engine.model.journey_file import read

    return read(SAMPLE.read_text(encoding="utf-8").replace("INSERT_SECRET_HERE", "secret"))


def timed(action: Callable[[], object]) -> float:
    """Processor time of this process, in milliseconds: what others do on the machine does not count."""
    start = time.process_time()
    action()
    return (time.process_time() - start) * 1000


def spread(times: list[float]) -> dict[str, float]:
    """Return the median and the 95th percentile."""
    return {"p50": round(statistics.median(times), 2), "p95": round(statistics.quantiles(times, n=20)[-1], 2)}


def frames(
    pan: Callable[[], object], zoom: Callable[[], object], to_100: Callable[[], object], move: Callable[[], object]
) -> dict[str, Any]:
    """Time one canvas: pan and zoom from the whole graph, then at 100 %, then move one activity."""
    found = {"pan_all_visible": spread([timed(pan) for _ in range(FRAMES)])}
    found["zoom"] = spread([timed(zoom) for _ in range(FRAMES)])
    to_100()
    found["pan_at_100"] = spread([timed(pan) for _ in range(FRAMES)])
    found["move_one"] = spread([timed(move) for _ in range(FRAMES)])
    return found
