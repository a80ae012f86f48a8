"""Save each change to a local draft at once and to the engine shortly after."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from app.bridge import Bridge, calls
from app.document.document import JourneyDocument
from app.drafts import Drafts
from app.forms.engine_texts import error_text
from app.translation import tr
from engine.errors import SojournError
from engine.model.journey import JourneyVersion
from engine.services.views import VersionRow

SAVE_AFTER = 200
AGAIN_AFTER = 2000
"""Milliseconds between an edit and saving, and between a failure and the next attempt."""


class Autosave(QObject):
    """Saves one open version."""

    notified = Signal(str)
    saved = Signal(object)
    """The engine saved the version: its row."""

    def __init__(
        self, bridge: Bridge, drafts: Drafts, row: VersionRow, document: JourneyDocument, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._bridge, self._drafts, self._document = bridge, drafts, document
        self._id = row.id
        self.saving = False
        self._draft = self._timer(0, self._keep_draft)
        self._soon = self._timer(SAVE_AFTER, self.save)
        document.destroyed.connect(self.flush)

    def _timer(self, after: int, call: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(after)
        timer.timeout.connect(call)
        return timer

    def edited(self) -> None:
        """Schedule saving after a change has been drawn."""
        self.saving = True
        self._draft.start()
        self._soon.start()

    def _keep_draft(self, saved: bool = False) -> None:
        try:
            self._drafts.keep(self._id, self._document.journey, self._document.history(), saved)
        except OSError as error:
            self.notified.emit(
                tr("The draft could not be saved to disk: {reason}", reason=error.strerror or str(error))
            )

    def save(self) -> None:
        """Save the journey in the engine."""
        self._soon.stop()
        journey = self._document.journey
        self._bridge.write(calls.journeys.save(self._id, journey), partial(self._saved, journey), self._not_saved)

    def flush(self) -> None:
        """Save pending changes at once."""
        if self._draft.isActive():
            self._draft.stop()
            self._keep_draft()
        if self._soon.isActive():
            self.save()

    def forget(self) -> None:
        """Drop pending changes: the version is about to be deleted."""
        self._draft.stop()
        self._soon.stop()

    def _saved(self, journey: JourneyVersion, row: VersionRow) -> None:
        if not isValid(self._document.undo_stack):
            return  # the page went while its last change was on the way; the engine has it
        if journey is self._document.journey:
            self.saving = False
            self._keep_draft(saved=True)
        self.saved.emit(row)

    def _not_saved(self, error: SojournError) -> None:
        self.notified.emit(tr("Not saved: {reason}", reason=error_text(error)))
        self._soon.start(AGAIN_AFTER)
