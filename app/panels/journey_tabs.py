"""The tabs of the open journeys, in a strip that scrolls, with a menu of those that do not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QMouseEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QMenu, QPushButton, QScrollArea, QWidget

from app import theme
from app.translation import tr
from app.widgets.controls import IconButton, emptied, row_of, set_style_name

HEIGHT = 50


@dataclass(frozen=True, slots=True)
class TabEntry:
    """An open journey."""

    key: str
    name: str


class JourneyTab(QWidget):
    """The tab of an open journey: a click shows it, the cross closes it."""

    shown = Signal(str)
    closed = Signal(str)

    def __init__(self, tab: TabEntry, current: bool) -> None:
        super().__init__()
        self._key = tab.key
        set_style_name(self, "journey-tab")
        self.setProperty("current", current)
        self.setFixedHeight(34)
        self.setMaximumWidth(240)
        row = row_of(self, 4, (8, 0, 4, 0))
        self.button = QPushButton(theme.icon("path", "secondary"), "  " + tab.name)
        self.button.setProperty("role", "tab")
        self.button.setProperty("current", current)
        self.button.setIconSize(QSize(16, 16))
        self.button.setAccessibleName(tab.name)
        self.button.setToolTip(tab.name)
        self.button.clicked.connect(lambda: self.shown.emit(self._key))
        self.cross = IconButton("x", tr("Close {name}", name=tab.name), size=22)
        self.cross.setIconSize(QSize(12, 12))
        self.cross.clicked.connect(lambda: self.closed.emit(self._key))
        row.addWidget(self.button)
        row.addWidget(self.cross)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.MiddleButton:
            self.closed.emit(self._key)
        elif event.button() == Qt.MouseButton.LeftButton:
            self.shown.emit(self._key)


class _Strip(QScrollArea):
    """Scrolls across by the wheel, without a scroll bar."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFixedHeight(HEIGHT)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll across."""
        delta = event.angleDelta()
        bar = self.horizontalScrollBar()
        bar.setValue(bar.value() - (delta.x() or delta.y()))


class TabStrip(QWidget):
    """The current tab is always visible; the menu lists all tabs if they do not fit."""

    shown = Signal(str)
    closed = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._tabs: tuple[TabEntry, ...] = ()
        self._current: str | None = None
        self._made: dict[str, JourneyTab] = {}
        row = row_of(self, 4)
        self._tabs_row = row_of(spacing=4)
        self._holder = QWidget()
        inner = row_of(self._holder)
        inner.addLayout(self._tabs_row)
        inner.addStretch(1)
        self._holder.installEventFilter(self)
        self.strip = _Strip()
        self.strip.setWidget(self._holder)
        row.addWidget(self.strip, 1)
        self.menu_button = IconButton("caret-down", tr("Open journeys"), pressed=self._open_menu)
        self.menu_button.setVisible(False)
        row.addWidget(self.menu_button)
        self._fitting = QTimer(self, singleShot=True, interval=0)
        self._fitting.timeout.connect(self._fit)

    def show_tabs(self, tabs: Sequence[TabEntry], current: str | None) -> None:
        """Show the open journeys; ``current`` is in front."""
        emptied(self._tabs_row)
        self._tabs, self._current, self._made = tuple(tabs), current, {}
        for tab in tabs:
            made = self._made[tab.key] = JourneyTab(tab, tab.key == current)
            made.shown.connect(self.shown)
            made.closed.connect(self.closed)
            self._tabs_row.addWidget(made)
        self._fitting.start()

    def _open_menu(self) -> None:
        self.menu = QMenu(self)
        for tab in self._tabs:
            action = self.menu.addAction(tab.name, partial(self.shown.emit, tab.key))
            action.setCheckable(True)
            action.setChecked(tab.key == self._current)
        self.menu.aboutToHide.connect(self.menu.deleteLater)
        self.menu.popup(self.menu_button.mapToGlobal(self.menu_button.rect().bottomLeft()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the tabs to the new width."""
        super().resizeEvent(event)
        self._fitting.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Fit the tabs anew when their widths change, as they do with the style, the language and the state."""
        if watched is self._holder and event.type() == QEvent.Type.LayoutRequest:
            self._fitting.start()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """Show the menu if tabs are hidden, and scroll to the current one, once they are laid out."""
        self.menu_button.setVisible(self._holder.sizeHint().width() > self.width())
        current = self._made.get(self._current or "")
        if current is not None:
            bar, place = self.strip.horizontalScrollBar(), current.geometry()
            bar.setValue(max(min(bar.value(), place.left()), place.right() + 1 - self.strip.viewport().width()))
