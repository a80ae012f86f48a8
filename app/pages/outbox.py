"""The outbox: messages sent by journeys while no provider is configured."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from app.activity_views import type_icon, type_title
from app.bridge import Bridge, calls
from app.forms.time_format import clock, short_time
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.list_page import ListPage
from app.translation import tr
from app.widgets.controls import chip, column_of, label
from app.widgets.empty_state import EmptyState
from app.widgets.texts import show_text
from engine.services.views import MessageRow

REFRESH_EVERY = 2000


class OutboxPage(ListPage):
    """Messages as they arrive; the selected one is shown at the right."""

    def __init__(self, bridge: Bridge, zone: str, parent: QWidget | None = None) -> None:
        super().__init__(bridge, zone, parent)
        self.reader = QWidget()
        self.reader.setObjectName("side")
        self.reader.setFixedWidth(420)
        column = column_of(self.reader, margins=(18, 18, 18, 18))
        self.subject = label("", "title")
        self.details = label("", "quiet")
        self.channel = chip("")
        self.body = QPlainTextEdit()
        self.body.setReadOnly(True)
        show_text(self.body.setAccessibleName, tr("The message"))
        for made in (self.subject, self.details, self.channel):
            column.addWidget(made)
        column.addWidget(self.body, 1)
        self.reader.setVisible(False)
        self.row.addWidget(self.reader)
        self._timer = QTimer(self, interval=REFRESH_EVERY)
        self._timer.timeout.connect(self._refresh_if_seen)
        self._timer.start()

    def make_list(self) -> ObjectList:
        self._rows: dict[str, MessageRow] = {}
        sentence = tr("Messages appear here while no provider is set up.")
        columns = (
            Column("to", tr("To"), "name", stretch=2),
            Column("subject", tr("Subject"), "text", stretch=3),
            Column("journey", tr("Journey"), "secondary", stretch=2),
            Column("at", tr("Sent"), "secondary", 150),
        )
        made = ObjectList(tr("Outbox"), columns, "", EmptyState("tray", tr("No messages yet"), sentence, ""))
        made.restore_columns({"sorted_by": "at"})
        made.chosen.connect(self._read)
        return made

    def _refresh_if_seen(self) -> None:
        if self.isVisible() and self.bridge.running:
            self.refresh()

    def refresh(self) -> None:
        self.bridge.read(calls.reports.messages(), self._show)

    def _show(self, messages: Sequence[MessageRow]) -> None:
        self._rows = {message.id: message for message in messages}
        self.list.show_rows([self._row(message) for message in messages])

    def _row(self, message: MessageRow) -> Row:
        cells = {
            "to": Cell(message.to),
            "subject": Cell(message.subject or message.body),
            "journey": Cell(message.journey),
            "at": Cell(f"{short_time(message.at, self.zone)}", -message.at),
        }
        return Row(message.id, cells, type_icon(message.channel), "action", deletable=False)

    def _read(self, key: str) -> None:
        message = self._rows.get(key)
        if message is not None:
            show_text(self.subject.setText, message.subject or tr("No subject"))
            show_text(
                self.details.setText, tr("to {address}, {time}", address=message.to, time=clock(message.at, self.zone))
            )
            show_text(self.channel.setText, type_title(message.channel))
            self.body.setPlainText(message.body or message.html)
            self.reader.setVisible(True)
