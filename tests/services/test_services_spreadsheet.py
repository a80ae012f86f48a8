"""Workbooks: cells as they are stored, dates, gaps, and files that are none."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from engine.cli import main
from engine.errors import SojournError
from engine.services import spreadsheet
from engine.services.spreadsheet import read_sheet_lines
from engine.services.text_encoding import file_encoding
from tests.helpers.embedded_engine import CALLER, running
from tests.helpers.workbook import workbook

TEXTS = (
    "identity:CRMID",
    "name",
    "born",
    'Zoë "Z", two\nlines',
    '<r><t>Kim </t></r><r><t>Mina</t></r><rPh sb="0" eb="1"><t>reading</t></rPh>',
)
PEOPLE = {
    2: {"A": 't="s"|0', "B": 't="s"|1', "C": 't="s"|2', "D": 't="inlineStr"|<is><t>member</t></is>', "F": "|"},
    4: {"A": "|821055550142", "B": 't="s"|3', "C": 's="1"|33238', "D": 't="b"|1'},
    5: {"A": "|7.0", "B": 't="s"|4', "C": 's="2"|33238', "D": 't="b"|0'},
    6: {"A": 't="str"|p9', "C": 's="4"|46053.336805555555', "D": 't="e"|#N/A'},
    7: {"A": "|1.5", "B": 's="3"|2.5', "C": 's="2"|0.5'},
}


def rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(read_sheet_lines(io.BytesIO(content))))


def test_cells_have_their_values() -> None:
    found = rows(workbook(PEOPLE, TEXTS))
    assert found == [
        [],
        ["identity:CRMID", "name", "born", "member", "", ""],
        [],
        ["821055550142", 'Zoë "Z", two\nlines', "1990-12-31", "TRUE", "", ""],
        ["7", "Kim Mina", "1990-12-31", "FALSE", "", ""],
        ["p9", "", "2026-01-31T08:05:00", "#N/A", "", ""],
        ["1.5", "2.5", "12:00:00", "", "", ""],
    ]


def test_days_may_be_counted_from_1904() -> None:
    assert rows(workbook({1: {"A": 's="1"|31776'}}, properties='date1904="1"')) == [["1990-12-31"]]


@pytest.mark.parametrize("name", ["people.xlsx", "people.xls", "people.ods"])
def test_file_that_is_no_workbook_is_refused(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.write_bytes(b"\xd0\xcf\x11\xe0 an old workbook, or one with a password")
    with pytest.raises(SojournError, match="save it as"):
        main(["profiles", "import", str(file), "--workspace", str(tmp_path / "w")])


@pytest.mark.parametrize("content", [b"", b"PK", workbook({1: {"A": 't="s"|99'}}), workbook({1: {"XFE": "|1"}})])
def test_damaged_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(SojournError) as refused:
        rows(content)
    assert refused.value.code == "spreadsheet_malformed"


def test_workbook_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "LARGEST", 100)
    with pytest.raises(SojournError) as refused:
        rows(workbook(PEOPLE, TEXTS))
    assert refused.value.code == "spreadsheet_large"


def test_missing_workbook_is_told(tmp_path: Path) -> None:
    assert file_encoding(tmp_path / "none.xlsx").name == "xlsx"
    with pytest.raises(SojournError, match="No such file"):
        list(read_sheet_lines(tmp_path / "none.xlsx", "none.xlsx"))


def test_command_imports_a_workbook(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, location = tmp_path / "people.xlsx", tmp_path / "w"
    file.write_bytes(workbook(PEOPLE | {8: {"B": 't="s"|1'}}, TEXTS))
    assert main(["profiles", "import", str(file), "--skip", "--workspace", str(location)]) == 0
    shown = capsys.readouterr()
    assert "4 profiles, 1 refused" in shown.out
    with running(location) as place:
        known = place.engine.profiles.get(CALLER, "CRMID", "821055550142")
        assert known is not None
        assert known.attributes == {"name": 'Zoë "Z", two\nlines', "born": "1990-12-31", "member": "TRUE"}
