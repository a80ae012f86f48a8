"""Pictures of the studio in its states, made without a screen: ``make gallery ARGS=FOLDER``.

They are looked at one by one, and some stand in the documentation. Everything in them is real: an engine's process,
the sample and its outside world, in a workspace that is thrown away.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication, QWidget

from app.pages.definitions import DefinitionsPage
from app.pages.designer import DesignerPage
from app.studio import Studio
from engine.errors import SojournError
from engine.services.views import VersionRow

PATIENCE = 30.0
"""Seconds that one picture may take to come about."""
JOURNEY = "Lobby and restaurant"
DEFAULT = "build/gallery"


class Gallery:
    """Walks through the studio and takes a picture at each stop."""

    def __init__(self, studio: Studio, folder: Path, show: Callable[[str], None]) -> None:
        self._studio, self._folder, self._show = studio, folder, show

    def take_all(self) -> None:
        """Every picture, in the order of a first day with the product. Raises SojournError when one does not come."""
        ready: list[bool] = []
        self._studio.first_run.finished.connect(lambda: ready.append(True))
        self._studio.begin()
        self._until(lambda: ready and len(self._window.journeys) > 1)
        self._take("journeys")
        self._design()
        self._definitions()
        self._test()
        self._publish()
        self._places()
        self._dress("dark", "en")
        self._take("live-dark")
        self._dress("dark", "ko")
        self._take("live-dark-korean")
        self._window.show_place("events")
        self._open("LobbyBeacon")
        self._take("event-dark-korean")

    @property
    def _window(self) -> Any:
        return self._studio.window

    @property
    def _page(self) -> DesignerPage:
        page: DesignerPage = self._window.designer
        return page

    def _design(self) -> None:
        row: VersionRow = next(row for row in self._window.journeys if row.name == JOURNEY)
        self._window.open_journey(row.id)
        self._until(lambda: self._window.designer is not None and self._page.palette_panel.items)
        self._take("designer")
        for name, kind in (
            ("stay", "condition"),
            ("welcome", "action"),
            ("membership", "email"),
            ("six_hours", "wait"),
        ):
            self._page.canvas.select([name], show=True)
            self._take(f"pane-{kind}")
        self._page.canvas.select(["restaurant"], show=True)
        self._take("pane-event")
        self._page.do("properties")
        self._take("properties")
        self._page.document.update_activity("welcome", parameters={})
        self._until(lambda: self._page.issues)
        self._page.canvas.select(["welcome"], show=True)
        self._page.toggle_problems()
        self._take("problems")
        self._page.toggle_problems()
        self._page.do("undo")
        self._until(lambda: not self._page.issues)
        self._dress("dark", "en")
        self._page.canvas.select(["stay"], show=True)
        self._take("designer-dark")
        self._dress("light", "ko")
        self._page.canvas.select(["stay"], show=True)
        self._take("designer-korean")
        self._dress("light", "en")

    def _definitions(self) -> None:
        stops = (("events", "LobbyBeacon"), ("data_sources", "Reservations"), ("actions", "SendPush"))
        for place, name in stops:
            self._window.show_place(place)
            self._open(name)
            self._take(place)
        self._window.show_place("segments")
        self._take("segments-empty")

    def _open(self, name: str) -> None:
        page = self._window.stack.currentWidget()
        assert isinstance(page, DefinitionsPage)
        self._until(lambda: page.list.model.rows and page._definitions.events)
        page.list.select(name)
        page.open(name)
        self._until(lambda: page.editor is not None)

    def _test(self) -> None:
        self._window.show_journey(next(iter(self._window.open_journeys)))
        self._page.switch_test(True)
        self._until(lambda: self._page.row.state == "test" and self._page.test_panel.profile.count())
        self._take("test")
        self._page.test_panel.fire()
        nodes = self._page.canvas.projection.nodes
        self._until(lambda: nodes["welcome"].mark == "check")
        self._take("test-walked")
        self._dress("light", "ko")
        nodes = self._page.canvas.projection.nodes
        self._until(lambda: nodes["welcome"].mark == "check")
        self._take("test-korean")
        self._dress("light", "en")

    def _publish(self) -> None:
        self._page.publish()
        self._until(lambda: self._page.row.state == "live")
        self._take("live")

    def _places(self) -> None:
        for place in ("profiles", "messages", "admin"):
            self._window.show_place(place)
            self._take(place)
        self._window.open_search()
        self._take("search", self._window.search)
        self._window.search.close()
        self._window.open_shortcuts()
        self._take("keys", self._window.shortcuts)
        self._window.shortcuts.close()
        self._window.show_journey(next(iter(self._window.open_journeys)))

    def _dress(self, theme: str, language: str) -> None:
        before = self._window.centralWidget()
        self._studio.preferences.set("theme", theme)
        self._studio.preferences.set("language", language)
        self._window.dress_as_preferred()
        self._until(lambda: self._window.centralWidget() is not before)

    def _until(self, condition: Callable[[], Any]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not condition():
            QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 50)
            if time.monotonic() > deadline:
                raise SojournError("gallery", "a picture did not come about; open the studio and look why")

    def _take(self, name: str, widget: QWidget | None = None) -> None:
        settled = time.monotonic() + 0.7
        self._until(lambda: time.monotonic() > settled)
        (widget or self._window).grab().save(str(self._folder / f"{name}.png"))
        self._show(f"{name}.png")


def main(arguments: Sequence[str]) -> int:
    """Make the pictures in the folder given, by default ``build/gallery``."""
    folder = Path(arguments[0] if arguments else DEFAULT)
    folder.mkdir(parents=True, exist_ok=True)
    application = QApplication.instance() or QApplication(["sojourn"])
    assert isinstance(application, QApplication)
    with tempfile.TemporaryDirectory(prefix="sojourn-gallery-") as workspace:
        studio = Studio(application, Path(workspace) / "workspace")
        studio.preferences.set("on_close", "stop")
        try:
            Gallery(studio, folder, print).take_all()
        finally:
            studio.window.close()
            studio.wait_for_engine()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
