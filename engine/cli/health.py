"""``health``: the state of the engine of a workspace; ``serve``'s watchdog."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.catalogue import Phrase
from engine.cli import GOOD, NO, Arguments, print_line
from engine.cli.workspaces import caller_of, workspace_folder_of
from engine.errors import SojournError
from engine.facade import Engine, connect
from engine.host import EventLoop
from engine.runtime.health import ended
from engine.services.health import as_json
from engine.services.views import Caller
from engine.store.database import Database
from engine.store.high_water import remove_mark
from engine.store.integrity import IntegrityCheck
from engine.store.location import has_workspace, lock_workspace

EXIT_PART_ENDED = 70
"""The exit code of an engine of which a part ended: it is to be started again."""
EXIT_OWNER_LOST = 71
"""The exit code of an engine whose workspace another process took: it must not be started again."""
UNANSWERED = 60
"""Looks after which an event loop that does not answer counts as ended."""
_LOOK_SECONDS = 1.0
log = logging.getLogger("sojourn.runner")


def show(engine: Engine, caller: Caller, arguments: Arguments) -> int:
    """Print the state of each part; 1 if something needs attention."""
    state = engine.health.state(caller)
    if arguments.json:
        print_line(json.dumps(as_json(state)))
    else:
        for check in state.checks:
            print_line(f"{check.name}: {'good' if check.reason is None else check.reason} ({check.value})")
    return GOOD if state.status == "ok" else NO


def check(arguments: Arguments) -> int:
    """Print what is wrong in the database, which may be in use; 1 if anything is."""
    location = workspace_folder_of(arguments)
    if arguments.accept_loss:
        _accept_loss(location)
    engine = connect(location)
    found = engine.health.check(caller_of(arguments)) if engine is not None else _check_alone(location)
    if arguments.json:
        print_line(json.dumps({one.name: {"faults": one.faults, "details": list(one.details)} for one in found}))
    else:
        for one in found:
            print_line(f"{one.name}: {one.faults or 'good'}")
            for line in one.details:
                print_line(f"  {line}")
    return NO if any(one.faults for one in found) else GOOD


def _check_alone(location: Path) -> Sequence[IntegrityCheck]:
    """Check a workspace that no process owns, even one that cannot be opened."""
    if not has_workspace(location):
        raise SojournError("workspace_missing", workspace=location)
    database = Database(str(location))
    try:
        return database.check()
    finally:
        database.close()


def _accept_loss(location: Path) -> None:
    if not has_workspace(location):
        raise SojournError("workspace_missing", workspace=location)
    held = lock_workspace(location)
    if held is None:
        raise SojournError("workspace_owned.ending", location=location)
    remove_mark(location)
    held.release()


class Watchdog:
    """Ends the process with :data:`EXIT_PART_ENDED` and one line when a part of its engine has ended.

    A time is never read: a process that was suspended goes on where it was.
    """

    def __init__(
        self,
        dead_part: Callable[[], Phrase | None],
        events: EventLoop,
        end: Callable[[int], object] = os._exit,
        look_seconds: float = _LOOK_SECONDS,
    ) -> None:
        self._dead_part, self._events, self._end, self._pause = dead_part, events, end, look_seconds
        self._answered = threading.Event()
        self._closing = threading.Event()
        self._missed = 0
        self._thread = threading.Thread(target=self._run, name="sojourn-watchdog", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop looking."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        self._ask()
        while not self._closing.wait(self._pause):
            found = self._dead_part() or self._dead_loop()
            if found is not None and not self._closing.is_set():
                log.critical("a part of the engine ended", extra={"reason": str(found)})
                sys.stderr.write(f"{found}\n")
                sys.stderr.flush()
                self._end(EXIT_PART_ENDED if found.key == "engine_part_ended" else EXIT_OWNER_LOST)
                return

    def _ask(self) -> None:
        self._answered.clear()
        self._events.loop.call_soon_threadsafe(self._answered.set)

    def _dead_loop(self) -> Phrase | None:
        if not self._events.is_alive:
            return ended("loop", "")
        if self._answered.is_set():
            self._missed = 0
            self._ask()
        else:
            self._missed += 1
        return ended("loop", "silent") if self._missed >= UNANSWERED else None
