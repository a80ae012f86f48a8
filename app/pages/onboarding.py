"""Actions of the welcome panel: open the sample, send a first test message, create a journey."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import QObject

from app.bridge import Bridge, calls
from app.pages.designer import DesignerPage
from app.translation import tr
from engine.services.views import VersionRow


class Frame(Protocol):
    """What the window can be asked."""

    journeys: tuple[VersionRow, ...]

    @property
    def designer(self) -> DesignerPage | None:
        """The journey in front."""
        ...

    def new_journey(self) -> None:
        """Ask for a name and make a journey."""
        ...

    def open_journey(self, version_id: str) -> None:
        """Open a version."""
        ...

    def say(self, words: str) -> None:
        """Say something in passing."""
        ...


class OnboardingActions(QObject):
    """Runs the actions of the welcome panel."""

    def __init__(self, frame: Frame, bridge: Bridge, parent: QObject) -> None:
        super().__init__(parent)
        self._frame, self._bridge = frame, bridge

    def take(self, verb: str) -> None:
        """Run ``new``, ``open`` or ``test``."""
        if verb == "new":
            self._frame.new_journey()
            return
        sample = _sample(self._frame.journeys)
        if sample is None:
            self._frame.say(tr("The sample is still being prepared; try again in a moment."))
            return
        self._frame.open_journey(sample.id)
        if verb == "test" and sample.state == "draft":
            self._bridge.read(calls.journeys.row(sample.id), self._test)

    def _test(self, row: VersionRow) -> None:
        page = self._frame.designer
        if page is not None and page.row.id == row.id:
            page.switch_test(True)


def _sample(rows: Sequence[VersionRow]) -> VersionRow | None:
    drafts = [row for row in rows if row.state in ("draft", "test")]
    return next(iter([*drafts, *rows]), None)
