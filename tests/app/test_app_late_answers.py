"""A page or its document goes while answers are on their way: nothing is lost, and nobody is called who is gone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shiboken6

from app.bridge.requests import owner_of
from app.document.document import JourneyDocument
from app.pages.designer import DesignerPage
from app.user_files import Drafts
from engine.errors import SojournError
from engine.services.service_method import ServiceCall
from engine.services.views import VersionRow
from tests.helpers.canvas_driver import definitions, sample


class Slow:
    """A bridge whose answers are given by hand: every call is kept with its arguments and callbacks."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[Any, ...]]] = []
        self.owners: dict[str, object] = {}

    def write(self, work: Any, then: Any, *failed: Any, owner: object = None) -> None:
        """Keep the call."""
        if isinstance(work, ServiceCall):
            self.asked.append((work.method, (*work.arguments, then, *failed)))
            self.owners[work.method] = owner or owner_of(then)

    read = attempt = write

    def may(self, _: str) -> bool:
        """Whoever is here may do everything."""
        return True

    def of(self, name: str) -> list[tuple[Any, ...]]:
        """The requests of that name."""
        return [arguments for asked, arguments in self.asked if asked == name]


@pytest.fixture
def slow() -> Slow:
    return Slow()


@pytest.fixture
def page(qtbot: Any, tmp_path: Path, slow: Slow) -> Iterator[DesignerPage]:
    """A page that nobody retires."""
    row = VersionRow("v1", "Spa", "Spa", "", 1, "draft", True, "jin", 0, "jin", 0)
    bridge: Any = slow
    made = DesignerPage(bridge, Drafts(tmp_path), "UTC", row, JourneyDocument(sample(), definitions()))
    made.show()
    yield made
    shiboken6.delete(made)


def test_last_change_is_saved_on_close(page: DesignerPage, slow: Slow, tmp_path: Path) -> None:
    page.document.add_note((0, 0), "drawn at last")
    drawn = page.document.journey
    assert not slow.of("save")
    shiboken6.delete(page.document)
    (saved,) = slow.of("save")
    assert saved[1] is drawn
    draft = Drafts(tmp_path).find("v1")
    assert draft is not None
    assert (draft.journey, draft.saved) == (drawn, False)
    assert "drawn at last" in draft.history


def test_late_answers_are_ignored(page: DesignerPage, slow: Slow) -> None:
    page.document.add_note((0, 0), "drawn at last")
    page.version_actions.publish()
    shiboken6.delete(page.document)
    notified: list[str] = []
    page.autosave.notified.connect(notified.append)
    (*_, saved, not_saved), *_ = slow.of("save")
    saved(page.row)
    not_saved(SojournError("engine_away", message="the engine does not answer"))
    assert len(notified) == 1
    ((_, published, _),) = slow.of("publish")
    published(page.row)


def test_answers_belong_to_their_caller(page: DesignerPage, slow: Slow) -> None:
    """What a page that is gone asked for is told to nobody."""
    page.testing.switch(True)
    ((_, _, switched, _),) = slow.of("switch_on")
    switched(None)
    assert slow.owners["switch_on"] is page.testing
    assert slow.owners["row"] is page.testing


def test_unwritable_draft_is_reported_and_still_saved(
    qtbot: Any, page: DesignerPage, slow: Slow, tmp_path: Path
) -> None:
    notified: list[str] = []
    page.autosave.notified.connect(notified.append)
    tmp_path.rmdir()
    tmp_path.write_text("a file where the folder was", encoding="utf-8")
    page.document.add_note((0, 0), "drawn at last")
    qtbot.waitUntil(lambda: bool(slow.of("save")))
    assert notified == ["The draft could not be saved to disk: File exists"]


def test_save_behind_failed_one_is_repeated(page: DesignerPage, slow: Slow) -> None:
    page.document.add_note((0, 0), "first")
    page.autosave.save()
    page.document.add_note((0, 0), "second")
    page.autosave.save()
    first, second = slow.of("save")
    assert second[2] == first[2] + 1
    first[-1](SojournError("engine_away", message="the engine does not answer"))
    second[-1](SojournError("changed_meanwhile", name="Spa", user="jin", time="now"))
    page.autosave.save()
    again = slow.of("save")[-1]
    assert (again[1], again[2]) == (page.document.journey, first[2])
    assert not slow.of("open"), "nobody is asked which of two changes stays"
