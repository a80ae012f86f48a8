"""Operations: failed people, dead letters, refused and accepted events, and what is suspended by itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from app.activity_views import full_name
from app.bridge import Bridge, FailedVersions, calls, failed_people
from app.forms.engine_texts import failure_text, phrase_text, refusal_text
from app.forms.time_format import exact_time
from app.lists.filters import FilterGroup
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.pages.list_page import ListPage
from app.reports.labels import reason_name
from app.translation import tr, tr_n
from app.widgets.confirmation import confirm
from app.widgets.controls import column_of, label
from app.widgets.empty_state import EmptyState
from app.widgets.texts import show_text
from engine.services.report_views import StepRow
from engine.services.views import (
    DeadLetter,
    DeadLetterContent,
    DiscardRow,
    FailedPerson,
    ReceivedEvent,
    RejectedItem,
    SuspendedRow,
)

SHOWN = 1_000
"""Rows of a list; its search looks at these."""


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


class JourneyFilteredPage(DetailPage):
    """A list that can be limited to a journey; the limit is one of its filters."""

    journey = ""
    """The journey whose rows are read; '' for all."""

    def show_journey(self, journey: str) -> None:
        """Show the rows of a journey alone."""
        self.journey = journey
        self.list.filters.choose(())
        self.refresh()

    def offer_journeys(self, names: Iterable[str], *others: FilterGroup) -> None:
        """Offer the journeys of the rows as filters, with ``others``; choose the one that the list is limited to."""
        tags = {f"journey:{name}": name for name in dict.fromkeys((*filter(None, (self.journey,)), *names))}
        self.list.offer_filters((FilterGroup(tr("Journey"), tags if len(tags) > 1 or self.journey else {}), *others))
        if self.journey:
            self.list.filters.choose((f"journey:{self.journey}",))
            self.journey = ""


class FailedPeoplePage(JourneyFilteredPage):
    """The people whose journey ended in an error; one, or all of an activity, go on from there."""

    def make_list(self) -> ObjectList:
        self._rows: dict[str, FailedPerson] = {}
        self._versions: FailedVersions = {}
        sentence = tr("People whose journey ended in an error appear here.")
        columns = (
            Column("key", tr("Person"), "name", stretch=2),
            Column("journey", tr("Journey"), "text", stretch=2),
            Column("activity", tr("Activity"), "secondary", stretch=2),
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
        self.bridge.read(failed_people(self.journey, SHOWN), self._take, self.refuse)

    def _take(self, answer: tuple[Sequence[FailedPerson], FailedVersions]) -> None:
        people, self._versions = answer
        self._rows = {person.instance: person for person in people}
        self.list.show_rows([self._row(person) for person in people])
        self.offer_journeys(person.journey for person in people)

    def _activity(self, person: FailedPerson) -> str:
        """Return the name of the activity at which a person failed."""
        known = self._versions.get((person.journey, person.version))
        activity = known[1].by_id.get(person.activity) if known is not None else None
        return full_name(activity) if activity is not None else person.activity

    def _row(self, person: FailedPerson) -> Row:
        cells = {
            "key": Cell(person.key),
            "journey": Cell(tr("{name}, version {number}", name=person.journey, number=person.version)),
            "activity": Cell(self._activity(person)),
            "at": Cell(exact_time(person.at, self.zone), -person.at),
        }
        tags = frozenset((f"journey:{person.journey}",))
        return Row(person.instance, cells, "user", "error", tags, deletable=False)

    def open(self, key: str) -> None:
        """Show the steps of a person with the errors."""
        person = self._rows[key]
        known = self._versions.get((person.journey, person.version))
        if known is not None:
            self.bridge.read(calls.reports.steps(known[0], key), partial(self._show_steps, person), self.refuse)

    def _show_steps(self, person: FailedPerson, steps: Sequence[StepRow]) -> None:
        known = self._versions.get((person.journey, person.version))
        lines = []
        for step in reversed(steps):
            activity = known[1].by_id.get(step.activity) if known is not None else None
            words = full_name(activity) if activity is not None else step.name
            if step.fields.get("error"):
                words = tr("{name}: {reason}", name=words, reason=failure_text(step.fields))
            lines.append(f"{exact_time(step.at, self.zone)}  {words}")
        self.show_content(person.key, "\n".join(lines))

    def ask(self, verb: str, key: str) -> None:
        person = self._rows[key]
        if verb == "resume":
            self._resume(person, key)
            return
        count = sum(
            (other.journey, other.activity) == (person.journey, person.activity) for other in self._rows.values()
        )
        details = tr_n(
            "The person who failed at {activity} continues from that step.",
            "The {count} people who failed at {activity} continue from that step.",
            count,
            activity=self._activity(person),
        )
        question = tr("Resume everyone in {name}?", name=person.journey)
        confirm(self, tr("Resume"), question, details, tr("Resume"), lambda: self._resume(person, ""))

    def _resume(self, person: FailedPerson, instance: str) -> None:
        work = calls.operations.resume_failed(person.journey, person.activity, instance)
        self.bridge.write(work, self._resumed, self.refuse)

    def _resumed(self, count: int) -> None:
        self.reader.setVisible(False)
        self.done(
            tr_n("1 person continues from the failed step.", "{count} people continue from the failed step.", count)
        )


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


class RefusedEventsPage(JourneyFilteredPage):
    """The events that were refused; the selected one is shown with the reason in full."""

    def make_list(self) -> ObjectList:
        self._events: dict[str, DiscardRow] = {}
        sentence = tr("Events that match no definition or that a journey does not accept appear here.")
        columns = (
            Column("event", tr("Event"), "name", stretch=2),
            Column("key", tr("Person"), "text", stretch=2),
            Column("journey", tr("Journey"), "secondary", stretch=2),
            Column("reason", tr("Reason"), "text", stretch=3),
            Column("at", tr("When"), "secondary", 190),
        )
        empty = EmptyState("broadcast", tr("No event was refused"), sentence, "")
        return ObjectList(tr("Refused events"), columns, "", empty)

    def refresh(self) -> None:
        self.bridge.read(calls.reports.discards(SHOWN, self.journey), self._take, self.refuse)

    def _take(self, rows: Sequence[DiscardRow]) -> None:
        reasons = {row.reason: reason_name(row.reason) for row in rows}
        self._events = {f"{row.at}-{number}": row for number, row in enumerate(rows)}
        self.list.show_rows([self._row(key, row) for key, row in self._events.items()])
        group = FilterGroup(tr("Reason"), reasons if len(reasons) > 1 else {})
        self.offer_journeys((row.journey for row in rows if row.journey), group)

    def _row(self, key: str, row: DiscardRow) -> Row:
        cells = {
            "event": Cell(row.event or ""),
            "key": Cell(row.key or ""),
            "journey": Cell(row.journey or ""),
            "reason": Cell(_reason(row)),
            "at": Cell(exact_time(row.at, self.zone), -row.at),
        }
        tags = frozenset((row.reason, f"journey:{row.journey}"))
        return Row(key, cells, "broadcast", "event", tags, deletable=False)

    def open(self, key: str) -> None:
        """Show an event with everything that is known of it."""
        row = self._events[key]
        lines = (
            (tr("Event"), row.event), (tr("Person"), row.key), (tr("Journey"), row.journey),
            (tr("When"), exact_time(row.at, self.zone)), (tr("Reason"), _reason(row)),
        )  # fmt: skip
        sentence = refusal_text(RejectedItem(0, row.reason, row.field, ""))
        told = "\n".join(f"{words}: {value}" for words, value in lines if value)
        self.show_content(row.event or tr("Refused events"), "\n\n".join(filter(None, (told, sentence))))


def _reason(row: DiscardRow) -> str:
    reason = reason_name(row.reason)
    return f"{reason}: {row.field}" if row.field else reason


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
