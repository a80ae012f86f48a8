"""Permissions and sandboxes (product.md, Access).

Product profiles carry permissions and sandboxes, users have profiles. A workspace has the sandbox ``prod`` and any
number of others, each with objects of its own.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain, count

from engine.catalogue import Phrase
from engine.errors import SojournError
from engine.ports import Runner
from engine.services.service_method import ANY_PERMISSION, PUBLIC, requires
from engine.services.views import AuditRow, Caller
from engine.store import access_queries, definition_queries, setting_queries
from engine.store.access_queries import StoredProductProfile
from engine.store.results import Connection

READ_JOURNEYS = "read_journeys"
MANAGE_JOURNEYS = "manage_journeys"
PUBLISH_JOURNEYS = "publish_journeys"
READ_DEFINITIONS = "read_definitions"
MANAGE_DEFINITIONS = "manage_definitions"
MANAGE_MESSAGES = "manage_messages"
"""To write the texts of messages: templates."""
MANAGE_AUDIENCES = "manage_audiences"
"""To say who is meant: segments and profiles, test profiles among them."""
READ_REPORTS = "read_reports"
MANAGE_REPORTS = "manage_reports"
ADMINISTER = "administer"
SEND = "send"
"""To send events, profiles and feedback: for authenticated senders of an inlet, and users who manage journeys."""

PERMISSIONS = (
    READ_JOURNEYS,
    MANAGE_JOURNEYS,
    PUBLISH_JOURNEYS,
    READ_DEFINITIONS,
    MANAGE_DEFINITIONS,
    MANAGE_MESSAGES,
    MANAGE_AUDIENCES,
    READ_REPORTS,
    MANAGE_REPORTS,
    ADMINISTER,
)
_IMPLIED: Mapping[str, tuple[str, ...]] = {
    MANAGE_JOURNEYS: (READ_JOURNEYS,),
    PUBLISH_JOURNEYS: (READ_JOURNEYS,),
    MANAGE_DEFINITIONS: (READ_DEFINITIONS, MANAGE_MESSAGES, MANAGE_AUDIENCES),
    MANAGE_MESSAGES: (READ_DEFINITIONS,),
    MANAGE_AUDIENCES: (READ_DEFINITIONS,),
    MANAGE_REPORTS: (READ_REPORTS,),
}

ADMINISTRATOR = "administrator"
"""The user that every workspace has, always one of the Administrators; it has no password until one is set."""

WORKSPACE = ""
"""Stands in the audit log in place of a sandbox: users, product profiles, tokens, sandboxes, backups, sign-ins."""

SENDER = "inlet"
"""The actor of what comes through an inlet; no user has this name."""


@dataclass(frozen=True, slots=True)
class ProductProfile:
    """Permissions in some sandboxes; no sandboxes mean all."""

    name: str
    permissions: tuple[str, ...]
    sandboxes: tuple[str, ...] = ()


ADMINISTRATORS = "Administrators"
BUILT_IN = (
    ProductProfile("Limited Access User", (READ_JOURNEYS, READ_REPORTS)),
    ProductProfile(
        "Standard User",
        (
            MANAGE_JOURNEYS,
            PUBLISH_JOURNEYS,
            MANAGE_MESSAGES,
            MANAGE_AUDIENCES,
            MANAGE_REPORTS,
            READ_JOURNEYS,
            READ_REPORTS,
            READ_DEFINITIONS,
        ),
    ),
    ProductProfile(ADMINISTRATORS, PERMISSIONS),
)


log = logging.getLogger("sojourn.audit")
_LOGGED: Mapping[str, bool] = {
    **dict.fromkeys(("publish", "close", "stop", "backup"), True),
    **dict.fromkeys(("sign_in", "sign_out", "stop_engine"), False),
}
"""Acts that the engine's log has too, and whether with what they are about: never with the name of a person."""


class NotPermittedError(SojournError):
    """The caller may not do this; it is in the audit log."""


class AccessService:
    """Checks permissions and keeps the audit log."""

    def __init__(self, runner: Runner[Connection]) -> None:
        self._runner = runner

    @property
    def _access(self) -> AccessService:
        return self

    def require(self, caller: Caller, permission: str) -> None:
        """Return if the caller has the permission; else record the attempt and raise NotPermittedError."""
        granted = self._granted(caller)
        if permission in granted or (permission == ANY_PERMISSION and granted):
            return
        permission = READ_JOURNEYS if permission == ANY_PERMISSION else permission
        self._runner.write(lambda connection: self.record_refusal(connection, caller, permission))
        raise NotPermittedError(
            "not_permitted", actor=caller.actor, permission=Phrase(f"permission.{permission}"), sandbox=caller.sandbox
        )

    @requires(PUBLIC)
    def permissions(self, caller: Caller) -> frozenset[str]:
        """Return the caller's permissions in its sandbox, with those they imply."""
        return self._granted(caller) - {SEND}

    def _granted(self, caller: Caller) -> frozenset[str]:
        if caller.actor == SENDER:
            return frozenset({SEND})
        with self._runner.read() as connection:
            custom, users = access_queries.load_access(connection)
        held = users[caller.actor].product_profiles if caller.actor in users else ()
        if caller.actor == ADMINISTRATOR:
            held = (*held, ADMINISTRATORS)
        granted = _of_profiles(held, custom, caller.sandbox)
        return _implied(granted & frozenset(caller.only) if caller.only else granted)

    @requires(ADMINISTER)
    def audit(self, caller: Caller, limit: int = 100) -> tuple[AuditRow, ...]:
        """Return the newest lines of the sandbox's audit log, for administrators of ``prod`` with the workspace's."""
        places = [caller.sandbox]
        if ADMINISTER in self._granted(replace(caller, sandbox=PRODUCTION)):
            places.append(WORKSPACE)
        with self._runner.read() as connection:
            rows = access_queries.audit_rows(connection, places, limit)
        return tuple(AuditRow(row.at, row.actor, row.what, row.about, bool(row.refused)) for row in rows)

    def record(self, connection: Connection, caller: Caller, what: str, about: str) -> None:
        """Append to the audit log, in the transaction of the change itself; operators find some acts in the log too."""
        if what in _LOGGED:
            log.info(what, extra={"sandbox": caller.sandbox} | ({"about": about} if _LOGGED[what] else {}))
        access_queries.add_audit_entry(connection, self._runner.clock.now(), caller.actor, caller.sandbox, what, about)

    def record_workspace(self, connection: Connection, caller: Caller, what: str, about: str) -> None:
        """Append an act on the workspace, whatever sandbox the caller is in."""
        self.record(connection, replace(caller, sandbox=WORKSPACE), what, about)

    def record_refusal(self, connection: Connection, caller: Caller, what: str, about: str = "") -> None:
        """Append an attempt that was refused."""
        now = self._runner.clock.now()
        access_queries.add_audit_entry(connection, now, caller.actor, caller.sandbox, what, about, refused=True)


class Service:
    """What all services share: the runner, which reads and writes the workspace, and the permissions."""

    def __init__(self, runner: Runner[Connection], access: AccessService) -> None:
        self._runner = runner
        self._access = access


def _of_profiles(names: Iterable[str], custom: Mapping[str, StoredProductProfile], sandbox: str) -> frozenset[str]:
    """Collect the permissions of product profiles in a sandbox."""
    known = {name: ProductProfile(name, row.permissions, row.sandboxes) for name, row in custom.items()}
    known |= {profile.name: profile for profile in BUILT_IN}
    given: set[str] = set()
    for name in names:
        profile = known.get(name)
        if profile is not None and (not profile.sandboxes or sandbox in profile.sandboxes):
            given |= _implied(frozenset(profile.permissions))
    return frozenset(given)


def _implied(given: frozenset[str]) -> frozenset[str]:
    more = {SEND} if MANAGE_JOURNEYS in given else set()
    return given | {implied for permission in given for implied in _IMPLIED.get(permission, ())} | more


PRODUCTION = "prod"
_SANDBOX_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")


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
        """Create a sandbox with an inlet of its name; the profile store is in every sandbox."""
        if not _SANDBOX_NAME.fullmatch(name):
            raise SojournError("sandbox_name")

        def work(connection: Connection) -> None:
            if name == PRODUCTION or name in setting_queries.sandbox_names(connection):
                raise SojournError("sandbox_name.taken", name=name)
            setting_queries.add_sandbox(connection, name)
            taken = {row.name for row in setting_queries.inlet_rows(connection)}
            inlet = next(one for one in chain((name,), (f"{name}-{number}" for number in count(2))) if one not in taken)
            setting_queries.put_inlet(connection, inlet, name, requires_token=True, is_open=True)
            self._access.record_workspace(connection, caller, "add_sandbox", name)

        self._runner.write(work)
