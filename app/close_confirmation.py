"""Ask what happens to running journeys when the window closes.

Only the engine knows whether journeys run, and it may still be starting. Nothing waits for it: the window stays open
until the answer arrives and then closes.
"""

from __future__ import annotations

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMessageBox

from app.bridge import Bridge, CloseMode, calls
from app.bridge.supervisor import CLOSED, FAILED
from app.preferences import Preferences
from app.translation import tr, tr_n
from app.window import StudioWindow
from engine.errors import SojournError


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
        if running and self._window is not None:
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
