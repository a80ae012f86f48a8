"""What waits for the writer, in order: put here from any thread, taken by the writer's."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from engine.errors import SojournError
from engine.runtime.jobs import ArrivalJob, ChangeJob, WriterJob


class JobQueue:
    """See the module."""

    def __init__(self) -> None:
        self._pieces: deque[WriterJob] = deque()
        self._awake = threading.Condition()
        self._nudged = False
        self._arrivals = 0
        self.stopping = False

    def __len__(self) -> int:
        """How many pieces wait."""
        return len(self._pieces)

    def has_room(self, arrivals: int, limit: int) -> bool:
        """Whether so many arrivals may wait too: within the limit, or if none other wait."""
        return self._arrivals + arrivals <= max(limit, arrivals)

    def put(self, *pieces: WriterJob) -> None:
        """Let the writer do these after what waits already, one right behind the other."""
        with self._awake:
            if not self.stopping:
                self._pieces.extend(pieces)
                self._arrivals += sum(piece.size for piece in pieces if isinstance(piece, ArrivalJob))
                self._awake.notify()
                return
        for piece in pieces:
            piece.failed(SojournError("engine_stopped"))

    def nudge(self) -> None:
        """Let the writer look around, though nothing may wait."""
        with self._awake:
            self._nudged = True
            self._awake.notify()

    def stop(self) -> None:
        """Nothing more is taken in."""
        with self._awake:
            self.stopping = True
            self._awake.notify()

    def take(self, size: int, patience: Callable[[], float | None]) -> list[WriterJob] | None:
        """The next pieces, up to so many stimuli; none after so many seconds, or when nudged; None at the end.

        Changes of the workspace stand alone: what other pieces read together beforehand would be old behind them.
        """
        with self._awake:
            if not self._pieces and not self.stopping:
                self._awake.wait_for(lambda: self._pieces or self.stopping or self._nudged, patience())
            self._nudged = False
            if self.stopping and not self._pieces:
                return None
            return self._batch(size)

    def _batch(self, size: int) -> list[WriterJob]:
        batch: list[WriterJob] = []
        while self._pieces and (not batch or size >= self._pieces[0].size):
            if batch and isinstance(batch[0], ChangeJob) is not isinstance(self._pieces[0], ChangeJob):
                break
            batch.append(self._pieces.popleft())
            size -= batch[-1].size
        return batch

    def finished(self, piece: WriterJob) -> None:
        """A piece that was taken waits no more."""
        if isinstance(piece, ArrivalJob):
            with self._awake:
                self._arrivals -= piece.size

    def withdraw(self) -> list[WriterJob]:
        """Take out all for which somebody waits."""
        with self._awake:
            found: list[WriterJob] = [piece for piece in self._pieces if isinstance(piece, ArrivalJob | ChangeJob)]
            self._pieces = deque(piece for piece in self._pieces if not isinstance(piece, ArrivalJob | ChangeJob))
        return found
