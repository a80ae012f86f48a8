"""Actions on a journey version: publish, close, stop, delete, copy, export; with confirmation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget
from shiboken6 import isValid

from app.bridge import Bridge, calls, open_version
from app.document.document import JourneyDocument
from app.drafts import Drafts
from app.pages import files
from app.translation import tr
from engine.model.journey import JourneyVersion
from engine.services.views import VersionRow


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

    def show_row(self, row: VersionRow) -> None:
        """Show the version's new state."""
        self._row = row

    def _ask(self, title: str, question: str, details: str, verb: str, then: Callable[[], None]) -> None:
        box = QMessageBox(QMessageBox.Icon.NoIcon, title, question, parent=self._widget)
        box.setInformativeText(details)
        sure = box.addButton(verb, QMessageBox.ButtonRole.AcceptRole)
        sure.setProperty("role", "primary")
        box.addButton(tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(sure)
        box.accepted.connect(then)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.open()
        self.question = box

    def ask_publish(self) -> None:
        """Ask for confirmation, then publish."""
        name = self._document.journey.name
        details = tr("It runs for every person whose event arrives and can no longer be edited.")
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
            tr("Close {name} to new entrances?", name=self._row.name),
            details,
            tr("Close it"),
            self._close,
        )

    def _close(self) -> None:
        self._bridge.write(calls.journeys.close(self._row.id), self._reread, self.refused.emit)

    def ask_stop(self) -> None:
        """Ask for confirmation, then stop the version for everyone."""
        details = tr("Everyone in it leaves at once. This cannot be undone.")
        self._ask(tr("Stop"), tr("Stop {name} for everyone?", name=self._row.name), details, tr("Stop it"), self._stop)

    def _stop(self) -> None:
        self._bridge.write(calls.journeys.stop(self._row.id), self._reread, self.refused.emit)

    def ask_delete(self) -> None:
        """Ask for confirmation, then delete the version."""
        details = tr("Its design and its figures are deleted. This cannot be undone.")
        self._ask(tr("Delete"), tr("Delete {name}?", name=self._row.name), details, tr("Delete"), self._delete_journey)

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
        name, _ = QFileDialog.getSaveFileName(
            self._widget, tr("Export as a file"), f"{self._row.name}.journey.json", "*.journey.json"
        )
        if name:
            file = Path(name)
            self.notified.emit(files.write(file, lambda: file.write_text(written, encoding="utf-8")))
