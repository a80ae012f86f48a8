"""Stimuli that wait for suspended versions."""

from alembic import op

from engine.store.columns import blobs, ids, times

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of stimuli that came for versions that cannot run."""
    op.create_table(
        "held_stimuli",
        *ids("id", key=True),
        *times("at"),
        *ids("version_id"),
        *ids("instance", optional=True),
        *blobs("stimulus"),
    )
