"""Save an open journey version, and change its state: publish, close, stop, delete, copy, export."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.bridge import Bridge, calls, open_version
from app.document.document import JourneyDocument
from app.forms.engine_texts import error_text
from app.pages.exports import ask_file, write_file
from app.pages.version_texts import deletion_details, full_name, publication_details, stop_details
from app.translation import tr
from app.user_files import Drafts
from app.widgets.confirmation import confirm
from app.widgets.conflict import resolve_conflict
from engine.errors import SojournError
from engine.model.journey import JourneyVersion
from engine.model.journey_file import JourneyFile, differences
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
        self, bridge: Bridge, drafts: Drafts, row: VersionRow, document: JourneyDocument, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._page = parent
        self._bridge, self._drafts, self._document = bridge, drafts, document
        self._id, self._revision, self._under_way = row.id, row.revision, 0
        self._turn = 0
        self._in_conflict = False
        self.saving = False
        self._draft = self._timer(0, self._keep_draft)
        self._soon = self._timer(SAVE_AFTER, self.save)
        document.destroyed.connect(self.flush)

    def _timer(self, after: int, call: object) -> QTimer:
        timer = QTimer(self, singleShot=True, interval=after)
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
        if not self._in_conflict:
            self._send()

    def follow(self, row: VersionRow) -> None:
        """Go on from the state of the version that an action has made."""
        self._revision = max(self._revision, row.revision)

    def _send(self, overwrite: bool = False) -> None:
        journey = self._document.journey
        call = calls.journeys.save(self._id, journey, self._revision + self._under_way, overwrite)
        self._under_way += 1
        self._bridge.write(call, partial(self._saved, journey), partial(self._not_saved, self._turn))

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
        self._under_way = max(0, self._under_way - 1)
        self._revision = row.revision
        if not isValid(self._document.undo_stack):
            return  # the page went while its last change was on the way; the engine has it
        if journey is self._document.journey:
            self.saving = False
            self._keep_draft(saved=True)
        self.saved.emit(row)

    def _not_saved(self, turn: int, error: SojournError) -> None:
        if turn != self._turn:
            return  # it was made on a save that failed before it
        self._turn, self._under_way = turn + 1, 0
        if error.code == "changed_meanwhile":
            if not self._in_conflict:
                self._in_conflict = True
                self._bridge.read(open_version(self._id), partial(self._ask, error_text(error)))
            return
        self.notified.emit(tr("Not saved: {reason}", reason=error_text(error)))
        self._soon.start(AGAIN_AFTER)

    def _ask(self, told: str, theirs: tuple[VersionRow, JourneyVersion]) -> None:
        """Show what differs, and let the user choose."""
        row, journey = theirs
        mine, other = (JourneyFile(journey=one) for one in (self._document.journey, journey))
        told_apart = differences(other, mine)
        box = resolve_conflict(
            self._page, told, told_apart, partial(self._reload, row, journey), partial(self._overwrite, row)
        )
        box.finished.connect(self._decided)

    def _decided(self, _: int) -> None:
        self._in_conflict = False

    def _reload(self, row: VersionRow, journey: JourneyVersion) -> None:
        self._revision, self._in_conflict, self.saving = row.revision, False, False
        self._draft.stop()
        self._document.load(journey)
        self._keep_draft(saved=True)
        self.saved.emit(row)

    def _overwrite(self, row: VersionRow) -> None:
        self._in_conflict = False
        self._send(overwrite=True)


class VersionActions(QObject):
    """Runs the actions of the header's menu on a saved version."""

    notified = Signal(str)
    refused = Signal(object)
    """The engine refused: a SojournError."""
    row_changed = Signal(object)
    """The version's new state: its row."""
    opened = Signal(str)
    """Another version is to be opened: its id."""
    deleting = Signal()
    gone = Signal(str)

    def __init__(
        self, bridge: Bridge, drafts: Drafts, row: VersionRow, document: JourneyDocument, widget: QWidget
    ) -> None:
        super().__init__(widget)
        self._bridge, self._drafts, self._row, self._document = bridge, drafts, row, document
        self._widget = widget
        self._versions: tuple[VersionRow, ...] = (row,)

    def show_versions(self, versions: Sequence[VersionRow]) -> None:
        """Learn the versions of the journey, this one among them."""
        self._versions = tuple(versions)

    @property
    def _counted(self) -> VersionRow:
        """The version with its newest counts."""
        return next((row for row in self._versions if row.id == self._row.id), self._row)

    def show_row(self, row: VersionRow) -> None:
        """Show the version's new state."""
        self._row = row

    def _ask(self, title: str, question: str, details: str, verb: str, then: Callable[[], None]) -> None:
        self.question = confirm(self._widget, title, question, details, verb, then)

    def ask_publish(self) -> None:
        """Ask for confirmation, then publish."""
        name = self._document.journey.name
        details = publication_details(self._row, self._versions)
        self._ask(tr("Publish"), tr("Publish {name}?", name=name), details, tr("Publish"), self.publish)

    def publish(self) -> None:
        """Publish the version."""
        self._bridge.write(calls.journeys.publish(self._row.id), self._published, self.refused.emit)

    def _published(self, row: VersionRow) -> None:
        self._drafts.forget(row.id)
        if isValid(self._document.undo_stack):
            self._document.undo_stack.clear()
        self.notified.emit(tr("{name} is live.", name=row.name))
        self._reread(row)

    def _reread(self, row: VersionRow) -> None:
        self.row_changed.emit(row)
        self._bridge.read(open_version(row.id), self._reopened)

    def _reopened(self, answer: tuple[VersionRow, JourneyVersion]) -> None:
        row, journey = answer
        if journey != self._document.journey:
            self._document.load(journey)
        self.row_changed.emit(row)

    def new_version(self) -> None:
        """Create the next version and open it."""
        self._bridge.write(calls.journeys.new_version(self._row.name), self._open_row, self.refused.emit)

    def duplicate(self) -> None:
        """Copy the journey and open the copy."""
        self._bridge.write(calls.journeys.duplicate(self._row.id, ""), self._open_row, self.refused.emit)

    def _open_row(self, row: VersionRow) -> None:
        self.opened.emit(row.id)

    def ask_close(self) -> None:
        """Ask for confirmation, then close the version to new entrances."""
        details = tr("No one can enter any more; people already in it continue.")
        self._ask(
            tr("Close"),
            tr("Close {name} to new entrances?", name=full_name(self._row, self._versions)),
            details,
            tr("Close it"),
            self._close,
        )

    def _close(self) -> None:
        self._bridge.write(calls.journeys.close(self._row.id), self._reread, self.refused.emit)

    def ask_stop(self) -> None:
        """Ask for confirmation, then stop the version for everyone."""
        question = tr("Stop {name} for everyone?", name=full_name(self._row, self._versions))
        self._ask(tr("Stop"), question, stop_details(self._counted), tr("Stop it"), self._stop)

    def _stop(self) -> None:
        self._bridge.write(calls.journeys.stop(self._row.id), self._reread, self.refused.emit)

    def ask_delete(self) -> None:
        """Ask for confirmation, then delete the version."""
        details = deletion_details(self._counted, self._versions)
        question = tr("Delete {name}?", name=full_name(self._row, self._versions))
        self._ask(tr("Delete"), question, details, tr("Delete"), self._delete_journey)

    def _delete_journey(self) -> None:
        self.deleting.emit()
        self._bridge.write(calls.journeys.delete(self._row.id), self._deleted, self.refused.emit)

    def _deleted(self, _: None) -> None:
        self._drafts.forget(self._row.id)
        self.gone.emit(self._row.id)

    def ask_export(self) -> None:
        """Export the version as a journey file."""
        self._bridge.read(calls.journeys.export(self._row.name, self._row.version), self._export, self.refused.emit)

    def _export(self, written: str) -> None:
        def write(file: Path) -> None:
            self.notified.emit(write_file(file, lambda: file.write_text(written, encoding="utf-8")))

        ask_file(self._widget, tr("Export as a file"), self._row.name, ".journey.json", write)
