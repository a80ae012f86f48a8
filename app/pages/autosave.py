"""Nothing drawn is lost: each change goes to a file of the user's own at once, and to the engine soon after."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from shiboken6 import isValid

from app.bridge import Bridge
from app.document.document import JourneyDocument
from app.drafts import Drafts
from app.forms.engine_texts import error_text
from app.translation import tr
from engine.errors import SojournError
from engine.model.journey import JourneyVersion
from engine.services.views import VersionRow

SAVE_AFTER = 200
AGAIN_AFTER = 2000
"""Milliseconds after an edit at which the engine is told, and after a failure at which it is told again."""


class Autosave(QObject):
    """Keeps one open version: its draft and its place in the engine."""

    notified = Signal(str)
    saved = Signal(object)
    """The engine has it: the version's row."""

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
        """The journey has changed: keep the draft as soon as the change is drawn."""
        self.saving = True
        self._draft.start()
        self._soon.start()

    def _keep_draft(self, saved: bool = False) -> None:
        try:
            self._drafts.keep(self._id, self._document.journey, self._document.history(), saved)
        except OSError as error:
            self.notified.emit(tr("The draft was not kept on the disk: {reason}", reason=error.strerror or str(error)))

    def save(self) -> None:
        """Tell the engine what the journey is now."""
        self._soon.stop()
        journey = self._document.journey
        self._bridge.journeys.save(self._id, journey, partial(self._saved, journey), self._not_saved)

    def flush(self) -> None:
        """Do at once what is due: something is about to be done with the journey."""
        if self._draft.isActive():
            self._draft.stop()
            self._keep_draft()
        if self._soon.isActive():
            self.save()

    def forget(self) -> None:
        """The version is about to be deleted."""
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
