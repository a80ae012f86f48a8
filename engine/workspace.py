"""Opening a workspace: as its host, or through the process that hosts it."""

from __future__ import annotations

import time
from pathlib import Path

from engine.errors import SojournError
from engine.facade import Engine, connect

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
