"""Start the studio: arguments, screen, workspace, engine, window."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import platformdirs
from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

from app.bridge import Bridge, calls
from app.bridge.process import stop, supervisor_factory, wait_until_free
from app.close_confirmation import CloseConfirmation
from app.drafts import Drafts
from app.first_run import FirstRun
from app.idle_gc import IdleGarbageCollector
from app.preferences import FIRST, Preferences
from app.theme.theme import Theme
from app.translation import LanguageSwitcher, system_language
from app.window import StudioWindow
from engine.command_line import OneLineParser
from engine.errors import SojournError
from engine.files import naming_file, read_text
from engine.installation import program_name
from engine.model import journey_file
from engine.services.views import Caller, ImportResult
from engine.shutdown import ShutdownSignal
from engine.store.location import workspace_folder

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
    studio = Studio(application, workspace_folder_of(given.workspace), text)
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
        self, application: QApplication, workspace: Path, text: str | None = None, *, sample: bool = True
    ) -> None:
        """Create the studio; ``text`` is a journey file to import, ``sample`` whether to fill an empty workspace."""
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
        self.window.closed.connect(self.close)
        self.window.show()
        self.bridge.begin()

    def _engine_changed(self, state: str) -> None:
        if state == "running" and not self._begun:
            self._begun = True
            if self._sample:
                self.first_run.begin()
            else:
                self._ready()

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
        if not self.bridge.close(self.closing.close_mode, lambda: stop(self.workspace)):
            self.first_run.close()
