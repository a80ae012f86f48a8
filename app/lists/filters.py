"""The filters of a list: tags in groups, of which any of a group will do, and two dates between which it happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMenu, QWidget

from app.lists.rows import TimeSpan
from app.translation import tr
from app.widgets.controls import Button, Choice, FormField, column_of, label, row_of, wrapped
from app.widgets.date_input import DateInput
from app.widgets.texts import show_text


@dataclass(frozen=True, slots=True)
class DateRange:
    """Days as the user chose them, both included; None is open."""

    key: str
    since: date | None
    until: date | None

    def span(self, zone: str) -> TimeSpan:
        """Return the moments between the beginning of the first day and the end of the last, in a zone."""
        after = None if self.until is None else self.until + timedelta(days=1)
        return TimeSpan(self.key, _midnight(self.since, zone), _midnight(after, zone))


def _midnight(day: date | None, zone: str) -> int | None:
    return None if day is None else round(datetime.combine(day, time(), ZoneInfo(zone)).timestamp() * 1000)


class DateRangeDialog(QDialog):
    """``chosen`` gives the range; None takes it away."""

    chosen = Signal(object)

    def __init__(
        self, dates: Mapping[str, str], now: DateRange | None, zone: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        show_text(self.setWindowTitle, tr("Dates"))
        self.setMinimumWidth(420)
        column = column_of(self, 14, (20, 20, 20, 20))
        column.addWidget(label(tr("Filter by date"), "title"))
        self.what = Choice()
        self.what.offer(list(dates.items()))
        self.what.choose(now.key if now else next(iter(dates)))
        column.addWidget(FormField(tr("Date"), self.what))
        days = row_of(spacing=12)
        self.since, self.until = DateInput(), DateInput()
        for line, words, day in (
            (self.since, tr("The first day"), now.since if now else None),
            (self.until, tr("The last day"), now.until if now else None),
        ):
            line.show_moment(day.isoformat() if day else None)
            days.addWidget(FormField(words, line))
        column.addLayout(days)
        column.addWidget(wrapped(tr("Days in the time zone {zone}.", zone=zone), "hint"))
        self.fault = wrapped("", "fault")
        self.fault.hide()
        column.addWidget(self.fault)
        column.addLayout(self._buttons())

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addStretch(1)
        cancel = Button(tr("Cancel"), shortcut="Esc")
        cancel.clicked.connect(self.reject)
        self.take = Button(tr("Filter"), kind="primary", shortcut="Enter")
        self.take.setDefault(True)
        self.take.clicked.connect(self._take)
        row.addWidget(cancel)
        row.addWidget(self.take)
        return row

    def _take(self) -> None:
        problem = self.since.problem() or self.until.problem()
        since, until = (None if problem else _day(line) for line in (self.since, self.until))
        if since and until and until < since:
            problem = tr("The last day is before the first; exchange them.")
        show_text(self.fault.setText, problem)
        self.fault.setVisible(bool(problem))
        if not problem:
            self.chosen.emit(DateRange(str(self.what.key()), since, until) if since or until else None)
            self.accept()


def _day(line: DateInput) -> date | None:
    words = line.moment()
    return date.fromisoformat(words[:10]) if words else None


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
                action.toggled.connect(partial(self._toggle, tag))
                inner.addAction(action)
        if self.dates:
            menu.addSeparator()
            action = menu.addAction(tr("Dates…"), self.dates_asked.emit)
            action.setCheckable(True)
            action.setChecked(self.range is not None)
        return menu

    def _toggle(self, tag: str, on: bool) -> None:
        self.choose((*self.chosen, tag) if on else (one for one in self.chosen if one != tag))
