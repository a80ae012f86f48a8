"""Preview of a file of profiles before it is imported: encoding, columns and their targets, good and refused rows."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.bridge import Bridge, ImportCheck, ImportChoices, ImportProgress, read_preview
from app.forms.engine_texts import error_text, phrase_text
from app.pages.exports import ask_file, write_file
from app.translation import tr
from app.widgets.controls import Button, Choice, FormField, column_of, label, row_of, wrapped
from app.widgets.progress_row import ProgressRow
from app.widgets.texts import show_text
from engine.errors import SojournError
from engine.services.profile_views import FilePreview, ProfileRefusal

ENCODINGS = ("utf-8", "utf-16", "cp949", "cp1252", "cp1250", "cp1251", "shift_jis", "gb18030")
SEPARATORS = ((",", ","), (";", ";"), ("\t", "Tab"), ("|", "|"))
KINDS = ("", "string", "boolean", "integer", "decimal", "dateOnly", "dateTimeOnly", "dateTime")
TARGET, KIND, FIRST = range(3)
"""The rows of the table: targets, types, then those of the file."""
CHOICE_HEIGHT = 44
SHOWN = 20
CHECK_AFTER = 300


def refusal_text(one: ProfileRefusal) -> str:
    """Return the place and the reason of a refused row."""
    return tr("Line {number}: {reason}", number=one.row, reason=phrase_text(one.reason))


class ImportDialog(QDialog):
    """Nothing is stored before *Import* is pressed."""

    notified = Signal(str)

    def __init__(self, bridge: Bridge, file: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._file, self._source = bridge, file, bridge.profile_import
        self._preview: FilePreview | None = None
        self._check: ImportCheck | None = None
        self._targets: list[Choice] = []
        self._kinds: list[Choice] = []
        show_text(self.setWindowTitle, tr("Import profiles"))
        self.resize(980, 660)
        self._build()
        self._soon = QTimer(self, singleShot=True, interval=CHECK_AFTER)
        self._soon.timeout.connect(self._begin_check)
        self._source.progressed.connect(self._show_progress)
        self._source.checked.connect(self._show_check)
        self._source.unreadable.connect(self._show_fault)
        self._read()

    def _build(self) -> None:
        column = column_of(self, 12, (20, 20, 20, 20))
        self.heading = label(self._file.name, "title")
        column.addWidget(self.heading)
        self.encoding, self.separator = Choice(), Choice()
        self.encoding.offer([("", tr("As recognised")), *((name, name) for name in ENCODINGS)])
        self.separator.offer([("", tr("As recognised")), *SEPARATORS])
        row = row_of(spacing=12)
        self._forms: list[FormField] = []
        for words, choice in ((tr("Encoding"), self.encoding), (tr("Delimiter"), self.separator)):
            choice.choose("")
            choice.chosen.connect(lambda _: self._read())
            self._forms.append(FormField(words, choice))
            row.addWidget(self._forms[-1])
        column.addLayout(row)
        self.told = wrapped("", "quiet")
        column.addWidget(self.told)
        self.table = QTableWidget()
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        show_text(self.table.setAccessibleName, tr("First rows of the file"))
        column.addWidget(self.table, 1)
        self.progress = ProgressRow(cancellable=False)
        column.addWidget(self.progress)
        self.outcome = wrapped("", "body")
        column.addWidget(self.outcome)
        self.faults = QPlainTextEdit()
        self.faults.setReadOnly(True)
        self.faults.setFixedHeight(110)
        show_text(self.faults.setAccessibleName, tr("Refused rows"))
        self.faults.hide()
        column.addWidget(self.faults)
        column.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        row = row_of(spacing=8)
        self.rejects = Button(tr("Save refused rows"), pressed=self._save_rejects)
        self.rejects.hide()
        row.addWidget(self.rejects)
        row.addStretch(1)
        row.addWidget(Button(tr("Cancel"), shortcut="Esc", pressed=self.reject))
        self.take = Button(tr("Import"), kind="primary", pressed=self._import)
        self.take.setEnabled(False)
        row.addWidget(self.take)
        return row

    # Preview ---------------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        self._forget()
        choices = ImportChoices(str(self.encoding.key() or ""), str(self.separator.key() or ""))
        self._bridge.attempt(read_preview(self._file, choices), self._show, self._refuse)

    def _refuse(self, error: SojournError) -> None:
        self._preview = None
        self.table.setRowCount(0)
        show_text(self.told.setText, error_text(error))

    def _show(self, preview: FilePreview) -> None:
        self._preview = preview
        is_table = preview.form == "csv"
        is_text = preview.encoding != "xlsx"
        self._forms[0].setVisible(is_text)
        self._forms[1].setVisible(is_text and is_table)
        words = tr("Read as {encoding}.", encoding=preview.encoding)
        if preview.guessed:
            words = tr(
                "Read as {encoding}, by its letters. If they look wrong, choose another.", encoding=preview.encoding
            )
        show_text(self.told.setText, words)
        self._targets, self._kinds = [], []
        first = FIRST if is_table else 0
        self.table.clear()
        self.table.setRowCount(first + len(preview.rows))
        self.table.setColumnCount(len(preview.columns) if is_table else 1)
        self.table.setHorizontalHeaderLabels([column.head for column in preview.columns] if is_table else ["JSON"])
        self.table.setVerticalHeaderLabels(
            [
                *([tr("Becomes"), tr("Type")] if is_table else []),
                *(str(number + 1) for number in range(len(preview.rows))),
            ]
        )
        for place, column in enumerate(preview.columns):
            self._add_choices(place, column.head, column.target, preview)
            self.table.setColumnWidth(place, 180)
        for row in (TARGET, KIND) if is_table else ():
            self.table.setRowHeight(row, CHOICE_HEIGHT)
        for number, cells in enumerate(preview.rows):
            for place, text in enumerate(cells[: self.table.columnCount()]):
                self.table.setItem(first + number, place, QTableWidgetItem(text))
        if not is_table:
            self.table.horizontalHeader().setStretchLastSection(True)
        self._soon.start()

    def _add_choices(self, place: int, head: str, target: str, preview: FilePreview) -> None:
        choice, kind = Choice(), Choice()
        own = [] if target in ("", *preview.targets) else [(target, target)]
        choice.offer([("", tr("Leave out")), *own, *((name, name) for name in preview.targets)])
        choice.choose(target)
        kind.offer([("", tr("As read")), *((name, name) for name in KINDS[1:])])
        kind.choose("")
        for made, words in (
            (choice, tr("Target of {column}", column=head)),
            (kind, tr("Type of {column}", column=head)),
        ):
            show_text(made.setAccessibleName, words)
            made.chosen.connect(partial(self._changed, place))
        self._targets.append(choice)
        self._kinds.append(kind)
        self.table.setCellWidget(TARGET, place, choice)
        self.table.setCellWidget(KIND, place, kind)
        self._offer_kind(place)

    def _changed(self, place: int, _: object) -> None:
        self._offer_kind(place)
        self._forget()
        self._soon.start()

    def _offer_kind(self, place: int) -> None:
        """Offer a type only for an attribute that has none of its own."""
        assert self._preview is not None
        target = str(self._targets[place].key() or "")
        fixed = not target or target.startswith("identity:") or target in ("testProfile", *self._preview.declared)
        self._kinds[place].setEnabled(not fixed)
        if fixed:
            self._kinds[place].choose("")

    @property
    def choices(self) -> ImportChoices:
        """How the file is to be read."""
        assert self._preview is not None
        columns: dict[str, str] = {}
        for column, target, kind in zip(self._preview.columns, self._targets, self._kinds, strict=True):
            if column.head:
                columns[column.head] = ":".join(str(one) for one in (target.key() or "", kind.key()) if one)
        return ImportChoices(str(self.encoding.key() or ""), str(self.separator.key() or ""), columns)

    # Check -----------------------------------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._check = None
        self.take.setEnabled(False)
        self.rejects.hide()
        self.faults.hide()
        show_text(self.outcome.setText, "")

    def _begin_check(self) -> None:
        if self._preview is not None:
            self._source.check(self._file, self.choices)

    def _show_progress(self, progress: ImportProgress | None) -> None:
        if progress is None or progress.step != "reading":
            self.progress.end()
        else:
            words = tr("Reading {file}: {count}").format(file=progress.file, count=f"{progress.profiles:,}")
            self.progress.show_progress(words, progress.share)

    def _show_check(self, check: ImportCheck) -> None:
        if self._preview is None or check.choices != self.choices:
            return
        self._check = check
        counts = {"good": f"{check.profiles:,}", "bad": f"{len(check.refused):,}"}
        show_text(self.outcome.setText, tr("Profiles: {good}, refused rows: {bad}.", **counts))
        self.take.setEnabled(check.profiles > 0)
        self._list_faults(check.refused)

    def _list_faults(self, refused: Sequence[ProfileRefusal]) -> None:
        self.faults.setPlainText("\n".join(refusal_text(one) for one in refused[:SHOWN]))
        self.faults.setVisible(bool(refused))
        self.rejects.setVisible(bool(refused))

    def _show_fault(self, error: SojournError) -> None:
        words = error_text(error)
        show_text(self.outcome.setText, f"{error.where}: {words}" if error.where else words)

    # End -------------------------------------------------------------------------------------------------------------

    def _save_rejects(self) -> None:
        check = self._check
        if check is not None:
            name = check.rejects_path
            text = check.rejects(lambda one: phrase_text(one.reason))
            ask_file(
                self, tr("Save refused rows"), str(name.with_suffix("")), name.suffix,
                lambda file: self.notified.emit(write_file(file, lambda: file.write_text(text, "utf-8"))),
            )  # fmt: skip

    def _import(self) -> None:
        if self._check is not None:
            check = self._check
            self.accept()
            self._source.store(check)

    def done(self, result: int) -> None:
        """Leave a check that is under way."""
        if not self._source.storing:
            self._source.leave()
        for signal, slot in (
            (self._source.progressed, self._show_progress),
            (self._source.checked, self._show_check),
            (self._source.unreadable, self._show_fault),
        ):
            signal.disconnect(slot)
        super().done(result)
