"""The main job with its workspace on PostgreSQL, named by a URL with a password that is found nowhere afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest

from engine.sample_servers.sample_run import JOURNEY
from engine.sample_servers.server import SampleServer
from engine.store.location import workspace_folder
from tests.end_to_end.test_end_to_end_main_job import EVENTS, WAITING, mails, outcome, send
from tests.helpers.engine_process import EngineProcess
from tests.helpers.postgres import Server

pytestmark = pytest.mark.end_to_end

WORD = "hush-a-by"


@pytest.fixture
def url(postgres: Server) -> str:
    """A new database, and a password that the server does not ask for but that everyone is given."""
    return postgres.url(postgres.new_database()).set(password=WORD).render_as_string(hide_password=False)


@pytest.fixture
def systems(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineProcess]:
    monkeypatch.setenv("SOJOURN_LOGS", str(tmp_path / "logs"))
    environment: dict[str, str] = {}
    made = EngineProcess(workspace_folder(url, Path(platformdirs.user_data_dir("sojourn", False)), environment), url)
    assert environment == {"PGPASSWORD": WORD}
    yield made
    made.kill()


def test_four_guests_complete_across_restarts(systems: EngineProcess, world: SampleServer, tmp_path: Path) -> None:
    systems.start()
    systems.furnish(world)
    token = systems.token()
    for event in EVENTS[:2]:
        send(systems, event, token)
    systems.kill()
    systems.start()
    for event in EVENTS[2:]:
        send(systems, event, token)
    outcome(systems, world, WAITING)
    assert mails(systems) == [("seojun@guests.example", "Join our loyalty programme, 서준")]
    second = systems.command("serve", "--port", "0")
    assert (second.returncode, "serves the workspace" in second.stderr) == (3, True)
    systems.do("backup", str(tmp_path / "monday.sqlite"))
    assert systems.stop() == 0
    assert {name: systems.metrics(JOURNEY)[name] for name in WAITING} == WAITING, "the same without a server"

    kept = [file for folder in (systems.folder, tmp_path) for file in folder.rglob("*") if file.is_file()]
    assert {"database.url", "vault.json", "monday.sqlite"} <= {file.name for file in kept}
    assert any(file.name.startswith("engine-") and file.suffix == ".log" for file in kept)
    assert [file for file in kept if WORD.encode() in file.read_bytes()] == []


def test_missing_database_is_reported(systems: EngineProcess, url: str) -> None:
    nowhere = EngineProcess(systems.folder, url.replace("/w", "/nowhere_w"))
    done = nowhere.command("serve", "--port", "0")
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "nowhere_w" in done.stderr
    assert WORD not in done.stdout + done.stderr
    assert os.environ.get("PGPASSWORD") is None
