"""The outside world, and a furnished hotel to copy: what the end-to-end tests begin with, made once a session."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.sample_servers.responses import SampleSystems
from engine.sample_servers.server import SampleServer, guests, open_server
from tests.helpers.engine_process import EngineProcess, StartPrepared, place

SHORT_WAIT = "$.journey.activities[7].duration=PT2S"


@pytest.fixture(scope="session")
def running_world() -> Iterator[SampleServer]:
    with open_server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def world(running_world: SampleServer) -> SampleServer:
    """The outside world, which has received nothing yet."""
    running_world.systems = SampleSystems(guests())
    return running_world


@pytest.fixture(scope="session")
def prepared_folders(running_world: SampleServer, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One folder for each length of the wait; the key file of the secrets stands beside the workspace in it."""
    folders = {}
    for name, sets in (("long", ()), ("short", (SHORT_WAIT,))):
        folders[name] = tmp_path_factory.mktemp(name)
        made = EngineProcess(folders[name] / "hotel")
        made.furnish(running_world, *sets)
        made.token()
    return folders


@pytest.fixture
def start_prepared(prepared_folders: dict[str, Path], tmp_path: Path) -> Iterator[StartPrepared]:
    """Serves a copy of a furnished workspace."""
    served: list[EngineProcess] = []

    def serve(name: str) -> EngineProcess:
        folder = tmp_path / "copies" / str(len(served))
        shutil.copytree(prepared_folders[name], folder)
        served.append(EngineProcess(folder / "hotel"))
        served[-1].start()
        return served[-1]

    yield serve
    for made in served:
        made.kill()


@pytest.fixture
def systems(tmp_path: Path) -> Iterator[EngineProcess]:
    """A workspace that is not there yet."""
    with place(tmp_path / "hotel") as made:
        yield made
