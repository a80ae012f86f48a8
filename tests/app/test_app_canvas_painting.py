"""The items of the canvas as they are painted: no state left by another item shows, names stay readable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPen
from PySide6.QtWidgets import QGraphicsItem, QStyleOptionGraphicsItem

from app.canvas import CanvasView
from app.canvas.painting import PATH_ROLES, dashes
from app.document.document import JourneyDocument
from app.document.patches import line
from app.theme.colors import LIGHT
from engine.model.journey import JourneyVersion
from tests.helpers.canvas_driver import EMAIL, END, LOBBY, WAIT, CanvasDriver, definitions, sample, shown


@pytest.fixture
def canvas(qtbot: Any) -> CanvasView:
    return shown(qtbot, sample())


def _note(canvas: CanvasView) -> QGraphicsItem:
    canvas.document.add_note((0, 0), "Ask")
    return canvas.projection.notes[0]


def _group(canvas: CanvasView) -> QGraphicsItem:
    canvas.document.add_group(["rates"], "Offers")
    return canvas.projection.groups[0]


def _stub(canvas: CanvasView) -> QGraphicsItem:
    canvas.document.delete(["rated"])
    return canvas.projection.stubs["rates", ""]


def _refusing_line(canvas: CanvasView) -> QGraphicsItem:
    canvas.mouse.live.follow(QPointF(0, 0), QPointF(120, 60), True)
    return canvas.mouse.live


def _line(canvas: CanvasView) -> QGraphicsItem:
    canvas.mouse.live.follow(QPointF(0, 0), QPointF(120, 60), False)
    return canvas.mouse.live


def _activity(**state: object) -> Callable[[CanvasView], QGraphicsItem]:
    def of(canvas: CanvasView) -> QGraphicsItem:
        canvas.projection.nodes["rates"].set_state(**state)
        return canvas.projection.nodes["rates"]

    return of


ITEMS: Mapping[str, Callable[[CanvasView], QGraphicsItem]] = {
    "activity": _activity(),
    "activity with error": _activity(problem="error", hovered=True, focused=True),
    "activity with count": _activity(count=12, offered="refusing"),
    "diamond": lambda canvas: canvas.projection.nodes["member"],
    "edge": lambda canvas: next(iter(canvas.projection.edges.values())),
    "chip": lambda canvas: canvas.projection.edges[line("stay", "booked", "welcome")].plate,
    "start": lambda canvas: canvas.projection.start,
    "note": _note,
    "group": _group,
    "stub": _stub,
    "line": _line,
    "refusing line": _refusing_line,
}


def _picture(item: QGraphicsItem, scale: float, dirty: bool) -> QImage:
    box = item.boundingRect().adjusted(-4, -4, 4, 4)
    image = QImage((box.size() * scale).toSize(), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.scale(scale, scale)
    painter.translate(-box.topLeft())
    if dirty:
        painter.setBrush(QBrush(QColor("red")))
        painter.setPen(QPen(QColor("magenta"), 7))
    item.paint(painter, QStyleOptionGraphicsItem())
    painter.end()
    return image


@pytest.mark.parametrize("kind", ITEMS)
@pytest.mark.parametrize("scale", [1.0, 0.4, 0.2])
def test_nothing_painted_before_shows_in_an_item(canvas: CanvasView, kind: str, scale: float) -> None:
    item = ITEMS[kind](canvas)
    assert _picture(item, scale, dirty=True) == _picture(item, scale, dirty=False)


@pytest.mark.parametrize("scale", [0.3, 0.4, 0.47, 0.6])
def test_name_is_written_at_small_scales(canvas: CanvasView, scale: float) -> None:
    item = canvas.projection.nodes["rates"]
    with_name = _picture(item, scale, dirty=False)
    item.title = ""
    item._shown = ("", item._shown[1])
    assert with_name != _picture(item, scale, dirty=False)


def test_exceptional_paths_have_their_own_look(qtbot: Any) -> None:
    person = CanvasDriver(shown(qtbot, JourneyVersion(name="New")))
    document = person.document
    first = document.add_activity(LOBBY, (0, 0))
    mail = document.add_activity(EMAIL, after=(first, ""))
    document.update_activity(mail, on_error=True)
    lines = {
        path: person.canvas.projection.edges[line(mail, path, document.add_activity(END, after=(mail, path)))]
        for path in ("", "error")
    }
    assert lines["error"].line_color() == LIGHT.color(PATH_ROLES["error"])
    assert lines[""].line_color() == LIGHT.color("edge")
    patterns = {path: lines[path].pen_of_state(QColor("black")).dashPattern() for path in lines}
    assert patterns["error"] != patterns[""]
    assert len({tuple(dashes(path, 1.5)) for path in ("", "error", "timeout")}) == 3


def test_error_path_never_goes_straight_on(qtbot: Any) -> None:
    document = JourneyDocument(JourneyVersion(name="New"), definitions())
    first = document.add_activity(LOBBY, (0, 0))
    mail = document.add_activity(EMAIL, after=(first, ""))
    document.update_activity(mail, on_error=True)
    pause = document.add_activity(WAIT, after=(mail, "error"))
    document.arrange()
    heights = {name: activity.position[1] for name, activity in document.journey.by_id.items() if activity.position}
    assert heights[first] == heights[mail] < heights[pause]


@pytest.mark.parametrize("mode", ["edit", "read_only", "test", "live"])
def test_normal_way_out_is_drawn_in_every_mode(canvas: CanvasView, mode: str) -> None:
    canvas.document.delete(["rated"])
    canvas.set_mode(mode)
    stub = canvas.projection.stubs["rates", ""]
    image = _picture(stub, 1.0, dirty=False)
    blank = QImage(image.size(), image.format())
    blank.fill(Qt.GlobalColor.white)
    assert image != blank


def test_open_ends_stand_in_order_of_evaluation(canvas: CanvasView) -> None:
    document = canvas.document
    document.delete([name for name in document.journey.by_id if name not in ("lobby", "member", "stay", "membership")])
    paths = tuple({"id": f"p{at}", "label": label} for at, label in enumerate(("A very long name of a path", "B", "C")))
    column, row = document.journey.by_id["stay"].position or (0, 0)
    document.move({"membership": (column + 230, row + 20)})
    document.update_activity("stay", paths=paths, others=True)
    heights = [canvas.projection.stubs["stay", path].handle.y() for path in ("p0", "p1", "p2", "others")]
    assert heights == sorted(set(heights))
