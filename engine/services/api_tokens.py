"""Bearer tokens for the authoring API: each stands for a user, with that user's permissions or fewer, until it expires.

The vault keeps a digest; the token itself is shown once.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets as random
from collections.abc import Sequence
from hmac import compare_digest
from typing import NotRequired, TypedDict

from engine.errors import SojournError
from engine.ports import Runner, Secrets
from engine.services.access import ADMINISTER, ADMINISTRATOR, PERMISSIONS, SENDER, AccessService, Service
from engine.services.service_method import requires
from engine.services.views import ApiTokenRow, Caller
from engine.store import setting_queries
from engine.store.results import Connection

PREFIX = "api_tokens/"
DAY = 24 * 60 * 60 * 1_000
LONGEST = 3_650
"""Days a token may last."""

_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


class _StoredToken(TypedDict):
    actor: str
    digest: str
    expires: int
    permissions: NotRequired[Sequence[str]]


class ApiTokenService(Service):
    """Issues, lists and revokes tokens."""

    def __init__(self, runner: Runner[Connection], access: AccessService, secrets: Secrets) -> None:
        super().__init__(runner, access)
        self._secrets = secrets

    @requires(ADMINISTER)
    def issue(self, caller: Caller, name: str, actor: str, days: int = 90, permissions: Sequence[str] = ()) -> str:
        """Issue a token of that name for a user; an earlier one of the same name stops working.

        ``permissions`` narrow it down; none mean all that the user has.
        """
        if not _NAME.fullmatch(name) or not 1 <= days <= LONGEST or actor in ("", SENDER):
            raise SojournError("api_token.properties", longest=LONGEST)
        unknown = next((one for one in permissions if one not in PERMISSIONS), None)
        if unknown is not None:
            raise SojournError("permission", name=unknown, permissions=", ".join(PERMISSIONS))
        with self._runner.read() as connection:
            _, users = setting_queries.load_access(connection)
        if actor not in users and actor != ADMINISTRATOR:
            raise SojournError("user_unknown", name=actor)
        token = f"{name}.{random.token_urlsafe(32)}"
        expires = self._runner.clock.now() + days * DAY
        kept = {"actor": actor, "expires": expires, "digest": _digest(token), "permissions": list(permissions)}
        self._secrets.set(f"{PREFIX}{name}", json.dumps(kept))
        self._runner.write(lambda connection: self._access.record(connection, caller, "issue_api_token", name))
        return token

    @requires(ADMINISTER)
    def list(self, caller: Caller) -> tuple[ApiTokenRow, ...]:
        """All tokens, expired ones too."""
        names = [name.removeprefix(PREFIX) for name in self._secrets.names() if name.startswith(PREFIX)]
        found = ((name, self._find(name)) for name in names)
        return tuple(self._row(name, kept) for name, kept in found if kept is not None)

    def _row(self, name: str, kept: _StoredToken) -> ApiTokenRow:
        expired = kept["expires"] <= self._runner.clock.now()
        return ApiTokenRow(name, kept["actor"], tuple(kept.get("permissions", ())), kept["expires"], expired)

    @requires(ADMINISTER)
    def revoke(self, caller: Caller, name: str) -> None:
        """From now on the token of that name does not work."""
        if self._find(name) is None:
            raise SojournError("api_token_unknown", name=name)
        self._secrets.delete(f"{PREFIX}{name}")
        self._runner.write(lambda connection: self._access.record(connection, caller, "revoke_api_token", name))

    def bearer_of(self, token: str) -> tuple[str, tuple[str, ...]] | None:
        """Whom a token stands for and what it keeps to; None when it is unknown, revoked or expired."""
        kept = self._find(token.partition(".")[0])
        if kept is None or not compare_digest(kept["digest"], _digest(token)):
            return None
        living = kept["expires"] > self._runner.clock.now()
        return (str(kept["actor"]), tuple(kept.get("permissions", ()))) if living else None

    def _find(self, name: str) -> _StoredToken | None:
        kept = self._secrets.get(f"{PREFIX}{name}") if _NAME.fullmatch(name) else None
        known: _StoredToken | None = None if kept is None else json.loads(kept)
        return known


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
