"""A process that nothing has happened to yet has no last update, so that one told by an import can equal its creation."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("processes") as processes:
        processes.alter_column("updated_at", existing_type=sa.BigInteger(), nullable=True)
    op.execute("UPDATE processes SET updated_at = NULL WHERE updated_at = created_at")


def downgrade() -> None:
    op.execute("UPDATE processes SET updated_at = created_at WHERE updated_at IS NULL")
    with op.batch_alter_table("processes") as processes:
        processes.alter_column("updated_at", existing_type=sa.BigInteger(), nullable=False)
