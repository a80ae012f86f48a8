"""Filter of the palette: all, only usable, or only the last five events and actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from app import theme
from app.translation import tr
from app.widgets.texts import show_text

LAST = 5
"""Number of remembered events and actions, across journeys."""


class PaletteFilter(QToolButton):
    """A button with a menu, checked while anything is hidden."""

    changed = Signal()
    """The filter or the remembered items changed."""

    def __init__(self) -> None:
        super().__init__()
        self.available = self.recent = False
        self.last: tuple[str, ...] = ()
        self.setIconSize(QSize(18, 18))
        self.setProperty("role", "framed")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedSize(34, 34)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self)
        self.only_available = self._entry(menu, tr("Only available activities"), self._choose_available)
        self.only_recent = self._entry(menu, tr("Only the last five events and actions"), self._choose_recent)
        self.setMenu(menu)
        self._show()

    def _entry(self, menu: QMenu, words: str, choose: Callable[[bool], None]) -> QAction:
        made = menu.addAction(words)
        made.setCheckable(True)
        made.toggled.connect(choose)
        return made

    def _choose_available(self, on: bool) -> None:
        self._set(on, self.recent, self.last)

    def _choose_recent(self, on: bool) -> None:
        self._set(self.available, on, self.last)

    def remember(self, key: str) -> None:
        """Remember a used event or action."""
        self._set(self.available, self.recent, (key, *(other for other in self.last if other != key))[:LAST])

    def state(self) -> dict[str, Any]:
        """Return the filter's state for the preferences."""
        return {"available": self.available, "recent": self.recent, "last": list(self.last)}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore a saved state; invalid values are ignored."""
        last = state.get("last")
        names = tuple(map(str, last))[:LAST] if isinstance(last, list) else ()
        self._set(state.get("available") is True, state.get("recent") is True, names)

    def _set(self, available: bool, recent: bool, last: tuple[str, ...]) -> None:
        if (available, recent, last) == (self.available, self.recent, self.last):
            return
        self.available, self.recent, self.last = available, recent, last
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self.only_available.setChecked(self.available)
        self.only_recent.setChecked(self.recent)
        narrowed = self.available or self.recent
        self.setIcon(theme.icon("funnel", "accent" if narrowed else "secondary"))
        words = tr("Filter is on") if narrowed else tr("Filter")
        show_text(self.setToolTip, words)
        show_text(self.setAccessibleName, words)
