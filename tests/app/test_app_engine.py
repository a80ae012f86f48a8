"""The window and the engine's process: it dies, it is shared, and nothing drawn is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QInputDialog

from app.bridge import calls, open_version
from app.bridge.supervisor import LOST, RUNNING
from app.studio import Studio, has_screen, main
from app.theme import current_scheme
from engine.errors import SojournError
from engine.installation import program_command
from engine.store.location import OwnerAddress, find_owner
from tests.helpers.studio_driver import PATIENCE, StudioDriver, close_studio


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path) -> Iterator[StudioDriver]:
    """Someone at a studio on an empty workspace."""
    studio = Studio(qapp, tmp_path / "workspace", sample=False)
    someone = StudioDriver(qtbot, studio)
    someone.begin()
    yield someone
    close_studio(qtbot, studio)


def _begin_journey(person: StudioDriver, name: str) -> None:
    """C in the list, a name, Enter; then a qualification on the empty canvas."""
    journeys: Any = person.window.page_router.page("journeys")
    QTest.keyClick(journeys, Qt.Key.Key_C)
    if person._dialog(QInputDialog) is None:
        person.click(journeys.list.new_button)
    person.answer(name)
    person.until(lambda: person.window.designer is not None)
    person.until(lambda: "segment_qualification" in person.page.palette_panel.items)
    person.add("segment_qualification")
    person.key_in(person.field("label"), "Came in")
    person.save()


def _leave(person: StudioDriver) -> None:
    person.window.close()
    person.until(lambda: person.studio.is_shut_down)
    person.window.deleteLater()


def _owner(person: StudioDriver) -> OwnerAddress:
    owner = find_owner(person.studio.workspace)
    assert owner is not None
    return owner


def test_killed_engine_restarts_without_loss(person: StudioDriver) -> None:
    _begin_journey(person, "Spa")
    states: list[str] = []
    person.studio.bridge.state_changed.connect(states.append)
    before = _owner(person)
    killed = before.pid
    os.kill(killed, signal.SIGKILL)
    person.key_in(person.field("label"), "Changed in the meantime")
    person.save()
    person.until(lambda: states[-1:] == [RUNNING])
    assert states[0] == LOST
    assert _owner(person).pid != killed
    assert _owner(person).address == before.address
    person.until(lambda: not person.page.autosave.saving)
    _, journey = person.ask(open_version(person.page.row.id))
    assert [item.label for item in journey.activities] == ["Changed in the meantime"]


def test_two_studios_work_on_one_workspace(person: StudioDriver, qtbot: Any, qapp: Any) -> None:
    _begin_journey(person, "Spa")
    person.until(lambda: not person.page.autosave.saving)
    other = StudioDriver(qtbot, Studio(qapp, person.studio.workspace, sample=False))
    other.begin()
    other.until(lambda: [row.name for row in other.window.journeys] == ["Spa"])
    assert _owner(other).pid == _owner(person).pid
    other.window.open_journey(other.window.journeys[0].id)
    other.until(lambda: other.window.designer is not None)
    assert [item.label for item in other.page.document.journey.activities] == ["Came in"]
    shared = _owner(person).pid
    _leave(other)
    assert person.ask(calls.journeys.row(person.page.row.id)).name == "Spa"
    assert _owner(person).pid == shared


def test_two_studios_and_served_workspace(qtbot: Any, qapp: Any, tmp_path: Path) -> None:
    """``serve`` owns the workspace; two studios work on it, see each other's work, and leave it running."""
    workspace = tmp_path / "workspace"
    words = program_command("serve", "--workspace", str(workspace), "--port", "0")
    with (tmp_path / "said").open("wb") as said:
        served = subprocess.Popen(words, stdout=said, stderr=said)
    try:
        qtbot.waitUntil(lambda: find_owner(workspace) is not None, timeout=PATIENCE)
        one = StudioDriver(qtbot, Studio(qapp, workspace, sample=False))
        one.begin()
        _begin_journey(one, "Spa")
        one.until(lambda: not one.page.autosave.saving)
        other = StudioDriver(qtbot, Studio(qapp, workspace, sample=False))
        other.begin()
        other.until(lambda: [row.name for row in other.window.journeys] == ["Spa"])
        assert _owner(one).pid == _owner(other).pid == served.pid
        other.ask(calls.journeys.create("Lobby", None))
        other.studio.preferences.set("on_close", "stop")
        assert not one.studio.bridge.may_stop
        one.until(lambda: {row.name for row in one.window.journeys} == {"Spa", "Lobby"})
        for someone in (one, other):
            _leave(someone)
        assert served.poll() is None
    finally:
        served.terminate()
        assert served.wait(PATIENCE) == 0


KILLED = """
import os, signal, sys, time
from pathlib import Path
from PySide6.QtWidgets import QApplication
from app.studio import Studio
application = QApplication([])
studio = Studio(application, Path(sys.argv[1]), sample=False)
studio.begin()
def until(condition):
    while not condition():
        application.processEvents()
        time.sleep(0.01)
until(lambda: studio.bridge.running)
until(lambda: studio.window.journeys)
studio.window.open_journey(studio.window.journeys[0].id)
until(lambda: studio.window.designer is not None)
studio.window.designer.document.add_note((0, 0), "drawn a moment before the end")
application.processEvents()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_killed_window_restores_draft(person: StudioDriver, qtbot: Any, qapp: Any, root: Path) -> None:
    _begin_journey(person, "Spa")
    person.until(lambda: not person.page.autosave.saving)
    opened, workspace = person.page.row.id, person.studio.workspace
    person.window.close_journey(opened)
    words = [sys.executable, "-c", KILLED, str(workspace)]
    died = subprocess.run(words, cwd=root, capture_output=True, timeout=PATIENCE, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    notified: list[str] = []
    person.window.open_journeys.notified.connect(notified.append)
    person.window.open_journey(opened)
    person.until(lambda: person.window.designer is not None)
    assert [note.text for note in person.page.document.journey.notes] == ["drawn a moment before the end"]
    assert notified == ["Unsaved work was restored."]
    QTest.keyClick(person.page.canvas.viewer, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert person.page.document.journey.notes == ()


def test_unsent_draft_is_restored_on_start(person: StudioDriver, qtbot: Any, qapp: Any) -> None:
    _begin_journey(person, "Spa")
    person.until(lambda: not person.page.autosave.saving)
    journey, history = person.page.document.journey, person.page.document.history()
    lost = journey.model_copy(update={"description": "typed a moment before the crash"})
    opened = person.page.row.id
    person.studio.drafts.keep(opened, lost, history, saved=False)
    person.window.close_journey(opened)
    person.window.open_journey(opened)
    person.until(lambda: person.window.designer is not None)
    assert person.page.document.journey.description == "typed a moment before the crash"
    person.until(lambda: person.ask(open_version(opened))[1].description)
    assert person.page.document.undo_stack.canUndo()


def test_undo_and_redo_from_header_and_keys(person: StudioDriver) -> None:
    _begin_journey(person, "Spa")
    person.click(person.page.header.undo)
    assert person.page.document.journey.activities[0].label == ""
    QTest.keyClick(person.page.canvas.viewer, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not person.page.document.journey.activities
    person.click(person.page.header.redo)
    person.click(person.page.header.redo)
    assert person.page.document.journey.activities[0].label == "Came in"
    assert not person.page.header.redo.isEnabled()


def test_language_and_theme_change_without_restart(person: StudioDriver) -> None:
    _begin_journey(person, "Spa")
    person.studio.preferences.set("language", "ko")
    person.studio.preferences.set("theme", "dark")
    before = person.page
    person.window.apply_preferences()
    assert person.page is before
    assert person.page.header.publish.text() == "게시"
    assert current_scheme().is_dark
    assert person.page.document.undo_stack.count() == 2
    person.studio.preferences.set("language", "en")
    person.window.apply_preferences()
    person.until(lambda: person.page.header.publish.text() == "Publish")


def test_missing_screen_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    assert not has_screen()
    with pytest.raises(SojournError) as notified:
        main([])
    assert notified.value.code == "no_screen"
    monkeypatch.setenv("DISPLAY", ":0")
    assert has_screen()
