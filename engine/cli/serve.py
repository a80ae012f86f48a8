"""``serve``: run the engine without a window until a signal stops it."""

from __future__ import annotations

from pathlib import Path

from engine.api.server import HttpServer, bind
from engine.cli import GOOD, Arguments, print_line
from engine.cli.logs import log_to_folder, redact_with
from engine.cli.workspaces import workspace_folder_of
from engine.errors import SojournError
from engine.facade import connect
from engine.host import host_workspace
from engine.runtime.gc_tuning import freeze_gc
from engine.shutdown import ShutdownSignal


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
        listening = bind(arguments.host, arguments.port)
    except BaseException:
        owner.close()
        raise
    events = owner.start()
    server = HttpServer(owner, events, listening)
    owner.publish_address(server.address)
    if owner.writer.overdue:
        _warn_overdue(owner.writer.overdue, owner.writer.setting("prod", "overdue_timers"))
    freeze_gc()
    print_line(f"ready {server.address}")
    _flush()
    stopping.wait()
    server.close()
    owner.close()
    return GOOD


def _owned_error(location: Path) -> SojournError:
    engine = connect(location)
    return SojournError("workspace_owned.served" if engine is not None else "workspace_owned.ending", location=location)


def _warn_overdue(overdue: int, limit: int) -> None:
    if overdue > limit:
        print_line(
            f"{overdue} timers are overdue, more than fire unasked; allow it with: setting set overdue_timers {overdue}"
        )


def _flush() -> None:
    import sys

    sys.stdout.flush()
