"""The test panel left of the canvas: clock, wait time, an event to send, results."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QWidget

from app import theme
from app.forms.json_input import PayloadForm, leaves, value_at, with_value
from app.translation import mark, tr
from app.widgets.controls import (
    Button,
    Choice,
    FormField,
    IconButton,
    Segmented,
    column_of,
    label,
    row_of,
    rule,
    scroll_area,
    set_style_name,
    wrapped,
)
from app.widgets.fault_line import FaultLine
from app.widgets.number_input import NumberInput
from app.widgets.texts import show_text
from app.widgets.window_sizes import resize_dialog
from engine.json_types import JsonDict, JsonObject
from engine.model.definitions import EventDefinition

REAL, VIRTUAL = "real", "virtual"
DESIGNED, FIXED = "designed", "fixed"
DEFAULT_WAIT = 10.0
"""Seconds that a wait lasts in a test on the real clock."""
LENGTHS = (
    (60.0, mark("1 minute")),
    (3_600.0, mark("1 hour")),
    (21_600.0, mark("6 hours")),
    (86_400.0, mark("1 day")),
    (604_800.0, mark("7 days")),
)
"""Steps of the virtual clock: seconds and words."""


@dataclass(frozen=True, slots=True)
class ClockState:
    """What the clock shows. ``due`` is the next timer, '' without one."""

    virtual: bool
    running: bool
    shows: str
    due: str = ""
    waits_for_calls: bool = False


class ClockPanel(QWidget):
    """Shows and controls the clock."""

    __test__ = False

    chosen = Signal(bool)
    """Another clock is requested: whether the virtual one."""
    stepped = Signal(object)
    """Advance to the next timer (None) or by seconds."""
    run = Signal(bool)
    """Run or pause."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._running = False
        column = column_of(self, 8)
        column.addWidget(label(tr("Clock"), "caption"))
        self.kind = Segmented([(REAL, tr("Real")), (VIRTUAL, tr("Virtual"))])
        show_text(self.kind.setAccessibleName, tr("Clock"))
        self.kind.chosen.connect(lambda key: self.chosen.emit(key == VIRTUAL))
        column.addWidget(self.kind)
        self._drive = QWidget()
        row = row_of(self._drive, 6)
        self.next_button = IconButton(
            "skip-forward", tr("Next timer"), framed=True, pressed=lambda: self.stepped.emit(None)
        )
        self.run_button = IconButton("play", tr("Run"), framed=True, pressed=lambda: self.run.emit(not self._running))
        self.length = Choice()
        show_text(self.length.setAccessibleName, tr("Step length"))
        self.length.offer([(seconds, tr(words, count=1)) for seconds, words in LENGTHS])
        self.length.choose(3_600.0)
        self.forward_button = Button(tr("Forward"), pressed=lambda: self.stepped.emit(self.length.key()))
        for made in (self.next_button, self.run_button):
            row.addWidget(made)
        row.addWidget(self.length, 1)
        row.addWidget(self.forward_button)
        column.addWidget(self._drive)
        self.shown = label("", "strong")
        self.due = wrapped("", "hint")
        column.addWidget(self.shown)
        column.addWidget(self.due)

    def show_state(self, state: ClockState) -> None:
        """Show the state of the clock."""
        self._running = state.running
        self.kind.choose(VIRTUAL if state.virtual else REAL)
        self._drive.setVisible(state.virtual)
        self.shown.setText(state.shows)
        words = state.due or tr("No pending timers.")
        show_text(self.due.setText, tr("Waiting for running calls.") if state.waits_for_calls else words)
        for line in (self.shown, self.due):
            line.setVisible(state.virtual)
        icon, tip = ("pause", tr("Pause")) if state.running else ("play", tr("Run"))
        self.run_button.setIcon(theme.icon(icon, "secondary"))
        show_text(self.run_button.setToolTip, tip)
        show_text(self.run_button.setAccessibleName, tip)
        for made in (self.next_button, self.forward_button):
            made.setEnabled(not state.running)


WIDTH = 300


class TestModePanel(QWidget):
    """Keeps the last values of each event; sending is left to the controller."""

    __test__ = False

    fired = Signal(str, object)
    """An event is to be sent: its name and payload."""
    wait_chosen = Signal(float)
    """Waits are to last that many seconds; 0: as designed."""
    log_asked = Signal()
    person_chosen = Signal(object)
    """The path of this person is to be shown: instance id, or None for the latest."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_style_name(self, "test-panel")
        self.setFixedWidth(WIDTH)
        self._events: dict[str, EventDefinition] = {}
        self.last: dict[str, JsonDict] = {}
        self._profiles: dict[str, tuple[str, str, JsonObject]] = {}
        self._senders: dict[str, str] = {}
        """The profile that each event's last values belong to, where it is known."""
        self._shown_profile = ""
        area, self._column = scroll_area(12, (16, 16, 16, 16), sideways=False)
        column_of(self, 0).addWidget(area)
        self._add_clock()
        self._column.addWidget(rule())
        self._add_event()
        self._column.addStretch(1)

    def _add_clock(self) -> None:
        self._column.addWidget(label(tr("Test mode"), "title"))
        self.clock = ClockPanel()
        self._column.addWidget(wrapped(tr("Only test profiles can enter."), "quiet"))
        self.wait_kind = Segmented([(DESIGNED, tr("As designed")), (FIXED, tr("Fixed time"))])
        show_text(self.wait_kind.setAccessibleName, tr("Waits and timeouts"))
        self.wait_kind.chosen.connect(self._wait_kind_chosen)
        self._wait_row = QWidget()
        row = row_of(self._wait_row)
        self.wait = NumberInput(3600)
        self.wait.setFixedWidth(72)
        show_text(self.wait.setAccessibleName, tr("Wait time in seconds"))
        self.wait.editingFinished.connect(self._wait_typed)
        row.addWidget(self.wait)
        row.addWidget(label(tr("seconds for each wait"), "quiet"), 1)
        self._column.addWidget(self.clock)
        self._column.addWidget(label(tr("Waits and timeouts"), "caption"))
        self._column.addWidget(self.wait_kind)
        self._column.addWidget(self._wait_row)
        self._column.addWidget(FaultLine(self.wait))
        self.person = Choice()
        self.person.offer([(None, tr("Latest person"))])
        self.person.choose(None)
        self.person.chosen.connect(self.person_chosen)
        self._column.addWidget(FormField(tr("Path of"), self.person))

    def _add_event(self) -> None:
        self._column.addWidget(label(tr("Trigger an event"), "title"))
        self.event_choice = Choice()
        self.event_choice.chosen.connect(lambda _: self._show_event())
        self._column.addWidget(FormField(tr("Event"), self.event_choice))
        self.profile = Choice()
        self.profile.chosen.connect(self._profile_chosen)
        self._column.addWidget(FormField(tr("Profile"), self.profile))
        self.form = PayloadForm()
        self._column.addWidget(self.form)
        self.send = Button(tr("Send"), kind="primary", shortcut="E", pressed=self.fire)
        self._column.addWidget(self.send)
        row = row_of(spacing=8)
        self.code = Button(tr("Code view"))
        self.code.setCheckable(True)
        self.code.clicked.connect(self._turn)
        self.log = Button(tr("Log"), shortcut="L", pressed=self.log_asked)
        row.addWidget(self.code, 1)
        row.addWidget(self.log, 1)
        self._column.addLayout(row)

    def offer(self, events: Sequence[EventDefinition], profiles: Sequence[tuple[str, str, str, JsonObject]]) -> None:
        """Offer these events, and test profiles as (id, name, identity in the journey's namespace, attributes)."""
        self._events = {event.name: event for event in events}
        self._profiles = {key: (words, identity, attributes) for key, words, identity, attributes in profiles}
        icon = theme.icon("broadcast", "event")
        before = self.event_choice.key()
        self.event_choice.offer([(event.name, event.name) for event in events], [icon] * len(events))
        self.profile.offer([(key, f"{words}   {identity}") for key, words, identity, _ in profiles])
        if self.event_choice.key() is None and events:
            self.event_choice.choose(events[0].name)
        if self.profile.key() is None and profiles:
            self.profile.choose(profiles[0][0])
        if self.event_choice.key() != before:
            self._show_event()

    def remember(self, payloads: Mapping[str, JsonObject]) -> None:
        """Restore the last payload of each event."""
        self.last = {name: dict(payload) for name, payload in payloads.items()}

    def show_wait(self, seconds: float) -> None:
        """Show the wait time, 0 for waits as designed, unless the user is typing one."""
        self.wait_kind.choose(FIXED if seconds else DESIGNED)
        self._wait_row.setVisible(bool(seconds))
        if seconds and not self.wait.hasFocus():
            self.wait.show_number(seconds)

    def show_people(self, people: Sequence[tuple[str, str]]) -> None:
        """Offer the latest person and the others as (instance, name), the latest first, each name once."""
        latest: dict[str, str] = {}
        for instance, name in people:
            latest.setdefault(name, instance)
        offered = [(None, tr("Latest person")), *((instance, name) for name, instance in latest.items())]
        known = [(self.person.itemData(i), self.person.itemText(i)) for i in range(self.person.count())]
        if known != offered:
            self.person.offer(offered)
            if self.person.currentIndex() < 0:
                self.person.choose(None)

    def fire(self) -> None:
        """Send the event if it is valid and remember its values."""
        payload, name = self.form.payload(), str(self.event_choice.key() or "")
        if payload is not None and name:
            self.last[name], self._senders[name] = payload, str(self.profile.key() or "")
            self.fired.emit(name, payload)

    def _show_event(self) -> None:
        event = self._events.get(str(self.event_choice.key()))
        if event is not None:
            self._shown_profile = str(self.profile.key() or "")
            self.form.show_fields(event.fields, self._values(event))
            self._fill_key(self.profile.key())

    def _profile_chosen(self, _: object) -> None:
        """Show the values of another profile in place of those of the one before."""
        self._senders.setdefault(str(self.event_choice.key() or ""), self._shown_profile)
        self._show_event()

    def _values(self, event: EventDefinition) -> JsonObject:
        """Return the last values of an event; for another profile only those chosen from lists, and its attributes."""
        kept, profile = self.last.get(event.name, {}), str(self.profile.key() or "")
        if self._senders.get(event.name, profile) == profile:
            return kept
        attributes = self._profiles[profile][2] if profile in self._profiles else {}
        payload: JsonDict = {}
        for path, field in leaves(event.fields):
            source = kept if field.enum or field.kind == "boolean" else attributes
            payload = with_value(payload, path, value_at(source, path))
        return payload

    def _fill_key(self, profile: object) -> None:
        """Fill in the profile's identity as the event's key."""
        event, known = self._events.get(str(self.event_choice.key())), self._profiles.get(str(profile))
        if event is None or known is None:
            return
        for path, made in self.form.inputs.items():
            if not isinstance(made, Choice) and event.key == f"@{{{event.name}.{'.'.join(path)}}}":
                made.setText(known[1])

    def _turn(self) -> None:
        self.form.show_code(self.code.isChecked())
        self.code.setChecked(self.form.in_code)

    def _wait_kind_chosen(self, kind: object) -> None:
        self.wait_chosen.emit(float(self.wait.number() or DEFAULT_WAIT) if kind == FIXED else 0.0)

    def _wait_typed(self) -> None:
        seconds = self.wait.number()
        if seconds and not self.wait.problem():
            self.wait_chosen.emit(float(seconds))


class TestLogDialog(QDialog):
    """The log of a test: each person's steps as JSON."""

    __test__ = False

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        show_text(self.setWindowTitle, tr("Test log"))
        resize_dialog(self, 760, 560)
        column = column_of(self, 12, (16, 16, 16, 16))
        column.addWidget(label(tr("Test log"), "title"))
        self.code = QPlainTextEdit()
        self.code.setReadOnly(True)
        self.code.setProperty("role", "code")
        column.addWidget(self.code, 1)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(Button(tr("Close"), pressed=self.reject))
        column.addLayout(row)

    def show_log(self, entries: Sequence[JsonObject]) -> None:
        """Show these entries and keep the scroll position."""
        written = json.dumps(list(entries), indent=2, ensure_ascii=False)
        if written != self.code.toPlainText():
            place = self.code.verticalScrollBar().value()
            self.code.setPlainText(written if entries else tr("No one has entered yet. Send an event."))
            self.code.verticalScrollBar().setValue(place)
