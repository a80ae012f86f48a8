"""The engine's own process: how it is reached and started, and how it is asked to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.bridge.supervisor import EngineSupervisor
from engine.facade import Engine, connect
from engine.installation import program_command
from engine.remote import STUDIO_ENDPOINT
from engine.store import workspace_lock

LOG_FILE = "engine-process.log"


def supervisor_factory(workspace: Path) -> Callable[[Callable[[str], object]], EngineSupervisor[Engine]]:
    """Return what makes the supervisor of a workspace's engine, given the listener to its states."""

    def make(notify: Callable[[str], object]) -> EngineSupervisor[Engine]:
        return EngineSupervisor(
            connect=lambda: reach(workspace),
            start=lambda: start(workspace),
            alive=lambda engine: engine.is_alive(),
            notify=notify,
        )

    return make


def reach(workspace: Path) -> Engine | None:
    """Reach the engine of the process that hosts a workspace; None when none does, or it does not answer."""
    return connect(workspace, STUDIO_ENDPOINT)


class EngineProcess:
    """A process in a session of its own, which may outlive the window."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._process.poll()

    def end(self) -> None:
        """Ask it to finish: it may not own the workspace yet, so that ``stop`` would not find it."""
        self._process.terminate()

    def release(self) -> None:
        """Stop watching the process: it goes on without this one."""
        if self._process.poll() is None:
            self._process.returncode = 0


def start(workspace: Path) -> EngineProcess:
    """Start the engine on a workspace, on a free port."""
    workspace.mkdir(parents=True, exist_ok=True)
    words = program_command("serve", "--workspace", str(workspace), "--port", "0")
    with (workspace / LOG_FILE).open("ab") as output:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    return EngineProcess(process)


def stop(workspace: Path) -> None:
    """Ask the process that owns a workspace to finish; nothing happens when there is none."""
    owner = workspace_lock.find_owner(workspace)
    if owner is not None and owner.pid != os.getpid():
        with suppress(ProcessLookupError, PermissionError):
            os.kill(owner.pid, signal.SIGTERM)


def wait_until_free(workspace: Path, timeout: float = 15.0) -> bool:
    """Wait until no process hosts a workspace; False when that takes more than ``timeout`` seconds."""
    waiting = threading.Event()
    deadline = time.monotonic() + timeout
    while workspace_lock.find_owner(workspace) is not None:
        if time.monotonic() > deadline:
            return False
        waiting.wait(0.05)
    return True
