"""What the engine may not have yet: each change of a draft is also kept in a small file of the user's own.

A file is written on every change and says whether the engine has saved it. On the next start a draft that was not
saved is taken from here; one that was brings its undo history back. Each user has a folder of drafts; the
administrator's is the one that is there before anybody signs in.
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
from engine.model.journey import JourneyVersion

PAYLOADS = "payloads.json"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Draft:
    """A journey version as it was last seen in the window, with its undo history."""

    journey: JourneyVersion
    history: str
    saved: bool


class Drafts:
    """The files of one workspace in one folder."""

    def __init__(self, folder: Path) -> None:
        self._shared = self._folder = folder

    def set_user(self, user: str) -> None:
        """From now on it is this user who draws."""
        self._folder = self._shared if user == FIRST else self._shared / user_file_stem(user)

    def keep(self, version_id: str, journey: JourneyVersion, history: str, saved: bool) -> None:
        """Write a draft, its history given as JSON; it replaces the one before at once or not at all."""
        self._folder.mkdir(parents=True, exist_ok=True)
        text = f'{{"saved": {json.dumps(saved)}, "journey": {journey.model_dump_json()}, "history": {history}}}'
        target = self._path(version_id)
        temporary = target.with_suffix(".new")
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(target)

    def find(self, version_id: str) -> Draft | None:
        """The draft of a version; None when there is none or it cannot be read."""
        try:
            found = json.loads(self._path(version_id).read_text(encoding="utf-8"))
            journey = JourneyVersion.model_validate_json(json.dumps(found["journey"]))
            return Draft(journey, json.dumps(found["history"]), bool(found["saved"]))
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, ValidationError):
            log.info("a draft could not be read and was put aside")
            self.forget(version_id)
            return None

    def forget(self, version_id: str) -> None:
        """The draft is published or gone: nothing to restore, nothing to undo."""
        self._path(version_id).unlink(missing_ok=True)

    def payloads(self) -> Mapping[str, Mapping[str, Any]]:
        """The last payload of each event that was sent from a test form, by the event's name."""
        try:
            found = json.loads((self._shared / PAYLOADS).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def save_payloads(self, payloads: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep the last payloads for the next time."""
        self._shared.mkdir(parents=True, exist_ok=True)
        kept = {**self.payloads(), **payloads}
        (self._shared / PAYLOADS).write_text(json.dumps(kept, ensure_ascii=False), encoding="utf-8")

    def _path(self, version_id: str) -> Path:
        return self._folder / f"{re.sub(r'[^A-Za-z0-9_-]', '_', version_id)}.draft.json"
