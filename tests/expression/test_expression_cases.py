"""The worked cases of the specification and further ones of the same kinds: every one gives what it should."""

from __future__ import annotations

import json

import pytest

from engine.errors import SojournError
from engine.expression.case_files import read_now, run_cases
from tests.helpers.expression_texts import CASES

FILES = ["expressions", "further", "rules", "sentences", "details", "audited", "audited_in_seoul"]
Row = dict[str, object]


def rows(name: str) -> list[tuple[Row, Row]]:
    lines = (CASES / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    wanted = [json.loads(line) for line in lines[1:]]
    return list(zip(wanted, run_cases(lines), strict=True))


@pytest.mark.parametrize("file", FILES)
def test_cases(file: str) -> None:
    wrong = []
    for wanted, given in rows(file):
        keys = ("error", "code", "start", "end") if "error" in wanted else ("type", "value")
        expected = {key: wanted[key] for key in keys if key in wanted}
        found = {key: given.get(key) for key in expected}
        same_kind = type(given.get("value")) is type(wanted.get("value"))
        if found != expected or not same_kind:
            wrong.append((wanted["id"], wanted["expr"], expected, given))
    assert not wrong


@pytest.mark.parametrize("file", FILES)
def test_error_texts_are_single_sentences(file: str) -> None:
    for wanted, given in rows(file):
        if "error" in given:
            message = str(given["message"])
            assert message[0].isupper() or message[0] in "'.\\", (wanted["expr"], message)
            assert message.endswith((".", "?")), (wanted["expr"], message)
            assert "!" not in message.replace("!=", "").replace("'!'", ""), (wanted["expr"], message)


def test_data_without_schema_have_one_of_example() -> None:
    context = {
        "events": {"E": {"n": 1, "l": [{"d": 2.5}]}, "F": {"n": 1}},
        "schemas": {"F": {"n": "decimal"}},
        "field_groups": {"D": {"G": {"x": "y"}, "H": {"z": 1}}},
        "field_group_schemas": {"D": {"H": {"z": "decimal"}}},
    }
    texts = ["@{E.n}", "@{E.l.d}", "@{F.n}", "#{D.G.x}", "#{D.H.z}"]
    lines = [json.dumps({"context": context}), *(json.dumps({"id": text, "expr": text}) for text in texts)]
    given = [(row["type"], row["value"]) for row in run_cases(lines)]
    assert given == [("integer", 1), ("listDecimal", [2.5]), ("decimal", 1.0), ("string", "y"), ("decimal", 1.0)]


def test_blank_lines_are_skipped() -> None:
    lines = ['{"context": {}}', "", '{"id": "a", "expr": "1 + 1"}']
    assert list(run_cases(lines)) == [{"id": "a", "type": "integer", "value": 2}]


@pytest.mark.parametrize(
    ("lines", "where"),
    [
        (["not json"], "line 1"),
        (["[]"], "line 1"),
        (["{}"], "line 1"),
        (['{"context": {}}', "nope"], "line 2"),
        (['{"context": {"events": []}}'], "context.events"),
        (['{"context": {"schemas": {"E": 1}}}'], "context.schemas"),
        (['{"context": {"schemas": {"E": {"x": "strin"}}}}'], "E.x"),
        (['{"context": {"field_group_schemas": {"S": {"G": 1}}}}'], "S.G"),
    ],
)
def test_bad_file_is_refused_with_its_place(lines: list[str], where: str) -> None:
    with pytest.raises(SojournError) as error:
        list(run_cases([*lines, '{"id": 1, "expr": "1"}']))
    assert error.value.where == where


def test_segments_may_be_list_of_names() -> None:
    lines = ['{"context": {"segments": ["gold"]}}', '{"id": 1, "expr": "inSegment(\\"gold\\")"}']
    assert list(run_cases(lines)) == [{"id": 1, "type": "boolean", "value": False}]


def test_non_object_field_group_is_null() -> None:
    context = {"field_group_schemas": {"S": {"G": {"x": "string"}}}, "field_groups": {"S": {"G": 1}}, "segments": 1}
    lines = [json.dumps({"context": context}), '{"id": 1, "expr": "#{S.G.x}"}']
    assert list(run_cases(lines)) == [{"id": 1, "type": "string", "value": None}]


def test_bad_time_is_refused() -> None:
    with pytest.raises(SojournError) as error:
        read_now("tomorrow")
    assert error.value.code == "bad_time"
