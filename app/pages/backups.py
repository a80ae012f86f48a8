"""Backups of the workspace: start one, watch it, and how to restore it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from PySide6.QtCore import QDir, QLocale, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QWidget

from app.bridge import Bridge, calls
from app.forms.engine_texts import error_text, phrase_text
from app.forms.time_format import now_in, short_time
from app.pages.settings import CardPage
from app.translation import tr
from app.widgets.controls import Button, IconButton, label, row_of, wrapped
from app.widgets.progress_row import ProgressRow
from app.widgets.texts import show_text
from engine.errors import SojournError
from engine.services.views import BackupState

LOOK_AGAIN = 400
"""Milliseconds between two status requests."""
_UNITS = QLocale.DataSizeFormat.DataSizeTraditionalFormat
RESTORE = "python main.py restore {file} --workspace {folder}"


def size_words(size: int) -> str:
    """Format a number of bytes."""
    return QLocale(QLocale.Language.English).formattedDataSize(size, 1, _UNITS)


def proposed(day: date) -> str:
    """Return the default file name of a backup."""
    return f"sojourn-{day:%Y-%m-%d}.sqlite"


class BackupsPage(CardPage):
    """A card for creating a backup and one for restoring it."""

    def __init__(self, bridge: Bridge, zone: str, parent: QWidget | None = None) -> None:
        super().__init__(tr("Backups"), parent)
        self._bridge, self._zone = bridge, zone
        self._under_way = False
        self._add_creation()
        self._add_restoration()
        self.cards.addStretch(1)
        self._again = QTimer(self, singleShot=True, interval=LOOK_AGAIN)
        self._again.timeout.connect(self.refresh)

    def _add_creation(self) -> None:
        column = self.add_card(tr("Back up the workspace"), 12)
        details = tr(
            "One file with everything as it is now: journeys, profiles, figures and settings. "
            "Journeys keep running. Encrypted secrets are in a separate file; the key is in neither."
        )
        column.addWidget(wrapped(details))
        row = row_of(spacing=12)
        self.begin_button = Button(tr("Back up now"), kind="primary", pressed=self.ask_place)
        row.addWidget(self.begin_button)
        row.addStretch(1)
        column.addLayout(row)
        self.progress = ProgressRow(cancellable=False)
        column.addWidget(self.progress)
        self.last = wrapped(" ", "secondary")
        self.last.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(self.last)
        self.fault = wrapped("", "fault")
        self.fault.hide()
        column.addWidget(self.fault)

    def _add_restoration(self) -> None:
        column = self.add_card(tr("Restore a backup"), 12)
        details = tr(
            "A backup is restored into a new workspace, never over one in use. Stop this workspace "
            "first, or people would go through journeys twice. Then run this command in Sojourn's "
            "folder and open the new workspace."
        )
        column.addWidget(wrapped(details))
        row = QHBoxLayout()
        self.command = label("", "code")
        self.command.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row.addWidget(self.command, 1)
        row.addWidget(IconButton("copy", tr("Copy the command"), pressed=self._copy))
        column.addLayout(row)
        key = tr(
            "To decrypt its secrets, set SOJOURN_VAULT_KEY, or copy the key file under the name of the new folder."
        )
        column.addWidget(wrapped(key, "hint"))
        self._show_command("")

    def refresh(self) -> None:
        """Reload the state of the last backup."""
        self._bridge.read(calls.backups.state(), self._take, self._refused)

    def ask_place(self) -> None:
        """Ask for the file, then start the backup."""
        dialog = QFileDialog(self, tr("Back up now"), QDir.homePath())
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
        dialog.setNameFilter("*.sqlite")
        dialog.setDefaultSuffix("sqlite")
        dialog.selectFile(proposed(now_in(self._zone).date()))
        dialog.fileSelected.connect(self.begin)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def begin(self, path: str) -> None:
        """Start a backup into a file."""
        self._show_fault("")
        self._bridge.write(calls.backups.begin(str(Path(path).absolute())), self._begun, self._refused)

    def _begun(self, _: None) -> None:
        self._under_way = True  # it may be over before the first look at it
        self.refresh()

    def _take(self, state: BackupState) -> None:
        ended = self._under_way and state.done
        self._under_way = bool(state.path) and not state.done
        self.begin_button.setEnabled(not self._under_way)
        if self._under_way:
            self._show_progress(state)
            self._again.start()
            return
        self.progress.end()
        if state.fault:
            self._show_fault(phrase_text(state.fault))
        show_text(self.last.setText, self._last_words(state))
        self.last.setVisible(not state.fault)
        self._show_command("" if state.fault else state.path)
        if ended and not state.fault:
            self.notified.emit(tr("Backup created: {file}", file=Path(state.path).name))

    def _show_progress(self, state: BackupState) -> None:
        self.last.hide()
        if state.of:
            words = tr("{size} of about {total}", size=size_words(state.size), total=size_words(state.of))
            self.progress.show_progress(words, min(1.0, state.size / state.of))
        else:
            self.progress.show_progress(tr("{size} written", size=size_words(state.size)), None)

    def _last_words(self, state: BackupState) -> str:
        if not state.path:
            return tr("No backup yet.")
        when = short_time(state.at, self._zone)
        return tr("Last backup: {when}, {size}, {file}", when=when, size=size_words(state.size), file=state.path)

    def _show_command(self, path: str) -> None:
        file = f'"{path}"' if " " in path else path or tr("FILE")
        self.command.setText(RESTORE.format(file=file, folder=tr("NEW-FOLDER")))

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.command.text())
        self.notified.emit(tr("Command copied."))

    def _refused(self, error: SojournError) -> None:
        self._show_fault(error_text(error))

    def _show_fault(self, sentence: str) -> None:
        show_text(self.fault.setText, sentence)
        self.fault.setVisible(bool(sentence))
