"""Reports and the live panel as someone reads them: times are chosen, people looked for, the report taken along."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.bridge import calls
from app.forms.engine_texts import failure_label
from app.pages.journey_summary import summary_csv
from app.panels.live_panel import LiveFigures, LivePanel, LivePeople, PersonAtActivity
from app.panels.ranking_rows import BarEntry, StepEntry
from app.studio import Studio
from engine.services.report_views import ActivityTotal, PeriodReport
from tests.app.test_app_test_mode import JOURNEY
from tests.helpers.studio_driver import StudioDriver, close_studio

EVENT = "0b7f2d3c-5f0a-4c61-9d0e-6a1d5e7c0009"
LEFT = Qt.MouseButton.LeftButton
REPORT = PeriodReport(
    since=0,
    until=120_000,
    journeys=("Stay",),
    metrics={"entered": 4, "completion_rate": 0.5},
    stretch=60_000,
    entrances=((0, 3), (60_000, 1)),
    activities=(ActivityTotal("Stay", "a", "action", "=cmd", 4, 1),),
    errors={"503": 1, "capped": 2},
)


def test_report_is_table_that_no_spreadsheet_runs(qapp: Any) -> None:
    rows = list(csv.reader(io.StringIO(summary_csv(REPORT, "UTC"))))
    assert rows[0] == ["Part", "Name", "Count", "Errors"]
    assert ["Key figures", "Completion rate", "0.5", ""] in rows
    assert ["Key figures", "Open rate", "0", ""] in rows
    assert ["Entrances", "1 January 1970, 00:01:00", "1", ""] in rows
    assert ["Stay", "'=cmd", "4", "1"] in rows
    assert rows[-2:] == [
        ["Errors by kind", "Answered 503", "1", ""],
        ["Errors by kind", failure_label("capped"), "2", ""],
    ]
    assert failure_label("capped") == "Limited by a guardrail"
    assert failure_label("odd") == "odd"


def test_instances_are_found_by_activity(qtbot: Any) -> None:
    people = LivePeople()
    qtbot.addWidget(people)
    people.resize(300, 300)
    people.show()
    asked: list[str] = []
    people.people_asked.connect(asked.append)
    people.history_asked.connect(asked.append)
    people.show_activities([BarEntry("pause", "Wait", 2)])
    QTest.mouseClick(people.rows()[0], LEFT)
    people.show_people([PersonAtActivity("7", "p-1", "today, 08:00"), PersonAtActivity("8", "p-2", "today, 09:00")])
    assert people.heading.text() == "Wait"
    QTest.mouseClick(people.rows()[1], LEFT)
    people.show_history([StepEntry("08:00:00", "Arrived")])
    assert asked == ["pause", "8"]
    assert people.heading.text() == "p-2"
    QTest.mouseClick(people.back, LEFT)
    assert (people.level, people.heading.text()) == (1, "Wait")
    QTest.mouseClick(people.back, LEFT)
    assert people.level == 0


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[StudioDriver]:
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = StudioDriver(qtbot, studio)
    someone.begin()
    imported = someone.ask(calls.journeys.import_file(json.dumps(JOURNEY), ()))
    someone.ask(calls.journeys.publish(imported.version.id))
    someone.window.open_journey(imported.version.id)
    someone.until(lambda: someone.window.designer is not None)
    yield someone
    close_studio(qtbot, studio)


def test_live_counts_match_reports(person: StudioDriver, tmp_path: Path) -> None:
    person.post({"id": "p-1", "_experience": {"campaign": {"orchestration": {"eventID": EVENT}}}})
    live = person.page.live
    person.until(lambda: live.figures["entered"].text() == "1")
    person.click(live.range.part(3_600_000))
    people = live.people
    person.until(lambda: [row.accessibleName() for row in people.rows()] == ["Wait · 6 hours: 1"])
    person.click(people.rows()[0])
    person.until(lambda: people.level == 1)
    person.click(people.rows()[0])
    person.until(lambda: live.people.level == 2)

    person.window.show_page("reports")
    page: Any = person.window.page_router.page("reports").summary  # type: ignore[attr-defined]
    person.until(lambda: page.figures["entered"].text() == "1")
    assert page.figures["completion_rate"].text() == "0.0 %"
    assert page.reach.isHidden()
    page._take(replace(page.report, metrics={**page.report.metrics, "opened_rate": 0.25}))
    assert page.figures["opened_rate"].isVisible()
    assert page.figures["opened_rate"].text() == "25.0 %"
    assert page.events.itemAt(0).widget().accessibleName() == "Arrived: 1"
    assert page.chart.accessibleName() == "1 person entered"
    person.choose(page.journey, "Short")
    person.click(page.range.part(3_600_000))
    person.until(lambda: page.report.stretch == 60_000)
    page.write_csv(tmp_path / "report.csv")
    assert "Arrived,1,0" in (tmp_path / "report.csv").read_text("utf-8-sig")
    page.write_pdf(tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    page.write_csv(tmp_path / "nowhere" / "report.csv")
    person.until(lambda: person.window.toast.words.startswith("Not written"))


def test_rate_label_resizes_with_text(qtbot: Any) -> None:
    panel = LivePanel()
    qtbot.addWidget(panel)
    panel.resize(340, 600)
    panel.show_live(LiveFigures({}, 0.0))
    panel.show()
    widths = [panel.rate.width()]
    for rate in (0.5, 1200.0, 0.0):
        panel.show_live(LiveFigures({}, rate))
        assert panel.rate.width() == panel.rate.sizeHint().width(), panel.rate.text()
        widths.append(panel.rate.width())
    assert widths[0] == widths[-1] < widths[1] < widths[2]
