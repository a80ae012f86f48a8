"""The left dock of an open journey: palette or test panel, and the outline."""

from __future__ import annotations

from functools import cached_property

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.canvas.view import CanvasView
from app.document.document import JourneyDocument
from app.pages.journey_checker import JourneyChecker
from app.pages.right_dock import RightDock
from app.panels.outline import OutlinePanel
from app.panels.palette import ActivityPalette
from app.panels.testing_panel import TestModePanel
from app.widgets.tab_order import put_in_order


class LeftDock(QObject):
    """Holds palette, test panel and outline; keeps the outline in step with the canvas."""

    def __init__(
        self,
        palette: ActivityPalette,
        canvas: CanvasView,
        document: JourneyDocument,
        checker: JourneyChecker,
        right_dock: RightDock,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._canvas, self._document, self._checker = canvas, document, checker
        self._right_dock, self._widget = right_dock, parent
        self.row = QHBoxLayout()
        self.row.setSpacing(0)
        self.row.addWidget(palette)
        canvas.outline_wanted.connect(self.toggle)
        canvas.selection_changed.connect(self._follow)
        document.changed.connect(self.refresh)
        document.replaced.connect(self.refresh)
        checker.checked.connect(self.refresh)

    def make_test_panel(self) -> TestModePanel:
        """Create the test panel beside the palette."""
        made = TestModePanel(self._widget)
        self.row.insertWidget(1, made)
        put_in_order(self._widget)
        return made

    @cached_property
    def outline(self) -> OutlinePanel:
        """The outline, created on first use."""
        made = OutlinePanel(self._widget)
        made.setVisible(False)
        made.chosen.connect(lambda name: self._canvas.select([name], show=True))
        made.entered.connect(self._right_dock.enter)
        made.closed.connect(self.toggle)
        self.row.addWidget(made)
        put_in_order(self._widget)
        return made

    def parts(self) -> list[QWidget]:
        """Return the outline if it exists."""
        return [self.outline] if "outline" in vars(self) else []

    @property
    def _shown(self) -> bool:
        return "outline" in vars(self) and not self.outline.isHidden()

    def toggle(self) -> None:
        """Show the outline and focus it, or hide it and focus the canvas."""
        if self._shown:
            self.outline.hide()
            self._canvas.setFocus()
            return
        self.outline.show()
        self.refresh()
        self._follow(self._canvas.selection)
        self.outline.tree.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def refresh(self, _: object = None) -> None:
        """Update the outline after a change of the journey or its problems."""
        if not self._shown:
            return
        problems: dict[str, str] = {}
        for issue in self._checker.problems():
            if issue.activity:
                problems[issue.activity] = "; ".join(filter(None, (problems.get(issue.activity), issue.message)))
        self.outline.show_journey(self._document.journey, problems)

    def _follow(self, names: tuple[str, ...]) -> None:
        if self._shown:
            self.outline.follow(names)
