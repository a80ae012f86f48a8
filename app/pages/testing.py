"""Test mode of the open journey: start, send events, watch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.bridge import Bridge, calls
from app.document.document import JourneyDocument
from app.forms.engine_texts import error_text, refusal_text
from app.forms.time_format import date_and_time
from app.pages.profiles import person_name
from app.pages.version_monitor import VersionMonitor
from app.panels.journey_header import JourneyHeader
from app.panels.testing_panel import ClockState, TestModePanel
from app.translation import tr
from app.user_files import Drafts
from engine.errors import SojournError
from engine.services.views import AcceptResult, ProfilePage, TestState, VersionRow

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
            self._bridge.read(calls.profiles.list(""), self._offer_profiles)
            self._bridge.read(calls.testing.state(row.id), self._show_test)
        else:
            self._header.show_people(None)

    def switch(self, on: bool) -> None:
        """Start or end test mode."""
        if on:
            self._bridge.write(calls.testing.switch_on(self._row.id, 10.0), self._switched, self.refused.emit)
        else:
            self._bridge.write(calls.testing.switch_off(self._row.id), self._switched, self.refused.emit)

    def _switched(self, state: TestState) -> None:
        self._bridge.read(calls.journeys.row(self._row.id), self._take_row)

    def _take_row(self, row: VersionRow) -> None:
        self.row_changed.emit(row)

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
            (row.id, person_name(row.attributes, row.identities), row.identities.get(namespace, ""))
            for row in page.rows
            if row.test_profile
        ]
        used = [getattr(activity, "event", None) for activity in self._document.journey.activities]
        events = [event for event in self._document.definitions.events if event.name in used]
        events.sort(key=lambda event: used.index(event.name))
        self.panel.offer(events, profiles)

    def _fire(self, event: str, payload: Mapping[str, Any]) -> None:
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
            self._bridge.read(calls.journeys.row(self._row.id), self._take_row)
        elif state == "test":
            self._bridge.read(calls.testing.state(self._row.id), self._show_test)
