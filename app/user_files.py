"""Files of the users of the studio: preferences and drafts."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from PySide6.QtCore import QTimeZone

from engine.files import make_private_folder, write_text
from engine.json_types import JsonDict, JsonObject
from engine.model.journey import JourneyVersion

DEFAULTS: JsonDict = {
    "theme": "system",
    "language": "",
    "zone": "",
    "welcome": True,
    "open": [],
    "open_elsewhere": {},
    "sandbox": "prod",
    "last_user": "",
    "place": "journeys",
    "on_close": "ask",
    "sample_port": 0,
    "lists": {},
    "palette": {},
    "window": {},
}
"""The default of each preference; an empty language or zone is the system's."""


SHARED = frozenset({"last_user", "sample_port", "window"})
"""Preferences shared by all users."""

FIRST = "administrator"
"""The user whose file holds the shared preferences."""


def user_file_stem(user: str) -> str:
    """Return the stem of a user's file names, safe for any name."""
    return hashlib.sha256(user.encode()).hexdigest()[:16]


class PreferencesFile:
    """A JSON file of preferences; an unreadable one counts as empty."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            read = {}
        self.values: JsonDict = {**DEFAULTS, **(read if isinstance(read, dict) else {})}

    def set(self, name: str, value: object) -> None:
        """Save a value."""
        if self.values.get(name) == value:
            return
        self.values[name] = value
        make_private_folder(self._path.parent)
        write_text(self._path, json.dumps(self.values, ensure_ascii=False, indent=2), 0o600)


class Preferences:
    """The preferences of the current user and the shared ones."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shared = self._own = PreferencesFile(path)
        self.set_user(str(self.get("last_user")) or FIRST)

    def set_user(self, user: str) -> None:
        """Use the preferences of a user."""
        self._own = self._of(user)

    def _of(self, user: str) -> PreferencesFile:
        own = self._path.with_name(f"{self._path.stem}-{user_file_stem(user)}{self._path.suffix}")
        return self._shared if user == FIRST else PreferencesFile(own)

    def of(self, user: str, name: str) -> object:
        """Return another user's preference."""
        return self._of(user).values[name]

    def get(self, name: str) -> object:
        """Return a preference; raise KeyError for an unknown name."""
        return (self._shared if name in SHARED else self._own).values[name]

    def set(self, name: str, value: object) -> None:
        """Save a preference."""
        (self._shared if name in SHARED else self._own).set(name, value)

    def mapping(self, name: str) -> JsonObject:
        """Return a preference that is an object; an empty one in place of anything else."""
        value = self.get(name)
        return value if isinstance(value, dict) else {}

    def columns(self, place: str) -> JsonObject:
        """Return the arrangement of a list's columns."""
        kept = self.mapping("lists").get(place)
        return kept if isinstance(kept, dict) else {}

    def set_columns(self, place: str, arrangement: object) -> None:
        """Save the arrangement of a list's columns."""
        self.set("lists", {**self.mapping("lists"), place: arrangement})

    @property
    def sample_port(self) -> int:
        """The port of the sample servers; 0 before the sample is imported."""
        return int(str(self.get("sample_port")))

    def open_journeys(self, sandbox: str) -> list[str]:
        """Return the journeys that were open in a sandbox."""
        elsewhere = sandbox != DEFAULTS["sandbox"]
        kept = self.mapping("open_elsewhere").get(sandbox) if elsewhere else self.get("open")
        return [str(version_id) for version_id in kept] if isinstance(kept, list) else []

    def set_open_journeys(self, sandbox: str, version_ids: Sequence[str]) -> None:
        """Save the journeys that are open in a sandbox."""
        if sandbox == DEFAULTS["sandbox"]:
            self.set("open", list(version_ids))
        else:
            self.set("open_elsewhere", {**self.mapping("open_elsewhere"), sandbox: list(version_ids)})

    @property
    def zone(self) -> str:
        """The time zone of displayed times."""
        chosen = str(self.get("zone"))
        system = bytes(QTimeZone.systemTimeZoneId().data()).decode()
        return chosen or (system if "/" in system and not system.startswith("Etc/") else "UTC")


PAYLOADS = "payloads.json"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """A journey version as last seen in the window, with its undo history."""

    journey: JourneyVersion
    history: str
    saved: bool


class Drafts:
    """The draft files of one workspace."""

    def __init__(self, folder: Path) -> None:
        self._shared = self._folder = folder

    def set_user(self, user: str) -> None:
        """Use the folder of a user."""
        self._folder = self._shared if user == FIRST else self._shared / user_file_stem(user)

    def keep(self, version_id: str, journey: JourneyVersion, history: str, saved: bool) -> None:
        """Write a draft atomically, its history given as JSON."""
        make_private_folder(self._folder)
        text = f'{{"saved": {json.dumps(saved)}, "journey": {journey.model_dump_json()}, "history": {history}}}'
        write_text(self._path(version_id), text, 0o600)

    def find(self, version_id: str) -> Draft | None:
        """Return the draft of a version; None if there is none or it cannot be read."""
        try:
            found = json.loads(self._path(version_id).read_text(encoding="utf-8"))
            journey = JourneyVersion.model_validate_json(json.dumps(found["journey"]))
            return Draft(journey, json.dumps(found["history"]), bool(found["saved"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, ValidationError):
            log.info("deleted an unreadable draft")
            self.forget(version_id)
            return None

    def forget(self, version_id: str) -> None:
        """Delete the draft: the version is published or deleted."""
        self._path(version_id).unlink(missing_ok=True)

    def payloads(self) -> Mapping[str, JsonObject]:
        """Return the last payload sent from a test form for each event name."""
        try:
            found = json.loads((self._shared / PAYLOADS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def save_payloads(self, payloads: Mapping[str, JsonObject]) -> None:
        """Save the last payloads."""
        make_private_folder(self._shared)
        kept = {**self.payloads(), **payloads}
        write_text(self._shared / PAYLOADS, json.dumps(kept, ensure_ascii=False), 0o600)

    def _path(self, version_id: str) -> Path:
        return self._folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', version_id)}.draft.json"
