"""Sign-in: sessions of studio users, authenticated and stored by the engine (product.md, Access).

A workspace begins with one administrator and no password: a user who may open its files may do everything, and every
studio is the administrator's. Once the administrator has a password, a studio asks for name and password. It sends its
session with each call; the engine takes the caller from the session, not from the call. Sessions outlive
the engine's process, so that a studio goes on when it is started anew.
"""

from __future__ import annotations

import hashlib
import secrets as random
from collections.abc import Mapping

from engine.errors import SojournError
from engine.ports import Runner
from engine.services.access import ADMINISTRATOR, AccessService, Service
from engine.services.passwords import PasswordChecker
from engine.services.sandboxes import SandboxService
from engine.services.service_method import PUBLIC, requires
from engine.services.views import SIGN_IN_NEEDED, Caller, SessionState
from engine.store import journey_queries, session_queries, setting_queries
from engine.store.results import Connection
from engine.store.session_queries import StoredSession
from engine.store.setting_queries import StoredUser

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
        self._runner.write(lambda connection: self._access.record(connection, caller, "sign_in", caller.actor))
        return state

    @requires(PUBLIC)
    def sign_out(self, caller: Caller) -> None:
        """End the caller's session."""
        kept = self._find(caller.session)
        if kept is None:
            return
        self._runner.write(lambda connection: session_queries.end_session(connection, digest_of(caller.session)))
        actor = Caller(kept.actor, caller.sandbox)
        known = self._users().get(actor.actor)
        if known is not None and known.password is not None:
            self._runner.write(lambda connection: self._access.record(connection, actor, "sign_out", actor.actor))

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
            kept = session_queries.find_session(connection, digest)
        if kept is None or (kept.used_at + LASTS < now and (kept.actor != ADMINISTRATOR or self._guarded())):
            return None
        if kept.used_at + HOUR < now:
            self._runner.write(lambda connection: session_queries.touch_session(connection, digest, now))
        return kept

    def _begin(self, users: Users, actor: str, caller: Caller) -> SessionState:
        session, now = random.token_urlsafe(32), self._runner.clock.now()

        def work(connection: Connection) -> None:
            session_queries.end_unused_sessions(connection, now - LASTS)
            session_queries.end_session(connection, digest_of(caller.session))
            session_queries.create_session(connection, digest_of(session), actor, now)

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
        )

    def _guarded(self) -> bool:
        return _guarded(self._users())

    def _users(self) -> Users:
        with self._runner.read() as connection:
            return setting_queries.load_access(connection)[1]

    def _refuse(self, caller: Caller, what: str) -> None:
        self._runner.write(lambda connection: self._access.record_refusal(connection, caller, what, caller.actor))


def digest_of(session: str) -> str:
    """Hash a session: the engine stores only that."""
    return hashlib.sha256(session.encode()).hexdigest()


def _guarded(users: Users) -> bool:
    return ADMINISTRATOR in users and users[ADMINISTRATOR].password is not None
