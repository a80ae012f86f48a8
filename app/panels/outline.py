"""The outline: the journey as a tree beside the canvas, in step with the selection."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from app import theme
from app.activity_views import category, full_name, path_name, type_icon
from app.translation import tr
from app.widgets.controls import IconButton, label
from app.widgets.texts import show_text
from engine.model.activity import Activity, exit_paths
from engine.model.journey import JourneyVersion

WIDTH = 228
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
        self.setObjectName("outline")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setFixedWidth(WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 1, 0)
        column.setSpacing(0)
        head = QWidget()
        head.setFixedHeight(48)
        row = QHBoxLayout(head)
        row.setContentsMargins(16, 0, 8, 0)
        row.addWidget(label(tr("Outline"), "strong"), 1)
        close = IconButton("x", tr("Close"))
        close.clicked.connect(self.closed)
        row.addWidget(close)
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
