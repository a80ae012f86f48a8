"""Build the entries of the global search: pages, commands, journeys, definitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from app.bridge import Bridge
from app.pages.definition_pages import DEFINITION_PAGES
from app.pages.designer import DesignerPage
from app.pages.window_actions import WindowActions
from app.panels.command_search import SearchCommand
from app.panels.rail import RAIL_PAGES, can_see_page
from app.translation import tr
from engine.model.definitions import Definitions
from engine.services.views import ReportRow, VersionRow


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
    found = [SearchCommand(tr(words), tr("Place"), icon, _with(actions.show_page, key)) for key, words, icon in places]
    if may("manage_journeys"):
        found.append(SearchCommand(tr("New journey"), command, "plus", actions.new_journey))
    if may("manage_reports"):
        found.append(SearchCommand(tr("New report"), command, "plus", actions.new_report))
    if may("manage_definitions"):
        for place, spec in DEFINITION_PAGES.items():
            found.append(SearchCommand(tr(spec.new), command, "plus", _with(actions.new_definition, place)))
        found.append(SearchCommand(tr("Import profiles"), command, "upload-simple", actions.import_profiles))
    found.append(SearchCommand(tr("Show shortcuts"), command, "keyboard", actions.open_shortcuts, "?"))
    for theme, words in (("light", tr("Light theme")), ("dark", tr("Dark theme"))):
        found.append(SearchCommand(words, command, "palette", _with(actions.set_appearance, theme)))
    found.extend(_account_commands(actions, bridge))
    if page is not None:
        found.extend(_journey_commands(page, may("publish_journeys")))
    found.extend(
        SearchCommand(row.name, tr("Journey"), "path", _with(actions.open_journey, row.id)) for row in journeys
    )
    for place, spec in DEFINITION_PAGES.items():
        for item in getattr(definitions, spec.items):
            show = _with(_with_place(actions, place), item.name)
            found.append(SearchCommand(item.name, tr(spec.title), spec.icon, show))
    return found


def report_commands(actions: WindowActions, rows: Sequence[ReportRow]) -> list[SearchCommand]:
    """Return the entries of custom reports."""
    kind = tr("Custom report")
    return [SearchCommand(row.name, kind, "chart-line-up", _with(actions.open_report, row.id)) for row in rows]


def _account_commands(actions: WindowActions, bridge: Bridge) -> list[SearchCommand]:
    """Return account commands: sandboxes, password, switching user, signing out."""
    session, command = bridge.session, tr("Command")
    if session is None or session.asked:
        return []
    others = [name for name in session.sandboxes if name != session.sandbox]
    found = [
        SearchCommand(tr("Sandbox {name}", name=name), command, "cube", _with(actions.enter, name)) for name in others
    ]
    words = tr("Change the password") if session.has_password else tr("Set a password")
    found.append(SearchCommand(words, command, "key", actions.change_password))
    if session.others:
        found.append(SearchCommand(tr("Switch user"), command, "users", actions.switch_user))
    if session.has_password:
        found.append(SearchCommand(tr("Sign out"), command, "sign-out", actions.sign_out))
    return found


def _journey_commands(page: DesignerPage, publishes: bool) -> list[SearchCommand]:
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


def _with_place(actions: WindowActions, place: str) -> Callable[[str], None]:
    return lambda name: actions.show_definition(place, name)
