"""Allowed hosts of outgoing calls (product.md, URLs), decided on the address that is then connected to.

A name is resolved once, every address it resolves to is checked, and the connection goes to a checked address: a
name that changes its mind between check and connection gains nothing. The ranges are our own, since the standard
library's ``is_global`` differs between Python versions.
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import httpcore
import httpx

DEFAULT_PORTS = {"http": 80, "https": 443}

Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Gives the addresses of a host name, as text."""

_LOCAL = tuple(
    IPv4Network(text) for text in ("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
)
"""What the setting "allow local endpoints" opens; everything else below stays shut."""

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
_HOST_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")


class ForbiddenTargetError(Exception):
    """The URL or the address behind its host may not be called; the text gives the reason and the remedy."""


def check_url(text: str, allow_local: bool) -> httpx.URL:
    """Parse a URL; raise ForbiddenTargetError if its form alone forbids it.

    ``allow_local`` also allows IP addresses and other ports. The address behind the name is checked on connecting.
    """
    if any(ord(mark) <= 0x20 or ord(mark) == 0x7F or mark == "\\" for mark in text):
        raise ForbiddenTargetError("The URL contains a space, a control character or a backslash; remove it")
    try:
        url = httpx.URL(text)
        host, port = url.raw_host.decode("ascii").lower(), url.port
    except (httpx.InvalidURL, UnicodeError, ValueError):
        raise ForbiddenTargetError("The URL cannot be read; write it like https://api.example.com/path") from None
    if url.scheme not in DEFAULT_PORTS:
        raise ForbiddenTargetError("The URL must begin with http:// or https://")
    if url.userinfo:
        raise ForbiddenTargetError("The URL contains a user name; use the authentication settings instead")
    _check_host(host, allow_local)
    if port not in (None, DEFAULT_PORTS[url.scheme]) and not allow_local:
        raise ForbiddenTargetError(f"Port {port} is not allowed; use the default port of {url.scheme}")
    return url


def _check_host(host: str, allow_local: bool) -> None:
    name = host.rstrip(".")
    if not name:
        raise ForbiddenTargetError("The URL has no host name")
    if _is_ip_form(name):
        address = _parse_address(name.strip("[]"))
        if not allow_local or address is None:
            raise ForbiddenTargetError(f"The host {name} is an IP address; use a host name")
        check_address(address, allow_local)
    elif not _HOST_NAME.fullmatch(name):
        raise ForbiddenTargetError(f"{name!r} is not a host name")
    elif (name == "localhost" or name.endswith(".localhost")) and not allow_local:
        raise ForbiddenTargetError("The host is this machine; local endpoints are not allowed in this workspace")


def _is_ip_form(name: str) -> bool:
    """Whether a resolver might read this host as an address: IPv6, or a last label that is a number."""
    return ":" in name or "[" in name or bool(_NUMERIC_LABEL.fullmatch(name.rpartition(".")[2]))


def _parse_address(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def check_address(address: Address, allow_local: bool) -> None:
    """Raise ForbiddenTargetError for an address that must not be connected to.

    ``allow_local`` opens loopback and private ranges; link-local, multicast and reserved ones stay shut.
    """
    if _is_public(address) or (allow_local and _is_local(address)):
        return
    advice = "; local endpoints are not allowed in this workspace" if _is_local(address) else ""
    raise ForbiddenTargetError(f"The host leads to the address {address}, which is not public{advice}")


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


async def resolve(host: str, port: int) -> list[str]:
    """Resolve a host name with the system's resolver, in its order; raise OSError if it has no address."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Connects to checked addresses only. One for each answer to "are local endpoints allowed"."""

    def __init__(self, allow_local: bool, resolver: Resolver = resolve) -> None:
        self._allow_local = allow_local
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
            check_address(address, self._allow_local)
        return found

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Refused: no URL of ours leads to a file."""
        raise ForbiddenTargetError("Unix sockets cannot be called")

    async def sleep(self, seconds: float) -> None:
        """Part of httpcore's interface."""
        await asyncio.sleep(seconds)
