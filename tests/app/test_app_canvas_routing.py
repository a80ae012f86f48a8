"""Lines keep away from activities: drawn journeys of any shape, and single lines around single boxes."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF

from app.canvas import CanvasView
from app.canvas.journey_picture import JourneyPicture
from app.canvas.painting import CHIP_HEIGHT
from app.canvas.routing import Box, Point, route
from app.document.journey_edits import arrange
from app.document.patches import line, revise
from app.document.transfer import ActivityTemplate
from app.theme.colors import LIGHT
from engine.model.activity import exit_paths
from engine.model.definitions import Definitions
from engine.model.journey import Edge, JourneyVersion
from tests.helpers.canvas_driver import sample, shown


def crossed(points: list[Point], box: Box) -> bool:
    """Whether a line runs through the inside of a box."""
    for (x1, y1), (x2, y2) in pairwise(points):
        left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
        if box[0] < right and box[2] > left and box[1] < bottom and box[3] > top:
            return True
    return False


def grown(seed: int, count: int) -> JourneyVersion:
    """A journey that branches at random, laid out."""
    chance = random.Random(seed)
    kinds = ("condition.percentage", "wait.duration", "email", "condition.time")
    made = [ActivityTemplate("event", {"event": "Lobby"}).activity("a0", (0, 0))]
    edges, ends = [], [("a0", "")]
    for number in range(1, count):
        source, path = ends.pop(chance.randrange(len(ends)))
        label = "A rather long label" if chance.random() < 0.3 else ""
        activity = ActivityTemplate(chance.choice(kinds), {"label": label}).activity(f"a{number}", (0, 0))
        made.append(activity)
        edges.append(line(source, path, activity.id))
        ends += [(activity.id, way) for way in exit_paths(activity)]
    drawn = JourneyVersion(name="J", activities=tuple(made), edges=tuple(edges))
    places = arrange(drawn)
    placed = tuple(item.model_copy(update={"position": places[item.id]}) for item in made)
    return revise(drawn, activities=placed)


@pytest.mark.parametrize("seed", range(8))
def test_arranged_lines_avoid_activities(qapp: object, seed: int) -> None:
    picture = JourneyPicture(grown(seed, 40), Definitions(), LIGHT)
    drawn = picture.geometry()
    boxes = {item["id"]: tuple(item["box"]) for item in drawn["activities"]}
    through = [
        (edge["from"], edge["to"], name)
        for edge in drawn["edges"]
        for name, box in boxes.items()
        if name not in (edge["from"], edge["to"]) and crossed([(x, y) for x, y in edge["points"]], box)
    ]
    picture.close()
    assert through == []
    assert drawn["overlapping"] == []


def drawn(canvas: CanvasView) -> dict[Edge, tuple[list[Point], str, float, float, QRectF]]:
    """Each line's course, and the name, place and reach of its chip."""
    found = {}
    for edge, item in canvas.projection.edges.items():
        course = [(round(x, 3), round(y, 3)) for x, y in item.points]
        found[edge] = (course, item.words[0], item.chip.y(), item.chip.width(), item.path().boundingRect())
    return found


@pytest.mark.parametrize("seed", range(6))
def test_routing_is_translation_invariant(qtbot: Any, seed: int) -> None:
    chance = random.Random(seed)
    canvas = shown(qtbot, grown(seed, 30))
    names = list(canvas.document.journey.by_id)
    for _ in range(6):
        moved = names if chance.random() < 0.4 else chance.sample(names, chance.randrange(1, 12))
        x, y = chance.choice(((48, -24), (-7, 131), (5, 3), (260, 0)))
        places = {name: canvas.document.journey.by_id[name].position or (0, 0) for name in moved}
        before = {edge: (item.points[0], item.path().boundingRect()) for edge, item in canvas.projection.edges.items()}
        canvas.document.move({name: (place[0] + x, place[1] + y) for name, place in places.items()})
        canvas.projection.lay_lines()
        assert drawn(canvas) == drawn(shown(qtbot, canvas.document.journey))
        if moved is names:
            for edge, item in canvas.projection.edges.items():
                (left, top), box = before[edge]
                assert item.points[0] == (left + x, top + y)
                assert item.path().boundingRect() == box.translated(x, y)


NUMBERS = st.integers(-400, 400)


@example(0, 130, -23, 20)
@given(NUMBERS, NUMBERS, st.integers(-300, 300), st.integers(-300, 300))
def test_single_obstacle_is_avoided(x: int, y: int, left: int, top: int) -> None:
    start, end, box = (0.0, 0.0), (float(x), float(y)), (left, top, left + 80.0, top + 90.0)
    beside = (box[0] - 40, box[1] - 20, box[2] + 40, box[3] + 20)
    if any(beside[0] < px < beside[2] and beside[1] < py < beside[3] for px, py in (start, end)):
        return
    points = route(start, end, [box])
    assert points[0] == start
    assert points[-1] == end
    assert all(one[0] == other[0] or one[1] == other[1] for one, other in pairwise(points))
    assert not crossed(points, box)


def test_chip_elides_name_before_count(qtbot: Any) -> None:
    canvas = shown(qtbot, sample())
    edge = next(item for item in canvas.projection.edges.values() if item.name == "Reservation")
    assert edge.words == ("Reservation", "")
    edge.set_state(count=1_234_567_890, counted=True)
    name, count = edge.words
    assert count == "1,234,567,890"
    assert name.endswith("…")
    assert edge.chip.height() == CHIP_HEIGHT
