"""The studio as a person has it, with its engine's process: its start, a journey opened, an edit seen.

``python -m benchmarks._studio_times start`` and ``… work`` print JSON; each is a process of its own, so that what one
has loaded helps no other.
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

from app.bridge import calls
from benchmarks._canvas_journey import journey, sample_file, spread, timed
from benchmarks._studio_edits import edits

ACTIVITIES = 50
TIMEOUT_SECONDS = 60.0
OPENINGS = 20
REST = 120


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
    """Open, show and edit a journey of 50 activities."""
    from PySide6.QtWidgets import QApplication

    from app.studio import IdleGarbageCollector, Studio

    application = QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(application, Path(folder) / "workspace", sample=False)
        collector = IdleGarbageCollector(application)
        studio.bridge.state_changed.connect(collector.engine_changed)
        studio.preferences.set("on_close", "stop")
        studio.begin()
        _until(lambda: studio.bridge.running)
        version = _imported(studio)
        first, *others = [_opened(studio, version) for _ in range(OPENINGS)]
        _open(studio, version)
        found = {
            f"open_{ACTIVITIES}": spread([first[0], *(used for used, _ in others)]),
            f"open_{ACTIVITIES}_first": round(first[0], 1),
            f"open_{ACTIVITIES}_as_it_feels": spread([first[1], *(felt for _, felt in others)]),
            f"open_{ACTIVITIES}_first_as_it_feels": round(first[1], 1),
            f"edit_to_pixels_{ACTIVITIES}": edits(studio, _rest),
            "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        studio.window.close()
        studio.wait_for_engine()
    return found


def _opened(studio: Any, version: str) -> tuple[float, float]:
    """Processor and clock time of one opening; then the journey is closed, and its page is gone."""
    from PySide6.QtCore import QCoreApplication, QEvent
    from PySide6.QtWidgets import QApplication

    begun = time.perf_counter()
    used = timed(lambda: _open(studio, version))
    felt = (time.perf_counter() - begun) * 1000
    studio.window.close_journey(version)
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QApplication.processEvents()
    return used, felt


def _imported(studio: Any) -> str:
    from engine.model.journey_file import write

    answers: list[Any] = []
    file = sample_file().model_copy(update={"journey": journey(ACTIVITIES)})
    studio.bridge.write(calls.journeys.import_file(write(file), ()), answers.append)
    _until(lambda: answers)
    studio.window.read_definitions()
    _until(lambda: studio.window.open_journeys.definitions.events)
    return str(answers[0].version.id)


def _open(studio: Any, version: str) -> None:
    """Until the whole journey is painted, and what was to be done at once is done."""
    from PySide6.QtWidgets import QApplication

    painted: list[bool] = []
    page_shown = studio.window.open_journeys.shown
    listening = page_shown.connect(lambda _: _note_painting(studio.window.designer.canvas.viewer, painted))
    studio.window.open_journey(version)
    _until(lambda: painted)
    page_shown.disconnect(listening)
    QApplication.processEvents()


def _note_painting(viewer: Any, painted: list[bool]) -> None:
    """Record when the background is painted: everything above it is painted at the same time."""
    paint_ground = viewer.drawBackground

    def note(painter: object, box: object) -> None:
        painted.append(True)
        paint_ground(painter, box)

    viewer.drawBackground = note


def _rest() -> None:
    """Wait until an edit is checked, kept as a draft and saved by the engine."""
    from PySide6.QtCore import QEventLoop, QTimer

    loop = QEventLoop()
    QTimer.singleShot(REST, loop.quit)
    loop.exec()


def _until(condition: Callable[[], object]) -> None:
    """Run the event loop until the condition holds."""
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    beat = QTimer()
    beat.start(50)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not condition():
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        if time.monotonic() > deadline:
            raise SystemExit("the studio does not answer")


if __name__ == "__main__":
    print(json.dumps({"start": start, "work": work}[sys.argv[1]]()))
