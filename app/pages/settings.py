"""Settings: preferences of the user, and settings of the workspace in groups, checked by the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from app.bridge import Bridge, ConnectionOutcome, calls
from app.forms.engine_texts import error_text, phrase_text
from app.forms.time_format import zone_names
from app.panels.properties import zone_completer
from app.translation import mark, tr
from app.user_files import Preferences
from app.widgets.conflict import resolve_conflict
from app.widgets.controls import (
    Button,
    Choice,
    FormField,
    Segmented,
    Toggle,
    card,
    column_of,
    label,
    scroll_area,
    text_line,
    wrapped,
)
from app.widgets.number_input import NumberInput
from app.widgets.texts import show_text
from engine.catalogue import languages
from engine.errors import SojournError
from engine.json_types import JsonDict
from engine.services.views import SettingRow


@dataclass(frozen=True, slots=True)
class SettingGroup:
    """Settings under a title. ``secrets`` are kept in the vault: name and title."""

    title: str
    details: str
    settings: Mapping[str, tuple[str, str]]
    secrets: Mapping[str, str] = field(default_factory=dict)


EMAIL = SettingGroup(
    mark("Email"),
    mark("Without a server, emails are stored in the local outbox."),
    {
        "smtp_url": (mark("Mail server"), mark("smtp://user@host:587 or smtps://user@host:465")),
        "email_from": (mark("Sender"), mark("Address of the sender, such as news@example.com")),
        "unsubscribe_url": (mark("Address for unsubscribing"), mark("{id} in it becomes the id of the message.")),
    },
    {"provider/smtp/password": mark("Password of the mail server")},
)
SMS = SettingGroup(
    mark("SMS"),
    mark("Without a gateway, text messages are stored in the local outbox."),
    {
        "sms_gateway_url": (mark("Gateway"), mark("Address that receives text messages.")),
        "sms_gateway_header": (mark("Header of the key"), mark("The header that carries the gateway's key.")),
        "sms_gateway_body": (
            mark("Body"),
            mark("The JSON it expects, with {{ to }}, {{ text }} and {{ id }}."),
        ),
    },
    {"provider/sms/value": mark("Key of the gateway")},
)
PUSH = SettingGroup(
    mark("Push"),
    mark("Without a gateway, push notifications are stored in the local outbox."),
    {
        "push_gateway_url": (mark("Gateway"), mark("Address that receives push notifications.")),
        "push_gateway_header": (mark("Header of the key"), mark("The header that carries the gateway's key.")),
        "push_gateway_body": (
            mark("Body"),
            mark("The JSON it expects, with {{ to }}, {{ title }}, {{ text }} and {{ id }}."),
        ),
    },
    {"provider/push/value": mark("Key of the gateway")},
)
CAMPAIGN_STANDARD = SettingGroup(
    mark("Adobe Campaign Standard"),
    mark("If set, it sends the messages; templates have the same names there."),
    {
        "campaign_standard_url": (mark("Instance"), mark("https://mc.adobe.io/your-organization")),
        "campaign_standard_organization": (
            mark("Transactional API"),
            mark("mc and the organization, as in calls."),
        ),
        "campaign_standard_client_id": (mark("Client id"), mark("Used to fetch tokens.")),
        "campaign_standard_token_url": (mark("Token address"), mark("Only if it is not Adobe's identity service.")),
    },
    {"provider/campaign_standard/body.parameters.client_secret": mark("Client secret")},
)
CAMPAIGN_CLASSIC = SettingGroup(
    mark("Adobe Campaign Classic"),
    mark("Address that receives the events of these actions."),
    {
        "campaign_classic_url": (mark("Instance"), mark("Campaign Classic or v8.")),
        "campaign_classic_client_id": (mark("Client id"), mark("Used to fetch tokens for Campaign v8.")),
        "campaign_classic_token_url": (mark("Token address"), mark("Only if it is not Adobe's identity service.")),
    },
    {"provider/campaign_classic/body.parameters.client_secret": mark("Client secret")},
)
CALLS = SettingGroup(
    mark("Calls"),
    mark("Systems that journeys may call."),
    {
        "allow_local_endpoints": (
            mark("Allow local endpoints"),
            mark("Calls may go to IP addresses, non-default ports and private or loopback hosts."),
        ),
        "allowed_hosts": (
            mark("Allowed hosts and networks"),
            mark("Of your own, such as crm.internal, 10.1.0.0/16 or 127.0.0.1:8190."),
        ),
        "callback_url": (
            mark("Address for callbacks"),
            mark("Address at which other systems reach this engine; its own address if empty."),
        ),
    },
)
PROFILES = SettingGroup(
    mark("Profiles"),
    mark("Data about people."),
    {"profiles_from_events": (mark("Keep events with profiles"), mark("Creates a profile for an unknown person."))},
)
LOAD = SettingGroup(
    mark("Events and load"),
    mark("Identification of events, and limits of the load."),
    {
        "event_id_field": (
            mark("Field with an event's id"),
            mark("Such as order.number. Empty means _id, msgId, a CloudEvent's source and id, or messageId."),
        ),
        "max_waiting_events": (
            mark("Events that may wait"),
            mark("Beyond that, senders must retry later."),
        ),
        "port": (
            mark("Port"),
            mark("Where senders reach this workspace. A change applies at the next start of the engine."),
        ),
        "overdue_timers": (mark("Overdue timers at the start"), mark("Number that fire without confirmation.")),
        "overdue_rate": (mark("Overdue timers per second"), mark("Rate at which they fire after a long pause.")),
        "drain_seconds": (
            mark("Time for calls when the engine stops (seconds)"),
            mark("Calls that take longer are repeated."),
        ),
    },
)
RETENTION = SettingGroup(
    mark("Retention"),
    mark("Days to keep data; older data is deleted automatically."),
    {
        "retention_payload_days": (mark("Events"), mark("The received payloads.")),
        "retention_instance_days": (mark("People who finished"), mark("Place and time of each person.")),
        "retention_step_event_days": (mark("Step events"), mark("Data of the reports.")),
        "archive_step_events": (mark("Archive step events"), mark("Written to files before deletion.")),
        "archive_folder": (mark("Folder of the archive"), mark("Empty means a folder in the workspace.")),
    },
)
PARTS: Mapping[str, tuple[SettingGroup, ...]] = {
    "providers": (EMAIL, SMS, PUSH, CAMPAIGN_STANDARD, CAMPAIGN_CLASSIC),
    "limits": (CALLS, PROFILES, LOAD, RETENTION),
}
"""The groups of each section."""


def extension_group(meanings: Mapping[str, str]) -> SettingGroup | None:
    """Return a group with the settings that no other group has: those of extensions."""
    known = {name for part in PARTS.values() for group in part for name in group.settings}
    others = {name: (name, meaning) for name, meaning in meanings.items() if name not in known}
    details = mark("Settings of installed extensions.")
    return SettingGroup(mark("Extensions"), details, others) if others else None


def setting_groups(name: str) -> str:
    """Return the title of a setting, with its group if ambiguous; else its name."""
    for group in (group for part in PARTS.values() for group in part):
        if name in group.settings:
            return f"{tr(group.title)} · {tr(group.settings[name][0])}"
    return name


CARD_WIDTH = 720
MOST = 1_000_000_000


class CardPage(QWidget):
    """A title above cards."""

    notified = Signal(str)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        area, self.cards = scroll_area(16, (24, 22, 24, 24))
        self.cards.addWidget(label(title, "list-title"))
        column_of(self, 0).addWidget(area)

    def add_card(self, title: str = "", spacing: int = 14) -> QVBoxLayout:
        """Add a card below the others; return its column."""
        frame, column = card()
        frame.setMaximumWidth(CARD_WIDTH)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(spacing)
        if title:
            column.addWidget(label(title, "title"))
        self.cards.addWidget(frame)
        return column


class WorkspaceSettingsPage(CardPage):
    """The groups of one section, one card each."""

    def __init__(self, bridge: Bridge, title: str, groups: Sequence[SettingGroup]) -> None:
        super().__init__(title)
        self._bridge, self._groups = bridge, tuple(groups)
        self._values: JsonDict = {}
        self.inputs: dict[str, QWidget] = {}
        self.rows: dict[str, FormField] = {}
        self.secrets: dict[str, QLineEdit] = {}
        self.save_buttons: dict[str, Button] = {}
        """By the title of a group that is saved as a whole: one with secrets."""

    def refresh(self) -> None:
        """Reload the settings and the names of stored secrets."""
        self._bridge.read(calls.settings.list(), self._take)
        self._bridge.read(calls.settings.secrets(), self._take_secrets, lambda _: None)

    def _take(self, rows: Sequence[SettingRow]) -> None:
        known = {row.name: row for row in rows}
        before, self._values = self._values, {name: row.value for name, row in known.items()}
        for name in self.inputs:
            if self._typed(name) == before[name]:
                self._show(name)
        if not self.inputs:
            others = extension_group({row.name: row.meaning for row in rows}) if EMAIL in self._groups else None
            for group in (*self._groups, *([others] if others is not None else [])):
                self._add_group(group, known)
            self.cards.addStretch(1)

    def _take_secrets(self, names: Sequence[str]) -> None:
        for name, line in self.secrets.items():
            show_text(line.setPlaceholderText, "●●●●●●●●" if name in names else tr("Not set"))

    def _add_group(self, group: SettingGroup, known: Mapping[str, SettingRow]) -> None:
        column = self.add_card(tr(group.title))
        column.addWidget(wrapped(tr(group.details), "quiet"))
        for name, (words, hint) in group.settings.items():
            if name in known:
                self._add_setting(column, known[name], tr(words), tr(hint), at_once=not group.secrets)
        for name, words in group.secrets.items():
            self._add_secret(column, name, tr(words))
        if group.secrets:
            self._add_save(column, group)
        if group is CAMPAIGN_STANDARD:
            self._add_connection_test(column)

    def _add_setting(self, column: QVBoxLayout, row: SettingRow, words: str, hint: str, *, at_once: bool) -> None:
        made: QWidget
        if isinstance(row.value, bool):
            made = Toggle(words)
            made.setChecked(row.value)
            made.toggled.connect(partial(self._keep, row.name))
            column.addWidget(made)
            column.addWidget(wrapped(hint, "hint"))
        else:
            made = self._line(row, at_once)
            self.rows[row.name] = FormField(words, made, hint)
            column.addWidget(self.rows[row.name])
        self.inputs[row.name] = made

    def _line(self, row: SettingRow, at_once: bool) -> QLineEdit:
        if isinstance(row.value, int):
            number = NumberInput(MOST)
            number.show_number(row.value)
            number.setPlaceholderText(str(row.default))
            number.editingFinished.connect(partial(self._keep_number, row, number))
            return number
        line = text_line(str(row.value))
        if at_once:
            line.editingFinished.connect(lambda: self._keep(row.name, line.text().strip()))
        return line

    def _add_secret(self, column: QVBoxLayout, name: str, words: str) -> None:
        line = text_line(secret=True)
        self.secrets[name] = line
        hint = tr("Stored in the vault, never in the database, a log or a file.")
        self.rows[name] = FormField(words, line, hint)
        column.addWidget(self.rows[name])

    def _add_save(self, column: QVBoxLayout, group: SettingGroup) -> None:
        """Add the button that saves a provider as a whole: half of it would send nothing, or to the wrong place."""
        button = Button(tr("Save"), kind="primary", pressed=partial(self._save, group))
        button.setEnabled(False)
        for name in (*group.settings, *group.secrets):
            line = self.secrets.get(name) or self.inputs.get(name)
            if isinstance(line, QLineEdit):
                line.textEdited.connect(lambda _: button.setEnabled(True))
                line.returnPressed.connect(button.click)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(button)
        column.addLayout(row)
        self.save_buttons[group.title] = button

    def _save(self, group: SettingGroup) -> None:
        typed = {name: self._typed(name) for name in group.settings if name in self.inputs}
        values = {name: value for name, value in typed.items() if value != self._values.get(name)}
        secrets = {name: self.secrets[name].text() for name in group.secrets if self.secrets[name].text()}
        self._send(values, secrets)

    def _send(self, values: JsonDict, secrets: Mapping[str, str], overwrite: bool = False) -> None:
        seen = {name: self._values[name] for name in values}
        call = calls.settings.change(values, seen, secrets, overwrite)
        self._bridge.write(call, partial(self._kept, values, secrets), partial(self._refused, values, secrets))

    def _typed(self, name: str) -> object:
        made = self.inputs[name]
        if isinstance(made, Toggle):
            return made.isChecked()
        if isinstance(made, NumberInput):
            return made.number()
        return made.text().strip() if isinstance(made, QLineEdit) else None

    def _show(self, name: str) -> None:
        made, value = self.inputs[name], self._values[name]
        with QSignalBlocker(made):
            if isinstance(made, Toggle):
                made.setChecked(bool(value))
            elif isinstance(made, NumberInput) and isinstance(value, int):
                made.show_number(value)
            elif isinstance(made, QLineEdit):
                made.setText(str(value))

    def _add_connection_test(self, column: QVBoxLayout) -> None:
        row = QHBoxLayout()
        self.test_button = Button(tr("Test the connection"), pressed=self._test)
        row.addWidget(self.test_button)
        row.addStretch(1)
        column.addLayout(row)
        self.test_words = wrapped("", "quiet")
        column.addWidget(self.test_words)

    def _keep(self, name: str, value: object) -> None:
        if value != self._values.get(name):
            self._send({name: value}, {})

    def _keep_number(self, row: SettingRow, line: NumberInput) -> None:
        """Save a number that can be read; an empty line is the default."""
        if not line.problem():
            number = line.number()
            self._keep(row.name, row.default if number is None else number)

    def _kept(self, values: JsonDict, secrets: Mapping[str, str], _: None) -> None:
        self._values.update(values)
        for name in secrets:
            self.secrets[name].clear()
            self.secrets[name].setPlaceholderText("●●●●●●●●")
        for name in (*values, *secrets):
            if name in self.rows:
                self.rows[name].show_fault("")
            for group in self._groups:
                if group.title in self.save_buttons and (name in group.settings or name in group.secrets):
                    self.save_buttons[group.title].setEnabled(False)
        self.notified.emit(tr("Saved."))

    def _refused(self, values: JsonDict, secrets: Mapping[str, str], error: SojournError) -> None:
        name = str(error.phrase.arguments.get("name", ""))
        if error.code == "changed_meanwhile":
            titles = [setting_groups(one) for one in values]
            reload, overwrite = partial(self._reload, values), partial(self._send, values, secrets, overwrite=True)
            resolve_conflict(self, error_text(error), titles, reload, overwrite)
        elif name in self.rows:
            self.rows[name].show_fault(error_text(error))
        else:
            self.notified.emit(error_text(error))

    def _reload(self, values: JsonDict) -> None:
        """Show what somebody else has saved in place of these."""
        self._bridge.read(calls.settings.list(), partial(self._take_anew, values))

    def _take_anew(self, values: JsonDict, rows: Sequence[SettingRow]) -> None:
        self._take(rows)
        for name in values:
            self._show(name)

    def _test(self) -> None:
        show_text(self.test_words.setText, tr("Requesting…"))
        self._bridge.attempt(calls.connections.test_campaign_standard(""), self._tested, self._not_tested)

    def _tested(self, result: ConnectionOutcome) -> None:
        show_text(self.test_words.setText, phrase_text(result.message))

    def _not_tested(self, error: SojournError) -> None:
        show_text(self.test_words.setText, error_text(error))


class PreferencesPage(CardPage):
    """The preferences of the user; changes apply at once."""

    appearance_changed = Signal()
    """Theme, language or zone changed."""

    def __init__(self, preferences: Preferences, language: str, parent: QWidget | None = None) -> None:
        super().__init__(tr("Preferences"), parent)
        self._preferences = preferences
        self.setObjectName("page")
        column = self.add_card()
        themes = [("system", tr("Same as system")), ("light", tr("Light")), ("dark", tr("Dark"))]
        self.theme = Segmented(themes)
        self.theme.choose(self._preferences.get("theme"))
        self.theme.chosen.connect(lambda key: self._choose("theme", key))
        column.addWidget(FormField(tr("Theme"), self.theme))
        self.language = Segmented(list(languages().items()))
        self.language.choose(language)
        self.language.chosen.connect(lambda key: self._choose("language", key))
        column.addWidget(FormField(tr("Language"), self.language))
        self.zone = text_line(self._preferences.zone)
        self.zone.setCompleter(zone_completer(self))
        self.zone.editingFinished.connect(self._choose_zone)
        column.addWidget(FormField(tr("Times are shown in"), self.zone))
        self.on_close = Choice()
        offered = [
            ("ask", tr("Ask every time")),
            ("keep", tr("Keep running in the background")),
            ("stop", tr("Stop the engine")),
        ]
        self.on_close.offer(offered)
        self.on_close.choose(self._preferences.get("on_close"))
        self.on_close.chosen.connect(lambda key: self._preferences.set("on_close", key))
        column.addWidget(FormField(tr("On closing the window while journeys run"), self.on_close))
        self.cards.addStretch(1)

    def _choose(self, name: str, key: object) -> None:
        self._preferences.set(name, key)
        self.appearance_changed.emit()

    def _choose_zone(self) -> None:
        zone = self.zone.text().strip()
        if zone in zone_names() and zone != self._preferences.zone:
            self._choose("zone", zone)
