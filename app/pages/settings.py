"""Settings: preferences of the user, and settings of the workspace in groups, checked by the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.bridge import Bridge, ConnectionOutcome, calls
from app.forms.engine_texts import error_text, phrase_text
from app.forms.time_format import zone_names
from app.pages.setting_groups import CAMPAIGN_STANDARD, EMAIL, SettingGroup, extension_group
from app.translation import tr
from app.user_files import Preferences
from app.widgets.controls import HEIGHT, Button, Choice, FormField, Segmented, Toggle, card, label, wrapped
from app.widgets.number_input import NumberInput
from app.widgets.texts import show_text
from engine.catalogue import languages
from engine.errors import SojournError
from engine.services.views import SettingRow

WIDTH = 720
MOST = 1_000_000_000


class WorkspaceSettingsPage(QWidget):
    """The groups of one section, one card each."""

    notified = Signal(str)

    def __init__(self, bridge: Bridge, title: str, groups: Sequence[SettingGroup]) -> None:
        super().__init__()
        self._bridge = bridge
        self._values: dict[str, Any] = {}
        self.inputs: dict[str, QWidget] = {}
        self.rows: dict[str, FormField] = {}
        self.secrets: dict[str, QLineEdit] = {}
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(24, 22, 24, 24)
        self._column.setSpacing(16)
        self._column.addWidget(label(title, "list-title"))
        self._groups = tuple(groups)
        scroll.setWidget(inside)
        outer.addWidget(scroll)

    def refresh(self) -> None:
        """Reload the settings and the names of stored secrets."""
        self._bridge.read(calls.settings.list(), self._take)
        self._bridge.read(calls.settings.secrets(), self._take_secrets, lambda _: None)

    def _take(self, rows: Sequence[SettingRow]) -> None:
        known = {row.name: row for row in rows}
        self._values = {name: row.value for name, row in known.items()}
        if not self.inputs:
            others = extension_group({row.name: row.meaning for row in rows}) if EMAIL in self._groups else None
            for group in (*self._groups, *([others] if others is not None else [])):
                self._add_group(group, known)
            self._column.addStretch(1)

    def _take_secrets(self, names: Sequence[str]) -> None:
        for name, line in self.secrets.items():
            show_text(line.setPlaceholderText, "●●●●●●●●" if name in names else tr("Not set"))

    def _add_group(self, group: SettingGroup, known: Mapping[str, SettingRow]) -> None:
        frame, column = card()
        frame.setMaximumWidth(WIDTH)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(14)
        column.addWidget(label(tr(group.title), "title"))
        column.addWidget(wrapped(tr(group.details), "quiet"))
        for name, (words, hint) in group.settings.items():
            if name in known:
                self._add_setting(column, known[name], tr(words), tr(hint))
        for name, words in group.secrets.items():
            self._add_secret(column, name, tr(words))
        if group is CAMPAIGN_STANDARD:
            self._add_connection_test(column)
        self._column.addWidget(frame)

    def _add_setting(self, column: QVBoxLayout, row: SettingRow, words: str, hint: str) -> None:
        made: QWidget
        if isinstance(row.value, bool):
            made = Toggle(words)
            made.setChecked(row.value)
            made.toggled.connect(partial(self._keep, row.name))
            column.addWidget(made)
            column.addWidget(wrapped(hint, "hint"))
        else:
            made = self._line(row)
            self.rows[row.name] = FormField(words, made, hint)
            column.addWidget(self.rows[row.name])
        self.inputs[row.name] = made

    def _line(self, row: SettingRow) -> QLineEdit:
        if isinstance(row.value, int):
            number = NumberInput(MOST)
            number.show_number(row.value)
            number.setPlaceholderText(str(row.default))
            number.editingFinished.connect(lambda: self._keep(row.name, number.number() or row.default))
            return number
        line = QLineEdit(str(row.value))
        line.setFixedHeight(HEIGHT)
        line.editingFinished.connect(lambda: self._keep(row.name, line.text().strip()))
        return line

    def _add_secret(self, column: QVBoxLayout, name: str, words: str) -> None:
        line = QLineEdit()
        line.setFixedHeight(HEIGHT)
        line.setEchoMode(QLineEdit.EchoMode.Password)
        line.editingFinished.connect(partial(self._keep_secret, name))
        self.secrets[name] = line
        hint = tr("Stored in the vault, never in the database, a log or a file.")
        self.rows[name] = FormField(words, line, hint)
        column.addWidget(self.rows[name])

    def _add_connection_test(self, column: QVBoxLayout) -> None:
        row = QHBoxLayout()
        self.test_button = Button(tr("Test the connection"))
        self.test_button.clicked.connect(self._test)
        row.addWidget(self.test_button)
        row.addStretch(1)
        column.addLayout(row)
        self.test_words = wrapped("", "quiet")
        column.addWidget(self.test_words)

    def _keep(self, name: str, value: Any) -> None:
        if value != self._values.get(name):
            self._bridge.write(
                calls.settings.set(name, value), partial(self._kept, name, value), partial(self._refused, name)
            )

    def _kept(self, name: str, value: Any, _: None) -> None:
        self._values[name] = value
        if name in self.rows:
            self.rows[name].show_fault("")
        self.notified.emit(tr("Saved."))

    def _refused(self, name: str, error: SojournError) -> None:
        if name in self.rows:
            self.rows[name].show_fault(error_text(error))
        else:
            self.notified.emit(error_text(error))

    def _keep_secret(self, name: str) -> None:
        value = self.secrets[name].text()
        if value:
            self.secrets[name].clear()
            self.secrets[name].setPlaceholderText("●●●●●●●●")
            self._bridge.write(
                calls.settings.set_secret(name, value), partial(self._kept, name, None), partial(self._refused, name)
            )

    def _test(self) -> None:
        show_text(self.test_words.setText, tr("Asking…"))
        self._bridge.attempt(calls.connections.test_campaign_standard(""), self._tested, self._not_tested)

    def _tested(self, result: ConnectionOutcome) -> None:
        show_text(self.test_words.setText, phrase_text(result.message))

    def _not_tested(self, error: SojournError) -> None:
        show_text(self.test_words.setText, error_text(error))


class PreferencesPage(QWidget):
    """The preferences of the user; changes apply at once."""

    appearance_changed = Signal()
    """Theme, language or zone changed."""

    def __init__(self, preferences: Preferences, language: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.setObjectName("page")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 22, 24, 24)
        column.setSpacing(16)
        column.addWidget(label(tr("This studio"), "list-title"))
        column.addWidget(self._studio(language))
        column.addStretch(1)
        scroll.setWidget(inside)
        outer.addWidget(scroll)

    def _studio(self, language: str) -> QWidget:
        frame, column = card()
        frame.setMaximumWidth(720)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(14)
        themes = [("system", tr("Like the system")), ("light", tr("Light")), ("dark", tr("Dark"))]
        self.theme = Segmented(themes)
        self.theme.choose(self._preferences.get("theme"))
        self.theme.chosen.connect(lambda key: self._choose("theme", key))
        column.addWidget(FormField(tr("Theme"), self.theme))
        self.language = Segmented(list(languages().items()))
        self.language.choose(language)
        self.language.chosen.connect(lambda key: self._choose("language", key))
        column.addWidget(FormField(tr("Language"), self.language))
        self.zone = QLineEdit(self._preferences.zone)
        self.zone.setFixedHeight(HEIGHT)
        completer = QCompleter(list(zone_names()), self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.zone.setCompleter(completer)
        self.zone.editingFinished.connect(self._choose_zone)
        column.addWidget(FormField(tr("Times are shown in"), self.zone))
        self.on_close = Choice()
        offered = [("ask", tr("Ask")), ("keep", tr("Keep running in the background")), ("stop", tr("Stop the engine"))]
        self.on_close.offer(offered)
        self.on_close.choose(self._preferences.get("on_close"))
        self.on_close.chosen.connect(lambda key: self._preferences.set("on_close", key))
        column.addWidget(FormField(tr("When the window closes while journeys are running"), self.on_close))
        return frame

    def _choose(self, name: str, key: object) -> None:
        self._preferences.set(name, key)
        self.appearance_changed.emit()

    def _choose_zone(self) -> None:
        zone = self.zone.text().strip()
        if zone in zone_names() and zone != self._preferences.zone:
            self._choose("zone", zone)
