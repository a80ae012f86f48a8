"""The custom report that is open: it outlives changes of theme and language, and saves itself after every edit.

Saves go to the engine one behind the other, each made on the revision that the one before will leave; so what is
edited while one is under way is never lost, whether the report is closed or the window. A refusal ends the row.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge import UNREACHABLE, Bridge
from app.forms.engine_texts import error_text
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
    closed = Signal()
    """Nothing is open any more: whoever showed it lets go of it."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.part = "summary"
        """What the place of reports shows, kept like what is open."""
        self.document: ReportDocument | None = None
        self.row: ReportRow | None = None
        self._caller: Caller | None = None
        self._kept: Report | None = None
        self._sent: list[Report] = []
        """What is on its way to the engine, the oldest first."""
        self._turn = 0
        """Counts rows of saves; answers to those of an earlier row do not concern this report."""
        self._left: set[int] = set()
        """Rows whose report was closed before the engine had answered: a refusal is still told."""
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
        if self._sent:
            self._left.add(self._turn)
        self._turn += 1
        document, self.document = self.document, None
        self.row, self._kept, self._sent = None, None, []
        self.fault, self.outdated = "", False
        if document is not None:
            self.closed.emit()
            document.deleteLater()

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
        if self.document is None or self.row is None or self.outdated:
            return
        report, turn = self.document.report, self._turn
        if report == (self._sent[-1] if self._sent else self._kept):
            self.state_changed.emit()
            return
        revision = self.row.revision + len(self._sent)
        self._sent.append(report)
        self._bridge.custom_reports.save(
            self.row.id,
            report,
            revision,
            lambda sheet: self._saved(turn, sheet),
            lambda error: self._refused(turn, error),
        )

    def _saved(self, turn: int, sheet: ReportSheet) -> None:
        if turn == self._turn:
            self.row, self._kept, self.fault = sheet.row, self._sent.pop(0), ""
            self.state_changed.emit()

    def _refused(self, turn: int, error: SojournError) -> None:
        if turn != self._turn:
            if turn in self._left:
                self._left.remove(turn)
                self._bridge.failed.emit(error)
            return
        self._turn += 1
        refused, self._sent = self._sent[0], []
        self.fault = error_text(error)
        self.outdated = error.code in ("report_changed", "report_unknown")
        if error.code in UNREACHABLE:
            self._timer.start(TRIED_AFTER)
        elif self.document is not None and self.document.report != refused and not self.outdated:
            self._timer.start(SAVED_AFTER)
        self.state_changed.emit()
