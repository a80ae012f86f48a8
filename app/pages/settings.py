"""Settings: how the studio looks and speaks, and how the workspace behaves."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.bridge import Bridge
from app.forms.controls import HEIGHT, Choice, FormField, Segmented, Toggle, button, card, text, wrapped
from app.forms.look import Look
from app.forms.times import zone_names
from app.preferences import Preferences
from app.translation import LANGUAGES, tr
from engine.services.views import InletRow, SettingRow


class SettingsPage(QWidget):
    """What is changed here holds at once."""

    told = Signal(str)
    appearance_changed = Signal()
    """Theme, language or zone: the window is to be dressed anew."""

    def __init__(
        self, look: Look, bridge: Bridge, preferences: Preferences, language: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._look, self._bridge, self._preferences = look, bridge, preferences
        self.setObjectName("page")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 20, 24, 24)
        column.setSpacing(16)
        column.addWidget(text(tr("Settings"), "list-title"))
        column.addWidget(self._studio(language))
        frame, self._inlets = card()
        frame.setMaximumWidth(720)
        column.addWidget(frame)
        frame, self._workspace = card()
        frame.setMaximumWidth(720)
        column.addWidget(frame)
        column.addStretch(1)
        scroll.setWidget(inside)
        outer.addWidget(scroll)

    def _studio(self, language: str) -> QWidget:
        frame, column = card()
        frame.setMaximumWidth(720)
        column.setSpacing(14)
        column.addWidget(text(tr("This studio"), "title"))
        themes = [("system", tr("Like the system")), ("light", tr("Light")), ("dark", tr("Dark"))]
        self.theme = Segmented(themes)
        self.theme.choose(self._preferences.get("theme"))
        self.theme.chosen.connect(lambda key: self._choose("theme", key))
        column.addWidget(FormField(tr("Theme"), self.theme))
        self.language = Segmented(list(LANGUAGES.items()))
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
        column.addWidget(FormField(tr("When the window closes while journeys are live"), self.on_close))
        return frame

    def _choose(self, name: str, key: object) -> None:
        self._preferences.set(name, key)
        self.appearance_changed.emit()

    def _choose_zone(self) -> None:
        zone = self.zone.text().strip()
        if zone in zone_names() and zone != self._preferences.zone:
            self._choose("zone", zone)

    def refresh(self) -> None:
        """Ask for the workspace's settings and inlets."""
        self._bridge.workspace.settings(self._show_settings)
        self._bridge.workspace.inlets(self._show_inlets)

    def _show_inlets(self, inlets: Sequence[InletRow]) -> None:
        if self._inlets.count():
            return
        self._inlets.addWidget(text(tr("Where events are posted"), "title"))
        for inlet in inlets:
            row = QHBoxLayout()
            address = QLineEdit(inlet.url)
            address.setReadOnly(True)
            address.setProperty("role", "code")
            address.setAccessibleName(tr("Address of the inlet {name}", name=inlet.name))
            row.addWidget(address, 1)
            copy = button(tr("Copy the token"), icon=self._look.icon("key", "text"))
            copy.clicked.connect(partial(self._copy_token, inlet.name))
            row.addWidget(copy)
            self._inlets.addLayout(row)

    def _copy_token(self, inlet: str) -> None:
        self._bridge.workspace.inlet_token(inlet, self._token_read)

    def _token_read(self, token: str) -> None:
        QGuiApplication.clipboard().setText(token)
        self.told.emit(tr("The token is on the clipboard."))

    def _show_settings(self, settings: Sequence[SettingRow]) -> None:
        if self._workspace.count():
            return
        self._workspace.addWidget(text(tr("This workspace"), "title"))
        for setting in settings:
            if isinstance(setting.value, bool):
                toggle = Toggle(self._look, setting.name.replace("_", " ").capitalize())
                toggle.setChecked(setting.value)
                toggle.toggled.connect(partial(self._set, setting.name))
                self._workspace.addWidget(toggle)
                self._workspace.addWidget(wrapped(f"{setting.meaning[:1].upper()}{setting.meaning[1:]}.", "hint"))

    def _set(self, name: str, value: bool) -> None:
        self._bridge.workspace.set(name, value, self._kept)

    def _kept(self, _: None) -> None:
        self.told.emit(tr("Saved."))
