"""Expressions are written as a person does it: typing, completing, dragging, choosing in rows, mending, trying."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from app.expression import ExpressionDialog, ExpressionField, Sample, SimpleEditor
from app.expression.code_edit import CodeEdit
from app.expression.condition_group import ConditionGroupBox
from app.expression.condition_row import ConditionRowBox
from app.expression.highlighter import parts
from app.expression.name_tree import MIME, NameTree, name_at
from app.expression.names import ICONS, Name, type_label
from app.theme.colors import LIGHT
from app.theme.icons import outline
from app.translation import LanguageSwitcher
from app.widgets.texts import retranslate_texts
from engine.expression.types import (
    BOOLEAN,
    DATE_ONLY,
    DATE_TIME,
    DURATION,
    INTEGER,
    MOMENT,
    STRING,
    FieldGroupSchema,
    ListType,
    ObjectType,
    Scope,
)

SCOPE = Scope(
    events={
        "Beacon": ObjectType(
            {
                "person": STRING,
                "rssi": INTEGER,
                "seen": DATE_TIME,
                "stay": DURATION,
                "channel": STRING,
                "tokens": ListType(ObjectType({"token": STRING})),
            }
        )
    },
    sources={
        "Hotel": {"Stay": FieldGroupSchema(ObjectType({"booked": BOOLEAN, "arrival": DATE_ONLY}), ("id",))},
        "ExperiencePlatform": {"Profile": FieldGroupSchema(ObjectType({"member": BOOLEAN, "memberSince": DATE_ONLY}))},
    },
    segments=("gold", "silver"),
)


@pytest.fixture
def korean(qapp: QApplication) -> Iterator[LanguageSwitcher]:
    switcher = LanguageSwitcher(qapp)
    switcher.set_language("ko")
    yield switcher
    switcher.set_language("en")


def shown(qtbot: QtBot, field: ExpressionField) -> ExpressionField:
    qtbot.addWidget(field)
    field.resize(360, 240)
    field.show()
    field.code.setFocus()
    qtbot.waitUntil(field.code.hasFocus)
    return field


def dialog(qtbot: QtBot, text: str = "", **more: Any) -> ExpressionDialog:
    made = ExpressionDialog(text, SCOPE, BOOLEAN, **more)
    qtbot.addWidget(made)
    made.show()
    return made


# The field


def test_typing_is_checked_and_read_aloud(qtbot: QtBot) -> None:
    field = shown(qtbot, ExpressionField("", SCOPE, BOOLEAN))
    with qtbot.waitSignal(field.changed):
        qtbot.keyClicks(field.code, "@{Beacon.rsi} > -70")
    qtbot.waitUntil(lambda: bool(field.problems()))
    assert field.text() == "@{Beacon.rsi} > -70"
    assert [problem.code for problem in field.problems()] == ["unknown_field"]
    assert "rssi" in field.problem.text()
    assert field.problem.isVisible()
    assert field.code.extraSelections()[0].cursor.selectedText() == "rsi"
    assert "rsi" in field.words.text()
    field.set_text("@{Beacon.rssi} > -70")
    assert field.problems() == ()
    assert not field.problem.isVisible()
    assert field.words.text() == "The rssi of Beacon is more than -70"


def test_empty_field_has_no_problem(qtbot: QtBot) -> None:
    field = shown(qtbot, ExpressionField("", SCOPE, BOOLEAN))
    assert field.problems() == ()
    assert not field.words.isVisible()


def test_setting_text_is_no_change(qtbot: QtBot) -> None:
    field = shown(qtbot, ExpressionField("true", SCOPE, BOOLEAN))
    with qtbot.assertNotEmitted(field.changed):
        field.set_text("false")
    assert field.text() == "false"


def test_another_scope_is_checked_at_once(qtbot: QtBot) -> None:
    field = shown(qtbot, ExpressionField("@{Beacon.rssi} > 1", SCOPE, BOOLEAN))
    field.set_scope(Scope())
    assert [problem.code for problem in field.problems()] == ["unknown_event"]
    field.set_scope(SCOPE)
    assert field.problems() == ()


def test_shift_enter_breaks_line(qtbot: QtBot) -> None:
    field = shown(qtbot, ExpressionField("true", SCOPE, BOOLEAN))
    height = field.code.height()
    with qtbot.waitSignal(field.edited_finished):
        qtbot.keyClick(field.code, Qt.Key.Key_Return)
    assert field.text() == "true"
    qtbot.keyClick(field.code, Qt.Key.Key_End)
    qtbot.keyClick(field.code, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert field.text() == "true\n"
    qtbot.waitUntil(lambda: field.code.height() > height)


def test_completing_reference_with_keys(qtbot: QtBot) -> None:
    field = shown(qtbot, ExpressionField("", SCOPE, BOOLEAN))
    proposals = field._completing.proposals
    qtbot.keyClicks(field.code, "@{Be")
    qtbot.waitUntil(proposals.isVisible)
    qtbot.keyClick(field.code, Qt.Key.Key_Return)
    assert field.text() == "@{Beacon.}"
    qtbot.waitUntil(proposals.isVisible)
    qtbot.keyClicks(field.code, "r")
    qtbot.waitUntil(lambda: (chosen := proposals.chosen()) is not None and chosen.label == "rssi")
    qtbot.keyClick(field.code, Qt.Key.Key_Tab)
    assert field.text() == "@{Beacon.rssi}"
    assert not proposals.isVisible()


@pytest.mark.parametrize(("typed", "text"), [("@", "@{Beacon.}"), ("1 > @", "1 > @{Beacon.}")])
def test_sign_before_a_proposal_is_not_doubled(qtbot: QtBot, typed: str, text: str) -> None:
    field = shown(qtbot, ExpressionField("", SCOPE, BOOLEAN))
    qtbot.keyClicks(field.code, typed)
    qtbot.waitUntil(field._completing.proposals.isVisible)
    qtbot.keyClick(field.code, Qt.Key.Key_Return)
    assert field.text() == text


def test_field_is_completed_by_its_own_name(qtbot: QtBot) -> None:
    field = shown(qtbot, ExpressionField("", SCOPE, BOOLEAN))
    qtbot.keyClicks(field.code, "rss")
    qtbot.waitUntil(field._completing.proposals.isVisible)
    qtbot.keyClick(field.code, Qt.Key.Key_Return)
    assert field.text() == "@{Beacon.rssi}"


def test_growing_field_shows_its_first_line(qtbot: QtBot) -> None:
    field = shown(qtbot, ExpressionField("", SCOPE, BOOLEAN))
    height = field.code.height()
    qtbot.keyClicks(field.code, "@{Beacon.rssi} > 10 and @{Beacon.channel} == 'push' and @{Beacon.person} != ''")
    qtbot.waitUntil(lambda: field.code.height() > height)
    qtbot.waitUntil(lambda: field.code.verticalScrollBar().value() == 0)
    assert field.code.cursorRect().bottom() <= field.code.viewport().height()


def test_proposals_are_navigated_and_dismissed(qtbot: QtBot) -> None:
    field = shown(qtbot, ExpressionField("", SCOPE, BOOLEAN))
    proposals = field._completing.proposals
    qtbot.keyClick(field.code, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    assert proposals.isVisible()
    first = proposals.chosen()
    qtbot.keyClick(field.code, Qt.Key.Key_Down)
    assert proposals.chosen() != first
    qtbot.keyClick(field.code, Qt.Key.Key_Up)
    assert proposals.chosen() == first
    qtbot.keyClick(field.code, Qt.Key.Key_Escape)
    assert not proposals.isVisible()
    assert field.text() == ""


def test_function_signature_is_shown(qtbot: QtBot) -> None:
    field = shown(qtbot, ExpressionField("", SCOPE, BOOLEAN))
    qtbot.keyClicks(field.code, 'contain("a", ')
    tip = field._completing.tip
    qtbot.waitUntil(tip.isVisible)
    assert "<b>search: string</b>" in tip.words.text()


def test_parameters_are_asked_for_beside_expression(qtbot: QtBot) -> None:
    field = shown(qtbot, ExpressionField("#{Hotel.Stay.booked} == true", SCOPE, BOOLEAN))
    assert [problem.code for problem in field.problems()] == ["missing_parameter"]
    asked = field.parameters.field("id")
    asked.setFocus()
    qtbot.keyClicks(asked, "@{Beacon.person}")
    qtbot.waitUntil(lambda: "params" in field.text())
    assert field.text() == "#{Hotel.Stay.booked, params: {id: @{Beacon.person}}} == true"
    qtbot.waitUntil(lambda: not field.problems())


def test_incomplete_parameter_keeps_expression_intact(qtbot: QtBot) -> None:
    text = '#{Hotel.Stay.booked, params: {id: "a"}} == true'
    field = shown(qtbot, ExpressionField(text, SCOPE, BOOLEAN))
    asked = field.parameters.field("id")
    asked.setFocus()
    asked.selectAll()
    with qtbot.assertNotEmitted(field.changed, wait=400):
        qtbot.keyClicks(asked, '"x')
    assert field.text() == text


def test_offsets_count_characters_beyond_basic_plane(qtbot: QtBot) -> None:
    field = shown(qtbot, ExpressionField('"😀" == nope', SCOPE, BOOLEAN))
    assert field.code.extraSelections()[0].cursor.selectedText().startswith("nope")


def test_long_text_never_holds_up_window(qtbot: QtBot) -> None:
    field = shown(qtbot, ExpressionField("", SCOPE, BOOLEAN))
    text = " or ".join(["@{Beacon.rssi} > 1"] * 450)
    field.set_text(text)
    field.code.insertPlainText(" ")
    assert field._reader.waiting
    qtbot.waitUntil(lambda: not field._reader.waiting)
    assert field.problems() == ()
    assert field.words.text()


def test_brackets_are_paired_and_skipped(qtbot: QtBot) -> None:
    code = CodeEdit()
    qtbot.addWidget(code)
    qtbot.keyClicks(code, "count([1])")
    assert code.text() == "count([1])"
    qtbot.keyClicks(code, "(")
    assert code.text() == "count([1])()"


def test_page_keeps_indent(qtbot: QtBot) -> None:
    code = CodeEdit(numbered=True)
    qtbot.addWidget(code)
    code.set_text("count(")
    code.set_offset(6)
    qtbot.keyClick(code, Qt.Key.Key_Return)
    assert code.text() == "count(\n    "
    mime = QMimeData()
    mime.setHtml("<b>1</b>")
    mime.setText("1\u00a02")
    code.insertFromMimeData(mime)
    assert code.text() == "count(\n    1\u00a02"


def test_each_kind_of_name_has_its_colour() -> None:
    text = 'count(#{A.B.c.all(currentDataPackField.d > 1).e}) == 1 and @{E.x} == "s" -- why'
    kinds = {text[part.start : part.end]: part.kind for part in parts(text)}
    assert kinds["count"] == "function"
    assert kinds["e"] == kinds["d"] == kinds["currentDataPackField"] == "source"
    assert kinds["x"] == "event"
    assert kinds['"s"'] == "string"
    assert kinds["-- why"] == "comment"
    assert kinds["and"] == "keyword"


def test_field_opens_editor_and_accepts_result(qtbot: QtBot) -> None:
    field = shown(qtbot, ExpressionField("true", SCOPE, BOOLEAN))
    field.describe("Loyalty", "a path")
    window = field.open_editor()
    assert window.windowTitle() == "Loyalty"
    window.show_editor("advanced")
    window.code.selectAll()
    qtbot.keyClicks(window.code, "@{Beacon.rssi} > 3")
    qtbot.waitUntil(window.save.isEnabled)
    with qtbot.waitSignal(field.changed):
        qtbot.mouseClick(window.save, Qt.MouseButton.LeftButton)
    assert field.text() == "@{Beacon.rssi} > 3"
    field.code.undo()
    assert field.text() == "true"


# The window


def test_simple_editor_opens_first(qtbot: QtBot) -> None:
    assert dialog(qtbot, "@{Beacon.rssi} > 1").editor == "simple"
    assert dialog(qtbot, "").editor == "simple"
    assert dialog(qtbot, "count(@{Beacon.tokens}) > 1").editor == "advanced"


def test_complex_expression_opens_advanced_editor(qtbot: QtBot) -> None:
    made = dialog(qtbot, "count(@{Beacon.tokens}) > 1")
    qtbot.mouseClick(made.simple_tab, Qt.MouseButton.LeftButton)
    assert made.refusal.isVisible()
    assert made.refusal.text().endswith(".")
    assert made.text() == "count(@{Beacon.tokens}) > 1"
    qtbot.mouseClick(made.advanced_tab, Qt.MouseButton.LeftButton)
    assert made.code.isVisible()


def test_tree_name_is_inserted_at_cursor(qtbot: QtBot) -> None:
    made = dialog(qtbot, "count(@{Beacon.tokens}) > ")
    made.code.set_offset(len(made.text()))
    made.names.search.setFocus()
    qtbot.keyClicks(made.names.search, "rssi")
    view = made.names.view
    index = view.model().index(0, 0)
    while name_at(index).label != "rssi":
        index = view.model().index(0, 0, index)
    view.setCurrentIndex(index)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    assert made.text() == "count(@{Beacon.tokens}) > @{Beacon.rssi}"


def test_problem_is_fixed_with_one_click(qtbot: QtBot) -> None:
    made = dialog(qtbot, "not (@{Beacon.rsi} > 1)")
    assert not made.save.isEnabled()
    (update,) = (one for one in made.problems.findChildren(QPushButton) if one.text() == "Change to rssi")
    qtbot.mouseClick(update, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(made.save.isEnabled)
    assert made.text() == "not (@{Beacon.rssi} > 1)"


def test_sample_value_is_shown_and_edited(qtbot: QtBot) -> None:
    sample = Sample("Seo-yun", {"Beacon": {"rssi": -80}})
    made = dialog(qtbot, "@{Beacon.rssi} > -70", samples=(sample,))
    qtbot.waitUntil(lambda: made.trying.result.text() == "false")
    made.trying.edit_button.click()
    made.trying.editor.setPlainText('{"events": {"Beacon": {"rssi": -10}}}')
    qtbot.waitUntil(lambda: made.trying.result.text() == "true")
    made.trying.editor.setPlainText("{")
    assert made.trying._fault.isVisible()


def test_tidying_is_one_step_of_undo(qtbot: QtBot) -> None:
    made = dialog(qtbot, "count( @{Beacon.tokens} )>1")
    made.tidy()
    assert made.text() == "count(@{Beacon.tokens}) > 1"
    made.code.undo()
    assert made.text() == "count( @{Beacon.tokens} )>1"


def test_event_rules_have_rows_alone(qtbot: QtBot) -> None:
    made = dialog(qtbot, "", simple_only=True)
    assert not made.simple_tab.isVisible()
    assert made.names._functions is False


# Rows


def rows(qtbot: QtBot, text: str = "", **more: Any) -> SimpleEditor:
    made = SimpleEditor(SCOPE, **more)
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    assert made.set_text(text)
    return made


def row(editor: SimpleEditor, *path: int) -> ConditionRowBox:
    found = editor.box(path)
    assert isinstance(found, ConditionRowBox)
    return found


def group(editor: SimpleEditor, *path: int) -> ConditionGroupBox:
    found = editor.box(path)
    assert isinstance(found, ConditionGroupBox)
    return found


def choose(qtbot: QtBot, combo: QComboBox, data: str) -> None:
    """As with the arrow keys: the entry becomes current and is activated."""
    at = combo.findData(data)
    assert at >= 0
    combo.setCurrentIndex(at)
    combo.activated.emit(at)


def visible_lines(box: ConditionRowBox) -> list[QLineEdit]:
    return [one for one in box.findChildren(QLineEdit) if one.isVisible()]


def test_condition_is_made_with_keys(qtbot: QtBot) -> None:
    editor = rows(qtbot)
    qtbot.keyClick(group(editor).add, Qt.Key.Key_Space)
    choose(qtbot, row(editor, 0).field, "@{Beacon.rssi}")
    choose(qtbot, row(editor, 0).operator, ">=")
    qtbot.waitUntil(lambda: len(visible_lines(row(editor, 0))) == 1)
    (line,) = visible_lines(row(editor, 0))
    assert editor.text() == ""
    with qtbot.waitSignal(editor.changed):
        qtbot.keyClicks(line, "-70")
    assert editor.text() == "@{Beacon.rssi} >= -70"


@pytest.mark.parametrize(
    "text",
    [
        "@{Beacon.rssi} > -70 and (@{Beacon.person} == \"a\" or contain(@{Beacon.person}, \"b\"))",
        "equalIgnoreCase(@{Beacon.channel}, \"app\")",
        "inLastDays(@{Beacon.seen}, 3) and inSegment(\"gold\")",
        "@{Beacon.seen} >= date(\"2026-03-01T08:00:00+02:00\")",
        "1 <= @{Beacon.rssi} and @{Beacon.rssi} <= 5",
        "in(@{Beacon.person}, [\"a, b\", \"c\"])",
        "@{Beacon.stay} > toDuration(\"PT15M\")",
        "#{Hotel.Stay.arrival, params: {id: @{Beacon.person}}} == date(\"2026-03-01\")",
        "@{Beacon.tokens} is not null or not inSegment(\"silver\")",
    ],
)  # fmt: skip
def test_rows_round_trip(qtbot: QtBot, text: str) -> None:
    editor = rows(qtbot, text)
    assert editor.text() == text
    for box in editor._top.all_boxes():
        if isinstance(box, ConditionRowBox):
            box._value_changed()
    assert editor.text() == text


def test_rows_move_duplicate_and_group_by_keys(qtbot: QtBot) -> None:
    editor = rows(qtbot, "@{Beacon.rssi} > 1 and @{Beacon.rssi} > 2")
    qtbot.keyClick(row(editor, 1), Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert editor.text() == "@{Beacon.rssi} > 2 and @{Beacon.rssi} > 1"
    actions = {action.data(): action for action in row(editor, 0).handle.menu_of().actions()}
    actions["copy"].trigger()
    assert editor.text() == "@{Beacon.rssi} > 2 and @{Beacon.rssi} > 2 and @{Beacon.rssi} > 1"
    qtbot.keyClick(row(editor, 0), Qt.Key.Key_Delete, Qt.KeyboardModifier.AltModifier)
    assert editor.text() == "@{Beacon.rssi} > 2 and @{Beacon.rssi} > 1"
    group(editor).joins.part("or").click()
    assert editor.text() == "@{Beacon.rssi} > 2 or @{Beacon.rssi} > 1"
    editor._do("group", (0,))
    assert isinstance(editor.box((0,)), ConditionGroupBox)
    editor._do("down", (1,))
    assert editor.text() == "@{Beacon.rssi} > 2 or @{Beacon.rssi} > 1"


def drop(target: ConditionGroupBox, data: QMimeData, at: QPointF) -> None:
    moves, left = Qt.DropAction.CopyAction | Qt.DropAction.MoveAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    target.dragMoveEvent(QDragMoveEvent(at.toPoint(), moves, data, left, none))
    assert target._mark.isVisible()
    target.dropEvent(QDropEvent(at, moves, data, left, none))


def test_field_is_dragged_from_tree(qtbot: QtBot) -> None:
    tree = NameTree(SCOPE)
    qtbot.addWidget(tree)
    beacon = tree.model.index(0, 0, tree.model.index(0, 0))
    rssi = tree.model.index(1, 0, beacon)
    editor = rows(qtbot, "@{Beacon.person} is null")
    data = tree.model.mimeData([rssi])
    assert data.hasFormat(MIME)
    drop(group(editor), data, QPointF(100, 400))
    assert row(editor, 1).row.field == "@{Beacon.rssi}"
    drop(group(editor), row(editor, 0).handle.content(), QPointF(100, 400))
    assert row(editor, 1).row.field == "@{Beacon.person}"


def test_case_and_enumerations(qtbot: QtBot) -> None:
    editor = rows(qtbot, '@{Beacon.channel} == "app"', allowed={"@{Beacon.channel}": ("app", "web")})
    combo = row(editor, 0).findChildren(QComboBox)[-1]
    assert [combo.itemText(at) for at in range(combo.count())] == ["app", "web"]
    combo.setCurrentText("web")
    assert editor.text() == '@{Beacon.channel} == "web"'
    qtbot.mouseClick(row(editor, 0).case, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    assert editor.text() == 'equalIgnoreCase(@{Beacon.channel}, "web")'


def test_date_defaults_to_today_and_segment_inserts(qtbot: QtBot) -> None:
    editor = rows(qtbot)
    editor.add_name(Name("arrival", "field", "@{Beacon.seen}", DATE_TIME))
    assert editor.text().startswith(f'@{{Beacon.seen}} == date("{datetime.now(UTC).year}')
    editor.add_name(Name("gold", "segment", 'inSegment("gold")'))
    assert editor.text().endswith('and inSegment("gold")')
    editor.add_name(Name("count", "function", "count()"))
    assert len(editor.tree.parts) == 2


def test_text_rows_cannot_show_is_refused(qtbot: QtBot) -> None:
    editor = rows(qtbot, "@{Beacon.rssi} > 1")
    assert not editor.set_text("count(@{Beacon.tokens}) > 1")
    assert editor.text() == "@{Beacon.rssi} > 1"


def test_parameter_is_given_in_every_row(qtbot: QtBot) -> None:
    made = dialog(qtbot, "#{Hotel.Stay.booked} == true and #{Hotel.Stay.arrival} is null")
    asked = made.parameters.field("id")
    asked.setFocus()
    qtbot.keyClicks(asked, "@{Beacon.person}")
    qtbot.waitUntil(lambda: made.text().count("params: {id: @{Beacon.person}}") == 2)
    qtbot.waitUntil(made.save.isEnabled)


# Languages and looks


def test_korean_translation_is_complete(qtbot: QtBot, korean: LanguageSwitcher) -> None:
    field = shown(qtbot, ExpressionField("@{Beacon.rsi} > -70", SCOPE, BOOLEAN))
    assert field.words.text() == "Beacon의 rsi가 -70보다 큼"
    assert field.problem.text() == "'Beacon'에는 필드 'rsi'가 없습니다. 혹시 'rssi'인가요?"
    made = dialog(qtbot, "")
    assert made.save.text() == "저장"
    korean.set_language("en")
    retranslate_texts()
    assert made.save.text() == "Save"
    qtbot.waitUntil(lambda: field.words.text() == "The rsi of Beacon is more than -70")


def test_every_icon_exists() -> None:
    for glyph, role in ICONS.values():
        assert not outline(glyph).isEmpty()
        assert LIGHT.color(role).isValid()


def test_types_of_a_time_are_both_named() -> None:
    assert type_label(MOMENT) == "date and time, no zone or date and time"
