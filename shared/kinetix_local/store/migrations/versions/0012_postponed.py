"""A capture whose files the storage does not give is put off in its row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("captures", sa.Column("due_at", sa.BigInteger(), nullable=True))
    op.add_column("captures", sa.Column("withheld", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("captures", "withheld")
    op.drop_column("captures", "due_at")
