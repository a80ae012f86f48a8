"""The sandboxes of a workspace: ``prod``, and any number of others, each with objects of its own."""

from __future__ import annotations

import re

from engine.errors import SojournError
from engine.services.access import ADMINISTER, Service
from engine.services.service_method import PUBLIC, requires
from engine.services.views import Caller
from engine.store import definition_queries, setting_queries
from engine.store.results import Connection

PRODUCTION = "prod"
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


def every_sandbox(connection: Connection) -> frozenset[str]:
    """Return the names of all sandboxes."""
    return frozenset(
        {*setting_queries.sandbox_names(connection), *definition_queries.sandboxes(connection), PRODUCTION}
    )


class SandboxService(Service):
    """Lists sandboxes and adds them."""

    @requires(PUBLIC)
    def list(self, caller: Caller) -> tuple[str, ...]:
        """List the sandboxes in which the caller has any permission, ``prod`` first."""
        with self._runner.read() as connection:
            found = every_sandbox(connection)
        mine = (name for name in found if self._access.permissions(Caller(caller.actor, name, caller.only)))
        return tuple(sorted(mine, key=lambda name: (name != PRODUCTION, name)))

    @requires(ADMINISTER)
    def add(self, caller: Caller, name: str) -> None:
        """Create an empty sandbox."""
        if not _NAME.fullmatch(name):
            raise SojournError("sandbox_name")

        def work(connection: Connection) -> None:
            if name == PRODUCTION or name in setting_queries.sandbox_names(connection):
                raise SojournError("sandbox_name.taken", name=name)
            setting_queries.add_sandbox(connection, name)
            self._access.record(connection, caller, "add_sandbox", name)

        self._runner.write(work)
