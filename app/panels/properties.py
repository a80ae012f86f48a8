"""The properties of a journey, in the place of the settings pane."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from PySide6.QtCore import QMargins, Qt, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QPlainTextEdit, QWidget

from app.forms.form_pane import FormPane
from app.forms.time_format import date_and_time, zone_names
from app.translation import tr
from app.widgets.controls import HEIGHT, Choice, FormField, IconButton, Toggle, column_of, label, row_of
from app.widgets.date_input import DateInput
from app.widgets.duration_input import DurationInput
from engine.json_types import JsonDict
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion

WIDTH = 340
Control = TypeVar("Control", bound=QWidget)
MAX_REENTRANCE_WAIT, MAX_GLOBAL_TIMEOUT = timedelta(days=90), timedelta(days=91)
MAX_TIMEOUT = timedelta(seconds=30)


class PropertiesPane(FormPane):
    """Name, description, namespace, zone, re-entrance, dates and timeouts. ``saved`` carries the changes."""

    saved = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("settings-pane", WIDTH, parent)
        head = QWidget()
        head.setFixedHeight(55)
        row = row_of(head, margins=(16, 0, 12, 0))
        row.addWidget(label(tr("Properties"), "title"), 1)
        row.addWidget(IconButton("x", tr("Close"), pressed=self.closed))
        self.begin(head)
        inside = QWidget()
        self._column = column_of(inside, 16, (16, 16, 16, 16))
        self.area.setWidget(inside)
        self._fields: dict[QWidget, FormField] = {}
        self._build()
        self.end(QMargins(16, 12, 16, 14))

    def _build(self) -> None:
        self.name = self._add(tr("Name"), QLineEdit(), required=True)
        self.description = QPlainTextEdit()
        self.description.setFixedHeight(64)
        self.description.setTabChangesFocus(True)
        self._column.addWidget(FormField(tr("Description"), self.description))
        self.namespace = self._add(tr("Namespace"), Choice(), tr("The kind of key that identifies people."))
        self.time_zone = self._add(tr("Time zone"), QLineEdit(), required=True)
        self.time_zone.setCompleter(zone_completer(self))
        self.profile_zone = Toggle(tr("Use the profile's time zone"))
        self._column.addWidget(self.profile_zone)
        self.reentrance = Toggle(tr("People may enter again"))
        self._column.addWidget(self.reentrance)
        self.reentrance_wait = self._add(tr("Wait before re-entrance"), DurationInput(), tr("At most 90 days."))
        self.starts_at = self._add(tr("Starts"), DateInput(times=True), tr("In the journey's time zone."))
        self.ends_at = self._add(tr("Ends"), DateInput(times=True), tr("No one can enter from then on."))
        self.timeout = self._add(tr("Timeout of calls"), DurationInput(), tr("1 to 30 seconds."))
        self.global_timeout = self._add(tr("Global timeout"), DurationInput(), tr("At most 91 days."))
        self._column.addStretch(1)
        self.reentrance.toggled.connect(self.reentrance_wait.setEnabled)
        self._hear_edits()

    def _hear_edits(self) -> None:
        """Check input at once; only changes can be saved."""
        for line in (self.name, self.time_zone):
            line.textEdited.connect(self._edited)
        self.description.textChanged.connect(self._edited)
        for made in (self.starts_at, self.ends_at, self.reentrance_wait, self.timeout, self.global_timeout):
            made.changed.connect(self._edited)
        for switch in (self.profile_zone, self.reentrance):
            switch.toggled.connect(self._edited)
        self.namespace.chosen.connect(self._edited)

    def _edited(self, *_: object) -> None:
        faults = self._faults()
        for control, field in self._fields.items():
            field.show_fault(faults.get(control, ""))
        self.save_button.setEnabled(not faults and bool(self.settings()))

    def _faults(self) -> dict[QWidget, str]:
        """Return the problems of the input by field."""
        starts, ends = (made.moment() if made.isEnabled() else None for made in (self.starts_at, self.ends_at))
        read = (self.starts_at, self.ends_at, self.reentrance_wait, self.timeout, self.global_timeout)
        found: dict[QWidget, str] = {made: made.problem() if made.isEnabled() else "" for made in read}
        if not self.name.text().strip():
            found[self.name] = tr("Give the journey a name.")
        if self.time_zone.text().strip() not in zone_names():
            found[self.time_zone] = tr("Unknown time zone. Choose one such as Europe/Paris.")
        if starts and ends and not any(found[made] for made in (self.starts_at, self.ends_at)) and ends < starts:
            found[self.ends_at] = tr("This is before the start.")
        most = (
            (self.reentrance_wait, MAX_REENTRANCE_WAIT, tr("At most 90 days.")),
            (self.timeout, MAX_TIMEOUT, tr("1 to 30 seconds.")),
            (self.global_timeout, MAX_GLOBAL_TIMEOUT, tr("At most 91 days.")),
        )
        found |= {made: words for made, limit, words in most if not found[made] and (made.length() or limit) > limit}
        return {control: sentence for control, sentence in found.items() if sentence}

    def _add(self, words: str, control: Control, hint: str = "", required: bool = False) -> Control:
        if isinstance(control, QLineEdit):
            control.setFixedHeight(HEIGHT)
        self._fields[control] = FormField(words, control, hint, required)
        self._column.addWidget(self._fields[control])
        return control

    def show_journey(self, journey: JourneyVersion, definitions: Definitions, read_only: bool) -> None:
        """Show the properties; of a published version only name and description can be changed."""
        self._journey = journey
        self.name.setText(journey.name)
        self.description.setPlainText(journey.description)
        self.namespace.offer([(None, tr("None")), *((code, code) for code in definitions.namespace_codes)])
        self.namespace.choose(journey.namespace)
        properties = journey.properties
        self.time_zone.setText(properties.time_zone)
        self.profile_zone.setChecked(properties.use_profile_time_zone)
        self.reentrance.setChecked(properties.reentrance)
        self.reentrance_wait.show_length(properties.reentrance_wait)
        self.reentrance_wait.setEnabled(properties.reentrance)
        for line, moment in ((self.starts_at, properties.starts_at), (self.ends_at, properties.ends_at)):
            if read_only and moment is not None:
                line.setText(_local_time(moment, properties.time_zone))
            else:
                line.show_moment(moment)
        self.timeout.show_length(properties.timeout_and_error)
        self.global_timeout.show_length(properties.global_timeout)
        for control in (self.namespace, self.time_zone, self.profile_zone, self.reentrance, self.reentrance_wait):
            control.setEnabled(not read_only and control.isEnabled())
        for control in (self.starts_at, self.ends_at, self.timeout, self.global_timeout):
            control.setEnabled(not read_only)
        self._edited()

    def settings(self) -> JsonDict:
        """Return the changed properties by model field."""
        journey, before = self._journey, self._journey.properties
        made: JsonDict = {
            "name": self.name.text().strip() or journey.name,
            "description": self.description.toPlainText().strip(),
            "namespace": self.namespace.key(),
            "time_zone": self.time_zone.text().strip() or before.time_zone,
            "use_profile_time_zone": self.profile_zone.isChecked(),
            "reentrance": self.reentrance.isChecked(),
            "reentrance_wait": self.reentrance_wait.length() or before.reentrance_wait,
            "starts_at": self.starts_at.moment() if self.starts_at.isEnabled() else before.starts_at,
            "ends_at": self.ends_at.moment() if self.ends_at.isEnabled() else before.ends_at,
            "timeout_and_error": self.timeout.length() or before.timeout_and_error,
            "global_timeout": self.global_timeout.length() or before.global_timeout,
        }
        own = ("name", "description", "namespace")
        return {key: value for key, value in made.items() if value != getattr(journey if key in own else before, key)}

    def discard(self) -> None:
        """Discard the input and close."""
        self.closed.emit()

    def save(self) -> None:
        """Emit the changes and close."""
        if self._faults():
            self._edited()
            return
        if changed := self.settings():
            self.saved.emit(changed)
        self.closed.emit()


def _local_time(moment: str, zone: str) -> str:
    """Return a moment of a journey file as it is written in the reader's language, in the journey's time zone."""
    read = datetime.fromisoformat(moment)
    if read.tzinfo is None:
        read = read.replace(tzinfo=ZoneInfo(zone))
    return date_and_time(round(read.timestamp() * 1000), zone)


def zone_completer(parent: QWidget) -> QCompleter:
    """Return a completer of the names of time zones, found by any part."""
    completer = QCompleter(list(zone_names()), parent)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    return completer
