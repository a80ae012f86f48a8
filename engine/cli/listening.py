"""The port on which ``serve`` listens: the one it is told, or the one that the workspace keeps."""

from __future__ import annotations

import logging
import socket
from zlib import crc32

from engine.api.server import bind
from engine.errors import SojournError
from engine.host import WorkspaceHost
from engine.services.access import PRODUCTION
from engine.services.settings import DEFAULT_PORT, PORT

_FIRST, _COUNT = DEFAULT_PORT + 1, 800
"""The ports among which that of a workspace is chosen, below those of outgoing connections."""
log = logging.getLogger("sojourn.listening")


def listen(owner: WorkspaceHost, host: str, port: int | None, *, keep: bool) -> socket.socket:
    """Open the listening socket on ``port``, or without one on the workspace's own, or else on the usual one.

    With ``keep`` a workspace without a port gets one that stays, and another is used for now while that is taken.
    Raises SojournError when the port is taken.
    """
    kept = int(owner.writer.setting(PRODUCTION, PORT))
    if port is not None or not keep:
        return bind(host, (kept or DEFAULT_PORT) if port is None else port)
    if not kept:
        listening = _bind_first_free(owner, host)
        owner.keep_port(listening.getsockname()[1])
        return listening
    try:
        return bind(host, kept)
    except SojournError as error:
        if error.code != "port_taken":
            raise
        owner.health.taken_port = kept
        log.warning("the port of the workspace is taken", extra={"port": kept})
        return bind(host, 0)


def _bind_first_free(owner: WorkspaceHost, host: str) -> socket.socket:
    """Bind a port that depends on the workspace, so that two workspaces seldom have the same."""
    start = crc32(str(owner.location.resolve()).encode())
    for number in range(_COUNT):
        try:
            return bind(host, _FIRST + (start + number) % _COUNT)
        except SojournError as error:
            if error.code != "port_taken":
                raise
    return bind(host, 0)
