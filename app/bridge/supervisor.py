"""The engine's own process: found or started, watched, started again when it dies, and asked to stop."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from engine.errors import SojournError
from engine.facade import Engine, connect
from engine.installation import program_command
from engine.remote import STUDIO_ENDPOINT
from engine.store.location import StudioLock, create_folder, find_owner, is_studio_open

log = logging.getLogger(__name__)

EngineType = TypeVar("EngineType")

STARTING, RUNNING, LOST, FAILED, CLOSED = "starting", "running", "lost", "failed", "closed"

WATCH_EVERY = 1.0
"""Seconds between two looks at a running engine."""
CONNECT_EVERY = 0.05
"""Seconds between two tries to reach an engine that is starting."""
RESTART_AFTER = 0.3
"""Seconds before another process is started after one has ended."""
START_WITHIN = 20.0
"""Seconds after which an engine that was started and does not answer counts as failed."""


class Process(Protocol):
    """What is asked of a started process."""

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        ...

    def end(self) -> None:
        """Ask it to finish, however far it has come."""
        ...

    def release(self) -> None:
        """Stop watching it."""
        ...


class EngineSupervisor(Generic[EngineType]):
    """Holds the engine of one workspace.

    ``connect`` gives an engine that answers, or None when no process owns the workspace; ``start`` starts a process;
    ``alive`` asks a connected engine for a sign of life; ``notify`` gets each new state, in the supervisor's thread.
    ``adopt`` gives the process of the engine if a studio that is gone started it.
    """

    def __init__(
        self,
        connect: Callable[[], EngineType | None],
        start: Callable[[], Process],
        alive: Callable[[EngineType], bool],
        notify: Callable[[str], object],
        adopt: Callable[[], Process | None] = lambda: None,
    ) -> None:
        self._connect, self._start, self._alive, self._notify = connect, start, alive, notify
        self._adopt = adopt
        self._engine: EngineType | None = None
        self._ready = threading.Condition()
        self._closing = threading.Event()
        self._look = threading.Event()
        self._fault = ""
        self._process: Process | None = None
        self._thread = threading.Thread(target=self._run, name="engine-supervisor", daemon=True)

    def begin(self) -> None:
        """Start looking after the engine."""
        self._thread.start()

    def engine(self, timeout: float = START_WITHIN) -> EngineType:
        """Wait for the engine while it starts and return it; raises SojournError when it does not come.

        It may take long, so it is never called in the window's thread.
        """
        with self._ready:
            self._ready.wait_for(lambda: self._engine is not None or self._closing.is_set(), timeout)
            if self._engine is None:
                raise SojournError(self._fault or "engine_away")
            return self._engine

    def lost(self, engine: EngineType) -> None:
        """Drop an engine that no longer answers a call, and look for it again at once."""
        with self._ready:
            if self._engine is engine:
                self._engine = None
        self._look.set()

    @property
    def started(self) -> bool:
        """Whether the engine's process is one that this supervisor started, and runs."""
        process = self._process
        return process is not None and process.poll() is None

    @property
    def owns_engine(self) -> bool:
        """Whether it is this studio that ends the engine: it was started here, or by a studio that is gone."""
        return self.started or self._adopt() is not None

    def close(self, end: bool = False) -> None:
        """Stop looking; an engine that this studio owns goes on, or is asked to ``end``.

        It may take long, so it is never called in the window's thread.
        """
        with self._ready:
            self._closing.set()
            self._ready.notify_all()
        self._look.set()
        self._thread.join(5)
        process = self._process or (self._adopt() if end else None)
        if process is not None:
            if end:
                process.end()
            process.release()

    def _run(self) -> None:
        notified = ""
        while not self._closing.is_set():
            state = (
                self._watch() if self._engine is not None else LOST if notified == RUNNING else self._reach(notified)
            )
            if state != notified:
                notified = state
                self._notify(state)
            self._look.wait(WATCH_EVERY if state == RUNNING else CONNECT_EVERY)
            self._look.clear()
        self._notify(CLOSED)

    def _watch(self) -> str:
        engine = self._engine
        if engine is not None and self._alive(engine):
            return RUNNING
        with self._ready:
            self._engine = None
        return LOST

    def _reach(self, notified: str) -> str:
        """Connect, starting a process when none owns the workspace."""
        if not notified:
            self._notify(STARTING)
        deadline = time.monotonic() + START_WITHIN
        while not self._closing.is_set() and time.monotonic() < deadline:
            engine = self._connect()
            if engine is not None:
                with self._ready:
                    self._engine, self._fault = engine, ""
                    self._ready.notify_all()
                return RUNNING
            self._ensure_process()
            self._closing.wait(CONNECT_EVERY)
        return FAILED

    def _ensure_process(self) -> None:
        """Start a process unless one is starting; log the end of one that failed, so that another follows."""
        if self._process is None:
            with self._ready:
                if not self._closing.is_set():
                    self._process = self._start()
        elif (code := self._process.poll()) is not None:
            self._process.release()
            self._process = None
            self._fault = "engine_away.ended"
            log.info("the engine's process ended with code %s", code)
            self._closing.wait(RESTART_AFTER)


LOG_FILE = "engine-process.log"


def supervisor_factory(workspace: Path) -> Callable[[Callable[[str], object]], EngineSupervisor[Engine]]:
    """Return what makes the supervisor of a workspace's engine, given the listener to its states."""

    def make(notify: Callable[[str], object]) -> EngineSupervisor[Engine]:
        return EngineSupervisor(
            connect=lambda: reach(workspace),
            start=lambda: start(workspace),
            alive=lambda engine: engine.is_alive(),
            notify=notify,
            adopt=lambda: adopt(workspace),
        )

    return make


def reach(workspace: Path) -> Engine | None:
    """Reach the engine of the process that hosts a workspace; None when none does, or it does not answer."""
    return connect(workspace, STUDIO_ENDPOINT)


class EngineProcess:
    """A process in a session of its own, which may outlive the window."""

    def __init__(self, process: subprocess.Popen[bytes], lock: StudioLock) -> None:
        self._process, self._lock = process, lock

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self._process.poll()

    def end(self) -> None:
        """Ask it to finish: it may not own the workspace yet, so that ``stop`` would not find it."""
        self._process.terminate()

    def release(self) -> None:
        """Stop watching the process: it goes on without this one, and another studio may end it."""
        self._lock.release()
        if self._process.poll() is None:
            self._process.returncode = 0


def start(workspace: Path) -> EngineProcess:
    """Start the engine on a workspace, on the port that the workspace keeps."""
    create_folder(workspace)
    lock = StudioLock(workspace)
    words = program_command("serve", "--workspace", str(workspace), "--keep-port", "--studio", lock.name)
    with os.fdopen(os.open(workspace / LOG_FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as output:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
        )
    return EngineProcess(process, lock)


class AdoptedProcess:
    """The process of an engine that a studio started which is gone."""

    def __init__(self, pid: int) -> None:
        self._pid = pid

    def poll(self) -> int | None:
        """Return None: it is not watched."""
        return None

    def end(self) -> None:
        """Ask it to finish."""
        with suppress(ProcessLookupError, PermissionError):
            os.kill(self._pid, signal.SIGTERM)

    def release(self) -> None:
        """Do nothing: it was never this studio's child."""


def adopt(workspace: Path) -> AdoptedProcess | None:
    """Return the process that owns a workspace if a studio started it that is not open any more; else None."""
    owner = find_owner(workspace)
    if owner is None or not owner.studio or is_studio_open(workspace, owner.studio):
        return None
    return AdoptedProcess(owner.pid)


def wait_until_free(workspace: Path, timeout: float = 40.0) -> bool:
    """Wait until no process hosts a workspace; False when that takes more than ``timeout`` seconds."""
    waiting = threading.Event()
    deadline = time.monotonic() + timeout
    while find_owner(workspace) is not None:
        if time.monotonic() > deadline:
            return False
        waiting.wait(0.05)
    return True
