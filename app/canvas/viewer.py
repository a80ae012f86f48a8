"""The graphics view: zoom, pan, dotted background; mouse and keys go to the controllers.

It keeps NodeGraphQt's scene and item handling and replaces the rest: NodeGraphQt zooms by fitting rectangles, drifts on
resizing, and changes its own model on every gesture.
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
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
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
"""Side of a background tile in dots: tiles are cached and need few draw calls."""


@cache
def _dots(step: int) -> QPolygonF:
    return QPolygonF([QPointF(x * step, y * step) for y in range(_DOTS) for x in range(_DOTS)])


_LEAST_PINCH = 0.5


def _is_touchpad(event: QWheelEvent) -> bool:
    """Return whether fingers scroll: both ways at once, in pixels or in phases."""
    finger = event.device().type() == QInputDevice.DeviceType.TouchPad
    return finger or event.phase() != Qt.ScrollPhase.NoScrollPhase or not event.pixelDelta().isNull()


def _needed_shift(wanted: tuple[float, float], shown: tuple[float, float]) -> float:
    """Return how far one axis of the view must move to show the wanted part, or its beginning."""
    if wanted[0] < shown[0] or wanted[1] - wanted[0] > shown[1] - shown[0]:
        return wanted[0] - shown[0]
    return max(0.0, wanted[1] - shown[1])


class MouseHandler(Protocol):
    """Receives mouse events."""

    def press(self, event: QMouseEvent) -> None: ...
    def move(self, event: QMouseEvent) -> None: ...
    def release(self, event: QMouseEvent) -> None: ...
    def double_click(self, event: QMouseEvent) -> None: ...
    def leave(self) -> None: ...
    def lose_focus(self, to_popup: bool) -> None: ...
    def tip(self, point: QPointF) -> str: ...
    def draw(self, painter: QPainter) -> None: ...


class DropHandler(Protocol):
    """Receives drag events."""

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
    """Position on the screen and on the canvas."""

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
        self._size = self.viewport().size()
        self.looks = 0
        """Counts changes of the visible area."""
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

    @property
    def corner(self) -> QPointF:
        """The upper left of what is shown, in the scene: it stays when the view is resized."""
        return self._center - self._half_view()

    def show_corner(self, corner: QPointF, scale: float) -> None:
        """Show a point of the scene at the upper left, at a scale."""
        self.look_at(corner + self._half_view() * self._scale / scale, scale)

    def _half_view(self) -> QPointF:
        return QPointF(self._size.width(), self._size.height()) / 2 / self._scale

    def look_at(self, center: QPointF, scale: float | None = None) -> None:
        """Center a point of the scene at a scale."""
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
        """Zoom so that the point under the mouse (view coordinates) stays in place."""
        fixed = self._scene_point(place)
        scale = min(max(self._scale * factor, ZOOM_LEAST), ZOOM_MOST)
        offset = place - QPointF(self.viewport().rect().center())
        self.look_at(fixed - offset / scale, scale)

    def pan_by(self, delta: QPointF) -> None:
        """Pan by a distance in the view."""
        self.look_at(self._center - delta / self._scale)

    def bring_into_view(self, box: QRectF, margin: float = 24.0) -> None:
        """Pan as little as needed to show a box, its upper left corner if it is larger than the view."""
        view, wanted = self.scene_box(), box.adjusted(-margin, -margin, margin, margin)
        if box.isEmpty() or view.contains(box):
            return
        x = _needed_shift((wanted.left(), wanted.right()), (view.left(), view.right()))
        y = _needed_shift((wanted.top(), wanted.bottom()), (view.top(), view.bottom()))
        self.look_at(self._center + QPointF(x, y))

    def show_box(self, box: QRectF, most: float = 1.0, margin: float = 48.0) -> None:
        """Fit a box into the view, up to the scale ``most``."""
        if box.isEmpty():
            self.look_at(QPointF(self.viewport().width() / 2 - 140, self.viewport().height() / 2 - 160), 1.0)
            return
        room = self.viewport().rect()
        scale = min((room.width() - 2 * margin) / box.width(), (room.height() - 2 * margin) / box.height(), most)
        self.look_at(box.center(), max(scale, ZOOM_LEAST))

    def zoom_100(self) -> None:
        """Zoom to 100 %."""
        self.look_at(self._center, 1.0)

    def zoom_in(self) -> None:
        """Zoom in one step."""
        self.look_at(self._center, min((step for step in ZOOM_STEPS if step > self._scale + 0.01), default=ZOOM_MOST))

    def zoom_out(self) -> None:
        """Zoom out one step."""
        self.look_at(self._center, max((step for step in ZOOM_STEPS if step < self._scale - 0.01), default=ZOOM_LEAST))

    def _scene_point(self, place: QPointF) -> QPointF:
        return self._center + (place - QPointF(self.viewport().rect().center())) / self._scale

    def scene_point(self, place: QPointF) -> QPointF:
        """Return a view point in scene coordinates with fractions."""
        inverse, _ = self.viewportTransform().inverted()
        return inverse.map(place)

    def global_point(self, point: QPointF) -> QPoint:
        """Return the screen position of a point of the scene."""
        return self.viewport().mapToGlobal(self.mapFromScene(point))

    def scene_box(self) -> QRectF:
        """Return the visible part of the scene."""
        return self.mapToScene(self.viewport().rect()).boundingRect()

    # NodeGraphQt's own zooming and painting, replaced

    def _update_scene(self) -> None:
        """Keep centre and scale; NodeGraphQt would fit a rectangle here."""

    def set_theme(self, theme: ColorScheme) -> None:
        """Use the colours of a theme."""
        self.look.theme = theme
        self.scene().update()
        self.viewport().update()

    def drawBackground(self, painter: QPainter, rect: QRectF | object) -> None:
        """Draw the background with its dots, fewer at small scales."""
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
        """Draw the gesture feedback: selection rectangle and guides."""
        if self.mouse is not None:
            self.mouse.draw(painter)

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the upper left corner when resized: nothing moves under the pointer when a pane opens."""
        if self._ready:
            grown = self.viewport().size() - self._size
            self._size = self.viewport().size()
            self._center += QPointF(grown.width(), grown.height()) / 2 / self._scale
            self.panned.emit()
            self.resized.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Forward to the mouse controller."""
        if self.mouse is not None:
            self.mouse.press(event)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Forward to the mouse controller."""
        if self.mouse is not None:
            self.mouse.move(event)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Forward to the mouse controller."""
        if self.mouse is not None:
            self.mouse.release(event)
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Forward to the mouse controller."""
        if self.mouse is not None:
            self.mouse.double_click(event)
        event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer; pan with two fingers, with Shift, or sideways. With Ctrl two fingers zoom too."""
        turned = QPointF(event.angleDelta())
        sideways = abs(turned.x()) > abs(turned.y())
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier or (sideways and not _is_touchpad(event)):
            self.pan_by(QPointF(turned.x() or turned.y(), 0) / 2)
        elif _is_touchpad(event) and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            pixels = QPointF(event.pixelDelta())
            self.pan_by(turned / 2 if pixels.isNull() else pixels)
        else:
            self.zoom_at(event.position(), 1.0015 ** turned.y())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Clear the hovered item."""
        if self.mouse is not None:
            self.mouse.leave()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Forward to the keyboard controller, else to the window."""
        if self.keys(event):
            event.accept()
        else:
            event.ignore()

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Stop panning when space is released."""
        if self.keys(event):
            event.accept()
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus ring."""
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """End every mode when the focus leaves; a menu of the canvas leaves the press that opened it."""
        if self.mouse is not None:
            self.mouse.lose_focus(event.reason() == Qt.FocusReason.PopupFocusReason)
        self.viewport().update()

    def focusNextPrevChild(self, following: bool) -> bool:
        """Keep Tab for the canvas: it opens quick-add."""
        return False

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Request the context menu; the menu key opens it at the selection."""
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            self.menu_key()
            event.accept()
            return
        self.menu_requested.emit(event.globalPos(), self.scene_point(QPointF(event.pos())))
        event.accept()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Forward to the drop controller."""
        if self.drops is not None:
            self.drops.over(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Forward to the drop controller."""
        if self.drops is not None:
            self.drops.over(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Forward to the drop controller."""
        if self.drops is not None:
            self.drops.leave()
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Forward to the drop controller."""
        if self.drops is not None:
            self.drops.drop(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Show tooltips with full names and problems; zoom where two fingers are pinched."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self.mouse is not None:
            words = self.mouse.tip(self.scene_point(QPointF(event.pos())))
            QToolTip.showText(event.globalPos(), words, self.viewport())
            return True
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom_at(event.position(), max(1.0 + event.value(), _LEAST_PINCH))
            return True
        return bool(super().viewportEvent(event))
