"""A real mouse and keyboard: events enter through the window, Qt decides which widget receives them.

Points are given in a widget, in the scene of a canvas, or on the screen. Between two events everything that Qt has
posted is done, so panes that a press opens are laid out before the next move.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QInputDevice, QPointingDevice, QWheelEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.canvas import CanvasView

LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def settle() -> None:
    """Do what is posted: layouts, paints, deferred deletes."""
    for _ in range(3):
        QApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


class RealInput:
    """Mouse and keys of one window; where a popup is open they go to it, as on a screen."""

    def __init__(self, window: QWidget) -> None:
        self.window = window
        self.at = QPoint()
        """The pointer, on the screen."""

    def _handle(self) -> QWindow:
        popup = QApplication.activePopupWidget()
        handle = (popup or QApplication.activeModalWidget() or self.window).windowHandle()
        assert handle is not None
        return handle

    def _place(self, handle: QWindow) -> QPoint:
        return handle.mapFromGlobal(self.at)

    def move(self, point: QPoint) -> None:
        """Move the pointer to a point of the screen."""
        self.at = QPoint(point)
        handle = self._handle()
        QTest.mouseMove(handle, self._place(handle))
        settle()

    def press(self, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = NONE) -> None:
        """Press a button."""
        handle = self._handle()
        QTest.mousePress(handle, button, keys, self._place(handle))
        settle()

    def release(self, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = NONE) -> None:
        """Release a button."""
        handle = self._handle()
        QTest.mouseRelease(handle, button, keys, self._place(handle))
        settle()

    def click(self, point: QPoint, button: Qt.MouseButton = LEFT, keys: Qt.KeyboardModifier = NONE) -> None:
        """Move there, press and release."""
        self.move(point)
        self.press(button, keys)
        self.release(button, keys)

    def click_on(self, widget: QWidget) -> None:
        """Click the middle of a widget."""
        self.click(widget.mapToGlobal(widget.rect().center()))

    def double_click(self, point: QPoint) -> None:
        """Click twice within the time of a double click."""
        self.click(point)
        handle = self._handle()
        QTest.mouseDClick(handle, LEFT, NONE, self._place(handle))
        settle()

    def drag(self, start: QPoint, end: QPoint, steps: int = 6, keys: Qt.KeyboardModifier = NONE) -> None:
        """Press, move in steps and release."""
        self.move(start)
        self.press(keys=keys)
        self.glide(end, steps)
        self.release(keys=keys)

    def glide(self, end: QPoint, steps: int = 6) -> None:
        """Move in steps."""
        start = self.at
        for step in range(1, steps + 1):
            self.move(start + (end - start) * step / steps)

    def key(self, key: Qt.Key, keys: Qt.KeyboardModifier = NONE) -> None:
        """Press and release a key; the release goes where the keyboard is then."""
        QTest.keyPress(self._handle(), key, keys)
        settle()
        QTest.keyRelease(self._handle(), key, keys)
        settle()

    def hold(self, key: Qt.Key) -> None:
        """Press a key and keep it pressed."""
        QTest.keyPress(self._handle(), key)
        settle()

    def let_go(self, key: Qt.Key) -> None:
        """Release a key."""
        QTest.keyRelease(self._handle(), key)
        settle()

    def write(self, words: str) -> None:
        """Type into the widget that has the keyboard."""
        focused = QApplication.focusWidget()
        assert focused is not None
        QTest.keyClicks(focused, words)
        settle()

    def wheel(
        self,
        turned: QPoint,
        pixels: QPoint | None = None,
        keys: Qt.KeyboardModifier = NONE,
        touchpad: bool = False,
    ) -> None:
        """Turn the wheel, or scroll with two fingers, at the pointer."""
        handle = self._handle()
        place = QPointF(self._place(handle))
        phase = Qt.ScrollPhase.ScrollUpdate if touchpad else Qt.ScrollPhase.NoScrollPhase
        device = _TOUCHPAD if touchpad else QPointingDevice.primaryPointingDevice()
        event = QWheelEvent(
            place, QPointF(self.at), pixels or QPoint(), turned, Qt.MouseButton.NoButton, keys, phase, False,
            Qt.MouseEventSource.MouseEventNotSynthesized, device,
        )  # fmt: skip
        QGuiApplication.sendEvent(handle, event)
        settle()


_TOUCHPAD = QPointingDevice(
    "touchpad", 77, QInputDevice.DeviceType.TouchPad, QPointingDevice.PointerType.Finger,
    QInputDevice.Capability.Scroll | QInputDevice.Capability.Position, 5, 0,
)  # fmt: skip


class CanvasMouse(RealInput):
    """Mouse and keys in front of a canvas; points are the scene's."""

    def __init__(self, window: QWidget, canvas: CanvasView) -> None:
        super().__init__(window)
        self.canvas, self.document = canvas, canvas.document
        self.refusals: list[str] = []
        canvas.refused.connect(self.refusals.append)

    def on(self, name: str) -> QPoint:
        """Return where an activity is, on the screen."""
        return self.of(self.canvas.projection.nodes[name].pos())

    def of(self, point: QPointF) -> QPoint:
        """Return where a point of the scene is, on the screen."""
        return self.canvas.global_point(point)

    def places(self) -> dict[str, QPoint]:
        """Return where every activity is, on the screen."""
        return {name: self.on(name) for name in self.canvas.projection.nodes}

    def covered(self, name: str) -> bool:
        """Return whether something lies above an activity, or it is out of view."""
        return not self.is_canvas(self.on(name))

    def is_canvas(self, point: QPoint) -> bool:
        """Return whether the canvas is what lies at a point of the screen, and nothing above it."""
        return self.window.childAt(self.window.mapFromGlobal(point)) is self.canvas.viewer.viewport()
