"""Lists around the canvas: the outline of the journey as a tree, and its problems."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QIcon, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QTreeWidget, QTreeWidgetItem, QWidget

from app import theme
from app.activity_views import category, full_name, path_name, type_icon
from app.translation import tr
from app.widgets.controls import (
    ElidedButton,
    IconButton,
    column_of,
    emptied,
    label,
    row_of,
    scroll_area,
    set_style_name,
)
from app.widgets.texts import show_text
from engine.model.activity import Activity, exit_paths
from engine.model.journey import JourneyVersion

OUTLINE_WIDTH = 228
_ID = Qt.ItemDataRole.UserRole


class OutlinePanel(QWidget):
    """Shows a journey and reports the chosen activity."""

    chosen = Signal(str)
    """An activity was selected: its id."""
    entered = Signal(str)
    """Enter was pressed on an activity."""
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: dict[str, QTreeWidgetItem] = {}
        self._following = False
        set_style_name(self, "outline")
        self.setFixedWidth(OUTLINE_WIDTH)
        column = column_of(self, 0, (0, 0, 1, 0))
        head = QWidget()
        head.setFixedHeight(48)
        row = row_of(head, margins=(16, 0, 8, 0))
        row.addWidget(label(tr("Outline"), "strong"), 1)
        row.addWidget(IconButton("x", tr("Close"), pressed=self.closed))
        column.addWidget(head)
        self.tree = QTreeWidget()
        self.tree.setHeaderHidden(True)
        self.tree.setFrameShape(QTreeWidget.Shape.NoFrame)
        self.tree.setIndentation(12)
        show_text(self.tree.setAccessibleName, tr("Outline of the journey"))
        self.tree.currentItemChanged.connect(self._choose)
        self.tree.installEventFilter(self)
        column.addWidget(self.tree, 1)

    def show_journey(self, journey: JourneyVersion, problems: Mapping[str, str]) -> None:
        """Show the journey; ``problems`` are texts by activity."""
        current = self.current
        self._following = True
        self.tree.clear()
        self._items = {}
        top = self.tree.invisibleRootItem()
        for activity in journey.activities:
            if activity.id not in journey.incoming:
                self._add(journey, activity.id, top, problems)
        for activity in journey.activities:
            self._add(journey, activity.id, top, problems)
        self.tree.expandAll()
        self._following = False
        self.follow([current] if current else [])

    def _add(self, journey: JourneyVersion, name: str, parent: QTreeWidgetItem, problems: Mapping[str, str]) -> None:
        """Add an activity and its followers: one path continues at the same depth, several go deeper."""
        while name in journey.by_id and name not in self._items:
            activity = journey.by_id[name]
            item = QTreeWidgetItem(parent, [full_name(activity)])
            item.setIcon(0, self._icon(activity, name in problems))
            item.setData(0, _ID, name)
            trouble = problems.get(name, "")
            spoken = f"{full_name(activity)}, {trouble}" if trouble else full_name(activity)
            item.setData(0, Qt.ItemDataRole.AccessibleTextRole, spoken)
            item.setToolTip(0, spoken)
            if trouble:
                item.setForeground(0, theme.color("error"))
            self._items[name] = item
            edges = journey.outgoing.get(name, ())
            ways = exit_paths(activity)
            if len(ways) == 1 and len(edges) <= 1:
                name = edges[0].target if edges else ""
                continue
            for way in ways:
                branch = item
                if called := path_name(activity, way):
                    branch = QTreeWidgetItem(item, [called])
                    branch.setForeground(0, theme.color("secondary"))
                for edge in edges:
                    if edge.path == way:
                        self._add(journey, edge.target, branch, problems)
            return

    def _icon(self, activity: Activity, wrong: bool) -> QIcon:
        """Return the icon of the kind, or of a problem, so that colour is not the only sign."""
        if wrong:
            return theme.icon("warning-circle", "error")
        return theme.icon(type_icon(activity.type), category(activity.type))

    @property
    def current(self) -> str:
        """The activity that the tree stands on; '' for none."""
        item = self.tree.currentItem()
        return str(item.data(0, _ID) or "") if item is not None else ""

    def follow(self, names: Collection[str]) -> None:
        """Follow the canvas selection."""
        if len(names) != 1:
            return
        item = self._items.get(next(iter(names)))
        if item is not None and item is not self.tree.currentItem():
            self._following = True
            self.tree.setCurrentItem(item)
            self._following = False

    def _choose(self, item: QTreeWidgetItem | None) -> None:
        if not self._following and item is not None and item.data(0, _ID):
            self.chosen.emit(str(item.data(0, _ID)))

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        """Open the settings on Enter."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current:
                self.entered.emit(self.current)
                return True
            if event.key() == Qt.Key.Key_Escape:
                self.closed.emit()
                return True
        return False


@dataclass(frozen=True, slots=True)
class ProblemEntry:
    """One problem. ``place`` is the activity's name; ``activity`` is its id or None."""

    code: str
    error: bool
    activity: str | None
    place: str
    path: str
    message: str

    @property
    def details(self) -> str:
        """Return the details for support in one line."""
        return " ".join(part for part in (self.code, self.activity or "", self.path, self.message) if part)


class ProblemList(QFrame):
    """The problems, those of the whole journey first."""

    chosen = Signal(str)
    """An activity is to be shown: its id."""
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "float")
        self.setFixedHeight(220)
        column = column_of(self, 4, (12, 8, 8, 8))
        head = QHBoxLayout()
        head.addWidget(label(tr("Problems"), "title"), 1)
        head.addWidget(IconButton("x", tr("Close"), pressed=self.closed))
        column.addLayout(head)
        area, self._rows = scroll_area(2, (0, 0, 8, 0))
        column.addWidget(area, 1)
        self.rows: list[QPushButton] = []

    def show_problems(self, problems: Sequence[ProblemEntry]) -> None:
        """Show these problems, or that there are none."""
        emptied(self._rows)
        self.rows = []
        for problem in problems:
            self._rows.addWidget(self._row(problem))
        if not problems:
            self._rows.addWidget(label(tr("No problems. This journey can be tested and published."), "quiet"))
        self._rows.addStretch(1)

    def _row(self, problem: ProblemEntry) -> QWidget:
        holder = QWidget()
        row = row_of(holder, 4)
        icon = theme.icon(*(("warning-circle", "error") if problem.error else ("warning", "warning")))
        words = f"{problem.place}: {problem.message}" if problem.place else problem.message
        made = ElidedButton(icon, "  " + words)
        made.setProperty("role", "row")
        made.setIconSize(QSize(16, 16))
        made.setToolTip(f"{words}\n{problem.code}")
        made.setMinimumWidth(80)
        made.clicked.connect(lambda: self.chosen.emit(problem.activity or ""))
        self.rows.append(made)
        row.addWidget(made, 1)
        copy = IconButton(
            "copy", tr("Copy details"), pressed=lambda: QGuiApplication.clipboard().setText(problem.details)
        )
        row.addWidget(copy, 0, Qt.AlignmentFlag.AlignRight)
        return holder
