"""Custom reports."""

from alembic import op

from engine.store.columns import authorship, ids, integers, texts

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of reports: they are no definitions, since journeys do not use them."""
    op.create_table(
        "reports", *ids("id", key=True), *texts("sandbox", "name"), *integers("revision"), *texts("body"), *authorship()
    )
    op.create_index("reports_name", "reports", ["sandbox", "name"], unique=True)
