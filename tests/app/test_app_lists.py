"""Lists: filters in groups, columns as the user left them, what is asked before something goes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox, QWidget

from app.forms import time_format
from app.lists.filters import DateRangeDialog, FilterGroup
from app.lists.object_list import ObjectList
from app.lists.rows import ROW_ROLE, Cell, Column, Row
from app.pages.list_page import RECENT_MS, common_tags
from app.theme.colors import LIGHT
from app.widgets.confirmation import confirm
from app.widgets.empty_state import EmptyState

LEFT = Qt.MouseButton.LeftButton
COLUMNS = (Column("name", "Name", "name", stretch=1), Column("state", "State"), Column("count", "Count"))
ROWS = (
    Row(
        "1",
        {"name": Cell("Alpha"), "state": Cell("Draft"), "count": Cell("3", 3)},
        "path",
        tags=frozenset({"draft", "mine"}),
    ),
    Row(
        "2",
        {"name": Cell("Beta"), "state": Cell("Live"), "count": Cell("1", 1)},
        "path",
        tags=frozenset({"live", "mine"}),
    ),
    Row("3", {"name": Cell("Gamma"), "state": Cell("Live"), "count": Cell("2", 2)}, "path", tags=frozenset({"live"})),
)
GROUPS = (FilterGroup("State", {"draft": "Draft", "live": "Live"}), FilterGroup("Changes", {"mine": "Mine"}))


def _list(qtbot: Any) -> ObjectList:
    empty = EmptyState("path", "Nothing", "Draw one.", "New")
    made = ObjectList("Journeys", COLUMNS, "New", empty)
    qtbot.addWidget(made)
    made.resize(900, 500)
    made.show()
    made.offer_filters(GROUPS)
    made.show_rows(ROWS)
    return made


def _shown(made: ObjectList) -> list[str]:
    return [made.filter.index(row, 0).data(ROW_ROLE).key for row in range(made.filter.rowCount())]


def _toggle(made: ObjectList, words: str) -> None:
    menu = made.filters.make_menu(made)
    next(action for action in menu.actions() if action.text() == words).trigger()
    menu.deleteLater()


def test_filters_match_any_within_and_all_across_groups(qtbot: Any) -> None:
    made = _list(qtbot)
    _toggle(made, "Live")
    assert _shown(made) == ["2", "3"]
    _toggle(made, "Draft")
    assert _shown(made) == ["1", "2", "3"]
    _toggle(made, "Mine")
    assert _shown(made) == ["1", "2"]
    assert made.filter_button.text() == " Filter · 3"
    QTest.mouseClick(made.clear_button, LEFT)
    assert _shown(made) == ["1", "2", "3"]
    assert not made.clear_button.isVisible()


DAY = 86_400_000


def _dated(made: ObjectList) -> DateRangeDialog:
    """Open the question for dates: March 1970, seen from Seoul, nine hours before Greenwich."""
    moments = {"1": 31 * DAY - 9 * 3_600_000, "2": 59 * DAY - 9 * 3_600_000 - 1, "3": 59 * DAY - 9 * 3_600_000}
    rows = [replace(row, dates={"changed": moments[row.key]}) for row in ROWS]
    made.show_rows([*rows, replace(ROWS[0], key="4")])
    made.offer_dates({"changed": "Changed", "created": "Created"}, "Asia/Seoul")
    _toggle(made, "Dates…")
    return made.dialog


def test_rows_between_two_days_of_users_zone(qtbot: Any) -> None:
    made = _list(qtbot)
    dialog = _dated(made)
    QTest.keyClicks(dialog.since, "1970-02-01")
    QTest.keyClicks(dialog.until, "1970-02-28")
    QTest.keyClick(dialog.until, Qt.Key.Key_Return)
    assert sorted(_shown(made)) == ["1", "2"]
    assert made.filter_button.text() == " Filter · 1"
    _toggle(made, "Dates…")
    assert made.dialog.until.text() == "1970-02-28"
    made.dialog.until.clear()
    QTest.mouseClick(made.dialog.take, LEFT)
    assert sorted(_shown(made)) == ["1", "2", "3"]
    QTest.mouseClick(made.clear_button, LEFT)
    assert sorted(_shown(made)) == ["1", "2", "3", "4"]


def test_invalid_days_are_reported(qtbot: Any) -> None:
    made = _list(qtbot)
    dialog = _dated(made)
    QTest.keyClicks(dialog.since, "soon")
    QTest.mouseClick(dialog.take, LEFT)
    assert dialog.fault.text() == "Write a date like 2026-12-31, or with a time like 2026-12-31 08:00."
    dialog.since.setText("1970-02-02")
    QTest.keyClicks(dialog.until, "1970-02-01")
    QTest.mouseClick(dialog.take, LEFT)
    assert dialog.fault.text() == "The last day is before the first; exchange them."
    assert dialog.isVisible()
    dialog.reject()
    assert len(_shown(made)) == 4


def test_filter_without_matches_can_be_cleared(qtbot: Any) -> None:
    made = _list(qtbot)
    _toggle(made, "Draft")
    made.search.setFocus()
    QTest.keyClicks(made.search, "gamma")
    assert _shown(made) == []
    QTest.mouseClick(made._nothing.button, LEFT)
    assert _shown(made) == ["1", "2", "3"]
    assert made.search.text() == ""


def test_column_layout_is_restored(qtbot: Any) -> None:
    first = _list(qtbot)
    kept: list[Any] = []
    first.columns_changed.connect(kept.append)
    header = first.table.horizontalHeader()
    QTest.mouseClick(header.viewport(), LEFT, pos=QPoint(header.sectionViewportPosition(2) + 20, 10))
    header.moveSection(header.visualIndex(2), 1)
    menu = first.arrangement.make_menu(first)
    next(action for action in menu.actions() if action.text() == "State").trigger()
    second = _list(qtbot)
    second.restore_columns(kept[-1])
    assert second.table.isColumnHidden(1)
    assert second.table.horizontalHeader().visualIndex(2) == 1
    assert _shown(second) == _shown(first) == ["2", "3", "1"]
    assert second.arrangement.kept() == kept[-1]


def test_layout_with_removed_columns_is_ignored(qtbot: Any) -> None:
    made = _list(qtbot)
    made.restore_columns({"hidden": ["name", "menu", "lost"], "order": ["lost", "count"], "sorted_by": "lost"})
    assert not made.table.isColumnHidden(0)
    assert _shown(made) == ["1", "2", "3"]


@dataclass
class _Changed:
    created_by: str
    created_at: int
    changed_by: str
    changed_at: int


def test_owner_and_recent_filters(monkeypatch: Any) -> None:
    monkeypatch.setattr(time_format, "now_ms", lambda: RECENT_MS * 2)
    monkeypatch.setattr("app.pages.list_page.now_ms", lambda: RECENT_MS * 2)
    assert common_tags(_Changed("ann", 0, "bob", RECENT_MS + 1), "ann") == {"mine", "recent"}
    assert common_tags(_Changed("bob", 0, "ann", RECENT_MS - 1), "ann") == {"mine"}
    assert common_tags(_Changed("bob", 0, "bob", 0), "ann") == frozenset()


def test_question_is_answered_by_keys(qtbot: Any) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    done: list[str] = []

    def ask() -> QMessageBox:
        return confirm(parent, "Delete", "Delete it?", "This cannot be undone.", "Delete", lambda: done.append("yes"))

    QTest.keyClick(ask(), Qt.Key.Key_Escape)
    assert done == []
    box = ask()
    QTest.keyClick(box.defaultButton(), Qt.Key.Key_Return)
    assert done == ["yes"]


def test_whole_row_under_pointer_is_shown(qtbot: Any) -> None:
    made = _list(qtbot)
    table = made.table
    viewport = table.viewport()
    places = [
        [QPoint(table.columnViewportPosition(column) + 3, table.rowViewportPosition(row) + 3) for column in range(3)]
        for row in range(3)
    ]

    def grounds() -> list[set[str]]:
        seen = viewport.grab().toImage()
        return [{seen.pixelColor(place).name().upper() for place in row} for row in places]

    plain, hover = grounds()[0], {LIGHT.hex("hover")}
    QTest.mouseMove(viewport, places[1][2])
    qtbot.waitUntil(lambda: grounds() == [plain, hover, plain])
    QTest.mouseMove(viewport, places[2][0])
    qtbot.waitUntil(lambda: grounds() == [plain, plain, hover])
    QTest.mouseMove(made.search)
    qtbot.waitUntil(lambda: grounds() == [plain, plain, plain])


def test_rows_without_actions_have_no_menu(qtbot: Any) -> None:
    idle, opening = _list(qtbot), _list(qtbot)
    opening.hide()
    opening.opened.connect(lambda _: None)
    opening.show()
    last = len(COLUMNS)
    assert idle.table.isColumnHidden(last)
    assert not opening.table.isColumnHidden(last)
    assert [action.text() for action in opening._menu(ROWS[0]).actions()] == ["Open"]


def _with_versions(expanded: bool) -> list[Row]:
    """Two journeys; the second has versions, whose states are not that of its row."""
    whole = replace(ROWS[1], expanded=expanded)
    below = [
        Row(f"v{number}", {"name": Cell(f"Version {number}"), "state": Cell(state), "count": Cell(count, int(count))},
            tags=frozenset({state.lower()}), parent=whole)
        for number, state, count in ((2, "Live", "0"), (1, "Closed", "9"))
    ]  # fmt: skip
    return [ROWS[0], whole, *below, ROWS[2]]


def test_rows_below_stay_with_their_row(qtbot: Any) -> None:
    made = _list(qtbot)
    made.show_rows(_with_versions(expanded=True))
    for column, order, keys in (
        (0, Qt.SortOrder.AscendingOrder, ["1", "2", "v2", "v1", "3"]),
        (0, Qt.SortOrder.DescendingOrder, ["3", "2", "v2", "v1", "1"]),
        (2, Qt.SortOrder.AscendingOrder, ["2", "v2", "v1", "3", "1"]),
        (1, Qt.SortOrder.DescendingOrder, ["2", "v2", "v1", "3", "1"]),
    ):
        made.table.sortByColumn(column, order)
        assert _shown(made) == keys, (column, order)


def test_folded_rows_appear_when_only_they_match(qtbot: Any) -> None:
    made = _list(qtbot)
    made.show_rows(_with_versions(expanded=False))
    assert _shown(made) == ["1", "2", "3"]
    made.search.setText("closed")
    assert _shown(made) == ["2", "v1"]
    made.search.setText("beta")
    assert _shown(made) == ["2"]
    made.search.clear()
    made.filter.choose([frozenset({"closed"})])
    assert _shown(made) == ["2", "v1"]
