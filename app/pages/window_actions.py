"""Actions of the window for search, menus and shortcuts."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.bridge import Bridge, calls
from app.pages.page_router import PageRouter
from app.pages.session_controller import SessionController
from app.pages.sign_in import PasswordDialog
from app.panels.help import ShortcutsDialog
from app.translation import tr
from app.user_files import Preferences
from engine.services.views import VersionRow


class WindowActions(QObject):
    """Runs actions on pages and session; what only the window can do is requested by signals."""

    page_requested = Signal(str)
    journey_requested = Signal(str)
    """A version is to be opened: its id."""
    test_requested = Signal(str)
    """The open version of this id is to be tested."""
    preferences_changed = Signal()
    notified = Signal(str)

    def __init__(self, bridge: Bridge, preferences: Preferences, session: SessionController, window: QWidget) -> None:
        super().__init__(window)
        self._bridge, self._preferences, self._session, self._window = bridge, preferences, session, window
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

    def open_journey(self, version_id: str) -> None:
        """Open a version."""
        self.journey_requested.emit(version_id)

    def new_journey(self) -> None:
        """Ask for a name, then create and open a journey."""
        self._pages.new_journey()

    def new_report(self) -> None:
        """Ask for a name, then create and open a report."""
        self.show_page("reports")
        self._pages.reports().begin_new()

    def open_report(self, report_id: str) -> None:
        """Open a custom report."""
        self.show_page("reports")
        self._pages.reports().open_report(report_id)

    def new_definition(self, place: str) -> None:
        """Start a new definition on its page."""
        self.show_page(place)
        self._pages.definitions(place).begin_new()

    def show_definition(self, place: str, name: str) -> None:
        """Select a definition on its page."""
        self.show_page(place)
        self._pages.definitions(place).list.select(name)

    def import_profiles(self) -> None:
        """Ask for a file of profiles."""
        self.show_page("profiles")
        self._pages.ask_import()

    def run_welcome_step(self, verb: str, journeys: Sequence[VersionRow]) -> None:
        """Run ``new``, ``open`` or ``test``, the latter two on the sample journey."""
        if verb == "new":
            self.new_journey()
            return
        drafts = [row for row in journeys if row.state in ("draft", "test")]
        sample = next(iter([*drafts, *journeys]), None)
        if sample is None:
            self.notified.emit(tr("The sample is still being prepared; try again in a moment."))
            return
        self.open_journey(sample.id)
        if verb == "test" and sample.state == "draft":
            self._bridge.read(calls.journeys.row(sample.id), lambda row: self.test_requested.emit(row.id))

    # User and window

    def set_appearance(self, theme: str) -> None:
        """Change the theme."""
        self._preferences.set("theme", theme)
        self.preferences_changed.emit()

    def enter(self, sandbox: str) -> None:
        """Switch to another sandbox."""
        self._session.enter(sandbox)

    def change_password(self) -> None:
        """Open the dialog for the user's own password."""
        self.password = PasswordDialog(self._bridge, self._window)
        self.password.open()

    def switch_user(self) -> None:
        """Ask who takes over."""
        self._session.switch_user()

    def sign_out(self) -> None:
        """Sign the user out."""
        self._session.sign_out()

    def open_shortcuts(self) -> None:
        """Open the list of shortcuts."""
        if not self._session.asking:
            self.shortcuts = ShortcutsDialog(self._window)
            self.shortcuts.open()
