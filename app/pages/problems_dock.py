"""The list of problems over the lower edge of the canvas."""

from __future__ import annotations

from functools import cached_property

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from app.pages.journey_checker import JourneyChecker
from app.panels.problems import ProblemList

_MARGIN, _HEIGHT, _NARROWEST = 12, 220, 320


class ProblemsDock(QObject):
    """Shows and hides the list and keeps it above the canvas."""

    chosen = Signal(str)
    """An activity is to be shown: its id."""

    def __init__(self, checker: JourneyChecker, canvas: QWidget, parent: QWidget) -> None:
        super().__init__(parent)
        self._checking, self._canvas, self._widget = checker, canvas, parent

    @cached_property
    def panel(self) -> ProblemList:
        """The list, created on first use."""
        made = ProblemList(self._widget)
        made.setVisible(False)
        made.chosen.connect(self.chosen)
        made.closed.connect(lambda: made.setVisible(False))
        return made

    def parts(self) -> list[QWidget]:
        """Return the list if it exists."""
        return [self.panel] if "panel" in vars(self) else []

    def toggle(self) -> None:
        """Show or hide the list."""
        if any(part.isVisible() for part in self.parts()):
            self.panel.setVisible(False)
        else:
            self.show()

    def show(self) -> None:
        """Show the list with the current problems."""
        self.panel.show_problems(self._checking.problems())
        self.panel.setVisible(True)
        self.place()

    def refresh(self) -> None:
        """Update the problems."""
        if any(part.isVisible() for part in self.parts()):
            self.panel.show_problems(self._checking.problems())

    def place(self) -> None:
        """Move the list to the lower edge of the canvas."""
        for part in self.parts():
            top, width = self._widget.height() - _HEIGHT - _MARGIN, self._canvas.width() - 2 * _MARGIN
            part.setGeometry(self._canvas.x() + _MARGIN, top, max(width, _NARROWEST), _HEIGHT)
            part.raise_()
