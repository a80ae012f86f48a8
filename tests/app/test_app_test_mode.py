"""Test mode by its panel: the clock is chosen, stepped, run and paused; what waits goes on by it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from app.bridge import calls
from app.panels.testing_panel import ClockPanel, ClockState, TestModePanel
from app.studio import Studio
from engine.model.definitions import EventDefinition
from tests.helpers.studio_driver import StudioDriver, close_studio

LEFT = Qt.MouseButton.LeftButton
JOURNEY = {
    "format": "sojourn/1",
    "events": [
        {
            "name": "Arrived",
            "type": "system",
            "event_id": "0b7f2d3c-5f0a-4c61-9d0e-6a1d5e7c0009",
            "fields": {"id": {"type": "string", "required": True}, "by": {"type": "string", "enum": ["foot", "car"]}},
            "namespace": "CRMID",
            "key": "@{Arrived.id}",
        }
    ],
    "journey": {
        "name": "Short",
        "version": 1,
        "namespace": "CRMID",
        "properties": {"time_zone": "UTC"},
        "activities": [
            {"id": "arrived", "type": "event", "event": "Arrived", "position": [0, 0]},
            {"id": "pause", "type": "wait", "kind": "duration", "duration": "PT6H", "position": [180, 0]},
            {"id": "over", "type": "end", "position": [360, 0]},
        ],
        "edges": [{"from": "arrived", "to": "pause"}, {"from": "pause", "to": "over"}],
    },
}


def test_virtual_clock_actions(qtbot: Any) -> None:
    clock = ClockPanel()
    qtbot.addWidget(clock)
    clock.show()
    heard: list[Any] = []
    clock.stepped.connect(heard.append)
    clock.run.connect(heard.append)
    clock.show_state(ClockState(False, True, ""))
    assert not clock.next_button.isVisible()
    clock.show_state(ClockState(True, False, "10 March 2026, 08:00:00", "Next: 10 March 2026, 14:00:00"))
    QTest.mouseClick(clock.next_button, LEFT)
    QTest.mouseClick(clock.forward_button, LEFT)
    QTest.mouseClick(clock.run_button, LEFT)
    assert heard == [None, 3600.0, True]
    clock.show_state(ClockState(True, True, "", waits_for_calls=True))
    assert not clock.forward_button.isEnabled()
    assert clock.due.text() == "Waiting for running calls."
    QTest.mouseClick(clock.run_button, LEFT)
    assert heard[-1] is False


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[StudioDriver]:
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = StudioDriver(qtbot, studio)
    someone.begin()
    imported = someone.ask(calls.journeys.import_file(json.dumps(JOURNEY), ()))
    profile = json.dumps({"identities": {"CRMID": "p-1"}, "attributes": {"firstName": "Mina"}, "testProfile": True})
    someone.ask(calls.profiles.import_text(profile, "json"))
    someone.window.open_journey(imported.version.id)
    someone.until(lambda: someone.window.designer is not None)
    yield someone
    close_studio(qtbot, studio)


def test_moving_virtual_clock_advances_instance(person: StudioDriver) -> None:
    page = person.page
    person.toggle(page.header.test)
    person.until(lambda: page.row.state == "test" and page.test_panel.profile.count())
    clock = page.test_panel.clock
    person.click(clock.kind.part("virtual"))
    person.until(clock.next_button.isVisible)
    by = page.test_panel.form.inputs["by",]
    person.choose(by, "car")
    person.click(page.test_panel.send)
    nodes = page.canvas.projection.nodes
    person.until(lambda: nodes["pause"].mark == "person")
    person.until(lambda: clock.due.text().startswith("Next:"))
    before = clock.shown.text()
    person.click(clock.next_button)
    person.until(lambda: nodes["pause"].mark == "check")
    assert clock.shown.text() != before
    log = page.test_panel.log
    person.click(log)
    person.until(lambda: page.monitor._log is not None and "p-1" in page.monitor._log.code.toPlainText())
    assert page.monitor._log is not None
    page.monitor._log.reject()


def test_activity_of_path_is_explained(person: StudioDriver) -> None:
    page = person.page
    person.toggle(page.header.test)
    person.until(lambda: page.row.state == "test" and page.test_panel.profile.count())
    person.click(page.test_panel.send)
    person.until(lambda: page.canvas.projection.nodes["pause"].mark == "person")
    person.select("arrived")
    explanation = page.pane.explanation
    person.until(explanation.isVisible)
    assert '"id": "p-1"' in explanation.text()


def test_refusal_after_sending_is_told(person: StudioDriver) -> None:
    page = person.page
    told: list[str] = []
    page.notified.connect(told.append)
    person.toggle(page.header.test)
    person.until(lambda: page.row.state == "test" and page.test_panel.profile.count())
    person.click(page.test_panel.send)
    person.until(lambda: page.canvas.projection.nodes["pause"].mark == "person")
    person.click(page.test_panel.send)
    person.until(lambda: "Arrived was refused: Already in the journey" in told)


def test_waits_are_as_designed_on_virtual_clock(person: StudioDriver) -> None:
    page = person.page
    person.toggle(page.header.test)
    person.until(lambda: page.row.state == "test" and page.test_panel.profile.count())
    panel = page.test_panel
    person.until(lambda: panel.wait.isVisible() and panel.wait_kind.key() == "fixed")
    person.click(panel.clock.kind.part("virtual"))
    person.until(lambda: panel.wait_kind.key() == "designed" and not panel.wait.isVisible())
    person.click(panel.clock.kind.part("real"))
    person.until(lambda: panel.wait.isVisible() and panel.wait.number() == 10)


EVENT = EventDefinition.model_validate(
    {
        "name": "Arrived", "type": "system", "event_id": "0b7f2d3c-5f0a-4c61-9d0e-6a1d5e7c0009", "key": "@{Arrived.id}",
        "fields": {"id": "string", "phoneToken": "string", "by": {"type": "string", "enum": ["foot", "car"]}},
    }
)  # fmt: skip


def test_payload_follows_profile(qtbot: Any) -> None:
    panel = TestModePanel()
    qtbot.addWidget(panel)
    panel.show()
    panel.remember({"Arrived": {"id": "p-1", "phoneToken": "of-mina", "by": "car"}})
    people = [
        ("1", "Mina", "p-1", {"phoneToken": "of-mina"}),
        ("2", "Lee", "p-2", {"phoneToken": "of-lee"}),
        ("3", "Jo", "p-3", {}),
    ]
    panel.offer([EVENT], people)
    shown = panel.form.payload
    assert shown() == {"id": "p-1", "phoneToken": "of-mina", "by": "car"}
    QTest.keyClick(panel.profile, Qt.Key.Key_Down)
    assert shown() == {"id": "p-2", "phoneToken": "of-lee", "by": "car"}
    QTest.keyClick(panel.profile, Qt.Key.Key_Down)
    assert shown() == {"id": "p-3", "by": "car"}
    QTest.keyClick(panel.profile, Qt.Key.Key_Home)
    assert shown() == {"id": "p-1", "phoneToken": "of-mina", "by": "car"}


def test_each_person_is_offered_once_behind_latest(qtbot: Any) -> None:
    panel = TestModePanel()
    qtbot.addWidget(panel)
    panel.show_people([("3", "p-1"), ("2", "p-2"), ("1", "p-1")])
    assert [panel.person.itemText(index) for index in range(panel.person.count())] == ["Latest person", "p-1", "p-2"]
    assert panel.person.key() is None
    panel.show_people([("4", "p-3"), ("3", "p-1")])
    assert panel.person.key() is None
