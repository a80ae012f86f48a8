"""Numbers as people type and paste them: in their locale or with a point; unreadable text is an error of its field."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from app.activities.activity_form import FormContext
from app.panels.settings_pane import SettingsPane
from app.widgets.controls import FormField
from app.widgets.duration_input import DurationInput
from app.widgets.fault_line import FaultLine
from app.widgets.number_input import NumberInput, TimeInput, number_text, read_number
from engine.expression.types import Scope
from engine.model.activity import ACTIVITY_KINDS
from engine.model.definitions import Definitions

CONTROL = Qt.KeyboardModifier.ControlModifier


def _shown(qtbot: Any, widget: Any) -> Any:
    qtbot.addWidget(widget)
    widget.resize(340, 200)
    widget.show()
    return widget


def _type(line: Any, words: str) -> None:
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_A, CONTROL)
    QTest.keyClicks(line, words)


def _paste(line: Any, words: str) -> None:
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_A, CONTROL)
    QGuiApplication.clipboard().setText(words)
    QTest.keyClick(line, Qt.Key.Key_V, CONTROL)


@pytest.mark.parametrize(
    ("locale", "text", "number"),
    [
        ("en_US", "2,500", 2500), ("en_US", "2500", 2500), ("en_US", " 1.5 ", 1.5), ("en_US", "12\r\n", 12),
        ("en_US", "1,234,567.25", 1234567.25), ("en_US", "-3", -3), ("en_US", "1e3", 1000.0),
        ("ko_KR", "2,500", 2500), ("ko_KR", "１２", 12), ("ko_KR", "33.3", 33.3),
        ("de_DE", "33,3", 33.3), ("de_DE", "1.5", 1.5), ("de_DE", "2.500", 2500), ("de_DE", "2.500,75", 2500.75),
        ("fr_FR", "2\u202f500", 2500), ("fr_FR", "2 500,5", 2500.5), ("fr_FR", "33,3", 33.3),
        ("de_CH", "2’500", 2500), ("de_CH", "2'500.5", 2500.5),
    ],
)  # fmt: skip
def test_number_is_read_in_locale_and_with_point(locale: str, text: str, number: float) -> None:
    QLocale.setDefault(QLocale(locale))
    assert read_number(text) == number


@pytest.mark.parametrize(
    "text", ["", "33,3", "2,50", "1 2", "1.2.3", "nan", "inf", "twelve", "1e999", "0x10", "9" * 500]
)
def test_unreadable_number_is_refused(text: str) -> None:
    with suppress(ValueError):
        pytest.fail(str(read_number(text)))


@given(st.one_of(st.integers(-(10**18), 10**18), st.floats(-1e9, 1e9)), st.sampled_from(["en_US", "de_DE", "fr_FR"]))
def test_shown_number_is_read_back(number: float, locale: str) -> None:
    QLocale.setDefault(QLocale(locale))
    assert read_number(number_text(number)) == number


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("2,50", "Enter a number such as 2500."),
        ("2.5", "Enter a whole number."),
        ("5000", "Enter a number from 1 to 3600."),
        ("0", "Enter a number from 1 to 3600."),
    ],
)
def test_unreadable_number_is_error_of_its_field(qtbot: Any, typed: str, problem: str) -> None:
    line = NumberInput(3600, least=1)
    field = _shown(qtbot, FormField("Seconds", line))
    line.show_number(20)
    _type(line, typed)
    assert field.fault == problem
    assert line.number() == 20
    field.show_fault("")
    assert field.fault == problem
    _type(line, "1,200")
    assert (field.fault, line.number()) == ("", 1200)
    _type(line, " ")
    assert (field.fault, line.number()) == ("", None)


def test_pasted_line_feed_is_ignored(qtbot: Any) -> None:
    line = _shown(qtbot, NumberInput(100))
    _paste(line, "12\r\n")
    assert line.number() == 12
    QTest.keyClick(line, Qt.Key.Key_Up)
    assert line.text() == "13"


@pytest.mark.parametrize(("locale", "typed"), [("en_US", "1.5"), ("de_DE", "1,5"), ("de_DE", "1.5")])
def test_one_and_a_half_hours_are_ninety_minutes(qtbot: Any, locale: str, typed: str) -> None:
    QLocale.setDefault(QLocale(locale))
    length = _shown(qtbot, DurationInput())
    _type(length.number, typed)
    assert length.length() == timedelta(minutes=90)


def test_length_below_a_second_is_kept(qtbot: Any) -> None:
    length = _shown(qtbot, DurationInput())
    length.show_length(timedelta(milliseconds=500))
    assert length.number.text() == "0.5"
    assert length.length() == timedelta(milliseconds=500)


def test_unreadable_time_of_day_is_not_midnight(qtbot: Any) -> None:
    line = _shown(qtbot, TimeInput("09:00"))
    _type(line, "25:00")
    assert (line.time(), line.problem()) == ("09:00", "Write a time such as 08:00.")
    _paste(line, " 8:30\n")
    assert (line.time(), line.problem()) == ("08:30", "")


def _pane(qtbot: Any, kind: str, settings: dict[str, Any]) -> SettingsPane:
    name, _, sort = kind.partition(".")
    body = json.dumps({"id": "one", "type": name, "kind": sort, **settings})
    pane = SettingsPane()
    activity = ACTIVITY_KINDS[kind].settings.model_validate_json(body)
    pane.show_activity(activity, FormContext(Definitions(), Scope()), False)
    _shown(qtbot, pane)
    return pane


def test_unreadable_share_is_shown_and_not_stored(qtbot: Any) -> None:
    paths = [{"id": "a", "weight": 60}, {"id": "b", "weight": 40}]
    form: Any = _pane(qtbot, "condition.percentage", {"paths": paths}).form
    weight = form.paths.cards[0].weight
    _type(weight, "33,3")
    assert [path.weight for path in form.activity().paths] == [60, 40]
    assert "Enter a number such as 2.5." in [line.text() for line in form.findChildren(FaultLine) if line.isVisible()]
    QLocale.setDefault(QLocale("fr_FR"))
    _type(weight, "33,3")
    assert [path.weight for path in form.activity().paths] == [33.3, 66.7]


def test_unreadable_wait_is_shown_and_not_stored(qtbot: Any) -> None:
    form: Any = _pane(qtbot, "wait.duration", {"duration": "PT6H"}).form
    _type(form._length.number, "1,5")
    assert form.activity().duration == timedelta(hours=6)
    assert form.fields["duration"].fault == "Enter a number such as 2.5."
    form.show_faults({})
    assert form.fields["duration"].fault == "Enter a number such as 2.5."
