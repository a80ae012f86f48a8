"""The card of one path of a condition: its name, its place in the order, and what decides it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from app.expression import ExpressionField
from app.translation import tr
from app.widgets.controls import FormField, IconButton, card, column_of, label, row_of
from app.widgets.date_input import DateInput
from app.widgets.fault_line import FaultLine
from app.widgets.number_input import NumberInput, TimeInput
from app.widgets.texts import show_text
from app.widgets.week_grid import WeekGrid
from engine.activities.conditions.choice import ExpressionPath, SplitPath
from engine.activities.conditions.time import WEEKDAYS, DatePath, TimePath
from engine.expression.types import BOOLEAN, Scope
from engine.json_types import JsonDict
from engine.model.activity import ConditionPath


class PathCard(QWidget):
    """One path: its name, its order, and what decides it."""

    changed = Signal()
    removed = Signal()
    raised = Signal()

    def __init__(self, path: ConditionPath, number: int, scope: Scope) -> None:
        super().__init__()
        self._path = path
        outer = column_of(self)
        frame, self.column = card()
        outer.addWidget(frame)
        head = row_of(spacing=2)
        self.name = QLineEdit(path.label)
        self.name.setObjectName(f"path-name-{number}")
        show_text(self.name.setPlaceholderText, tr("Path {number}", number=number))
        show_text(self.name.setAccessibleName, tr("Name of path {number}", number=number))
        self.name.setProperty("role", "flat")
        self.name.textEdited.connect(lambda _: self.changed.emit())
        self.up = IconButton("arrow-up", tr("Move this path up"), size=26)
        self.up.clicked.connect(self.raised)
        self.remove = IconButton("trash", tr("Remove this path"), size=26)
        self.remove.clicked.connect(self.removed)
        head.addWidget(self.name, 1)
        head.addWidget(self.up)
        head.addWidget(self.remove)
        self.column.addLayout(head)

    def path(self) -> ConditionPath:
        """Return the path as the user left it."""
        return self._path.model_copy(update={"label": self.name.text().strip(), **self.settings()})

    def settings(self) -> JsonDict:
        """Return the settings that decide the path."""
        return {}


class ExpressionCard(PathCard):
    """A path taken when an expression holds."""

    def __init__(self, path: ExpressionPath, number: int, scope: Scope) -> None:
        super().__init__(path, number, scope)
        self.expression = ExpressionField(path.expression, scope, BOOLEAN)
        self.expression.setObjectName(f"path-expression-{number}")
        show_text(self.expression.setAccessibleName, tr("Condition of path {number}", number=number))
        self.expression.changed.connect(self.changed)
        self.column.addWidget(self.expression)

    def settings(self) -> JsonDict:
        return {"expression": self.expression.text()}


class SplitCard(PathCard):
    """A path taken by a share of the people."""

    weighed = Signal()
    """The share was typed."""

    def __init__(self, path: SplitPath, number: int, scope: Scope) -> None:
        super().__init__(path, number, scope)
        row = QHBoxLayout()
        self.weight = NumberInput(100, decimals=1)
        self.weight.setFixedWidth(72)
        show_text(self.weight.setAccessibleName, tr("Share of path {number}", number=number))
        self.weight.show_number(path.weight)
        self.weight.changed.connect(self.weighed)
        row.addWidget(self.weight)
        row.addWidget(label(tr("% of people"), "secondary"))
        row.addStretch(1)
        self.column.addLayout(row)
        self.column.addWidget(FaultLine(self.weight))

    def settings(self) -> JsonDict:
        return {"weight": self.weight.number() or 0}


class TimeCard(PathCard):
    """A path taken at hours of the day on days of the week: typed, or drawn on the grid."""

    def __init__(self, path: TimePath, number: int, scope: Scope) -> None:
        super().__init__(path, number, scope)
        row = row_of(spacing=8)
        self.start, self.until = self._time(path.start or "00:00"), self._time(path.until or "00:00")
        show_text(self.start.setAccessibleName, tr("From"))
        show_text(self.until.setAccessibleName, tr("Until"))
        row.addWidget(self.start)
        row.addWidget(label(tr("until"), "secondary"))
        row.addWidget(self.until)
        row.addStretch(1)
        self.column.addLayout(row)
        self.column.addWidget(FaultLine(self.start, self.until))
        self.grid = WeekGrid()
        self.grid.changed.connect(self._drawn)
        self.column.addWidget(self.grid)
        self._days = frozenset(path.days) or frozenset(WEEKDAYS)
        self._show_grid()

    def _time(self, value: str) -> TimeInput:
        made = TimeInput(value)
        made.changed.connect(self._typed)
        return made

    def _typed(self) -> None:
        self._show_grid()
        self.changed.emit()

    def _show_grid(self) -> None:
        self.grid.show_range(_minutes(self.start), _minutes(self.until), self._days)

    def _drawn(self) -> None:
        self._days = self.grid.days
        for line, minutes in ((self.start, self.grid.start), (self.until, self.grid.until)):
            line.show_time(f"{minutes // 60:02}:{minutes % 60:02}")
        self.changed.emit()

    def settings(self) -> JsonDict:
        days = tuple(day for day in WEEKDAYS if day in self._days)
        return {
            "start": self.start.time(),
            "until": self.until.time(),
            "days": () if len(days) == len(WEEKDAYS) else days,
        }


def _minutes(line: TimeInput) -> int:
    hours, _, minutes = (line.time() or "00:00").partition(":")
    return int(hours) * 60 + int(minutes)


class DateCard(PathCard):
    """A path taken in a range of dates; a bound may be left open."""

    def __init__(self, path: DatePath, number: int, scope: Scope) -> None:
        super().__init__(path, number, scope)
        self.start = self._date(tr("From"), path.start)
        self.until = self._date(tr("Until, this day included"), path.until)

    def _date(self, words: str, value: str | None) -> DateInput:
        made = DateInput(times=True)
        made.show_moment(value)
        made.changed.connect(self.changed)
        self.column.addWidget(FormField(words, made))
        return made

    def settings(self) -> JsonDict:
        return {"start": self.start.moment(), "until": self.until.moment()}
