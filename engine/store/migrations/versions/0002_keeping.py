"""Segments that are computed, archives and exports, and the virtual clock of test mode."""

import sqlalchemy as sa
from alembic import op

from engine.store.columns import flags, ids, integers, texts, times

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add tables and columns; existing memberships were set by hand."""
    op.add_column("versions", *texts("test_clock", optional=True))
    op.add_column("memberships", *flags("inside", default=sa.true()))
    op.add_column("memberships", *flags("given", optional=True))
    memberships = sa.table("memberships", sa.column("given", sa.Boolean()))
    op.execute(memberships.update().values(given=sa.true()))
    op.create_table("profile_changes", *ids("n", key=True), *texts("sandbox"), *ids("profile_id"))
    op.create_table(
        "segment_rounds",
        *texts("sandbox", "segment", key=True),
        *texts("rule"),
        *ids("cursor", optional=True),
        *times("began_at"),
        *times("computed_at", "next_at", optional=True),
    )
    op.create_table(
        "archives",
        *texts("name", key=True),
        *ids("first", "last"),
        *integers("rows"),
        *times("from_at", "until_at", "made_at"),
    )
    op.create_table(
        "exports", *ids("n", key=True), *times("at"), *texts("actor", "sandbox", "what", "path"), *flags("with_keys")
    )
