"""How long switching the theme and the language takes, as JSON, with five journeys and a report open.

``main.py bench appearance``. Times are milliseconds of the clock, without a screen, from the choice until the window
is painted in the new appearance; goal: 100 ms.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks._canvas_journey import journey, sample_file, spread

JOURNEYS = 5
ACTIVITIES = 50
SWITCHES = 6


def opened(folder: Path) -> Any:
    """Open a studio on sample data with five journeys and a report, the last journey in front."""
    from app.render import application
    from benchmarks._studio_setup import StudioSetup
    from engine.model.journey_file import write
    from engine.model.report import Panel, Report
    from engine.services.views import Caller

    panels = (
        Panel(id="hours", shape="line", dimension="hour", metrics=("entered", "completed")),
        Panel(id="activities", dimension="activity", metrics=("reached", "present", "errors"), limit=5),
    )
    stage = StudioSetup(application(), folder)
    versions = []
    for number in range(JOURNEYS):
        made = journey(ACTIVITIES).model_copy(update={"name": f"Journey {number + 1}"})
        versions.append(stage.bring(write(sample_file().model_copy(update={"journey": made}))))
    stage.engine.custom_reports.create(Caller(), Report(name="Deliveries", panels=panels))
    stage.open()
    for version in versions:
        _open_journey(stage, version)
    stage.window.window_actions.open_report(stage.engine.custom_reports.list(Caller())[0].id)
    stage.until(lambda: stage.window.open_report.document is not None)
    stage.window.show_journey(versions[0])
    return stage


def _open_journey(stage: Any, version: str) -> None:
    stage.window.open_journey(version)
    stage.until(lambda: stage.window.current == version)
    page = stage.window.designer
    page.canvas.select(["a1"])
    stage.until(lambda: page.pane.shown_id == "a1")


def switched(stage: Any, name: str, value: str) -> float:
    """Milliseconds from a choice in the preferences until the window shows it."""
    application = stage.application
    stage.preferences.set(name, value)
    begun = time.thread_time()
    stage.window.apply_preferences()
    application.sendPostedEvents()
    took = (time.thread_time() - begun) * 1000
    application.processEvents()
    return took


def measure(stage: object, name: str, values: tuple[str, str]) -> dict[str, float]:
    """Time several switches there and back."""
    return spread([switched(stage, name, value) for _ in range(SWITCHES // 2) for value in values])


def main() -> dict[str, Any]:
    """All figures."""
    with tempfile.TemporaryDirectory() as folder:
        stage = opened(Path(folder))
        widgets = len(stage.application.allWidgets())
        found = {
            "widgets": widgets,
            "theme": measure(stage, "theme", ("dark", "light")),
            "language": measure(stage, "language", ("ko", "en")),
        }
        stage.close()
    return found


if __name__ == "__main__":
    print(json.dumps(main()))
