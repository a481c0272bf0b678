"""Machines may capture for the service, each with a token of its own; what ended lately is counted by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "machines",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(36), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("statement", sa.JSON(), nullable=True),
        sa.Column("refused", sa.Text(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_machines"),
        sa.UniqueConstraint("uuid", name="uq_machines_uuid"),
        sa.UniqueConstraint("digest", name="uq_machines_digest"),
    )
    op.create_index("ix_processes_ended_at", "processes", ["ended_at"])


def downgrade() -> None:
    op.drop_index("ix_processes_ended_at", "processes")
    op.drop_table("machines")
