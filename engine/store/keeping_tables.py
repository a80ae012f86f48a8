"""The tables of what is kept up to date and what is let go: segments, archives, exports.

A module of its own beside ``tables``; whoever needs all tables takes ``metadata`` from here.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, Table

from engine.store.tables import characters, identifier, metadata

profile_changes = Table(
    "profile_changes",
    metadata,
    Column("n", identifier, primary_key=True),
    Column("sandbox", characters, nullable=False),
    Column("profile_id", identifier, nullable=False),
)
"""Profiles that changed and whose segments are to be looked at, in order; a profile may stand here twice."""

segment_rounds = Table(
    "segment_rounds",
    metadata,
    Column("sandbox", characters, primary_key=True),
    Column("segment", characters, primary_key=True),
    Column("rule", characters, nullable=False),
    Column("cursor", identifier),
    Column("began_at", BigInteger, nullable=False),
    Column("computed_at", BigInteger),
    Column("next_at", BigInteger),
)
"""How far each segment is: ``cursor`` is the last profile of the round under way (None: none is), ``computed_at`` the
end of the first round, ``next_at`` when the next one begins (None: only changes matter)."""

archives = Table(
    "archives",
    metadata,
    Column("name", characters, primary_key=True),
    Column("first", identifier, nullable=False),
    Column("last", identifier, nullable=False),
    Column("rows", Integer, nullable=False),
    Column("from_at", BigInteger, nullable=False),
    Column("until_at", BigInteger, nullable=False),
    Column("made_at", BigInteger, nullable=False),
)
"""Files of step events that were taken out of the workspace, by the range of their numbers."""

exports = Table(
    "exports",
    metadata,
    Column("n", identifier, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", characters, nullable=False),
    Column("sandbox", characters, nullable=False),
    Column("what", characters, nullable=False),
    Column("path", characters, nullable=False),
    Column("with_keys", Boolean, nullable=False),
)
"""Files that users wrote: an erasure names them, since it cannot reach into them."""

__all__ = ["archives", "exports", "metadata", "profile_changes", "segment_rounds"]
