"""The panel of a published journey: failed people and refused events are found, understood and let go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox

from app.bridge import calls
from app.panels.live_panel import LiveFigures, LivePanel
from app.studio import Studio
from engine.model import journey_file
from tests.helpers.journey_builders import activity, entry, journey
from tests.helpers.studio_driver import StudioDriver, close_studio

TEMPLATE = {"templates": [{"name": "Own", "channel": "email", "subject": "Hi", "body": "x"}]}
FILE = journey(
    [entry(), activity("s", "email", label="Greeting", template="Own", address="@{Enter.id}")], ["in>s"],
    definitions=TEMPLATE,
)  # fmt: skip


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[StudioDriver]:
    """Someone before a live journey in which two people failed and which refused an event."""
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = StudioDriver(qtbot, studio)
    someone.begin()
    version = someone.ask(calls.journeys.import_file(journey_file.write(FILE), (), True)).version
    someone.ask(calls.events.accept([{"id": "nobody"}, {"id": "noone"}], "Enter"))
    someone.until(lambda: len(someone.ask(calls.operations.failed())) == 2)
    someone.ask(calls.events.accept([{"id": "nobody"}], "Enter"))
    someone.until(lambda: someone.ask(calls.reports.discards(10, "J")))
    someone.window.open_journey(version.id)
    someone.until(lambda: someone.window.designer is not None and someone.page.live.isVisible())
    yield someone
    close_studio(qtbot, studio)


def test_failed_people_are_reached_and_resumed(person: StudioDriver) -> None:
    live = person.page.live
    person.until(lambda: live.figures["failed"].text() == "2")
    assert live.figures["failed"].property("role") == "error_figure"
    person.click(live.failed_button)
    page: Any = person.window.page_router.page("admin").parts["failed_people"]  # type: ignore[attr-defined]
    person.until(lambda: len(page.list.model.rows) == 2)
    assert page.list.filters.chosen == ("journey:J",)
    row = page.list.model.rows[0]
    assert row.cells["activity"].text == "Email · Greeting"
    page.list.select(row.key)
    person.until(lambda: "Greeting: " in page.content.toPlainText())
    assert page.heading.text() in ("nobody", "noone")
    page.list.asked.emit("resume_all", row.key)
    box: Any = page.findChild(QMessageBox)
    assert box.informativeText() == "The 2 people who failed at Email · Greeting continue from that step."
    person.click(box.defaultButton())
    person.until(lambda: [line for line in person.ask(calls.access.audit()) if line.what == "resume"])


def test_refused_events_are_shown_with_reason(person: StudioDriver) -> None:
    person.until(person.page.live.refused_button.isVisible)
    person.click(person.page.live.refused_button)
    page: Any = person.window.page_router.page("admin").parts["refused_events"]  # type: ignore[attr-defined]
    person.until(lambda: page.list.model.rows)
    page.list.select(page.list.model.rows[0].key)
    person.until(lambda: "Journey: J" in page.content.toPlainText())
    assert "Reason: Entered again too soon" in page.content.toPlainText()


def test_published_activity_is_read_only_with_figures(person: StudioDriver) -> None:
    person.until(lambda: person.page.monitor.activity_counts("s") is not None)
    person.select("s")
    status = person.page.pane.status
    person.until(status.isVisible)
    assert status.text() == ("Entered 2 · here now 0 · errors 2\nRead-only: label and description can be changed.")
    person.page.run_action("properties")
    starts = person.page.properties.starts_at
    assert not starts.isEnabled()
    assert "T" not in starts.text()
    assert "Z" not in starts.text()
    assert person.page.properties.settings() == {}


def test_no_failure_is_not_shown_as_error(qtbot: Any) -> None:
    panel = LivePanel()
    qtbot.addWidget(panel)
    panel.show()
    panel.show_live(LiveFigures({"entered": 3, "failed": 0}, 0.0))
    assert panel.figures["failed"].property("role") == "figure"
    assert not panel.failed_button.isVisible()
    panel.show_live(LiveFigures({"entered": 3, "failed": 1}, 0.0))
    assert panel.figures["failed"].property("role") == "error_figure"
    assert panel.failed_button.isVisible()
