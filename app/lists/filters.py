"""The filters of a list: tags in groups. Of one group any will do, the groups hold together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from app.lists.date_range import DateRange
from app.translation import tr


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """One group: its title and its tags with their words; ``folded`` ones open in a menu of their own."""

    title: str
    tags: Mapping[str, str] = field(default_factory=dict)
    folded: bool = False


class FilterMenu(QObject):
    """What is offered and what is chosen."""

    changed = Signal()
    dates_asked = Signal()
    """Dates are to be chosen."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._offered: tuple[FilterGroup, ...] = ()
        self.chosen: tuple[str, ...] = ()
        self.dates: Mapping[str, str] = {}
        self.range: DateRange | None = None

    def offer_dates(self, dates: Mapping[str, str]) -> None:
        """Offer to filter by these dates: keys with their words."""
        self.dates = dates

    def choose_dates(self, chosen: DateRange | None) -> None:
        """Filter by a range of dates; None by none."""
        if chosen != self.range:
            self.range = chosen
            self.changed.emit()

    @property
    def count(self) -> int:
        """How many filters hold."""
        return len(self.chosen) + (self.range is not None)

    def offer(self, groups: Sequence[FilterGroup]) -> None:
        """Offer these; what is chosen stays chosen."""
        self._offered = tuple(groups)

    def choose(self, tags: Iterable[str]) -> None:
        """Filter by these tags; none shows everything."""
        chosen = tuple(dict.fromkeys(tags))
        if chosen != self.chosen:
            self.chosen = chosen
            self.changed.emit()

    def groups(self) -> tuple[frozenset[str], ...]:
        """Return the chosen tags by group, those of which none is chosen left out."""
        found = [frozenset(self.chosen) & set(group.tags) for group in self._offered]
        return tuple(frozenset(tags) for tags in found if tags)

    def open_below(self, button: QWidget) -> None:
        """Open the menu of filters below a button."""
        self.menu = self.make_menu(button)
        self.menu.popup(button.mapToGlobal(button.rect().bottomLeft()))

    def make_menu(self, parent: QWidget) -> QMenu:
        """Make the menu, with a check at chosen filters."""
        menu = QMenu(parent)
        menu.aboutToHide.connect(menu.deleteLater)
        for group in self._offered:
            if not group.tags:
                continue
            inner = menu.addMenu(group.title) if group.folded else menu
            if not group.folded:
                menu.addSection(group.title)
            for tag, words in group.tags.items():
                action = QAction(words, inner)
                action.setCheckable(True)
                action.setChecked(tag in self.chosen)
                action.toggled.connect(self._chooser(tag))
                inner.addAction(action)
        if self.dates:
            menu.addSeparator()
            action = menu.addAction(tr("Dates…"), self.dates_asked.emit)
            action.setCheckable(True)
            action.setChecked(self.range is not None)
        return menu

    def _chooser(self, tag: str) -> Callable[[bool], None]:
        def choose(on: bool) -> None:
            self.choose((*self.chosen, tag) if on else (one for one in self.chosen if one != tag))

        return choose
