"""Search, user menu and sandbox menu of the window."""

from __future__ import annotations

from collections.abc import Sequence

import shiboken6
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.bridge import Bridge, calls
from app.pages.designer import DesignerPage
from app.pages.search_commands import build_commands, report_commands
from app.pages.user_menu import UserMenu
from app.pages.window_actions import WindowActions
from app.panels.command_search import CommandSearch
from app.panels.sandbox_menu import SandboxMenu
from engine.model.definitions import Definitions
from engine.services.views import ReportRow, VersionRow


class WindowPopups(QObject):
    """Opens popups whose entries run window actions."""

    def __init__(self, actions: WindowActions, bridge: Bridge, window: QWidget) -> None:
        super().__init__(window)
        self._actions, self._bridge, self._window = actions, bridge, window

    def open_search(self, page: DesignerPage | None, journeys: Sequence[VersionRow], definitions: Definitions) -> None:
        """Open the global search; ``page`` is the current journey."""
        found = build_commands(self._actions, self._bridge, page, journeys, definitions)
        self.search = CommandSearch(found, self._window)
        self.search.open_over(self._window)
        if self._bridge.may("read_reports"):
            self._bridge.read(calls.custom_reports.list(), self._offer_reports)

    def _offer_reports(self, rows: tuple[ReportRow, ...]) -> None:
        if shiboken6.isValid(self.search):
            self.search.offer(report_commands(self._actions, rows))

    def open_user_menu(self, button: QWidget) -> None:
        """Open the user menu below a button."""
        self.user_menu = UserMenu(self._actions, self._bridge, self._window)
        self.user_menu.open_below(button)

    def open_sandboxes(self, button: QWidget) -> None:
        """Open the sandbox menu below a button if there are several sandboxes."""
        session = self._bridge.session
        if session is not None and len(session.sandboxes) > 1:
            self.sandboxes = SandboxMenu(session.sandboxes, session.sandbox, self._window)
            self.sandboxes.chosen.connect(self._actions.enter)
            self.sandboxes.open_below(button)
