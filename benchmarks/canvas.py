"""How fast the canvas is, as JSON: start, opening 50 activities, one edit to pixels, panning and zooming 50 to 500.

``python -m benchmarks.canvas`` (goals: studio.md, Feel). Times are milliseconds; p50 and p95 over all frames.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

FRAMES = 60
_START = "from app.render import application; application(); from app.canvas import CanvasView"


def journey(count: int) -> Any:
    """A journey of waits and splits that grows to the right, laid out."""
    from app.document.changes import line, revise
    from app.document.layout import arrange
    from app.document.templates import Template
    from engine.model.journey import JourneyVersion, ways_out

    kinds = ("action", "condition.percentage", "wait.duration", "email")
    activities = [Template("event", {"event": "Lobby"}).activity("a0", (0, 0))]
    edges, ends = [], [("a0", "")]
    for number in range(1, count):
        source, path = ends.pop(0)
        made = Template(kinds[number % len(kinds)], {"label": f"Step {number}"}).activity(f"a{number}", (0, 0))
        activities.append(made)
        edges.append(line(source, path, made.id))
        ends += [(made.id, way) for way in ways_out(made)]
    drawn = JourneyVersion(name="Bench", activities=tuple(activities), edges=tuple(edges))
    places = arrange(drawn)
    placed = tuple(item.model_copy(update={"position": places[item.id]}) for item in activities)
    return revise(drawn, activities=placed)


def timed(action: Callable[[], object]) -> float:
    """How long something takes, in milliseconds."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


def spread(times: list[float]) -> dict[str, float]:
    """The median and the 95th percentile."""
    return {"p50": round(statistics.median(times), 2), "p95": round(statistics.quantiles(times, n=20)[-1], 2)}


def canvas_on(count: int) -> Any:
    """A canvas of the usual size on a journey of ``count`` activities, painted once."""
    from app.canvas import CanvasView
    from app.document.document import JourneyDocument
    from app.render import application
    from engine.model.definitions import Definitions

    canvas = CanvasView(JourneyDocument(journey(count), Definitions()))
    canvas.resize(1300, 800)
    canvas.show()
    application().processEvents()
    canvas.zoom_to_fit()
    canvas.viewer.viewport().repaint()
    return canvas


def measure(count: int) -> dict[str, Any]:
    """Frames while panning and zooming ``count`` activities, and what one edit costs."""
    from PySide6.QtCore import QPointF

    canvas = canvas_on(count)
    viewport, document = canvas.viewer.viewport(), canvas.document
    found: dict[str, Any] = {"activities": count}

    def pan() -> None:
        canvas.viewer.pan_by(QPointF(3, 2))
        viewport.repaint()

    def zoom(factor: float) -> None:
        canvas.viewer.zoom_at(QPointF(600, 400), factor)
        viewport.repaint()

    def edit() -> None:
        document.move({"a1": (180, document.journey.by_id["a1"].position[1] + 4)})
        viewport.repaint()

    found["pan_all_visible"] = spread([timed(pan) for _ in range(FRAMES)])
    found["zoom"] = spread([timed(lambda: zoom(1.03)) for _ in range(FRAMES)])
    canvas.zoom_100()
    found["pan_at_100"] = spread([timed(pan) for _ in range(FRAMES)])
    found["edit_to_pixels"] = spread([timed(edit) for _ in range(20)])
    canvas.deleteLater()
    return found


def main() -> dict[str, Any]:
    """All figures."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    starts = [timed(lambda: subprocess.run([sys.executable, "-c", _START], check=True)) for _ in range(3)]
    from app.render import application

    application()
    canvas_on(13)
    opened = [timed(lambda: canvas_on(50)) for _ in range(5)]
    return {
        "process_to_canvas_ready": round(min(starts), 1),
        "open_50": spread(opened),
        "frames": [measure(count) for count in (50, 100, 500)],
        "peak_memory_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
