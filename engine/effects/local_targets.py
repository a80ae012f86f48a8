"""Local hosts and networks that calls may reach: the settings ``allow_local_endpoints`` and ``allowed_hosts``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

ALLOW_LOCAL = "allow_local_endpoints"
ALLOWED_HOSTS = "allowed_hosts"
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

HOST_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_SEPARATORS = re.compile(r"[\s,;]+")
_ENTRY = re.compile(r"(\[[0-9a-f:.]+\]|[^:\[\]]+)(?::([0-9]{1,5}))?")
_LAST_PORT = 65_535


@dataclass(frozen=True, slots=True)
class LocalTargets:
    """What calls may reach besides public hosts: ``everything`` that is local, or single hosts and networks.

    A host has a port, or None for any. An allowed host may be an IP address, have any address of a private network, and
    another port than usual; so may an IP address in an allowed network.
    """

    everything: bool = False
    hosts: frozenset[tuple[str, int | None]] = frozenset()
    networks: tuple[Network, ...] = ()

    def allow_host(self, host: str, port: int) -> bool:
        """Whether a host is allowed by its name, or as an address in an allowed network."""
        name = host.strip("[]")
        if self.everything or not self.hosts.isdisjoint(((name, port), (name, None))):
            return True
        try:
            return self._includes(ip_address(name))
        except ValueError:
            return False

    def allow_address(self, address: Address, host: str, port: int) -> bool:
        """Whether a call to a host may be connected to this local address."""
        return self.allow_host(host, port) or self._includes(address)

    def _includes(self, address: Address) -> bool:
        return any(address in network for network in self.networks)


NOTHING_LOCAL, ALL_LOCAL = LocalTargets(), LocalTargets(everything=True)


@lru_cache(64)
def read_allowed_hosts(text: str) -> LocalTargets:
    """Read names, IP addresses, ``host:port`` and networks; raise ValueError with the entry that is none of these."""
    hosts, networks = set[tuple[str, int | None]](), list[Network]()
    for entry in filter(None, _SEPARATORS.split(text.lower())):
        try:
            if "/" in entry:
                networks.append(ip_network(entry, strict=False))
            else:
                hosts.add(_read_host(entry))
        except ValueError:
            raise ValueError(entry) from None
    return LocalTargets(False, frozenset(hosts), tuple(networks))


def _read_host(entry: str) -> tuple[str, int | None]:
    if entry.count(":") > 1 and not entry.startswith("["):
        return str(ip_address(entry)), None
    found = _ENTRY.fullmatch(entry)
    if found is None:
        raise ValueError(entry)
    name, port = found[1].strip("[]"), int(found[2]) if found[2] else None
    if entry.startswith("["):
        name = str(ip_address(name))
    if (not HOST_NAME.fullmatch(name) and ":" not in name) or not 0 < (1 if port is None else port) <= _LAST_PORT:
        raise ValueError(entry)
    return name, port


def local_targets(setting: Callable[[str], object]) -> LocalTargets:
    """Return what the settings of a sandbox allow."""
    return ALL_LOCAL if setting(ALLOW_LOCAL) else read_allowed_hosts(str(setting(ALLOWED_HOSTS)))
