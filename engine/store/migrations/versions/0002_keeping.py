"""Segments that are computed, archives and exports, and the virtual clock of test mode."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Add tables and columns; existing memberships were set by hand."""
    op.add_column("versions", sa.Column("test_clock", _TEXT, nullable=True))
    op.add_column("memberships", sa.Column("inside", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("memberships", sa.Column("given", sa.Boolean(), nullable=True))
    memberships = sa.table("memberships", sa.column("given", sa.Boolean()))
    op.execute(memberships.update().values(given=sa.true()))
    op.create_table(
        "profile_changes",
        sa.Column("n", _ID, nullable=False),
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("profile_id", _ID, nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )
    op.create_table(
        "segment_rounds",
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("segment", _TEXT, nullable=False),
        sa.Column("rule", _TEXT, nullable=False),
        sa.Column("cursor", _ID, nullable=True),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("computed_at", sa.BigInteger(), nullable=True),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("sandbox", "segment"),
    )
    op.create_table(
        "archives",
        sa.Column("name", _TEXT, nullable=False),
        sa.Column("first", _ID, nullable=False),
        sa.Column("last", _ID, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.BigInteger(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "exports",
        sa.Column("n", _ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", _TEXT, nullable=False),
        sa.Column("sandbox", _TEXT, nullable=False),
        sa.Column("what", _TEXT, nullable=False),
        sa.Column("path", _TEXT, nullable=False),
        sa.Column("with_keys", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("n"),
    )
