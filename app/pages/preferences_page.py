"""Preferences: theme, language, zone, and running journeys on close."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCompleter, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from app.forms.time_format import zone_names
from app.preferences import Preferences
from app.translation import tr
from app.widgets.controls import HEIGHT, Choice, FormField, Segmented, card, label
from engine.catalogue import languages


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
