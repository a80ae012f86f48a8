"""The suppression list of a sandbox: addresses that get no messages, by channel."""

from __future__ import annotations

from collections.abc import Sequence

from engine.core.consent import STATED
from engine.errors import SojournError
from engine.model.channel import CHANNELS
from engine.services.access import MANAGE_DEFINITIONS, READ_DEFINITIONS, Service
from engine.services.service_method import requires
from engine.services.views import Caller, SuppressionPage, SuppressionRow
from engine.store import runtime_queries, suppression_queries
from engine.store.results import Connection

MAX_ADDRESSES = 10_000


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
        """Put addresses on the list; how many were not on it before."""
        _check_channel(channel)
        if not all(address.strip() for address in addresses):
            raise SojournError("suppression_address")
        now = self._runner.clock.now()

        def work(connection: Connection) -> int:
            new = 0
            for address in addresses:
                if not runtime_queries.is_suppressed(connection, caller.sandbox, channel, address):
                    runtime_queries.suppress(connection, caller.sandbox, channel, address, STATED, now)
                    new += 1
            self._access.record(connection, caller, "add_suppression", channel)
            return new

        return self._runner.write(work)

    @requires(MANAGE_DEFINITIONS)
    def remove(self, caller: Caller, channel: str, address: str) -> None:
        """Take an address off the list."""
        _check_channel(channel)

        def work(connection: Connection) -> None:
            if not suppression_queries.remove_suppressed(connection, caller.sandbox, channel, address):
                raise SojournError("suppression_unknown", channel=channel)
            self._access.record(connection, caller, "remove_suppression", channel)

        self._runner.write(work)


def _check_channel(channel: str) -> None:
    if channel not in CHANNELS:
        raise SojournError("suppression_channel", name=channel, values=tuple(CHANNELS))
