"""Studios in which somebody is signed in."""

from alembic import op

from engine.store.columns import texts, times

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of sessions."""
    op.create_table("sessions", *texts("digest", key=True), *texts("actor"), *times("used_at"))
