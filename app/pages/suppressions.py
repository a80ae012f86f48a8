"""The suppression list: addresses that get no messages, added by hand or from a file."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QPlainTextEdit, QWidget

from app.bridge import Bridge, calls, import_suppressions
from app.forms.time_format import exact_time
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.list_page import ListPage
from app.translation import mark, tr, tr_n
from app.widgets.controls import Button, Choice, FormField, column_of, label, row_of
from app.widgets.empty_state import EmptyState
from app.widgets.texts import show_text
from engine.services.views import SuppressionPage, SuppressionRow

SHOWN, SEARCH_AFTER = 500, 250
CHANNELS = (("email", mark("Email")), ("sms", mark("SMS")), ("push", mark("Push")))


class AddressesDialog(QDialog):
    """Asks for a channel and for addresses, one a line, or for a file of them."""

    added = Signal(str, object)
    """The channel and the addresses."""
    file_chosen = Signal(str, str)
    """The channel and the path of a file."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        show_text(self.setWindowTitle, tr("Add addresses"))
        self.resize(480, 380)
        column = column_of(self, 12, (20, 20, 20, 20))
        column.addWidget(label(tr("Add addresses"), "title"))
        self.channel = Choice()
        self.channel.offer([(key, tr(words)) for key, words in CHANNELS])
        self.channel.choose("email")
        column.addWidget(FormField(tr("Channel"), self.channel))
        self.addresses = QPlainTextEdit()
        self.addresses.setTabChangesFocus(True)
        column.addWidget(FormField(tr("Addresses, one per line"), self.addresses), 1)
        row = row_of(spacing=8)
        self.file_button = Button(tr("From a file"), pressed=self._ask_file)
        row.addWidget(self.file_button)
        row.addStretch(1)
        row.addWidget(Button(tr("Cancel"), shortcut="Esc", pressed=self.reject))
        self.add_button = Button(tr("Add"), kind="primary", pressed=self._add)
        row.addWidget(self.add_button)
        column.addLayout(row)

    def _add(self) -> None:
        addresses = tuple(line.strip() for line in self.addresses.toPlainText().splitlines() if line.strip())
        if addresses:
            self.added.emit(str(self.channel.key()), addresses)
            self.accept()

    def _ask_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, tr("From a file"), "", "*.csv *.txt")
        if name:
            self.file_chosen.emit(str(self.channel.key()), name)
            self.accept()


class SuppressionsPage(ListPage):
    """Lists, adds and removes addresses; its search runs in the engine."""

    def __init__(self, bridge: Bridge, zone: str, parent: QWidget | None = None) -> None:
        super().__init__(bridge, zone, parent)
        self._soon = QTimer(self, singleShot=True, interval=SEARCH_AFTER)
        self._soon.timeout.connect(self.refresh)
        self.list.search.textChanged.connect(lambda _: self._soon.start())

    def make_list(self) -> ObjectList:
        self._rows: dict[str, SuppressionRow] = {}
        changes = self.bridge.may("manage_definitions")
        columns = (
            Column("address", tr("Address"), "name", stretch=2),
            Column("channel", tr("Channel"), "text", 140),
            Column("reason", tr("Reason"), "secondary", stretch=1),
            Column("at", tr("When"), "secondary", 190),
        )
        new = tr("Add addresses") if changes else ""
        sentence = tr("Addresses on this list get no messages.")
        empty = EmptyState("hand-palm", tr("No addresses"), sentence, new)
        verbs = (("delete", tr("Remove from the list"), "trash"),) if changes else ()
        made = ObjectList(tr("Suppression list"), columns, new, empty, verbs)
        made.created.connect(self.ask_addresses)
        return made

    def refresh(self) -> None:
        self.bridge.read(calls.suppressions.list(self.list.search.text(), SHOWN), self._take, self.refuse)

    def _take(self, page: SuppressionPage) -> None:
        self._rows = {f"{row.channel} {row.address}": row for row in page.rows}
        self.list.show_rows([self._row(key, row) for key, row in self._rows.items()], page.total)

    def _row(self, key: str, row: SuppressionRow) -> Row:
        channel = tr(dict(CHANNELS).get(row.channel, row.channel))
        cells = {
            "address": Cell(row.address),
            "channel": Cell(channel),
            "reason": Cell(row.reason),
            "at": Cell(exact_time(row.at, self.zone), -row.at),
        }
        return Row(key, cells, "hand-palm", "error")

    def ask_addresses(self) -> None:
        """Ask for addresses to add."""
        self.dialog = AddressesDialog(self)
        self.dialog.added.connect(self._add)
        self.dialog.file_chosen.connect(self._import)
        self.dialog.finished.connect(self.dialog.deleteLater)
        self.dialog.open()

    def _add(self, channel: str, addresses: tuple[str, ...]) -> None:
        self.bridge.write(calls.suppressions.add(channel, addresses), self._added, self.refuse)

    def _import(self, channel: str, file: str) -> None:
        self.bridge.attempt(import_suppressions(file, channel), self._added, self.refuse)

    def _added(self, count: int) -> None:
        self.done(tr_n("1 address added.", "{count} addresses added.", count))

    def ask(self, verb: str, key: str) -> None:
        row = self._rows[key]
        work = calls.suppressions.remove(row.channel, row.address)
        details = tr("The address gets messages again.")
        self.confirm_delete(row.address, work, partial(self.done, tr("Address removed.")), details)
