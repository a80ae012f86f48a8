"""The pages of the navigation rail, created on first use, and the actions on them for search, menus and shortcuts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar, cast

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

from app.bridge import Bridge, calls
from app.pages.admin import AdminPage
from app.pages.definitions import DEFINITION_PAGES, DefinitionsPage
from app.pages.journeys import JourneysPage
from app.pages.list_page import ListPage, keep_columns
from app.pages.open_report import OpenReport
from app.pages.outbox import OutboxPage
from app.pages.profiles import ProfilesPage
from app.pages.session_controller import SessionController
from app.pages.sign_in import PasswordDialog
from app.panels.help import ShortcutsDialog
from app.user_files import Preferences
from engine.services.views import VersionRow

if TYPE_CHECKING:
    from app.pages.reports_page import ReportsPage

Page = TypeVar("Page", bound=QWidget)


class PageRouter(QObject):
    """Creates and refreshes the pages of one stack."""

    notified = Signal(str)
    opened = Signal(str)
    """A journey version is to be opened: its id."""
    welcome_verb = Signal(str)
    definitions_changed = Signal()
    appearance_changed = Signal()
    report_requested = Signal(str, int)
    """The summary of a version is to be shown: the journey's name and the number."""

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
            page = self._pages[place] = self._make(place)
            if isinstance(page, ListPage):
                keep_columns(page.list, self._preferences, place)
            self._stack.addWidget(self._pages[place])
        return self._pages[place]

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
        if isinstance(page, ListPage) and not isinstance(page, OutboxPage):
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
        page.report_requested.connect(self.report_requested)
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
        page = ProfilesPage(self._bridge, self._preferences.zone)
        page.notified.connect(self.notified)
        return page

    def _reports(self) -> ReportsPage:
        from app.pages.reports_page import ReportsPage  # loads printing, which takes long

        page = ReportsPage(self._bridge, self._preferences, self._open_report)
        page.notified.connect(self.notified)
        return page

    def _settings(self) -> AdminPage:
        page = AdminPage(self._bridge, self._preferences, self._language)
        page.notified.connect(self.notified)
        page.appearance_changed.connect(self.appearance_changed)
        page.opened.connect(self.opened)
        page.definitions_changed.connect(self.definitions_changed)
        return page

    def typed_page(self, place: str, kind: type[Page]) -> Page:
        """Return the page of a key, which is of this kind."""
        page = self.page(place)
        assert isinstance(page, kind)
        return page

    def reports(self) -> ReportsPage:
        """Return the reports page."""
        return cast("ReportsPage", self.page("reports"))


class WindowActions(QObject):
    """Runs actions on pages and session; what only the window can do is requested by signals."""

    page_requested = Signal(str)
    journey_requested = Signal(str)
    """A version is to be opened: its id."""
    samples_requested = Signal()
    test_requested = Signal(str)
    """The open version of this id is to be tested."""
    preferences_changed = Signal()
    notified = Signal(str)

    def __init__(self, bridge: Bridge, preferences: Preferences, session: SessionController, window: QWidget) -> None:
        super().__init__(window)
        self._bridge, self._preferences, self.session, self._window = bridge, preferences, session, window
        self._router: PageRouter | None = None

    def set_router(self, router: PageRouter) -> None:
        """Use the pages of this router."""
        self._router = router

    @property
    def _pages(self) -> PageRouter:
        assert self._router is not None
        return self._router

    # Pages

    def show_page(self, place: str) -> None:
        """Show a page of the rail."""
        self.page_requested.emit(place)

    def new_journey(self) -> None:
        """Ask for a name, then create and open a journey."""
        self._pages.typed_page("journeys", JourneysPage).ask_name()

    def new_report(self) -> None:
        """Ask for a name, then create and open a report."""
        self.show_page("reports")
        self._pages.reports().begin_new()

    def show_summary(self, journey: str, version: int) -> None:
        """Show the summary of a version of a journey."""
        self.show_page("reports")
        self._pages.reports().show_summary(journey, version)

    def show_health(self) -> None:
        """Show the state of the engine to users who may see it."""
        if self._bridge.may("read_reports"):
            self.show_page("admin")
            self._pages.typed_page("admin", AdminPage).show_part("health")

    def show_operations(self, section: str, journey: str) -> None:
        """Show a section of the operations, limited to a journey."""
        self.show_page("admin")
        self._pages.typed_page("admin", AdminPage).show_operations(section, journey)

    def open_report(self, report_id: str) -> None:
        """Open a custom report."""
        self.show_page("reports")
        self._pages.reports().open_report(report_id)

    def new_definition(self, place: str) -> None:
        """Start a new definition on its page."""
        self.show_page(place)
        self._pages.typed_page(place, DefinitionsPage).begin_new()

    def show_definition(self, place: str, name: str) -> None:
        """Select a definition on its page."""
        self.show_page(place)
        self._pages.typed_page(place, DefinitionsPage).list.select(name)

    def import_profiles(self) -> None:
        """Ask for a file of profiles."""
        self.show_page("profiles")
        self._pages.typed_page("profiles", ProfilesPage).ask_import()

    def run_welcome_step(self, verb: str, journeys: Sequence[VersionRow]) -> None:
        """Run ``new``, ``open`` or ``test``, the latter two on the sample journey; a missing one is added."""
        if verb == "new":
            self.new_journey()
            return
        drafts = [row for row in journeys if row.state in ("draft", "test")]
        sample = next(iter([*drafts, *journeys]), None)
        if sample is None:
            self.samples_requested.emit()
            return
        self.journey_requested.emit(sample.id)
        if verb == "test" and sample.state == "draft":
            self._bridge.read(calls.journeys.row(sample.id), lambda row: self.test_requested.emit(row.id))

    # User and window

    def set_appearance(self, theme: str) -> None:
        """Change the theme."""
        self._preferences.set("theme", theme)
        self.preferences_changed.emit()

    def change_password(self) -> None:
        """Open the dialog for the user's own password."""
        self.password = PasswordDialog(self._bridge, self._window)
        self.password.open()

    def open_shortcuts(self) -> None:
        """Open the list of shortcuts."""
        if not self.session.asking:
            self.shortcuts = ShortcutsDialog(self._window)
            self.shortcuts.open()
