"""The commands as a person types them: what they print, what they refuse, and their exit codes."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from engine.cli import main
from engine.errors import SojournError
from engine.model import journey_file
from tests.helpers.journey_builders import DEFINITIONS, activity, entry, journey, notify

FILE = journey([entry(), activity("wait", "wait.duration", duration="PT6H"), notify("told")], ["in>wait", "wait>told"])


@pytest.fixture
def document(tmp_path: Path) -> str:
    path = tmp_path / "j.journey.json"
    path.write_text(journey_file.write(FILE), "utf-8")
    return str(path)


@pytest.fixture
def place(tmp_path: Path) -> list[str]:
    return ["--workspace", str(tmp_path / "w")]


def test_import_send_report_export(
    document: str, place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", document, "--publish", *place]) == 0
    assert capsys.readouterr().out == "J, version 1: live\n"
    events = tmp_path / "events.jsonl"
    event_id = FILE.events[0].event_id
    lines = [
        {"_id": f"e{n}", "id": f"p{n}", "_experience": {"campaign": {"orchestration": {"eventID": event_id}}}}
        for n in (1, 2)
    ]
    events.write_text("\n".join(map(json.dumps, [*lines, {"_experience": lines[0]["_experience"]}])), "utf-8")
    assert main(["send", str(events), *place]) == 1
    sent = capsys.readouterr().out.splitlines()
    assert sent[:2] == ["accepted e1", "accepted e2"]
    assert sent[2].startswith("refused 3: missing_field id: ")
    assert main(["report", "J", "--json", *place]) == 0
    assert json.loads(capsys.readouterr().out)["J"]["metrics"]["entered"] == 2
    assert main(["report", "--csv", *place]) == 0
    (row,) = csv.DictReader(capsys.readouterr().out.splitlines())
    assert list(row.values())[:8] == ["J", "2", "2", "0", "0", "0", "0", "0"]
    assert (row["current_rate"], row["bounced_rate"]) == ("1.0", "0.0")
    assert main(["report", *place]) == 0
    assert "J" in capsys.readouterr().out
    assert main(["report", "J", *place]) == 0
    assert "current rate" in (said := capsys.readouterr().out)
    assert "100.0%" in said
    target = tmp_path / "out.journey.json"
    assert main(["export", "J", "-o", str(target), *place]) == 0
    assert main(["validate", str(target), "--json"]) == 0


def test_journeys_that_jump_are_validated_together(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = {event["name"]: event for event in DEFINITIONS["events"]}
    jump = activity("go", "jump", journey="T", parameters={"table": "@{Enter.n}"})
    gone = activity("go", "jump", journey="T", parameters={"chair": "1"})
    files = {
        "S": journey([entry(), jump], ["in>go"], name="S", definitions={"events": [events["Enter"]]}),
        "T": journey([entry("Visit")], [], name="T", definitions={"events": [events["Visit"]]}),
        "G": journey([entry(), gone], ["in>go"], name="G", definitions={"events": [events["Enter"]]}),
    }
    paths = {name: tmp_path / f"{name}.journey.json" for name in files}
    for name, file in files.items():
        paths[name].write_text(journey_file.write(file), "utf-8")
    assert main(["validate", str(paths["S"]), str(paths["T"]), "--json"]) == 0
    assert capsys.readouterr().out == ""
    assert main(["validate", str(paths["S"]), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["code"] == "WARN_JUMP_001", "its target is nowhere in one file"
    assert main(["validate", str(paths["S"]), str(paths["G"]), "--json"]) == 1
    assert "ERR_JUMP_002" in capsys.readouterr().out
    assert main(["validate", str(paths["G"]), str(paths["T"]), "--json"]) == 1
    (issue,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert list(issue) == ["code", "severity", "activity", "path", "message"]
    assert (issue["code"], issue["activity"]) == ("ERR_JUMP_006", "go")
    assert issue["path"] == "$.journey.activities[1].parameters.chair"


def test_invalid_journey_file_is_reported_as_issue(
    document: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, torn = tmp_path / "broken.journey.json", tmp_path / "torn.journey.json"
    broken.write_text(Path(document).read_text("utf-8").replace('"position"', '"positoin"', 1), "utf-8")
    torn.write_text("{", "utf-8")
    assert main(["validate", str(broken), document, str(torn), "--json"]) == 1
    first, last = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == {
        "code": "ERR_FILE_001",
        "severity": "error",
        "activity": "",
        "path": "$.journey.activities[0].positoin",
        "message": "This key is not known here; remove it or check its spelling",
    }
    assert last["path"].startswith("line 1")
    assert main(["validate", str(broken)]) == 1
    assert "$.journey.activities[0].positoin: error ERR_FILE_001: This key" in capsys.readouterr().out
    with pytest.raises(SojournError):
        main(["validate", str(tmp_path / "nowhere.journey.json")])


def test_settings_secrets_and_inlets(
    place: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["setting", "set", "allow_local_endpoints", "true", *place]) == 0
    assert main(["setting", "list", *place]) == 0
    assert "allow_local_endpoints = true" in capsys.readouterr().out
    monkeypatch.setattr("sys.stdin", io.StringIO("hush\n"))
    assert main(["secret", "set", "action/Notify/value", *place]) == 0
    assert main(["inlet", "list", *place]) == 0
    assert "/collection/main" in capsys.readouterr().out
    assert main(["inlet", "token", *place]) == 0
    token = capsys.readouterr().out
    assert main(["inlet", "token", "main", *place]) == 0
    assert capsys.readouterr().out == token
    assert len(token.strip()) > 20
    with pytest.raises(SojournError) as caught:
        main(["setting", "set", "nobody", "1", *place])
    assert caught.value.code == "setting_unknown"


def test_eval_infers_types_from_events(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    payload = tmp_path / "cart.json"
    payload.write_text('{"total": 12.5}', "utf-8")
    assert main(["eval", "@{Cart.total} > 10", "--event", f"Cart={payload}"]) == 0
    assert json.loads(capsys.readouterr().out) == {"type": "boolean", "value": True}
    assert main(["eval", "nothing known here"]) == 1
    assert "error" in json.loads(capsys.readouterr().out)
    assert main(["eval"]) == 2


def test_diff_prints_no_secret(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (root / "resources" / "samples" / "lobby-and-restaurant.journey.json").read_text("utf-8")
    names = []
    for number, secret in enumerate(("hush-one", "hush-two")):
        names.append(str(tmp_path / f"{number}.journey.json"))
        Path(names[-1]).write_text(text.replace("INSERT_SECRET_HERE", secret), "utf-8")
    assert main(["diff", *names]) == 1
    said = capsys.readouterr().out
    assert said.splitlines() == [
        "Data source Reservations: password is another secret.",
        "Action SendPush: value is another secret.",
    ]
    assert main(["diff", names[0], names[0]]) == 0


def test_diff_lists_differences(document: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", document, document]) == 0
    other = tmp_path / "other.journey.json"
    other.write_text(Path(document).read_text("utf-8").replace("PT6H", "PT7H"), "utf-8")
    assert main(["diff", document, str(other)]) == 1
    assert "PT7H" in capsys.readouterr().out


def test_diff_compares_versions_of_workspace(
    document: str, place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    changed = tmp_path / "changed.journey.json"
    changed.write_text(Path(document).read_text("utf-8").replace("PT6H", "PT7H"), "utf-8")
    for name in (document, str(changed)):
        assert main(["import", name, "--publish", "--replace", *place]) == 0
    capsys.readouterr()
    assert main(["diff", "J@1", "J@2", *place]) == 1
    assert "PT7H" in capsys.readouterr().out
    assert main(["diff", "J", "J@2", *place]) == 0
    with pytest.raises(SojournError, match="J"):
        main(["diff", "J@1", "J@9", *place])


def test_simulate_fails_when_expectation_does(
    document: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = {
        "seed": 1,
        "start": "2026-03-10T08:00:00Z",
        "events": [{"at": "PT0S", "event": "Enter", "payload": {"id": "a"}}],
        "expect": [{"that": "metrics.completed", "is": 1}],
    }
    path = tmp_path / "scenario.json"
    path.write_text(json.dumps(scenario), "utf-8")
    assert main(["simulate", document, "--scenario", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["metrics"]["completed"] == 1
    path.write_text(json.dumps({**scenario, "expect": [{"that": "metrics.completed", "is": 2}]}), "utf-8")
    assert main(["simulate", document, "--scenario", str(path)]) == 1
    assert "metrics.completed" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["nonsense"], ["import"], ["setting"], ["serve", "--port", "high"]])
def test_invalid_usage_is_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "--help" in said


def test_file_that_cannot_be_read_is_named(place: list[str], tmp_path: Path) -> None:
    with pytest.raises(SojournError) as caught:
        main(["import", str(tmp_path / "missing.json"), *place])
    assert "missing.json" in str(caught.value)


def test_doctor_checks_everything(place: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", *place]) == 0
    said = capsys.readouterr().out
    assert "SQLite 3." in said
    assert all(f"{name} " in said for name in ("argon2-cffi", "pyarrow", "cryptography", "keyring", "QtAwesome"))


def test_suppression_list_by_commands(place: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = tmp_path / "old.csv"
    old.write_text("email;since\nAnn@Example.com;2020\n\nann@example.com;2021\nbo@example.com;\n", "utf-8-sig")
    assert main(["suppressions", "import", str(old), *place]) == 0
    assert main(["suppressions", "add", "+82 10 5555 0142", "--channel", "sms", *place]) == 0
    assert main(["suppressions", "remove", "BO@example.com", *place]) == 0
    capsys.readouterr()
    assert main(["suppressions", "list", *place]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted((row["channel"], row["address"], row["reason"]) for row in rows) == [
        ("email", "ann@example.com", "stated"),
        ("sms", "+821055550142", "stated"),
    ]
    with pytest.raises(SojournError, match="not on the suppression list"):
        main(["suppressions", "remove", "bo@example.com", *place])
