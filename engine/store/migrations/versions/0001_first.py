"""The first workspaces. Frozen: what changes later is a revision of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Every table."""
    op.create_table(
        "audit",
        sa.Column("n", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("what", _TEXT, nullable=False),
        sa.Column("about", _TEXT, nullable=False),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )
    op.create_table(
        "counters",
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("in_test", sa.Boolean(), nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", "in_test", "kind", "name"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "definitions",
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.Column("created_by", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", _TEXT, nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sandbox", "kind", "name"),
    )
    op.create_table(
        "discards",
        sa.Column("n", _ID, nullable=False),
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("event", _TEXT, nullable=True),
        sa.Column("key", _TEXT, nullable=True),
        sa.Column("journey", _TEXT, nullable=True),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("field", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )
    op.create_table(
        "entries",
        sa.Column("journey_id", _ID, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("person", _TEXT, nullable=False),
        sa.Column("entrances", sa.Integer(), nullable=False),
        sa.Column("last_entered", sa.BigInteger(), nullable=False),
        sa.Column("instance", _ID, nullable=True),
        sa.PrimaryKeyConstraint("journey_id", "key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "events",
        sa.Column("id", _ID, nullable=False),
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("source_id", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("payload", _TEXT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("events_source", "events", ["sandbox", "source_id"], unique=True)
    op.create_table(
        "feedback",
        sa.Column("n", _ID, nullable=False),
        sa.Column("message", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )
    op.create_index("feedback_message", "feedback", ["message"], unique=False)
    op.create_table(
        "guardrails",
        sa.Column("uid", _TEXT, nullable=False),
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.Column("deployed", sa.Boolean(), nullable=False),
        sa.Column("changed_by", _TEXT, nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("uid"),
    )
    op.create_table(
        "identities",
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("namespace", _TEXT, nullable=False),
        sa.Column("value", _TEXT, nullable=False),
        sa.Column("profile_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("sandbox", "namespace", "value"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "inlets",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("requires_token", sa.Boolean(), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "instances",
        sa.Column("id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("in_test", sa.Boolean(), nullable=False),
        sa.Column("entered_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("activity", _TEXT, nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "instances_due",
        "instances",
        ["due"],
        unique=False,
        sqlite_where=sa.text("due IS NOT NULL"),
        postgresql_where=sa.text("due IS NOT NULL"),
    )
    op.create_index(
        "instances_ended",
        "instances",
        ["changed_at"],
        unique=False,
        sqlite_where=sa.text("status != 0"),
        postgresql_where=sa.text("status != 0"),
    )
    op.create_index(
        "instances_running",
        "instances",
        ["version_id"],
        unique=False,
        sqlite_where=sa.text("status = 0"),
        postgresql_where=sa.text("status = 0"),
    )
    op.create_table(
        "journeys",
        sa.Column("id", _ID, nullable=False),
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("journeys_name", "journeys", ["sandbox", "name"], unique=True)
    op.create_table(
        "memberships",
        sa.Column("profile_id", _ID, nullable=False),
        sa.Column("segment", _TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("profile_id", "segment"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "messages",
        sa.Column("id", _TEXT, nullable=False),
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("instance", _ID, nullable=False),
        sa.Column("in_test", sa.Boolean(), nullable=False),
        sa.Column("activity", _TEXT, nullable=False),
        sa.Column("channel", _TEXT, nullable=False),
        sa.Column("address", _TEXT, nullable=False),
        sa.Column("subject", _TEXT, nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.Column("html", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "outbox",
        sa.Column("instance", _ID, nullable=False),
        sa.Column("call", sa.Integer(), nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("key", _TEXT, nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("effect", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("instance", "call"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "passages",
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("in_test", sa.Boolean(), nullable=False),
        sa.Column("activity", _TEXT, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version_id", "in_test", "activity"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "product_profiles",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("permissions", _TEXT, nullable=False),
        sa.Column("sandboxes", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "profile_events",
        sa.Column("n", _ID, nullable=False),
        sa.Column("profile_id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )
    op.create_index("profile_events_profile", "profile_events", ["profile_id", "at"], unique=False)
    op.create_table(
        "profiles",
        sa.Column("id", _ID, nullable=False),
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("test_profile", sa.Boolean(), nullable=False),
        sa.Column("attributes", _TEXT, nullable=False),
        sa.Column("identities", _TEXT, nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("profiles_sandbox", "profiles", ["sandbox"], unique=False)
    op.create_table(
        "set_aside",
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kind", _TEXT, nullable=False),
        sa.Column("instance", _ID, nullable=True),
        sa.Column("stimulus", sa.LargeBinary(), nullable=False),
        sa.Column("traceback", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "settings",
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("value", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("sandbox", "name"),
    )
    op.create_table(
        "step_events",
        sa.Column("n", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("instance", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("node_id", _TEXT, nullable=False),
        sa.Column("status", _TEXT, nullable=False),
        sa.Column("fields", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )
    op.create_index("step_events_instance", "step_events", ["instance"], unique=False)
    op.create_table(
        "suppressed",
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("channel", _TEXT, nullable=False),
        sa.Column("address", _TEXT, nullable=False),
        sa.Column("reason", _TEXT, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sandbox", "channel", "address"),
    )
    op.create_table(
        "users",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("password", _TEXT, nullable=True),
        sa.Column("product_profiles", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "versions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("journey_id", _ID, nullable=False),
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", _TEXT, nullable=False),
        sa.Column("body", _TEXT, nullable=False),
        sa.Column("created_by", _TEXT, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", _TEXT, nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("published_by", _TEXT, nullable=True),
        sa.Column("published_at", sa.BigInteger(), nullable=True),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("test_since", sa.BigInteger(), nullable=True),
        sa.Column("test_wait", sa.BigInteger(), server_default="10000", nullable=False),
        sa.Column("test_people", sa.Integer(), server_default="0", nullable=False),
        sa.Column("test_last_event", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("versions_number", "versions", ["journey_id", "version"], unique=True)
    op.create_index("versions_state", "versions", ["state"], unique=False)
    op.create_table(
        "workspace",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("value", _TEXT, nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
