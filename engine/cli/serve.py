"""``serve``: run the engine without a window until a signal stops it.

Its log is JSON lines in the platform's log folder, rotated; they hold codes and ids, never secrets or payloads.
"""

from __future__ import annotations

import json
import logging
import logging.handlers
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import platformdirs

from engine.api.server import HttpServer
from engine.cli import GOOD, Arguments, print_line
from engine.cli.health import Watchdog
from engine.cli.listening import listen
from engine.cli.workspaces import workspace_folder_of
from engine.command_line import ShutdownSignal
from engine.effects.redaction import RedactingFilter, Redactor
from engine.errors import SojournError
from engine.facade import connect
from engine.host import host_workspace
from engine.runtime.wall_clock import freeze_gc


def serve(arguments: Arguments) -> int:
    """Own the workspace and run it until SIGINT or SIGTERM."""
    location = workspace_folder_of(arguments)
    log_to_folder()
    stopping = ShutdownSignal()
    owner = host_workspace(location)
    if owner is None:
        raise _owned_error(location)
    redact_with(owner.redactor)
    try:
        listening = listen(owner, arguments.host, arguments.port, keep=arguments.keep_port)
    except BaseException:
        owner.close()
        raise
    events = owner.start()
    server = HttpServer(owner, events, listening)
    owner.end_process = stopping.request
    owner.publish_address(server.address, arguments.studio)
    if owner.writer.held:
        print_line(f"{owner.writer.held} overdue timers are held; let them fire with: timers release")
    freeze_gc()
    print_line(f"ready {server.address}")
    sys.stdout.flush()
    watchdog = Watchdog(owner.health.dead_part, events)
    stopping.wait()
    watchdog.close()
    given = arguments.drain if arguments.drain is not None else owner.writer.setting("prod", "drain_seconds")
    owner.drain(float(given))
    server.close()
    owner.close()
    return GOOD


def _owned_error(location: Path) -> SojournError:
    engine = connect(location)
    return SojournError("workspace_owned.served" if engine is not None else "workspace_owned.ending", location=location)


_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}
_BYTES = 5 << 20
_FILES = 5


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and what the record adds."""

    def format(self, record: logging.LogRecord) -> str:
        """Format a record as one JSON line; an exception is named by its type alone, since its text may quote data."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in vars(record).items() if name not in _PLAIN},
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["exception"] = record.exc_info[0].__name__
        return json.dumps(line, ensure_ascii=False, default=str)


def log_to_folder(name: str = "engine") -> Path:
    """Send this process's log there; ``SOJOURN_LOGS`` names another folder."""
    folder = Path(os.environ.get("SOJOURN_LOGS") or platformdirs.user_log_dir("sojourn", False))
    path = folder / f"{name}.log"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8")
    except OSError as error:
        raise SojournError("log_unwritable", path=path, reason=error.strerror) from None
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    logging.getLogger("sojourn").setLevel(logging.INFO)
    return path


def redact_with(redactor: Redactor) -> None:
    """Blot out of everything logged from now on what this knows to be secret."""
    for handler in logging.getLogger().handlers:
        handler.addFilter(RedactingFilter(redactor))
