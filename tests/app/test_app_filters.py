"""The list of journeys is filtered by what they use and how they begin, as the engine knows it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.bridge import calls
from app.first_run import assignments
from app.studio import Studio
from engine.model import journey_file
from tests.helpers.journey_builders import activity, journey
from tests.helpers.studio_driver import StudioDriver, close_studio, samples

LOBBY, EMPTY, SILVER = "Lobby and restaurant", "Empty", "Silver guests"


@pytest.fixture
def person(qtbot: Any, qapp: Any, tmp_path: Path, root: Path) -> Iterator[StudioDriver]:
    """Someone in front of three journeys."""
    someone = StudioDriver(qtbot, Studio(qapp, tmp_path / "workspace", sample=False))
    someone.begin()
    text = (samples(root) / "lobby-and-restaurant.journey.json").read_text(encoding="utf-8")
    someone.ask(calls.settings.set("allow_local_endpoints", True))
    someone.ask(calls.journeys.import_file(text, assignments(text, 9)))
    someone.ask(calls.journeys.create(EMPTY, None))
    text = journey_file.write(journey([activity("q", "segment_qualification")], [], name=SILVER))
    someone.ask(calls.journeys.import_file(text, ()))
    someone.window.show_page("journeys")
    yield someone
    close_studio(qtbot, someone.studio)


def _list(person: StudioDriver) -> Any:
    page: Any = person.window.page_router.page("journeys")
    return page.list


def _shown(person: StudioDriver) -> set[str]:
    rows = _list(person).filter
    return {rows.index(number, 0).data() for number in range(rows.rowCount())}


def _toggle(person: StudioDriver, words: str, inside: str = "") -> None:
    menu: Any = _list(person).filters.make_menu(_list(person))
    if inside:
        menu = next(action.menu() for action in menu.actions() if action.text() == inside)
    next(action for action in menu.actions() if action.text() == words).trigger()


def test_journeys_are_filtered_by_start_and_usage(person: StudioDriver) -> None:
    person.until(lambda: _shown(person) == {LOBBY, EMPTY, SILVER})
    page: Any = person.window.page_router.page("journeys")
    person.until(lambda: page._users_of("field_group"))
    _toggle(person, "Starts with a segment qualification")
    assert _shown(person) == {SILVER}
    _toggle(person, "Starts with an event")
    assert _shown(person) == {LOBBY, SILVER}
    person.click(_list(person).clear_button)
    _toggle(person, "Reservations.Stay", "Uses the field group")
    person.until(lambda: _shown(person) == {LOBBY})
    _toggle(person, "Starts with a segment qualification")
    assert _shown(person) == set()
