"""The ``sample`` command: serve the sample systems, or play the sample in the terminal.

Playing runs the commands of a manual start in real processes and shows their output: a new workspace, four guests and
their messages. The workspace is deleted at the end.
"""

from __future__ import annotations

import argparse
import json
import queue
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

from engine.command_line import OneLineParser, ShutdownSignal
from engine.errors import SojournError
from engine.installation import program_command, program_name, resource_path
from engine.sample_servers.responses import KEY, PASSWORD, PUSH_WORD, USERNAME
from engine.sample_servers.server import SampleServer, open_server

SAMPLES = resource_path("samples")
JOURNEY = "Lobby and restaurant"
PUSHES = 4
TIMEOUT_SECONDS = 60.0
"""Seconds that one step may take before the tour gives up."""
PORT = 8190
HIGHEST_PORT = 65_535
EXIT_FAILED = 3

Show = Callable[[str], None]


@dataclass(frozen=True)
class Commands:
    """Runs ``main.py`` commands against one workspace."""

    workspace: Path

    def arguments(self, *words: str) -> list[str]:
        """Build the command line of the program with ``words``."""
        return program_command(*words, "--workspace", str(self.workspace))

    def run(self, *words: str) -> str:
        """Run a command and return what it printed; raise SojournError if it failed."""
        done = subprocess.run(
            self.arguments(*words), capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
        if done.returncode != 0:
            raise SojournError("tour_command", command=words[0], reason=done.stderr.strip() or done.stdout.strip())
        return done.stdout


def free_port() -> int:
    """Return a free port of the loopback interface."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serving(commands: Commands, port: int) -> Iterator[str]:
    """``main.py serve`` while the block runs; gives the address it is ready on."""
    with subprocess.Popen(
        commands.arguments("serve", "--port", str(port)), stdout=subprocess.PIPE, text=True
    ) as server:
        lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=_read, args=(server, lines), daemon=True).start()
        try:
            yield _ready(lines)
        finally:
            server.terminate()
            try:
                server.wait(TIMEOUT_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()


def _read(server: subprocess.Popen[str], lines: queue.Queue[str]) -> None:
    for line in server.stdout or ():
        lines.put(line)
    lines.put("")


def _ready(lines: queue.Queue[str]) -> str:
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline:
        try:
            line = lines.get(timeout=max(deadline - time.monotonic(), 0))
        except queue.Empty:
            break
        if not line:
            raise SojournError("tour_serve.ended")
        if line.startswith("ready "):
            return line.split()[1]
    raise SojournError("tour_serve.slow")


@contextmanager
def serve_samples(show: Show) -> Iterator[SampleServer]:
    """Run the reservation system and the push gateway during the block."""
    with open_server(show=show) as world:
        thread = threading.Thread(target=world.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield world
        finally:
            world.shutdown()
            thread.join()


def post(url: str, token: str, document: Path) -> str:
    """Post one event as ``curl`` would; the inlet's answer. Raises SojournError when it is refused."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = Request(f"{url}/collection/main", document.read_bytes(), headers)
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=TIMEOUT_SECONDS) as answer:
            return str(answer.read().decode())
    except (URLError, OSError) as reason:
        raise SojournError("tour_post", name=document.name, reason=reason) from None


def import_arguments(world_url: str) -> list[str]:
    """Return the arguments of ``import`` that make the sample call the servers at ``world_url``."""
    sets = (
        f"$.data_sources[1].url={world_url}/reservation",
        f"$.data_sources[1].auth.password={PASSWORD}",
        f"$.actions[0].url={world_url}/v1/messages",
        f"$.actions[0].auth.value={KEY}",
    )
    return [word for text in sets for word in ("--set", text)]


def wait_until(done: Callable[[], bool], what: str) -> None:
    """Return when ``done``; raises SojournError when that takes more than PATIENCE seconds."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise SojournError("tour_wait", what=what, seconds=round(TIMEOUT_SECONDS))
        time.sleep(0.1)


def metrics(commands: Commands) -> dict[str, int]:
    """Return the sample journey's metrics as ``report --json`` prints them."""
    report = json.loads(commands.run("report", JOURNEY, "--json"))
    found: dict[str, int] = report[JOURNEY]["metrics"]
    return found


def run_sample(show: Show, folder: Path) -> None:
    """Everything from a new workspace in ``folder`` to the report. Raises SojournError when a step fails."""
    commands = Commands(folder / "workspace")
    show("A new workspace, and the outside world: a reservation system and a push gateway on this machine.")
    with serve_samples(lambda line: show(f"    outside world: {line}")) as world, serving(commands, free_port()) as url:
        show(f"The engine serves on {url}.")
        commands.run("setting", "set", "allow_local_endpoints", "true")
        file = SAMPLES / "lobby-and-restaurant.journey.json"
        commands.run("import", str(file), "--publish", *import_arguments(world.url))
        commands.run("profiles", "import", str(SAMPLES / "people.jsonl"))
        show(f"The journey “{JOURNEY}” is live and knows four guests. Their phones meet the hotel's beacons:")
        token = commands.run("inlet", "token").strip()
        for event in sample_events():
            show(f"{event.stem}: {post(url, token, event).strip()}")
        wait_until(lambda: pushes(world) >= PUSHES, "the fourth push")
        wait_until(lambda: metrics(commands)["current"] == 1, "the report of one waiting guest")
        show(commands.run("report", JOURNEY).rstrip())
        show("Mina ate, Aïcha heard the room rates, a third guest got an invitation; Jonas has six hours to eat.")


def sample_events() -> Sequence[Path]:
    """List the events of the lobby and the restaurant in order."""
    return [file for file in sorted((SAMPLES / "events").glob("*.json")) if not file.stem.endswith("spa")]


def pushes(world: SampleServer) -> int:
    """How many different pushes the gateway has delivered."""
    return sum(call["line"].startswith(PUSH_WORD) and not call["repeated"] for call in world.systems.received())


def play(show: Show) -> int:
    """Play the sample in a temporary folder; return the exit code. A failure is one sentence on standard error."""
    with tempfile.TemporaryDirectory(prefix="sojourn-") as folder:
        try:
            run_sample(show, Path(folder))
        except SojournError as reason:
            print(reason, file=sys.stderr)
            return EXIT_FAILED
        except KeyboardInterrupt:
            return 0
    return 0


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port; give a number from 0 to {HIGHEST_PORT}")
    return int(text)


def main(argv: Sequence[str]) -> int:
    """``sample [--port N] [--play]``: serve until SIGINT or SIGTERM. Gives the exit code."""
    parser = OneLineParser(prog=f"{program_name()} sample", description="Start the samples' outside world.")
    parser.add_argument("--port", type=_port, default=PORT, help=f"where to listen (default {PORT}, 0: any free port)")
    parser.add_argument("--play", action="store_true", help="play the sample in the terminal, from start to end")
    arguments = parser.parse_args(argv)
    if arguments.play:
        return play(lambda line: print(line, flush=True))
    try:
        world = open_server(arguments.port, lambda line: print(line, flush=True))
    except OSError as reason:
        print(f"Port {arguments.port} cannot be used ({reason.strerror}); choose another with --port.", file=sys.stderr)
        return EXIT_FAILED
    with world:
        _serve_until_signal(world)
    return 0


def _serve_until_signal(world: SampleServer) -> None:
    stopping = ShutdownSignal()
    serving = threading.Thread(target=world.serve_forever, kwargs={"poll_interval": 0.05})
    serving.start()
    print(f"ready {world.url}", flush=True)
    print(f"reservations: {world.url}/reservation?id=…  user {USERNAME}, password {PASSWORD}", flush=True)
    print(f"push gateway: {world.url}/v1/messages  X-Key {KEY}", flush=True)
    print(f"received:     {world.url}/ in a browser, {world.url}/received as JSON", flush=True)
    stopping.wait()
    world.shutdown()
    serving.join()
