"""Sign-in: passwords, and the sessions of studio users, authenticated and stored by the engine (product.md, Access).

A workspace begins with one administrator and no password: a user who may open its files may do everything, and every
studio is the administrator's. Once the administrator has a password, a studio asks for name and password. It sends its
session with each call; the engine takes the caller from the session, not from the call. Sessions outlive the engine's
process, so that a studio goes on when it is started anew. Passwords are kept as Argon2id hashes.
"""

from __future__ import annotations

import hashlib
import secrets as random
import threading
from collections.abc import Mapping
from dataclasses import replace

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from engine.errors import SojournError
from engine.ports import Runner
from engine.services.access import (
    ADMINISTER,
    ADMINISTRATOR,
    PRODUCTION,
    WORKSPACE,
    AccessService,
    SandboxService,
    Service,
)
from engine.services.service_method import PUBLIC, requires
from engine.services.views import SIGN_IN_NEEDED, Caller, SessionState
from engine.store import access_queries, journey_queries
from engine.store.access_queries import StoredSession, StoredUser
from engine.store.results import Connection

SHORTEST = 8
LONGEST = 1_024
FREE = 3
"""Wrong passwords in a row for one name before it has to wait."""

FIRST_PAUSE, LONGEST_PAUSE = 1_000, 300_000
"""Milliseconds of the first wait and of the longest; each is twice as long as the one before."""

_REMEMBERED = 1_000
"""Names whose wrong passwords are counted, the latest."""


class PasswordChecker:
    """Makes hashes, and compares with them."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody: str | None = None
        self._misses: dict[str, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def hash(self, password: str) -> str:
        """Hash a password; raises SojournError for one that is too short or too long."""
        if not SHORTEST <= len(password) <= LONGEST:
            raise SojournError("password_length", shortest=SHORTEST, longest=LONGEST)
        return self._hasher.hash(password)

    def check(self, name: str, digest: str | None, password: str, now: int) -> bool:
        """Whether a password is the one of that hash; raises SojournError ``sign_in_pause`` when it has to wait.

        It takes as long for a name that nobody has, so that the time does not reveal it.
        """
        self._count(name, now)
        if not self._matches(digest, password):
            return False
        with self._lock:
            self._misses.pop(name, None)
        return True

    def _count(self, name: str, now: int) -> None:
        """Each try counts as a miss until it proves right, so that many at once are not looked at together."""
        with self._lock:
            count, last = self._misses.pop(name, (0, 0))
            left = last + pause_after(count) - now
            self._misses[name] = (count, last) if left > 0 else (count + 1, now)
            while len(self._misses) > _REMEMBERED:
                self._misses.pop(next(iter(self._misses)))
        if left > 0:
            raise SojournError("sign_in_pause", count=-(-left // 1_000))

    def _matches(self, digest: str | None, password: str) -> bool:
        if self._nobody is None:
            self._nobody = self._hasher.hash("")
        try:
            self._hasher.verify(digest or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return digest is not None


def pause_after(misses: int) -> int:
    """Milliseconds to wait after so many wrong passwords in a row."""
    if misses < FREE:
        return 0
    return int(min(FIRST_PAUSE * 2 ** min(misses - FREE, 30), LONGEST_PAUSE))


HOUR = 60 * 60 * 1_000
LASTS = 12 * HOUR
"""Milliseconds after which an unused session ends; an open studio uses its own every few seconds."""

Users = Mapping[str, StoredUser]


class SessionService(Service):
    """Signs the users of studios in and out, and finds the user of a session."""

    def __init__(
        self, runner: Runner[Connection], access: AccessService, sandboxes: SandboxService, passwords: PasswordChecker
    ) -> None:
        super().__init__(runner, access)
        self._sandboxes = sandboxes
        self._passwords = passwords

    @requires(PUBLIC)
    def current_session(self, caller: Caller) -> SessionState:
        """Return who is signed in by the caller's session; the administrator, as long as no password is set."""
        users = self._users()
        kept = self._find(caller.session)
        if kept is not None:
            state = self._state(users, kept.actor, caller)
            if state.sandboxes:
                return state
        if _guarded(users):
            return SessionState(asked=True, guarded=True, actor=caller.actor)
        return self._begin(users, ADMINISTRATOR, caller)

    @requires(PUBLIC)
    def sign_in(self, caller: Caller, password: str) -> SessionState:
        """Begin a session for the caller, if the password is right; raises SojournError ``sign_in``."""
        users = self._users()
        known = users.get(caller.actor)
        try:
            right = self._passwords.check(
                caller.actor, known.password if known else None, password, self._runner.clock.now()
            )
        except SojournError:
            self._refuse(caller, "sign_in")
            raise
        if not right:
            self._refuse(caller, "sign_in")
            raise SojournError("sign_in")
        if not self._sandboxes.list(Caller(caller.actor)):
            self._refuse(caller, "sign_in")
            raise SojournError("no_access", actor=caller.actor)
        state = self._begin(users, caller.actor, caller)
        self._runner.write(
            lambda connection: self._access.record_workspace(connection, caller, "sign_in", caller.actor)
        )
        return state

    @requires(PUBLIC)
    def sign_out(self, caller: Caller) -> None:
        """End the caller's session."""
        kept = self._find(caller.session)
        if kept is None:
            return
        self._runner.write(lambda connection: access_queries.end_session(connection, digest_of(caller.session)))
        actor = Caller(kept.actor, caller.sandbox)
        known = self._users().get(actor.actor)
        if known is not None and known.password is not None:
            self._runner.write(
                lambda connection: self._access.record_workspace(connection, actor, "sign_out", actor.actor)
            )

    @requires(PUBLIC)
    def is_idle(self, caller: Caller) -> bool:
        """Whether no journey runs in the workspace: a closing studio may then end the engine, without a session too."""
        with self._runner.read() as connection:
            return not journey_queries.in_states(connection, ("live", "closed"))

    def authenticate(self, claimed: Caller) -> Caller:
        """Return the user of a studio's session as the caller, whatever name the call claims."""
        kept = self._find(claimed.session)
        if kept is None:
            self._refuse(claimed, "session")
            raise SojournError(SIGN_IN_NEEDED)
        return Caller(kept.actor, claimed.sandbox, (), claimed.session)

    def _find(self, session: str) -> StoredSession | None:
        """Find a valid session; its last use is stored about once an hour."""
        digest, now = digest_of(session), self._runner.clock.now()
        with self._runner.read() as connection:
            kept = access_queries.find_session(connection, digest)
        if kept is None or (kept.used_at + LASTS < now and (kept.actor != ADMINISTRATOR or self._guarded())):
            return None
        if kept.used_at + HOUR < now:
            self._runner.write(lambda connection: access_queries.touch_session(connection, digest, now))
        return kept

    def _begin(self, users: Users, actor: str, caller: Caller) -> SessionState:
        session, now = random.token_urlsafe(32), self._runner.clock.now()

        def work(connection: Connection) -> None:
            access_queries.end_unused_sessions(connection, now - LASTS)
            access_queries.end_session(connection, digest_of(caller.session))
            access_queries.create_session(connection, digest_of(session), actor, now)

        self._runner.write(work)
        return self._state(users, actor, Caller(actor, caller.sandbox, (), session))

    def _state(self, users: Users, actor: str, caller: Caller) -> SessionState:
        sandboxes = self._sandboxes.list(Caller(actor))
        here = caller.sandbox if caller.sandbox in sandboxes else next(iter(sandboxes), caller.sandbox)
        return SessionState(
            asked=False,
            guarded=_guarded(users),
            actor=actor,
            session=caller.session,
            sandbox=here,
            permissions=self._access.permissions(Caller(actor, here)),
            sandboxes=sandboxes,
            has_password=actor in users and users[actor].password is not None,
            others=bool({*users, ADMINISTRATOR} - {actor}),
            may_stop=ADMINISTER in self._access.permissions(Caller(actor, PRODUCTION)),
        )

    def _guarded(self) -> bool:
        return _guarded(self._users())

    def _users(self) -> Users:
        with self._runner.read() as connection:
            return access_queries.load_access(connection)[1]

    def _refuse(self, caller: Caller, what: str) -> None:
        everywhere = replace(caller, sandbox=WORKSPACE)
        self._runner.write(lambda connection: self._access.record_refusal(connection, everywhere, what, caller.actor))


def digest_of(session: str) -> str:
    """Hash a session: the engine stores only that."""
    return hashlib.sha256(session.encode()).hexdigest()


def _guarded(users: Users) -> bool:
    return ADMINISTRATOR in users and users[ADMINISTRATOR].password is not None
