"""Closing the window: it is gone at once, however the engine is, and the engine goes on or ends as the user chose."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox

from app.studio import Studio
from engine.model import journey_file
from engine.services.views import Caller
from engine.store.location import find_owner
from tests.helpers import embedded_engine
from tests.helpers.journey_builders import entry, journey
from tests.helpers.studio_driver import StudioDriver, running


class Noted(subprocess.Popen[bytes]):
    """A process that is remembered."""

    every: list[Noted]

    def __init__(self, *words: Any, **ways: Any) -> None:
        super().__init__(*words, **ways)
        Noted.every.append(self)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Noted]]:
    """Every process that is started; none outlives the test."""
    Noted.every = []
    monkeypatch.setattr(subprocess, "Popen", Noted)
    yield Noted.every
    for process in Noted.every:
        if running(process.pid):
            os.kill(process.pid, signal.SIGKILL)


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """A workspace whose only live journey is an earlier version, in a sandbox other than the one that is open."""
    folder = tmp_path / "workspace"
    with embedded_engine.running(folder) as place:
        elsewhere = Caller(sandbox="other")
        place.engine.sandboxes.add(embedded_engine.CALLER, "other")
        made = place.engine.journeys.import_file(elsewhere, journey_file.write(journey([entry()], [])), ())
        place.engine.journeys.publish(elsewhere, made.version.id)
        place.engine.journeys.new_version(elsewhere, made.version.name)
    return folder


def _studio(qtbot: Any, qapp: Any, workspace: Path, on_close: str) -> StudioDriver:
    someone = StudioDriver(qtbot, Studio(qapp, workspace, sample=False))
    qtbot.addWidget(someone.window)
    someone.studio.preferences.set("on_close", on_close)
    return someone


def _announced(workspace: Path, process: Noted) -> bool:
    owner = find_owner(workspace)
    return owner is not None and owner.pid == process.pid


@pytest.mark.parametrize("on_close", ["keep", "stop"])
@pytest.mark.parametrize("soon", [True, False])
def test_closing_applies_choice_for_live_journeys(
    on_close: str, soon: bool, qtbot: Any, qapp: Any, workspace: Path, started: list[Noted]
) -> None:
    """``soon``: before the engine that this studio starts has come so far that it could be asked anything."""
    someone = _studio(qtbot, qapp, workspace, on_close)
    someone.studio.begin()
    someone.until(lambda: bool(started) if soon else someone.studio.bridge.running)
    assert (find_owner(workspace) is None) == soon
    someone.window.close()
    assert not someone.window.isVisible()
    someone.until(lambda: someone.studio.is_shut_down)
    if on_close == "keep":
        assert _announced(workspace, started[0])
    else:
        someone.until(lambda: not running(started[0].pid))
    assert len(started) == 1


def test_second_close_stops_running_engine(qtbot: Any, qapp: Any, workspace: Path, started: list[Noted]) -> None:
    first = _studio(qtbot, qapp, workspace, "keep")
    first.begin()
    first.window.close()
    first.until(lambda: first.studio.is_shut_down)
    second = _studio(qtbot, qapp, workspace, "stop")
    second.studio.begin()
    second.window.close()
    second.until(lambda: not running(started[0].pid))
    assert len(started) == 1


@pytest.mark.parametrize("on_close", ["keep", "stop", "ask"])
def test_idle_engine_stops_with_window(
    on_close: str, qtbot: Any, qapp: Any, tmp_path: Path, started: list[Noted]
) -> None:
    someone = _studio(qtbot, qapp, tmp_path / "workspace", on_close)
    someone.studio.begin()
    someone.until(lambda: bool(started))
    someone.window.close()
    someone.until(lambda: someone.studio.is_shut_down and not running(started[0].pid))
    assert not someone.window.isVisible()
    assert len(started) == 1


def test_closing_ignores_unresponsive_engine(qtbot: Any, qapp: Any, tmp_path: Path, started: list[Noted]) -> None:
    someone = _studio(qtbot, qapp, tmp_path / "workspace", "keep")
    someone.begin()
    os.kill(started[0].pid, signal.SIGSTOP)
    someone.window.close()
    assert not someone.window.isVisible()
    assert not someone.studio.is_shut_down
    os.kill(started[0].pid, signal.SIGCONT)
    someone.until(lambda: someone.studio.is_shut_down and not running(started[0].pid))


def _question(person: StudioDriver) -> QMessageBox:
    person.until(lambda: person._dialog(QMessageBox))
    box = person._dialog(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert box.text() == "1 journey is running"
    return box


def _press(person: StudioDriver, words: str) -> None:
    box = _question(person)
    person.click(next(button for button in box.buttons() if button.text() == words))


def test_question_waits_for_engine_that_starts(qtbot: Any, qapp: Any, workspace: Path, started: list[Noted]) -> None:
    someone = _studio(qtbot, qapp, workspace, "ask")
    someone.studio.begin()
    someone.window.close()
    assert someone.window.isVisible()
    assert someone.window.toast.accessibleName() == "Checking for running journeys. Sojourn closes right after."
    _press(someone, "Cancel")
    assert someone.window.isVisible()
    assert someone.studio.bridge.running
    someone.window.close()
    _press(someone, "Keep running")
    someone.until(lambda: someone.studio.is_shut_down)
    assert _announced(workspace, started[0])
    other = _studio(qtbot, qapp, workspace, "ask")
    other.begin()
    other.window.close()
    _press(other, "Stop the engine")
    other.until(lambda: other.studio.is_shut_down and not running(started[0].pid))


def test_closing_twice_keeps_journeys_running(qtbot: Any, qapp: Any, workspace: Path, started: list[Noted]) -> None:
    someone = _studio(qtbot, qapp, workspace, "ask")
    someone.studio.begin()
    someone.window.close()
    someone.window.close()
    assert not someone.window.isVisible()
    someone.until(lambda: someone.studio.is_shut_down)
    assert _announced(workspace, started[0])
    os.kill(started[0].pid, signal.SIGTERM)
    someone.until(lambda: not running(started[0].pid))


@pytest.mark.parametrize("on_close", ["stop", "ask"])
def test_engine_goes_on_without_permission(
    on_close: str, qtbot: Any, qapp: Any, workspace: Path, started: list[Noted]
) -> None:
    someone = _studio(qtbot, qapp, workspace, on_close)
    someone.begin()
    bridge = someone.studio.bridge
    assert bridge.session is not None
    assert bridge.may_stop
    bridge.session = replace(bridge.session, may_stop=False)
    someone.window.close()
    someone.until(lambda: someone.studio.is_shut_down)
    assert _announced(workspace, started[0])
    assert running(started[0].pid)


@pytest.mark.parametrize("on_close", ["stop", "ask"])
def test_engine_of_open_studio_goes_on(
    on_close: str, qtbot: Any, qapp: Any, workspace: Path, started: list[Noted]
) -> None:
    first = _studio(qtbot, qapp, workspace, "keep")
    first.begin()
    second = _studio(qtbot, qapp, workspace, on_close)
    second.begin()
    assert not second.studio.bridge.may_stop
    second.window.close()
    second.until(lambda: second.studio.is_shut_down)
    assert first.studio.bridge.running
    assert running(started[0].pid)
    first.window.close()
    first.until(lambda: first.studio.is_shut_down)
    third = _studio(qtbot, qapp, workspace, "stop")
    third.begin()
    assert third.studio.bridge.may_stop, "the studio that started the engine is gone"
    third.window.close()
    third.until(lambda: not running(started[0].pid))


def test_stopping_stands_in_audit_log(qtbot: Any, qapp: Any, workspace: Path, started: list[Noted]) -> None:
    someone = _studio(qtbot, qapp, workspace, "stop")
    someone.begin()
    someone.window.close()
    someone.until(lambda: not running(started[0].pid))
    with embedded_engine.running(workspace) as place:
        (line,) = [row for row in place.engine.access.audit(embedded_engine.CALLER) if row.what == "stop_engine"]
    assert (line.actor, line.refused) == ("administrator", False)
