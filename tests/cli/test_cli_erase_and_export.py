"""The commands about what is kept and what is let go."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from engine.cli import main
from engine.errors import SojournError
from engine.model import journey_file
from engine.store import retention_queries, step_files
from engine.store.database import Database
from tests.helpers.journey_builders import activity, entry, journey


@pytest.fixture
def place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Create a workspace with one person."""
    words = ["--workspace", str(tmp_path / "w")]
    people = tmp_path / "people.jsonl"
    people.write_text('{"identities": {"CRMID": "guest-0042", "Email": "kim@example.com"}}\n', "utf-8")
    assert main(["profiles", "import", str(people), *words]) == 0
    capsys.readouterr()
    return words


def test_erase_asks_for_confirmation_and_reports(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
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


FILE = journey([entry(), activity("wait", "wait.duration", duration="PT6H")], ["in>wait"])


@pytest.fixture
def lived(place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Add a journey that two people entered."""
    document, events = tmp_path / "j.journey.json", tmp_path / "events.jsonl"
    document.write_text(journey_file.write(FILE), "utf-8")
    which = {"campaign": {"orchestration": {"eventID": FILE.events[0].event_id}}}
    lines = [json.dumps({"id": key, "_experience": which}) for key in ("guest-0042", "guest-0043")]
    events.write_text("\n".join(lines), "utf-8")
    assert main(["import", str(document), "--publish", *place]) == 0
    assert main(["send", str(events), *place]) == 0
    capsys.readouterr()
    return place


def test_steps_are_exported_in_named_format(
    lived: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.jsonl", "a.csv", "a.parquet"):
        assert main(["steps", "export", "-o", str(tmp_path / name), *lived]) == 0
        assert capsys.readouterr().out == "2 step events\n"
    lines = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text("utf-8").splitlines()]
    assert [line["node"] for line in lines] == ["in", "in"]
    assert list(step_files.read_parquet(tmp_path / "a.parquet")) == lines
    assert (tmp_path / "a.csv").read_text("utf-8").startswith("n,sandbox,journey_name,id,")
    words = ["steps", "export", "J", "--keys", "--since", "2020-01-01", "-o", str(tmp_path / "b.csv"), *lived]
    assert main(words) == 0
    with (tmp_path / "b.csv").open(encoding="utf-8", newline="") as file:
        assert [row["key"] for row in csv.DictReader(file)] == ["guest-0042", "guest-0043"]
    assert main(["steps", "export", "--until", "2020-01-01", "-o", str(tmp_path / "c.csv"), *lived]) == 0
    assert capsys.readouterr().out.endswith("0 step events\n")
    assert main(["erase", "CRMID", "guest-0042", "--yes", *lived]) == 0
    said = capsys.readouterr().out
    assert f"Not touched, since it was exported before: {tmp_path / 'b.csv'}" in said
    assert "Erased; 1 journeys under way ended" in said


def test_impossible_export_is_explained(lived: list[str], tmp_path: Path) -> None:
    for words, code in (
        (["-o", str(tmp_path / "a.xlsx")], "export_form"),
        (["-o", str(tmp_path / "a.csv"), "--since", "yesterday"], "time_malformed"),
    ):
        with pytest.raises(SojournError) as caught:
            main(["steps", "export", *words, *lived])
        assert caught.value.code == code


def test_steps_are_asked_with_sql(lived: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    select = "select node, count(*) as people from steps group by node"
    assert main(["query", select, *lived]) == 0
    assert capsys.readouterr().out == "node  people\nin    2\n"
    assert main(["query", select, "--json", *lived]) == 0
    assert json.loads(capsys.readouterr().out) == {"node": "in", "people": 2}
    assert main(["query", "select node from steps", "--csv", "--limit", "1", *lived]) == 0
    seen = capsys.readouterr()
    assert (seen.out, seen.err.partition(";")[0]) == ("node\nin\n", "main.py query: there are more than 1 rows")
    assert main(["query", "select null as a from steps", *lived]) == 0
    assert capsys.readouterr().out == "a\n\n\n"
    with pytest.raises(SojournError) as caught:
        main(["query", "delete from step_events", *lived])
    assert caught.value.code == "query_refused"


def test_archives_are_listed(lived: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["steps", "archives", *lived]) == 0
    assert capsys.readouterr().out.startswith("There are no archives yet")
    database = Database(str(tmp_path / "w"))
    with database.write() as connection:
        retention_queries.put_archive(
            connection, retention_queries.Archive("/gone/steps.parquet", 9, 9, 1, 0, 1_000, 2_000)
        )
    database.close()
    assert main(["steps", "archives", *lived]) == 0
    assert capsys.readouterr().out == (
        "/gone/steps.parquet  1 step events, 1970-01-01T00:00:00Z to 1970-01-01T00:00:01Z  (not there any more)\n"
    )


def test_users_guide_commands_work(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every line of `docs/people.md` that one can type, in its order."""
    page = (root / "docs" / "people.md").read_text("utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("W", str(tmp_path / "w"))
    typed = [line for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) for line in block.splitlines()]
    for line in typed:
        if line.startswith("printf"):
            subprocess.run(["sh", "-c", line], check=True)
        else:
            words = shlex.split(os.path.expandvars(line))
            assert words[:2] == [".venv/bin/python", "main.py"]
            assert main(words[2:]) == 0, line
    said = capsys.readouterr().out
    assert "2 identities" in said
    assert f"exported before: {tmp_path / 'steps.csv'}" in said
    assert len(typed) == 20
