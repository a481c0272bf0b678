"""A bag keeps the rows of emotes that were removed and given again; processes keep two marks that imports may carry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("bag") as bag:
        bag.drop_constraint("uq_bag_user_id_emote_uuid", type_="unique")
    there = sa.text("NOT is_deleted")
    op.create_index(
        "uq_bag_user_id_emote_uuid",
        "bag",
        ["user_id", "emote_uuid"],
        unique=True,
        sqlite_where=there,
        postgresql_where=there,
    )
    op.add_column("processes", sa.Column("fast_ml", sa.Boolean(), nullable=True))
    op.add_column("processes", sa.Column("post_ml_error", sa.Boolean(), nullable=True))
    # What was made here before can still be given to others.
    op.execute("UPDATE assets SET providers = '[{\"name\": \"KinePortal\"}]' WHERE source = 'sdk' AND type = 'emote'")


def downgrade() -> None:
    with op.batch_alter_table("processes") as processes:
        processes.drop_column("post_ml_error")
        processes.drop_column("fast_ml")
    op.drop_index("uq_bag_user_id_emote_uuid", "bag")
    # Of several rows for one emote the newest is the one that counts.
    op.execute("DELETE FROM bag WHERE id NOT IN (SELECT MAX(id) FROM bag GROUP BY user_id, emote_uuid)")
    with op.batch_alter_table("bag") as bag:
        bag.create_unique_constraint("uq_bag_user_id_emote_uuid", ["user_id", "emote_uuid"])
