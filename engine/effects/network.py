"""Allowed hosts of outgoing calls (product.md, URLs), decided on the address that is then connected to.

A name is resolved once, every address it resolves to is checked, and the connection goes to a checked address: a
name that changes its mind between check and connection gains nothing. The ranges are our own, since the standard
library's ``is_global`` differs between Python versions.

httpcore's own pool looks through all its connections for each request and each answer: with a hundred of them it takes
longer than the call. Here the connection used last is simply taken again.
"""

from __future__ import annotations

import asyncio
import errno
import os
import re
import socket
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from ipaddress import IPv4Address, IPv4Network, IPv6Network, ip_address

import httpcore
import httpx

from engine.effects.local_targets import HOST_NAME, Address, LocalTargets
from engine.errors import SojournError
from engine.ports import DescriptorsUsedError

DEFAULT_PORTS = {"http": 80, "https": 443}

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Gives the addresses of a host name, as text."""

_LOCAL = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
"""The local addresses, which can be allowed; everything else below never is."""

_NEVER = tuple(
    IPv4Network(text)
    for text in (
        *("0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24"),
        *("192.88.99.0/24", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
    )
)
_LOCAL6 = (IPv6Network("::1/128"), IPv6Network("fc00::/7"))
_PUBLIC6 = IPv6Network("2000::/3")
_NEVER6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_NAT64 = IPv6Network("64:ff9b::/96")

_NUMERIC_LABEL = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)


class CallFaultError(SojournError):
    """A call that cannot be made, or that has no usable answer; as a text it is an English sentence."""

    def __str__(self) -> str:
        return self.sentence()


class ForbiddenTargetError(CallFaultError):
    """The URL or the address behind its host may not be called; the text gives the reason and the remedy."""


def check_url(text: str, allowed: LocalTargets) -> httpx.URL:
    """Parse a URL; raise ForbiddenTargetError if its form alone forbids it.

    ``allowed`` hosts may be IP addresses and have other ports. The address behind the name is checked on connecting.
    """
    if any(ord(mark) <= 0x20 or ord(mark) == 0x7F or mark == "\\" for mark in text):
        raise ForbiddenTargetError("call_url.characters")
    try:
        url = httpx.URL(text)
        host, port = url.raw_host.decode("ascii").lower(), url.port
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise ForbiddenTargetError("call_url") from None
    if url.scheme not in DEFAULT_PORTS:
        raise ForbiddenTargetError("call_url.scheme")
    if url.userinfo:
        raise ForbiddenTargetError("call_url.user")
    name, usual = host.rstrip("."), DEFAULT_PORTS[url.scheme]
    is_allowed = allowed.allow_host(name, usual if port is None else port)
    _check_host(name, is_allowed)
    if port not in (None, usual) and not is_allowed:
        raise ForbiddenTargetError("call_url.port", port=port, scheme=url.scheme)
    return url


def _check_host(name: str, is_allowed: bool) -> None:
    if not name:
        raise ForbiddenTargetError("call_url.no_host")
    if _is_ip_form(name):
        address = _parse_address(name.strip("[]"))
        if not is_allowed or address is None:
            raise ForbiddenTargetError("call_url.ip_address", host=name)
        check_address(address, is_allowed=is_allowed)
    elif not HOST_NAME.fullmatch(name):
        raise ForbiddenTargetError("call_url.host", host=repr(name))
    elif (name == "localhost" or name.endswith(".localhost")) and not is_allowed:
        raise ForbiddenTargetError("call_url.this_machine")


def _is_ip_form(name: str) -> bool:
    """Whether a resolver might read this host as an address: IPv6, or a last label that is a number."""
    return ":" in name or "[" in name or bool(_NUMERIC_LABEL.fullmatch(name.rpartition(".")[2]))


def _parse_address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def check_address(address: Address, *, is_allowed: bool) -> None:
    """Raise ForbiddenTargetError for an address that must not be connected to.

    With ``is_allowed`` it may be loopback or private; link-local, multicast and reserved ones are always refused.
    """
    if _is_public(address) or (is_allowed and _is_local(address)):
        return
    key = "call_url.local_address" if _is_local(address) else "call_url.address"
    raise ForbiddenTargetError(key, address=address)


def _embedded(address: Address) -> Address:
    """Return the IPv4 address inside a mapped or translated address, else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _is_local(address: Address) -> bool:
    address = _embedded(address)
    if isinstance(address, IPv4Address):
        return any(address in network for network in _LOCAL)
    return any(address in network for network in _LOCAL6)


def _is_public(address: Address) -> bool:
    address = _embedded(address)
    if isinstance(address, IPv4Address):
        return not any(address in network for network in (*_LOCAL, *_NEVER))
    return address in _PUBLIC6 and not any(address in network for network in _NEVER6)


def check_descriptors() -> None:
    """Raise DescriptorsUsedError if this process may open no more: then an error of a connection is its own."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise DescriptorsUsedError("descriptors_used") from None


async def resolve(host: str, port: int) -> list[str]:
    """Resolve a host name with the system's resolver, in its order; raise OSError if it has no address."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only, and to the ``allowed`` local ones."""

    def __init__(self, allowed: LocalTargets, resolver: Resolver = resolve) -> None:
        self._allowed = allowed
        self._resolve = resolver
        self._backend = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first checked address that answers."""
        failure: Exception = httpcore.ConnectError("The host has no address")
        for address in await self._addresses(host, port):
            try:
                return await self._backend.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _addresses(self, host: str, port: int) -> list[Address]:
        try:
            found = [ip_address(text) for text in await self._resolve(host, port)]
        except OSError as error:
            raise httpcore.ConnectError("The host name cannot be resolved") from error
        for address in found:
            check_address(address, is_allowed=self._allowed.allow_address(_embedded(address), host, port))
        return found

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refused: no URL of ours leads to a file."""
        raise ForbiddenTargetError("call_url.scheme")

    async def sleep(self, seconds: float) -> None:
        """Part of httpcore's interface."""
        await asyncio.sleep(seconds)


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
