"""The custom report that is open: it outlives changes of theme and language, and saves itself after every edit.

One save is under way at a time, made on the revision that the engine gave last; edits meanwhile wait for its answer.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge import AWAY, Bridge
from app.forms.refusals import refusal
from app.reports.document import ReportDocument
from app.translation import tr
from engine.errors import SojournError
from engine.model.report import Report
from engine.services.views import Caller, ReportRow, ReportSheet

TRIED_AFTER = 2_000
"""Milliseconds after which it is tried again to reach an engine that is away."""
SAVED_AFTER = 300
"""Milliseconds after an edit; several in a row are saved together."""


class OpenReport(QObject):
    """At most one report."""

    state_changed = Signal()
    """Saved, being saved, or not saved and why: see :attr:`state`."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.part = "summary"
        """What the place of reports shows, kept like what is open."""
        self.document: ReportDocument | None = None
        self.row: ReportRow | None = None
        self._caller: Caller | None = None
        self._kept: Report | None = None
        self._sending: Report | None = None
        self.fault = ""
        self.outdated = False
        """Whether someone else changed the report meanwhile: it has to be opened again."""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._save)
        bridge.leaving.connect(self.close)

    @property
    def state(self) -> str:
        """How far it is saved, in words."""
        if self.fault:
            return self.fault
        if self.document is None or self._kept == self.document.report:
            return tr("saved")
        return tr("saving…")

    def show(self, sheet: ReportSheet) -> ReportDocument:
        """Open a report, in place of the one before."""
        self.close()
        document = ReportDocument(sheet.report, self)
        document.changed.connect(self._edited)
        self.document, self.row, self._kept = document, sheet.row, sheet.report
        self._caller = self._bridge.caller
        return document

    def is_for(self, caller: Caller) -> bool:
        """Whether what is open is the caller's, in the sandbox it works in."""
        return self.document is not None and self._caller == caller

    def close(self) -> None:
        """Save what is not saved yet, and let go of the report."""
        self.flush()
        if self.document is not None:
            self.document.deleteLater()
        self.document, self.row, self._kept, self._sending = None, None, None, None
        self.fault, self.outdated = "", False

    def flush(self) -> None:
        """Save at once what waits to be saved."""
        if self._timer.isActive():
            self._timer.stop()
            self._save()

    def _edited(self) -> None:
        if not self.outdated:
            self._timer.start(SAVED_AFTER)
        self.state_changed.emit()

    def _save(self) -> None:
        if self.document is None or self.row is None or self._sending is not None or self.outdated:
            return
        if self.document.report == self._kept:
            self.state_changed.emit()
            return
        self._sending = self.document.report
        self._bridge.custom_reports.save(self.row.id, self._sending, self.row.revision, self._saved, self._refused)

    def _saved(self, sheet: ReportSheet) -> None:
        if self.row is None or sheet.row.id != self.row.id:
            return
        self.row, self._kept, self._sending, self.fault = sheet.row, self._sending, None, ""
        if self.document is not None and self.document.report != self._kept:
            self._save()
        self.state_changed.emit()

    def _refused(self, error: SojournError) -> None:
        self._sending = None
        self.fault = refusal(error)
        self.outdated = error.code in ("report_changed", "report_unknown")
        if error.code in AWAY:
            self._timer.start(TRIED_AFTER)
        self.state_changed.emit()
