"""Files that a purge removes are noted before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "going_files",
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("noted_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("blob", name="pk_going_files"),
    )


def downgrade() -> None:
    op.drop_table("going_files")
