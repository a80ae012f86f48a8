"""The tables of a workspace. Every row of a customer's world has a sandbox, directly or by what it belongs to.

Times are epoch milliseconds UTC; JSON stands as text. Step events are only appended. Identifiers, keys and payloads
stand only in rows that erasure deletes (``entries``, ``instances``, ``events``, ``discards``, ``profiles`` …):
``step_events`` carry a random person id instead (runtime.md, Durability).
"""

from __future__ import annotations

from sqlalchemy import Index, MetaData, Table, true

from engine.store.columns import authorship, blobs, flags, ids, integers, partial_index, small_integers, texts, times

metadata = MetaData()

RUNNING, FINISHED, ERROR, TIMED_OUT, STOPPED = range(5)
STATUS_NAMES = ("running", "finished", "error", "timed_out", "stopped")
"""``instances.status`` by number: small numbers keep the table and its indexes narrow."""

workspace = Table("workspace", metadata, *texts("name", key=True), *texts("value"))

definitions = Table(
    "definitions",
    metadata,
    *texts("sandbox", "kind", "name", key=True),
    *integers("place"),
    *texts("body"),
    *authorship(),
    *integers("revision", default="1"),
)

reports = Table(
    "reports",
    metadata,
    *ids("id", key=True),
    *texts("sandbox", "name"),
    *integers("revision"),
    *texts("body"),
    *authorship(),
    Index("reports_name", "sandbox", "name", unique=True),
)
"""Custom reports; ``revision`` counts the changes of one, so that no unseen change is overwritten."""

journeys = Table(
    "journeys",
    metadata,
    *ids("id", key=True),
    *texts("sandbox", "name"),
    Index("journeys_name", "sandbox", "name", unique=True),
)

versions = Table(
    "versions",
    metadata,
    *ids("id", key=True),
    *ids("journey_id"),
    *texts("sandbox"),
    *integers("version"),
    *texts("state", "body"),
    *authorship(),
    *texts("published_by", optional=True),
    *times("published_at", "closed_at", "test_since", optional=True),
    *times("test_wait", default="10000"),
    *integers("test_people", default="0"),
    *times("test_last_event", optional=True),
    *texts("test_clock", "frozen", optional=True),
    *integers("revision", default="1"),
    Index("versions_number", "journey_id", "version", unique=True),
    Index("versions_state", "state"),
)
"""``frozen`` is the definitions that a version has used since its publication or test, as JSON.

``revision`` counts the changes of a design or a definition.
"""

events = Table(
    "events",
    metadata,
    *ids("id", key=True),
    *texts("sandbox", "source_id"),
    *times("at"),
    *texts("payload", optional=True),
    Index("events_source", "sandbox", "source_id", unique=True),
)

entries = Table(
    "entries",
    metadata,
    *ids("journey_id", key=True),
    *texts("key", key=True),
    *texts("person"),
    *integers("entrances"),
    *times("last_entered"),
    *ids("instance", optional=True),
    sqlite_with_rowid=False,
)
"""Entries by key over all versions of a journey; ``instance`` is the running instance."""

instances = Table(
    "instances",
    metadata,
    *ids("id", key=True),
    *ids("version_id"),
    *texts("key"),
    *small_integers("status"),
    *flags("in_test"),
    *times("entered_at", "changed_at"),
    *texts("activity"),
    *times("due", optional=True),
    *blobs("state"),
    partial_index("instances_due", "due", "due IS NOT NULL"),
    partial_index("instances_running", "version_id", "status = 0"),
    partial_index("instances_ended", "changed_at", "status != 0"),
)
"""``due`` is when the person must be woken: the timer it waits for or its global timeout, whichever comes first.

All people's timers stand in this one indexed column; a person that waits costs one row, on disk.
"""

outbox = Table(
    "outbox",
    metadata,
    *ids("instance", key=True),
    *integers("call", key=True),
    *ids("version_id"),
    *texts("key"),
    *times("created"),
    *blobs("effect"),
    sqlite_with_rowid=False,
)
"""Effects to perform, each with its idempotency key, fixed before the call; a row goes with its result."""

step_events = Table(
    "step_events",
    metadata,
    *ids("n", key=True),
    *ids("version_id", "instance"),
    *times("at"),
    *texts("node_id", "status", "fields"),
    Index("step_events_instance", "instance"),
)

counters = Table(
    "counters",
    metadata,
    *ids("version_id", key=True),
    *flags("in_test", key=True),
    *texts("kind", "name", key=True),
    *times("n"),
    sqlite_with_rowid=False,
)
"""Sums of the step events, kept in the same transaction, so that reports need not read millions of rows.

The refusals by reason stand here too, with the kind :data:`DISCARD` and no version.
"""
NO_VERSION, DISCARD = 0, "discard"

passages = Table(
    "passages",
    metadata,
    *ids("version_id", key=True),
    *flags("in_test", key=True),
    *texts("activity", key=True),
    *times("since", "n"),
    sqlite_with_rowid=False,
)

discards = Table(
    "discards",
    metadata,
    *ids("n", key=True),
    *texts("sandbox"),
    *times("at"),
    *texts("event", "key", "journey", optional=True),
    *texts("reason", "field"),
)

dead_letters = Table(
    "set_aside",
    metadata,
    *ids("id", key=True),
    *times("at"),
    *texts("kind"),
    *ids("instance", optional=True),
    *blobs("stimulus"),
    *texts("traceback"),
)

held = Table(
    "held_stimuli",
    metadata,
    *ids("id", key=True),
    *times("at"),
    *ids("version_id"),
    *ids("instance", optional=True),
    *blobs("stimulus"),
)
"""Stimuli and arrivals for versions that are suspended, in the order in which they came."""

profiles = Table(
    "profiles",
    metadata,
    *ids("id", key=True),
    *texts("sandbox"),
    *flags("test_profile"),
    *texts("attributes", "identities"),
    *integers("events"),
    *times("changed_at"),
    Index("profiles_sandbox", "sandbox"),
)

identities = Table(
    "identities",
    metadata,
    *texts("sandbox", "namespace", "value", key=True),
    *ids("profile_id"),
    sqlite_with_rowid=False,
)

profile_events = Table(
    "profile_events",
    metadata,
    *ids("n", key=True),
    *ids("profile_id"),
    *times("at"),
    *texts("body"),
    Index("profile_events_profile", "profile_id", "at"),
)

memberships = Table(
    "memberships",
    metadata,
    *ids("profile_id", key=True),
    *texts("segment", key=True),
    *times("since"),
    *flags("inside", default=true()),
    *flags("given", optional=True),
    sqlite_with_rowid=False,
)
"""Memberships of segments: ``inside`` is what journeys know; ``given`` was set by hand and overrides the rule."""

messages = Table(
    "messages",
    metadata,
    *texts("id", key=True),
    *texts("sandbox"),
    *times("at"),
    *ids("version_id", "instance"),
    *flags("in_test"),
    *texts("activity", "channel", "address", "subject", "body", "html"),
    Index("messages_at", "at"),
)

feedback = Table(
    "feedback",
    metadata,
    *ids("n", key=True),
    *texts("message", "kind"),
    *times("at"),
    Index("feedback_message", "message"),
)

suppressed = Table(
    "suppressed", metadata, *texts("sandbox", "channel", "address", key=True), *texts("reason"), *times("at")
)

merges = Table(
    "merges",
    metadata,
    *ids("n", key=True),
    *texts("sandbox"),
    *times("at"),
    *ids("kept"),
    *texts("body"),
    *times("undone_at", optional=True),
    Index("merges_kept", "kept"),
)
"""The log of merges of profiles: ``kept`` is the profile that stays, the body is JSON."""

settings = Table("settings", metadata, *texts("sandbox", "name", key=True), *texts("value"))

inlets = Table("inlets", metadata, *texts("name", key=True), *texts("sandbox"), *flags("requires_token", "open"))

guardrails = Table(
    "guardrails",
    metadata,
    *texts("uid", key=True),
    *texts("sandbox", "kind", "body"),
    *flags("deployed"),
    *texts("changed_by"),
    *times("changed_at"),
)

product_profiles = Table("product_profiles", metadata, *texts("name", key=True), *texts("permissions", "sandboxes"))

users = Table(
    "users", metadata, *texts("name", key=True), *texts("password", optional=True), *texts("product_profiles")
)

sessions = Table("sessions", metadata, *texts("digest", key=True), *texts("actor"), *times("used_at"))
"""Sessions of signed-in users; only the digest of a session's token is stored."""

audit = Table(
    "audit", metadata, *ids("n", key=True), *times("at"), *texts("actor", "sandbox", "what", "about"), *flags("refused")
)

profile_changes = Table("profile_changes", metadata, *ids("n", key=True), *texts("sandbox"), *ids("profile_id"))
"""Profiles that changed and whose segments are to be looked at, in order; a profile may stand here twice."""

segment_rounds = Table(
    "segment_rounds",
    metadata,
    *texts("sandbox", "segment", key=True),
    *texts("rule"),
    *ids("cursor", optional=True),
    *times("began_at"),
    *times("computed_at", "next_at", optional=True),
)
"""How far each segment is: ``cursor`` is the last profile of the round under way (None: none is), ``computed_at`` the
end of the first round, ``next_at`` when the next one begins (None: only changes matter)."""

archives = Table(
    "archives",
    metadata,
    *texts("name", key=True),
    *ids("first", "last"),
    *integers("rows"),
    *times("from_at", "until_at", "made_at"),
)
"""Files of step events that were taken out of the workspace, by the range of their numbers."""

exports = Table(
    "exports",
    metadata,
    *ids("n", key=True),
    *times("at"),
    *texts("actor", "sandbox", "what", "path"),
    *flags("with_keys"),
)
"""Files that users wrote: an erasure names them, since it cannot reach into them."""
