"""Tags of emotes, and what was renamed or deleted on the library page and the hub has not taken over yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tags",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("emote_uuid", sa.String(length=36), nullable=False),
        sa.Column("tag", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
        sa.UniqueConstraint("emote_uuid", "tag", name=op.f("uq_tags_emote_uuid_tag")),
    )
    op.create_table(
        "library_edits",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("emote_uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("deleted", sa.Boolean(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_library_edits_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_library_edits")),
        sa.UniqueConstraint("user_id", "emote_uuid", name=op.f("uq_library_edits_user_id_emote_uuid")),
    )


def downgrade() -> None:
    op.drop_table("library_edits")
    op.drop_table("tags")
