"""The samples, on request: a hotel's journeys, its guests and the systems they call, in a sandbox of their own."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Signal

from app.bridge import Bridge, calls, import_samples
from app.translation import tr
from app.user_files import Drafts, Preferences
from engine.errors import SojournError
from engine.installation import program_command, resource_path
from engine.json_types import JsonDict, JsonObject
from engine.sample_servers.responses import KEY, PASSWORD
from engine.services.views import VersionRow

SAMPLES = resource_path("samples")
DEMO = "demo"
"""The sandbox of the samples; calls from it may reach the sample systems, and nothing else that is local."""
FILES = ("lobby-and-restaurant.journey.json", "welcome-to-the-spa.journey.json")


class FirstRun(QObject):
    """Adds the samples when somebody asks for them, and runs the sample systems of a workspace that has them."""

    finished = Signal()
    """The studio can go on: nothing was to be added, or it is there."""
    notified = Signal(str)

    def __init__(self, bridge: Bridge, preferences: Preferences, drafts: Drafts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._preferences, self._drafts = bridge, preferences, drafts
        self._world: subprocess.Popen[bytes] | None = None

    def begin(self, wanted: bool) -> None:
        """Run the sample systems if the samples are there; if they are ``wanted``, add them to an empty workspace."""
        if self._preferences.sample_port:
            self._start_world(self._preferences.sample_port)
        elif wanted and self._may_add:
            self._bridge.read(calls.journeys.list(), self._add_to_empty)
            return
        self.finished.emit()

    def add(self) -> None:
        """Add the samples in their own sandbox and go there."""
        if not self._may_add:
            self.notified.emit(tr("Only administrators can add the samples."))
            return
        port = self._preferences.sample_port or free_port()
        self._preferences.set("sample_port", port)
        self._start_world(port)
        written = [(SAMPLES / name).read_text(encoding="utf-8") for name in FILES]
        files = [(text, assignments(text, port)) for text in written]
        people = (SAMPLES / "people.jsonl").read_text(encoding="utf-8")
        call = import_samples(DEMO, f"127.0.0.1:{port}", files, people)
        self._bridge.write(call, self._added, self._failed)

    @property
    def _may_add(self) -> bool:
        return self._bridge.may("administer")

    def close(self) -> None:
        """Stop the sample systems unless the engine goes on."""
        if self._world is not None:
            self._world.terminate()
            self._world.wait()
            self._world = None

    def _add_to_empty(self, rows: Sequence[VersionRow]) -> None:
        session = self._bridge.session
        if not rows and session is not None and len(session.sandboxes) == 1:
            self.add()
        self.finished.emit()

    def _start_world(self, port: int) -> None:
        words = program_command("sample", "--port", str(port))
        quiet = subprocess.DEVNULL
        if not listening(port):
            self._world = subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet)

    def _added(self, _: None) -> None:
        self._drafts.save_payloads(sample_payloads())
        self._bridge.account.switch_sandbox(DEMO)
        self.notified.emit(tr("The samples are in the sandbox {name}.", name=DEMO))

    def _failed(self, error: SojournError) -> None:
        self._bridge.failed.emit(error)


def assignments(written: str, port: int) -> tuple[str, ...]:
    """Return the addresses and credentials of the sample's systems as assignments."""
    world = f"http://127.0.0.1:{port}"
    found = []
    if '"Reservations"' in written:
        found += [f"$.data_sources[1].url={world}/reservation", f"$.data_sources[1].auth.password={PASSWORD}"]
    if '"SendPush"' in written:
        found += [f"$.actions[0].url={world}/v1/messages", f"$.actions[0].auth.value={KEY}"]
    return tuple(found)


def sample_payloads() -> Mapping[str, JsonObject]:
    """Return the first sample event of each kind by event name, for the test form."""
    names: dict[str, str] = {}
    for name in FILES:
        for event in json.loads((SAMPLES / name).read_text(encoding="utf-8"))["events"]:
            names[event["event_id"]] = event["name"]
    found: dict[str, JsonDict] = {}
    for file in sorted((SAMPLES / "events").glob("*.json")):
        entity = json.loads(file.read_text(encoding="utf-8"))["body"]["xdmEntity"]
        name = names[entity["_experience"]["campaign"]["orchestration"]["eventID"]]
        payload = {key: value for key, value in entity.items() if not key.startswith("_") and key != "timestamp"}
        found.setdefault(name, payload)
    return found


def free_port() -> int:
    """Return an unused port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> bool:
    """Return whether a program listens on a port of this machine."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex(("127.0.0.1", port)) == 0
