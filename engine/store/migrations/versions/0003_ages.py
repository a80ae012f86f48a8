"""Messages are found by their age."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index that pruning reads."""
    op.create_index("messages_at", "messages", ["at"])
