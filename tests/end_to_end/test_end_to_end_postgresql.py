"""The main job with its workspace on PostgreSQL, named by a URL with a password that is found nowhere afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest

from engine.outside_world.server import OutsideWorld
from engine.outside_world.tour import JOURNEY
from engine.store.location import folder_of
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
def hotel(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineProcess]:
    monkeypatch.setenv("SOJOURN_LOGS", str(tmp_path / "logs"))
    environment: dict[str, str] = {}
    made = EngineProcess(folder_of(url, Path(platformdirs.user_data_dir("sojourn", False)), environment), url)
    assert environment == {"PGPASSWORD": WORD}
    yield made
    made.kill()


def test_four_guests_complete_across_restarts(hotel: EngineProcess, world: OutsideWorld, tmp_path: Path) -> None:
    hotel.start()
    hotel.furnish(world)
    token = hotel.token()
    for event in EVENTS[:2]:
        send(hotel, event, token)
    hotel.kill()
    hotel.start()
    for event in EVENTS[2:]:
        send(hotel, event, token)
    outcome(hotel, world, WAITING)
    assert mails(hotel) == [("seojun@guests.example", "Join our loyalty programme, 서준")]
    second = hotel.command("serve", "--port", "0")
    assert (second.returncode, "serves the workspace" in second.stderr) == (3, True)
    hotel.do("backup", str(tmp_path / "monday.sqlite"))
    assert hotel.stop() == 0
    assert {name: hotel.metrics(JOURNEY)[name] for name in WAITING} == WAITING, "the same without a server"

    kept = [file for folder in (hotel.folder, tmp_path) for file in folder.rglob("*") if file.is_file()]
    assert {"database.url", "vault.json", "monday.sqlite", "engine.log"} <= {file.name for file in kept}
    assert [file for file in kept if WORD.encode() in file.read_bytes()] == []


def test_missing_database_is_reported(hotel: EngineProcess, url: str) -> None:
    nowhere = EngineProcess(hotel.folder, url.replace("/w", "/nowhere_w"))
    done = nowhere.command("serve", "--port", "0")
    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "nowhere_w" in done.stderr
    assert WORD not in done.stdout + done.stderr
    assert os.environ.get("PGPASSWORD") is None
