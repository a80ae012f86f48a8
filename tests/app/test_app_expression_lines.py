"""Lines of an expression end where it can be read, however wide the field is and whatever is typed."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtTest import QTest

from app.expression.code_edit import CodeEdit, break_in

FIELD = "#{ExperiencePlatform.Profile.firstName}"


@pytest.mark.parametrize(
    ("text", "end", "expected"),
    [
        (FIELD, 24, "#{ExperiencePlatform."),
        (FIELD, 36, "#{ExperiencePlatform.Profile."),
        (FIELD, 21, "#{ExperiencePlatform."),
        (FIELD, 20, "#{ExperiencePlatform"),
        (FIELD, 12, FIELD[:12]),
        (FIELD, len(FIELD), FIELD),
        ("count(something)", 9, "count("),
        ("@{LobbyBeacon}", 6, "@{Lobb"),
        ("abcdefgh", 4, "abcd"),
        ("a.b c", 3, "a.b"),
    ],
)
def test_line_breaks_after_dot_or_bracket(text: str, end: int, expected: str) -> None:
    assert text[: break_in(text, 0, end)] == expected


@given(st.text(st.sampled_from('ab.,({[ #@"1'), min_size=1, max_size=30), st.data())
def test_lines_are_filled_within_width(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    assert start < break_in(text, start, end) <= end


def _lines(edit: CodeEdit) -> list[str]:
    found, block = [], edit.document().begin()
    while block.isValid():
        for number in range(block.layout().lineCount()):
            line = block.layout().lineAt(number)
            found.append(block.text()[line.textStart() : line.textStart() + line.textLength()])
        block = block.next()
    return found


def _width(edit: CodeEdit, characters: int) -> int:
    return round(edit.fontMetrics().horizontalAdvance("m" * characters) + 2 * edit.document().documentMargin() + 6)


def test_field_height_follows_text_and_width(qtbot: Any) -> None:
    edit = CodeEdit()
    qtbot.addWidget(edit)
    edit.resize(_width(edit, 33), 60)
    edit.show()
    edit.set_text(f"{FIELD} == 1")
    one_line = edit.height()
    qtbot.waitUntil(lambda: _lines(edit) == ["#{ExperiencePlatform.Profile.", "firstName} == 1"])
    qtbot.waitUntil(lambda: edit.height() > one_line)
    edit.resize(_width(edit, 24), edit.height())
    qtbot.waitUntil(lambda: _lines(edit) == ["#{ExperiencePlatform.", "Profile.firstName} == 1"])
    edit.set_offset(len(FIELD) - 1)
    QTest.keyClicks(edit, "OfTheGuest")
    qtbot.waitUntil(lambda: _lines(edit) == ["#{ExperiencePlatform.", "Profile.", "firstNameOfTheGuest} == ", "1"])
    assert edit.text() == f"{FIELD[:-1]}OfTheGuest}} == 1"
    edit.resize(_width(edit, 80), edit.height())
    qtbot.waitUntil(lambda: _lines(edit) == [edit.text()])
    qtbot.waitUntil(lambda: edit.height() == one_line)
