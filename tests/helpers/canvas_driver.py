"""Someone with a mouse and a keyboard in front of a canvas, or of a whole page whose engine never answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QDragLeaveEvent, QDragMoveEvent, QDropEvent, QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest

from app.canvas import CanvasView
from app.document.document import JourneyDocument
from app.document.transfer import MIME_TYPE, ActivityTemplate
from app.pages.designer import DesignerPage
from app.user_files import Drafts
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion
from engine.model.journey_file import read
from engine.services.views import VersionRow

SAMPLE = Path(__file__).parents[2] / "resources" / "samples" / "lobby-and-restaurant.journey.json"
LEFT = Qt.MouseButton.LeftButton
LOBBY = ActivityTemplate("event", {"event": "LobbyBeacon"})
RESTAURANT = ActivityTemplate("event", {"event": "RestaurantBeacon"})
PUSH = ActivityTemplate("action", {"action": "SendPush"})
CONDITION = ActivityTemplate("condition.data_source")
WAIT = ActivityTemplate("wait.duration")
END = ActivityTemplate("end")
EMAIL = ActivityTemplate("email")


class CanvasDriver:
    """Someone with a mouse and a keyboard in front of a canvas; points are the scene's."""

    def __init__(self, canvas: CanvasView) -> None:
        self.canvas = canvas
        self.document = canvas.document
        self.refusals: list[str] = []
        canvas.refused.connect(self.refusals.append)

    def place(self, x: float, y: float) -> QPoint:
        return self.canvas.viewer.mapFromScene(QPointF(x, y))

    def at(self, name: str) -> QPointF:
        return self.canvas.projection.nodes[name].pos()

    def end(self, name: str, path: str = "") -> QPointF:
        return self.canvas.projection.stubs[name, path].handle

    def press(self, point: QPointF, keys: Any = Qt.KeyboardModifier.NoModifier, button: Any = LEFT) -> None:
        QTest.mousePress(self.canvas.viewer.viewport(), button, keys, self.place(point.x(), point.y()))

    def go(self, point: QPointF, button: Any = LEFT) -> None:
        self._send(QMouseEvent.Type.MouseMove, point, button)

    def let_go(self, point: QPointF, button: Any = LEFT) -> None:
        QTest.mouseRelease(
            self.canvas.viewer.viewport(), button, Qt.KeyboardModifier.NoModifier, self.place(point.x(), point.y())
        )

    def _send(self, kind: Any, point: QPointF, button: Any) -> None:
        viewport = self.canvas.viewer.viewport()
        place = QPointF(self.place(point.x(), point.y()))
        no_keys = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, place, viewport.mapToGlobal(place), Qt.MouseButton.NoButton, button, no_keys)
        QGuiApplication.sendEvent(viewport, event)

    def drag(self, start: QPointF, end: QPointF, steps: int = 4) -> None:
        self.press(start)
        for step in range(1, steps + 1):
            self.go(start + (end - start) * step / steps)
        self.let_go(end)

    def click(self, point: QPointF, keys: Any = Qt.KeyboardModifier.NoModifier) -> None:
        self.press(point, keys)
        self.let_go(point)

    def double_click(self, point: QPointF) -> None:
        QTest.mouseDClick(
            self.canvas.viewer.viewport(), LEFT, Qt.KeyboardModifier.NoModifier, self.place(point.x(), point.y())
        )

    def key(self, key: Qt.Key, keys: Any = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.canvas.viewer, key, keys)

    def bring(self, template: ActivityTemplate, point: QPointF) -> bool:
        """Drag from the palette and drop; return whether the drop was allowed."""
        return drop_template(self.canvas, template, self.place(point.x(), point.y()))

    def agree(self) -> None:
        assert self.canvas.projection.disagreements() == []


def drop_template(canvas: CanvasView, template: ActivityTemplate, place: QPoint) -> bool:
    """Drag from the palette to a place of the view and drop where that is allowed; return whether it was."""
    mime = QMimeData()
    mime.setData(MIME_TYPE, template.to_mime())
    no_keys = Qt.KeyboardModifier.NoModifier
    over = QDragMoveEvent(place, Qt.DropAction.CopyAction, mime, LEFT, no_keys)
    canvas.viewer.dragMoveEvent(over)
    QCursor.setPos(canvas.viewer.viewport().mapToGlobal(place))
    if over.isAccepted():
        drop = QDropEvent(QPointF(place), Qt.DropAction.CopyAction, mime, LEFT, no_keys)
        canvas.viewer.dropEvent(drop)
    else:
        canvas.viewer.dragLeaveEvent(QDragLeaveEvent())
    return over.isAccepted()


def shown(qtbot: Any, journey: JourneyVersion) -> CanvasView:
    canvas = CanvasView(JourneyDocument(journey, definitions()))
    qtbot.addWidget(canvas)
    canvas.resize(1500, 900)
    canvas.grab()
    canvas.zoom_to_fit()
    return canvas


def definitions() -> Definitions:
    """The sample's events, sources and actions."""
    file = read(SAMPLE.read_text(encoding="utf-8"))
    return Definitions(**{name: getattr(file, name) for name in Definitions.model_fields})


def sample() -> JourneyVersion:
    """The sample journey."""
    return read(SAMPLE.read_text(encoding="utf-8")).journey


class SilentEngine:
    """An engine that is asked and never answers: every request is taken, and kept to be looked at."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        return self

    def __call__(self, *arguments: Any, **named: Any) -> None:
        """Takes the request."""

    def may(self, _: str) -> bool:
        """Whoever is here may do everything."""
        return True


def page(qtbot: Any, folder: Path, journey: JourneyVersion, state: Any = "draft") -> DesignerPage:
    """The page of an open journey, shown."""
    made = open_page(folder, journey, state)
    qtbot.addWidget(made, before_close_func=DesignerPage.retire)
    qtbot.waitExposed(made)
    made.activateWindow()
    made.canvas.setFocus()
    made.canvas.zoom_to_fit()
    return made


def open_page(folder: Path, journey: JourneyVersion, state: Any = "draft") -> DesignerPage:
    """The page of an open journey, shown, for who closes it."""
    row = VersionRow("v1", journey.name, journey.name, "", 1, state, True, "jin", 0, "jin", 0)
    bridge: Any = SilentEngine()
    document = JourneyDocument(journey, definitions())
    made = DesignerPage(bridge, Drafts(folder), "UTC", row, document)
    made.resize(1500, 900)
    made.show()
    return made
