"""The first workspaces. Frozen: what changes later is a revision of its own."""

import sqlalchemy as sa
from alembic import op

from engine.store.columns import authorship, blobs, flags, ids, integers, partial_index, small_integers, texts, times

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Every table."""
    op.create_table(
        "audit", *ids("n", key=True), *times("at"), *texts("actor", "sandbox", "what", "about"), *flags("refused")
    )
    op.create_table(
        "counters",
        *ids("version_id", key=True),
        *flags("in_test", key=True),
        *texts("kind", "name", key=True),
        *times("n"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "definitions", *texts("sandbox", "kind", "name", key=True), *integers("place"), *texts("body"), *authorship()
    )
    op.create_table(
        "discards",
        *ids("n", key=True),
        *texts("sandbox"),
        *times("at"),
        *texts("event", "key", "journey", optional=True),
        *texts("reason", "field"),
    )
    op.create_table(
        "entries",
        *ids("journey_id", key=True),
        *texts("key", key=True),
        *texts("person"),
        *integers("entrances"),
        *times("last_entered"),
        *ids("instance", optional=True),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events",
        *ids("id", key=True),
        *texts("sandbox", "source_id"),
        *times("at"),
        *texts("payload", optional=True),
        sa.Index("events_source", "sandbox", "source_id", unique=True),
    )
    op.create_table(
        "feedback",
        *ids("n", key=True),
        *texts("message", "kind"),
        *times("at"),
        sa.Index("feedback_message", "message"),
    )
    op.create_table(
        "guardrails",
        *texts("uid", key=True),
        *texts("sandbox", "kind", "body"),
        *flags("deployed"),
        *texts("changed_by"),
        *times("changed_at"),
    )
    op.create_table(
        "identities", *texts("sandbox", "namespace", "value", key=True), *ids("profile_id"), sqlite_with_rowid=False
    )
    op.create_table("inlets", *texts("name", key=True), *texts("sandbox"), *flags("requires_token", "open"))
    op.create_table(
        "instances",
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
        partial_index("instances_ended", "changed_at", "status != 0"),
        partial_index("instances_running", "version_id", "status = 0"),
    )
    op.create_table(
        "journeys",
        *ids("id", key=True),
        *texts("sandbox", "name"),
        sa.Index("journeys_name", "sandbox", "name", unique=True),
    )
    op.create_table(
        "memberships",
        *ids("profile_id", key=True),
        *texts("segment", key=True),
        *times("since"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "messages",
        *texts("id", key=True),
        *texts("sandbox"),
        *times("at"),
        *ids("version_id", "instance"),
        *flags("in_test"),
        *texts("activity", "channel", "address", "subject", "body", "html"),
    )
    op.create_table(
        "outbox",
        *ids("instance", key=True),
        *integers("call", key=True),
        *ids("version_id"),
        *texts("key"),
        *times("created"),
        *blobs("effect"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "passages",
        *ids("version_id", key=True),
        *flags("in_test", key=True),
        *texts("activity", key=True),
        *times("since", "n"),
        sqlite_with_rowid=False,
    )
    op.create_table("product_profiles", *texts("name", key=True), *texts("permissions", "sandboxes"))
    op.create_table(
        "profile_events",
        *ids("n", key=True),
        *ids("profile_id"),
        *times("at"),
        *texts("body"),
        sa.Index("profile_events_profile", "profile_id", "at"),
    )
    op.create_table(
        "profiles",
        *ids("id", key=True),
        *texts("sandbox"),
        *flags("test_profile"),
        *texts("attributes", "identities"),
        *integers("events"),
        *times("changed_at"),
        sa.Index("profiles_sandbox", "sandbox"),
    )
    op.create_table(
        "set_aside",
        *ids("id", key=True),
        *times("at"),
        *texts("kind"),
        *ids("instance", optional=True),
        *blobs("stimulus"),
        *texts("traceback"),
    )
    op.create_table("settings", *texts("sandbox", "name", key=True), *texts("value"))
    op.create_table(
        "step_events",
        *ids("n", key=True),
        *ids("version_id", "instance"),
        *times("at"),
        *texts("node_id", "status", "fields"),
        sa.Index("step_events_instance", "instance"),
    )
    op.create_table("suppressed", *texts("sandbox", "channel", "address", key=True), *texts("reason"), *times("at"))
    op.create_table("users", *texts("name", key=True), *texts("password", optional=True), *texts("product_profiles"))
    op.create_table(
        "versions",
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
        sa.Index("versions_number", "journey_id", "version", unique=True),
        sa.Index("versions_state", "state"),
    )
    op.create_table("workspace", *texts("name", key=True), *texts("value"))
