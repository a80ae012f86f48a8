"""Lock a workspace for one process; others find its address and work through it (runtime.md, Durability).

The lock is the operating system's and goes with the process, however that ends. The owner's address and a token
stand in a file that only the same user can read.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.files import write_text

LOCK_FILE = "owner.lock"
RECORD_FILE = "owner.json"


@dataclass(frozen=True, slots=True)
class OwnerAddress:
    """The address and the token of the process that owns a workspace; ``pid`` is informational."""

    address: str
    token: str
    pid: int


class WorkspaceLock:
    """Lock by which one process owns the workspace in ``folder`` until :meth:`release`."""

    def __init__(self, folder: Path, lock: int) -> None:
        self._folder = folder
        self._lock = lock
        self.token = secrets.token_urlsafe(32)

    def publish_address(self, address: str) -> None:
        """Record the local address on which other processes reach this one."""
        record = {"address": address, "token": self.token, "pid": os.getpid()}
        write_text(self._folder / RECORD_FILE, json.dumps(record), 0o600)

    def release(self) -> None:
        """Let another process own the workspace."""
        (self._folder / RECORD_FILE).unlink(missing_ok=True)
        os.close(self._lock)


def acquire(folder: Path) -> WorkspaceLock | None:
    """Own the workspace in ``folder``, or None when another process does."""
    lock = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    (folder / RECORD_FILE).unlink(missing_ok=True)
    return WorkspaceLock(folder, lock)


def find_owner(folder: Path) -> OwnerAddress | None:
    """Return the recorded owner, which may have died since; None if none is recorded."""
    with suppress(FileNotFoundError, ValueError, KeyError, TypeError):
        record = json.loads((folder / RECORD_FILE).read_text())
        return OwnerAddress(str(record["address"]), str(record["token"]), int(record["pid"]))
    return None
