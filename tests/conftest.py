"""What holds for every test: no screen, no workspace of the person at the desk, and no unexpected log line."""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.helpers.postgres import Server, running_server

# Before any test module imports Qt.
os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ["QT_PREFERRED_BINDING"] = "PySide6"
os.environ["PYTEST_QT_API"] = "pyside6"

# How long an example takes is no test's business; what else the environment says of examples (CI) stays.
settings.register_profile("tests", settings(), deadline=None)
settings.load_profile("tests")


@pytest.fixture(scope="session", autouse=True)
def private_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests, and the processes they start, never touch the user's workspace, settings, keyring or logs."""
    home = tmp_path_factory.getbasetemp() / "home"
    with pytest.MonkeyPatch.context() as environment:
        for name in ("XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
            environment.setenv(name, str(home / name.lower()))
        environment.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
        environment.delenv("SOJOURN_WORKSPACE", raising=False)
        environment.delenv("SOJOURN_VAULT_KEY", raising=False)
        yield


@pytest.fixture(autouse=True)
def no_unexpected_log(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """A warning or error in the log fails the test, unless the test itself asks for `caplog` and so judges the log."""
    yield
    if "caplog" in inspect.signature(request.function).parameters:
        return
    lines = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.WARNING]
    assert not lines, f"unexpected log lines: {lines}"


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server, started when the first test wants it."""
    with running_server() as server:
        yield server


@pytest.fixture(params=("sqlite", "postgresql"))
def workspace(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The folder of a workspace that is not there yet, on each store."""
    folder = tmp_path / "w"
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        server.furnish(folder)
    return folder
