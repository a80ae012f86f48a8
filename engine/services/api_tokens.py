"""Bearer tokens for the authoring API: each stands for a user, with that user's permissions, until it expires.

The vault keeps a digest; the token itself is shown once.
"""

from __future__ import annotations

import hashlib
import json
import secrets as random
from hmac import compare_digest

from engine.errors import SojournError
from engine.ports import Runner, Secrets
from engine.services.access import ADMINISTER, Access
from engine.services.views import Caller

PREFIX = "api_tokens/"
DAY = 24 * 60 * 60 * 1_000


class ApiTokenService:
    """Issues, lists and revokes tokens."""

    def __init__(self, runner: Runner, access: Access, secrets: Secrets) -> None:
        self._runner = runner
        self._access = access
        self._secrets = secrets

    def issue(self, caller: Caller, name: str, actor: str, days: int = 90) -> str:
        """A new token of that name for this user; one of the same name stops working."""
        self._access.require(caller, ADMINISTER)
        if not name.isidentifier() or days < 1:
            raise SojournError("api_token", "an API token has a name of letters, digits and _, and lasts a day or more")
        token = f"{name}.{random.token_urlsafe(32)}"
        expires = self._runner.clock.now() + days * DAY
        kept = {"actor": actor, "expires": expires, "digest": _digest(token)}
        self._secrets.set(f"{PREFIX}{name}", json.dumps(kept))
        self._runner.write(lambda connection: self._access.record(connection, caller, "issue_api_token", name))
        return token

    def names(self, caller: Caller) -> tuple[str, ...]:
        """The names of all tokens."""
        self._access.require(caller, ADMINISTER)
        return tuple(name.removeprefix(PREFIX) for name in self._secrets.names() if name.startswith(PREFIX))

    def revoke(self, caller: Caller, name: str) -> None:
        """From now on the token of that name does not work."""
        self._access.require(caller, ADMINISTER)
        self._secrets.delete(f"{PREFIX}{name}")
        self._runner.write(lambda connection: self._access.record(connection, caller, "revoke_api_token", name))

    def user_of(self, token: str) -> str | None:
        """Whom a token stands for; None when it is unknown, revoked or expired."""
        name = token.partition(".")[0]
        kept = self._secrets.get(f"{PREFIX}{name}")
        if kept is None:
            return None
        known = json.loads(kept)
        living = known["expires"] > self._runner.clock.now()
        return str(known["actor"]) if living and compare_digest(known["digest"], _digest(token)) else None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
