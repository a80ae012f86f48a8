"""What cannot be done is said in one sentence that tells how to mend it, and nothing is lost by it."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from engine.sample_servers.sample_run import JOURNEY, import_arguments, sample_events
from tests.helpers.engine_process import LOBBY, SAMPLES, EngineProcess, StartPrepared, until

pytestmark = pytest.mark.end_to_end

MINA = json.loads(sample_events()[0].read_text("utf-8"))["body"]["xdmEntity"]


def refused(systems: EngineProcess, *words: str, code: int = 3) -> str:
    """The one line that a refused command says on standard error."""
    done = systems.command(*words)
    assert done.returncode == code, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "JSON"),
        ('{"format": "sojourn/99", "journey": {"name": "x"}}', "sojourn/"),
        ('{"format": "sojourn/1", "journey": {"name": "x", "colour": "red"}}', "$.journey"),
        ('{"format": "sojourn/1", "journey": {"name": 7}}', "$.journey.name"),
    ],
)
def test_malformed_file_is_not_imported(systems: EngineProcess, tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "bad.journey.json"
    file.write_text(text, "utf-8")
    said = refused(systems, "import", str(file))
    assert says in said
    assert "bad.journey.json" in said
    assert JOURNEY not in systems.do("report")


def test_missing_file_is_named(systems: EngineProcess, tmp_path: Path) -> None:
    assert "nothing.journey.json" in refused(systems, "import", str(tmp_path / "nothing.journey.json"))


def test_unreplaced_secret_placeholder_is_refused(systems: EngineProcess) -> None:
    said = refused(systems, "import", str(LOBBY), "--publish")
    assert "$.data_sources[1].auth.password" in said
    assert "$.actions[0].auth.value" in said


@pytest.mark.parametrize("words", [("imprt", "x"), ("import",), ("serve", "--port", "high")])
def test_wrong_use_has_its_own_exit_code(systems: EngineProcess, words: tuple[str, ...]) -> None:
    assert systems.command(*words).returncode == 2


def entity(**changes: Any) -> bytes:
    """Mina's arrival with some fields changed; None takes one away."""
    fields = {**MINA, **changes}
    return json.dumps({name: value for name, value in fields.items() if value is not None}).encode()


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (entity(personID=7), "wrong_type", "personID"),
        (entity(personID=None), "missing_field", "personID"),
        (entity(personID=""), "empty_key", "personID"),
        (entity(tokens="phone"), "wrong_type", "tokens"),
        (entity(_experience={"campaign": {"orchestration": {"eventID": "nobody-knows"}}}), "no_match", "eventID"),
    ],
)
def test_invalid_event_is_refused(start_prepared: StartPrepared, body: bytes, code: str, field: str) -> None:
    systems = start_prepared("long")
    status, answer = systems.post("/collection/main", body, systems.token())
    assert status == 400
    assert answer["accepted"] == []
    (error,) = answer["errors"]
    assert (error["index"], error["code"]) == (0, code)
    assert field in f"{error['field']} {error['message']}"
    assert systems.metrics(JOURNEY)["entered"] == 0


def test_wrong_token_or_address_is_refused(start_prepared: StartPrepared) -> None:
    systems = start_prepared("long")
    token = systems.token()
    assert systems.post("/collection/main", entity(), "")[0] == 401
    wrong = token[:-1] + ("y" if token.endswith("x") else "x")
    assert systems.post("/collection/main", entity(), wrong)[0] == 401
    assert systems.post("/collection/nowhere", entity(), token)[0] == 404
    assert systems.post("/collection/main", b"{", token)[0] == 400
    assert systems.post("/collection/main", b" " * ((1 << 20) + 1), token)[0] == 413
    assert systems.post("/collection/main", entity(), token)[0] == 202


def test_dead_endpoint_ends_instance_in_error(systems: EngineProcess) -> None:
    with socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{dead.getsockname()[1]}"
        systems.start()
        systems.do("setting", "set", "allow_local_endpoints", "true")
        systems.do("import", str(LOBBY), "--publish", *import_arguments(url))
        systems.do("profiles", "import", str(SAMPLES / "people.jsonl"))
        assert systems.post("/collection/main", entity(), systems.token())[0] == 202
        seen = until(lambda: systems.metrics(JOURNEY), lambda metrics: metrics["failed"] == 1, "the failed guest")
    assert (seen["entered"], seen["current"], seen["completed"]) == (1, 0, 0)


def test_taken_port_is_named(systems: EngineProcess) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = refused(systems, "serve", "--port", port)
    assert port in said
    assert "--port" in said


def test_newer_workspace_is_left_unchanged(systems: EngineProcess) -> None:
    systems.do("setting", "set", "overdue_rate", "200")
    (database,) = systems.folder.glob("*.sqlite")
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
    connection.close()
    before = database.read_bytes()
    assert "newer" in refused(systems, "serve")
    assert "newer" in refused(systems, "report")
    assert database.read_bytes() == before


def test_file_that_is_no_workspace_is_refused(systems: EngineProcess, tmp_path: Path) -> None:
    shutil.copy(LOBBY, tmp_path / "hotel")
    assert "workspace" in refused(systems, "report")


def test_second_server_leaves_workspace_to_first(systems: EngineProcess, tmp_path: Path) -> None:
    systems.start()
    second = EngineProcess(systems.folder)
    said = refused(second, "serve", "--port", str(second.port))
    assert "serve" in said or "owned" in said or "running" in said
    systems.do("setting", "set", "overdue_rate", "200")
