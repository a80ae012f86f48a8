"""Overlays above the canvas: zoom bar, overview map, search field."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QHBoxLayout, QLabel, QPushButton, QWidget

from app.activity_views import category
from app.canvas.projection import Projection
from app.canvas.selection import CanvasSelection
from app.canvas.viewer import JourneyViewer
from app.theme import current_scheme
from app.theme.colors import LIGHT
from app.translation import tr
from app.widgets.controls import IconButton, rule
from app.widgets.search_field import SearchField
from app.widgets.texts import show_text

MARGIN = 16


class Overlay(QFrame):
    """A floating frame above the canvas, with a shadow."""

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self.setProperty("role", "float")
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(18)
        shadow.setOffset(0, 3)
        shadow.setColor(LIGHT.faded("shadow", 0.14))
        self.setGraphicsEffect(shadow)


class ZoomBar(Overlay):
    """Zoom out, scale, zoom in, fit, arrange, map."""

    zoom_in = Signal()
    zoom_out = Signal()
    zoom_100 = Signal()
    fit = Signal()
    arrange = Signal()
    map_wanted = Signal(bool)
    outline_wanted = Signal()

    def __init__(self, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._out = IconButton("minus", tr("Zoom out"))
        self.percent = QPushButton("100 %")
        self.percent.setProperty("role", "link")
        self.percent.setFixedWidth(52)
        self.percent.setStyleSheet("text-align: center; color: palette(window-text);")
        self._in = IconButton("plus", tr("Zoom in"))
        self._fit = IconButton("corners-out", tr("Zoom to fit"))
        self.arrange_button = IconButton("tree-structure", tr("Arrange"))
        self.map_button = IconButton("map-trifold", tr("Overview map"))
        self.map_button.setCheckable(True)
        self.outline_button = IconButton("list-bullets", tr("Outline"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 2, 4, 2)
        layout.setSpacing(2)
        for widget in (self._out, self.percent, self._in, rule(vertical=True), self._fit, rule(vertical=True)):
            layout.addWidget(widget)
        layout.addWidget(self.arrange_button)
        layout.addWidget(self.map_button)
        layout.addWidget(self.outline_button)
        for button, signal in (
            (self._out, self.zoom_out),
            (self.percent, self.zoom_100),
            (self._in, self.zoom_in),
            (self._fit, self.fit),
            (self.arrange_button, self.arrange),
            (self.outline_button, self.outline_wanted),
        ):
            button.clicked.connect(signal)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.map_button.toggled.connect(self.map_wanted)
        show_text(self.percent.setToolTip, tr("Back to 100 %"))
        show_text(self.percent.setAccessibleName, tr("Back to 100 %"))

    def show_scale(self, scale: float) -> None:
        """Show the scale in per cent."""
        self.percent.setText(f"{round(scale * 100)} %")


class OverviewMap(Overlay):
    """A miniature of the journey with the visible part; press or drag to move there."""

    SIZE = (208, 132)

    def __init__(self, canvas: QWidget, viewer: JourneyViewer, projection: Projection) -> None:
        super().__init__(canvas)
        self._viewer, self._projection = viewer, projection
        self.setFixedSize(*self.SIZE)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        show_text(self.setAccessibleName, tr("Overview map"))
        self.hide()

    def _frame(self) -> tuple[QRectF, float, QPointF]:
        """Return the part of the scene the map shows, its scale and the origin's position."""
        whole = self._projection.content().united(self._viewer.scene_box()).adjusted(-40, -40, 40, 40)
        room = QRectF(self.rect()).adjusted(8, 8, -8, -8)
        scale = min(room.width() / max(1.0, whole.width()), room.height() / max(1.0, whole.height()))
        return whole, scale, room.center() - whole.center() * scale

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint activities as dots, lines, and the visible part."""
        super().paintEvent(event)
        theme = current_scheme()
        _, scale, origin = self._frame()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(origin)
        painter.scale(scale, scale)
        pen = QPen(theme.color("edge"), 1)
        pen.setCosmetic(True)
        painter.setPen(pen)
        for edge in self._projection.edges.values():
            painter.drawPath(edge.path())
        painter.setPen(Qt.PenStyle.NoPen)
        for node in self._projection.nodes.values():
            painter.setBrush(theme.color("accent" if node.isSelected() else category(node.activity.type)))
            painter.drawEllipse(node.pos(), 30, 30)
        pen = QPen(theme.color("accent"), 1.5)
        pen.setCosmetic(True)
        painter.setPen(pen)
        painter.setBrush(theme.faded("accent", 0.08))
        painter.drawRect(self._viewer.scene_box())
        painter.end()

    def _go(self, event: QMouseEvent) -> None:
        _, scale, origin = self._frame()
        self._viewer.look_at((event.position() - origin) / scale)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the view there."""
        self._go(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the view along."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(event)


class FindBar(Overlay):
    """A field to find activities by their texts; Enter goes to the next match, Esc closes."""

    def __init__(
        self, canvas: QWidget, viewer: JourneyViewer, projection: Projection, selection: CanvasSelection
    ) -> None:
        super().__init__(canvas)
        self._viewer, self._projection, self._selection = viewer, projection, selection
        self._matches: list[str] = []
        self.field = SearchField(tr("Find in the journey"))
        self.field.setFixedWidth(220)
        self.count = QLabel()
        self.count.setProperty("role", "secondary")
        self.count.setMinimumWidth(44)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 6, 12, 6)
        layout.addWidget(self.field)
        layout.addWidget(self.count)
        self.field.searched.connect(self.search)
        self.hide()

    def open(self) -> None:
        """Show the field, ready to type."""
        self.adjustSize()
        self.place()
        self.show()
        self.raise_()
        self.field.setFocus()
        self.field.selectAll()

    def place(self) -> None:
        """Move to the upper right corner."""
        self.move(self._canvas.width() - self.width() - MARGIN, MARGIN)

    def search(self, words: str) -> tuple[str, ...]:
        """Search for these words from left to right, then select and show the first match."""
        sought = words.casefold().strip()
        nodes = sorted(self._projection.nodes.values(), key=lambda node: (node.pos().x(), node.pos().y()))
        self._matches = [
            node.id
            for node in nodes
            if sought and sought in f"{node.title} {node.subtitle} {node.id} {node.activity.description}".casefold()
        ]
        if self._matches:
            self._selection.select(self._matches[:1], show=True)
        self._show_count(1, len(self._matches))
        return tuple(self._matches)

    def step(self, by: int = 1) -> None:
        """Select the next match, or the previous one with -1."""
        matches = [name for name in self._matches if name in self._projection.nodes]
        if not matches:
            return
        selected = self._selection.activities
        at = matches.index(selected[0]) + by if selected and selected[0] in matches else 0
        self._selection.select([matches[at % len(matches)]], show=True)
        self._show_count(at % len(matches) + 1, len(matches))

    def _show_count(self, at: int, total: int) -> None:
        show_text(self.count.setText, f"{at} / {total}" if total else (tr("None") if self.field.sought() else ""))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close on Esc; go to the next match on Enter, to the previous with Shift."""
        if event.key() == Qt.Key.Key_Escape:
            self.hide()
            self._viewer.setFocus()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.step(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        else:
            super().keyPressEvent(event)
