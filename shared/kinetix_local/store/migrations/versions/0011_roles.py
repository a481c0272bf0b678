"""A key may have a role."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("keys", sa.Column("role", sa.String(16), nullable=True))


def downgrade() -> None:
    op.drop_column("keys", "role")  # in place: other tables refer to this one, so SQLite cannot make it anew
