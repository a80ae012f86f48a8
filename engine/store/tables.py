"""The tables of a workspace. Every row of a customer's world has a sandbox, directly or by what it belongs to.

Times are epoch milliseconds UTC; JSON stands as text. Step events are only appended. Identifiers, keys and payloads
stand only in rows that erasure deletes (``entries``, ``instances``, ``events``, ``discards``, ``profiles`` …):
``step_events`` carry a random person id instead (runtime.md, Durability).
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    text,
    true,
)

metadata = MetaData()
identifier = BigInteger().with_variant(Integer, "sqlite")
characters = Text().with_variant(Text(collation="C"), "postgresql")
"""Texts are ordered by their code points, on every server and as SQLite does."""

RUNNING, FINISHED, ERROR, TIMED_OUT, STOPPED = range(5)
STATUS_NAMES = ("running", "finished", "error", "timed_out", "stopped")
"""``instances.status`` by number: small numbers keep the table and its indexes narrow."""

workspace = Table(
    "workspace",
    metadata,
    Column("name", characters, primary_key=True),
    Column("value", characters, nullable=False),
)

definitions = Table(
    "definitions",
    metadata,
    Column("sandbox", characters, primary_key=True),
    Column("kind", characters, primary_key=True),
    Column("name", characters, primary_key=True),
    Column("place", Integer, nullable=False),
    Column("body", characters, nullable=False),
    Column("created_by", characters, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_by", characters, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

reports = Table(
    "reports",
    metadata,
    Column("id", identifier, primary_key=True),
    Column("sandbox", characters, nullable=False),
    Column("name", characters, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("body", characters, nullable=False),
    Column("created_by", characters, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_by", characters, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("reports_name", "sandbox", "name", unique=True),
)
"""Custom reports; ``revision`` counts the changes of one, so that no unseen change is overwritten."""

journeys = Table(
    "journeys",
    metadata,
    Column("id", identifier, primary_key=True),
    Column("sandbox", characters, nullable=False),
    Column("name", characters, nullable=False),
    Index("journeys_name", "sandbox", "name", unique=True),
)

versions = Table(
    "versions",
    metadata,
    Column("id", identifier, primary_key=True),
    Column("journey_id", identifier, nullable=False),
    Column("sandbox", characters, nullable=False),
    Column("version", Integer, nullable=False),
    Column("state", characters, nullable=False),
    Column("body", characters, nullable=False),
    Column("created_by", characters, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("changed_by", characters, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("published_by", characters),
    Column("published_at", BigInteger),
    Column("closed_at", BigInteger),
    Column("test_since", BigInteger),
    Column("test_wait", BigInteger, nullable=False, server_default="10000"),
    Column("test_people", Integer, nullable=False, server_default="0"),
    Column("test_last_event", BigInteger),
    Column("test_clock", characters),
    Index("versions_number", "journey_id", "version", unique=True),
    Index("versions_state", "state"),
)

events = Table(
    "events",
    metadata,
    Column("id", identifier, primary_key=True),
    Column("sandbox", characters, nullable=False),
    Column("source_id", characters, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("payload", characters),
    Index("events_source", "sandbox", "source_id", unique=True),
)

entries = Table(
    "entries",
    metadata,
    Column("journey_id", identifier, primary_key=True),
    Column("key", characters, primary_key=True),
    Column("person", characters, nullable=False),
    Column("entrances", Integer, nullable=False),
    Column("last_entered", BigInteger, nullable=False),
    Column("instance", identifier),
    sqlite_with_rowid=False,
)
"""Entries by key over all versions of a journey; ``instance`` is the running instance."""

instances = Table(
    "instances",
    metadata,
    Column("id", identifier, primary_key=True),
    Column("version_id", identifier, nullable=False),
    Column("key", characters, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("in_test", Boolean, nullable=False),
    Column("entered_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("activity", characters, nullable=False),
    Column("due", BigInteger),
    Column("state", LargeBinary, nullable=False),
)
Index(
    "instances_due",
    instances.c.due,
    sqlite_where=instances.c.due.isnot(None),
    postgresql_where=instances.c.due.isnot(None),
)
Index(
    "instances_running",
    instances.c.version_id,
    sqlite_where=instances.c.status == text("0"),
    postgresql_where=instances.c.status == text("0"),
)
Index(
    "instances_ended",
    instances.c.changed_at,
    sqlite_where=instances.c.status != text("0"),
    postgresql_where=instances.c.status != text("0"),
)
"""``due`` is when the person must be woken: the timer it waits for or its global timeout, whichever comes first.

All people's timers stand in this one indexed column; a person that waits costs one row, on disk.
"""

outbox = Table(
    "outbox",
    metadata,
    Column("instance", identifier, primary_key=True),
    Column("call", Integer, primary_key=True),
    Column("version_id", identifier, nullable=False),
    Column("key", characters, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("effect", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""Effects to perform, each with its idempotency key, fixed before the call; a row goes with its result."""

step_events = Table(
    "step_events",
    metadata,
    Column("n", identifier, primary_key=True),
    Column("version_id", identifier, nullable=False),
    Column("instance", identifier, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("node_id", characters, nullable=False),
    Column("status", characters, nullable=False),
    Column("fields", characters, nullable=False),
    Index("step_events_instance", "instance"),
)

counters = Table(
    "counters",
    metadata,
    Column("version_id", identifier, primary_key=True),
    Column("in_test", Boolean, primary_key=True),
    Column("kind", characters, primary_key=True),
    Column("name", characters, primary_key=True),
    Column("n", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
"""Sums of the step events, kept in the same transaction, so that reports need not read millions of rows."""

passages = Table(
    "passages",
    metadata,
    Column("version_id", identifier, primary_key=True),
    Column("in_test", Boolean, primary_key=True),
    Column("activity", characters, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("n", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

discards = Table(
    "discards",
    metadata,
    Column("n", identifier, primary_key=True),
    Column("sandbox", characters, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("event", characters),
    Column("key", characters),
    Column("journey", characters),
    Column("reason", characters, nullable=False),
    Column("field", characters, nullable=False),
)

dead_letters = Table(
    "set_aside",
    metadata,
    Column("id", identifier, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("kind", characters, nullable=False),
    Column("instance", identifier),
    Column("stimulus", LargeBinary, nullable=False),
    Column("traceback", characters, nullable=False),
)

profiles = Table(
    "profiles",
    metadata,
    Column("id", identifier, primary_key=True),
    Column("sandbox", characters, nullable=False),
    Column("test_profile", Boolean, nullable=False),
    Column("attributes", characters, nullable=False),
    Column("identities", characters, nullable=False),
    Column("events", Integer, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Index("profiles_sandbox", "sandbox"),
)

identities = Table(
    "identities",
    metadata,
    Column("sandbox", characters, primary_key=True),
    Column("namespace", characters, primary_key=True),
    Column("value", characters, primary_key=True),
    Column("profile_id", identifier, nullable=False),
    sqlite_with_rowid=False,
)

profile_events = Table(
    "profile_events",
    metadata,
    Column("n", identifier, primary_key=True),
    Column("profile_id", identifier, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("body", characters, nullable=False),
    Index("profile_events_profile", "profile_id", "at"),
)

memberships = Table(
    "memberships",
    metadata,
    Column("profile_id", identifier, primary_key=True),
    Column("segment", characters, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("inside", Boolean, nullable=False, server_default=true()),
    Column("given", Boolean),
    sqlite_with_rowid=False,
)
"""Memberships of segments: ``inside`` is what journeys know; ``given`` was set by hand and overrides the rule."""

messages = Table(
    "messages",
    metadata,
    Column("id", characters, primary_key=True),
    Column("sandbox", characters, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("version_id", identifier, nullable=False),
    Column("instance", identifier, nullable=False),
    Column("in_test", Boolean, nullable=False),
    Column("activity", characters, nullable=False),
    Column("channel", characters, nullable=False),
    Column("address", characters, nullable=False),
    Column("subject", characters, nullable=False),
    Column("body", characters, nullable=False),
    Column("html", characters, nullable=False),
    Index("messages_at", "at"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("n", identifier, primary_key=True),
    Column("message", characters, nullable=False),
    Column("kind", characters, nullable=False),
    Column("at", BigInteger, nullable=False),
    Index("feedback_message", "message"),
)

suppressed = Table(
    "suppressed",
    metadata,
    Column("sandbox", characters, primary_key=True),
    Column("channel", characters, primary_key=True),
    Column("address", characters, primary_key=True),
    Column("reason", characters, nullable=False),
    Column("at", BigInteger, nullable=False),
)

settings = Table(
    "settings",
    metadata,
    Column("sandbox", characters, primary_key=True),
    Column("name", characters, primary_key=True),
    Column("value", characters, nullable=False),
)

inlets = Table(
    "inlets",
    metadata,
    Column("name", characters, primary_key=True),
    Column("sandbox", characters, nullable=False),
    Column("requires_token", Boolean, nullable=False),
    Column("open", Boolean, nullable=False),
)

guardrails = Table(
    "guardrails",
    metadata,
    Column("uid", characters, primary_key=True),
    Column("sandbox", characters, nullable=False),
    Column("kind", characters, nullable=False),
    Column("body", characters, nullable=False),
    Column("deployed", Boolean, nullable=False),
    Column("changed_by", characters, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
)

product_profiles = Table(
    "product_profiles",
    metadata,
    Column("name", characters, primary_key=True),
    Column("permissions", characters, nullable=False),
    Column("sandboxes", characters, nullable=False),
)

users = Table(
    "users",
    metadata,
    Column("name", characters, primary_key=True),
    Column("password", characters),
    Column("product_profiles", characters, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", characters, primary_key=True),
    Column("actor", characters, nullable=False),
    Column("used_at", BigInteger, nullable=False),
)
"""Sessions of signed-in users; only the digest of a session's token is stored."""

audit = Table(
    "audit",
    metadata,
    Column("n", identifier, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("actor", characters, nullable=False),
    Column("sandbox", characters, nullable=False),
    Column("what", characters, nullable=False),
    Column("about", characters, nullable=False),
    Column("refused", Boolean, nullable=False),
)

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
