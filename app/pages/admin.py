"""The admin page: sections at the left, the current one at the right."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QButtonGroup, QPushButton, QStackedWidget, QWidget

from app import theme
from app.bridge import Bridge
from app.pages.admin_lists import AuditPage, InletsPage, ProductProfilesPage, SandboxesPage, TokensPage, UsersPage
from app.pages.backups import BackupsPage
from app.pages.definitions import NAMESPACES, DefinitionsPage
from app.pages.guardrails import GuardrailsPage
from app.pages.health import HealthPage
from app.pages.list_page import ListPage, keep_columns
from app.pages.operations import (
    DeadLettersPage,
    FailedPeoplePage,
    JourneyFilteredPage,
    ReceivedEventsPage,
    RefusedEventsPage,
    SuspendedPage,
)
from app.pages.settings import PARTS, CardPage, PreferencesPage, WorkspaceSettingsPage
from app.pages.suppressions import SuppressionsPage
from app.translation import mark, tr
from app.user_files import Preferences
from app.widgets.controls import label, row_of, scroll_area, set_style_name
from app.widgets.texts import show_text

WIDTH = 220

SECTIONS: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    mark("Studio"): (("studio", mark("Preferences"), "desktop"),),
    mark("Workspace"): (
        ("inlets", mark("Inlets"), "tray"),
        ("providers", mark("Message providers"), "envelope"),
        ("namespaces", mark("Namespaces"), "fingerprint"),
        ("guardrails", mark("Guardrails"), "gauge"),
        ("limits", mark("Limits and retention"), "scales"),
        ("backups", mark("Backups"), "archive"),
    ),
    mark("Operations"): (
        ("health", mark("Health"), "gauge"),
        ("failed_people", mark("Failed people"), "users"),
        ("dead_letters", mark("Dead letters"), "warning-circle"),
        ("refused_events", mark("Refused events"), "broadcast"),
        ("received_events", mark("Accepted events"), "broadcast"),
        ("suspended", mark("Suspended"), "warning-circle"),
        ("suppressions", mark("Suppression list"), "hand-palm"),
    ),
    mark("Access"): (
        ("users", mark("Users"), "users"),
        ("product_profiles", mark("Product profiles"), "shield-check"),
        ("sandboxes", mark("Sandboxes"), "cube"),
        ("tokens", mark("API tokens"), "key"),
        ("audit", mark("Audit log"), "list-bullets"),
    ),
}
"""The sections by heading: key, title, icon."""

OPEN = {
    "studio": "",
    "namespaces": "read_definitions",
    "suppressions": "read_definitions",
    "health": "read_reports",
    **dict.fromkeys(("failed_people", "refused_events", "suspended"), "read_reports"),
}
"""The permission needed to see a section; by default ``administer``."""


class AdminPage(QWidget):
    """Creates each section when it is first opened."""

    notified = Signal(str)
    appearance_changed = Signal()
    opened = Signal(str)
    definitions_changed = Signal()

    def __init__(self, bridge: Bridge, preferences: Preferences, language: str) -> None:
        super().__init__()
        self._bridge, self._preferences, self._language = bridge, preferences, language
        self.parts: dict[str, QWidget] = {}
        self.setObjectName("page")
        row = row_of(self, 0)
        row.addWidget(self._menu())
        self._stack = QStackedWidget()
        row.addWidget(self._stack, 1)
        self.shown = "studio"
        self.show_part("studio")

    def _menu(self) -> QWidget:
        side, column = scroll_area(2, (12, 20, 12, 12), sideways=False)
        set_style_name(side, "palette")
        side.setFixedWidth(WIDTH)
        self.buttons: dict[str, QPushButton] = {}
        group = QButtonGroup(self)
        for heading, everything in SECTIONS.items():
            parts = [part for part in everything if self._sees(part[0])]
            if not parts:
                continue
            title = label(tr(heading), "section")
            title.setContentsMargins(8, 0, 0, 4)
            column.addWidget(title)
            for key, words, icon in parts:
                made = QPushButton(theme.icon(icon, "secondary"), "")
                show_text(made.setText, "  " + tr(words))
                made.setProperty("role", "menu")
                made.setIconSize(QSize(18, 18))
                made.setCheckable(True)
                show_text(made.setAccessibleName, tr(words))
                made.clicked.connect(lambda _=False, key=key: self.show_part(key))
                group.addButton(made)
                self.buttons[key] = made
                column.addWidget(made)
            column.addSpacing(14)
        column.addStretch(1)
        return side

    def _sees(self, key: str) -> bool:
        permission = OPEN.get(key, "administer")
        return not permission or self._bridge.may(permission)

    def show_part(self, key: str) -> None:
        """Show a section."""
        self.shown = key
        self.buttons[key].setChecked(True)
        if key not in self.parts:
            self.parts[key] = self._make(key)
            self._stack.addWidget(self.parts[key])
        self._stack.setCurrentWidget(self.parts[key])
        self.refresh()

    def show_operations(self, key: str, journey: str) -> None:
        """Show a section of the operations, limited to a journey."""
        self.show_part(key)
        page = self.parts[key]
        assert isinstance(page, JourneyFilteredPage)
        page.show_journey(journey)

    def refresh(self) -> None:
        """Reload the current section."""
        refresh = getattr(self.parts[self.shown], "refresh", None)
        if refresh is not None and self._bridge.running:
            refresh()

    def _make(self, key: str) -> QWidget:
        zone = self._preferences.zone
        groups = {name: title for parts in SECTIONS.values() for name, title, _ in parts}
        simple: Mapping[str, type[ListPage | BackupsPage]] = {
            "inlets": InletsPage,
            "guardrails": GuardrailsPage,
            "users": UsersPage,
            "product_profiles": ProductProfilesPage,
            "sandboxes": SandboxesPage,
            "tokens": TokensPage,
            "audit": AuditPage,
            "backups": BackupsPage,
            "failed_people": FailedPeoplePage,
            "dead_letters": DeadLettersPage,
            "refused_events": RefusedEventsPage,
            "received_events": ReceivedEventsPage,
            "suspended": SuspendedPage,
            "suppressions": SuppressionsPage,
            "health": HealthPage,
        }
        page: CardPage | ListPage
        if key == "studio":
            page = PreferencesPage(self._preferences, self._language)
            page.appearance_changed.connect(self.appearance_changed)
        elif key == "namespaces":
            page = DefinitionsPage(self._bridge, zone, NAMESPACES)
            page.opened_journey.connect(self.opened)
            page.changed.connect(self.definitions_changed)
        elif key in PARTS:
            page = WorkspaceSettingsPage(self._bridge, tr(groups[key]), PARTS[key])
        else:
            page = simple[key](self._bridge, zone)
        page.notified.connect(self.notified)
        if isinstance(page, ListPage):
            keep_columns(page.list, self._preferences, key)
        return page
