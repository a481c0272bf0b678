"""What is to be captured has a row of its own, which a worker holds by a lease. Processes with work to do get theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ALIVE = (
    "initialized",
    "transcode_done",
    "requesting_ml",
    "waiting_scheduler",
    "waiting_runner",
    "ml_running",
    "ml_done",
    "rendering",
)


def upgrade() -> None:
    op.create_table(
        "captures",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("process", sa.String(36), nullable=False),
        sa.Column("world_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("worker", sa.String(100), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("deaths", sa.Integer(), nullable=False),
        sa.Column("heartbeat", sa.Integer(), nullable=False),
        sa.Column("stage", sa.String(16), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("remaining_s", sa.Integer(), nullable=False),
        sa.Column("elapsed_s", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_captures_user_id"),
        sa.ForeignKeyConstraint(["world_id"], ["worlds.id"], name="fk_captures_world_id"),
        sa.PrimaryKeyConstraint("id", name="pk_captures"),
        sa.UniqueConstraint("process", name="uq_captures_process"),
    )
    waits, held = sa.text("worker IS NULL"), sa.text("worker IS NOT NULL")
    for name, columns, where in (
        ("ix_captures_turn_id", ["turn", "id"], waits),
        ("ix_captures_world_id", ["world_id"], waits),
        ("ix_captures_worker", ["worker"], held),
        ("ix_captures_user_id_turn", ["user_id", "turn"], None),
    ):
        op.create_index(name, "captures", columns, sqlite_where=where, postgresql_where=where)
    steps = ", ".join(f"'{step}'" for step in _ALIVE)
    op.execute(
        "INSERT INTO captures (process, world_id, user_id, turn, attempt, deaths, heartbeat, percent, remaining_s, elapsed_s, "
        "created_at, updated_at) "
        "SELECT uuid, world_id, user_id, 0, attempts, 0, 0, 0, 0, 0, created_at, created_at FROM processes "
        f"WHERE step IN ({steps}) AND NOT rejected ORDER BY id"
    )


def downgrade() -> None:
    op.drop_table("captures")
