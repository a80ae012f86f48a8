"""The outside world on a real socket, and as a process."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.sample_servers.responses import KEY
from engine.sample_servers.sample_run import main
from engine.sample_servers.server import MAX_BODY, SampleServer, open_server


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def world(lines: list[str]) -> Iterator[SampleServer]:
    with open_server(show=lines.append) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def connection(world: SampleServer) -> Iterator[http.client.HTTPConnection]:
    opened = http.client.HTTPConnection("127.0.0.1", world.server_address[1], timeout=240)
    yield opened
    opened.close()


def test_keep_alive_calls_are_answered_and_printed(connection: http.client.HTTPConnection, lines: list[str]) -> None:
    for guest in ("mina", "aicha"):
        body = json.dumps({"to": guest, "text": "안녕하세요"})
        connection.request("POST", "/v1/messages", body.encode(), {"X-Key": KEY})
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())) == (200, {"ok": True})
    connection.request("GET", "/received")
    assert len(json.loads(connection.getresponse().read())["calls"]) == 2
    assert [line.split("  ", 1)[1] for line in lines] == [
        f"POST /v1/messages  200  push to {guest}: without a title | 안녕하세요" for guest in ("mina", "aicha")
    ]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Length": "many"}, 411),
        ({"Transfer-Encoding": "chunked"}, 411),
        ({"Content-Length": str(MAX_BODY + 1)}, 413),
    ],
)
def test_unknown_or_excessive_body_length_is_refused(
    connection: http.client.HTTPConnection, headers: dict[str, str], status: int
) -> None:
    connection.putrequest("POST", "/v1/messages")
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    assert answer.status == status
    assert "send" in json.loads(answer.read())["error"]


def test_occupied_port_is_reported(world: SampleServer, capsys: pytest.CaptureFixture[str]) -> None:
    port = world.server_address[1]
    assert main(["--port", str(port)]) == 3
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert str(port) in said
    assert "--port" in said


@pytest.mark.parametrize("port", ["-1", "65536", "http", ""])
def test_invalid_port_is_usage_error(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main([f"--port={port}"])
    assert exit_.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_process_reports_ready_and_stops_on_signal(root: Path) -> None:
    command = [sys.executable, str(root / "main.py"), "sample", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            ready = process.stdout.readline()
            port = int(ready.strip().rpartition(":")[2])
            socket.create_connection(("127.0.0.1", port), timeout=240).close()
            process.send_signal(signal.SIGTERM)
            assert process.wait(timeout=240) == 0
        finally:
            process.kill()
    assert ready.startswith("ready http://127.0.0.1:")
