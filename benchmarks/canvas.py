"""How fast the studio is, as JSON (goals: Feel): start, opening 50 activities, one edit, frames of 50 to 500, memory.

``main.py bench canvas``. Times are milliseconds of the processor, p50 and p95 over all frames, without a screen; how
it feels is the clock's. In the same run NodeGraphQt's own example draws the same graphs, to compare with.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks._canvas_journey import SIZE, frames, journey

ROOT = Path(__file__).resolve().parents[1]
STARTS = 3


def canvas_on(count: int) -> Any:
    """Paint a canvas of the usual size with a journey of ``count`` activities once."""
    from app.canvas import CanvasView
    from app.document.document import JourneyDocument
    from app.render import application
    from engine.model.definitions import Definitions

    canvas = CanvasView(JourneyDocument(journey(count), Definitions()))
    canvas.resize(*SIZE)
    canvas.show()
    application().processEvents()
    canvas.zoom_to_fit()
    canvas.viewer.viewport().repaint()
    return canvas


def measure(count: int) -> dict[str, Any]:
    """Frames while panning, zooming and editing ``count`` activities."""
    from PySide6.QtCore import QPointF

    canvas = canvas_on(count)
    viewport, document = canvas.viewer.viewport(), canvas.document

    def pan() -> None:
        canvas.viewer.pan_by(QPointF(3, 2))
        viewport.repaint()

    def zoom() -> None:
        canvas.viewer.zoom_at(QPointF(600, 400), 1.03)
        viewport.repaint()

    def move() -> None:
        document.move({"a1": (180, document.journey.by_id["a1"].position[1] + 4)})
        viewport.repaint()

    found = {"activities": count} | frames(pan, zoom, canvas.zoom_100, move)
    canvas.deleteLater()
    return found


def child(*words: str) -> dict[str, Any]:
    """Return what another process of this benchmark printed."""
    done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, check=True, capture_output=True, text=True)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def start() -> dict[str, float]:
    """Return the best of several cold starts: time to the first picture of the window, and until the process ends."""
    best: dict[str, float] = {}
    for _ in range(STARTS):
        begun = time.perf_counter()
        found = child("benchmarks._studio_times", "start")
        found["with_engine_and_end_as_it_feels"] = round((time.perf_counter() - begun) * 1000, 1)
        best = {name: min(value, best.get(name, value)) for name, value in found.items()}
    return best


def main() -> dict[str, Any]:
    """All figures."""
    from app.render import application

    running = application()
    found = {
        "cold_start": start(),
        "studio": child("benchmarks._studio_times", "work"),
        "frames": [measure(count) for count in (50, 100, 500)],
        "nodegraphqt_example": child("benchmarks._bare_canvas"),
    }
    running.processEvents()
    return found


if __name__ == "__main__":
    print(json.dumps(main(), indent=2))
