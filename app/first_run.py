"""The first start on an empty workspace: the sample hotel, its guests, and the outside world it calls."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Signal

from app.bridge import Bridge, calls
from app.user_files import Drafts, Preferences
from engine.errors import SojournError
from engine.installation import program_command, resource_path
from engine.json_types import JsonDict, JsonObject
from engine.sample_servers.responses import KEY, PASSWORD
from engine.services.views import VersionRow

SAMPLES = resource_path("samples")
NEEDED = ("administer", "manage_journeys", "manage_definitions")
"""Permissions needed to import the sample."""

PRODUCTION = "prod"
FILES = ("lobby-and-restaurant.journey.json", "welcome-to-the-spa.journey.json")


class FirstRun(QObject):
    """Imports the sample into an empty workspace once, and runs the sample servers of one that has it."""

    finished = Signal()
    """The sample is present."""

    def __init__(self, bridge: Bridge, preferences: Preferences, drafts: Drafts, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bridge, self._preferences, self._drafts = bridge, preferences, drafts
        self._world: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Import the sample into an empty workspace; without permission only start its servers."""
        if all(self._bridge.may(permission) for permission in NEEDED) and self._bridge.caller.sandbox == PRODUCTION:
            self._bridge.read(calls.journeys.list(), self._look)
            return
        if self._preferences.sample_port:
            self._start_world(self._preferences.sample_port)
        self.finished.emit()

    def close(self) -> None:
        """Stop the sample servers unless the engine goes on."""
        if self._world is not None:
            self._world.terminate()
            self._world.wait()
            self._world = None

    def _look(self, rows: Sequence[VersionRow]) -> None:
        port = self._preferences.sample_port
        if rows and not port:
            self.finished.emit()
            return
        if not port:
            port = free_port()
            self._preferences.set("sample_port", port)
        self._start_world(port)
        if rows:
            self.finished.emit()
        else:
            self._bridge.write(calls.settings.set("allow_local_endpoints", True), self._allowed, self._failed)

    def _start_world(self, port: int) -> None:
        words = program_command("sample", "--port", str(port))
        quiet = subprocess.DEVNULL
        if not listening(port):
            self._world = subprocess.Popen(words, stdin=quiet, stdout=quiet, stderr=quiet)

    def _allowed(self, _: None) -> None:
        for name in FILES:
            written = (SAMPLES / name).read_text(encoding="utf-8")
            sets = assignments(written, self._preferences.sample_port)
            self._bridge.write(calls.journeys.import_file(written, sets), lambda _: None, self._failed, self)
        self._drafts.save_payloads(sample_payloads())
        people = (SAMPLES / "people.jsonl").read_text(encoding="utf-8")
        self._bridge.write(calls.profiles.import_text(people, "json"), self._all_in, self._failed)

    def _all_in(self, _: int) -> None:
        self.finished.emit()

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
