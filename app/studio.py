"""Start the studio: arguments, screen, workspace, engine, window; and close it."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import platformdirs
from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMessageBox

from app.bridge import Bridge, CloseMode, calls
from app.bridge.supervisor import CLOSED, FAILED, supervisor_factory, wait_until_free
from app.first_run import FirstRun
from app.forms.engine_texts import phrase_text
from app.theme.theme import Theme
from app.translation import LanguageSwitcher, system_language, tr, tr_n
from app.user_files import FIRST, Drafts, Preferences
from app.window import StudioWindow
from engine.command_line import OneLineParser, ShutdownSignal
from engine.errors import SojournError
from engine.files import naming_file, read_text
from engine.installation import program_name
from engine.model import journey_file
from engine.services.views import Caller, HealthState, ImportResult
from engine.store.location import workspace_folder

EVERY = 2000
"""Milliseconds between two checks."""
NEW = 2000
"""Number of new objects that makes a collection worthwhile."""
_LOOKS_PER_WHOLE = 30


class IdleGarbageCollector(QObject):
    """Replaces the automatic collector; ``end`` restores it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._settled = False
        self._looks = 0
        self._timer = QTimer(self, interval=EVERY)
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def engine_changed(self, state: str) -> None:
        """Freeze loaded code once, when the engine first runs."""
        if state == "running" and not self._settled:
            self._settled = True
            gc.freeze()

    def look(self) -> None:
        """Collect garbage unless a mouse button is pressed."""
        if QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            return
        self._looks += 1
        if self._looks >= _LOOKS_PER_WHOLE:
            self._looks = 0
            gc.collect()
        elif gc.get_count()[0] >= NEW:
            gc.collect(1)

    def end(self) -> None:
        """Restore the automatic collector."""
        self._timer.stop()
        if self._settled:
            gc.unfreeze()
        gc.enable()


class CloseConfirmation(QObject):
    """Decides whether the window may close; ``close_mode`` is the choice for the engine."""

    def __init__(self, bridge: Bridge, preferences: Preferences) -> None:
        super().__init__(bridge)
        self._bridge, self._preferences = bridge, preferences
        self._told_to_end = False
        self._window: StudioWindow | None = None
        self.close_mode: CloseMode = "keep"

    def request_shutdown(self) -> None:
        """Close without a question, as the terminal requests; journeys go on unless the preferences say otherwise."""
        self._told_to_end = True

    def can_close(self, window: StudioWindow) -> bool:
        """Return whether the window may close now; if not, it is closed after the user or the engine has answered."""
        chosen = self._preferences.get("on_close")
        unasked = self._told_to_end or self._window is not None or self._bridge.state in (FAILED, CLOSED)
        if chosen == "stop":
            self.close_mode = "stop"
        if chosen in ("keep", "stop") or unasked:
            return True
        self._window = window
        if not self._bridge.running:
            window.say(tr("Checking for running journeys. Sojourn closes right after."))
        self._bridge.read(calls.journeys.running(), self._learn, self._learn_nothing)
        return False

    def _learn(self, running: int) -> None:
        if running and self._window is not None and self._bridge.may_stop:
            self._ask(self._window, running)
        else:
            self._close()

    def _learn_nothing(self, _: SojournError) -> None:
        self._close()

    def _ask(self, window: StudioWindow, running: int) -> None:
        words = tr_n("1 journey is running", "{count} journeys are running", running)
        box = QMessageBox(QMessageBox.Icon.NoIcon, tr("Close Sojourn"), words, parent=window)
        box.setInformativeText(tr("They can keep running in the background, or pause until you open Sojourn again."))
        keep = box.addButton(tr("Keep running"), QMessageBox.ButtonRole.AcceptRole)
        rest = box.addButton(tr("Stop the engine"), QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(keep)
        box.setEscapeButton(cancel)
        keep.clicked.connect(lambda: self._answer("keep"))
        rest.clicked.connect(lambda: self._answer("stop"))
        cancel.clicked.connect(self._stay)
        box.finished.connect(box.deleteLater)
        box.open()

    def _answer(self, close_mode: CloseMode) -> None:
        self.close_mode = close_mode
        self._close()

    def _stay(self) -> None:
        self._window = None

    def _close(self) -> None:
        if self._window is not None and self._window.isVisible():
            self._window.close()


APPLICATION = "sojourn"


def main(arguments: Sequence[str]) -> int:
    """Open the studio; return the exit code. Raise SojournError if it cannot be opened."""
    given = _parse(arguments)
    if not has_screen():
        raise SojournError("no_screen")
    application = QApplication.instance() or QApplication(["sojourn"])
    assert isinstance(application, QApplication)
    application.setApplicationName("Sojourn")
    application.setDesktopFileName("sojourn")
    text = None
    if given.file is not None:
        text = read_text(given.file)
        with naming_file(given.file):
            journey_file.read(text)
    studio = Studio(application, workspace_folder_of(given.workspace), text, sample=given.sample)
    shutdown_signal = ShutdownSignal()
    listening = QSocketNotifier(shutdown_signal.fileno(), QSocketNotifier.Type.Read)
    listening.activated.connect(studio.end)
    collector = IdleGarbageCollector(application)
    studio.bridge.state_changed.connect(collector.engine_changed)
    studio.begin()
    code = application.exec()
    studio.finish()
    return code


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = OneLineParser(prog=f"{program_name()} studio", description="The desktop application.")
    parser.add_argument("--workspace", help="the workspace's folder, or its PostgreSQL URL")
    parser.add_argument("--sample", action="store_true", help="add the samples to an empty workspace")
    parser.add_argument("file", nargs="?", metavar="FILE", help="a journey file to import and open")
    return parser.parse_args(list(arguments))


def has_screen() -> bool:
    """Return whether Qt can open windows; Linux needs a display unless a platform is set."""
    if not sys.platform.startswith("linux") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def workspace_folder_of(named: str | None) -> Path:
    """Return the workspace folder: from a path or URL, ``SOJOURN_WORKSPACE``, or the user's own."""
    base = Path(platformdirs.user_data_dir(APPLICATION, False))
    return workspace_folder(named or os.environ.get("SOJOURN_WORKSPACE") or str(base / "workspace"), base)


class Studio:
    """The running studio: creates and wires its parts."""

    def __init__(
        self, application: QApplication, workspace: Path, text: str | None = None, *, sample: bool = False
    ) -> None:
        """Create the studio; ``text`` is a journey file to import, ``sample`` fills an empty workspace."""
        logging.getLogger("app").setLevel(logging.INFO)
        self.workspace = workspace
        self._text, self._sample = text, sample
        self._begun = False
        self.preferences = Preferences(workspace / "studio.json")
        self.switcher = LanguageSwitcher(application)
        self.switcher.set_language(str(self.preferences.get("language")) or system_language())
        self.appearance = Theme(application, str(self.preferences.get("theme")))
        who, where = str(self.preferences.get("last_user")) or FIRST, str(self.preferences.get("sandbox"))
        self.bridge = Bridge(supervisor_factory(workspace), Caller(who, where))
        self.closing = CloseConfirmation(self.bridge, self.preferences)
        self.drafts = Drafts(workspace / "drafts")
        self.first_run = FirstRun(self.bridge, self.preferences, self.drafts)
        self.window = StudioWindow(
            self.bridge, self.preferences, self.drafts, self.appearance, self.switcher, self.closing.can_close
        )
        self._parting: threading.Thread | None = None

    def begin(self) -> None:
        """Show the window and connect to the engine."""
        self.bridge.state_changed.connect(self._engine_changed)
        self.first_run.finished.connect(self._ready)
        self.first_run.notified.connect(self.window.say)
        self.window.window_actions.samples_requested.connect(self.first_run.add)
        self.window.closed.connect(self.close)
        self.window.show()
        self.bridge.begin()

    def _engine_changed(self, state: str) -> None:
        if state == "running":
            self.bridge.read(calls.health.state(), self._warn_of_address, lambda _: None)
        if state == "running" and not self._begun:
            self._begun = True
            self.first_run.begin(self._sample)

    def _warn_of_address(self, state: HealthState) -> None:
        for check in state.checks:
            if check.name == "address" and check.reason is not None:
                self.window.say(phrase_text(check.reason))

    def _ready(self) -> None:
        self.window.restore_session()
        if self._text is not None:
            self.bridge.write(calls.journeys.import_file(self._text, ()), self._imported)

    def _imported(self, answer: ImportResult) -> None:
        self.window.open_journey(answer.version.id)

    def end(self) -> None:
        """Close without a question, as the terminal requests; journeys go on unless the preferences say otherwise."""
        self.closing.request_shutdown()
        self.window.close()
        QApplication.quit()

    def wait_for_engine(self) -> None:
        """Wait until the stopped engine has released the workspace."""
        self.finish()
        wait_until_free(self.workspace)

    def close(self) -> None:
        """Shut down in a thread, since an engine may take long to answer."""
        if self._parting is None:
            self._parting = threading.Thread(target=self._part, name="parting")
            self._parting.start()

    @property
    def is_shut_down(self) -> bool:
        """Whether the window is closed and everything released."""
        return self._parting is not None and not self._parting.is_alive()

    def finish(self) -> None:
        """Wait for the shutdown after the last window closed."""
        if self._parting is not None:
            self._parting.join()

    def _part(self) -> None:
        if not self.bridge.close(self.closing.close_mode):
            self.first_run.close()
