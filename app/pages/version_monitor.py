"""Watch a running or tested version, convert the answers for the panels, and run its test mode."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import cached_property, partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from app.activity_views import category, full_name, path_name
from app.bridge import Bridge, calls
from app.document.document import JourneyDocument
from app.forms.engine_texts import error_text, failure_text, refusal_text
from app.forms.time_format import clock, date_and_time, short_time
from app.pages.profiles import person_name
from app.panels.journey_header import JourneyHeader
from app.panels.live_panel import LiveFigures, PersonAtActivity
from app.panels.ranking_rows import BarEntry, StepEntry
from app.panels.testing_panel import DEFAULT_WAIT, ClockState, TestLogDialog, TestModePanel
from app.reports.labels import reason_name
from app.translation import tr
from app.user_files import Drafts
from engine.errors import SojournError
from engine.json_types import JsonObject
from engine.model.journey import Edge
from engine.services.report_views import ActivityCounts, LiveCounts, PersonRow, StepRow
from engine.services.views import AcceptResult, DiscardRow, MessageRow, ProfilePage, TestState, VersionRow

LIVE_EVERY, TEST_EVERY, RANGE_EVERY = 1000, 400, 3000
"""Milliseconds between two requests; a limited period costs the engine more and is polled less often."""
_MINUTE = 60_000
_LATEST = 12
_REFUSALS = 50


class VersionMonitor(QObject):
    """Sends a request only after the last answer, so that a slow engine is never flooded."""

    live_changed = Signal(object)
    counts_changed = Signal(object, object, object)
    visited_changed = Signal(object, object, object, object)
    people_changed = Signal(object)
    state_changed = Signal(str)
    standing_changed = Signal(object)
    """The people at the requested activity."""
    history_changed = Signal(object)
    """The steps of the requested person."""
    explained = Signal(str, object, object)
    """What happened to the shown person at an activity of a test: its id, the explanation and the message or None."""

    def __init__(self, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._row: VersionRow | None = None
        self._document: JourneyDocument | None = None
        self._zone = "UTC"
        self._asked_at = 0.0
        self._followed: str | None = None
        self._last_ms: int | None = None
        self._counts: LiveCounts | None = None
        self._log: TestLogDialog | None = None
        self._shown = ""
        """The instance whose path is shown in a test."""
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)

    @property
    def zone(self) -> str:
        """The zone of displayed times."""
        return self._zone

    def watch(self, row: VersionRow, document: JourneyDocument, zone: str) -> None:
        """Watch this version from now on."""
        self._row, self._document, self._zone = row, document, zone
        if not self._bridge.may("read_reports"):
            return
        self._timer.setInterval(self._pause())
        self._timer.start()
        self.look()

    def _pause(self) -> int:
        if self._row is not None and self._row.state == "test":
            return TEST_EVERY
        return LIVE_EVERY if self._last_ms is None else RANGE_EVERY

    def narrow(self, last_ms: object) -> None:
        """Limit the counts to the last milliseconds, or None for all time."""
        self._last_ms = int(str(last_ms)) if last_ms is not None else None
        self._timer.setInterval(self._pause())
        self._asked_at = 0.0
        self.look()

    def ask_people(self, activity: str) -> None:
        """Request the people at an activity."""
        if self._row is not None:
            self._bridge.read(calls.reports.people(self._row.id, activity), self._take_standing)

    def _take_standing(self, people: Sequence[PersonRow]) -> None:
        self.standing_changed.emit(
            [PersonAtActivity(one.instance, one.key, short_time(one.since, self._zone)) for one in people]
        )

    def ask_history(self, instance: str) -> None:
        """Request one person's steps."""
        if self._row is not None:
            self._bridge.read(calls.reports.steps(self._row.id, instance), self._take_history)

    def _take_history(self, steps: Sequence[StepRow]) -> None:
        self.history_changed.emit([self._step(step) for step in steps])

    def activity_counts(self, name: str) -> ActivityCounts | None:
        """Return the counts of an activity that were read last; None before."""
        return self._counts.activities.get(name) if self._counts is not None else None

    def refresh_texts(self) -> None:
        """Report everything again, in another language."""
        self._counts = None
        self._asked_at = 0.0
        self.look()

    def stop(self) -> None:
        """Stop polling."""
        self._timer.stop()
        self._row = None

    def look(self) -> None:
        """Send a request unless an answer is pending."""
        waiting = self._asked_at and time.monotonic() - self._asked_at < 5
        if self._row is None or waiting or not self._bridge.running:
            return
        self._asked_at = time.monotonic()
        self._bridge.read(calls.reports.live(self._row.id, last_ms=self._last_ms), self._take, self._failed)

    def follow(self, instance: object) -> None:
        """Show the path of this person; None is the latest."""
        self._followed = str(instance) if instance else None
        if self._counts is not None and self._row is not None and self._row.state == "test":
            self._show_walk(self._counts.steps)

    def explain(self, activity: str) -> None:
        """Request what happened to the shown person of the test at an activity."""
        if self._row is not None and self._row.state == "test" and self._shown:
            read = calls.testing.explain(self._row.id, self._shown, activity)
            self._bridge.read(read, partial(self._take_explanation, activity), lambda _: None)

    def _take_explanation(self, activity: str, found: JsonObject) -> None:
        step = found.get("step")
        sent = str(step.get("message_id") or "") if isinstance(step, dict) else ""
        if sent:
            self._bridge.read(calls.reports.messages(), partial(self._take_message, activity, found, sent))
        else:
            self.explained.emit(activity, found, None)

    def _take_message(self, activity: str, found: JsonObject, sent: str, rows: Sequence[MessageRow]) -> None:
        self.explained.emit(activity, found, next((row for row in rows if row.id == sent), None))

    def open_log(self, parent: QWidget) -> None:
        """Open the test log and keep it up to date."""
        self._log = TestLogDialog(parent)
        self._log.finished.connect(lambda _: self._forget_log())
        self._log.open()
        self._read_log()

    def _forget_log(self) -> None:
        if self._log is not None:
            self._log.deleteLater()
        self._log = None

    def _read_log(self) -> None:
        if self._row is not None:
            self._bridge.read(calls.testing.log(self._row.id), self._take_log)

    def _take_log(self, entries: Sequence[JsonObject]) -> None:
        if self._log is not None:
            self._log.show_log(entries)

    def _failed(self, error: object) -> None:
        self._asked_at = 0.0

    def _take(self, counts: LiveCounts) -> None:
        self._asked_at = 0.0
        if self._row is None or counts.version_id != self._row.id:
            return
        changed, self._counts = counts != self._counts, counts
        self.state_changed.emit(counts.state)
        if counts.state == "test":
            self._bridge.read(calls.reports.people(counts.version_id, None), self._take_people)
            self._show_walk(counts.steps)
            if changed and self._log is not None:
                self._read_log()
        else:
            self._show_live(counts)

    def _take_people(self, people: Sequence[PersonRow]) -> None:
        self._people = {person.instance: person for person in people}
        self.people_changed.emit([(person.instance, person.key) for person in people])
        if self._counts is not None:
            self._show_walk(self._counts.steps)

    def _show_live(self, counts: LiveCounts) -> None:
        assert self._document is not None
        nodes = {name: activity.entered + activity.current for name, activity in counts.activities.items()}
        errors = {name: activity.errors for name, activity in counts.activities.items() if activity.errors}
        self.counts_changed.emit(nodes, dict(counts.edges), errors)
        names = {activity.id: activity for activity in self._document.journey.activities}
        bars = [
            BarEntry(name, full_name(names[name]), nodes.get(name, 0))
            for name in names
            if category(names[name].type) == "action"
        ]
        wrong = [BarEntry(name, full_name(names[name]), count) for name, count in errors.items() if name in names]
        self.live_changed.emit(
            LiveFigures(
                dict(counts.metrics),
                counts.rate,
                self._minutes(counts),
                tuple(sorted((bar for bar in bars if bar.count), key=lambda bar: -bar.count)[:6]),
                tuple(sorted(wrong, key=lambda bar: -bar.count)[:6]),
                tuple(self._step(step) for step in counts.steps[:_LATEST]),
                dict(counts.errors),
                tuple(
                    BarEntry(name, full_name(names[name]), activity.current)
                    for name, activity in counts.activities.items()
                    if activity.current and name in names
                ),
            )
        )

    def _minutes(self, counts: LiveCounts) -> tuple[tuple[str, int], ...]:
        """Return each minute of the last hour or half hour of the last day, including empty ones."""
        if not counts.entrances:
            return ()
        known = dict(counts.entrances)
        length = self._last_ms or 60 * _MINUTE
        gap = min(at for at in (_MINUTE, 30 * _MINUTE) if length / at <= 60)
        last = counts.at - counts.at % gap
        points = range(last - length + gap, last + gap, gap)
        sums = [sum(known.get(at, 0) for at in range(point, point + gap, _MINUTE)) for point in points]
        return tuple((clock(point, self._zone, seconds=False), n) for point, n in zip(points, sums, strict=True))

    def _step(self, step: StepRow) -> StepEntry:
        assert self._document is not None
        activity = self._document.journey.by_id.get(step.activity)
        words = full_name(activity) if activity else step.name
        path = str(step.fields.get("path") or "")
        if activity is not None and path:
            words = f"{words} → {path_name(activity, path)}"
        fault = bool(step.fields.get("error"))
        if fault:
            words = tr("{name}: {reason}", name=words, reason=failure_text(step.fields))
        return StepEntry(clock(step.at, self._zone), words, fault)

    def _show_walk(self, steps: Sequence[StepRow]) -> None:
        """Show one person's path: completed activities are checked, the current one waits."""
        assert self._document is not None
        journey = self._document.journey
        people = getattr(self, "_people", {})
        followed = self._followed if self._followed in people else None
        shown = followed or (max(people, key=int) if people else (steps[0].instance if steps else None))
        self._shown = shown or ""
        mine = [step for step in steps if step.instance == shown]
        visited = {step.activity for step in mine}
        faults = {step.activity: failure_text(step.fields) for step in mine if step.fields.get("error")}
        taken = {step.transition for step in mine if step.transition}
        edges = [edge for edge in journey.edges if _key(edge) in taken and self._reached(edge, mine)]
        person = people.get(shown)
        waiting = [person.activity] if person is not None and person.status == "running" else []
        self.visited_changed.emit(visited, edges, faults, waiting)

    def _reached(self, edge: Edge, mine: Sequence[StepRow]) -> bool:
        """Return the edges into a parallel group: that of the winner, or all while undecided."""
        assert self._document is not None
        beside = [other for other in self._document.journey.outgoing[edge.source] if other.path == edge.path]
        if len(beside) == 1:
            return True
        return any(step.activity == edge.target for step in mine)


def _key(edge: Edge) -> str:
    return f"{edge.source}:{edge.path}" if edge.path else edge.source


MOST_PROFILES = 1_000
"""Test profiles that are offered."""
REFUSAL_LOOKS = 8
"""Reads of the test's state within which an event that was sent may turn out to be refused."""
TEST_PACE = 0.7
"""Seconds of real time between two things due while a test's virtual clock runs, so that one can follow."""


class TestModeController(QObject):
    """Connects test panel, header and engine."""

    __test__ = False

    notified = Signal(str)
    refused = Signal(object)
    """The engine refused: a SojournError."""
    row_changed = Signal(object)
    """The version's new state: its row."""

    def __init__(
        self,
        bridge: Bridge,
        drafts: Drafts,
        row: VersionRow,
        document: JourneyDocument,
        header: JourneyHeader,
        make_panel: Callable[[], TestModePanel],
        monitor: VersionMonitor,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._bridge, self._drafts, self._row, self._document = bridge, drafts, row, document
        self._header, self._make_panel, self._watcher = header, make_panel, monitor
        self._widget = parent
        self._sent, self._looks = "", 0
        self._refused_before: tuple[DiscardRow, ...] = ()
        monitor.people_changed.connect(self._show_people)
        monitor.state_changed.connect(self._state_seen)

    @cached_property
    def panel(self) -> TestModePanel:
        """The test panel, created on first use."""
        made = self._make_panel()
        made.remember(self._drafts.payloads())
        made.fired.connect(self._fire)
        made.wait_chosen.connect(self._set_wait)
        made.clock.chosen.connect(self._choose_clock)
        made.clock.stepped.connect(self._step)
        made.clock.run.connect(self._run)
        made.log_asked.connect(lambda: self._watcher.open_log(self._widget))
        made.person_chosen.connect(self._watcher.follow)
        return made

    def parts(self) -> list[QWidget]:
        """Return the panel if it exists."""
        return [self.panel] if "panel" in vars(self) else []

    def show_row(self, row: VersionRow) -> None:
        """Show the version's new state."""
        self._row = row
        here = row.state == "test" and self._bridge.may("manage_journeys")
        for part in [self.panel] if here else self.parts():
            part.setVisible(here)
        if here:
            self._bridge.read(calls.profiles.list("", MOST_PROFILES, 0, True), self._offer_profiles)
            self._bridge.read(calls.testing.state(row.id), self._show_test)
        else:
            self._header.show_people(None)

    def switch(self, on: bool) -> None:
        """Start or end test mode."""
        call = calls.testing.switch_on(self._row.id, 10.0) if on else calls.testing.switch_off(self._row.id)
        self._bridge.write(call, self._switched, self.refused.emit)

    def _switched(self, _: TestState) -> None:
        self._read_row()

    def _read_row(self) -> None:
        self._bridge.read(calls.journeys.row(self._row.id), self.row_changed.emit, owner=self)

    def _show_test(self, state: TestState) -> None:
        self.panel.show_wait(state.wait)
        self.panel.clock.show_state(self._clock_state(state))
        if state.on and self._header.people.isHidden():
            self._header.show_people(state.people)

    def _clock_state(self, state: TestState) -> ClockState:
        shows = date_and_time(state.time, self._watcher.zone) if state.time else ""
        due = tr("Next: {when}", when=date_and_time(state.next_at, self._watcher.zone)) if state.next_at else ""
        return ClockState(state.virtual, state.running, shows, due, state.running and bool(state.under_way))

    def _choose_clock(self, virtual: bool) -> None:
        self._bridge.write(calls.testing.set_clock(self._row.id, virtual), self._moved, self._not_moved)
        self._set_wait(0.0 if virtual else DEFAULT_WAIT)

    def _step(self, seconds: object) -> None:
        by = float(str(seconds)) if seconds is not None else None
        self._bridge.attempt(calls.testing.step(self._row.id, by), self._moved, self._not_moved)

    def _run(self, on: bool) -> None:
        call = calls.testing.run(self._row.id, TEST_PACE) if on else calls.testing.pause(self._row.id)
        self._bridge.write(call, self._moved, self._not_moved)

    def _moved(self, state: TestState) -> None:
        self._show_test(state)
        self._watcher.look()

    def _not_moved(self, error: SojournError) -> None:
        self.notified.emit(error_text(error))
        self._bridge.read(calls.testing.state(self._row.id), self._show_test)

    def _show_people(self, people: Sequence[tuple[str, str]]) -> None:
        if self._row.state == "test":
            self.panel.show_people(people)
            self._header.show_people(len(people))

    def _offer_profiles(self, page: ProfilePage) -> None:
        namespace = self._document.journey.namespace or ""
        profiles = [
            (row.id, person_name(row.attributes, row.identities), row.identities.get(namespace, ""), row.attributes)
            for row in page.rows
        ]
        used = [getattr(activity, "event", None) for activity in self._document.journey.activities]
        events = [event for event in self._document.definitions.events if event.name in used]
        events.sort(key=lambda event: used.index(event.name))
        self.panel.offer(events, profiles)

    def _fire(self, event: str, payload: JsonObject) -> None:
        if self._bridge.may("read_reports"):
            read = calls.reports.discards(_REFUSALS, self._document.journey.name)
            self._bridge.read(read, partial(self._fire_after, event, payload), self.refused.emit)
        else:
            self._send(event, payload)

    def _fire_after(self, event: str, payload: JsonObject, refused: tuple[DiscardRow, ...]) -> None:
        self._refused_before, self._looks = refused, REFUSAL_LOOKS
        self._send(event, payload)

    def _look_for_refusal(self, refused: tuple[DiscardRow, ...]) -> None:
        """Show the reason for which the journey refused the event that was sent, once it is known."""
        for row in refused:
            if self._looks and row.event == self._sent and row not in self._refused_before:
                self._looks = 0
                words = reason_name(row.reason)
                self.notified.emit(tr("{event} was refused: {reason}", event=self._sent, reason=words))

    def _send(self, event: str, payload: JsonObject) -> None:
        self._sent = event
        self._bridge.write(
            calls.testing.fire(self._row.id, event, payload), partial(self._fired, event), self.refused.emit
        )

    def _fired(self, event: str, answer: AcceptResult) -> None:
        self._drafts.save_payloads(self.panel.last)
        sent = tr("{event} was sent.", event=event)
        self.notified.emit(refusal_text(answer.errors[0]) if answer.errors else sent)
        self._watcher.look()

    def _set_wait(self, seconds: float) -> None:
        self._bridge.write(calls.testing.set_wait(self._row.id, seconds), self._show_test, self.refused.emit)

    def _state_seen(self, state: str) -> None:
        if state != self._row.state:
            self._read_row()
        elif state == "test":
            self._bridge.read(calls.testing.state(self._row.id), self._show_test)
            if self._looks:
                self._looks -= 1
                read = calls.reports.discards(_REFUSALS, self._document.journey.name)
                self._bridge.read(read, self._look_for_refusal, lambda _: None)
