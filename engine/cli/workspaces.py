"""The workspace of a command, opened as its host or through the process that hosts it; times in commands."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from engine.errors import SojournError, WrongUseError
from engine.facade import Engine, connect
from engine.files import require_files
from engine.services.access import ADMINISTRATOR, PRODUCTION
from engine.services.views import Caller
from engine.store.location import has_workspace, workspace_folder

APPLICATION = "sojourn"


def workspace_folder_of(arguments: Namespace) -> Path:
    """Return the workspace's folder: from ``--workspace``, ``SOJOURN_WORKSPACE``, or the platform's data folder."""
    base = Path(platformdirs.user_data_dir(APPLICATION, False))
    return workspace_folder(arguments.workspace or os.environ.get("SOJOURN_WORKSPACE") or str(base / "workspace"), base)


def caller_of(arguments: Namespace) -> Caller:
    """Return the caller: the administrator, since the workspace's folder is accessible."""
    return Caller(ADMINISTRATOR, arguments.sandbox or PRODUCTION)


@contextmanager
def workspace(arguments: Namespace) -> Iterator[tuple[Engine, Caller]]:
    """Open the workspace's engine for the block, through the owning process if one runs.

    Raises SojournError where there is none, unless the command creates one: that needs the files it reads.
    """
    location, command = workspace_folder_of(arguments), arguments.command
    if not has_workspace(location):
        if not command.creates_workspace:
            raise SojournError("workspace_missing", workspace=location)
        if command.reads_files:
            require_files(getattr(arguments, "files", None) or (arguments.file,))
    engine = open_workspace(location)
    try:
        _require_sandbox(engine, arguments.sandbox or PRODUCTION)
        yield engine, caller_of(arguments)
    finally:
        engine.close()


def _require_sandbox(engine: Engine, name: str) -> None:
    """Raise SojournError for an unknown sandbox: a typing error would work in an empty one."""
    if name != PRODUCTION and name not in engine.sandboxes.list(Caller()):
        raise SojournError("sandbox_unknown", name=name)


OPEN_WITHIN = 10.0
"""Seconds to wait for a workspace that another process is just opening or leaving."""


def open_workspace(location: Path) -> Engine:
    """Host a workspace, or reach the engine of the process that hosts it; raises SojournError."""
    deadline = time.monotonic() + OPEN_WITHIN
    while True:
        engine = connect(location) or _host(location)
        if engine is not None:
            return engine
        if time.monotonic() > deadline:
            raise SojournError("workspace_owned.silent", location=location)
        time.sleep(0.02)


def _host(location: Path) -> Engine | None:
    from engine.host import host_workspace  # a command that reaches another process does without the database

    host = host_workspace(location)
    return None if host is None else host.engine


def read_time(text: str) -> int | None:
    """Convert a time of the command line to epoch milliseconds; UTC unless it has an offset."""
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise WrongUseError("time_malformed", text=text) from None
    return int((moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def shown_time(at: int) -> str:
    """Epoch milliseconds as a time in UTC, to the second."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def split_version(text: str) -> tuple[str, int | None]:
    """Split ``NAME@VERSION`` into name and number; the number of ``NAME`` alone is None."""
    name, at, number = text.rpartition("@")
    return (name, int(number)) if at and number.isascii() and number.isdecimal() else (text, None)
