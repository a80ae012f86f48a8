"""Revisions of a workspace's tables (Alembic): read a database's revision and upgrade it."""

from __future__ import annotations

import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

_HOME = Path(__file__).parent / "migrations"
VERSIONS: tuple[Path, ...] = (_HOME / "versions",)
"""The folders with the revisions' files."""


def head() -> str:
    """Return the revision that this program needs."""
    found = _scripts().get_current_head()
    assert found is not None
    return found


def known() -> frozenset[str]:
    """All revisions that this program knows."""
    return frozenset(revision.revision for revision in _scripts().walk_revisions())


def current(connection: Connection) -> str | None:
    """Return the revision of a database; None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def upgrade(connection: Connection, revision: str) -> None:
    """Bring a database to a revision, in the transaction of the connection."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", _quoted(str(_HOME)))
    config.set_main_option("path_separator", "os")
    config.set_main_option("version_locations", _quoted(os.pathsep.join(map(str, VERSIONS))))
    return config


def _quoted(path: str) -> str:
    """For a file whose per cent signs mean something."""
    return path.replace("%", "%%")
