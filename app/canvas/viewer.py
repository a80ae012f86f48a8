"""The view on the scene: zoom, pan, the dotted ground; mouse and keys are handed to the gestures.

It keeps NodeGraphQt's scene and item handling and takes everything else in its own hands: NodeGraphQt zooms by
fitting rectangles, drifts on resizing, and changes its own model on every gesture.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Protocol

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmapCache,
    QPolygonF,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QGraphicsView, QToolTip, QWidget

from app.canvas.nodegraph import NodeViewer, hide_grid
from app.canvas.painting import GRID, CanvasLook
from app.theme.colors import ColorScheme

ZOOM_LEAST, ZOOM_MOST = 0.1, 3.0
ZOOM_STEPS = (0.1, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 2.0, 3.0)
_WORLD = QRectF(-50_000, -50_000, 100_000, 100_000)
_DOTS = 16
"""The ground is drawn in squares of as many dots a side: made once, and few calls for a whole view."""


@cache
def _dots(step: int) -> QPolygonF:
    return QPolygonF([QPointF(x * step, y * step) for y in range(_DOTS) for x in range(_DOTS)])


class MouseHandler(Protocol):
    """What the viewer hands the mouse to."""

    def press(self, event: QMouseEvent) -> None: ...
    def move(self, event: QMouseEvent) -> None: ...
    def release(self, event: QMouseEvent) -> None: ...
    def double_click(self, event: QMouseEvent) -> None: ...
    def leave(self) -> None: ...
    def tip(self, point: QPointF) -> str: ...
    def draw(self, painter: QPainter) -> None: ...


class DropHandler(Protocol):
    """What the viewer hands drags to."""

    def over(self, event: QDragMoveEvent) -> None: ...
    def leave(self) -> None: ...
    def drop(self, event: QDropEvent) -> None: ...


class JourneyViewer(NodeViewer):
    """The canvas as a Qt view."""

    zoomed = Signal(float)
    """The scale, 1.0 at 100 %."""

    panned = Signal()
    resized = Signal()
    menu_requested = Signal(QPoint, QPointF)
    """Where on the screen and where on the canvas."""

    def __init__(self, look: CanvasLook, parent: QWidget | None = None) -> None:
        self._ready = False
        super().__init__(parent)
        self.look = look
        self.mouse: MouseHandler | None = None
        self.drops: DropHandler | None = None
        self.reading: object = None
        self.keys: Callable[[QKeyEvent], bool] = lambda event: False
        self.menu_key: Callable[[], object] = lambda: None
        self._ready = True
        self._center = QPointF(0, 0)
        self._scale = 1.0
        self.looks = 0
        """How often someone looked elsewhere."""
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSceneRect(_WORLD)
        self.scene().setSceneRect(_WORLD)
        self.scene().setBackgroundBrush(Qt.BrushStyle.NoBrush)
        hide_grid(self)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontSavePainterState)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setSizeAdjustPolicy(QAbstractScrollArea.SizeAdjustPolicy.AdjustIgnored)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(200, 160)
        self.viewport().setMouseTracking(True)
        QPixmapCache.setCacheLimit(max(QPixmapCache.cacheLimit(), 64 * 1024))

    # Zoom and pan

    @property
    def scale_now(self) -> float:
        """The scale, 1.0 at 100 %."""
        return self._scale

    @property
    def center(self) -> QPointF:
        """What is in the middle, in the scene."""
        return QPointF(self._center)

    def look_at(self, center: QPointF, scale: float | None = None) -> None:
        """Puts a point of the scene in the middle, at a scale."""
        if scale is not None:
            self._scale = min(max(scale, ZOOM_LEAST), ZOOM_MOST)
            self.setTransform(QTransform.fromScale(self._scale, self._scale))
        self.looks += 1
        self._center = QPointF(center)
        self.centerOn(self._center)
        if scale is not None:
            self.zoomed.emit(self._scale)
        self.panned.emit()

    def zoom_at(self, place: QPointF, factor: float) -> None:
        """Zooms so that the point under the mouse (in the view) stays where it is."""
        fixed = self._scene_point(place)
        scale = min(max(self._scale * factor, ZOOM_LEAST), ZOOM_MOST)
        offset = place - QPointF(self.viewport().rect().center())
        self.look_at(fixed - offset / scale, scale)

    def pan_by(self, delta: QPointF) -> None:
        """Moves the scene by a distance in the view."""
        self.look_at(self._center - delta / self._scale)

    def show_box(self, box: QRectF, most: float = 1.0, margin: float = 48.0) -> None:
        """Makes a box fit into the view, no larger than ``most``."""
        if box.isEmpty():
            self.look_at(QPointF(self.viewport().width() / 2 - 140, self.viewport().height() / 2 - 160), 1.0)
            return
        room = self.viewport().rect()
        scale = min((room.width() - 2 * margin) / box.width(), (room.height() - 2 * margin) / box.height(), most)
        self.look_at(box.center(), max(scale, ZOOM_LEAST))

    def _scene_point(self, place: QPointF) -> QPointF:
        return self._center + (place - QPointF(self.viewport().rect().center())) / self._scale

    def scene_point(self, place: QPointF) -> QPointF:
        """A point of the view as a point of the scene, to the fraction."""
        inverse, _ = self.viewportTransform().inverted()
        return inverse.map(place)

    def scene_box(self) -> QRectF:
        """What of the scene is seen."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    # NodeGraphQt's own zooming and painting, replaced

    def _update_scene(self) -> None:
        """NodeGraphQt fits a rectangle here; the canvas keeps a centre and a scale instead."""

    def set_theme(self, theme: ColorScheme) -> None:
        """Other colours."""
        self.look.theme = theme
        self.scene().update()
        self.viewport().update()

    def drawBackground(self, painter: QPainter, rect: QRectF | object) -> None:
        """The ground with its dots, fewer when far away."""
        if not isinstance(rect, QRectF):
            return
        theme = self.look.theme
        painter.fillRect(rect, theme.color("canvas"))
        if self._scale < 0.3 or self.look.outlined:
            return
        pen = QPen(theme.color("dot"), 2)
        pen.setCosmetic(True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(pen)
        step = GRID if self._scale >= 0.6 else GRID * 2
        dots, side = _dots(step), _DOTS * step
        for left in range(math.floor(rect.left() / side) * side, math.ceil(rect.right()), side):
            for top in range(math.floor(rect.top() / side) * side, math.ceil(rect.bottom()), side):
                painter.translate(left, top)
                painter.drawPoints(dots)
                painter.translate(-left, -top)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)

    def drawForeground(self, painter: QPainter, rect: QRectF | object) -> None:
        """What gestures draw: the selection rectangle and guides."""
        if self.mouse is not None:
            self.mouse.draw(painter)

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the middle in the middle."""
        if self._ready:
            self.centerOn(self._center)
            self.panned.emit()
            self.resized.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """To the gestures."""
        if self.mouse is not None:
            self.mouse.press(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """To the gestures."""
        if self.mouse is not None:
            self.mouse.move(event)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """To the gestures."""
        if self.mouse is not None:
            self.mouse.release(event)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """To the gestures."""
        if self.mouse is not None:
            self.mouse.double_click(event)
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zooms at the pointer; with Shift, or sideways, it pans."""
        turned = event.angleDelta()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or turned.y() == 0:
            self.pan_by(QPointF(turned.x() or turned.y(), 0) / 2)
        else:
            self.zoom_at(event.position(), 1.0015 ** turned.y())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is hovered any more."""
        if self.mouse is not None:
            self.mouse.leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """To the canvas; what it does not know goes on to the window."""
        if self.keys(event):
            event.accept()
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """To the canvas too: space held down pans."""
        if self.keys(event):
            event.accept()
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Shows where the focus is."""
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A gesture does not go on while the keys go elsewhere."""
        self.viewport().update()

    def focusNextPrevChild(self, following: bool) -> bool:
        """Tab belongs to the canvas: it opens quick-add."""
        return False

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Asks the window for a menu; the menu key asks at what is selected."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.menu_key()
            event.accept()
            return
        self.menu_requested.emit(event.globalPos(), self.scene_point(QPointF(event.pos())))
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """To the gestures."""
        if self.drops is not None:
            self.drops.over(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """To the gestures."""
        if self.drops is not None:
            self.drops.over(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """To the gestures."""
        if self.drops is not None:
            self.drops.leave()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """To the gestures."""
        if self.drops is not None:
            self.drops.drop(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tooltips: names in full, and what is wrong."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.mouse is not None:
            words = self.mouse.tip(self.scene_point(QPointF(event.pos())))
            QToolTip.showText(event.globalPos(), words, self.viewport())
            return True
        return bool(super().viewportEvent(event))
