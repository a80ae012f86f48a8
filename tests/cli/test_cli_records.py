"""The commands that show single records: people, segments, definitions, refused events and dead letters."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.cli import main
from engine.errors import SojournError
from engine.model import journey_file
from tests.helpers.journey_builders import activity, entry, journey

FILE = journey([entry(), activity("wait", "wait.duration", duration="PT6H")], ["in>wait"])
Run = Callable[..., list[Any]]


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a command's lines of JSON, in a workspace where one person waits and one event was refused."""

    def lines(*words: str) -> list[Any]:
        assert main([*words, "--workspace", str(tmp_path / "w")]) == 0
        return [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]

    document, events = tmp_path / "j.journey.json", tmp_path / "events.jsonl"
    document.write_text(journey_file.write(FILE), "utf-8")
    lines("import", str(document), "--publish")
    header = {"_experience": {"campaign": {"orchestration": {"eventID": FILE.events[0].event_id}}}}
    events.write_text("\n".join(json.dumps({"_id": f"e{n}", "id": "p1", **header}) for n in range(2)), "utf-8")
    lines("send", str(events))
    return lines


def test_only_present_instances_are_listed_and_resumed(run: Run) -> None:
    (person,) = run("people", "list", "J")
    assert (person["key"], person["activity"], person["status"]) == ("p1", "wait", "running")
    assert run("people", "list", "J", "--activity", "in") == []
    assert run("people", "list", "J@1") == [person]
    for version in ("J@2", "K@1"):
        with pytest.raises(SojournError):
            run("people", "list", version)
    run("people", "resume", "J", person["instance"])
    with pytest.raises(SojournError) as refused:
        run("people", "resume", "J", "999")
    assert refused.value.code == "instance_unknown"
    with pytest.raises(SojournError) as refused:
        run("people", "list", "K")
    assert refused.value.code == "journey_unknown"


def test_refused_events_are_listed(run: Run) -> None:
    (discard,) = run("discards", "list")
    assert (discard["key"], discard["journey"], discard["reason"]) == ("p1", "J", "already_in_journey")


def test_no_dead_letters_are_listed(run: Run) -> None:
    assert run("dead-letters", "list") == []
    assert run("dead-letters", "retry") == []


def test_segments_are_listed_and_need_a_known_profile(run: Run) -> None:
    segments = run("segment", "list")
    assert "silver" in [row["name"] for row in segments]
    assert {row["inside"] for row in segments} == {0}
    for words in (("people", "show", "CRMID", "nobody"), ("segment", "set", "silver", "CRMID", "nobody", "in")):
        with pytest.raises(SojournError) as refused:
            run(*words)
        assert refused.value.code in ("profile_unknown", "definition_unknown")


def test_a_definition_is_shown_as_files_have_it(run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["definition", "show", "event", FILE.events[0].name, "--workspace", str(tmp_path / "w")]) == 0
    assert json.loads(capsys.readouterr().out)["event_id"] == FILE.events[0].event_id


def test_timers_and_clock_of_sound_engine_need_nothing(run: Run) -> None:
    run("timers", "release")
    with pytest.raises(SojournError) as refused:
        run("clock", "accept")
    assert refused.value.code == "clock_jump_none"


def test_suspended_parts_are_listed_and_resumed(run: Run) -> None:
    assert run("suspended", "list") == []
    with pytest.raises(SojournError) as refused:
        run("suspended", "resume", "segment", "gold")
    assert refused.value.code == "suspension_unknown"


def test_events_and_failures_are_shown(run: Run) -> None:
    received = run("events", "received")
    assert {row["id"] for row in received} == {"e0", "e1"}
    assert '"p1"' in run("events", "show", "e0")[0]["document"]
    assert run("events", "refused") == run("discards", "list")
    assert run("people", "failed", "J", "--activity", "wait", "--key", "p") == []
    run("people", "resume", "J")
    run("dead-letters", "drop", "1")
    with pytest.raises(SojournError) as refused:
        run("dead-letters", "show", "1")
    assert refused.value.code == "dead_letter_unknown"
