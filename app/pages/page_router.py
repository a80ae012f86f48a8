"""Create the pages of the navigation rail on first use."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.bridge import Bridge
from app.lists.object_list import ObjectList
from app.pages.admin import AdminPage
from app.pages.definitions import DEFINITION_PAGES, DefinitionsPage
from app.pages.journeys import JourneysPage
from app.pages.open_report import OpenReport
from app.pages.outbox import OutboxPage
from app.pages.profiles import ProfilesPage
from app.user_files import Preferences

if TYPE_CHECKING:
    from app.pages.reports_page import ReportsPage


class PageRouter(QObject):
    """Creates and refreshes the pages of one stack."""

    notified = Signal(str)
    opened = Signal(str)
    """A journey version is to be opened: its id."""
    welcome_verb = Signal(str)
    definitions_changed = Signal()
    appearance_changed = Signal()

    def __init__(
        self,
        bridge: Bridge,
        preferences: Preferences,
        language: str,
        stack: QStackedWidget,
        open_report: OpenReport,
    ) -> None:
        super().__init__(stack)
        self._bridge, self._preferences = bridge, preferences
        self._open_report = open_report
        self._language, self._stack = language, stack
        self._pages: dict[str, QWidget] = {}

    def page(self, place: str) -> QWidget:
        """Return the page of a key."""
        if place not in self._pages:
            self._pages[place] = self._make(place)
            self._keep_arrangement(place, self._pages[place])
            self._stack.addWidget(self._pages[place])
        return self._pages[place]

    def _keep_arrangement(self, place: str, page: QWidget) -> None:
        """Restore a list's columns and save changes to them."""
        shown = getattr(page, "list", None)
        if isinstance(shown, ObjectList):
            shown.restore_columns(self._preferences.get("lists").get(place, {}))
            shown.columns_changed.connect(partial(self._arranged, place))

    def _arranged(self, place: str, arrangement: object) -> None:
        self._preferences.set("lists", {**self._preferences.get("lists"), place: arrangement})

    def refresh(self, place: str) -> None:
        """Reload an existing page."""
        refresh = getattr(self._pages.get(place), "refresh", None)
        if refresh is not None and self._bridge.running:
            refresh()

    def refresh_all(self) -> None:
        """Reload every page that was shown before."""
        for place in self._pages:
            self.refresh(place)

    def focus(self, place: str) -> None:
        """Focus the page's list."""
        page = self.page(place)
        if isinstance(page, JourneysPage | DefinitionsPage | ProfilesPage):
            page.list.table.setFocus()

    def _make(self, place: str) -> QWidget:
        makers: dict[str, Callable[[], QWidget]] = {
            "journeys": self._journeys,
            "profiles": self._profiles,
            "messages": lambda: OutboxPage(self._bridge, self._preferences.zone),
            "reports": self._reports,
            "admin": self._settings,
        }
        return self._definitions(place) if place in DEFINITION_PAGES else makers[place]()

    def _journeys(self) -> JourneysPage:
        welcome = bool(self._preferences.get("welcome"))
        page = JourneysPage(self._bridge, self._preferences.zone, welcome)
        page.opened.connect(self.opened)
        page.welcome_verb.connect(self.welcome_verb)
        page.welcome_closed.connect(lambda: self._preferences.set("welcome", False))
        page.notified.connect(self.notified)
        return page

    def _definitions(self, place: str) -> DefinitionsPage:
        page = DefinitionsPage(self._bridge, self._preferences.zone, DEFINITION_PAGES[place])
        page.notified.connect(self.notified)
        page.opened_journey.connect(self.opened)
        page.changed.connect(self.definitions_changed)
        return page

    def _profiles(self) -> ProfilesPage:
        page = ProfilesPage(self._bridge)
        page.notified.connect(self.notified)
        return page

    def _reports(self) -> ReportsPage:
        from app.pages.reports_page import ReportsPage  # loads printing, which takes long

        kept = self._preferences.get("lists").get("reports", {})
        page = ReportsPage(self._bridge, self._preferences.zone, self._open_report, kept)
        page.notified.connect(self.notified)
        page.columns_changed.connect(self._arranged)
        return page

    def _settings(self) -> AdminPage:
        page = AdminPage(self._bridge, self._preferences, self._language)
        page.notified.connect(self.notified)
        page.appearance_changed.connect(self.appearance_changed)
        page.opened.connect(self.opened)
        page.definitions_changed.connect(self.definitions_changed)
        page.columns_changed.connect(self._arranged)
        return page

    def new_journey(self) -> None:
        """Ask for a name, then create and open a journey."""
        page = self.page("journeys")
        assert isinstance(page, JourneysPage)
        page.ask_name()

    def definitions(self, place: str) -> DefinitionsPage:
        """Return the page of a kind of definition."""
        page = self.page(place)
        assert isinstance(page, DefinitionsPage)
        return page

    def reports(self) -> ReportsPage:
        """Return the reports page."""
        page = self.page("reports")
        return cast("ReportsPage", page)

    def ask_import(self) -> None:
        """Ask for a file of profiles."""
        page = self.page("profiles")
        assert isinstance(page, ProfilesPage)
        page.ask_import()
