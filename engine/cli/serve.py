"""``serve``: run the engine without a window until a signal stops it."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

from engine.api.connection_limits import raise_descriptor_limit
from engine.api.server import HttpServer
from engine.cli import GOOD, Arguments, print_line
from engine.cli.health import Watchdog
from engine.cli.listening import listen
from engine.cli.logs import log_file_of, log_to, redact_with
from engine.cli.workspaces import workspace_folder_of
from engine.command_line import ShutdownSignal
from engine.errors import SojournError
from engine.facade import connect
from engine.host import host_workspace
from engine.installation import version
from engine.runtime.wall_clock import freeze_gc

log = logging.getLogger("sojourn.engine")


def serve(arguments: Arguments) -> int:
    """Own the workspace and run it until SIGINT or SIGTERM."""
    location = workspace_folder_of(arguments)
    log_to(arguments.log or log_file_of(location), arguments.log_level)
    raise_descriptor_limit()
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
    log.info("engine started", extra={"version": version(), "workspace": str(location), "address": server.address})
    print_line(f"ready {server.address}")
    sys.stdout.flush()
    watchdog = Watchdog(owner.health.dead_part, events)
    stopping.wait()
    watchdog.close()
    log.info("engine stops", extra={"workspace": str(location)})
    given = arguments.drain if arguments.drain is not None else owner.writer.setting("prod", "drain_seconds")
    owner.drain(float(given))
    server.close()
    owner.close()
    log.info("engine stopped", extra={"workspace": str(location)})
    return GOOD


def _owned_error(location: Path) -> SojournError:
    engine = connect(location)
    return SojournError("workspace_owned.served" if engine is not None else "workspace_owned.ending", location=location)
