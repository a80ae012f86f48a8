"""Search, user menu and sandbox menu of the window."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import shiboken6
from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from app import theme
from app.bridge import Bridge, calls
from app.pages.definitions import DEFINITION_PAGES
from app.pages.designer import DesignerPage
from app.pages.page_router import WindowActions
from app.panels.filter_popup import CommandSearch, SearchCommand
from app.panels.window_bars import RAIL_PAGES, can_see_page
from app.translation import tr
from app.widgets.texts import show_text
from engine.model.definitions import Definitions
from engine.services.report_views import ReportRow
from engine.services.views import VersionRow, change_permission


def build_commands(
    actions: WindowActions,
    bridge: Bridge,
    page: DesignerPage | None,
    journeys: Sequence[VersionRow],
    definitions: Definitions,
) -> list[SearchCommand]:
    """Return what the user can find and do now, the nearest first."""
    may, command = bridge.may, tr("Command")
    places = [place for place in RAIL_PAGES if can_see_page(may, place[0])]
    found = [SearchCommand(tr(words), tr("Page"), icon, partial(actions.show_page, key)) for key, words, icon in places]
    if may("manage_journeys"):
        found.append(SearchCommand(tr("New journey"), command, "plus", actions.new_journey))
    if may("manage_reports"):
        found.append(SearchCommand(tr("New report"), command, "plus", actions.new_report))
    for place, spec in DEFINITION_PAGES.items():
        if may(change_permission(spec.kind)):
            found.append(SearchCommand(tr(spec.new), command, "plus", partial(actions.new_definition, place)))
    if may("manage_audiences"):
        found.append(SearchCommand(tr("Import profiles"), command, "upload-simple", actions.import_profiles))
    found.append(SearchCommand(tr("Show shortcuts"), command, "keyboard", actions.open_shortcuts, "?"))
    for scheme, words in (("light", tr("Light theme")), ("dark", tr("Dark theme"))):
        found.append(SearchCommand(words, command, "palette", partial(actions.set_appearance, scheme)))
    found.extend(_account_commands(actions, bridge))
    if page is not None:
        found.extend(_journey_commands(page, may("publish_journeys")))
    found.extend(
        SearchCommand(
            row.name if row.newest else tr("{name}, version {number}", name=row.name, number=row.version),
            tr("Journey"),
            "path",
            partial(actions.journey_requested.emit, row.id),
        )
        for row in journeys
    )
    for place, spec in DEFINITION_PAGES.items():
        for item in getattr(definitions, spec.items):
            show = partial(actions.show_definition, place, item.name)
            found.append(SearchCommand(item.name, tr(spec.title), spec.icon, show))
    return found


def report_commands(actions: WindowActions, rows: Sequence[ReportRow]) -> list[SearchCommand]:
    """Return the entries of custom reports."""
    kind = tr("Custom report")
    return [SearchCommand(row.name, kind, "chart-line-up", partial(actions.open_report, row.id)) for row in rows]


def _account_commands(actions: WindowActions, bridge: Bridge) -> list[SearchCommand]:
    """Return account commands: sandboxes, password, switching user, signing out."""
    session, command = bridge.session, tr("Command")
    if session is None or session.asked:
        return []
    others = [name for name in session.sandboxes if name != session.sandbox]
    found = [
        SearchCommand(tr("Sandbox {name}", name=name), command, "cube", partial(actions.session.enter, name))
        for name in others
    ]
    words = tr("Change the password") if session.has_password else tr("Set a password")
    found.append(SearchCommand(words, command, "key", actions.change_password))
    if session.others:
        found.append(SearchCommand(tr("Switch user"), command, "users", actions.session.switch_user))
    if session.has_password:
        found.append(SearchCommand(tr("Sign out"), command, "sign-out", actions.session.sign_out))
    return found


def _journey_commands(page: DesignerPage, publishes: bool) -> list[SearchCommand]:
    verbs = (("publish", tr("Publish"), "rocket-launch"), ("properties", tr("Properties"), "sliders-horizontal"))
    here = tr("This journey")
    found = [
        SearchCommand(words, here, icon, partial(page.run_action, verb)) for verb, words, icon in verbs[not publishes :]
    ]
    if page.editable:
        found.append(SearchCommand(tr("Arrange"), here, "tree-structure", page.canvas.arrange))
    found.append(SearchCommand(tr("Outline"), here, "list-bullets", page.left_dock.toggle, "O"))
    found.append(SearchCommand(tr("Overview map"), here, "map-trifold", page.canvas.toggle_map, "M"))
    found.append(SearchCommand(tr("Find in the journey"), here, "magnifying-glass", page.canvas.show_find))
    return found


class UserMenu(QMenu):
    """The menu of one user; actions that do not apply are left out."""

    def __init__(self, actions: WindowActions, bridge: Bridge, parent: QWidget) -> None:
        super().__init__(parent)
        session = bridge.session
        if session is not None and not session.asked:
            who = self.addAction(theme.icon("user", "accent"), tr("Signed in as {name}", name=session.actor))
            who.setEnabled(False)
            words = tr("Change the password") if session.has_password else tr("Set a password")
            self.addAction(theme.icon("key"), words, actions.change_password)
            if session.others:
                self.addAction(theme.icon("users"), tr("Switch user"), actions.session.switch_user)
            if session.has_password:
                self.addAction(theme.icon("sign-out"), tr("Sign out"), actions.session.sign_out)
            self.addSeparator()
        for choice, words in (("system", tr("Same as system")), ("light", tr("Light")), ("dark", tr("Dark"))):
            self.addAction(words).triggered.connect(lambda _, chosen=choice: actions.set_appearance(chosen))
        self.addSeparator()
        self.addAction(theme.icon("gear-six"), tr("Settings"), lambda: actions.show_page("admin"))
        self.addAction(theme.icon("keyboard"), tr("Keyboard shortcuts"), actions.open_shortcuts)
        self.aboutToHide.connect(self.deleteLater)

    def open_below(self, button: QWidget) -> None:
        """Open below the avatar, aligned right."""
        corner = button.mapToGlobal(button.rect().bottomRight())
        self.popup(QPoint(corner.x() - self.sizeHint().width(), corner.y() + 6))


class SandboxMenu(QMenu):
    """One entry for each sandbox."""

    chosen = Signal(str)

    def __init__(self, names: Sequence[str], here: str, parent: QWidget) -> None:
        super().__init__(parent)
        show_text(self.setAccessibleName, tr("Sandboxes"))
        group = QActionGroup(self)
        for name in names:
            icon = theme.icon("check", "accent") if name == here else theme.icon("cube", "event")
            entry = self.addAction(icon, name)
            entry.setCheckable(True)
            entry.setChecked(name == here)
            entry.triggered.connect(lambda _=False, name=name: self.chosen.emit(name))
            group.addAction(entry)
            if name == here:
                self.setActiveAction(entry)
        self.aboutToHide.connect(self.deleteLater)

    def open_below(self, button: QWidget) -> None:
        """Open below the sandbox button."""
        self.popup(button.mapToGlobal(button.rect().bottomLeft()) + QPoint(0, 6))


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
            self.sandboxes.chosen.connect(self._actions.session.enter)
            self.sandboxes.open_below(button)
