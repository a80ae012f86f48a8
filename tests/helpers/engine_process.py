"""Real processes for the end-to-end tests: ``main.py`` commands, a server that can be killed, and patient looking."""

from __future__ import annotations

import http.client
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from engine.sample_servers.responses import PUSH_WORD
from engine.sample_servers.sample_run import free_port, import_arguments
from engine.sample_servers.server import SampleServer
from main import main
from tests.helpers.in_process_commands import run_command

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "resources" / "samples"
LOBBY = SAMPLES / "lobby-and-restaurant.journey.json"
T = TypeVar("T")
PATIENCE = 240.0
"""Seconds after which something that should have happened counts as not happening."""


def until(look: Callable[[], T], holds: Callable[[T], bool], what: str) -> T:
    """The first ``look()`` for which ``holds``; fails with ``what`` and the last look when that takes too long."""
    deadline = time.monotonic() + PATIENCE
    pause = threading.Event()
    while True:
        seen = look()
        if holds(seen):
            return seen
        assert time.monotonic() < deadline, f"{what}: {seen!r} after {PATIENCE:.0f} s"
        pause.wait(0.05)


class EngineProcess:
    """A workspace folder, the commands given to it, and the server that may own it; ``named`` for ``--workspace``."""

    def __init__(self, folder: Path, named: str = "") -> None:
        self.folder = folder
        self.named = named or str(folder)
        self.port = free_port()
        self._server: subprocess.Popen[str] | None = None
        self._lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread()
        self._said = ""

    def command(self, *words: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a command against this workspace: ``serve`` in a process of its own, all others in this one."""
        line = [*words, "--workspace", self.named]
        if "serve" in words:
            program = [sys.executable, str(ROOT / "main.py"), *line]
            return subprocess.run(program, input=text, capture_output=True, text=True, timeout=PATIENCE, check=False)
        code, out, err = run_command(main, line, text or "")
        return subprocess.CompletedProcess(line, code, out, err)

    def do(self, *words: str, text: str | None = None) -> str:
        """Run a command that must succeed; what it printed."""
        done = self.command(*words, text=text)
        assert done.returncode == 0, f"{words} gave {done.returncode}: {done.stdout}{done.stderr}"
        return done.stdout

    def start(self) -> None:
        """``serve`` on this workspace until it says it is ready."""
        self.begin()
        self.ready()

    def begin(self) -> None:
        """``serve`` on this workspace."""
        self._said = ""
        line = [
            sys.executable,
            str(ROOT / "main.py"),
            "serve",
            "--workspace",
            self.named,
            "--port",
            str(self.port),
        ]
        self._server = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self._lines = queue.Queue()
        self._reader = threading.Thread(target=_pump, args=(self._server, self._lines), daemon=True)
        self._reader.start()

    def ready(self) -> None:
        """Wait until the server says that it is, if it has not yet."""
        said = [self._said] if self._said else []
        while not said or not re.match(r"ready http://", said[-1]):
            line_ = self._lines.get(timeout=PATIENCE)
            assert line_, f"serve ended before it was ready: {''.join(said)}"
            said.append(line_)
        self._said = said[-1]

    def kill(self) -> None:
        """``kill -9``: the process gets no chance to tidy up."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self._server is None:
            return 0
        server, self._server = self._server, None
        server.send_signal(number)
        code = server.wait(PATIENCE)
        self._reader.join(PATIENCE)
        if server.stdout is not None:
            server.stdout.close()
        return code

    def token(self) -> str:
        """The token of the first inlet."""
        return self.do("inlet", "token").strip()

    def post(self, path: str, body: bytes, token: str, kind: str = "application/json") -> tuple[int, Any]:
        """POST to the running server: status and answer."""
        headers = {"Content-Type": kind, **({"Authorization": f"Bearer {token}"} if token else {})}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()

    def metrics(self, journey: str) -> Mapping[str, int]:
        """The journey's metrics as ``report --json`` prints them."""
        found: Mapping[str, int] = json.loads(self.do("report", journey, "--json"))[journey]["metrics"]
        return found

    def furnish(self, world: SampleServer, *more: str) -> None:
        """The sample, published, calling ``world``; and its guests."""
        self.do("setting", "set", "allow_local_endpoints", "true")
        extra = [word for text in more for word in ("--set", text)]
        self.do("import", str(LOBBY), "--publish", *import_arguments(world.url), *extra)
        self.do("profiles", "import", str(SAMPLES / "people.jsonl"))


StartPrepared = Callable[[str], EngineProcess]
"""Serves a copy of a furnished workspace: ``long`` or ``short``, as Jonas's wait is."""


def _pump(server: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    for line in server.stdout or ():
        lines.put(line)
    lines.put("")


@contextmanager
def place(folder: Path) -> Iterator[EngineProcess]:
    """A workspace whose server, if one runs, is ended afterwards."""
    made = EngineProcess(folder)
    try:
        yield made
    finally:
        made.kill()


def pushes(world: SampleServer) -> list[tuple[str, str]]:
    """Who was pushed what: (phone, text) of each delivery, repetitions left out, in alphabetical order."""
    calls = [call for call in world.systems.received() if call["line"].startswith(PUSH_WORD) and not call["repeated"]]
    return sorted((call["body"]["to"], call["body"]["text"]) for call in calls)


def curl_folder(folder: Path) -> Path | None:
    """A folder with a stand-in for ``curl`` where the machine has none; it knows the options that the README uses."""
    if any(os.access(Path(part, "curl"), os.X_OK) for part in os.environ.get("PATH", "").split(os.pathsep)):
        return None
    stand_in = folder / "curl"
    stand_in.write_text(f'#!/bin/sh\nexec {sys.executable} {Path(__file__).with_name("curl.py")} "$@"\n', "utf-8")
    stand_in.chmod(0o755)
    return folder
