"""Revisions of journey versions and definitions."""

from alembic import op

from engine.store.columns import integers

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count the changes of each, so that no unseen change is overwritten."""
    for table in ("versions", "definitions"):
        op.add_column(table, *integers("revision", default="1"))
