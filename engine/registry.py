"""Registries of kinds: the built-in ones, and those of installed extensions.

A registry is a read-only mapping from a kind's key to its description. It is filled at the first look into it: first
with what its ``built_in`` function returns, then with what installed packages name as entry points of its groups. An
extension that cannot be used is left out, logged in one sentence and listed in :data:`PROBLEMS`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pkgutil import resolve_name
from threading import RLock
from typing import Generic, Protocol, TypeVar

_log = logging.getLogger(__name__)


class Keyed(Protocol):
    """An entry of a registry; ``key`` is unique in it."""

    @property
    def key(self) -> str:
        """The name that files and other code use."""
        ...


Entry = TypeVar("Entry", bound=Keyed)


@dataclass(frozen=True, slots=True)
class ExtensionProblem:
    """An extension that is left out: the distribution and entry point that name it, and the reason as a clause."""

    distribution: str
    group: str
    name: str
    reason: str

    def __str__(self) -> str:
        return f"The extension {self.name} of {self.distribution} ({self.group}) is not used: {self.reason}."


PROBLEMS: list[ExtensionProblem] = []
"""What the registries that have been filled so far left out."""


_installed = cache(entry_points)
"""The entry points of all installed packages, looked up once."""


class Registry(Mapping[str, Entry], Generic[Entry]):
    """See the module. ``built_in`` is a reference such as ``engine.activities:built_in_kinds``, resolved when needed.

    ``groups`` are entry point groups; each entry point refers to an instance of ``expected``.
    """

    def __init__(self, expected: type[Entry], built_in: str, *groups: str) -> None:
        self._expected = expected
        self._built_in = built_in
        self.groups = groups
        self._entries: dict[str, Entry] | None = None
        self._lock = RLock()

    def __getitem__(self, key: str) -> Entry:
        return self._filled()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._filled())

    def __len__(self) -> int:
        return len(self._filled())

    def _filled(self) -> Mapping[str, Entry]:
        found = self._entries
        if found is None:
            with self._lock:
                found = self._entries
                if found is None:
                    found = self._entries = self._fill()
        return found

    def _fill(self) -> dict[str, Entry]:
        built_in: Callable[[], Iterable[Entry]] = resolve_name(self._built_in)
        entries = {entry.key: entry for entry in built_in()}
        for group in self.groups:
            for point in sorted(_installed().select(group=group), key=lambda point: point.name):
                self._add(entries, point)
        return entries

    def _add(self, entries: dict[str, Entry], point: EntryPoint) -> None:
        """Add one extension, or note why it is left out."""
        try:
            entry = point.load()
        except Exception as error:  # noqa: BLE001 - an extension may fail in any way
            self._report(point, f"it cannot be imported ({type(error).__name__}: {error})")
            return
        if not isinstance(entry, self._expected):
            self._report(point, f"{point.value} is no {self._expected.__name__}")
        elif entry.key in entries:
            self._report(point, f"there is a {entry.key!r} already")
        else:
            entries[entry.key] = entry

    def _report(self, point: EntryPoint, reason: str) -> None:
        distribution = point.dist.name if point.dist is not None else "an unknown package"
        problem = ExtensionProblem(distribution, point.group, point.name, reason)
        PROBLEMS.append(problem)
        _log.warning("%s", problem)
