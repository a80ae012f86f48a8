"""``health``: the state of the engine of a workspace; ``serve``'s watchdog."""

from __future__ import annotations

import json
import logging
import os
import sys
import threading
from collections.abc import Callable

from engine.cli import GOOD, NO, Arguments, print_line
from engine.errors import SojournError
from engine.facade import Engine
from engine.host import EventLoop
from engine.services.health import as_json
from engine.services.views import Caller

EXIT_PART_ENDED = 70
"""The exit code of an engine of which a part ended: it is to be started again."""
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


class Watchdog:
    """Ends the process with :data:`EXIT_PART_ENDED` and one line when a part of its engine has ended.

    A time is never read: a process that was suspended goes on where it was.
    """

    def __init__(
        self,
        dead_part: Callable[[], tuple[str, str] | None],
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
                part, name = found
                error = SojournError("engine_part_ended", part=part, name=name or "?")
                log.critical("a part of the engine ended", extra={"part": part, "reason": name})
                sys.stderr.write(f"{error}\n")
                sys.stderr.flush()
                self._end(EXIT_PART_ENDED)
                return

    def _ask(self) -> None:
        self._answered.clear()
        self._events.loop.call_soon_threadsafe(self._answered.set)

    def _dead_loop(self) -> tuple[str, str] | None:
        if not self._events.is_alive:
            return "loop", ""
        if self._answered.is_set():
            self._missed = 0
            self._ask()
        else:
            self._missed += 1
        return ("loop", "silent") if self._missed >= UNANSWERED else None
