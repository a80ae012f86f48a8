"""The document: each edit is one step, rules hold, and undo and redo lead to the same journeys."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from app.document import rules, transfer
from app.document.document import JourneyDocument, NotAllowedError
from app.document.patches import DocumentChange, Patch, difference, line
from app.document.transfer import ActivityTemplate, palette
from engine.model.definitions import Definitions
from engine.model.journey import JourneyVersion
from engine.model.journey_file import read

SAMPLE = Path(__file__).parents[2] / "resources" / "samples" / "lobby-and-restaurant.journey.json"
EVENT = ActivityTemplate("event", {"event": "LobbyBeacon"})
CONDITION = ActivityTemplate("condition.data_source")
WAIT = ActivityTemplate("wait.duration")
END = ActivityTemplate("end")
PUSH = ActivityTemplate("action", {"action": "SendPush"})


def sample() -> JourneyDocument:
    file = read(SAMPLE.read_text(encoding="utf-8"))
    return JourneyDocument(file.journey, definitions())


def definitions() -> Definitions:
    file = read(SAMPLE.read_text(encoding="utf-8"))
    return Definitions(**{name: getattr(file, name) for name in Definitions.model_fields})


@pytest.fixture
def empty(qapp: object) -> JourneyDocument:
    return JourneyDocument(JourneyVersion(name="New"), definitions())


@pytest.fixture
def document(qapp: object) -> JourneyDocument:
    return sample()


def test_first_activity_is_event_and_gives_namespace(empty: JourneyDocument) -> None:
    with pytest.raises(NotAllowedError, match="starts with an event"):
        empty.add_activity(WAIT, (0, 0))
    name = empty.add_activity(EVENT, (0.4, 7.6))
    assert name == "lobby_beacon"
    assert empty.journey.by_id[name].position == (0, 8)
    assert empty.journey.namespace == "CRMID"
    empty.undo_stack.undo()
    assert empty.journey == JourneyVersion(name="New")


def test_pasted_journey_keeps_its_namespace(empty: JourneyDocument, document: JourneyDocument) -> None:
    clip = transfer.from_text(transfer.to_text(document.clip(set(document.journey.by_id))))
    assert clip is not None
    empty.paste(clip, (0, 0))
    assert (empty.journey.namespace, empty.undo_stack.count()) == ("CRMID", 1)
    assert len(empty.journey.edges) == len(document.journey.edges)
    empty.undo_stack.undo()
    assert empty.journey == JourneyVersion(name="New")


def test_pasted_segment_start_keeps_the_namespace(empty: JourneyDocument) -> None:
    other = JourneyDocument(JourneyVersion(name="Other", namespace="Email"), definitions())
    start = other.add_activity(ActivityTemplate("segment_qualification"), (0, 0))
    end = other.add_activity(END, after=(start, ""))
    assert other.clip({end}).namespace is None
    empty.paste(other.clip({start, end}), (0, 0))
    assert empty.journey.namespace == "Email"


def test_event_chosen_later_gives_the_namespace(empty: JourneyDocument) -> None:
    found: list[str | None] = []
    empty.changed.connect(lambda _: found.append(empty.journey.namespace))
    name = empty.add_activity(ActivityTemplate("event"), (0, 0))
    empty.update_activity(name, event=EVENT.definition)
    empty.set_properties(namespace=None)
    empty.update_activity(name, timeout="PT1H")
    assert found == [None, "CRMID", None, None], "a namespace that was taken away stays away"


def test_each_edit_is_one_step_and_reports_changes(empty: JourneyDocument) -> None:
    seen: list[DocumentChange] = []
    empty.changed.connect(seen.append)
    entry = empty.add_activity(EVENT, (0, 0))
    condition = empty.add_activity(CONDITION, after=(entry, ""))
    assert empty.undo_stack.count() == 2
    assert seen[-1] == DocumentChange(frozenset({"activities", "edges"}), frozenset({condition}))
    assert empty.journey.edges == (line(entry, "", condition),)
    empty.move({entry: (40, 0)})
    assert seen[-1].activities == {entry}
    assert empty.undo_stack.undoText() == "Move"


def test_edit_without_effect_is_not_a_step(document: JourneyDocument) -> None:
    document.move({"lobby": (0, 0)})
    document.set_properties(name=document.journey.name)
    assert document.undo_stack.count() == 0


def test_insert_on_edge_joins_both_sides(document: JourneyDocument) -> None:
    edge = line("welcome", "", "restaurant")
    with pytest.raises(NotAllowedError, match="in parallel"):
        document.add_activity(PUSH, (700, 0), on_edge=edge)
    with pytest.raises(NotAllowedError, match="Nothing can follow an end"):
        document.add_activity(END, (700, 0), on_edge=edge)
    name = document.add_activity(WAIT, (700, 0), on_edge=edge)
    assert line("welcome", "", name) in document.journey.edges
    assert line(name, "", "restaurant") in document.journey.edges
    assert edge not in document.journey.edges


@pytest.mark.parametrize(
    ("source", "path", "target", "reason"),
    [
        ("meal", "", "lobby", "loops"),
        ("lobby", "", "lobby", "loops"),
        ("rates", "", "ate", "already has an incoming path"),
        ("ate", "", "rated", "Nothing can follow an end"),
        ("stay", "third", "rated", "no such path"),
        ("gone", "", "rated", "no longer exists"),
        ("lobby", "", "gone", "no longer exists"),
    ],
)
def test_lines_that_break_rule_are_refused(
    document: JourneyDocument, source: str, path: str, target: str, reason: str
) -> None:
    before = document.journey
    with pytest.raises(NotAllowedError, match=reason):
        document.connect_path(source, path, target)
    assert document.journey is before


def test_only_events_and_waits_are_parallel(document: JourneyDocument) -> None:
    document.disconnect_edge(line("rates", "", "rated"))
    with pytest.raises(NotAllowedError, match="in parallel"):
        document.connect_path("welcome", "", "rated")
    document.add_activity(WAIT, after=("welcome", ""))
    assert rules.parallel_path(document.journey, "welcome") == ""
    assert rules.parallel_path(document.journey, "meal") is None


def test_deleting_joins_unambiguous_neighbours(document: JourneyDocument) -> None:
    document.delete(["meal"])
    assert line("restaurant", "", "ate") in document.journey.edges
    document.undo_stack.undo()
    document.delete(["restaurant"])
    assert not any(edge.target == "meal" for edge in document.journey.edges)
    document.undo_stack.undo()
    document.delete(["welcome"])
    assert not any(edge.source == "stay" and edge.path == "booked" for edge in document.journey.edges)
    document.undo_stack.undo()
    document.delete(["restaurant", "six_hours"])
    assert [edge.target for edge in document.journey.outgoing["welcome"]] == ["meal"]


def test_paths_that_go_take_their_edges_along(document: JourneyDocument) -> None:
    document.update_activity("stay", others=False)
    assert not any(edge.path == "others" for edge in document.journey.edges)
    document.undo_stack.undo()
    assert line("stay", "others", "rates") in document.journey.edges


def test_locked_journey_lets_only_labels_change(document: JourneyDocument) -> None:
    document.set_read_only(True)
    document.update_activity("welcome", label="Hello")
    document.set_properties(name="Other", description="Said")
    assert document.journey.name == "Other"
    for edit in (
        lambda: document.update_activity("welcome", on_error=True),
        lambda: document.move({"lobby": (1, 1)}),
        lambda: document.delete(["meal"]),
        lambda: document.set_properties(time_zone="UTC"),
        lambda: document.add_activity(EVENT, (0, 0)),
        document.arrange,
    ):
        with pytest.raises(NotAllowedError, match="is read-only"):
            edit()


def test_no_more_than_fifty_activities(empty: JourneyDocument) -> None:
    name = empty.add_activity(EVENT, (0, 0))
    for _ in range(49):
        name = empty.add_activity(WAIT, after=(name, ""))
    with pytest.raises(NotAllowedError, match="at most 50"):
        empty.add_activity(END, after=(name, ""))


def test_reactions_follow_messages_and_jumps_need_namespace(empty: JourneyDocument) -> None:
    entry = empty.add_activity(EVENT, (0, 0))
    with pytest.raises(NotAllowedError, match="needs a message"):
        empty.add_activity(ActivityTemplate("reaction"), after=(entry, ""))
    empty.set_properties(namespace=None)
    with pytest.raises(NotAllowedError, match="needs a profile"):
        empty.add_activity(ActivityTemplate("jump"), after=(entry, ""))


def test_pasted_activities_get_new_ids(document: JourneyDocument) -> None:
    text = transfer.to_text(document.clip({"stay", "welcome", "rates"}))
    clip = transfer.from_text(text)
    assert clip is not None
    names = document.paste(clip, (100, 900))
    assert names == ("stay_2", "welcome_2", "rates_2")
    assert line("stay_2", "booked", "welcome_2") in document.journey.edges
    assert document.journey.by_id["stay_2"].position == (100, 900)
    pasted = document.paste(clip, after=("rated_2", "")) if "rated_2" in document.journey.by_id else ()
    assert pasted == ()
    assert transfer.from_text("plain words") is None
    assert transfer.from_text('{"format": "sojourn/clip-1", "activities": [{"id": 3}]}') is None


def test_history_survives_restart(document: JourneyDocument) -> None:
    start = document.journey
    document.move({"lobby": (20, 20)})
    document.delete(["meal"])
    document.set_properties(time_zone="Asia/Seoul", name="Renamed")
    document.undo_stack.undo()
    kept, history = document.journey, document.history()
    again = JourneyDocument(JourneyVersion(name="Other"), definitions())
    again.load(kept, history)
    assert again.journey == kept
    again.undo_stack.redo()
    assert again.journey.properties.time_zone == "Asia/Seoul"
    again.undo_stack.setIndex(0)
    assert again.journey == start


def test_arrow_keys_held_down_are_one_step(document: JourneyDocument) -> None:
    for x in range(1, 6):
        document.move({"lobby": (x, 0)}, merge="nudge")
    assert document.undo_stack.count() == 1
    document.undo_stack.undo()
    assert document.journey.by_id["lobby"].position == (0, 0)


def test_arrange_separates_activities(document: JourneyDocument) -> None:
    document.arrange()
    places = [activity.position for activity in document.journey.activities]
    assert len(set(places)) == len(places)


def test_notes_and_groups(document: JourneyDocument) -> None:
    document.add_note((10, 10), "Ask legal")
    document.update_note(0, text="Asked")
    document.add_group({"welcome", "restaurant"}, "Stay")
    document.add_group({"restaurant", "meal"}, "Meal", "green")
    assert [group.activities for group in document.journey.groups] == [("welcome",), ("restaurant", "meal")]
    document.delete(["restaurant", "meal"], notes=[0])
    assert len(document.journey.groups) == 1
    assert document.journey.notes == ()


def _random_edit(document: JourneyDocument, chance: random.Random) -> None:
    journey = document.journey
    names = [activity.id for activity in journey.activities]
    templates = palette(document.definitions)
    pick = chance.randrange(8)
    if pick < 3 or not names:
        after = (chance.choice(names), chance.choice(["", "path_1", "others"])) if names and pick else None
        edge = chance.choice(journey.edges) if journey.edges and pick == 2 else None
        document.add_activity(chance.choice(templates), (chance.randrange(900), 0), None if edge else after, edge)
    elif pick == 3:
        document.connect_path(chance.choice(names), chance.choice(["", "path_1", "booked"]), chance.choice(names))
    elif pick == 4:
        document.move({name: (chance.randrange(900), chance.randrange(900)) for name in names[::2]})
    elif pick == 5:
        document.delete(chance.sample(names, min(len(names), 2)))
    elif pick == 6:
        document.update_activity(chance.choice(names), label=f"Step {chance.randrange(9)}")
    else:
        document.duplicate(chance.sample(names, 1))


@pytest.mark.parametrize("seed", range(4))
def test_undo_all_and_redo_all_restore_journeys(qapp: object, seed: int) -> None:
    document, chance = sample(), random.Random(seed)
    states = [document.journey]
    while document.undo_stack.count() < 75:
        count = document.undo_stack.count()
        try:
            _random_edit(document, chance)
        except NotAllowedError:
            assert document.undo_stack.count() == count
        if document.undo_stack.count() > count:
            states.append(document.journey)
    for state in reversed(states[:-1]):
        document.undo_stack.undo()
        assert document.journey == state
    for state in states[1:]:
        document.undo_stack.redo()
        assert document.journey == state


def test_patches_survive_json(document: JourneyDocument) -> None:
    before = document.journey
    document.delete(["stay"])
    patch = difference(before, document.journey)
    assert Patch.from_json(patch.to_json()).apply(before) == document.journey
    assert not difference(before, before)
