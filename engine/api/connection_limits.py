"""Limits of connections: how many, how many from one address, and how long one may take for what it sends.

Senders need no token to connect, so connections that send nothing must not use up the descriptors of the engine.
"""

from __future__ import annotations

import asyncio
import resource
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.h11_impl import H11Protocol

LARGEST = 10_000
REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 10\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


@dataclass
class ConnectionLimits:
    """``most`` connections, ``from_one`` of them from one address other than this machine's.

    ``head_seconds`` is how long the head of a request may take, ``pause_seconds`` the longest pause within a body.
    """

    most: int
    from_one: int
    head_seconds: float = 10.0
    pause_seconds: float = 30.0
    open: Counter[str] = field(default_factory=Counter)

    def admit(self, address: str) -> bool:
        """Count a connection; False if there are too many."""
        local = address.startswith("127.") or address in ("", "::1")
        if self.open.total() >= self.most or (not local and self.open[address] >= self.from_one):
            return False
        self.open[address] += 1
        return True

    def leave(self, address: str) -> None:
        """Count a connection no more."""
        self.open[address] -= 1
        if not self.open[address]:
            del self.open[address]


def usual_limits() -> ConnectionLimits:
    """Return limits that leave half of the descriptors to the calls, the database and everything else."""
    most = min(LARGEST, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)
    return ConnectionLimits(most, max(1, most // 2))


def raise_descriptor_limit() -> None:
    """Let this process open as many files and connections as the system allows it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * LARGEST if hard == resource.RLIM_INFINITY else min(hard, 2 * LARGEST)
    if wanted > resource.getrlimit(resource.RLIMIT_NOFILE)[0]:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class LimitedProtocol(H11Protocol):
    """A connection that is closed when it is one too many or sends too slowly."""

    limits: ClassVar[ConnectionLimits]
    _address: str | None = None
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Admit the connection, and expect the head of a request."""
        stream = cast("asyncio.Transport", transport)
        super().connection_made(stream)
        address = self.client[0] if self.client else ""
        if self.limits.admit(address):
            self._address = address
            self._expect(self.limits.head_seconds)
        else:
            stream.write(REFUSAL)
            stream.close()

    def data_received(self, data: bytes) -> None:
        """Take data; within a body the next may take a while, a head is limited as a whole."""
        if self._address is None:
            return
        super().data_received(data)
        self._expect_body()

    def on_response_complete(self) -> None:
        """Expect the head of the next request; the pause before its first byte is limited by uvicorn."""
        self._expect(self.limits.head_seconds)
        super().on_response_complete()
        self._expect_body()

    def _expect_body(self) -> None:
        """Limit the pauses within the body of the request under way; its answer may take as long as it does."""
        cycle: Any = self.cycle
        if cycle is not None and not cycle.response_complete:
            self._expect(self.limits.pause_seconds if cycle.more_body else None)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the connection no more."""
        self._expect(None)
        if self._address is not None:
            self.limits.leave(self._address)
        super().connection_lost(exc)

    def _expect(self, seconds: float | None) -> None:
        """Close the connection unless something comes within this time; None: wait as long as it takes."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self.loop.call_later(seconds, self._close)

    def _close(self) -> None:
        transport: Any = self.transport
        transport.abort()


def limited_protocol(limits: ConnectionLimits) -> type[H11Protocol]:
    """Make the class of a server's connections."""
    return type("ServerProtocol", (LimitedProtocol,), {"limits": limits})
