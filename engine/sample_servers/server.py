"""HTTP server of the sample systems on this machine: standard library only, one thread per connection."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from engine.installation import resource_path
from engine.sample_servers.responses import Request, Response, SampleSystems, error_response

HOST = "127.0.0.1"
RESERVATIONS_FILE = resource_path("samples", "reservations.json")
MAX_BODY = 1 << 20


class SampleServer(ThreadingHTTPServer):
    """Listens on loopback and passes a line for each call to ``show``; ``port`` 0 takes a free one."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int, systems: SampleSystems, show: Callable[[str], None]) -> None:
        self.systems = systems
        self.show = show
        super().__init__((HOST, port), _Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{HOST}:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    """One connection: bytes → Request → SampleSystems → bytes."""

    protocol_version = "HTTP/1.1"
    server_version = "OutsideWorld"
    sys_version = ""
    timeout = 60
    server: SampleServer

    def _serve(self) -> None:
        at = datetime.now(UTC)
        answer = self._answer(at)
        body = answer.encoded()
        if answer.line:
            self.server.show(f"{at.astimezone():%H:%M:%S}  {self.command} {self.path}  {answer.status}  {answer.line}")
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self, at: datetime) -> Response:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or "Transfer-Encoding" in self.headers:
            self.close_connection = True
            return error_response(
                HTTPStatus.LENGTH_REQUIRED, "The length of the body is not known; send Content-Length."
            )
        if int(length) > MAX_BODY:
            self.close_connection = True
            return error_response(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is larger than 1 MiB; send a smaller one."
            )
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, self.rfile.read(int(length)))
        return self.server.systems.answer(request, at.isoformat(timespec="milliseconds").replace("+00:00", "Z"))

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _serve  # noqa: N815 - the standard library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Print nothing: the server prints its own lines."""


def open_server(port: int = 0, show: Callable[[str], None] = lambda line: None) -> SampleServer:
    """Bind a server without serving yet; raise OSError if the port is taken."""
    return SampleServer(port, SampleSystems(guests()), show)


def guests() -> list[str]:
    """Read the guests who have a reservation."""
    booked: list[str] = json.loads(RESERVATIONS_FILE.read_text("utf-8"))["guests"]
    return booked
