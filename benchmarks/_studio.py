"""The studio as a person has it, with its engine's process: its start, a journey opened, an edit seen.

``python -m benchmarks._studio start`` and ``… work`` print JSON; each is a process of its own, so that what one has
loaded helps no other.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks._graph import journey, sample_file, spread, timed

ACTIVITIES = 50
PATIENCE = 60.0


def start() -> dict[str, Any]:
    """From nothing to the first picture of the window. The interpreter's own start is in it, the engine's is not."""
    from PySide6.QtWidgets import QApplication

    from app.studio import Studio

    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(application, Path(folder) / "workspace", sample=False)
        studio.preferences.set("on_close", "stop")
        studio.begin()
        _until(studio.window.isVisible)
        studio.window.repaint()
        found = {"processor": round(time.process_time() * 1000, 1)}
        _until(lambda: studio.bridge.running)  # an engine that is still starting cannot be asked to stop
        studio.window.close()
        studio.wait_for_engine()
    return found


def work() -> dict[str, Any]:
    """A journey of 50 activities opened, seen, edited."""
    from PySide6.QtWidgets import QApplication

    from app.studio import Studio

    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(application, Path(folder) / "workspace", sample=False)
        studio.preferences.set("on_close", "stop")
        studio.begin()
        _until(lambda: studio.bridge.running)
        version = _imported(studio)
        opened, walls = [], []
        for _ in range(20):
            begun = time.perf_counter()
            opened.append(timed(lambda: _open(studio, version)))
            walls.append((time.perf_counter() - begun) * 1000)
            studio.window.close_journey(version)
            application.processEvents()
        _open(studio, version)
        found = {
            f"open_{ACTIVITIES}": spread(opened),
            f"open_{ACTIVITIES}_as_it_feels": spread(walls),
            f"edit_to_pixels_{ACTIVITIES}": spread(_edits(studio, application.processEvents)),
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        studio.window.close()
        studio.wait_for_engine()
    return found


def _imported(studio: Any) -> str:
    from engine.model.journey_file import write

    answers: list[Any] = []
    file = sample_file().model_copy(update={"journey": journey(ACTIVITIES)})
    studio.bridge.journeys.import_file(write(file), (), answers.append)
    _until(lambda: answers)
    studio.window.read_definitions()
    _until(lambda: studio.window.definitions.events)
    return str(answers[0].version.id)


def _open(studio: Any, version: str) -> None:
    """Until the journey is painted."""
    studio.window.open_journey(version)
    _until(lambda: studio.window.designer is not None)
    studio.window.designer.canvas.viewer.viewport().repaint()


def _edits(studio: Any, settle: Callable[[], object]) -> list[float]:
    """One activity moved, drawn, and its draft kept, again and again; what is saved a moment later is not in it."""
    document = studio.window.designer.document

    def edit() -> None:
        x, y = document.journey.by_id["a1"].position
        document.move({"a1": (x, y + 4)})
        settle()

    return [timed(edit) for _ in range(40)]


def _until(condition: Callable[[], Any]) -> None:
    from PySide6.QtCore import QEventLoop
    from PySide6.QtWidgets import QApplication

    deadline = time.monotonic() + PATIENCE
    while not condition():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 20)
        if time.monotonic() > deadline:
            raise SystemExit("the studio does not answer")


if __name__ == "__main__":
    print(json.dumps({"start": start, "work": work}[sys.argv[1]]()))
