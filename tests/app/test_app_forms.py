"""Forms, lists and panels by mouse and keys, without an engine: what was given is shown, what is typed comes back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from app.activities.activity_form import FormContext
from app.document.transfer import ActivityTemplate, palette
from app.editors.action import ActionEditor
from app.editors.audience import SegmentEditor
from app.editors.data_source import DataSourceEditor
from app.editors.definition_editor import DefinitionEditor
from app.editors.event import EventEditor
from app.forms.engine_texts import issue_text, issues_by_setting, setting_path
from app.forms.json_input import PasteDialog, PayloadForm, read_object
from app.lists.object_list import ObjectList
from app.lists.rows import Cell, Column, Row
from app.panels.canvas_lists import ProblemEntry, ProblemList
from app.panels.live_panel import LiveFigures, LivePanel
from app.panels.palette import ActivityPalette, PaletteFilter
from app.panels.properties import PropertiesPane
from app.panels.ranking_rows import BarEntry, StepEntry
from app.panels.settings_pane import SettingsPane
from app.widgets.empty_state import EmptyState
from engine.core.validate import validate
from engine.model.activity import ACTIVITY_KINDS, Activity
from engine.model.fields import read_fields
from engine.model.journey_file import JourneyFile, read

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def sample(root: Path) -> JourneyFile:
    """The sample journey with its definitions."""
    return read((root / "resources" / "samples" / "lobby-and-restaurant.journey.json").read_text(encoding="utf-8"))


def _shown(qtbot: Any, widget: Any) -> Any:
    qtbot.addWidget(widget)
    widget.resize(max(widget.minimumWidth(), 600), 700)
    widget.show()
    return widget


# Settings panes

_SETTINGS: Mapping[str, Mapping[str, Any]] = {
    "event": {"event": "LobbyBeacon", "timeout": "PT2H", "timeout_path": True},
    "reaction": {"to": "membership", "on": "opened", "timeout": "P1D"},
    "segment_qualification": {"behaviour": "exit"},
    "condition.data_source": {"paths": [{"id": "a", "label": "A", "expression": "true"}], "others": True},
    "condition.time": {"paths": [{"id": "a", "from": "22:00", "until": "06:00", "days": ["monday"]}], "on_error": True},
    "condition.percentage": {"paths": [{"id": "a", "weight": 30}, {"id": "b", "weight": 70}]},
    "condition.date": {"paths": [{"id": "a", "from": "2026-01-01", "until": "2026-01-31"}]},
    "condition.profile_cap": {"paths": [{"id": "a"}], "limit": 1000, "others": True},
    "wait.duration": {"duration": "PT6H"},
    "wait.custom": {"until": "toDateTimeOnly(now())"},
    "end": {"label": "Over"},
    "action": {"action": "SendPush", "parameters": {"Token": '"t"', "Title": '"a"'}, "on_error": True},
    "email": {"template": "LoyaltyMembership", "address": '"a@b.example"', "parameters": {"firstName": '"A"'}},
    "sms": {"address": '"1"'},
    "push": {"address": '"1"'},
    "update_profile": {"field": "Profile.email", "value": '"x"'},
    "jump": {"journey": "Spa", "parameters": {"personID": "@{LobbyBeacon.personID}"}},
}


def _activity(kind: str) -> Activity:
    name, _, sort = kind.partition(".")
    body = {"id": "one", "type": name, "label": "L", **({"kind": sort} if sort else {}), **_SETTINGS[kind]}
    made: Activity = ACTIVITY_KINDS[kind].settings.model_validate_json(json.dumps(body))
    return made


def _around(sample: JourneyFile) -> FormContext:
    messages = (("membership", "Email · Membership", "email"),)
    return FormContext(sample, sample.scope(), messages, {"Spa": "LobbyBeacon"}, "CRMID")


@pytest.mark.parametrize("kind", ACTIVITY_KINDS)
def test_pane_round_trip(qtbot: Any, sample: JourneyFile, kind: str) -> None:
    pane = _shown(qtbot, SettingsPane())
    activity = _activity(kind)
    pane.show_activity(activity, _around(sample), False)
    assert not pane.dirty
    assert pane.form.activity() == activity


@pytest.mark.parametrize("kind", ACTIVITY_KINDS)
def test_enter_saves_and_escape_discards(qtbot: Any, sample: JourneyFile, kind: str) -> None:
    pane = _shown(qtbot, SettingsPane())
    activity = _activity(kind)
    pane.show_activity(activity, _around(sample), False)
    saved: list[Activity] = []
    pane.saved.connect(saved.append)
    QTest.keyClicks(pane.form._label, "!")
    QTest.keyClick(pane.form._label, Qt.Key.Key_Escape)
    assert not saved
    assert pane.form.activity() == activity
    QTest.keyClicks(pane.form._label, "!")
    QTest.keyClick(pane.form._label, Qt.Key.Key_Return)
    assert saved == [activity.model_copy(update={"label": activity.label + "!"})]


def test_condition_kind_change_keeps_paths(qtbot: Any, sample: JourneyFile) -> None:
    pane = _shown(qtbot, SettingsPane())
    pane.show_activity(_activity("condition.percentage"), _around(sample), False)
    pane.form.kind_changed.emit("condition.time")
    made = pane.form.activity()
    assert made.kind == "time"
    assert [path.id for path in made.paths] == ["a", "b"]
    assert pane.dirty


def test_paths_are_added_raised_and_removed(qtbot: Any, sample: JourneyFile) -> None:
    pane = _shown(qtbot, SettingsPane())
    pane.show_activity(_activity("condition.percentage"), _around(sample), False)
    paths = pane.form.paths
    QTest.mouseClick(paths.add_button, LEFT)
    QTest.mouseClick(paths.cards[1].up, LEFT)
    QTest.mouseClick(paths.cards[2].remove, LEFT)
    assert [(path.id, path.weight) for path in paths.paths()] == [("b", 70), ("a", 30)]


def test_problems_are_shown_at_inputs(qtbot: Any, sample: JourneyFile) -> None:
    broken = sample.journey.model_copy(
        update={
            "activities": tuple(
                item.model_copy(update={"parameters": {}}) if item.id == "welcome" else item
                for item in sample.journey.activities
            )
        }
    )
    issues = validate(broken, sample)
    pane = _shown(qtbot, SettingsPane())
    pane.show_activity(broken.by_id["welcome"], _around(sample), False)
    pane.show_faults(issues_by_setting(issues, "welcome"))
    assert "Token" in pane.form._parameters._rows["Token"].fault
    assert all(issue_text(issue) for issue in issues)


@pytest.mark.parametrize(
    ("path", "setting"),
    [("$.journey.activities[3].parameters.Token", "parameters.Token"), ("$.journey.activities", ""), ("$.journey", "")],
)
def test_setting_of_path(path: str, setting: str) -> None:
    assert setting_path(path) == setting


# Editors


def _paste(example: str) -> None:
    dialog = next(made for made in QApplication.topLevelWidgets() if isinstance(made, PasteDialog) and made.isVisible())
    QGuiApplication.clipboard().setText(example)
    dialog.code.setFocus()
    QTest.keyClick(dialog.code, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    QTest.mouseClick(dialog.take, LEFT)


def _saved(editor: DefinitionEditor) -> list[tuple[Mapping[str, Any], str | None]]:
    saved: list[tuple[Mapping[str, Any], str | None]] = []
    editor.saved.connect(lambda body, was: saved.append((body, was)))
    return saved


def test_event_is_made_from_pasted_example(qtbot: Any, sample: JourneyFile) -> None:
    editor = _shown(qtbot, EventEditor(sample))
    saved = _saved(editor)
    editor.show_new()
    QTest.keyClicks(editor.name, "Checkout")
    QTest.mouseClick(editor.tree.paste_button, LEFT)
    _paste('{"personID": "p-1", "total": 12.5, "items": [{"sku": "a"}]}')
    editor.tree.rows[0].box.click()
    editor.tree._change(editor.tree.fields)
    editor.key.code.setFocus()
    QGuiApplication.clipboard().setText("@{Checkout.personID}")
    QTest.keyClick(editor.key.code, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    QTest.mouseClick(editor.save_button, LEFT)
    (body, was), *_ = saved
    assert was is None
    assert body["fields"] == {
        "personID": {"type": "string", "required": True},
        "total": "decimal",
        "items": [{"sku": "string"}],
    }
    assert body["key"] == "@{Checkout.personID}"
    assert body["type"] == "system"
    assert len(body["event_id"]) == 36
    editor._write_preview()
    assert json.loads(editor.preview.toPlainText())["personID"] == "…"


def test_used_event_keeps_its_fields(qtbot: Any, sample: JourneyFile) -> None:
    editor = _shown(qtbot, EventEditor(sample))
    saved = _saved(editor)
    body = sample.events[0].model_dump(mode="json", exclude_defaults=True)
    editor.show_definition(body, "LobbyBeacon", 2)
    assert not editor.name.isEnabled()
    editor.tree._asked((0,), "remove")
    QTest.mouseClick(editor.save_button, LEFT)
    assert not saved
    assert "personID" in editor.fault.text()
    QTest.mouseClick(editor.discard_button, LEFT)
    QTest.mouseClick(editor.tree.add_button, LEFT)
    QTest.mouseClick(editor.save_button, LEFT)
    assert saved[0][0]["fields"]["field"] == "string"


def test_invalid_field_names_are_refused_immediately(qtbot: Any, sample: JourneyFile) -> None:
    editor = _shown(qtbot, EventEditor(sample))
    editor.show_definition(sample.events[0].model_dump(mode="json", exclude_defaults=True), "LobbyBeacon", 0)
    row = editor.tree.rows[0]
    row.name.selectAll()
    QTest.keyClicks(row.name, "a.b")
    QTest.keyClick(row.name, Qt.Key.Key_Return)
    assert editor.tree._fault.text()
    assert editor.tree.fields[0].name == "personID"


@pytest.mark.parametrize(
    ("kind", "items"), [(EventEditor, "events"), (DataSourceEditor, "data_sources"), (ActionEditor, "actions")]
)
def test_editor_round_trip(qtbot: Any, sample: JourneyFile, kind: type[DefinitionEditor], items: str) -> None:
    for item in getattr(sample, items):
        editor = _shown(qtbot, kind(sample))
        saved = _saved(editor)
        body = item.model_dump(mode="json", exclude_defaults=True)
        editor.show_definition(body, item.name, 0)
        editor.touch()
        QTest.mouseClick(editor.save_button, LEFT)
        assert type(item).model_validate_json(json.dumps(saved[0][0])) == item


def test_action_gets_body_whose_leaves_become_variables(qtbot: Any, sample: JourneyFile) -> None:
    editor = _shown(qtbot, ActionEditor(sample))
    saved = _saved(editor)
    editor.show_new()
    QTest.keyClicks(editor.name, "Call")
    QTest.keyClicks(editor.url, "https://api.example.com/x")
    QTest.mouseClick(editor.request.paste_button, LEFT)
    _paste('{"kind": "push", "to": {"token": "t"}}')
    row = editor.request.rows[1]
    QTest.keyClick(row.kind, Qt.Key.Key_Down)
    QTest.mouseClick(editor.save_button, LEFT)
    body = saved[0][0]["body"]
    assert body["kind"] == {"value": "push"}
    assert body["to"]["token"] == {"variable": "to_token", "type": "string", "label": "token"}
    assert "https://api.example.com/x" in editor.preview.toPlainText()


def test_data_source_gains_field_group(qtbot: Any, sample: JourneyFile) -> None:
    editor = _shown(qtbot, DataSourceEditor(sample))
    saved = _saved(editor)
    body = sample.data_sources[1].model_dump(mode="json", exclude_defaults=True)
    editor.show_definition(body, "Reservations", 1)
    QTest.mouseClick(editor.add_button, LEFT)
    QTest.mouseClick(editor.save_button, LEFT)
    assert [group["name"] for group in saved[0][0]["field_groups"]] == ["Stay", "Group"]


def test_segment_is_expression(qtbot: Any, sample: JourneyFile) -> None:
    editor = _shown(qtbot, SegmentEditor(sample))
    saved = _saved(editor)
    editor.show_new({"name": "Loyal", "expression": "#{ExperiencePlatform.Profile.loyaltyMember}"})
    QTest.mouseClick(editor.save_button, LEFT)
    assert saved[0][0]["evaluation"] == "streaming"


@pytest.mark.parametrize("text", ["", "{", "[1]", "3"])
def test_invalid_example_is_reported(text: str) -> None:
    assert isinstance(read_object(text), str)
    assert read_object('[{"a": 1}]') == {"a": 1}


# The form of an event

_FIELDS = read_fields(
    {
        "id": {"type": "string", "required": True},
        "channel": {"type": "string", "enum": ["app", "web"]},
        "count": "integer",
    }
)


def test_payload_is_edited_by_field_or_code(qtbot: Any) -> None:
    form = _shown(qtbot, PayloadForm())
    form.show_fields(_FIELDS, {"count": 2})
    assert form.payload() is None
    QTest.keyClicks(form.inputs["id",], "p-1")
    QTest.keyClick(form.inputs["channel",], Qt.Key.Key_End)
    assert form.payload() == {"id": "p-1", "channel": "web", "count": 2}
    form.show_code(True)
    assert json.loads(form.code.toPlainText()) == {"id": "p-1", "channel": "web", "count": 2}
    form.code.setPlainText("{")
    assert form.payload() is None
    form.code.setPlainText('{"id": "p-2"}')
    form.show_code(False)
    assert form.payload() == {"id": "p-2"}
    QTest.keyClicks(form.inputs["count",], "x")
    assert form.payload() is None


# Lists


def _list(qtbot: Any, rows: list[Row]) -> ObjectList:
    empty = EmptyState("path", "Nothing", "Make one.", "New")
    columns = (Column("name", "Name", "name", stretch=1), Column("used", "Used", "link", 100))
    made: ObjectList = _shown(qtbot, ObjectList("Things", columns, "New", empty, (("delete", "Delete", "trash"),)))
    made.show_rows(rows)
    return made


def _row(name: str, used: int) -> Row:
    return Row(
        name, {"name": Cell(name), "used": Cell(f"{used} journeys", used, "link" if used else "")}, "path", "action"
    )


def test_list_is_searched_sorted_and_cleared(qtbot: Any) -> None:
    made = _list(qtbot, [_row("beta", 10), _row("Alpha", 9)])
    names = [made.filter.index(row, 0).data() for row in range(made.filter.rowCount())]
    assert names == ["Alpha", "beta"]
    made.table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert made.filter.index(0, 0).data() == "Alpha"
    QTest.keyClicks(made.search, "bet")
    assert made.filter.rowCount() == 1
    QTest.keyClicks(made.search, "zzz")
    assert made._stack.currentWidget() is made._nothing
    QTest.mouseClick(made._nothing.button, LEFT)
    assert made.filter.rowCount() == 2


def test_empty_list_shows_guidance(qtbot: Any) -> None:
    made = _list(qtbot, [])
    wanted: list[bool] = []
    made.created.connect(lambda: wanted.append(True))
    QTest.mouseClick(made._empty.button, LEFT)
    made.show_rows([_row("one", 0)])
    QTest.keyClick(made.table, Qt.Key.Key_C)
    assert len(wanted) == 2


def test_rows_are_opened_deleted_and_linked(qtbot: Any) -> None:
    made = _list(qtbot, [_row("one", 3)])
    happened: list[tuple[str, ...]] = []
    made.opened.connect(lambda key: happened.append(("open", key)))
    made.asked.connect(lambda verb, key: happened.append((verb, key)))
    made.link_clicked.connect(lambda column, key: happened.append((column, key)))
    made.select("one")
    QTest.keyClick(made.table, Qt.Key.Key_Return)
    QTest.keyClick(made.table, Qt.Key.Key_Delete)
    place = made.table.visualRect(made.filter.index(0, 1)).center()
    QTest.mouseClick(made.table.viewport(), LEFT, pos=place)
    assert happened == [("open", "one"), ("delete", "one"), ("used", "one")]


# Panels


def test_palette_disables_invalid_and_adds_on_double_click(qtbot: Any, sample: JourneyFile) -> None:
    panel = _shown(qtbot, ActivityPalette())
    panel.offer(palette(sample))
    panel.set_availability(sample.journey.model_copy(update={"activities": (), "edges": ()}))
    assert panel.items["end"].reason
    wanted: list[ActivityTemplate] = []
    panel.wanted.connect(wanted.append)
    for key in ("LobbyBeacon", "end"):
        QTest.mouseDClick(panel.items[key], LEFT)
    assert [template.name for template in wanted] == ["LobbyBeacon"]
    QTest.keyClicks(panel.search, "restau")
    assert [key for key, item in panel.items.items() if not item.isHidden()] == ["RestaurantBeacon"]
    QTest.keyClick(panel.search, Qt.Key.Key_Return)
    assert [template.name for template in wanted] == ["LobbyBeacon", "RestaurantBeacon"]
    assert panel.filter.last == ("RestaurantBeacon", "LobbyBeacon")


def test_palette_filters_usable_and_recent(qtbot: Any, sample: JourneyFile) -> None:
    panel = _shown(qtbot, ActivityPalette())
    panel.offer(palette(sample))
    panel.set_availability(sample.journey.model_copy(update={"activities": (), "edges": ()}))

    def shown() -> set[str]:
        return {key for key, item in panel.items.items() if not item.isHidden()}

    everything, usable = shown(), {key for key, item in panel.items.items() if not item.reason}
    assert "LobbyBeacon" in usable < everything
    panel.filter.only_available.trigger()
    assert shown() == usable
    panel.set_availability(sample.journey)
    assert "end" in shown()
    panel.filter.only_available.trigger()
    QTest.mouseDClick(panel.items["LobbyBeacon"], LEFT)
    panel.filter.only_recent.trigger()
    assert {"LobbyBeacon", "end", "wait.duration", "email"} <= shown()
    assert not {"RestaurantBeacon", "SendPush"} & shown()
    QTest.keyClicks(panel.search, "restau")
    assert shown() == set()
    assert panel._nothing.isVisible()

    other = _shown(qtbot, ActivityPalette())
    other.filter.restore(panel.filter.state())
    assert (other.filter.recent, other.filter.available, other.filter.last) == (True, False, ("LobbyBeacon",))
    other.filter.restore({"last": "nonsense", "recent": 1})
    assert other.filter.state() == {"available": False, "recent": False, "last": []}


def test_only_five_events_and_actions_are_remembered(qtbot: Any) -> None:
    chosen = PaletteFilter()
    qtbot.addWidget(chosen)
    for name in "abcdefb":
        chosen.remember(name)
    assert chosen.last == ("b", "f", "e", "d", "c")


def test_problems_link_to_places_and_copy_details(qtbot: Any) -> None:
    made = _shown(qtbot, ProblemList())
    made.show_problems([ProblemEntry("ERR_X", True, "a", "Wait", "$.x", "has no duration")])
    chosen: list[str] = []
    made.chosen.connect(chosen.append)
    QTest.mouseClick(made.rows[0], LEFT)
    assert chosen == ["a"]
    assert made.rows[0].text().strip() == "Wait: has no duration"


def test_properties_report_only_changes(qtbot: Any, sample: JourneyFile) -> None:
    made = _shown(qtbot, PropertiesPane())
    made.show_journey(sample.journey, sample, False)
    assert made.settings() == {}
    made.description.setFocus()
    QTest.keyClicks(made.description, "Greets guests")
    made.reentrance.click()
    saved: list[Mapping[str, Any]] = []
    made.saved.connect(saved.append)
    made.name.setFocus()
    QTest.keyClick(made.name, Qt.Key.Key_Return)
    assert saved == [{"description": "Greets guests", "reentrance": False}]


def test_live_panel_shows_counts_and_links(qtbot: Any) -> None:
    made = _shown(qtbot, LivePanel())
    chosen: list[str] = []
    made.chosen.connect(chosen.append)
    live = LiveFigures(
        {"entered": 4812, "completed": 4020, "current": 786, "failed": 6},
        12.0,
        (("13:59", 3), ("14:00", 5)),
        (BarEntry("welcome", "Welcome", 9),),
        (BarEntry("rates", "SendPush", 6),),
        (StepEntry("14:00:01", "LobbyBeacon"),),
    )
    made.show_live(live)
    assert made.figures["entered"].text() == "4,812"
    assert "12" in made.rate.text()
    QTest.mouseClick(made._bars.itemAt(0).widget(), LEFT)
    QTest.mouseClick(made._errors.itemAt(0).widget(), LEFT)
    assert chosen == ["welcome", "rates"]
    assert not made.grab().isNull()
