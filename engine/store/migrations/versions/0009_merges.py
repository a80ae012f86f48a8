"""The log of merges of profiles."""

from alembic import op
from sqlalchemy import Index

from engine.store.columns import ids, texts, times

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of merges."""
    op.create_table(
        "merges",
        *ids("n", key=True),
        *texts("sandbox"),
        *times("at"),
        *ids("kept"),
        *texts("body"),
        *times("undone_at", optional=True),
        Index("merges_kept", "kept"),
    )
