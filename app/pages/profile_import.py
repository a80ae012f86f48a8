"""The progress of a profile import, above the list of profiles."""

from __future__ import annotations

import re

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bridge import ImportProgress
from app.bridge.profile_import import ProfileImport
from app.forms.engine_texts import error_text
from app.translation import tr
from app.widgets.progress_row import ProgressRow
from engine.errors import SojournError


class ProfileImportPanel(QWidget):
    """Progress and result of an import; hidden otherwise."""

    notified = Signal(str)
    changed = Signal(bool)
    """Whether an import is running."""

    def __init__(self, source: ProfileImport, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source = source
        self._under_way = False
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 0)
        self.row = ProgressRow()
        self.row.cancelled.connect(source.cancel)
        column.addWidget(self.row)
        self.hide()

    def begin(self) -> None:
        """Show the running import and its progress."""
        self._show(self._source.progress)
        self._source.progressed.connect(self._show)
        self._source.finished.connect(self._tell_finished)
        self._source.ended.connect(self._tell_ended)
        self._source.failed.connect(self._tell_failed)

    def _show(self, progress: ImportProgress | None) -> None:
        if (progress is not None) != self._under_way:
            self._under_way = progress is not None
            self.setVisible(self._under_way)
            self.changed.emit(self._under_way)
        if progress is None:
            self.row.end()
        else:
            form = tr("Reading {file}: {count}") if progress.step == "reading" else tr("Importing {file}: {count}")
            words = form.format(file=progress.file, count=f"{progress.profiles:,}")
            self.row.show_progress(words, progress.share)

    def _tell_finished(self, count: int) -> None:
        self.notified.emit(tr("{count} profiles imported.", count=count))

    def _tell_ended(self, count: int) -> None:
        nothing = tr("Import cancelled. Nothing was imported.")
        self.notified.emit(tr("Import cancelled. {count} profiles were imported.", count=count) if count else nothing)

    def _tell_failed(self, error: SojournError, count: int) -> None:
        words = error_text(error)
        line = re.fullmatch(r"line (\d+)", error.where)
        where = tr("Line {number}", number=line[1]) if line else error.where
        more = tr("{count} profiles were imported before that.", count=count) if count else tr("Nothing was imported.")
        self.notified.emit(f"{where}: {words.rstrip('.')}. {more}" if where else words)
