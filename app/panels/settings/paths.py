"""The paths of a condition: a card for each, added, removed, named and put in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QToolButton, QVBoxLayout, QWidget

from app.expression import ExpressionField
from app.forms.controls import HEIGHT, button, card, emptied, icon_button, text
from app.forms.look import Look
from app.forms.number_input import NumberInput, TimeInput
from app.translation import mark, tr
from engine.expression.types import BOOLEAN, Scope
from engine.model.activities import (
    WEEKDAYS,
    CapPath,
    ConditionPath,
    DatePath,
    ExpressionPath,
    SplitPath,
    TimePath,
    Weekday,
)

_DAY_WORDS = {
    "monday": mark("Mon"),
    "tuesday": mark("Tue"),
    "wednesday": mark("Wed"),
    "thursday": mark("Thu"),
    "friday": mark("Fri"),
    "saturday": mark("Sat"),
    "sunday": mark("Sun"),
}


class PathCard(QWidget):
    """One path: its name, its order, and what decides it."""

    changed = Signal()
    removed = Signal()
    raised = Signal()

    def __init__(self, look: Look, path: ConditionPath, number: int) -> None:
        super().__init__()
        self._path = path
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        frame, self.column = card()
        outer.addWidget(frame)
        head = QHBoxLayout()
        head.setSpacing(2)
        self.name = QLineEdit(path.label)
        self.name.setObjectName(f"path-name-{number}")
        self.name.setPlaceholderText(tr("Path {number}", number=number))
        self.name.setAccessibleName(tr("Name of path {number}", number=number))
        self.name.setProperty("role", "flat")
        self.name.textEdited.connect(lambda _: self.changed.emit())
        self.up = icon_button(look, "arrow-up", tr("Try this path earlier"), size=26)
        self.up.clicked.connect(self.raised)
        self.remove = icon_button(look, "trash", tr("Remove this path"), size=26)
        self.remove.clicked.connect(self.removed)
        head.addWidget(self.name, 1)
        head.addWidget(self.up)
        head.addWidget(self.remove)
        self.column.addLayout(head)

    def path(self) -> ConditionPath:
        """The path as the user left it."""
        return self._path.model_copy(update={"label": self.name.text().strip(), **self.settings()})

    def settings(self) -> dict[str, Any]:
        """What decides the path."""
        return {}


class ExpressionCard(PathCard):
    """A path taken when an expression holds."""

    def __init__(self, look: Look, path: ExpressionPath, number: int, scope: Scope) -> None:
        super().__init__(look, path, number)
        self.expression = ExpressionField(path.expression, scope, BOOLEAN)
        self.expression.setObjectName(f"path-expression-{number}")
        self.expression.setAccessibleName(tr("When path {number} is taken", number=number))
        self.expression.changed.connect(self.changed)
        self.column.addWidget(self.expression)

    def settings(self) -> dict[str, Any]:
        return {"expression": self.expression.text()}


class SplitCard(PathCard):
    """A path taken by a share of the people."""

    def __init__(self, look: Look, path: SplitPath, number: int) -> None:
        super().__init__(look, path, number)
        row = QHBoxLayout()
        self.weight = NumberInput(100, decimals=1)
        self.weight.setFixedWidth(72)
        self.weight.setAccessibleName(tr("Share of path {number}", number=number))
        self.weight.show_number(path.weight)
        self.weight.changed.connect(self.changed)
        row.addWidget(self.weight)
        row.addWidget(text(tr("% of the people"), "secondary"))
        row.addStretch(1)
        self.column.addLayout(row)

    def settings(self) -> dict[str, Any]:
        return {"weight": self.weight.number() or 0}


class TimeCard(PathCard):
    """A path taken at hours of the day on days of the week."""

    def __init__(self, look: Look, path: TimePath, number: int) -> None:
        super().__init__(look, path, number)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.start, self.until = self._time(path.start or "00:00"), self._time(path.until or "00:00")
        self.start.setAccessibleName(tr("From"))
        self.until.setAccessibleName(tr("Until"))
        row.addWidget(self.start)
        row.addWidget(text(tr("until"), "secondary"))
        row.addWidget(self.until)
        row.addStretch(1)
        self.column.addLayout(row)
        self.days: dict[Weekday, QToolButton] = {}
        week = QHBoxLayout()
        week.setSpacing(4)
        for day in WEEKDAYS:
            made = QToolButton()
            made.setText(tr(_DAY_WORDS[day]))
            made.setCheckable(True)
            made.setProperty("role", "day")
            made.setChecked(not path.days or day in path.days)
            made.toggled.connect(lambda _: self.changed.emit())
            week.addWidget(made)
            self.days[day] = made
        self.column.addLayout(week)

    def _time(self, value: str) -> TimeInput:
        made = TimeInput(value)
        made.changed.connect(self.changed)
        return made

    def settings(self) -> dict[str, Any]:
        days = tuple(day for day, made in self.days.items() if made.isChecked())
        return {
            "start": self.start.time(),
            "until": self.until.time(),
            "days": () if len(days) == len(WEEKDAYS) else days,
        }


class DateCard(PathCard):
    """A path taken in a range of dates; a bound may be left open."""

    def __init__(self, look: Look, path: DatePath, number: int) -> None:
        super().__init__(look, path, number)
        self.start = self._date(tr("From"), path.start)
        self.until = self._date(tr("Until, this day included"), path.until)

    def _date(self, words: str, value: str | None) -> QLineEdit:
        self.column.addWidget(text(words, "caption"))
        made = QLineEdit(value or "")
        made.setPlaceholderText("2026-12-31")
        made.setAccessibleName(words)
        made.setFixedHeight(HEIGHT)
        made.textEdited.connect(lambda _: self.changed.emit())
        self.column.addWidget(made)
        return made

    def settings(self) -> dict[str, Any]:
        return {"start": self.start.text().strip() or None, "until": self.until.text().strip() or None}


class PathList(QWidget):
    """The cards of a condition, in the order in which they are tried."""

    changed = Signal()

    def __init__(self, look: Look, scope: Scope) -> None:
        super().__init__()
        self._look, self._scope = look, scope
        self._kind = ""
        self.cards: list[PathCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._cards = QVBoxLayout()
        self._cards.setSpacing(8)
        self._column.addLayout(self._cards)
        self._total: QLabel = text("", "secondary")
        self._column.addWidget(self._total)
        self.add_button = button(tr("Add a path"), kind="dashed", icon=look.icon("plus", "text"))
        self.add_button.clicked.connect(self._add)
        self._column.addWidget(self.add_button)

    def show_paths(self, kind: str, paths: Sequence[ConditionPath]) -> None:
        """Show the paths of a condition of that kind."""
        self._kind = kind
        emptied(self._cards)
        self.cards = []
        for number, path in enumerate(paths, start=1):
            self._append(path, number)
        self.add_button.setVisible(kind != "profile_cap")
        self._tell_total()

    def paths(self) -> tuple[ConditionPath, ...]:
        """The paths as the user left them."""
        return tuple(made.path() for made in self.cards)

    def _append(self, path: ConditionPath, number: int) -> None:
        makers: dict[type[ConditionPath], Callable[[], PathCard]] = {
            ExpressionPath: lambda: ExpressionCard(self._look, path, number, self._scope),  # type: ignore[arg-type]
            SplitPath: lambda: SplitCard(self._look, path, number),  # type: ignore[arg-type]
            TimePath: lambda: TimeCard(self._look, path, number),  # type: ignore[arg-type]
            DatePath: lambda: DateCard(self._look, path, number),  # type: ignore[arg-type]
            CapPath: lambda: PathCard(self._look, path, number),
        }
        made = makers[type(path)]()
        made.changed.connect(self._changed)
        made.removed.connect(lambda: self._remove(made))
        made.raised.connect(lambda: self._raise(made))
        made.up.setVisible(number > 1)
        made.remove.setVisible(self._kind != "profile_cap")
        self.cards.append(made)
        self._cards.addWidget(made)

    def _changed(self) -> None:
        self._tell_total()
        self.changed.emit()

    def _add(self) -> None:
        paths = (*self.paths(), fresh_path(self._kind, self.paths()))
        self.show_paths(self._kind, paths)
        self.changed.emit()
        self.cards[-1].name.setFocus()

    def _remove(self, gone: PathCard) -> None:
        kept = tuple(made.path() for made in self.cards if made is not gone)
        self.show_paths(self._kind, kept)
        self.changed.emit()

    def _raise(self, raised: PathCard) -> None:
        paths, index = list(self.paths()), self.cards.index(raised)
        paths[index - 1], paths[index] = paths[index], paths[index - 1]
        self.show_paths(self._kind, paths)
        self.changed.emit()

    def _tell_total(self) -> None:
        split = self._kind == "percentage"
        self._total.setVisible(split)
        if split:
            total = sum(made.weight.number() or 0 for made in self.cards if isinstance(made, SplitCard))
            self._total.setText(tr("Together {total} %, of 100 %", total=f"{total:g}"))


_PATHS: dict[str, type[ConditionPath]] = {
    "data_source": ExpressionPath,
    "percentage": SplitPath,
    "time": TimePath,
    "date": DatePath,
    "profile_cap": CapPath,
}


def fresh_path(kind: str, others: Sequence[ConditionPath]) -> ConditionPath:
    """A path with an id that no other has; a split's takes what is missing to 100 %."""
    taken = {path.id for path in others}
    number = len(others) + 1
    while f"path_{number}" in taken:
        number += 1
    settings: dict[str, Any] = {"id": f"path_{number}"}
    if kind == "percentage":
        missing = 100 - sum(path.weight for path in others if isinstance(path, SplitPath))
        settings["weight"] = max(missing, 0)
    return _PATHS[kind](**settings)


def converted(kind: str, paths: Sequence[ConditionPath]) -> tuple[ConditionPath, ...]:
    """The same paths, by id and label, for another kind of condition."""
    kept = [_PATHS[kind](id=path.id, label=path.label) for path in paths] or [fresh_path(kind, ())]
    return tuple(kept[:1] if kind == "profile_cap" else kept)
