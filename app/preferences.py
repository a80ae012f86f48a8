"""What a user chose once and finds again: theme, language, zone, the window's place, open journeys, seen welcome."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimeZone

DEFAULTS: dict[str, Any] = {
    "theme": "system",
    "language": "",
    "zone": "",
    "welcome": True,
    "open": [],
    "place": "journeys",
    "on_close": "ask",
    "sample_port": 0,
    "lists": {},
}
"""Each choice with what holds until one is made; an empty language or zone is the system's."""


class Preferences:
    """A JSON file of the user's own; one that cannot be read is as good as none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            read = {}
        self._values: dict[str, Any] = {**DEFAULTS, **(read if isinstance(read, dict) else {})}

    def get(self, name: str) -> Any:
        """A choice; raises KeyError for a name that is no preference."""
        return self._values[name]

    def set(self, name: str, value: Any) -> None:
        """Keep a choice."""
        if self._values.get(name) == value:
            return
        self._values[name] = value
        self._path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps(self._values, ensure_ascii=False, indent=2), encoding="utf-8")
        temporary.replace(self._path)

    @property
    def zone(self) -> str:
        """The time zone in which times are shown."""
        chosen = str(self._values["zone"])
        system = bytes(QTimeZone.systemTimeZoneId().data()).decode()
        return chosen or (system if "/" in system and not system.startswith("Etc/") else "UTC")
