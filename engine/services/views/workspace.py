"""The workspace itself: callers and permissions, inlets, settings, backups, health."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.catalogue import Phrase


@dataclass(frozen=True, slots=True)
class Caller:
    """The user who makes a call, and the sandbox.

    ``only`` are the permissions of an API token; empty: all that its user has. ``session`` authenticates the user of
    a studio; commands, which run for a user who may open the workspace's files, have none.
    """

    actor: str = "administrator"
    sandbox: str = "prod"
    only: tuple[str, ...] = ()
    session: str = field(default="", repr=False)


SIGN_IN_NEEDED = "sign_in_needed"
"""The code of the error for a studio without a valid session."""


@dataclass(frozen=True, slots=True)
class SessionState:
    """The user who is signed in in a studio, with permissions in its sandbox; or that name and password are ``asked``.

    ``guarded``: the workspace asks for them at all. ``others``: there are other users than this one.
    """

    asked: bool
    guarded: bool
    actor: str
    session: str = field(default="", repr=False)
    sandbox: str = "prod"
    permissions: frozenset[str] = frozenset()
    sandboxes: tuple[str, ...] = ()
    has_password: bool = False
    others: bool = False


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the audit log; ``refused``: it was attempted only."""

    at: int
    actor: str
    what: str
    about: str
    refused: bool


@dataclass(frozen=True, slots=True)
class UserRow:
    """One user in the list."""

    name: str
    product_profiles: tuple[str, ...]
    has_password: bool


@dataclass(frozen=True, slots=True)
class ProductProfileRow:
    """One product profile in the list; ``built_in`` ones cannot be changed, no sandboxes mean all."""

    name: str
    permissions: tuple[str, ...]
    sandboxes: tuple[str, ...]
    built_in: bool
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ApiTokenRow:
    """One API token in the list; no permissions mean all of its user's."""

    name: str
    actor: str
    permissions: tuple[str, ...]
    expires: int
    expired: bool


@dataclass(frozen=True, slots=True)
class InletRow:
    """An inlet: where events are posted."""

    name: str
    sandbox: str
    url: str
    requires_token: bool
    open: bool


@dataclass(frozen=True, slots=True)
class SettingRow:
    """A workspace setting with its value, its default and what it means."""

    name: str
    value: object
    default: object
    meaning: str


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A stimulus that failed three times; it can be retried."""

    id: int
    at: int
    kind: str
    instance: str | None
    traceback: str


@dataclass(frozen=True, slots=True)
class BackupState:
    """A backup into a file, or none yet (''); once it is done its size in bytes and when, or why it failed.

    While it is under way ``size`` is what has been written, and ``of`` about how much it will be; 0 when unknown.
    """

    path: str
    done: bool = False
    size: int = 0
    fault: Phrase | None = None
    of: int = 0
    at: int = 0
