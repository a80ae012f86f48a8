"""Connections kept open between calls, by origin; one call at a time on each.

httpcore's own pool looks through all its connections for each request and each answer: with a hundred of them it takes
longer than the call. Here the connection used last is simply taken again.
"""

from __future__ import annotations

import ssl
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpcore

Origin = tuple[bytes, bytes, int | None]

KEPT = 100
"""Idle connections to one origin."""

KEPT_SECONDS = 15.0


class ConnectionPool:
    """Belongs to one event loop. ``backend`` connects, ``tls`` verifies hosts."""

    def __init__(self, backend: httpcore.AsyncNetworkBackend, tls: ssl.SSLContext) -> None:
        self._backend = backend
        self._tls = tls
        self._idle: dict[Origin, deque[tuple[httpcore.AsyncHTTPConnection, float]]] = {}

    @asynccontextmanager
    async def stream(self, request: httpcore.Request) -> AsyncIterator[httpcore.Response]:
        """Send a request; yield the response, to be read within the block. Raise httpcore's errors."""
        origin = (request.url.scheme, request.url.host, request.url.port)
        connection = await self._take(origin, request.url.origin)
        try:
            stream = await connection.handle_async_request(request)
            try:
                yield stream
            finally:
                await stream.aclose()
        finally:
            await self._give_back(origin, connection)

    async def _take(self, origin: Origin, address: httpcore.Origin) -> httpcore.AsyncHTTPConnection:
        idle = self._idle.get(origin)
        while idle:
            connection, _ = idle.pop()
            if not connection.has_expired():
                return connection
            await connection.aclose()
        return httpcore.AsyncHTTPConnection(
            address, ssl_context=self._tls, keepalive_expiry=KEPT_SECONDS, network_backend=self._backend
        )

    async def _give_back(self, origin: Origin, connection: httpcore.AsyncHTTPConnection) -> None:
        """Keep a reusable connection, else close it; close those that were unused for long."""
        now = time.monotonic()
        idle = self._idle.setdefault(origin, deque())
        if connection.is_idle() and not connection.is_closed():
            idle.append((connection, now))
        else:
            await connection.aclose()
        while idle and (len(idle) > KEPT or now - idle[0][1] > KEPT_SECONDS):
            await idle.popleft()[0].aclose()
        if not idle:
            self._idle.pop(origin, None)

    async def close(self) -> None:
        """Close all connections."""
        while self._idle:
            _, idle = self._idle.popitem()
            for connection, _ in idle:
                await connection.aclose()
