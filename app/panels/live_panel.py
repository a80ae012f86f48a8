"""A running version: key figures, entrances, people, messages and actions, errors, latest steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from app import theme
from app.forms.engine_texts import failure_label
from app.panels.ranking_rows import BarEntry, Ranked, StepEntry, grouped, show_ranking, step_row
from app.panels.window_bars import StateDot
from app.translation import mark, tr, tr_n
from app.widgets.controls import (
    Button,
    Segmented,
    card,
    column_of,
    emptied,
    label,
    restyle,
    row_of,
    rule,
    scroll_area,
    set_style_name,
)
from app.widgets.tab_order import laid_out
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
        column = column_of(self, 4)
        head = QHBoxLayout()
        self.back = Button("", kind="link", icon=theme.icon("caret-left", "accent"), pressed=self.go_back)
        self.heading = label("", "strong")
        head.addWidget(self.back)
        head.addWidget(self.heading, 1)
        column.addLayout(head)
        self._stack = QStackedWidget()
        self._pages: list[QWidget] = []
        self._levels = [self._level(), self._level(), self._level()]
        column.addWidget(self._stack)
        self._go(0)

    def _level(self) -> QVBoxLayout:
        page = QWidget()
        column = column_of(page, 2)
        column.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._stack.addWidget(page)
        self._pages.append(page)
        return column

    def rows(self) -> list[QWidget]:
        """Return the rows of the current level."""
        return laid_out(self._levels[self.level])

    @property
    def level(self) -> int:
        """0 for the activities, 1 for the people of one, 2 for one person's way."""
        return self._stack.currentIndex()

    @property
    def activity(self) -> str:
        """The activity whose people are shown."""
        return self._activity

    def _go(self, level: int) -> None:
        """Show a level; only its rows count for the height."""
        for index in range(len(self._pages)):
            height = QSizePolicy.Policy.Preferred if index == level else QSizePolicy.Policy.Ignored
            self._pages[index].setSizePolicy(QSizePolicy.Policy.Preferred, height)
        self._stack.setCurrentIndex(level)
        self.back.setVisible(level > 0)
        self.heading.setVisible(level > 0)
        show_text(self.back.setText, " " + (tr("Everywhere", "activities") if level == 1 else self._activity_words))

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
        show_ranking(self._levels[0], places, "accent", tr("No one is in the journey now."), self._ask_people)

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


WIDTH = 340

RANGES = ((None, mark("Total")), (3_600_000, mark("Last hour")), (86_400_000, mark("Last day")))
"""The periods, in milliseconds."""

_FIGURES = (
    ("entered", mark("Entered")),
    ("completed", mark("Completed")),
    ("current", mark("In the journey")),
    ("failed", mark("Failed")),
)


@dataclass(frozen=True, slots=True)
class LiveFigures:
    """The content of the panel. ``entrances`` are (minute as HH:MM, people), oldest first."""

    figures: dict[str, int]
    rate: float
    entrances: tuple[tuple[str, int], ...] = ()
    bars: tuple[BarEntry, ...] = ()
    errors: tuple[BarEntry, ...] = ()
    steps: tuple[StepEntry, ...] = ()
    kinds: dict[str, int] = field(default_factory=dict)
    places: tuple[BarEntry, ...] = ()
    """How many people stand at each activity."""


class EntranceSparkline(QWidget):
    """People who entered in each minute, as an area."""

    def __init__(self) -> None:
        super().__init__()
        self._points: tuple[tuple[str, int], ...] = ()
        self.setFixedHeight(112)

    def show_points(self, points: Sequence[tuple[str, int]]) -> None:
        """Show these (time, people)."""
        self._points = tuple(points)
        total = sum(count for _, count in points)
        show_text(
            self.setAccessibleName,
            tr_n("1 person entered in the last hour", "{count} people entered in the last hour", total),
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot = QRectF(0, 6, self.width(), self.height() - 30)
        painter.setPen(theme.color("hairline"))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        painter.setFont(theme.font(12))
        painter.setPen(theme.color("secondary"))
        if not self._points:
            painter.drawText(plot, Qt.AlignmentFlag.AlignCenter, tr("No one in the last hour"))
            return
        self._area(painter, plot)
        painter.setPen(theme.color("secondary"))
        axis = QRectF(0, plot.bottom() + 4, self.width(), 18)
        painter.drawText(axis, Qt.AlignmentFlag.AlignLeft, self._points[0][0])
        painter.drawText(axis, Qt.AlignmentFlag.AlignRight, tr("now"))

    def _area(self, painter: QPainter, plot: QRectF) -> None:
        most = max(1, *(count for _, count in self._points))
        gap = plot.width() / max(len(self._points) - 1, 1)
        line = [
            QPointF(plot.left() + index * gap, plot.bottom() - plot.height() * count / most)
            for index, (_, count) in enumerate(self._points)
        ]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent_tint"))
        painter.drawPolygon(QPolygonF([plot.bottomLeft(), *line, QPointF(line[-1].x(), plot.bottom())]))
        painter.setPen(QPen(theme.color("accent"), 1.8))
        painter.drawPolyline(QPolygonF(line))


class LivePanel(QWidget):
    """The live figures; a click on an activity shows it on the canvas."""

    chosen = Signal(str)
    ranged = Signal(object)
    """Figures of the last milliseconds are requested, or None for all time."""
    operations_requested = Signal(str)
    """A section of the operations is to be shown for this journey: ``failed_people`` or ``refused_events``."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown: LiveFigures | None = None
        set_style_name(self, "live-panel")
        self.setFixedWidth(WIDTH)
        outer = column_of(self, 0)
        head = QWidget()
        head.setFixedHeight(48)
        row = row_of(head, margins=(16, 0, 16, 0))
        row.addWidget(label(tr("Live"), "title"), 1)
        self.rate = StateDot()
        row.addWidget(self.rate)
        outer.addWidget(head)
        outer.addWidget(rule())
        area, self._column = scroll_area(8, (16, 14, 16, 16), sideways=False)
        self.range = Segmented([(key, tr(words)) for key, words in RANGES])
        show_text(self.range.setAccessibleName, tr("Time"))
        self.range.choose(None)
        self.range.chosen.connect(self.ranged)
        self._column.addWidget(self.range)
        self._column.addSpacing(4)
        self._add_figures()
        self._entrances = EntranceSparkline()
        self._add_part(tr("Entrances"), self._entrances)
        self.people = LivePeople()
        self._add_part(tr("People by activity"), self.people)
        self._bars = self._list(tr("Messages and actions"))
        self._errors = self._list(tr("Errors"))
        self._kinds = self._list(tr("Errors by kind"))
        self._steps = self._list(tr("Latest steps"))
        self._column.addStretch(1)
        outer.addWidget(area, 1)

    def _add_figures(self) -> None:
        grid = QGridLayout()
        grid.setSpacing(8)
        self.figures = {}
        for index, (key, words) in enumerate(_FIGURES):
            frame, column = card()
            column.setSpacing(0)
            figure = label("0", "figure")
            show_text(figure.setAccessibleName, tr(words))
            column.addWidget(figure)
            column.addWidget(label(tr(words), "secondary"))
            grid.addWidget(frame, index // 2, index % 2)
            self.figures[key] = figure
        self._column.addLayout(grid)
        self.failed_button = self._link(tr("Show the failed people"), "failed_people")
        self.failed_button.setVisible(False)
        self.refused_button = self._link(tr("Show the refused events"), "refused_events")

    def _link(self, words: str, section: str) -> Button:
        made = Button(words, kind="link", pressed=lambda: self.operations_requested.emit(section))
        self._column.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
        return made

    def _add_part(self, title: str, widget: QWidget) -> None:
        self._column.addSpacing(8)
        self._column.addWidget(label(title, "caption"))
        self._column.addWidget(widget)

    def _list(self, title: str) -> QVBoxLayout:
        holder = QWidget()
        column = column_of(holder, 2)
        self._add_part(title, holder)
        return column

    def show_live(self, live: LiveFigures) -> None:
        """Show these figures, updating only what changed."""
        before, self._shown = self._shown, live
        for key, figure in self.figures.items():
            figure.setText(grouped(live.figures.get(key, 0)))
        failed = bool(live.figures.get("failed"))
        if (self.figures["failed"].property("role") == "error_figure") != failed:
            restyle(self.figures["failed"], role="error_figure" if failed else "figure")
        self.failed_button.setVisible(failed)
        role = "event" if live.rate else "faint"
        self.rate.show_state(
            tr("{rate} steps/s", rate=f"{live.rate:.0f}" if live.rate >= 1 or not live.rate else "<1"), role
        )
        self._entrances.show_points(live.entrances)
        if before is None or before.bars != live.bars:
            self._show_bars(self._bars, live.bars, "accent", tr("Nothing was sent yet."))
        if before is None or before.errors != live.errors:
            self._show_bars(self._errors, live.errors, "error", tr("No errors."))
        if before is None or before.kinds != live.kinds:
            kinds = [BarEntry("", failure_label(kind), count) for kind, count in live.kinds.items()]
            self._show_bars(self._kinds, kinds, "error", tr("No errors."))
        self.people.show_activities(live.places)
        if before is None or before.steps != live.steps:
            self._show_steps(live.steps)

    def _show_bars(self, column: QVBoxLayout, bars: Sequence[BarEntry], role: str, nothing: str) -> None:
        show_ranking(column, bars, role, nothing, self._choose)

    def _choose(self, bar: BarEntry) -> None:
        if bar.activity:
            self.chosen.emit(bar.activity)

    def _show_steps(self, steps: Sequence[StepEntry]) -> None:
        emptied(self._steps)
        for step in steps:
            self._steps.addWidget(step_row(step))
        if not steps:
            self._steps.addWidget(label(tr("No activity yet. Send an event to the inlet."), "quiet"))
