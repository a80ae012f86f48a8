"""Import of a file of profiles, however large: first every line is read, then chunk after chunk is stored.

One chunk is one request, so that others come between, and so that it can be cancelled at any time. Errors in the file
are reported before anything is stored. The import belongs to the bridge: pages do not live as long.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QObject, Signal

from app.bridge.requests import Requester
from engine.errors import SojournError
from engine.facade import Engine
from engine.services.profile_files import ProfileChunk, ProfileFormat, read_csv, read_lines, split_profiles
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
        self._form: ProfileFormat = "csv" if file.suffix.lower() == ".csv" else "json"
        self._parts = split_profiles(self._lines(), self._form, PART)

    def read_some(self, _: Engine, __: Caller) -> int | None:
        """Look at the next part; how many profiles are in it, None when there is no more."""
        part = self._next()
        return None if part is None else sum(1 for _ in self._profiles(part))

    def store_some(self, engine: Engine, caller: Caller) -> int | None:
        """Store the next part; how many profiles came in, None when there is no more."""
        part = self._next()
        return None if part is None else engine.profiles.import_text(caller, part.text, self._form, part.first)

    def _next(self) -> ProfileChunk | None:
        return next(self._parts, None) if self.wanted else None

    def _profiles(self, part: ProfileChunk) -> Iterator[object]:
        if self._form == "csv":
            return read_csv(part.text, first=part.first)
        return read_lines(part.text, part.first)

    def _lines(self) -> Iterator[str]:
        """Decode the lines one by one; raises SojournError when the file cannot be read or is no text."""
        try:
            size = max(1, self.file.stat().st_size)
            with self.file.open("rb") as raw:
                for line in raw:
                    yield line.decode("utf-8")
                    self.share = min(1.0, raw.tell() / size)
        except OSError as error:
            reason = error.strerror or str(error)
            raise SojournError("file_unreadable.profiles", file=self.file.name, reason=reason) from None
        except UnicodeDecodeError:
            raise SojournError("file_unreadable.profiles_encoding", file=self.file.name) from None
