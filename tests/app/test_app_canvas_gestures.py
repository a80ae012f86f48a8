"""The canvas in a person's hands: mouse and keys on the widget, and what the document makes of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from app.document.patches import line
from app.theme.theme import Theme
from engine.model.journey import JourneyVersion
from tests.helpers.canvas_driver import (
    CONDITION,
    EMAIL,
    END,
    LOBBY,
    PUSH,
    RESTAURANT,
    WAIT,
    CanvasDriver,
    sample,
    shown,
)


@pytest.fixture
def rebuilt(qapp: Any) -> Iterator[None]:
    appearance = Theme(qapp, "light")
    yield
    appearance.deleteLater()


@pytest.fixture
def empty(qtbot: Any, rebuilt: None) -> CanvasDriver:
    person = CanvasDriver(shown(qtbot, JourneyVersion(name="New")))
    person.canvas.viewer.look_at(QPointF(600, 220), 0.9)
    return person


@pytest.fixture
def person(qtbot: Any, rebuilt: None) -> CanvasDriver:
    return CanvasDriver(shown(qtbot, sample()))


def test_sample_is_built_with_mouse(empty: CanvasDriver) -> None:
    person, document = empty, empty.document
    assert person.bring(LOBBY, QPointF(0, 0))
    (lobby,) = person.canvas.selection
    assert person.bring(CONDITION, person.end(lobby))
    (member,) = person.canvas.selection
    document.update_activity(member, paths=({"id": "loyal", "label": "Yes"}, {"id": "not_loyal", "label": "No"}))
    assert person.bring(CONDITION, person.end(member, "loyal"))
    (stay,) = person.canvas.selection
    document.update_activity(stay, paths=({"id": "booked"},), others=True)
    names = {"lobby": lobby, "member": member, "stay": stay}
    for name, template, after, path in (
        ("welcome", PUSH, "stay", "booked"),
        ("restaurant", RESTAURANT, "welcome", ""),
        ("meal", PUSH, "restaurant", ""),
        ("ate", END, "meal", ""),
        ("rates", PUSH, "stay", "others"),
        ("rated", END, "rates", ""),
        ("membership", EMAIL, "member", "not_loyal"),
        ("invited", END, "membership", ""),
    ):
        assert person.bring(template, person.end(names[after], path)), name
        (names[name],) = person.canvas.selection
    assert person.bring(WAIT, person.at(names["welcome"]))
    (names["six_hours"],) = person.canvas.selection
    assert person.bring(END, QPointF(900, 700))
    (names["no_visit"],) = person.canvas.selection
    person.drag(person.end(names["six_hours"]), person.at(names["no_visit"]))
    made = sample()
    wanted = {(names[edge.source], edge.path, names[edge.target]) for edge in made.edges}
    assert {(edge.source, edge.path, edge.target) for edge in document.journey.edges} == wanted
    assert [item.type for item in sorted(document.journey.activities, key=lambda item: item.type)] == sorted(
        item.type for item in made.activities
    )
    person.agree()
    document.undo_stack.setIndex(0)
    assert document.journey == JourneyVersion(name="New")
    person.agree()
    assert person.refusals == []


def test_forbidden_drop_is_refused_with_reason(person: CanvasDriver) -> None:
    before = person.document.journey
    assert not person.bring(PUSH, person.at("welcome"))
    assert not person.bring(END, (person.at("meal") + person.at("restaurant")) / 2)
    assert not person.bring(PUSH, person.at("ate"))
    assert person.document.journey is before
    assert len(person.refusals) == 3
    assert "in parallel" in person.refusals[0]
    assert all(sentence.endswith(".") for sentence in person.refusals)


def test_dropping_on_edge_inserts(person: CanvasDriver) -> None:
    assert person.bring(WAIT, (person.at("meal") + person.at("restaurant")) / 2)
    (name,) = person.canvas.selection
    assert line("restaurant", "", name) in person.document.journey.edges
    assert line(name, "", "meal") in person.document.journey.edges
    person.agree()


def test_manual_move_is_one_step(person: CanvasDriver) -> None:
    start = person.at("rates")
    person.drag(start, start + QPointF(60, 80), steps=9)
    assert person.document.undo_stack.count() == 1
    assert person.document.journey.by_id["rates"].position == (680, 340)
    person.agree()
    person.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert person.document.journey.by_id["rates"].position == (620, 260)
    person.agree()
    person.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert person.document.journey.by_id["rates"].position == (680, 340)


def test_tiny_movement_is_not_a_move(person: CanvasDriver) -> None:
    person.drag(person.at("rates"), person.at("rates") + QPointF(2, 1), steps=1)
    assert person.document.undo_stack.count() == 0
    assert person.canvas.selection == ("rates",)


def test_rectangle_selects_and_escape_lets_go(person: CanvasDriver) -> None:
    chosen: list[tuple[str, ...]] = []
    person.canvas.selection_changed.connect(chosen.append)
    person.drag(QPointF(540, 200), QPointF(900, 320))
    assert person.canvas.selection == ("rates", "rated")
    assert chosen[-1] == ("rates", "rated")
    person.key(Qt.Key.Key_Escape)
    assert chosen.pop() == ()


def test_escape_during_drag_restores_everything(person: CanvasDriver) -> None:
    start = person.at("rates")
    person.press(start)
    person.go(start + QPointF(100, 100))
    assert person.at("rates") != start
    person.key(Qt.Key.Key_Escape)
    assert person.at("rates") == start
    person.let_go(start + QPointF(100, 100))
    assert person.document.undo_stack.count() == 0
    person.agree()


def test_undo_in_middle_of_drag(person: CanvasDriver) -> None:
    person.document.add_activity(WAIT, (0, 600))
    person.press(person.at("wait"))
    person.go(person.at("wait") + QPointF(90, 30))
    person.document.undo_stack.undo()
    person.go(QPointF(300, 300))
    person.let_go(QPointF(300, 300))
    assert "wait" not in person.document.journey.by_id
    person.agree()


def test_detached_line_reconnects_or_is_removed(person: CanvasDriver) -> None:
    person.document.add_activity(END, (800, 560))
    middle = (person.at("rates") + person.at("rated")) / 2
    person.drag(middle, person.at("end"))
    assert line("rates", "", "end") in person.document.journey.edges
    assert line("rates", "", "rated") not in person.document.journey.edges
    person.agree()
    edge = line("six_hours", "", "no_visit")
    person.drag((person.at("six_hours") + person.at("no_visit")) / 2, QPointF(1300, 500))
    assert edge not in person.document.journey.edges
    person.agree()


def test_refused_line_has_no_effect(person: CanvasDriver) -> None:
    before = person.document.journey
    person.drag((person.at("rates") + person.at("rated")) / 2, person.at("lobby"))
    assert person.document.journey is before
    assert "loops" in person.refusals[0]
    person.agree()


def test_line_to_empty_space_offers_activities(person: CanvasDriver) -> None:
    person.document.disconnect_edge(line("rates", "", "rated"))
    asked: list[tuple[QPointF, str, str]] = []
    person.canvas.quick_add_requested.connect(lambda *what: asked.append(what))
    person.drag(person.end("rates"), QPointF(720, 330))
    assert [(name, path) for _, name, path in asked] == [("rates", "")]
    person.click(person.end("rates"))
    assert len(asked) == 2
    person.canvas.select(["rates"])
    person.key(Qt.Key.Key_Tab)
    assert asked[-1][1:] == ("rates", "")


def test_plus_button_adds_parallel_path(person: CanvasDriver) -> None:
    asked: list[tuple[str, str]] = []
    person.canvas.quick_add_requested.connect(lambda _, name, path: asked.append((name, path)))
    person.go(person.at("welcome"), Qt.MouseButton.NoButton)
    person.click(person.at("welcome") + QPointF(24, 22))
    person.go(person.at("meal"), Qt.MouseButton.NoButton)
    person.click(person.at("meal") + QPointF(24, 22))
    assert asked == [("welcome", "")]


def test_moving_loose_activity_onto_edge_inserts_it(person: CanvasDriver) -> None:
    person.document.add_activity(WAIT, (300, 600))
    person.drag(person.at("wait"), (person.at("membership") + person.at("invited")) / 2, steps=8)
    assert line("membership", "", "wait") in person.document.journey.edges
    assert line("wait", "", "invited") in person.document.journey.edges
    person.agree()


def test_delete_deletes_at_once(person: CanvasDriver) -> None:
    before = person.document.journey
    person.click(person.at("meal"))
    person.key(Qt.Key.Key_Delete)
    assert "meal" not in person.document.journey.by_id
    assert line("restaurant", "", "ate") in person.document.journey.edges
    person.click(person.at("rated"))
    person.key(Qt.Key.Key_Backspace)
    assert "rated" not in person.document.journey.by_id
    person.agree()
    for _ in range(2):
        person.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert person.document.journey == before
    person.key(Qt.Key.Key_Escape)
    person.key(Qt.Key.Key_Delete)
    assert person.document.journey == before


def test_copy_cut_paste_duplicate_by_keys(person: CanvasDriver) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    person.canvas.select(["rates", "rated"])
    person.key(Qt.Key.Key_C, control)
    person.key(Qt.Key.Key_V, control)
    assert person.canvas.selection == ("rates_2", "rated_2")
    person.key(Qt.Key.Key_D, control)
    assert len(person.document.journey.activities) == 17
    person.key(Qt.Key.Key_X, control)
    assert len(person.document.journey.activities) == 15
    person.key(Qt.Key.Key_A, control)
    assert len(person.canvas.selection) == 15
    person.agree()


def test_arrow_keys_select_and_enter_opens(person: CanvasDriver) -> None:
    opened: list[str] = []
    person.canvas.activated.connect(opened.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Right):
        person.key(key)
    person.key(Qt.Key.Key_Return)
    assert person.canvas.selection == ("welcome",)
    person.key(Qt.Key.Key_Down)
    person.key(Qt.Key.Key_Space)
    assert person.canvas.selection == ("rates",)
    person.key(Qt.Key.Key_Return)
    assert opened == ["rates"]


def test_alt_arrows_move_and_f2_renames(person: CanvasDriver) -> None:
    person.canvas.select(["rates"])
    for _ in range(3):
        person.key(Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert person.document.journey.by_id["rates"].position == (680, 260)
    assert person.document.undo_stack.count() == 1
    person.canvas.rename()
    person.canvas.editor.setPlainText("Rooms ")
    QTest.keyClick(person.canvas.editor, Qt.Key.Key_Return)
    assert person.document.journey.by_id["rates"].label == "Rooms"


def test_zoom_keeps_point_under_mouse(person: CanvasDriver) -> None:
    viewer = person.canvas.viewer
    place = QPointF(300, 200)
    point = viewer.scene_point(place)
    viewer.zoom_at(place, 1.5)
    assert (viewer.scene_point(place) - point).manhattanLength() < 2
    person.key(Qt.Key.Key_0)
    assert viewer.scale_now == 1.0
    person.key(Qt.Key.Key_1)
    assert viewer.scene_box().contains(person.canvas.projection.content())


def test_space_and_middle_button_pan(person: CanvasDriver) -> None:
    before = person.canvas.viewer.center
    person.press(QPointF(0, 200), button=Qt.MouseButton.MiddleButton)
    person.go(QPointF(50, 200), Qt.MouseButton.MiddleButton)
    person.let_go(QPointF(50, 200), Qt.MouseButton.MiddleButton)
    assert person.canvas.viewer.center.x() < before.x()
    assert person.document.undo_stack.count() == 0


def test_locked_canvas_allows_no_edits(person: CanvasDriver) -> None:
    person.document.set_read_only(True)
    person.canvas.set_mode("read_only")
    start = person.at("rates")
    person.drag(start, start + QPointF(80, 80))
    assert person.at("rates") == start
    assert person.canvas.selection == ("rates",)
    person.key(Qt.Key.Key_Delete)
    person.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert not person.bring(WAIT, QPointF(0, 600))
    assert len(person.refusals) == 2
    person.agree()


def test_finding_selects_one_after_other(person: CanvasDriver) -> None:
    assert person.canvas.find_words("sendpush") == ("welcome", "rates", "meal")
    assert person.canvas.selection == ("welcome",)
    person.canvas.find_next()
    assert person.canvas.selection == ("rates",)
    assert person.canvas.find_words("nothing like it") == ()


def test_counts_and_problems_do_not_edit(person: CanvasDriver) -> None:
    canvas, journey = person.canvas, person.document.journey
    canvas.set_mode("live")
    canvas.set_counts({"lobby": 10, "restaurant": 3, "six_hours": 2}, {"lobby": 10, "welcome": 5}, {"rates": 2})
    assert canvas.projection.nodes["rates"].errors == 2
    assert canvas.projection.edges[line("welcome", "", "restaurant")].count == 3
    assert canvas.projection.edges[line("welcome", "", "restaurant")].share == 0.3
    assert canvas.projection.edges[line("lobby", "", "member")].share == 1.0
    canvas.set_mode("test")
    canvas.set_visited({"lobby"}, [line("lobby", "", "member")], {"member": "503"}, {"stay"})
    marks = {name: node.mark for name, node in canvas.projection.nodes.items() if node.mark}
    assert marks == {"lobby": "check", "member": "error", "stay": "person"}
    assert person.document.journey is journey
    assert person.document.undo_stack.count() == 0


def test_notes_and_groups_by_mouse(person: CanvasDriver) -> None:
    index = person.document.add_note((100, 560), "Ask")
    note = person.canvas.projection.notes[index]
    person.drag(QPointF(150, 580), QPointF(190, 620))
    assert person.document.journey.notes[0].position == (140, 600)
    person.drag(note.pos() + note.corner.center(), note.pos() + note.corner.center() + QPointF(40, 20))
    assert person.document.journey.notes[0].size == (240, 140)
    person.canvas.select(["rates", "rated"])
    person.key(Qt.Key.Key_G, Qt.KeyboardModifier.ControlModifier)
    frame = person.canvas.projection.groups[0]
    start = frame.title_box.center()
    person.drag(start, start + QPointF(0, 40))
    assert person.document.journey.by_id["rated"].position == (800, 300)
    person.agree()
