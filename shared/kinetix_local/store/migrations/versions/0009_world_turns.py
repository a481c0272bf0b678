"""Worlds take turns in the queue; what waits is found by world."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_WAITS = sa.text("worker IS NULL")


def upgrade() -> None:
    op.create_table(
        "world_turns",
        sa.Column("world_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["world_id"], ["worlds.id"], name="fk_world_turns_world_id"),
        sa.PrimaryKeyConstraint("world_id", name="pk_world_turns"),
    )
    op.create_index("ix_world_turns_turn", "world_turns", ["turn"])
    op.drop_index("ix_captures_turn_id", "captures")
    op.drop_index("ix_captures_world_id", "captures")
    columns = ["world_id", "turn", "id"]
    op.create_index("ix_captures_world_id_turn_id", "captures", columns, sqlite_where=_WAITS, postgresql_where=_WAITS)


def downgrade() -> None:
    op.drop_index("ix_captures_world_id_turn_id", "captures")
    op.create_index("ix_captures_turn_id", "captures", ["turn", "id"], sqlite_where=_WAITS, postgresql_where=_WAITS)
    op.create_index("ix_captures_world_id", "captures", ["world_id"], sqlite_where=_WAITS, postgresql_where=_WAITS)
    op.drop_table("world_turns")
