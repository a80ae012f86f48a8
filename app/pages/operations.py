"""Operations: failed people, dead letters, refused and accepted events, and what is suspended by itself."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from app.bridge import Bridge, calls
from app.forms.engine_texts import phrase_text
from app.forms.time_format import exact_time
from app.lists.filters import FilterGroup
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.list_page import ListPage
from app.reports.labels import reason_name
from app.translation import tr
from app.widgets.confirmation import confirm
from app.widgets.controls import column_of, label
from app.widgets.empty_state import EmptyState
from app.widgets.texts import show_text
from engine.services.views import (
    DeadLetter,
    DeadLetterContent,
    DiscardRow,
    FailedPerson,
    ReceivedEvent,
    SuspendedRow,
)

SHOWN = 1_000
"""Rows of a list; its search looks at these."""


class FailedPeoplePage(ListPage):
    """The people whose journey ended in an error; one, or all of an activity, go on from there."""

    def make_list(self) -> ObjectList:
        self._rows: dict[str, FailedPerson] = {}
        sentence = tr("People whose journey ended in an error appear here.")
        columns = (
            Column("key", tr("Person"), "name", stretch=2),
            Column("journey", tr("Journey"), "text", stretch=2),
            Column("activity", tr("Activity"), "secondary", stretch=1),
            Column("at", tr("When"), "secondary", 190),
        )
        verbs = (
            ("resume", tr("Resume this person"), "play"),
            ("resume_all", tr("Resume everyone at this activity"), "users"),
        )
        offered = verbs if self.bridge.may("manage_journeys") else ()
        return ObjectList(
            tr("Failed people"), columns, "", EmptyState("users", tr("No failed people"), sentence, ""), offered
        )

    def refresh(self) -> None:
        self.bridge.read(calls.operations.failed("", "", "", SHOWN), self._take, self.refuse)

    def _take(self, people: Sequence[FailedPerson]) -> None:
        self._rows = {person.instance: person for person in people}
        journeys = {f"journey:{person.journey}": person.journey for person in people}
        self.list.offer_filters((FilterGroup(tr("Journey"), journeys if len(journeys) > 1 else {}),))
        self.list.show_rows([self._row(person) for person in people])

    def _row(self, person: FailedPerson) -> Row:
        cells = {
            "key": Cell(person.key),
            "journey": Cell(tr("{name}, version {number}", name=person.journey, number=person.version)),
            "activity": Cell(person.activity),
            "at": Cell(exact_time(person.at, self.zone), -person.at),
        }
        tags = frozenset((f"journey:{person.journey}",))
        return Row(person.instance, cells, "user", "error", tags, deletable=False)

    def ask(self, verb: str, key: str) -> None:
        person = self._rows[key]
        instance = key if verb == "resume" else ""
        work = calls.operations.resume_failed(person.journey, person.activity, instance)
        self.bridge.write(work, self._resumed, self.refuse)

    def _resumed(self, _: int) -> None:
        self.done(tr("They go on from the step that failed."))


class SuspendedPage(ListPage):
    """Segments and journey versions that are suspended by themselves, with the reason."""

    def make_list(self) -> ObjectList:
        self._rows: dict[str, SuspendedRow] = {}
        sentence = tr("A segment or journey that cannot run appears here with the reason; the others go on.")
        columns = (Column("name", tr("Name"), "name", stretch=1), Column("reason", tr("Reason"), "text", stretch=3))
        verbs = (("resume", tr("Resume"), "play"),) if self.bridge.may("publish_journeys") else ()
        return ObjectList(
            tr("Suspended"), columns, "", EmptyState("check-circle", tr("Everything runs"), sentence, ""), verbs
        )

    def refresh(self) -> None:
        self.bridge.read(calls.operations.suspended(), self._take, self.refuse)

    def _take(self, rows: Sequence[SuspendedRow]) -> None:
        self._rows = {f"{row.kind} {row.name}": row for row in rows}
        self.list.show_rows([self._row(key, row) for key, row in self._rows.items()])

    def _row(self, key: str, row: SuspendedRow) -> Row:
        icon = "users-three" if row.kind == "segment" else "path"
        cells = {"name": Cell(row.name), "reason": Cell(phrase_text(row.reason))}
        return Row(key, cells, icon, "error", deletable=False)

    def ask(self, verb: str, key: str) -> None:
        row = self._rows[key]
        self.bridge.write(calls.operations.resume(row.kind, row.name), self._resumed, self.refuse)

    def _resumed(self, _: None) -> None:
        self.done(tr("It runs again."))


class RefusedEventsPage(ListPage):
    """The events that were refused, with the reason."""

    def make_list(self) -> ObjectList:
        sentence = tr("Events that match no definition or that a journey does not accept appear here.")
        columns = (
            Column("event", tr("Event"), "name", stretch=2),
            Column("key", tr("Person"), "text", stretch=2),
            Column("journey", tr("Journey"), "secondary", stretch=2),
            Column("reason", tr("Reason"), "text", stretch=2),
            Column("at", tr("When"), "secondary", 190),
        )
        empty = EmptyState("broadcast", tr("No event was refused"), sentence, "")
        return ObjectList(tr("Refused events"), columns, "", empty)

    def refresh(self) -> None:
        self.bridge.read(calls.reports.discards(SHOWN), self._take, self.refuse)

    def _take(self, rows: Sequence[DiscardRow]) -> None:
        reasons = {row.reason: reason_name(row.reason) for row in rows}
        self.list.offer_filters((FilterGroup(tr("Reason"), reasons if len(reasons) > 1 else {}),))
        self.list.show_rows([self._row(number, row) for number, row in enumerate(rows)])

    def _row(self, number: int, row: DiscardRow) -> Row:
        reason = reason_name(row.reason)
        cells = {
            "event": Cell(row.event or ""),
            "key": Cell(row.key or ""),
            "journey": Cell(row.journey or ""),
            "reason": Cell(f"{reason}: {row.field}" if row.field else reason),
            "at": Cell(exact_time(row.at, self.zone), -row.at),
        }
        return Row(f"{row.at}-{number}", cells, "broadcast", "event", frozenset((row.reason,)), deletable=False)


class DetailPage(ListPage):
    """A list whose selected row is shown at the right."""

    def __init__(self, bridge: Bridge, zone: str, parent: QWidget | None = None) -> None:
        super().__init__(bridge, zone, parent)
        self.reader = QWidget()
        self.reader.setObjectName("side")
        self.reader.setFixedWidth(420)
        column = column_of(self.reader, margins=(18, 18, 18, 18))
        self.heading = label("", "title")
        self.content = QPlainTextEdit()
        self.content.setReadOnly(True)
        show_text(self.content.setAccessibleName, tr("Contents"))
        column.addWidget(self.heading)
        column.addWidget(self.content, 1)
        self.reader.setVisible(False)
        self.row.addWidget(self.reader)
        self.list.chosen.connect(self.open)

    def open(self, key: str) -> None:
        """Show what a row holds."""

    def show_content(self, heading: str, content: str) -> None:
        """Show a text at the right."""
        show_text(self.heading.setText, heading)
        self.content.setPlainText(content)
        self.reader.setVisible(True)


class DeadLettersPage(DetailPage):
    """What could not be processed after three tries: shown, tried again or dropped."""

    def make_list(self) -> ObjectList:
        sentence = tr("Items that failed three times are kept here until they are retried or dropped.")
        columns = (
            Column("kind", tr("Type"), "name", 140),
            Column("fault", tr("Error"), "text", stretch=3),
            Column("at", tr("When"), "secondary", 190),
        )
        verbs = (("retry", tr("Try again"), "arrow-clockwise"), ("drop", tr("Drop"), "trash"))
        empty = EmptyState("check-circle", tr("No dead letters"), sentence, "")
        return ObjectList(tr("Dead letters"), columns, "", empty, verbs)

    def refresh(self) -> None:
        self.reader.setVisible(False)
        self.bridge.read(calls.reports.dead_letters(), self._take, self.refuse)

    def _take(self, letters: Sequence[DeadLetter]) -> None:
        self.list.show_rows([self._row(letter) for letter in letters])

    def _row(self, letter: DeadLetter) -> Row:
        fault = letter.traceback.strip().rpartition("\n")[2]
        cells = {
            "kind": Cell(letter.kind),
            "fault": Cell(fault),
            "at": Cell(exact_time(letter.at, self.zone), -letter.at),
        }
        return Row(str(letter.id), cells, "warning-circle", "error", deletable=False)

    def open(self, key: str) -> None:
        self.bridge.read(calls.operations.dead_letter(int(key)), self._show, self.refuse)

    def _show(self, letter: DeadLetterContent) -> None:
        self.show_content(letter.kind, f"{letter.content}\n\n{letter.traceback}".strip())

    def ask(self, verb: str, key: str) -> None:
        if verb == "retry":
            self.bridge.write(calls.reports.retry((int(key),)), self._acted, self.refuse)
            return
        work = calls.operations.drop((int(key),))
        confirm(
            self, tr("Drop"), tr("Drop this dead letter?"), tr("This cannot be undone."), tr("Drop"),
            lambda: self.bridge.write(work, self._acted, self.refuse),
        )  # fmt: skip

    def _acted(self, _: int) -> None:
        self.refresh()


class ReceivedEventsPage(DetailPage):
    """The events that were accepted; the selected one is shown with its document."""

    def make_list(self) -> ObjectList:
        columns = (Column("id", tr("Id"), "name", stretch=2), Column("at", tr("When"), "secondary", 190))
        empty = EmptyState("broadcast", tr("No events yet"), tr("Accepted events appear here."), "")
        return ObjectList(tr("Accepted events"), columns, "", empty)

    def refresh(self) -> None:
        self.bridge.read(calls.operations.received("", SHOWN), self._take, self.refuse)

    def _take(self, events: Sequence[ReceivedEvent]) -> None:
        self.list.show_rows([self._row(event) for event in events])

    def _row(self, event: ReceivedEvent) -> Row:
        cells = {"id": Cell(event.id), "at": Cell(exact_time(event.at, self.zone), -event.at)}
        return Row(event.id, cells, "broadcast", "event", deletable=False)

    def open(self, key: str) -> None:
        self.bridge.read(calls.operations.event(key), self._show, self.refuse)

    def _show(self, event: ReceivedEvent) -> None:
        self.show_content(event.id, event.document or tr("The document is no longer kept."))
