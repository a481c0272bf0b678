"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "categories",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("parent_uuid", sa.String(length=36), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("uuid", name=op.f("uq_categories_uuid")),
    )
    op.create_table(
        "plans",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("muge_limit", sa.Integer(), nullable=True),
        sa.Column("users_limit", sa.Integer(), nullable=True),
        sa.Column("calls_limit", sa.Integer(), nullable=True),
        sa.Column("monthly", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plans")),
        sa.UniqueConstraint("name", name=op.f("uq_plans_name")),
        sa.UniqueConstraint("uuid", name=op.f("uq_plans_uuid")),
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
    )
    op.create_table(
        "worlds",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("owner_uuid", sa.String(length=36), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("configuration", sa.JSON(), nullable=False),
        sa.Column("white_list", sa.Boolean(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_worlds_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_worlds")),
        sa.UniqueConstraint("uuid", name=op.f("uq_worlds_uuid")),
    )
    op.create_table(
        "actives",
        sa.Column("world_id", sa.Integer(), nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("value", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["world_id"], ["worlds.id"], name=op.f("fk_actives_world_id")),
        sa.PrimaryKeyConstraint("world_id", "period_start", "kind", "value", name=op.f("pk_actives")),
    )
    op.create_table(
        "aliases",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("world_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("name_key", sa.String(length=64), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("mature", sa.Boolean(), nullable=True),
        sa.Column("emotes", sa.JSON(), nullable=False),
        sa.Column("start_at", sa.BigInteger(), nullable=True),
        sa.Column("interval_ms", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["world_id"], ["worlds.id"], name=op.f("fk_aliases_world_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_aliases")),
        sa.UniqueConstraint("uuid", name=op.f("uq_aliases_uuid")),
        sa.UniqueConstraint("world_id", "name_key", name=op.f("uq_aliases_world_id_name_key")),
    )
    op.create_table(
        "assets",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=True),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("providers", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("world_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["world_id"], ["worlds.id"], name=op.f("fk_assets_world_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assets")),
        sa.UniqueConstraint("uuid", name=op.f("uq_assets_uuid")),
    )
    op.create_index("ix_assets_type_id", "assets", ["type", "id"], unique=False)
    op.create_table(
        "keys",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("world_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.Column("hint", sa.String(length=16), nullable=False),
        sa.Column("can_read", sa.Boolean(), nullable=False),
        sa.Column("can_write", sa.Boolean(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["world_id"], ["worlds.id"], name=op.f("fk_keys_world_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_keys_digest")),
        sa.UniqueConstraint("uuid", name=op.f("uq_keys_uuid")),
    )
    op.create_index(op.f("ix_keys_world_id"), "keys", ["world_id"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("world_id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["world_id"], ["worlds.id"], name=op.f("fk_users_world_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("world_id", "external_id", name=op.f("uq_users_world_id_external_id")),
    )
    op.create_table(
        "world_emotes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("world_id", sa.Integer(), nullable=False),
        sa.Column("emote_uuid", sa.String(length=36), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["world_id"], ["worlds.id"], name=op.f("fk_world_emotes_world_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_world_emotes")),
        sa.UniqueConstraint("world_id", "emote_uuid", name=op.f("uq_world_emotes_world_id_emote_uuid")),
    )
    op.create_table(
        "bag",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("emote_uuid", sa.String(length=36), nullable=False),
        sa.Column("is_uge", sa.Boolean(), nullable=False),
        sa.Column("is_deleted", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", sa.BigInteger(), nullable=True),
        sa.Column("deleted_by", sa.String(length=16), nullable=True),
        sa.Column("deletion_reason", sa.Text(), nullable=True),
        sa.Column("validated_at", sa.BigInteger(), nullable=True),
        sa.Column("validated_by", sa.String(length=64), nullable=True),
        sa.Column("moderation", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_bag_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bag")),
        sa.UniqueConstraint("user_id", "emote_uuid", name=op.f("uq_bag_user_id_emote_uuid")),
    )
    op.create_index(op.f("ix_bag_emote_uuid"), "bag", ["emote_uuid"], unique=False)
    op.create_index(
        "ix_bag_user_id_is_deleted_created_at", "bag", ["user_id", "is_deleted", "created_at"], unique=False
    )
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("world_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("process", sa.String(length=36), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.JSON(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name=op.f("fk_deliveries_key_id")),
        sa.ForeignKeyConstraint(["world_id"], ["worlds.id"], name=op.f("fk_deliveries_world_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("process", "status", name=op.f("uq_deliveries_process_status")),
        sa.UniqueConstraint("uuid", name=op.f("uq_deliveries_uuid")),
    )
    op.create_index(op.f("ix_deliveries_process"), "deliveries", ["process"], unique=False)
    op.create_index(op.f("ix_deliveries_state"), "deliveries", ["state"], unique=False)
    op.create_table(
        "files",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("asset_id", sa.Integer(), nullable=False),
        sa.Column("avatar_uuid", sa.String(length=36), nullable=True),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("extension", sa.String(length=16), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["asset_id"], ["assets.id"], name=op.f("fk_files_asset_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
    )
    op.create_index("ix_files_asset_id_name", "files", ["asset_id", "name"], unique=False)
    op.create_table(
        "processes",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("world_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(length=36), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("emote", sa.String(length=36), nullable=False),
        sa.Column("animation", sa.String(length=36), nullable=False),
        sa.Column("video", sa.String(length=36), nullable=False),
        sa.Column("parent", sa.String(length=36), nullable=True),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("progression", sa.Integer(), nullable=False),
        sa.Column("maturity", sa.Boolean(), nullable=False),
        sa.Column("validated", sa.Boolean(), nullable=False),
        sa.Column("rejected", sa.Boolean(), nullable=False),
        sa.Column("return_code", sa.Integer(), nullable=True),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("metadata", sa.JSON(), nullable=True),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("quality", sa.JSON(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("capture_seconds", sa.Float(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("ml_started_at", sa.BigInteger(), nullable=True),
        sa.Column("ml_ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name=op.f("fk_processes_key_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_processes_user_id")),
        sa.ForeignKeyConstraint(["world_id"], ["worlds.id"], name=op.f("fk_processes_world_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_processes")),
        sa.UniqueConstraint("uuid", name=op.f("uq_processes_uuid")),
    )
    op.create_index(op.f("ix_processes_emote"), "processes", ["emote"], unique=False)
    op.create_index(op.f("ix_processes_parent"), "processes", ["parent"], unique=False)
    op.create_index(op.f("ix_processes_step"), "processes", ["step"], unique=False)
    op.create_index(op.f("ix_processes_token"), "processes", ["token"], unique=False)
    op.create_index("ix_processes_user_id_created_at", "processes", ["user_id", "created_at"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("world_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("parent", sa.String(length=36), nullable=True),
        sa.Column("metadata", sa.JSON(), nullable=True),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name=op.f("fk_tokens_key_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tokens_user_id")),
        sa.ForeignKeyConstraint(["world_id"], ["worlds.id"], name=op.f("fk_tokens_world_id")),
        sa.PrimaryKeyConstraint("uuid", name=op.f("pk_tokens")),
    )
    op.create_table(
        "usages",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("world_id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("period_start", sa.BigInteger(), nullable=False),
        sa.Column("users", sa.Integer(), nullable=False),
        sa.Column("uge", sa.Integer(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("last_usage", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["key_id"], ["keys.id"], name=op.f("fk_usages_key_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"], name=op.f("fk_usages_plan_id")),
        sa.ForeignKeyConstraint(["world_id"], ["worlds.id"], name=op.f("fk_usages_world_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_usages")),
        sa.UniqueConstraint(
            "world_id", "plan_id", "key_id", "period_start", name=op.f("uq_usages_world_id_plan_id_key_id_period_start")
        ),
    )


def downgrade() -> None:
    op.drop_table("usages")
    op.drop_table("tokens")
    op.drop_index("ix_processes_user_id_created_at", table_name="processes")
    op.drop_index(op.f("ix_processes_token"), table_name="processes")
    op.drop_index(op.f("ix_processes_step"), table_name="processes")
    op.drop_index(op.f("ix_processes_parent"), table_name="processes")
    op.drop_index(op.f("ix_processes_emote"), table_name="processes")
    op.drop_table("processes")
    op.drop_index("ix_files_asset_id_name", table_name="files")
    op.drop_table("files")
    op.drop_index(op.f("ix_deliveries_state"), table_name="deliveries")
    op.drop_index(op.f("ix_deliveries_process"), table_name="deliveries")
    op.drop_table("deliveries")
    op.drop_index("ix_bag_user_id_is_deleted_created_at", table_name="bag")
    op.drop_index(op.f("ix_bag_emote_uuid"), table_name="bag")
    op.drop_table("bag")
    op.drop_table("world_emotes")
    op.drop_table("users")
    op.drop_index(op.f("ix_keys_world_id"), table_name="keys")
    op.drop_table("keys")
    op.drop_index("ix_assets_type_id", table_name="assets")
    op.drop_table("assets")
    op.drop_table("aliases")
    op.drop_table("actives")
    op.drop_table("worlds")
    op.drop_table("settings")
    op.drop_table("plans")
    op.drop_table("categories")
