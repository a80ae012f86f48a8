"""Where commands find their workspace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs

from engine.cli import Arguments
from engine.engine import Engine, open_workspace
from engine.errors import SojournError
from engine.services.access import ADMINISTRATOR
from engine.services.views import Caller

APPLICATION = "sojourn"


def workspace_of(given: Arguments) -> Path:
    """The workspace's folder: the one given, ``SOJOURN_WORKSPACE``, or the platform's data folder."""
    named = given.workspace or os.environ.get("SOJOURN_WORKSPACE")
    path = Path(named) if named else Path(platformdirs.user_data_dir(APPLICATION, False)) / "workspace"
    if path.exists() and not path.is_dir():
        raise SojournError("workspace_folder", f"{path} is a file, and a workspace is a folder; choose another")
    return path


def caller_of(given: Arguments) -> Caller:
    """Whoever may open the workspace's folder administers it."""
    return Caller(ADMINISTRATOR, given.sandbox)


@contextmanager
def workspace(given: Arguments) -> Iterator[tuple[Engine, Caller]]:
    """The workspace's engine, through its owner if one runs, while the block runs."""
    engine = open_workspace(workspace_of(given))
    try:
        yield engine, caller_of(given)
    finally:
        engine.close()
