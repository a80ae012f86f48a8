"""Passwords: kept as Argon2id hashes, and not to be guessed, since each wrong one makes the next wait longer."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import SojournError

SHORTEST = 8
LONGEST = 1_024
FREE = 3
"""Wrong passwords in a row for one name before it has to wait."""

FIRST_PAUSE, LONGEST_PAUSE = 1_000, 300_000
"""Milliseconds of the first wait and of the longest; each is twice as long as the one before."""

_REMEMBERED = 1_000
"""Names whose wrong passwords are counted, the latest."""


class PasswordChecker:
    """Makes hashes, and compares with them."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody: str | None = None
        self._misses: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def hash(self, password: str) -> str:
        """Hash a password; raises SojournError for one that is too short or too long."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise SojournError("password_length", shortest=SHORTEST, longest=LONGEST)
        return self._hasher.hash(password)

    def check(self, name: str, digest: str | None, password: str, now: int) -> bool:
        """Whether a password is the one of that hash; raises SojournError ``sign_in_pause`` when it has to wait.

        It takes as long for a name that nobody has, so that the time does not reveal it.
        """
        self._count(name, now)
        if not self._matches(digest, password):
            return False
        with self._lock:
            self._misses.pop(name, None)
        return True

    def _count(self, name: str, now: int) -> None:
        """Each try counts as a miss until it proves right, so that many at once are not looked at together."""
        with self._lock:
            count, last = self._misses.pop(name, (0, 0))
            left = last + pause_after(count) - now
            self._misses[name] = (count, last) if left > 0 else (count + 1, now)
            while len(self._misses) > _REMEMBERED:
                self._misses.pop(next(iter(self._misses)))
        if left > 0:
            raise SojournError("sign_in_pause", count=-(-left // 1_000))

    def _matches(self, digest: str | None, password: str) -> bool:
        if self._nobody is None:
            self._nobody = self._hasher.hash("")
        try:
            self._hasher.verify(digest or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return digest is not None


def pause_after(misses: int) -> int:
    """Milliseconds to wait after so many wrong passwords in a row."""
    if misses < FREE:
        return 0
    return int(min(FIRST_PAUSE * 2 ** min(misses - FREE, 30), LONGEST_PAUSE))
