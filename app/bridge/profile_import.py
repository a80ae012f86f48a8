"""Import of a file of profiles, however large: first every row is checked, then chunk after chunk is stored.

One chunk is one request, so that others come between, and so that it can be cancelled at any time. What is checked is
told before anything is stored. The import belongs to the bridge: pages do not live as long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from app.bridge.requests import Requester, Work
from engine.errors import SojournError
from engine.facade import Engine
from engine.services.profile_chunks import ProfileChunk, form_of, split_profiles
from engine.services.profile_preview import preview_file
from engine.services.profile_rejects import rejects_path, rejects_text
from engine.services.profile_views import FilePreview, IdentityConflict, ProfileRefusal
from engine.services.text_encoding import read_text_lines
from engine.services.views import Caller

PART = 1000
"""Rows that are checked or stored at once."""


@dataclass(frozen=True, slots=True)
class ImportChoices:
    """How a file is read: '' is as recognised; ``columns`` are the targets of heads."""

    encoding: str = ""
    separator: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far a file is: ``share`` of what is done in this step, and the profiles it has found or stored."""

    file: str
    step: Literal["reading", "storing"]
    share: float
    profiles: int


@dataclass(frozen=True, slots=True)
class ImportCheck:
    """The rows of a file that are profiles and those that are refused, before anything is stored."""

    file: Path
    choices: ImportChoices
    profiles: int
    refused: tuple[ProfileRefusal, ...]
    head: tuple[str, ...]

    def rejects(self, told: Callable[[ProfileRefusal], str]) -> str:
        """Return the refused rows as a file that can be imported once it is corrected."""
        return rejects_text(form_of(self.file), self.head, self.refused, told)

    @property
    def rejects_path(self) -> Path:
        """Where the refused rows are written unless something else is chosen."""
        return rejects_path(self.file, form_of(self.file))


def read_preview(file: Path, choices: ImportChoices) -> Work[FilePreview]:
    """Read the beginning of a file."""

    def work(engine: Engine, caller: Caller) -> FilePreview:
        return preview_file(file, engine.definitions.all(caller), choices.encoding, choices.separator)

    return work


class ProfileImport(QObject):
    """One file at a time."""

    progressed = Signal(object)
    """A :class:`ImportProgress`; None when nothing is under way any more."""
    checked = Signal(object)
    """A :class:`ImportCheck`: every row was read."""
    unreadable = Signal(object)
    """The check found a file that cannot be read: a SojournError."""
    finished = Signal(int, int)
    """All is in: so many profiles; so many of their identities are of other profiles."""
    ended = Signal(int)
    """It was cancelled: so many profiles are in."""
    failed = Signal(object, int)
    """A SojournError, and how many profiles were in before it."""

    def __init__(self, requester: Requester, parent: QObject) -> None:
        super().__init__(parent)
        self._requester = requester
        self._source: _Source | None = None
        self._total = 0
        self.progress: ImportProgress | None = None

    @property
    def storing(self) -> bool:
        """Whether a file is being stored."""
        return self.progress is not None and self.progress.step == "storing"

    def check(self, file: Path, choices: ImportChoices) -> None:
        """Read every row of a file, unless one is being stored; a check under way is left."""
        if not self.storing:
            self._take(_Source(file, choices), ImportProgress(file.name, "reading", 0, 0))

    def store(self, check: ImportCheck) -> None:
        """Bring in the profiles of a file that was checked."""
        if not self.storing:
            self._total = check.profiles
            self._take(_Source(check.file, check.choices), ImportProgress(check.file.name, "storing", 0, 0))

    def cancel(self) -> None:
        """End the storing after the part that is under way."""
        if self._source is not None and self.storing:
            self._source.wanted = False

    def _take(self, source: _Source, progress: ImportProgress) -> None:
        self._source, self.progress = source, progress
        self.progressed.emit(progress)
        work = source.read_some if progress.step == "reading" else source.store_some
        self._requester.attempt(work, partial(self._go_on, source), partial(self._fail, source), self)

    def leave(self) -> None:
        """End after the chunk under way: another user or another sandbox follows."""
        if self._source is not None:
            self._source.wanted = False
            self._end()

    def _go_on(self, source: _Source, count: int | None) -> None:
        progress = self.progress
        if source is not self._source or progress is None:
            return
        done = progress.profiles + (count or 0)
        if not source.wanted:
            self._end()
            self.ended.emit(done)
        elif count is not None:
            share = done / max(1, self._total) if progress.step == "storing" else source.share
            self._take(source, ImportProgress(progress.file, progress.step, share, done))
        elif progress.step == "reading":
            self._end()
            self.checked.emit(ImportCheck(source.file, source.choices, done, tuple(source.refused), source.head))
        else:
            self._end()
            self.finished.emit(done, len(source.conflicts))

    def _fail(self, source: _Source, error: SojournError) -> None:
        if source is not self._source:
            return
        done = self.progress.profiles if self.progress is not None else 0
        stored = self.storing
        self._end()
        if stored:
            self.failed.emit(error, done)
        else:
            self.unreadable.emit(error)

    def _end(self) -> None:
        self._source = self.progress = None
        self.progressed.emit(None)


class _Source:
    """A file and how far it has been read; its methods run off the window's thread."""

    def __init__(self, file: Path, choices: ImportChoices) -> None:
        self.file, self.choices = file, choices
        self.wanted = True
        self.share = 0.0
        self.head: tuple[str, ...] = ()
        self.refused: list[ProfileRefusal] = []
        self.conflicts: list[IdentityConflict] = []
        self._form = form_of(file)
        lines = read_text_lines(file, choices.encoding, share=self._tell)
        self._parts = split_profiles(lines, self._form, PART, choices.separator)

    def read_some(self, engine: Engine, caller: Caller) -> int | None:
        """Check the next part; how many profiles are in it, None when there is no more."""
        part = self._next()
        if part is None:
            return None
        self.head = part.head
        columns = self.choices.columns
        checked = engine.profiles.import_rows(caller, part.text, self._form, part.first, columns=columns)
        self.refused.extend(checked.refused)
        return checked.profiles

    def store_some(self, engine: Engine, caller: Caller) -> int | None:
        """Store the next part; how many profiles came in, None when there is no more."""
        part = self._next()
        if part is None:
            return None
        columns = self.choices.columns
        done = engine.profiles.import_rows(caller, part.text, self._form, part.first, write=True, columns=columns)
        self.conflicts.extend(done.conflicts)
        return done.profiles

    def _next(self) -> ProfileChunk | None:
        return next(self._parts, None) if self.wanted else None

    def _tell(self, share: float) -> None:
        self.share = share
