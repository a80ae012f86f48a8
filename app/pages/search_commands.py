"""Build the entries of the global search: pages, commands, journeys, definitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from app.bridge import Bridge
from app.pages.definition_pages import DEFINITION_PAGES
from app.pages.designer import DesignerPage
from app.panels.command_search import SearchCommand
from app.panels.rail import RAIL_PAGES, can_see_page
from app.translation import tr
from engine.model.definitions import Definitions
from engine.services.views import ReportRow, VersionRow


class Frame(Protocol):
    """What the window can be asked to do."""

    def show_page(self, place: str) -> None:
        """Go to a place of the rail."""
        ...

    def open_journey(self, version_id: str) -> None:
        """Open a version."""
        ...

    def new_journey(self) -> None:
        """Ask for a name and make a journey."""
        ...

    def new_report(self) -> None:
        """Ask for a name and make a custom report."""
        ...

    def open_report(self, report_id: str) -> None:
        """Open a custom report."""
        ...

    def new_definition(self, place: str) -> None:
        """Begin a definition."""
        ...

    def show_definition(self, place: str, name: str) -> None:
        """Show a definition in its list."""
        ...

    def import_profiles(self) -> None:
        """Ask for a file of profiles."""
        ...

    def open_shortcuts(self) -> None:
        """Show every key."""
        ...

    def set_appearance(self, theme: str) -> None:
        """Change the theme."""
        ...

    def enter(self, sandbox: str) -> None:
        """Go to another sandbox."""
        ...

    def change_password(self) -> None:
        """Ask for a new password of one's own."""
        ...

    def switch_user(self) -> None:
        """Ask who takes over."""
        ...

    def sign_out(self) -> None:
        """The one who is here goes."""
        ...


def commands(
    frame: Frame,
    bridge: Bridge,
    page: DesignerPage | None,
    journeys: Sequence[VersionRow],
    definitions: Definitions,
) -> list[SearchCommand]:
    """Return what the user can find and do now, the nearest first."""
    may, command = bridge.may, tr("Command")
    places = [place for place in RAIL_PAGES if can_see_page(may, place[0])]
    found = [SearchCommand(tr(words), tr("Place"), icon, _with(frame.show_page, key)) for key, words, icon in places]
    if may("manage_journeys"):
        found.append(SearchCommand(tr("New journey"), command, "plus", frame.new_journey))
    if may("manage_reports"):
        found.append(SearchCommand(tr("New report"), command, "plus", frame.new_report))
    if may("manage_definitions"):
        for place, sort in DEFINITION_PAGES.items():
            found.append(SearchCommand(tr(sort.new), command, "plus", _with(frame.new_definition, place)))
        found.append(SearchCommand(tr("Import profiles"), command, "upload-simple", frame.import_profiles))
    found.append(SearchCommand(tr("Show the keys"), command, "keyboard", frame.open_shortcuts, "?"))
    for theme, words in (("light", tr("Light theme")), ("dark", tr("Dark theme"))):
        found.append(SearchCommand(words, command, "palette", _with(frame.set_appearance, theme)))
    found.extend(_of_people(frame, bridge))
    if page is not None:
        found.extend(_of_journey(page, may("publish_journeys")))
    found.extend(SearchCommand(row.name, tr("Journey"), "path", _with(frame.open_journey, row.id)) for row in journeys)
    for place, sort in DEFINITION_PAGES.items():
        for item in getattr(definitions, sort.items):
            show = _with(_with_place(frame, place), item.name)
            found.append(SearchCommand(item.name, tr(sort.title), sort.icon, show))
    return found


def reports(frame: Frame, rows: Sequence[ReportRow]) -> list[SearchCommand]:
    """Return the entries of custom reports."""
    kind = tr("Custom report")
    return [SearchCommand(row.name, kind, "chart-line-up", _with(frame.open_report, row.id)) for row in rows]


def _of_people(frame: Frame, bridge: Bridge) -> list[SearchCommand]:
    """Return account commands: sandboxes, password, switching user, signing out."""
    session, command = bridge.session, tr("Command")
    if session is None or session.asked:
        return []
    others = [name for name in session.sandboxes if name != session.sandbox]
    found = [
        SearchCommand(tr("Sandbox {name}", name=name), command, "cube", _with(frame.enter, name)) for name in others
    ]
    words = tr("Change the password") if session.has_password else tr("Set a password")
    found.append(SearchCommand(words, command, "key", frame.change_password))
    if session.others:
        found.append(SearchCommand(tr("Switch user"), command, "users", frame.switch_user))
    if session.has_password:
        found.append(SearchCommand(tr("Sign out"), command, "sign-out", frame.sign_out))
    return found


def _of_journey(page: DesignerPage, publishes: bool) -> list[SearchCommand]:
    verbs = (("publish", tr("Publish"), "rocket-launch"), ("properties", tr("Properties"), "sliders-horizontal"))
    here = tr("This journey")
    found = [
        SearchCommand(words, here, icon, _with(page.run_action, verb)) for verb, words, icon in verbs[not publishes :]
    ]
    if page.editable:
        found.append(SearchCommand(tr("Arrange"), here, "tree-structure", page.canvas.arrange))
    found.append(SearchCommand(tr("Outline"), here, "list-bullets", page.left_dock.toggle, "O"))
    found.append(SearchCommand(tr("Overview map"), here, "map-trifold", page.canvas.toggle_map, "M"))
    found.append(SearchCommand(tr("Find in the journey"), here, "magnifying-glass", page.canvas.show_find))
    return found


def _with(call: Callable[[str], None], word: str) -> Callable[[], None]:
    return lambda: call(word)


def _with_place(frame: Frame, place: str) -> Callable[[str], None]:
    return lambda name: frame.show_definition(place, name)
