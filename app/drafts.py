"""Local copies of drafts that the engine may not have saved yet.

A file is written on every change and records whether the engine has saved it. On the next start an unsaved draft is
restored from here; a saved one restores its undo history. Each user has a folder; the administrator's is used before
anybody signs in.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.preferences import FIRST, user_file_stem
from engine.files import write_text
from engine.model.journey import JourneyVersion

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
        self._folder.mkdir(parents=True, exist_ok=True)
        text = f'{{"saved": {json.dumps(saved)}, "journey": {journey.model_dump_json()}, "history": {history}}}'
        write_text(self._path(version_id), text)

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

    def payloads(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the last payload sent from a test form for each event name."""
        try:
            found = json.loads((self._shared / PAYLOADS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def save_payloads(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Save the last payloads."""
        self._shared.mkdir(parents=True, exist_ok=True)
        kept = {**self.payloads(), **payloads}
        write_text(self._shared / PAYLOADS, json.dumps(kept, ensure_ascii=False))

    def _path(self, version_id: str) -> Path:
        return self._folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', version_id)}.draft.json"
