"""The suppression list of a sandbox: addresses that get no messages, by channel."""

from __future__ import annotations

from collections.abc import Sequence

from engine.core.consent import STATED
from engine.errors import SojournError
from engine.model.channel import CHANNELS
from engine.services.access import MANAGE_DEFINITIONS, READ_DEFINITIONS, Service
from engine.services.address_files import is_address
from engine.services.service_method import requires
from engine.services.views import Caller, SuppressionPage, SuppressionRow
from engine.store import runtime_queries, suppression_queries
from engine.store.results import Connection

MAX_ADDRESSES = 10_000
"""How many addresses are added at once."""


class SuppressionService(Service):
    """See the module."""

    @requires(READ_DEFINITIONS)
    def list(self, caller: Caller, search: str = "", limit: int = 100, offset: int = 0) -> SuppressionPage:
        """List the addresses of the list that contain ``search``, newest first."""
        with self._runner.read() as connection:
            total, rows = suppression_queries.list_suppressed(connection, caller.sandbox, search, limit, offset)
        return SuppressionPage(total, tuple(SuppressionRow(*row) for row in rows))

    @requires(MANAGE_DEFINITIONS)
    def add(self, caller: Caller, channel: str, addresses: Sequence[str]) -> int:
        """Put addresses on the list; how many were not on it before. One that is impossible refuses all."""
        _check_channel(channel)
        if len(addresses) > MAX_ADDRESSES:
            raise SojournError("suppression_many", largest=MAX_ADDRESSES)
        for number, address in enumerate(addresses, 1):
            if not address.strip():
                raise SojournError("suppression_address")
            if not is_address(channel, address):
                raise SojournError("suppression_impossible", number=number, channel=channel)
        now = self._runner.clock.now()

        def work(connection: Connection) -> int:
            new = 0
            for address in addresses:
                new += runtime_queries.suppress(connection, caller.sandbox, channel, address, STATED, now)
            self._access.record(connection, caller, "add_suppression", channel)
            return new

        return self._runner.write(work)

    @requires(MANAGE_DEFINITIONS)
    def remove(self, caller: Caller, channel: str, addresses: str | Sequence[str]) -> None:
        """Take an address, or several, off the list: all or none."""
        _check_channel(channel)
        chosen = (addresses,) if isinstance(addresses, str) else addresses

        def work(connection: Connection) -> None:
            for address in chosen:
                if not suppression_queries.remove_suppressed(connection, caller.sandbox, channel, address):
                    raise SojournError("suppression_unknown", channel=channel, address=address.strip()[:80])
            self._access.record(connection, caller, "remove_suppression", channel)

        self._runner.write(work)


def _check_channel(channel: str) -> None:
    if channel not in CHANNELS:
        raise SojournError("suppression_channel", name=channel, values=tuple(CHANNELS))
