"""Profiles as people keep them: JSON lines with any character, CSV as spreadsheets write it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.declared import ProfileSchema, profile_schema
from engine.errors import SojournError
from engine.model.definitions import Definitions, Profile
from engine.model.fields import read_fields
from engine.services.profile_chunks import split_profiles
from engine.services.profile_files import ProfileAt, ProfileFormat, read_csv, read_lines, read_table


def test_unicode_line_separators_stay_in_lines() -> None:
    line = json.dumps(
        {"identities": {"CRMID": "a"}, "attributes": {"note": "one\u2028two\x85three"}}, ensure_ascii=False
    )
    (profile,) = read_lines(line)
    assert profile.attributes == {"note": "one\u2028two\x85three"}


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_spreadsheet_may_write_mark_and_other_separators(separator: str, line_end: str) -> None:
    rows = [
        ["identity:CRMID", "testProfile", "address.city", "points"],
        ["007", "TRUE", "서울", "1.5"],
        ["8", "", "", ""],
    ]
    text = "\ufeff" + line_end.join(separator.join(row) for row in rows) + line_end
    first, second = read_csv(text)
    assert (first.identities, first.test_profile) == ({"CRMID": "007"}, True)
    assert first.attributes == {"address": {"city": "서울"}, "points": 1.5}
    assert (second.identities, second.test_profile, second.attributes) == ({"CRMID": "8"}, False, {})


def test_quoted_cell_is_one_value() -> None:
    (profile,) = read_csv('identity:CRMID,note\na,"one, ""two""\nthree"\n')
    assert profile.attributes == {"note": 'one, "two"\nthree'}


def test_string_fields_stay_strings() -> None:
    group = {
        "name": "Profile",
        "schema": "profile",
        "fields": {"zip": "string", "home": {"no": "string"}, "n": "integer"},
    }
    definitions = Definitions.model_validate_json(
        json.dumps({"data_sources": [{"name": "ExperiencePlatform", "field_groups": [group]}]})
    )
    (profile,) = read_csv("identity:CRMID,zip,home.no,n\na,01067,12,12\n", profile_schema(definitions))
    assert profile.attributes == {"zip": "01067", "home": {"no": "12"}, "n": 12}
    assert profile_schema(Definitions()).fields == ()


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ({"identities": {"CRM": "a"}}, "identity:CRM"),
        ({"identities": {"CRMID": "8E+11"}}, "identity:CRMID"),
        ({"identities": {"CRMID": "  "}}, "identity:CRMID"),
        ({"identities": {"CRMID": "a"}, "attributes": {"nmae": 1}}, "nmae"),
        ({"identities": {"CRMID": "a"}, "attributes": {"home": {"town": 1}}}, "home.town"),
    ],
)
def test_unknown_place_is_refused(line: dict[str, Any], place: str) -> None:
    schema = ProfileSchema(read_fields({"name": "string", "home": {"no": "string"}}), frozenset({"CRMID"}))
    with pytest.raises(SojournError) as refused:
        list(read_lines(json.dumps(line), schema=schema))
    assert refused.value.message.startswith(f"{place}: ")


def test_attributes_with_a_meaning_need_no_declaration() -> None:
    schema = ProfileSchema(read_fields({"name": "string"}), frozenset({"CRMID"}))
    text = "identity:CRMID,timeZone,doNotEmail,email\n a ,Asia/Seoul,WAHR,a@example.com\n"
    (profile,) = read_csv(text, schema)
    assert profile.identities == {"CRMID": "a"}
    assert profile.attributes["timeZone"] == "Asia/Seoul"


def test_columns_are_mapped() -> None:
    text = "Kundennummer,Name,Seit,intern,#note\n7,Ann,31.12.1990,x,y\n"
    columns = {"Kundennummer": "identity:CRMID", "Name": "name", "Seit": "since:dateOnly", "intern": ""}
    (one,) = (row for row in read_table(text, columns=columns) if isinstance(row, ProfileAt))
    assert (one.row, one.profile.identities) == (2, {"CRMID": "7"})
    assert one.profile.attributes == {"name": "Ann", "since": "1990-12-31"}


@pytest.mark.parametrize("cell", ["1.000", "1,000", "8E+11"])
def test_number_in_doubt_stays_a_text(cell: str) -> None:
    (profile,) = read_csv(f'identity:CRMID,n\na,"{cell}"\n')
    assert profile.attributes == {"n": cell}


@pytest.mark.parametrize(
    ("text", "where", "hint"),
    [
        ("", "line 1", "identity:<code>"),
        ("name\nMina\n", "line 1", "identity:<code>"),
        ("identity:CRMID,a,a\nx,1,2\n", "line 1", '"a"'),
        ("identity:CRMID,a,a.b\nx,1,2\n", "line 1", '"a.b"'),
        ("identity:CRMID,a..b\nx,1\n", "line 1", '"a..b"'),
        ("identity:CRMID,a\nx\n", "line 2", "cells"),
        ("identity:CRMID,a\nx,1,2\n", "line 2", "cells"),
        ("identity:CRMID,testProfile\nx,perhaps\n", "line 2", "testProfile"),
        ("identity:CRMID,a\n,1\n", "line 2", "identity"),
    ],
)
def test_unreadable_table_reports_position(text: str, where: str, hint: str) -> None:
    with pytest.raises(SojournError) as caught:
        list(read_csv(text))
    assert caught.value.where == where
    assert hint in caught.value.message


@pytest.mark.parametrize(
    ("text", "where", "hint"),
    [
        ("{", "line 1", "JSON"),
        ('\n{"identities": {"CRMID": "a"}}\n7\n', "line 3", "object"),
        ('{"identities": {}}', "line 1", "identity"),
        ('[{"identities": {"CRMID": 7}}]', "$[0]", "identities.CRMID"),
        (json.dumps({"identities": {"CRMID": "k" * 501}}), "line 1", "500 characters"),
        ('{"identities": {"CRMID": "a"}, "atributes": {}}', "line 1", "atributes"),
        ('{"identities": {"CRMID": "a", "CRMID": "b"}}', "line 1", "twice"),
        ('{"identities": {"CRMID": "a"}, "attributes": {"n": NaN}}', "line 1", "NaN"),
    ],
)
def test_unreadable_line_reports_position(text: str, where: str, hint: str) -> None:
    with pytest.raises(SojournError) as caught:
        list(read_lines(text))
    assert caught.value.where == where
    assert hint in caught.value.message


def attempt(text: str) -> SojournError | None:
    try:
        list(read_csv(text))
    except SojournError as refusal:
        return refusal
    return None


@given(st.text(st.sampled_from('identity:CRMID,;\t\n\r". a1{[\x00서'), max_size=60))
def test_any_table_is_read_or_refused(text: str) -> None:
    for table in (text, f"identity:CRMID,a\n{text}"):
        refusal = attempt(table)
        assert refusal is None or "\n" not in str(refusal)


def _parted(text: str, form: ProfileFormat, size: int) -> list[Profile]:
    found: list[Profile] = []
    lines = (line.decode() for line in io.BytesIO(text.encode()))
    for part in split_profiles(lines, form, size):
        found += read_csv(part.text, first=part.first) if form == "csv" else read_lines(part.text, part.first)
    return found


def _outcome(read: Callable[[], list[Profile]]) -> list[Profile] | tuple[str, str]:
    try:
        return read()
    except SojournError as refusal:
        return refusal.message, refusal.where


CELLS = st.text(st.sampled_from('a,;"\n1é'), max_size=4).map(lambda cell: '"' + cell.replace('"', '""') + '"')


@given(st.lists(st.tuples(CELLS, CELLS), max_size=9), st.integers(1, 4), st.booleans())
def test_table_in_parts_is_whole_table(rows: list[tuple[str, str]], size: int, ends: bool) -> None:
    text = "\ufeffidentity:CRMID,note\n" + "\n".join(",".join(row) for row in rows) + ("\n" if ends else "")
    assert _outcome(lambda: _parted(text, "csv", size)) == _outcome(lambda: list(read_csv(text)))


@given(
    st.lists(st.sampled_from(["", '{"identities": {"CRMID": "a"}}', "7", " "]), max_size=9),
    st.integers(1, 4),
    st.booleans(),
)
def test_lines_in_parts_are_whole_file(lines: list[str], size: int, ends: bool) -> None:
    text = "\n".join(lines) + ("\n" if ends else "")
    assert _outcome(lambda: _parted(text, "json", size)) == _outcome(lambda: list(read_lines(text)))


@given(st.lists(st.sampled_from([{"identities": {"CRMID": "a"}}, 7]), max_size=9), st.integers(1, 4))
def test_list_in_parts_is_whole_list(items: list[Any], size: int) -> None:
    text = f"\n {json.dumps(items, indent=1)}"
    assert _outcome(lambda: _parted(text, "json", size)) == _outcome(lambda: list(read_lines(text)))


@pytest.mark.parametrize(
    ("text", "form"), [("", "csv"), ("name\n", "csv"), ('[{"identities', "json"), ('a,"\x00', "csv")]
)
def test_file_that_cannot_be_cut_is_refused(text: str, form: ProfileFormat) -> None:
    with pytest.raises(SojournError) as caught:
        _parted(text, form, 3)
    assert caught.value.code == "profile_malformed"
