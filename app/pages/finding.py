"""Everything that the search over everything finds: places, commands, the open journey, journeys, definitions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from app.pages.designer import DesignerPage
from app.pages.sorts import SORTS
from app.panels.command_search import Command
from app.panels.rail import PLACES
from app.translation import tr
from engine.model.definitions import Definitions
from engine.services.views import VersionRow


class Frame(Protocol):
    """What the window can be asked to do."""

    def show_place(self, place: str) -> None:
        """Go to a place of the rail."""
        ...

    def open_journey(self, version_id: str) -> None:
        """Open a version."""
        ...

    def new_journey(self) -> None:
        """Ask for a name and make a journey."""
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

    def wear(self, theme: str) -> None:
        """Change the theme."""
        ...


def commands(
    frame: Frame, page: DesignerPage | None, journeys: Sequence[VersionRow], definitions: Definitions
) -> list[Command]:
    """What can be found and done now, the nearest first."""
    found = [Command(tr(words), tr("Place"), icon, _with(frame.show_place, key)) for key, words, icon in PLACES]
    found.append(Command(tr("New journey"), tr("Command"), "plus", frame.new_journey))
    for place, sort in SORTS.items():
        found.append(Command(tr(sort.new), tr("Command"), "plus", _with(frame.new_definition, place)))
    found.append(Command(tr("Import profiles"), tr("Command"), "upload-simple", frame.import_profiles))
    found.append(Command(tr("Show the keys"), tr("Command"), "keyboard", frame.open_shortcuts, "?"))
    for theme, words in (("light", tr("Light theme")), ("dark", tr("Dark theme"))):
        found.append(Command(words, tr("Command"), "palette", _with(frame.wear, theme)))
    if page is not None:
        found.extend(_of_journey(page))
    found.extend(Command(row.name, tr("Journey"), "path", _with(frame.open_journey, row.id)) for row in journeys)
    for place, sort in SORTS.items():
        for item in getattr(definitions, sort.items):
            show = _with(_with_place(frame, place), item.name)
            found.append(Command(item.name, tr(sort.title), sort.icon, show))
    return found


def _of_journey(page: DesignerPage) -> list[Command]:
    verbs = (("publish", tr("Publish"), "rocket-launch"), ("properties", tr("Properties"), "sliders-horizontal"))
    here = tr("This journey")
    found = [Command(words, here, icon, _with(page.do, verb)) for verb, words, icon in verbs]
    found.append(Command(tr("Arrange"), here, "tree-structure", page.canvas.arrange))
    found.append(Command(tr("Outline"), here, "list-bullets", page.beside.toggle, "O"))
    found.append(Command(tr("Overview map"), here, "map-trifold", page.canvas.toggle_map, "M"))
    found.append(Command(tr("Find in the journey"), here, "magnifying-glass", page.canvas.show_find))
    return found


def _with(call: Callable[[str], None], word: str) -> Callable[[], None]:
    return lambda: call(word)


def _with_place(frame: Frame, place: str) -> Callable[[str], None]:
    return lambda name: frame.show_definition(place, name)
