"""Import of a file of profiles, however large: first every line is read, then chunk after chunk is stored.

One chunk is one request, so that others come between, and so that it can be cancelled at any time. Errors in the file
are reported before anything is stored. The import belongs to the bridge: pages do not live as long.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from app.bridge.requests import Requester
from engine.errors import SojournError
from engine.facade import Engine
from engine.services.profile_chunks import ProfileChunk, form_of, split_profiles
from engine.services.text_encoding import read_text_lines
from engine.services.views import Caller

PART = 1000
"""Profiles that are stored at once."""


@dataclass(frozen=True, slots=True)
class ImportProgress:
    """How far a file is: ``share`` of what is done in this step, and the profiles it has found or stored."""

    file: str
    step: Literal["reading", "storing"]
    share: float
    profiles: int


class ProfileImport(QObject):
    """One file at a time."""

    progressed = Signal(object)
    """A :class:`ImportProgress`; None when nothing is under way any more."""
    finished = Signal(int)
    """All is in: so many profiles."""
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

    def begin(self, file: Path) -> None:
        """Bring a file in, unless one is being brought in."""
        if self._source is None:
            self._total = 0
            self._take(_Source(file), ImportProgress(file.name, "reading", 0, 0))

    def cancel(self) -> None:
        """End after the part that is under way."""
        if self._source is not None:
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
            self.ended.emit(done if progress.step == "storing" else 0)
        elif count is not None:
            share = done / self._total if progress.step == "storing" else source.share
            self._take(source, ImportProgress(progress.file, progress.step, share, done))
        elif progress.step == "reading":
            self._total = done
            self._take(_Source(source.file), ImportProgress(progress.file, "storing", 0, 0))
        else:
            self._end()
            self.finished.emit(done)

    def _fail(self, source: _Source, error: SojournError) -> None:
        if source is not self._source:
            return
        done = self.progress.profiles if self.progress is not None and self.progress.step == "storing" else 0
        self._end()
        self.failed.emit(error, done)

    def _end(self) -> None:
        self._source = self.progress = None
        self.progressed.emit(None)


class _Source:
    """A file and how far it has been read; its methods run off the window's thread."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.wanted = True
        self.share = 0.0
        self._form = form_of(file)
        self._parts = split_profiles(read_text_lines(file, share=self._tell), self._form, PART)

    def read_some(self, engine: Engine, caller: Caller) -> int | None:
        """Check the next part; how many profiles are in it, None when there is no more."""
        part = self._next()
        if part is None:
            return None
        checked = engine.profiles.import_rows(caller, part.text, self._form, part.first)
        if checked.refused:
            raise SojournError.of(checked.refused[0].reason, checked.refused[0].where)
        return checked.profiles

    def store_some(self, engine: Engine, caller: Caller) -> int | None:
        """Store the next part; how many profiles came in, None when there is no more."""
        part = self._next()
        return None if part is None else engine.profiles.import_text(caller, part.text, self._form, part.first)

    def _next(self) -> ProfileChunk | None:
        return next(self._parts, None) if self.wanted else None

    def _tell(self, share: float) -> None:
        self.share = share
