"""Inlets: where senders post events, and the tokens that authenticate them."""

from __future__ import annotations

import re
import secrets as random
from hmac import compare_digest

from engine.errors import SojournError
from engine.ports import Runner, Secrets
from engine.services.access import ADMINISTER, READ_DEFINITIONS, AccessService, Service
from engine.services.service_method import requires
from engine.services.views import Caller, InletRow
from engine.store import setting_queries
from engine.store.results import Connection
from engine.store.setting_queries import StoredInlet

MAIN_INLET = "main"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}")


class InletService(Service):
    """Keeps inlets. ``address`` is where the engine listens, '' while it does not."""

    def __init__(self, runner: Runner[Connection], access: AccessService, secrets: Secrets) -> None:
        super().__init__(runner, access)
        self._secrets = secrets
        self.address = "http://127.0.0.1:8170"

    @requires(READ_DEFINITIONS)
    def list(self, caller: Caller) -> tuple[InletRow, ...]:
        """List the inlets of the sandbox."""
        with self._runner.read() as connection:
            rows = setting_queries.inlet_rows(connection, caller.sandbox)
        return tuple(self._view(row) for row in rows)

    @requires(ADMINISTER)
    def token(self, caller: Caller, name: str = MAIN_INLET) -> str:
        """Return the bearer token of an inlet."""
        if name not in {row.name for row in self.list(caller)}:
            raise SojournError("inlet_unknown", name=name)
        token = self._secrets.get(_secret(name))
        return token if token is not None else self._new_token(name)

    @requires(ADMINISTER)
    def create(self, caller: Caller, name: str, *, requires_token: bool = True) -> InletRow:
        """Create an inlet with a token of its own."""
        if not _NAME.fullmatch(name):
            raise SojournError("inlet_name")
        return self._put(caller, name, requires_token=requires_token, is_open=True)

    @requires(ADMINISTER)
    def change(self, caller: Caller, name: str, *, requires_token: bool = True, is_open: bool = True) -> InletRow:
        """Open or close an inlet, or let it go without a token."""
        if name not in {row.name for row in self.list(caller)}:
            raise SojournError("inlet_unknown", name=name)
        return self._put(caller, name, requires_token=requires_token, is_open=is_open)

    def _put(self, caller: Caller, name: str, *, requires_token: bool, is_open: bool) -> InletRow:
        def work(connection: Connection) -> None:
            setting_queries.put_inlet(connection, name, caller.sandbox, requires_token=requires_token, is_open=is_open)
            self._access.record(connection, caller, "put_inlet", name)

        self._runner.write(work)
        return next(row for row in self.list(caller) if row.name == name)

    def authenticate(self, name: str, token: str | None) -> str:
        """Return the sandbox of an inlet for a sender with this token.

        Raises SojournError ``inlet_unknown``, ``inlet_closed`` or ``inlet_token``.
        """
        with self._runner.read() as connection:
            row = next((row for row in setting_queries.inlet_rows(connection) if row.name == name), None)
        if row is None:
            raise SojournError("inlet_unknown.address", name=name)
        if row.requires_token:
            expected = self._secrets.get(_secret(name)) or self._new_token(name)
            if token is None or not compare_digest(token.encode(), expected.encode()):
                raise SojournError("inlet_token")
        if not row.open:
            raise SojournError("inlet_closed", name=name)
        return str(row.sandbox)

    def _new_token(self, name: str) -> str:
        token = random.token_urlsafe(24)
        self._secrets.set(_secret(name), token)
        return token

    def _view(self, row: StoredInlet) -> InletRow:
        url = f"{self.address}/collection/{row.name}"
        return InletRow(row.name, row.sandbox, url, bool(row.requires_token), bool(row.open))


def _secret(name: str) -> str:
    return f"inlet/{name}"
