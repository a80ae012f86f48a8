"""One panel of a report as a card: title, table or chart, actions by mouse and keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QMimeData, QPoint, QSize, Qt, Signal
from PySide6.QtGui import (
    QDrag,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPixmap,
)
from PySide6.QtWidgets import QApplication, QFrame, QHBoxLayout, QMenu, QStackedWidget, QVBoxLayout, QWidget

from app import theme
from app.forms.engine_texts import phrase_text
from app.reports.chart import ChartView
from app.reports.labels import SHAPES, panel_title
from app.reports.palette import carried
from app.reports.table import FiguresTable
from app.translation import tr
from app.widgets.controls import IconButton, label, restyle, wrapped
from app.widgets.icons import Icon
from app.widgets.texts import show_text
from engine.model.report import Panel
from engine.services.report_views import PanelFigures

PANEL_MIME = "application/x-sojourn-report-panel"
BODIES = {"small": 112, "medium": 264, "large": 460}
"""Heights of a panel's table or chart in pixels."""
HEIGHTS = tuple(BODIES)
HEAD = 74
"""Height of a card beyond its body."""


class PanelDragHandle(Icon):
    """The handle by which a card is moved."""

    def __init__(self, panel_id: str) -> None:
        super().__init__("dots-six-vertical", "faint", 18)
        self._panel_id = panel_id
        self._pressed_at: QPoint | None = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        show_text(self.setToolTip, tr("Drag to move the panel"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position().toPoint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        far = QApplication.startDragDistance()
        if self._pressed_at is None or (event.position().toPoint() - self._pressed_at).manhattanLength() < far:
            return
        self._pressed_at = None
        drag = QDrag(self)
        mime = QMimeData()
        mime.setData(PANEL_MIME, self._panel_id.encode())
        drag.setMimeData(mime)
        card = self.parentWidget()
        if card is not None:
            ghost = QPixmap(QSize(min(card.width(), 260), 44))
            ghost.fill(Qt.GlobalColor.transparent)
            card.render(ghost)
            drag.setPixmap(ghost)
        drag.exec(Qt.DropAction.MoveAction)


class ResizeGrip(Icon):
    """The corner by which a card is resized."""

    dragged = Signal(QPoint)
    """The distance from where the pointer was pressed."""

    def __init__(self) -> None:
        super().__init__("arrows-out-simple", "faint", 14)
        self._from: QPoint | None = None
        self.setCursor(Qt.CursorShape.SizeFDiagCursor)
        show_text(self.setToolTip, tr("Drag to make the panel wider or higher"))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._from = event.globalPosition().toPoint()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._from is not None:
            self.dragged.emit(event.globalPosition().toPoint() - self._from)
        self._from = None


class PanelCard(QFrame):
    """One panel; it changes nothing itself but emits signals."""

    selected = Signal(str)
    """The panel was selected: its id."""
    asked = Signal(str, str)
    """An action and the panel's id: ``duplicate``, ``visualize``, ``delete``, ``earlier``, ``later``, ``csv`` …"""
    dropped = Signal(str, object)
    """A component was dropped on the panel."""
    sort_asked = Signal(str, str)
    metrics_ordered = Signal(str, object)
    grip_dragged = Signal(str, QPoint)
    shape_asked = Signal(str, str)

    def __init__(self, panel: Panel, editable: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.panel, self._editable = panel, editable
        self.setProperty("role", "card")
        self.setObjectName("report-panel")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(editable)
        self._menu_button = IconButton("dots-three", tr("Panel actions"), size=28)
        self._menu_button.clicked.connect(self.open_menu)
        self.title = label("", "title")
        self.details = label("", "hint")
        self.table = FiguresTable()
        self.chart = ChartView()
        self.hint = wrapped("", "quiet")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.body = QStackedWidget()
        for page in (self.table, self.chart, self.hint):
            self.body.addWidget(page)
        self.table.sort_asked.connect(lambda metric: self.sort_asked.emit(self.panel.id, metric))
        self.table.metrics_ordered.connect(lambda metrics: self.metrics_ordered.emit(self.panel.id, metrics))
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 10, 6)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.setSpacing(6)
        self.handle = PanelDragHandle(self.panel.id)
        self.handle.setVisible(self._editable)
        head.addWidget(self.handle)
        head.addWidget(self.title, 1)
        head.addWidget(self._menu_button)
        column.addLayout(head)
        column.addWidget(self.body, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.details, 1)
        self.grip = ResizeGrip()
        self.grip.setVisible(self._editable)
        self.grip.dragged.connect(lambda by: self.grip_dragged.emit(self.panel.id, by))
        foot.addWidget(self.grip)
        column.addLayout(foot)

    # Showing

    def show_panel(self, panel: Panel, figures: PanelFigures | None, about: str) -> None:
        """Show a panel with its figures, None while they are computed; ``about`` describes its filter."""
        self.panel = panel
        self.setFixedHeight(BODIES[panel.height] + HEAD)
        show_text(self.title.setText, panel_title(panel))
        show_text(self.setAccessibleName, tr("Panel {title}", title=panel_title(panel)))
        show_text(self.details.setText, about)
        self._show_body(panel, figures)

    def _show_body(self, panel: Panel, figures: PanelFigures | None) -> None:
        words = ""
        if not panel.metrics:
            words = tr("Drag a metric here, or choose the panel and press Enter on one in the list.")
        elif figures is None:
            words = tr("Computing…")
        elif figures.fault:
            words = phrase_text(figures.fault)
        show_text(self.hint.setText, words)
        if words or figures is None:
            self.body.setCurrentWidget(self.hint)
            return
        shown: FiguresTable | ChartView = self.table if panel.shape == "table" else self.chart
        shown.show_figures(panel, figures)
        self.body.setCurrentWidget(shown)

    def mark(self, chosen: bool) -> None:
        """Show whether this panel is selected."""
        restyle(self, chosen=chosen)

    # Input

    def open_menu(self) -> QMenu:
        """Open the panel's menu."""
        menu = self._make_menu()
        menu.popup(self._menu_button.mapToGlobal(self._menu_button.rect().bottomLeft()))
        return menu

    def _make_menu(self) -> QMenu:
        menu = QMenu(self)
        menu.aboutToHide.connect(menu.deleteLater)
        if self._editable:
            shapes = menu.addMenu(tr("Show as"))
            for shape, (words, icon) in SHAPES.items():
                action = shapes.addAction(theme.icon(icon, "secondary"), tr(words), self._shaper(shape))
                action.setEnabled(shape != self.panel.shape)
            wide = self.panel.width == "full"
            for verb, words, icon in (
                ("visualize", tr("Add as a chart"), "chart-line"),
                ("duplicate", tr("Duplicate"), "copy"),
                ("narrower" if wide else "wider", tr("Half width") if wide else tr("Full width"), "arrows-out"),
                ("earlier", tr("Move up"), "arrow-up"),
                ("later", tr("Move down"), "arrow-down"),
            ):
                menu.addAction(theme.icon(icon, "secondary"), words, self._asker(verb))
            menu.addSeparator()
        menu.addAction(theme.icon("table", "secondary"), tr("Table (CSV)"), self._asker("csv"))
        if self._editable:
            menu.addAction(theme.icon("trash", "secondary"), tr("Delete"), self._asker("delete"))
        return menu

    def _asker(self, verb: str) -> Callable[[], None]:
        return lambda: self.asked.emit(verb, self.panel.id)

    def _shaper(self, shape: str) -> Callable[[], None]:
        return lambda: self.shape_asked.emit(self.panel.id, shape)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.selected.emit(self.panel.id)
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete on Delete; move and widen with Ctrl and arrows, change the height with Ctrl+Shift."""
        verb = _VERBS.get((Qt.Key(event.key()), event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier))
        if verb == "menu":
            self.open_menu()
        elif verb and self._editable:
            self.asked.emit(verb, self.panel.id)
        else:
            super().keyPressEvent(event)

    # Dropping

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        component = carried(event.mimeData())
        if component is not None and component.kind != "panel":
            restyle(self, dropping=True)
            event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        restyle(self, dropping=False)

    def dropEvent(self, event: QDropEvent) -> None:
        restyle(self, dropping=False)
        component = carried(event.mimeData())
        if component is not None:
            event.acceptProposedAction()
            self.dropped.emit(self.panel.id, component)


_NONE, _CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
_HIGHER = _CTRL | Qt.KeyboardModifier.ShiftModifier
_VERBS = {
    (Qt.Key.Key_Delete, _NONE): "delete",
    (Qt.Key.Key_Backspace, _NONE): "delete",
    (Qt.Key.Key_D, _CTRL): "duplicate",
    (Qt.Key.Key_Up, _CTRL): "earlier",
    (Qt.Key.Key_Down, _CTRL): "later",
    (Qt.Key.Key_Left, _CTRL): "narrower",
    (Qt.Key.Key_Right, _CTRL): "wider",
    (Qt.Key.Key_Up, _HIGHER): "lower",
    (Qt.Key.Key_Down, _HIGHER): "higher",
    (Qt.Key.Key_Return, _NONE): "settings",
    (Qt.Key.Key_F2, _NONE): "rename",
    (Qt.Key.Key_Menu, _NONE): "menu",
}
