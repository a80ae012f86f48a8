"""Where new activities go: on the row of their path, never over others, which make room; undo takes all of it back."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from app.document.document import JourneyDocument, NotAllowedError
from app.document.placement import COLUMN, ROW
from app.document.transfer import ActivityTemplate
from engine.model.activity import exit_paths
from engine.model.journey import JourneyVersion
from tests.helpers.canvas_driver import CONDITION, EMAIL, LOBBY, WAIT, definitions, sample

Places = dict[str, tuple[float, float]]


def _places(document: JourneyDocument) -> Places:
    return {one.id: one.position for one in document.journey.activities if one.position is not None}


def _overlaps(places: Places) -> list[tuple[str, str]]:
    return [
        (one, other)
        for (one, a), (other, b) in combinations(places.items(), 2)
        if abs(a[0] - b[0]) < COLUMN / 2 and abs(a[1] - b[1]) < ROW / 2
    ]


def _mail_with_rows_below() -> tuple[JourneyDocument, str]:
    """A condition whose first path has an email with an error path, and whose second path has the row below."""
    document = JourneyDocument(JourneyVersion(name="New"), definitions())
    lobby = document.add_activity(LOBBY, (0, 0))
    fork = document.add_activity(CONDITION, after=(lobby, ""))
    document.update_activity(fork, paths=({"id": "yes"},), others=True)
    mail = document.add_activity(EMAIL, after=(fork, "yes"))
    document.update_activity(mail, on_error=True)
    document.add_activity(WAIT, after=(mail, ""))
    other = document.add_activity(EMAIL, after=(fork, "others"))
    for _ in range(3):
        other = document.add_activity(WAIT, after=(other, ""))
    return document, mail


def test_error_path_gets_a_row_of_its_own() -> None:
    document, mail = _mail_with_rows_below()
    before = _places(document)
    added = document.add_activity(WAIT, after=(mail, "error"))
    after = _places(document)
    assert after[added][1] == before[mail][1] + ROW
    assert [name for name, (_, y) in after.items() if y == after[added][1]] == [added]
    assert _overlaps(after) == []
    document.undo_stack.undo()
    assert _places(document) == before


def test_insertion_on_an_edge_makes_room() -> None:
    document = JourneyDocument(sample(), definitions())
    document.arrange()
    before = _places(document)
    edge = next(edge for edge in document.journey.edges if edge.source == "restaurant")
    middle = ((before["restaurant"][0] + before["meal"][0]) / 2, before["meal"][1] + 9)
    added = document.add_activity(WAIT, middle, on_edge=edge)
    after = _places(document)
    assert after[added] == before["meal"]
    assert after["meal"][0] == before["meal"][0] + COLUMN
    assert after["ate"][0] == before["ate"][0] + COLUMN
    assert {name: after[name] for name in before if name not in ("meal", "ate")} == {
        name: before[name] for name in before if name not in ("meal", "ate")
    }
    assert _overlaps(after) == []
    document.undo_stack.undo()
    assert _places(document) == before


def test_long_edge_needs_no_room() -> None:
    document = JourneyDocument(sample(), definitions())
    document.arrange()
    document.move({name: (x + 3 * COLUMN, y) for name, (x, y) in _places(document).items() if name in ("meal", "ate")})
    before = _places(document)
    edge = next(edge for edge in document.journey.edges if edge.source == "restaurant")
    wish = before["restaurant"][0] + 2 * COLUMN
    added = document.add_activity(WAIT, (wish, 0), on_edge=edge)
    after = _places(document)
    assert after.pop(added) == (wish, before["meal"][1])
    assert after == before


Choice = tuple[int, int, int]


@given(st.lists(st.tuples(st.integers(0, 99), st.integers(0, 9), st.integers(0, 3)), max_size=25))
def test_nothing_added_lies_over_another(choices: list[Choice]) -> None:
    document = JourneyDocument(JourneyVersion(name="New"), definitions())
    document.add_activity(LOBBY, (0, 0))
    for where, way, what in choices:
        before, step = _places(document), document.undo_stack.index()
        if not _build(document, where, way, what):
            continue
        after, last = _places(document), document.undo_stack.index()
        assert _overlaps(after) == []
        document.undo_stack.setIndex(step)
        assert _places(document) == before
        document.undo_stack.setIndex(last)
        assert _places(document) == after


def _build(document: JourneyDocument, where: int, way: int, what: int) -> bool:
    """Add something after a path's end or on an edge; return whether the rules allowed it."""
    journey = document.journey
    template: ActivityTemplate = (WAIT, EMAIL, CONDITION, WAIT)[what]
    try:
        if what == 3 and journey.edges:
            edge = journey.edges[where % len(journey.edges)]
            document.add_activity(template, _places(document)[edge.target], on_edge=edge)
            return True
        source = journey.activities[where % len(journey.activities)]
        paths = exit_paths(source)
        name = document.add_activity(template, after=(source.id, paths[way % len(paths)]))
    except NotAllowedError:
        return False
    if template is EMAIL:
        document.update_activity(name, on_error=True)
    elif template is CONDITION:
        document.update_activity(name, paths=({"id": "yes"}, {"id": "no"}), others=True)
    return True
