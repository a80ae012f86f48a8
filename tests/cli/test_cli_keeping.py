"""The commands about what is kept and what is let go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.cli import main


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """A workspace with one person."""
    words = ["--workspace", str(tmp_path / "w")]
    people = tmp_path / "people.jsonl"
    people.write_text('{"identities": {"CRMID": "guest-0042", "Email": "kim@example.com"}}\n', "utf-8")
    assert main(["profiles", "import", str(people), *words]) == 0
    capsys.readouterr()
    return words


def test_erase_asks_to_be_sure_and_says_what_is_gone(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["erase", "Email", "kim@example.com", *place]) == 2
    assert "add --yes" in capsys.readouterr().err
    assert main(["erase", "Email", "kim@example.com", "--yes", *place]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "Erased; 0 journeys under way ended"
    assert [line.strip() for line in said[1:]] == ["1 profile", "2 identities", "There are no step events"]
    assert main(["erase", "Email", "kim@example.com", "--yes", *place]) == 1
    assert capsys.readouterr().out == "Nobody here has this identity; nothing was erased\n"
    assert main(["erase", "CRMID", "guest-0042", "--yes", "--json", *place]) == 1
    assert json.loads(capsys.readouterr().out)["found"] is False
