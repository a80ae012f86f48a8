"""People in a running journey: by activity, then person, then one person's steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from app import theme
from app.panels.ranking_rows import BarEntry, BarRow, Ranked, StepEntry, step_row
from app.translation import tr
from app.widgets.controls import Button, emptied, label
from app.widgets.texts import show_text


@dataclass(frozen=True, slots=True)
class PersonAtActivity:
    """A person at an activity: instance, name, since when."""

    instance: str
    words: str
    since: str


class PersonListRow(Ranked):
    """A person and since when."""

    def __init__(self, person: PersonAtActivity) -> None:
        super().__init__(person.words, person.since)
        self._since = person.since

    def draw(self, painter: QPainter) -> None:
        theme.icon("user", "secondary").paint(painter, 0, (self.height() - 16) // 2, 16, 16)
        taken = painter.fontMetrics().horizontalAdvance(self._since)
        self.draw_words(painter, 24, self.width() - 24 - taken - 12)


class LivePeople(QWidget):
    """Three levels; the link at the top leads back."""

    people_asked = Signal(str)
    """The people at an activity are requested: its id."""
    history_asked = Signal(str)
    """One person's steps are requested: the instance."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._activity = self._activity_words = ""
        self._shown: tuple[BarEntry, ...] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head = QHBoxLayout()
        self.back = Button("", kind="link", icon=theme.icon("caret-left", "accent"))
        self.back.clicked.connect(self.go_back)
        self.heading = label("", "strong")
        head.addWidget(self.back)
        head.addWidget(self.heading, 1)
        column.addLayout(head)
        self._stack = QStackedWidget()
        self._levels = [self._level(), self._level(), self._level()]
        column.addWidget(self._stack)
        self._go(0)

    def _level(self) -> QVBoxLayout:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._stack.addWidget(page)
        return column

    def rows(self) -> list[QWidget]:
        """Return the rows of the current level."""
        column = self._levels[self.level]
        items = [column.itemAt(index) for index in range(column.count())]
        widgets = [item.widget() for item in items if item is not None]
        return [widget for widget in widgets if widget is not None]

    @property
    def level(self) -> int:
        """0 for the activities, 1 for the people of one, 2 for one person's way."""
        return self._stack.currentIndex()

    @property
    def activity(self) -> str:
        """The activity whose people are shown."""
        return self._activity

    def _go(self, level: int) -> None:
        self._stack.setCurrentIndex(level)
        self.back.setVisible(level > 0)
        self.heading.setVisible(level > 0)
        show_text(self.back.setText, " " + (tr("Everywhere") if level == 1 else self._activity_words))

    def go_back(self) -> None:
        """Go one level up."""
        self._go(max(self.level - 1, 0))
        if self.level == 1:
            show_text(self.heading.setText, self._activity_words)

    def show_activities(self, places: Sequence[BarEntry]) -> None:
        """Show how many people stand at each activity."""
        if tuple(places) == self._shown:
            return
        self._shown = tuple(places)
        column = self._levels[0]
        emptied(column)
        most = max((place.count for place in places), default=1) or 1
        for place in places:
            made = BarRow(place, place.count / most, "accent")
            made.clicked.connect(lambda _=False, place=place: self._ask_people(place))
            column.addWidget(made)
        if not places:
            column.addWidget(label(tr("No one is in the journey now."), "quiet"))

    def _ask_people(self, place: BarEntry) -> None:
        self._activity, self._activity_words = place.activity, place.words
        self.people_asked.emit(place.activity)

    def show_people(self, people: Sequence[PersonAtActivity]) -> None:
        """Show the people at the requested activity."""
        column = self._levels[1]
        emptied(column)
        for person in people:
            made = PersonListRow(person)
            made.clicked.connect(lambda _=False, person=person: self._ask_history(person))
            column.addWidget(made)
        if not people:
            column.addWidget(label(tr("No one is here any more."), "quiet"))
        show_text(self.heading.setText, self._activity_words)
        self._go(1)

    def _ask_history(self, person: PersonAtActivity) -> None:
        show_text(self.heading.setText, person.words)
        self.history_asked.emit(person.instance)

    def show_history(self, steps: Sequence[StepEntry]) -> None:
        """Show one person's steps, the latest first."""
        column = self._levels[2]
        emptied(column)
        for step in steps:
            column.addWidget(step_row(step))
        if not steps:
            column.addWidget(label(tr("Nothing has happened yet."), "quiet"))
        self._go(2)
