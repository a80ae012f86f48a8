"""The engine's own process: how it is reached and started, and how it is asked to stop."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from app.bridge.keeper import Keeper
from engine.engine import Engine, connect
from engine.store import ownership

log = logging.getLogger(__name__)

PROGRAM = Path(__file__).resolve().parents[2] / "main.py"
LOG_FILE = "engine-process.log"


def keeper_of(workspace: Path) -> Callable[[Callable[[str], Any]], Keeper[Engine]]:
    """What makes the keeper of a workspace's engine, given who is to be told of its states."""

    def make(tell: Callable[[str], Any]) -> Keeper[Engine]:
        return Keeper(
            connect=lambda: connect(workspace),
            start=lambda: start(workspace),
            alive=lambda engine: engine.alive(),
            tell=tell,
        )

    return make


def start(workspace: Path) -> subprocess.Popen[bytes]:
    """Start the engine on a workspace, on a free port, in a session of its own: it may outlive the window."""
    workspace.mkdir(parents=True, exist_ok=True)
    with (workspace / LOG_FILE).open("ab") as said:
        words = [sys.executable, str(PROGRAM), "serve", "--workspace", str(workspace), "--port", "0"]
        return subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True, close_fds=True
        )


def stop(workspace: Path) -> None:
    """Ask the process that owns a workspace to finish; nothing happens when there is none."""
    owner = ownership.find(workspace)
    if owner is not None and owner.pid != os.getpid():
        with suppress(ProcessLookupError, PermissionError):
            os.kill(owner.pid, signal.SIGTERM)
