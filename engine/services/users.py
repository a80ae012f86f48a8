"""Users, their passwords and product profiles (product.md, Access).

A workspace begins with one administrator and no password: whoever may open its files may do everything. Once the
administrator has a password, the studio asks who is there. Passwords are kept as Argon2id hashes.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import SojournError
from engine.ports import Connection, Runner
from engine.services.access import (
    ADMINISTER,
    ADMINISTRATOR,
    ADMINISTRATORS,
    BUILT_IN,
    PERMISSIONS,
    SENDER,
    Access,
)
from engine.services.api_tokens import ApiTokenService
from engine.services.views import Caller, ProductProfileRow, UserRow
from engine.store import setting_rows

SHORTEST_PASSWORD = 8
LONGEST_PASSWORD = 1_024
MISSES = 5
"""Wrong passwords in a row before a user has to wait."""

PAUSE = 30_000
"""Milliseconds of that wait."""

_REMEMBERED = 1_000
"""Names whose wrong passwords are counted, the latest."""

_NAME = re.compile(r"[^\x00-\x1f\x7f/\s](?:[^\x00-\x1f\x7f/]{0,98}[^\x00-\x1f\x7f/\s])?")
_BUILT_IN_NAMES = frozenset(profile.name for profile in BUILT_IN)


class UserService:
    """Keeps users and product profiles, and says who may sign in."""

    def __init__(
        self, runner: Runner, access: Access, tokens: ApiTokenService, hasher: PasswordHasher | None = None
    ) -> None:
        self._runner = runner
        self._access = access
        self._tokens = tokens
        self._hasher = hasher or PasswordHasher()
        self._nobody: str | None = None
        self._misses: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    # Users ------------------------------------------------------------------------------------------------------

    def list(self, caller: Caller) -> tuple[UserRow, ...]:
        """All users, the administrator first."""
        self._access.require(caller, ADMINISTER)
        with self._runner.read() as connection:
            _, users = setting_rows.load_access(connection)
        users.setdefault(ADMINISTRATOR, {"product_profiles": (), "password": None})
        rows = (
            UserRow(name, _held(name, row["product_profiles"]), row["password"] is not None)
            for name, row in users.items()
        )
        return tuple(sorted(rows, key=lambda row: (row.name != ADMINISTRATOR, row.name)))

    def put(self, caller: Caller, name: str, product_profiles: Sequence[str]) -> None:
        """Create a user or change its product profiles; a password stays as it is."""
        self._access.require(caller, ADMINISTER)
        if name == SENDER:
            raise SojournError("user_name", f"the name {SENDER} stands for senders; choose another")
        if not _NAME.fullmatch(name):
            raise SojournError("user_name", "a user's name is 1 to 100 characters without a slash; choose another")

        def work(connection: Connection) -> None:
            custom, users = setting_rows.load_access(connection)
            for profile in product_profiles:
                if profile not in custom and profile not in _BUILT_IN_NAMES:
                    raise _no_profile(profile)
            password = users[name]["password"] if name in users else None
            setting_rows.put_user(connection, name, password, tuple(product_profiles))
            self._access.record(connection, caller, "put_user", name)

        self._runner.write(work)

    def remove(self, caller: Caller, name: str) -> None:
        """A user who may not come back, and whose API tokens work no more; the administrator stays."""
        self._access.require(caller, ADMINISTER)
        if name == ADMINISTRATOR:
            raise SojournError("user_name", f"the user {ADMINISTRATOR} stays; give it a password instead")

        def work(connection: Connection) -> None:
            if not setting_rows.remove_user(connection, name):
                raise _no_user(name)
            self._access.record(connection, caller, "remove_user", name)

        # First the tokens: one that outlived its user would work again for the next of that name.
        for token in self._tokens.list(caller):
            if token.actor == name:
                self._tokens.revoke(caller, token.name)
        self._runner.write(work)

    # Passwords --------------------------------------------------------------------------------------------------

    def set_password(self, caller: Caller, name: str, password: str) -> None:
        """Give a user a password: an administrator anyone, everyone themselves."""
        if caller.actor != name:
            self._access.require(caller, ADMINISTER)
        else:
            self._access.require_any(caller)
        if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
            sentence = f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters; choose another"
            raise SojournError("password_length", sentence)
        digest = self._hasher.hash(password)

        def work(connection: Connection) -> None:
            _, users = setting_rows.load_access(connection)
            if name not in users and name != ADMINISTRATOR:
                raise _no_user(name)
            profiles = users[name]["product_profiles"] if name in users else ()
            setting_rows.put_user(connection, name, digest, profiles)
            self._access.record(connection, caller, "set_password", name)

        self._runner.write(work)

    def needs_sign_in(self, caller: Caller) -> bool:
        """Whether the studio must ask who is there: the administrator has a password."""
        with self._runner.read() as connection:
            _, users = setting_rows.load_access(connection)
        return ADMINISTRATOR in users and users[ADMINISTRATOR]["password"] is not None

    def sign_in(self, caller: Caller, password: str) -> frozenset[str]:
        """What the caller may do in its sandbox, once its password is right; raises SojournError ``sign_in``."""
        now = self._runner.clock.now()
        self._check_pause(caller.actor, now)
        with self._runner.read() as connection:
            _, users = setting_rows.load_access(connection)
        known = users.get(caller.actor)
        if not self._matches(known["password"] if known else None, password):
            self._missed(caller, now)
            raise SojournError("sign_in", "the name or the password is wrong; try again or ask an administrator")
        with self._lock:
            self._misses.pop(caller.actor, None)
        self._runner.write(lambda connection: self._access.record(connection, caller, "sign_in", caller.actor))
        return self._access.permissions(caller)

    def _missed(self, caller: Caller, now: int) -> None:
        with self._lock:
            count, _ = self._misses.pop(caller.actor, (0, 0))
            self._misses[caller.actor] = (count + 1, now)
            while len(self._misses) > _REMEMBERED:
                self._misses.pop(next(iter(self._misses)))
        self._runner.write(lambda connection: self._access.record_refusal(connection, caller, "sign_in", caller.actor))

    def _check_pause(self, name: str, now: int) -> None:
        count, last = self._misses.get(name, (0, 0))
        if count >= MISSES and now < last + PAUSE:
            raise SojournError(
                "sign_in_pause", f"too many wrong passwords; wait {PAUSE // 1_000} seconds and try again"
            )

    def _matches(self, digest: str | None, password: str) -> bool:
        """Takes as long for a name that nobody has, so that names cannot be told apart."""
        if self._nobody is None:
            self._nobody = self._hasher.hash("")
        try:
            self._hasher.verify(digest or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return digest is not None

    # Product profiles -------------------------------------------------------------------------------------------

    def profiles(self, caller: Caller) -> tuple[ProductProfileRow, ...]:
        """All product profiles, the built-in ones first."""
        self._access.require(caller, ADMINISTER)
        with self._runner.read() as connection:
            custom, users = setting_rows.load_access(connection)
        users.setdefault(ADMINISTRATOR, {"product_profiles": ()})
        holders: dict[str, list[str]] = {}
        for user, row in sorted(users.items()):
            for name in _held(user, row["product_profiles"]):
                holders.setdefault(name, []).append(user)
        built_in = [(profile.name, profile.permissions, profile.sandboxes, True) for profile in BUILT_IN]
        others = [(name, row["permissions"], row["sandboxes"], False) for name, row in sorted(custom.items())]
        return tuple(ProductProfileRow(*row, tuple(holders.get(row[0], ()))) for row in (*built_in, *others))

    def put_profile(self, caller: Caller, name: str, permissions: Sequence[str], sandboxes: Sequence[str] = ()) -> None:
        """Create or change a product profile; no sandboxes mean all."""
        self._access.require(caller, ADMINISTER)
        if name in _BUILT_IN_NAMES:
            raise SojournError("product_profile", f"{name} is built in and stays as it is; make one of your own")
        if not _NAME.fullmatch(name):
            raise SojournError("product_profile", "a product profile's name is 1 to 100 characters; choose another")
        unknown = next((one for one in permissions if one not in PERMISSIONS), None)
        if unknown is not None:
            raise SojournError("permission", f"there is no permission {unknown}; use {', '.join(PERMISSIONS)}")

        def work(connection: Connection) -> None:
            setting_rows.put_product_profile(connection, name, tuple(permissions), tuple(sandboxes))
            self._access.record(connection, caller, "put_product_profile", name)

        self._runner.write(work)

    def remove_profile(self, caller: Caller, name: str) -> None:
        """Delete a product profile that nobody has."""
        self._access.require(caller, ADMINISTER)

        def work(connection: Connection) -> None:
            _, users = setting_rows.load_access(connection)
            holder = next((user for user, row in users.items() if name in row["product_profiles"]), None)
            if holder is not None:
                raise SojournError("product_profile", f"{holder} has the product profile {name}; give another first")
            if not setting_rows.remove_product_profile(connection, name):
                raise _no_profile(name)
            self._access.record(connection, caller, "remove_product_profile", name)

        self._runner.write(work)


def _held(user: str, product_profiles: Sequence[str]) -> tuple[str, ...]:
    """A user's product profiles; the administrator is always one of the Administrators."""
    missing = user == ADMINISTRATOR and ADMINISTRATORS not in product_profiles
    return (*((ADMINISTRATORS,) if missing else ()), *product_profiles)


def _no_user(name: str) -> SojournError:
    return SojournError("user_unknown", f"there is no user {name}; user list shows them")


def _no_profile(name: str) -> SojournError:
    return SojournError("product_profile", f"there is no product profile {name}; product-profile list shows them")
