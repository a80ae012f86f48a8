"""Users, their passwords, product profiles and API tokens (product.md, Access).

A token of the authoring API stands for a user, with that user's permissions or fewer, until it expires. The vault keeps
a digest; the token itself is shown once.
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
from engine.services.access import (
    ADMINISTER,
    ADMINISTRATOR,
    ADMINISTRATORS,
    BUILT_IN,
    PERMISSIONS,
    SENDER,
    AccessService,
    Service,
    every_sandbox,
)
from engine.services.service_method import ANY_PERMISSION, requires
from engine.services.sessions import PasswordChecker, digest_of
from engine.services.views import ApiTokenRow, Caller, ProductProfileRow, UserRow
from engine.store import access_queries
from engine.store.access_queries import StoredUser
from engine.store.results import Connection

_TOKEN_PREFIX = "api_tokens/"
DAY = 24 * 60 * 60 * 1_000
LONGEST_DAYS = 3_650
"""Days a token may last."""

_TOKEN_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")


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
        if not _TOKEN_NAME.fullmatch(name) or not 1 <= days <= LONGEST_DAYS or actor in ("", SENDER):
            raise SojournError("api_token.properties", longest=LONGEST_DAYS)
        unknown = next((one for one in permissions if one not in PERMISSIONS), None)
        if unknown is not None:
            raise SojournError("permission", name=unknown, permissions=", ".join(PERMISSIONS))
        with self._runner.read() as connection:
            _, users = access_queries.load_access(connection)
        if actor not in users and actor != ADMINISTRATOR:
            raise SojournError("user_unknown", name=actor)
        token = f"{name}.{random.token_urlsafe(32)}"
        expires = self._runner.clock.now() + days * DAY
        kept = {"actor": actor, "expires": expires, "digest": _token_digest(token), "permissions": list(permissions)}
        self._secrets.set(f"{_TOKEN_PREFIX}{name}", json.dumps(kept))
        self._runner.write(
            lambda connection: self._access.record_workspace(connection, caller, "issue_api_token", name)
        )
        return token

    @requires(ADMINISTER)
    def list(self, caller: Caller) -> tuple[ApiTokenRow, ...]:
        """All tokens, expired ones too."""
        names = [name.removeprefix(_TOKEN_PREFIX) for name in self._secrets.names() if name.startswith(_TOKEN_PREFIX)]
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
        self._secrets.delete(f"{_TOKEN_PREFIX}{name}")
        self._runner.write(
            lambda connection: self._access.record_workspace(connection, caller, "revoke_api_token", name)
        )

    def bearer_of(self, token: str) -> tuple[str, tuple[str, ...]] | None:
        """Whom a token stands for and what it keeps to; None when it is unknown, revoked or expired."""
        kept = self._find(token.partition(".")[0])
        if kept is None or not compare_digest(kept["digest"], _token_digest(token)):
            return None
        living = kept["expires"] > self._runner.clock.now()
        return (str(kept["actor"]), tuple(kept.get("permissions", ()))) if living else None

    def _find(self, name: str) -> _StoredToken | None:
        kept = self._secrets.get(f"{_TOKEN_PREFIX}{name}") if _TOKEN_NAME.fullmatch(name) else None
        known: _StoredToken | None = None if kept is None else json.loads(kept)
        return known


def _token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


_NAME = re.compile(r"[^\x00-\x1f\x7f/\s](?:[^\x00-\x1f\x7f/]{0,98}[^\x00-\x1f\x7f/\s])?")
_BUILT_IN_NAMES = frozenset(profile.name for profile in BUILT_IN)


class UserService(Service):
    """Keeps users and product profiles."""

    def __init__(
        self, runner: Runner[Connection], access: AccessService, tokens: ApiTokenService, passwords: PasswordChecker
    ) -> None:
        super().__init__(runner, access)
        self._tokens = tokens
        self._passwords = passwords

    # Users ------------------------------------------------------------------------------------------------------

    @requires(ADMINISTER)
    def list(self, caller: Caller) -> tuple[UserRow, ...]:
        """All users, the administrator first."""
        with self._runner.read() as connection:
            _, users = access_queries.load_access(connection)
        users.setdefault(ADMINISTRATOR, StoredUser(None, ()))
        rows = (
            UserRow(name, _held(name, row.product_profiles), row.password is not None) for name, row in users.items()
        )
        return tuple(sorted(rows, key=lambda row: (row.name != ADMINISTRATOR, row.name)))

    @requires(ADMINISTER)
    def put(self, caller: Caller, name: str, product_profiles: Sequence[str]) -> None:
        """Create a user or change its product profiles; a password stays as it is."""
        if name == SENDER:
            raise SojournError("user_name.sender", sender=SENDER)
        if not _NAME.fullmatch(name):
            raise SojournError("user_name")

        def work(connection: Connection) -> None:
            custom, users = access_queries.load_access(connection)
            for profile in product_profiles:
                if profile not in custom and profile not in _BUILT_IN_NAMES:
                    raise _no_profile(profile)
            password = users[name].password if name in users else None
            access_queries.put_user(connection, name, password, tuple(product_profiles))
            self._access.record_workspace(connection, caller, "put_user", name)

        self._runner.write(work)

    @requires(ADMINISTER)
    def remove(self, caller: Caller, name: str) -> None:
        """Remove a user, whose sessions and API tokens end; the administrator stays."""
        if name == ADMINISTRATOR:
            raise SojournError("user_name.administrator", administrator=ADMINISTRATOR)

        def work(connection: Connection) -> None:
            if not access_queries.remove_user(connection, name):
                raise _no_user(name)
            access_queries.end_other_sessions(connection, name)
            self._access.record_workspace(connection, caller, "remove_user", name)

        # First the tokens: one that outlived its user would work again for the next of that name.
        for token in self._tokens.list(caller):
            if token.actor == name:
                self._tokens.revoke(caller, token.name)
        self._runner.write(work)

    # Passwords --------------------------------------------------------------------------------------------------

    @requires(ANY_PERMISSION)
    def set_password(self, caller: Caller, name: str, password: str, current: str = "") -> None:
        """Give a user a password: an administrator anyone, everyone themselves; other sessions of the user end.

        In a studio, a user who has one already confirms it with the ``current`` one.
        """
        if caller.actor != name:
            self._access.require(caller, ADMINISTER)
        elif caller.session:
            self._check_current(caller, current)
        digest = self._passwords.hash(password)

        def work(connection: Connection) -> None:
            _, users = access_queries.load_access(connection)
            if name not in users and name != ADMINISTRATOR:
                raise _no_user(name)
            profiles = users[name].product_profiles if name in users else ()
            access_queries.put_user(connection, name, digest, profiles)
            access_queries.end_other_sessions(connection, name, digest_of(caller.session))
            self._access.record_workspace(connection, caller, "set_password", name)

        self._runner.write(work)

    def _check_current(self, caller: Caller, current: str) -> None:
        name = caller.actor
        with self._runner.read() as connection:
            _, users = access_queries.load_access(connection)
        kept = users[name].password if name in users else None
        if kept is not None and not self._passwords.check(name, kept, current, self._runner.clock.now()):
            self._runner.write(lambda connection: self._access.record_refusal(connection, caller, "set_password", name))
            raise SojournError("password_current")

    # Product profiles -------------------------------------------------------------------------------------------

    @requires(ADMINISTER)
    def profiles(self, caller: Caller) -> tuple[ProductProfileRow, ...]:
        """All product profiles, the built-in ones first."""
        with self._runner.read() as connection:
            custom, users = access_queries.load_access(connection)
        users.setdefault(ADMINISTRATOR, StoredUser(None, ()))
        holders: dict[str, list[str]] = {}
        for user, row in sorted(users.items()):
            for name in _held(user, row.product_profiles):
                holders.setdefault(name, []).append(user)
        built_in = [(profile.name, profile.permissions, profile.sandboxes, True) for profile in BUILT_IN]
        others = [(name, row.permissions, row.sandboxes, False) for name, row in sorted(custom.items())]
        return tuple(ProductProfileRow(*row, tuple(holders.get(row[0], ()))) for row in (*built_in, *others))

    @requires(ADMINISTER)
    def put_profile(self, caller: Caller, name: str, permissions: Sequence[str], sandboxes: Sequence[str] = ()) -> None:
        """Create or change a product profile; no sandboxes mean all."""
        if name in _BUILT_IN_NAMES:
            raise SojournError("product_profile.built_in", name=name)
        if not _NAME.fullmatch(name):
            raise SojournError("product_profile.name")
        unknown = next((one for one in permissions if one not in PERMISSIONS), None)
        if unknown is not None:
            raise SojournError("permission", name=unknown, permissions=", ".join(PERMISSIONS))

        def work(connection: Connection) -> None:
            known = every_sandbox(connection)
            strange = next((one for one in sandboxes if one not in known), None)
            if strange is not None:
                raise SojournError("sandbox_unknown.choice", name=strange)
            access_queries.put_product_profile(connection, name, tuple(permissions), tuple(sandboxes))
            self._access.record_workspace(connection, caller, "put_product_profile", name)

        self._runner.write(work)

    @requires(ADMINISTER)
    def remove_profile(self, caller: Caller, name: str) -> None:
        """Delete a product profile without users."""

        def work(connection: Connection) -> None:
            _, users = access_queries.load_access(connection)
            holder = next((user for user, row in users.items() if name in row.product_profiles), None)
            if holder is not None:
                raise SojournError("product_profile.held", holder=holder, name=name)
            if not access_queries.remove_product_profile(connection, name):
                raise _no_profile(name)
            self._access.record_workspace(connection, caller, "remove_product_profile", name)

        self._runner.write(work)


def _held(user: str, product_profiles: Sequence[str]) -> tuple[str, ...]:
    """Return a user's product profiles; the administrator is always one of the Administrators."""
    missing = user == ADMINISTRATOR and ADMINISTRATORS not in product_profiles
    return (*((ADMINISTRATORS,) if missing else ()), *product_profiles)


def _no_user(name: str) -> SojournError:
    return SojournError("user_unknown", name=name)


def _no_profile(name: str) -> SojournError:
    return SojournError("product_profile.unknown", name=name)
