"""The open custom report, saved after every edit; it outlives its page.

Saves are queued, each based on the revision the previous one creates, so that edits made meanwhile are never lost,
whether the report or the window is closed. A refusal clears the queue.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from app.bridge import UNREACHABLE, Bridge, calls
from app.forms.engine_texts import error_text
from app.reports.document import ReportDocument
from app.translation import tr
from engine.errors import SojournError
from engine.model.report import Report
from engine.services.report_views import ReportRow, ReportSheet
from engine.services.views import Caller

TRIED_AFTER = 2_000
"""Milliseconds between attempts while the engine is away."""
SAVED_AFTER = 300
"""Milliseconds between an edit and saving."""


class OpenReport(QObject):
    """At most one open report."""

    state_changed = Signal()
    """The saving state changed: see :attr:`state`."""
    closed = Signal()
    """The report was closed."""

    def __init__(self, bridge: Bridge, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self.part = "summary"
        """The part of the reports page that is shown, kept with the open report."""
        self.document: ReportDocument | None = None
        self.row: ReportRow | None = None
        self._caller: Caller | None = None
        self._kept: Report | None = None
        self._sent: list[Report] = []
        """Saves in progress, oldest first."""
        self._turn = 0
        """Number of the save queue; answers to earlier queues are ignored."""
        self._left: set[int] = set()
        """Queues whose report was closed before the engine answered: refusals are still shown."""
        self.fault = ""
        self.outdated = False
        """Whether someone else changed the report: it must be opened again."""
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._save)
        bridge.leaving.connect(self.close)

    @property
    def state(self) -> str:
        """The saving state in words."""
        if self.fault:
            return self.fault
        if self.document is None or self._kept == self.document.report:
            return tr("saved")
        return tr("saving…")

    def show(self, sheet: ReportSheet) -> ReportDocument:
        """Open a report in place of the previous one."""
        self.close()
        document = ReportDocument(sheet.report, self)
        document.changed.connect(self._edited)
        self.document, self.row, self._kept = document, sheet.row, sheet.report
        self._caller = self._bridge.caller
        return document

    def is_for(self, caller: Caller) -> bool:
        """Return whether the open report belongs to this caller and sandbox."""
        return self.document is not None and self._caller == caller

    def close(self) -> None:
        """Save pending edits and close the report."""
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
        """Save pending edits at once."""
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
        self._bridge.write(
            calls.custom_reports.save(self.row.id, report, revision),
            lambda sheet: self._saved(turn, sheet),
            lambda error: self._refused(turn, error),
            owner=self,
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
