"""The inputs of settings panes: shares, the week, dates, collections, previews, as a person uses them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QDate, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from app.activities.activity_form import FormContext
from app.expression.preview import Sample, example_sample
from app.expression.value_inputs import DurationValueInput
from app.panels.message_preview import MessagePreview, filled
from app.panels.properties import PropertiesPane
from app.panels.settings_pane import SettingsPane
from app.widgets import shares
from app.widgets.date_input import DateInput
from app.widgets.number_input import NumberInput
from app.widgets.share_bar import ShareBar
from app.widgets.week_grid import WeekGrid
from engine.activities.conditions.time import WEEKDAYS
from engine.activities.parameters import CollectionParameter
from engine.core.calendar import in_time_window
from engine.expression.simple_form import ConditionValue
from engine.expression.types import Scope
from engine.model.action import CustomAction
from engine.model.activity import ACTIVITY_KINDS, Activity
from engine.model.channel import MessageTemplate
from engine.model.definitions import Definitions
from engine.model.journey_file import JourneyFile, read

LEFT = Qt.MouseButton.LeftButton
SHARES = st.lists(st.integers(0, 1000).map(lambda tenths: tenths / 10), min_size=1, max_size=8)


@pytest.fixture
def sample(root: Path) -> JourneyFile:
    return read((root / "resources" / "samples" / "lobby-and-restaurant.journey.json").read_text(encoding="utf-8"))


def _shown(qtbot: Any, widget: Any, width: int = 300) -> Any:
    qtbot.addWidget(widget)
    widget.resize(max(widget.minimumWidth(), width), max(widget.minimumHeight(), 200))
    widget.show()
    return widget


def _tenths(made: tuple[float, ...]) -> list[int]:
    return [round(share * 10) for share in made]


# Shares


@given(SHARES, st.data(), st.floats(-10, 130))
def test_typed_shares_total_one_hundred(before: list[float], data: st.DataObject, typed: float) -> None:
    index = data.draw(st.integers(0, len(before) - 1))
    made = _tenths(shares.rebalanced(before, index, typed))
    assert sum(made) == 1000
    assert min(made) >= 0
    assert len(before) == 1 or made[index] == min(max(round(typed * 10), 0), 1000)


@given(SHARES, st.data())
def test_shares_total_one_hundred_after_add_or_remove(before: list[float], data: st.DataObject) -> None:
    more = _tenths(shares.with_one_more(before))
    assert (sum(more), len(more)) == (1000, len(before) + 1)
    index = data.draw(st.integers(0, len(before) - 1))
    fewer = _tenths(shares.without(before, index))
    assert (sum(fewer), len(fewer)) == (1000 if len(before) > 1 else 0, len(before) - 1)


@given(SHARES.filter(lambda found: len(found) > 1), st.data(), st.floats(-10, 400))
def test_dragged_border_changes_its_two_neighbours_alone(before: list[float], data: st.DataObject, at: float) -> None:
    divider = data.draw(st.integers(0, len(before) - 2))
    made = shares.divided(before, divider, at)
    assert sum(_tenths(made)) == sum(_tenths(tuple(before)))
    kept = [place for place in range(len(before)) if place not in (divider, divider + 1)]
    assert [made[place] for place in kept] == [before[place] for place in kept]


def test_border_of_two_shares_is_dragged(qtbot: Any) -> None:
    bar = _shown(qtbot, ShareBar())
    bar.resize(300, 28)
    bar.show_shares((50, 50))
    heard: list[Any] = []
    bar.changed.connect(heard.append)
    QTest.mousePress(bar, LEFT, pos=QPoint(150, 14))
    QTest.mouseMove(bar, QPoint(90, 14))
    QTest.mouseRelease(bar, LEFT, pos=QPoint(90, 14))
    assert heard[-1] == (30, 70)
    QTest.mousePress(bar, LEFT, pos=QPoint(200, 14))
    QTest.mouseMove(bar, QPoint(20, 14))
    assert heard[-1] == (30, 70)


def test_typed_share_takes_from_others(qtbot: Any, sample: JourneyFile) -> None:
    pane = _pane(
        qtbot, sample, "condition.percentage", {"paths": [{"id": "a", "weight": 50}, {"id": "b", "weight": 50}]}
    )
    cards = pane.form.paths.cards
    cards[0].weight.setFocus()
    QTest.keyClick(cards[0].weight, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(cards[0].weight, "30")
    assert [path.weight for path in pane.form.activity().paths] == [30, 70]
    QTest.mouseClick(pane.form.paths.add_button, LEFT)
    assert [path.weight for path in pane.form.activity().paths] == [20, 46.7, 33.3]
    QTest.mouseClick(pane.form.paths.cards[0].remove, LEFT)
    assert sum(path.weight for path in pane.form.activity().paths) == pytest.approx(100)


def test_condition_that_becomes_split_is_split_evenly(qtbot: Any, sample: JourneyFile) -> None:
    paths = [{"id": "a"}, {"id": "b"}, {"id": "c"}]
    pane = _pane(qtbot, sample, "condition.data_source", {"paths": paths})
    pane.form.kind_changed.emit("condition.percentage")
    weights = [path.weight for path in pane.form.activity().paths]
    assert sum(_tenths(tuple(weights))) == 1000
    assert max(weights) - min(weights) < 0.2


# The week


def test_hours_are_drawn_over_days(qtbot: Any) -> None:
    grid = _shown(qtbot, WeekGrid(), 276)
    grid.resize(276, grid.height())
    grid.show_range(0, 0, frozenset(WEEKDAYS))
    column = (276 - 36) / 24
    start, end = QPoint(int(36 + 9 * column + 4), 18 + 8), QPoint(int(36 + 16 * column + 4), 18 + 4 * 20 + 8)
    QTest.mousePress(grid, LEFT, pos=start)
    QTest.mouseMove(grid, end)
    QTest.mouseRelease(grid, LEFT, pos=end)
    assert (grid.start, grid.until, grid.days) == (9 * 60, 17 * 60, frozenset(WEEKDAYS[:5]))


def test_days_are_toggled_by_name_and_key(qtbot: Any) -> None:
    grid = _shown(qtbot, WeekGrid(), 276)
    grid.show_range(600, 1080, frozenset(WEEKDAYS))
    QTest.mouseClick(grid, LEFT, pos=QPoint(10, 18 + 5 * 20 + 8))
    grid.setFocus()
    QTest.keyClick(grid, Qt.Key.Key_Down)
    QTest.keyClick(grid, Qt.Key.Key_Space)
    assert grid.days == frozenset(WEEKDAYS[:5])
    assert "Mon" in grid.accessibleName()


@given(st.integers(0, 1439), st.integers(0, 1439), st.sets(st.sampled_from(WEEKDAYS), min_size=1))
def test_grid_shows_effective_hours(qapp: Any, start: int, until: int, days: set[Any]) -> None:
    grid = WeekGrid()
    grid.show_range(start, until, frozenset(days))
    numbers = frozenset(WEEKDAYS.index(day) for day in days)
    for day in range(7):
        for hour in range(24):
            moments = [datetime(2026, 3, 9 + day, hour, minute, tzinfo=UTC) for minute in range(60)]
            inside = any(in_time_window(moment, start, until, numbers) for moment in moments)
            assert grid.covers(day, hour) == inside


def test_pane_of_time_condition_follows_its_grid(qtbot: Any, sample: JourneyFile) -> None:
    paths = [{"id": "a", "from": "09:00", "until": "18:00", "days": ["monday"]}]
    pane = _pane(qtbot, sample, "condition.time", {"paths": paths})
    card = pane.form.paths.cards[0]
    card.start.setFocus()
    QTest.keyClick(card.start, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(card.start, "22:00")
    assert card.grid.covers(1, 3)
    QTest.mouseClick(card.grid, LEFT, pos=QPoint(10, 18 + 20 + 8))
    path = pane.form.activity().paths[0]
    assert (path.start, path.until, path.days) == ("22:00", "18:00", ("monday", "tuesday"))


# Dates


def test_day_is_chosen_from_calendar(qtbot: Any) -> None:
    line = _shown(qtbot, DateInput(times=True))
    line.show_moment("2026-12-31T08:00")
    QTest.keyClick(line, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert line.calendar.month.selectedDate() == QDate(2026, 12, 31)
    line.calendar.month.clicked.emit(QDate(2027, 1, 2))
    assert line.moment() == "2027-01-02T08:00"


@pytest.mark.parametrize(
    ("shown", "kept"), [("PT0S", "PT0M"), ("PT90M", "PT90M"), ("PT36H", "PT36H"), ("PT90.5S", "PT90S"), ("P2D", "P2D")]
)
def test_duration_of_condition_is_kept(qtbot: Any, shown: str, kept: str) -> None:
    made = _shown(qtbot, DurationValueInput())
    made.show_value(ConditionValue(shown, "duration"))
    assert made.value() == ConditionValue(kept, "duration")


def test_arrow_counts_but_not_with_alt(qtbot: Any) -> None:
    line = _shown(qtbot, NumberInput(10))
    line.show_number(3)
    QTest.keyClick(line, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert line.number() == 3
    QTest.keyClick(line, Qt.Key.Key_Up)
    assert line.number() == 4


@pytest.mark.parametrize("typed", ["2026-02-30", "tomorrow", "2026-12-31 25:00"])
def test_invalid_date_is_reported(qtbot: Any, typed: str) -> None:
    line = _shown(qtbot, DateInput(times=True))
    QTest.keyClicks(line, typed)
    assert line.problem().startswith("Write a date")
    assert line.moment() == typed.replace(" ", "T")


def test_properties_are_validated_while_typing(qtbot: Any, sample: JourneyFile) -> None:
    pane = _shown(qtbot, PropertiesPane())
    pane.show_journey(sample.journey, sample, False)
    assert not pane.save_button.isEnabled()
    QTest.keyClicks(pane.starts_at, "2026-05-01")
    QTest.keyClicks(pane.ends_at, "2026-04-01")
    assert "before the start" in pane._fields[pane.ends_at].fault
    assert not pane.save_button.isEnabled()
    QTest.keyClick(pane.ends_at, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(pane.ends_at, "2026-06-01")
    saved: list[Mapping[str, Any]] = []
    pane.saved.connect(saved.append)
    QTest.keyClick(pane.ends_at, Qt.Key.Key_Return)
    assert saved == [{"starts_at": "2026-05-01", "ends_at": "2026-06-01"}]


# Collections, fixed parts, descriptions

LISTS = CustomAction.model_validate_json(
    json.dumps(
        {
            "name": "Order",
            "url": "https://shop.example.com/orders",
            "headers": [{"name": "X-App", "value": "hotel"}],
            "body": {
                "kind": {"value": "order"},
                "goods": {"variable": "Goods", "type": "listObject", "fields": {"sku": "string", "name": "string"}},
            },
        }
    )
)


def _pane(qtbot: Any, sample: JourneyFile, kind: str, settings: Mapping[str, Any], read_only: bool = False) -> Any:
    name, _, sort = kind.partition(".")
    body = {"id": "one", "type": name, "label": "L", **({"kind": sort} if sort else {}), **settings}
    made: Activity = ACTIVITY_KINDS[kind].settings.model_validate_json(json.dumps(body))
    definitions = Definitions(
        namespaces=sample.namespaces,
        events=sample.events,
        data_sources=sample.data_sources,
        actions=(*sample.actions, LISTS),
        templates=sample.templates,
    )
    pane = _shown(qtbot, SettingsPane())
    pane.resize(340, 700)
    scope = definitions.scope({event.name: event.payload_type for event in sample.events})
    pane.show_activity(made, FormContext(definitions, scope, (), {}, "CRMID"), read_only)
    return pane


def test_collection_is_mapped_field_by_field(qtbot: Any, sample: JourneyFile) -> None:
    given = {"Goods": {"items": "@{LobbyBeacon.tokens}", "fields": {"sku": "token"}}}
    pane = _pane(qtbot, sample, "action", {"action": "Order", "parameters": given})
    assert pane.form is not None
    collection = pane.form._parameters._collections["Goods"]
    assert [collection.sources["sku"].itemText(i) for i in range(3)] == ["Nothing", "token", "app"]
    name = collection.sources["name"]
    name.setFocus()
    QTest.keyClick(name, Qt.Key.Key_End)
    name.activated.emit(name.currentIndex())
    wanted = CollectionParameter(items="@{LobbyBeacon.tokens}", fields={"sku": "token", "name": "app"})
    assert pane.form.activity().parameters == {"Goods": wanted}


def test_constant_action_values_are_shown_on_demand(qtbot: Any, sample: JourneyFile) -> None:
    pane = _pane(qtbot, sample, "action", {"action": "Order"})
    fixed = pane.form._fixed
    assert not fixed.well.isVisible()
    QTest.mouseClick(fixed.link, LEFT)
    said = [made.accessibleName() for made in fixed.well.findChildren(QWidget) if made.accessibleName()]
    assert said == ["Address: POST https://shop.example.com/orders", "X-App: hotel", 'kind: "order"']


def test_description_is_added_and_saved(qtbot: Any, sample: JourneyFile) -> None:
    pane = _pane(qtbot, sample, "end", {})
    form: Any = pane.form
    QTest.mouseClick(form._more, LEFT)
    QTest.keyClicks(form._description, "Nothing more to say")
    assert form.activity().description == "Nothing more to say"
    assert pane.dirty


def test_published_version_allows_only_text_changes(qtbot: Any, sample: JourneyFile) -> None:
    pane = _pane(qtbot, sample, "wait.duration", {"duration": "PT6H"}, read_only=True)
    form: Any = pane.form
    assert not form._label.isEnabled()
    pane.keep_texts_open(True)
    assert form._label.isEnabled()
    assert not form._length.number.isEnabled()
    saved: list[Activity] = []
    pane.saved.connect(saved.append)
    QTest.keyClicks(form._label, "!")
    QTest.keyClick(form._label, Qt.Key.Key_Return)
    assert [made.label for made in saved] == ["L!"]


# Previews

TEMPLATE = MessageTemplate(
    name="Hello",
    channel="email",
    subject="Hello {{ firstName }}",
    body="Dear {{ firstName }}",
    variables={"firstName": "string"},  # type: ignore[arg-type]
)
MINA = {"ExperiencePlatform.Profile": {"firstName": "Mina", "email": "mina@example.com"}}
NOW = datetime(2026, 3, 10, 8, tzinfo=UTC)


def _scope(sample: JourneyFile) -> Scope:
    return sample.scope()


def test_message_preview_for_profile(qtbot: Any, sample: JourneyFile) -> None:
    scope = _scope(sample)
    settings = (
        "#{ExperiencePlatform.Profile.email}",
        {"firstName": "#{ExperiencePlatform.Profile.firstName}"},
    )
    people = [Sample("Mina", sources=MINA), example_sample("Example", scope)]
    dialog = _shown(qtbot, MessagePreview(TEMPLATE, settings, scope, people, NOW))
    assert dialog.shown.message.subject == "Hello Mina"
    assert dialog.shown.address == "mina@example.com"
    dialog.person.setFocus()
    QTest.keyClick(dialog.person, Qt.Key.Key_Down)
    dialog.person.activated.emit(1)
    assert dialog.shown.message.subject == "Hello text"


def test_missing_message_value_is_reported(sample: JourneyFile) -> None:
    scope = _scope(sample)
    person = Sample("Mina", sources=MINA)
    empty = filled(TEMPLATE, "", {}, scope, person, NOW)
    assert empty.faults == ("firstName is not filled in yet.", "Address is not filled in yet.")
    wrong = filled(
        TEMPLATE, '"a@example.com"', {"firstName": "#{ExperiencePlatform.Profile.lastName}"}, scope, person, NOW
    )
    assert wrong.faults == ("firstName is empty for this person.",)
    stray = filled(TEMPLATE.model_copy(update={"body": "{{ stray }}"}), '"a"', {"firstName": '"A"'}, scope, person, NOW)
    assert stray.faults == ("The template uses stray, which is none of its variables",)
