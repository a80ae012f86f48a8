"""`docs/connect.md`, typed as it stands there; only the addresses are other ones, of servers that play the systems."""

from __future__ import annotations

import asyncio
import json
import os
import re
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from engine.sample_servers.sample_run import free_port
from main import main
from tests.helpers.engine_process import PATIENCE, ROOT, curl_folder, until
from tests.helpers.in_process_commands import in_process_commands
from tests.helpers.raw_server import RawServer, Received, Reply
from tests.helpers.server_faults import self_signed

pytestmark = pytest.mark.end_to_end

BLOCK = re.compile(r"<!-- (?P<kind>typed|terminal|looked at|told back) -->\n```sh\n(?P<text>.*?)```", re.DOTALL)
PASSWORD, KEY = "correct horse", "battery-staple"


@dataclass
class Systems:
    """The hotel's REST system, an SMS gateway, and a mail server with STARTTLS; what reached them."""

    url: str = ""
    mail_port: int = 0
    calls: list[Received] = field(default_factory=list)
    mails: list[tuple[str, Any]] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)

    async def answer(self, received: Received, reply: Reply) -> None:
        self.calls.append(received)
        await reply.json({"reservation": True, "room": "12b"})

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        self.mails.append((envelope.rcpt_tos[0], message_from_bytes(envelope.content, policy=default)))
        return "250 taken"

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, kind: str, data: Any) -> AuthResult:
        assert isinstance(data, LoginPassword)
        self.logins.append((data.login, data.password))
        return AuthResult(success=session.ssl is not None, handled=False)

    def called(self, path: str) -> Received:
        """The last call to a path."""
        return [call for call in self.calls if call.path == path][-1]

    def reached(self, journey: str) -> bool:
        """Whether the last thing that a journey of the page does has been done."""
        if journey == "Welcome":
            return bool(self.mails)
        return any(call.path == {"Arrivals": "/desk", "Codes": "/messages"}[journey] for call in self.calls)


@contextmanager
def playing(tls: ssl.SSLContext) -> Iterator[Systems]:
    """The systems on real sockets, in a thread of their own."""
    systems = Systems()
    ready, stop = threading.Event(), threading.Event()

    def mail() -> SMTP:
        return SMTP(
            systems, tls_context=tls, require_starttls=True, auth_required=True, authenticator=systems.authenticate
        )

    async def serve() -> None:
        paths = ("/reservation", "/desk", "/messages")
        async with RawServer(dict.fromkeys(paths, systems.answer)) as server:
            post = await asyncio.get_running_loop().create_server(mail, "127.0.0.1", 0)
            systems.url, systems.mail_port = server.url, post.sockets[0].getsockname()[1]
            ready.set()
            await asyncio.to_thread(stop.wait)
            post.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait()
    try:
        yield systems
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def systems(tmp_path: Path) -> Iterator[Systems]:
    public, key = self_signed()
    (tmp_path / "server.pem").write_bytes(public + key)
    (tmp_path / "trusted.pem").write_bytes(public)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "server.pem")
    with playing(tls) as found:
        yield found


class Terminal:
    """Types blocks of the page in a folder of its own."""

    def __init__(self, folder: Path, systems: Systems, command: str) -> None:
        stand_in = curl_folder(folder)
        path = os.environ["PATH"] if stand_in is None else f"{stand_in}{os.pathsep}{os.environ['PATH']}"
        self._folder, self._systems = folder, systems
        self.port = str(free_port())
        self._environment = {
            **os.environ,
            "PATH": path,
            "SOJOURN_WORKSPACE": str(folder / "w"),
            "SOJOURN_LOGS": str(folder / "logs"),
            "SSL_CERT_FILE": str(folder / "trusted.pem"),
            "PASSWORD": PASSWORD,
            "KEY": KEY,
            "CLIENT_ID": "client-1",
            "CLIENT_SECRET": "hush",
        }
        self._replaced = {
            ".venv/bin/python main.py serve": f"{sys.executable} {ROOT / 'main.py'} serve",
            ".venv/bin/python main.py": command,
            "8170": self.port,
            "https://hotel.example.com": systems.url,
            "https://sms.example.com": systems.url,
            "mail.example.com:587": f"127.0.0.1:{systems.mail_port}",
        }

    def text(self, block: str) -> str:
        """A block with the addresses that are other ones here."""
        for old, new in self._replaced.items():
            block = block.replace(old, new)
        return block

    def type_in(self, block: str) -> str:
        """What a block prints; it must succeed."""
        line = ["/bin/sh", "-e", "-c", self.text(block)]
        done = subprocess.run(
            line, cwd=self._folder, env=self._environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert done.returncode == 0, block + done.stdout + done.stderr
        return done.stdout

    def look(self, block: str) -> None:
        """A report that says one person is through, without an error, once what it does has been done."""
        (name,) = re.findall(r"report (\w+) --json", block)
        until(lambda: self._systems.reached(name), bool, block)

        def seen() -> tuple[int, int]:
            metrics = json.loads(self.type_in(block))[name]["metrics"]
            return metrics["completed"], metrics["errors"]

        assert until(seen, lambda found: found[0] == 1, block) == (1, 0)

    @contextmanager
    def running(self, block: str) -> Iterator[None]:
        """A block in a terminal of its own, ready."""
        line = ["/bin/sh", "-c", f"exec {self.text(block)}"]
        process = subprocess.Popen(
            line, cwd=self._folder, env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready http://")
        try:
            yield
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE)


@pytest.fixture
def terminal(tmp_path: Path, systems: Systems, monkeypatch: pytest.MonkeyPatch) -> Iterator[Terminal]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOJOURN_WORKSPACE", str(tmp_path / "w"))
    with in_process_commands(main, tmp_path) as command:
        yield Terminal(tmp_path, systems, command)


def test_connect_guide_works(systems: Systems, terminal: Terminal, caplog: pytest.LogCaptureFixture) -> None:
    page = (ROOT / "docs" / "connect.md").read_text("utf-8")
    blocks = [(match["kind"], match["text"]) for match in BLOCK.finditer(page)]
    assert page.count("```sh") == len(blocks)
    terminal.type_in(next(text for _, text in blocks if "allow_local_endpoints" in text))
    told = []
    with terminal.running(next(text for kind, text in blocks if kind == "terminal")):
        for kind, text in blocks:
            if kind == "typed":
                terminal.type_in(text)
            elif kind == "looked at":
                terminal.look(text)
            elif kind == "told back":
                told.append(json.loads(terminal.type_in(text.replace("<id>", systems.called("/messages").json["ref"]))))
    asked, desk, message = (systems.called(path) for path in ("/reservation", "/desk", "/messages"))
    assert (asked.method, asked.query) == ("GET", {"id": "guest-1"})
    assert asked.headers["authorization"].startswith("Basic ")
    assert (desk.headers["x-api-key"], desk.json) == (KEY, {"message": "a guest is here", "room": "12b"})
    assert message.headers["x-api-key"] == f"Bearer {KEY}"
    assert message.json["recipients"] == ["+33 6 20 20 20 20"]
    assert message.json["message"] == "Your code is 4711"
    assert [call.path for call in systems.calls] == ["/reservation", "/reservation", "/desk", "/messages"]
    ((recipient, mail),) = systems.mails
    assert systems.logins == [(b"news", PASSWORD.encode())]
    assert (recipient, mail["Subject"], mail["From"]) == ("ada@example.com", "Welcome, Ada", "Hotel <news@example.com>")
    assert mail["List-Unsubscribe"].strip().startswith("<https://example.com/unsubscribe/")
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    assert told == [{"accepted": [message.json["ref"]], "errors": []}, {"results": [], "totalCount": 0}]
    assert {record.name for record in caplog.records} <= {"mail.log", "asyncio"}
