"""Locate a workspace: always a folder, with the database in it or, by a SQLAlchemy URL, on a PostgreSQL server.

The folder keeps what must not leave this machine: the vault, the owner's address and token, backups. For a workspace
on PostgreSQL it holds the file ``database.url`` too, one line without a password. A password in a URL that somebody
gives is handed to libpq in ``PGPASSWORD`` and kept nowhere; libpq's own ways (``~/.pgpass``, a service file) work too.

One process owns a workspace (runtime.md, Durability). Its lock is the operating system's and ends with the process; the
other processes find its address and its token in a file that only the same user can read.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import SojournError
from engine.files import make_private_folder, write_text

if TYPE_CHECKING:
    from sqlalchemy import URL

DATABASE_FILE = "database.url"
SQLITE_FILE = "workspace.sqlite"
MARK_FILE = "high-water"
"""How far the database was written; see :mod:`engine.store.high_water`."""
DRIVER = "postgresql+psycopg"
PASSWORD = "PGPASSWORD"
_EXAMPLE = f"{DRIVER}://user@host:5432/database"
_DEFAULT_PORT = 5432


def workspace_folder(named: str, base: Path, environment: MutableMapping[str, str] | None = None) -> Path:
    """Return the folder of a named workspace: the path itself, or for a URL one below ``base``.

    Raises SojournError when it is neither a folder nor the URL of a PostgreSQL database.
    """
    if "://" not in named:
        path = Path(named)
        if path.exists() and not path.is_dir():
            raise SojournError("workspace_folder.file", path=path)
        return path
    url = read_url(named)
    password = _password(url)
    if password:
        (os.environ if environment is None else environment)[PASSWORD] = password
    folder = base / "postgresql" / _name_of(url)
    if database_url(folder) is None:
        write_database_url(folder, url)
    return folder


def read_url(text: str) -> URL:
    """Parse a PostgreSQL URL for the driver in use; raise SojournError, which never repeats the text."""
    from sqlalchemy import make_url  # the studio and most commands need no URL, and it takes long to import
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise SojournError("workspace_url", example=_EXAMPLE) from None
    if url.drivername not in ("postgresql", DRIVER):
        raise SojournError("workspace_url.driver", driver=url.drivername, example=_EXAMPLE)
    if not url.database:
        raise SojournError("workspace_url.no_database", example=_EXAMPLE)
    return url.set(drivername=DRIVER)


def database_url(folder: Path) -> URL | None:
    """Return the URL of the workspace's PostgreSQL database; None if the database is in the folder itself."""
    file = folder / DATABASE_FILE
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise SojournError("workspace_url.unreadable", file=file) from None
    url = read_url(text)
    if _password(url):
        raise SojournError("workspace_url.password", file=file, password=PASSWORD)
    return url


def has_workspace(folder: Path) -> bool:
    """Whether a folder holds a workspace, even one whose database was lost."""
    return any((folder / name).exists() for name in (SQLITE_FILE, MARK_FILE, DATABASE_FILE))


def write_database_url(folder: Path, url: URL) -> None:
    """Let the workspace in ``folder`` be in this database."""
    from sqlalchemy import URL

    create_folder(folder)
    query = {name: value for name, value in url.query.items() if name != "password"}
    bare = URL.create(DRIVER, url.username, host=url.host, port=url.port, database=url.database, query=query)
    write_text(folder / DATABASE_FILE, f"{bare.render_as_string()}\n", 0o600)


def create_folder(path: Path | str) -> None:
    """Create the workspace's folder, readable by its owner alone; raise SojournError."""
    path = Path(path)
    try:
        make_private_folder(path)
    except OSError as error:
        raise SojournError("workspace_folder", path=path, reason=error.strerror) from None
    if not os.access(path, os.W_OK):
        raise SojournError("workspace_folder.unwritable", path=path)


def _password(url: URL) -> str:
    given = url.password or url.query.get("password") or ""
    return given if isinstance(given, str) else given[-1]


def display_name(url: URL) -> str:
    """Describe the database for a sentence: without user, password and options."""
    return f"{url.database} on {_host(url)}"


def _host(url: URL) -> str:
    host = url.host or url.query.get("host") or os.environ.get("PGHOST") or "this machine"
    return host if isinstance(host, str) else host[0]


def _name_of(url: URL) -> str:
    """Return a folder name for a database, independent of the user."""
    place = f"{_host(url)}:{url.port or _DEFAULT_PORT}/{url.database}"
    options = url.query.get("options", "")
    mark = sha256(f"{place}?{options}".encode()).hexdigest()[:8]
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', place).strip('-')[:60]}-{mark}"


LOCK_FILE = "owner.lock"
RECORD_FILE = "owner.json"


@dataclass(frozen=True, slots=True)
class OwnerAddress:
    """The address and the token of the process that owns a workspace, and its number.

    ``studio`` names the lock of the studio that started it; '' if no studio did.
    """

    address: str
    token: str
    pid: int
    studio: str = ""


class WorkspaceLock:
    """Lock by which one process owns the workspace in ``folder`` until :meth:`release`."""

    def __init__(self, folder: Path, lock: int) -> None:
        self._folder = folder
        self._lock = lock
        self.token = secrets.token_urlsafe(32)

    def publish_address(self, address: str, studio: str = "") -> None:
        """Record the local address on which other processes reach this one, and the studio that started it."""
        record = {"address": address, "token": self.token, "pid": os.getpid(), "studio": studio}
        write_text(self._folder / RECORD_FILE, json.dumps(record), 0o600)

    def release(self) -> None:
        """Let another process own the workspace."""
        with suppress(FileNotFoundError):
            if (self._folder / LOCK_FILE).stat().st_ino == os.fstat(self._lock).st_ino:  # else the record is another's
                (self._folder / RECORD_FILE).unlink(missing_ok=True)
        os.close(self._lock)


def lock_workspace(folder: Path) -> WorkspaceLock | None:
    """Return the lock of the workspace in ``folder``; None if another process owns it."""
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
        return OwnerAddress(
            str(record["address"]), str(record["token"]), int(record["pid"]), str(record.get("studio", ""))
        )
    return None


class StudioLock:
    """Lock that a studio holds while it is open, so that others can tell whether the engine it started is still its."""

    def __init__(self, folder: Path) -> None:
        self.name = secrets.token_hex(8)
        self._file = _studio_file(folder, self.name)
        self._lock = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def release(self) -> None:
        """Leave the engine to the next studio."""
        if self._lock >= 0:
            self._file.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = -1


def is_studio_open(folder: Path, name: str) -> bool:
    """Whether the studio with this lock is open. The file of one that was killed is removed."""
    file = _studio_file(folder, name)
    try:
        lock = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        file.unlink(missing_ok=True)
        return False
    finally:
        os.close(lock)


def _studio_file(folder: Path, name: str) -> Path:
    return folder / f"studio-{name}.lock"
