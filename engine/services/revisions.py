"""Optimistic revisions: a change names the revision that it was made on, so that no unseen change is overwritten."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NoReturn, Protocol

from engine.errors import SojournError


class Stored(Protocol):
    """A row with the number of its changes, and who made the last one and when."""

    @property
    def revision(self) -> int: ...
    @property
    def changed_by(self) -> str: ...
    @property
    def changed_at(self) -> int: ...


def is_outdated(stored: Stored, revision: int | None, *, same: bool) -> bool:
    """Whether a change was made on another revision. None is on any; the ``same`` content again changes nothing."""
    return revision is not None and stored.revision != revision and not same


def refuse_unseen(name: str, stored: Stored | None, *, overwrite: bool) -> None:
    """Raise SojournError for a change that would undo an unseen one, unless that is wanted. None: it was deleted."""
    if stored is None:
        raise SojournError("deleted_meanwhile", name=name)
    if not overwrite:
        refuse_unseen_change(name, stored.changed_by, stored.changed_at)


def refuse_unseen_change(name: str, user: str, at: int) -> NoReturn:
    """Raise SojournError for a change after one that ``user`` made ``at`` a time in epoch milliseconds."""
    when = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
    raise SojournError("changed_meanwhile", name=name, user=user, time=when)
