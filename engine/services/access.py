"""Who may do what: product profiles carry permissions and sandboxes, users have profiles (product.md, Access)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import SojournError
from engine.ports import Connection, Runner
from engine.services.views import Caller
from engine.store import setting_rows

READ_JOURNEYS = "read_journeys"
MANAGE_JOURNEYS = "manage_journeys"
PUBLISH_JOURNEYS = "publish_journeys"
READ_DEFINITIONS = "read_definitions"
MANAGE_DEFINITIONS = "manage_definitions"
READ_REPORTS = "read_reports"
MANAGE_REPORTS = "manage_reports"
ADMINISTER = "administer"
PERMISSIONS = (
    READ_JOURNEYS,
    MANAGE_JOURNEYS,
    PUBLISH_JOURNEYS,
    READ_DEFINITIONS,
    MANAGE_DEFINITIONS,
    READ_REPORTS,
    MANAGE_REPORTS,
    ADMINISTER,
)
_IMPLIED: Mapping[str, str] = {
    MANAGE_JOURNEYS: READ_JOURNEYS,
    PUBLISH_JOURNEYS: READ_JOURNEYS,
    MANAGE_DEFINITIONS: READ_DEFINITIONS,
    MANAGE_REPORTS: READ_REPORTS,
}

ADMINISTRATOR = "administrator"
"""The one user of a workspace that has no others; it has no password until one is set."""


@dataclass(frozen=True, slots=True)
class ProductProfile:
    """Permissions in some sandboxes; no sandboxes mean all."""

    name: str
    permissions: tuple[str, ...]
    sandboxes: tuple[str, ...] = ()


BUILT_IN = (
    ProductProfile("Limited Access User", (READ_JOURNEYS, READ_REPORTS)),
    ProductProfile(
        "Standard User",
        (MANAGE_JOURNEYS, PUBLISH_JOURNEYS, MANAGE_REPORTS, READ_JOURNEYS, READ_REPORTS, READ_DEFINITIONS),
    ),
    ProductProfile("Administrators", PERMISSIONS),
)

_WORDS: Mapping[str, str] = {
    READ_JOURNEYS: "see journeys",
    MANAGE_JOURNEYS: "change journeys",
    PUBLISH_JOURNEYS: "publish, close or stop journeys",
    READ_DEFINITIONS: "see events, data sources and actions",
    MANAGE_DEFINITIONS: "change events, data sources and actions",
    READ_REPORTS: "see reports",
    MANAGE_REPORTS: "change reports",
    ADMINISTER: "change users, sandboxes, guardrails and settings",
}


class NotPermittedError(SojournError):
    """The caller may not do this; it is in the audit log."""


class Access:
    """Checks permissions and keeps users and product profiles."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def require(self, caller: Caller, permission: str) -> None:
        """Return if the caller may; else record the attempt and raise NotPermittedError."""
        if permission in self.permissions(caller):
            return
        self._runner.write(
            lambda connection: setting_rows.record(
                connection, self._runner.clock.now(), caller.actor, caller.sandbox, permission, "", refused=True
            )
        )
        raise NotPermittedError(
            "not_permitted",
            f"{caller.actor} may not {_WORDS[permission]} in {caller.sandbox}; ask an administrator to allow it",
        )

    def permissions(self, caller: Caller) -> frozenset[str]:
        """What the caller may do in its sandbox, with what that implies."""
        with self._runner.read() as connection:
            custom, users = setting_rows.load_access(connection)
        if caller.actor not in users:
            return frozenset(PERMISSIONS) if caller.actor == ADMINISTRATOR else frozenset()
        known = {profile.name: profile for profile in BUILT_IN}
        known |= {name: ProductProfile(name, row["permissions"], row["sandboxes"]) for name, row in custom.items()}
        given: set[str] = set()
        for name in users[caller.actor]["product_profiles"]:
            profile = known.get(name)
            if profile is not None and (not profile.sandboxes or caller.sandbox in profile.sandboxes):
                given |= set(profile.permissions)
        return frozenset(given | {_IMPLIED[permission] for permission in given if permission in _IMPLIED})

    def put_user(self, caller: Caller, name: str, profiles: tuple[str, ...]) -> None:
        """Create a user or change its product profiles."""
        self.require(caller, ADMINISTER)

        def work(connection: Connection) -> None:
            setting_rows.put_user(connection, name, None, profiles)
            self.record(connection, caller, "put_user", name)

        self._runner.write(work)

    def record(self, connection: Connection, caller: Caller, what: str, about: str) -> None:
        """Append to the audit log, in the transaction of the change itself."""
        setting_rows.record(connection, self._runner.clock.now(), caller.actor, caller.sandbox, what, about)
