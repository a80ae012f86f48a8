"""The port of a workspace: chosen once, kept, and told when another program has it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.api.server import bind
from engine.cli import main
from engine.cli.listening import listen
from engine.errors import SojournError
from tests.helpers.embedded_engine import CALLER, EmbeddedEngine, running

HOST = "127.0.0.1"


@pytest.fixture
def place(tmp_path: Path) -> Iterator[EmbeddedEngine]:
    with running(tmp_path / "w") as made:
        yield made


def _port(listening: socket.socket) -> int:
    with listening:
        return int(listening.getsockname()[1])


def test_port_is_chosen_once_and_kept(place: EmbeddedEngine) -> None:
    first = _port(listen(place.owner, HOST, None, keep=True))
    assert place.engine.settings.get(CALLER, "port") == first
    assert _port(listen(place.owner, HOST, None, keep=True)) == first
    assert _port(listen(place.owner, HOST, None, keep=False)) == first, "serve without --port has it too"
    assert place.owner.health.taken_port == 0


def test_taken_port_is_replaced_for_now_and_told(place: EmbeddedEngine, caplog: pytest.LogCaptureFixture) -> None:
    with bind(HOST, 0) as other:
        taken = other.getsockname()[1]
        place.engine.settings.set(CALLER, "port", taken)
        another = listen(place.owner, HOST, None, keep=True)
        place.owner.writer.address = f"http://{HOST}:{_port(another)}"
        with pytest.raises(SojournError, match=f"cannot listen on {HOST}:{taken}"):
            listen(place.owner, HOST, None, keep=False)
    state = place.engine.health.state(CALLER)
    assert state.status == "degraded"
    assert str(state.reason).startswith(f"another program had the port {taken} of this workspace")
    assert place.owner.writer.address in str(state.reason)
    assert place.engine.settings.get(CALLER, "port") == taken, "it is tried again at the next start"
    assert "the port of the workspace is taken" in caplog.text


def test_port_of_stopped_workspace_is_in_its_address(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    there = ["--workspace", str(tmp_path / "w")]
    assert main(["setting", "set", "port", "8321", *there]) == 0
    assert main(["inlet", "list", *there]) == 0
    assert "http://127.0.0.1:8321/collection/main" in capsys.readouterr().out
    with pytest.raises(SojournError, match="65535"):
        main(["setting", "set", "port", "70000", *there])
