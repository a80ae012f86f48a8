"""The navigation rail at the left."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QToolButton, QVBoxLayout, QWidget

from app import theme
from app.translation import mark, tr
from app.widgets.texts import show_text

WIDTH = 56

RAIL_PAGES = (
    ("journeys", mark("Journeys"), "path"),
    ("events", mark("Events"), "broadcast"),
    ("data_sources", mark("Data sources"), "database"),
    ("actions", mark("Actions"), "paper-plane-tilt"),
    ("templates", mark("Templates"), "article"),
    ("segments", mark("Segments"), "users-three"),
    ("profiles", mark("Profiles"), "identification-card"),
    ("messages", mark("Outbox"), "tray"),
    ("reports", mark("Reports"), "chart-line-up"),
    ("admin", mark("Settings"), "gear-six"),
)
"""The pages by key, with titles and icons; the last one is at the bottom."""

NEEDS = {
    **dict.fromkeys(("journeys",), "read_journeys"),
    **dict.fromkeys(("events", "data_sources", "actions", "templates", "segments", "profiles"), "read_definitions"),
    **dict.fromkeys(("messages", "reports"), "read_reports"),
}
"""The permission needed to see a page; everybody sees the settings."""


class NavigationRail(QWidget):
    """One button for each page."""

    chosen = Signal(str)

    def __init__(self, may: Callable[[str], bool] = lambda permission: True, parent: QWidget | None = None) -> None:
        """Create the buttons the user may see; ``may`` tells whether the user has a permission."""
        super().__init__(parent)
        self.setObjectName("rail")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        self.buttons: dict[str, QToolButton] = {}
        self._group = QButtonGroup(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 10, 8, 10)
        column.setSpacing(4)
        for key, words, _ in RAIL_PAGES:
            made = QToolButton()
            made.setProperty("role", "rail")
            made.setCheckable(True)
            made.setFixedSize(40, 40)
            made.setIconSize(QSize(22, 22))
            show_text(made.setToolTip, tr(words))
            show_text(made.setAccessibleName, tr(words))
            made.setCursor(Qt.CursorShape.PointingHandCursor)
            made.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
            self._group.addButton(made)
            self.buttons[key] = made
            if key == RAIL_PAGES[-1][0]:
                column.addStretch(1)
            column.addWidget(made)
            made.setVisible(can_see_page(may, key))
        self.show_page("journeys")

    def show_page(self, place: str) -> None:
        """Mark the current page."""
        for key, _, icon in RAIL_PAGES:
            self.buttons[key].setIcon(theme.icon(icon, "accent" if key == place else "secondary"))
        self.buttons[place].setChecked(True)


def can_see_page(may: Callable[[str], bool], place: str) -> bool:
    """Return whether a user with these permissions sees a page."""
    return place not in NEEDS or may(NEEDS[place])
