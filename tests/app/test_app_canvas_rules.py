"""Each rule of the design is kept while one draws: what breaks it is not done, and the canvas says why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication

from app.document import transfer
from app.document.patches import line
from app.document.transfer import ActivityTemplate, ClipboardContent
from app.theme.theme import Theme
from engine.model.journey import MAX_ACTIVITIES, JourneyVersion
from tests.helpers.canvas_driver import CONDITION, END, LOBBY, PUSH, RESTAURANT, WAIT, CanvasDriver, sample, shown

REACTION = ActivityTemplate("reaction")
JUMP = ActivityTemplate("jump")
UPDATE = ActivityTemplate("update_profile")
QUALIFICATION = ActivityTemplate("segment_qualification")
CONTROL = Qt.KeyboardModifier.ControlModifier

SIDE_BY_SIDE = "Only events, reactions and waits can run in parallel."
FULL = f"A journey has at most {MAX_ACTIVITIES} activities. Delete one first."
LOCKED = "This version is read-only. Create a new version or a copy."


@pytest.fixture
def rebuilt(qapp: Any) -> Iterator[None]:
    appearance = Theme(qapp, "light")
    yield
    appearance.deleteLater()


@pytest.fixture
def person(qtbot: Any, rebuilt: None) -> CanvasDriver:
    return CanvasDriver(shown(qtbot, sample()))


def begun(*templates: ActivityTemplate, namespace: str | None = "CRMID") -> JourneyVersion:
    """A journey of one activity after the other."""
    activities = [template.activity(f"a{at}", (180 * at, 0)) for at, template in enumerate(templates)]
    edges = [line(one.id, "", other.id) for one, other in pairwise(activities)]
    return JourneyVersion(name="J", namespace=namespace, activities=tuple(activities), edges=tuple(edges))


DROPS: dict[str, tuple[JourneyVersion, ActivityTemplate, Callable[[CanvasDriver], QPointF], str]] = {
    "an action beside an event": (
        begun(LOBBY, WAIT),
        PUSH,
        lambda person: person.at("a0"),
        f"LobbyBeacon is already connected. {SIDE_BY_SIDE}",
    ),
    "a condition beside a wait": (
        begun(LOBBY, WAIT),
        CONDITION,
        lambda person: person.at("a0"),
        f"LobbyBeacon is already connected. {SIDE_BY_SIDE}",
    ),
    "a wait beside an action": (
        begun(LOBBY, PUSH),
        WAIT,
        lambda person: person.at("a0"),
        f"LobbyBeacon is already connected. {SIDE_BY_SIDE}",
    ),
    "anything after an end": (begun(LOBBY, END), WAIT, lambda person: person.at("a1"), "Nothing can follow an end."),
    "an end on a line": (
        begun(LOBBY, PUSH),
        END,
        lambda person: (person.at("a0") + person.at("a1")) / 2,
        "Nothing can follow an end. Put it at the end of a path.",
    ),
    "a wait first": (
        JourneyVersion(name="J"),
        WAIT,
        lambda person: QPointF(0, 0),
        "A journey starts with an event or a segment qualification. Add one first.",
    ),
    "a reaction without a message": (
        begun(LOBBY, WAIT),
        REACTION,
        lambda person: person.end("a1"),
        "Reaction needs a message before it. Add an email, an SMS or a push first.",
    ),
    "a reaction on a line without a message": (
        begun(LOBBY, WAIT),
        REACTION,
        lambda person: (person.at("a0") + person.at("a1")) / 2,
        "Reaction needs a message before it. Add an email, an SMS or a push first.",
    ),
    "an update of nobody's profile": (
        begun(LOBBY, WAIT, namespace=None),
        UPDATE,
        lambda person: person.end("a1"),
        "Update profile needs a profile. Start with an event that has a namespace.",
    ),
    "a jump of nobody": (
        begun(LOBBY, WAIT, namespace=None),
        JUMP,
        lambda person: person.end("a1"),
        "Jump needs a profile. Start with an event that has a namespace.",
    ),
    "a jump from a qualification": (
        begun(QUALIFICATION, WAIT),
        JUMP,
        lambda person: person.end("a1"),
        "Jump cannot be in a journey that starts with Segment qualification.",
    ),
    "one more than fifty": (
        begun(LOBBY, *[WAIT] * (MAX_ACTIVITIES - 1)),
        WAIT,
        lambda person: person.end(f"a{MAX_ACTIVITIES - 1}"),
        FULL,
    ),
}


@pytest.mark.parametrize("case", DROPS)
def test_forbidden_drop_gives_reason(qtbot: Any, rebuilt: None, case: str) -> None:
    journey, template, place, reason = DROPS[case]
    person = CanvasDriver(shown(qtbot, journey))
    assert not person.bring(template, place(person))
    assert person.refusals == [reason]
    assert not person.canvas.toast.isHidden()
    assert person.document.journey is journey
    person.agree()


def test_line_backwards_would_be_loop(person: CanvasDriver) -> None:
    before = person.document.journey
    person.drag((person.at("rates") + person.at("rated")) / 2, person.at("lobby"))
    assert person.refusals == ["A path cannot lead back. Journeys have no loops."]
    assert person.document.journey is before
    person.agree()


def test_activity_has_one_input(person: CanvasDriver) -> None:
    person.document.disconnect_edge(line("rates", "", "rated"))
    before = person.document.journey
    person.drag(person.end("rates"), person.at("invited"))
    assert person.refusals == ["End · Invited already has an incoming path. An activity can have only one."]
    assert person.document.journey is before


def test_line_may_not_set_action_beside_another(person: CanvasDriver) -> None:
    person.document.paste(ClipboardContent((PUSH.activity("lone", (300, 640)),)), (300, 640))
    before = person.document.journey
    person.go(person.at("welcome"), Qt.MouseButton.NoButton)
    person.drag(person.at("welcome") + QPointF(24, 22), person.at("lone"))
    assert person.refusals == [f"SendPush · Welcome is already connected. {SIDE_BY_SIDE}"]
    assert person.document.journey == before
    person.agree()


def test_only_loose_activities_fit_on_line(person: CanvasDriver) -> None:
    before = person.document.journey
    person.drag(person.at("ate"), (person.at("membership") + person.at("invited")) / 2, steps=8)
    edges = person.document.journey.edges
    assert edges == before.edges
    person.agree()


def test_loose_end_activity_is_not_inserted(person: CanvasDriver) -> None:
    person.document.add_activity(END, (300, 640))
    before = person.document.journey.edges
    person.drag(person.at("end"), (person.at("membership") + person.at("invited")) / 2, steps=8)
    assert person.document.journey.edges == before


def test_unfitting_paste_stays_loose(person: CanvasDriver) -> None:
    """Two beginnings cannot follow one path; they come beside the journey instead of being lost."""
    clip = ClipboardContent((WAIT.activity("one", (0, 0)), WAIT.activity("two", (0, 140))))
    QGuiApplication.clipboard().setText(transfer.to_text(clip))
    person.document.disconnect_edge(line("rates", "", "rated"))
    person.canvas.select(["rates"])
    person.key(Qt.Key.Key_V, CONTROL)
    assert {"one", "two"} <= person.document.journey.by_id.keys()
    assert "rates" not in person.document.journey.outgoing
    assert person.refusals == []
    person.agree()


def test_foreign_clipboard_is_refused(person: CanvasDriver) -> None:
    QGuiApplication.clipboard().setText("a shopping list")
    before = person.document.journey
    person.key(Qt.Key.Key_V, CONTROL)
    assert person.refusals == ["There are no activities on the clipboard. Copy some first."]
    assert person.document.journey is before


def test_paste_and_duplicate_respect_activity_limit(qtbot: Any, rebuilt: None) -> None:
    full = begun(LOBBY, *[WAIT] * (MAX_ACTIVITIES - 1))
    person = CanvasDriver(shown(qtbot, full))
    person.canvas.select(["a3"])
    person.key(Qt.Key.Key_D, CONTROL)
    person.key(Qt.Key.Key_C, CONTROL)
    person.key(Qt.Key.Key_V, CONTROL)
    assert person.refusals == [FULL, FULL]
    assert person.document.journey is full


LOCKED_KEYS = {
    "Delete": (Qt.Key.Key_Delete, Qt.KeyboardModifier.NoModifier),
    "cut": (Qt.Key.Key_X, CONTROL),
    "paste": (Qt.Key.Key_V, CONTROL),
    "duplicate": (Qt.Key.Key_D, CONTROL),
    "group": (Qt.Key.Key_G, CONTROL),
    "undo": (Qt.Key.Key_Z, CONTROL),
    "redo": (Qt.Key.Key_Z, CONTROL | Qt.KeyboardModifier.ShiftModifier),
    "nudge": (Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier),
}


@pytest.mark.parametrize("deed", LOCKED_KEYS)
def test_published_version_is_read_only(person: CanvasDriver, deed: str) -> None:
    person.document.set_read_only(True)
    person.canvas.set_mode("live")
    before = person.document.journey
    person.canvas.select(["rates"])
    person.canvas.copy()
    person.key(*LOCKED_KEYS[deed])
    assert person.refusals == [LOCKED]
    assert person.document.journey is before
    person.agree()


def test_only_unambiguous_gap_is_closed(person: CanvasDriver) -> None:
    person.canvas.select(["welcome"])
    person.key(Qt.Key.Key_Delete)
    person.key(Qt.Key.Key_Return)
    journey = person.document.journey
    assert not [edge for edge in journey.edges if edge.source == "stay" and edge.path == "booked"]
    assert "restaurant" not in journey.incoming
    person.key(Qt.Key.Key_Z, CONTROL)
    person.canvas.select(["rates"])
    person.key(Qt.Key.Key_Delete)
    person.key(Qt.Key.Key_Return)
    assert line("stay", "others", "rated") in person.document.journey.edges
    person.agree()


def test_parallel_are_events_reactions_and_waits_alone(qtbot: Any, rebuilt: None) -> None:
    person = CanvasDriver(shown(qtbot, begun(LOBBY, RESTAURANT)))
    assert person.bring(WAIT, person.at("a0"))
    assert person.bring(RESTAURANT, person.at("a0"))
    assert len(person.document.journey.outgoing["a0"]) == 3
    assert not person.bring(PUSH, person.at("a0"))
    person.agree()
