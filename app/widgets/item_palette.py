"""A palette: a search field above groups of items to drag or to choose with Enter."""

from __future__ import annotations

from typing import Generic, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from app.translation import tr
from app.widgets.controls import wrapped
from app.widgets.draggable_item import DraggableItem
from app.widgets.search_field import SearchField
from app.widgets.texts import show_text

Item = TypeVar("Item", bound=DraggableItem)


class ItemPalette(QWidget, Generic[Item]):
    """Searches its items and hides groups without a match. Subclasses add groups and items."""

    wanted = Signal(object)
    """An item was double-clicked or chosen with Enter: what it stands for."""

    def __init__(self, placeholder: str, width: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(width)
        self.items: dict[str, Item] = {}
        self._groups: dict[str, QWidget] = {}
        self.search = SearchField(placeholder)
        self.search.searched.connect(self.filter_items)
        self.search.returnPressed.connect(self._choose_first)
        self.top = QHBoxLayout()
        self.top.setContentsMargins(0, 0, 12, 0)
        self.top.setSpacing(6)
        self.top.addWidget(self.search, 1)
        inside = QWidget()
        inside.setObjectName("palette-inside")
        self.rows = QVBoxLayout(inside)
        self.rows.setContentsMargins(0, 0, 12, 12)
        self.rows.setSpacing(0)
        self._nothing = wrapped("", "quiet")
        self._nothing.setVisible(False)
        self.rows.addWidget(self._nothing)
        self.rows.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 12, 0, 0)
        column.setSpacing(8)
        column.addLayout(self.top)
        column.addWidget(scroll, 1)

    def add_row(self, row: QWidget) -> None:
        """Add a group or an item below the others."""
        self.rows.insertWidget(self.rows.count() - 2, row)

    def add_group(self, key: str, group: QWidget) -> None:
        """Add a group or its title, shown while any of its items is."""
        self._groups[key] = group
        self.add_row(group)

    def group_of(self, item: Item) -> str:
        """Return the key of an item's group."""
        raise NotImplementedError

    def passes_filter(self, item: Item) -> bool:
        """Return whether an item that matches the search is shown."""
        return True

    def empty_text(self) -> str:
        """Return the text shown when no item is."""
        return tr("No results.")

    def filter_items(self) -> None:
        """Show the items that match search and filter."""
        wanted = self.search.sought().casefold().split()
        shown = set()
        for item in self.items.values():
            matches = all(word in item.text().casefold() for word in wanted) and self.passes_filter(item)
            item.setVisible(matches)
            if matches:
                shown.add(self.group_of(item))
        for key, group in self._groups.items():
            group.setVisible(key in shown)
        show_text(self._nothing.setText, self.empty_text())
        self._nothing.setVisible(bool(self.items) and not shown)

    def _choose_first(self) -> None:
        first = next((item for item in self.items.values() if not item.isHidden() and not item.reason), None)
        if first is not None and self.search.text().strip():
            first.choose()
