"""The tables. Times are whole milliseconds since 1970 (UTC), so that SQLite and PostgreSQL store and compare them alike."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
    text,
)

from kinetix_local.store.sql.columns import String, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _uuid() -> Column[str]:
    return Column("uuid", String(36), nullable=False, unique=True)


def _time(name: str, *, required: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=not required)


def _flag(name: str, default: bool = False) -> Column[bool]:
    return Column(name, Boolean, nullable=False, default=default)


def _of(table: str, name: str, *, required: bool = True, index: bool = False) -> Column[int]:
    return Column(name, Integer, ForeignKey(f"{table}.id"), nullable=not required, index=index)


def _waiting_index(name: str, *columns: str) -> Index:
    """Return an index of the captures that no worker holds."""
    waits = text("worker IS NULL")
    return Index(name, *columns, sqlite_where=waits, postgresql_where=waits)


settings = Table(
    "settings",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", JSON, nullable=False),
)

plans = Table(
    "plans",
    metadata,
    _id(),
    _uuid(),
    Column("name", String(64), nullable=False, unique=True),
    # None is no limit.
    Column("muge_limit", Integer),
    Column("users_limit", Integer),
    Column("calls_limit", Integer),
    _flag("monthly"),
    _time("created_at", required=True),
)

worlds = Table(
    "worlds",
    metadata,
    _id(),
    _uuid(),
    Column("name", String(64), nullable=False),
    Column("owner_uuid", String(36), nullable=False),
    _of("plans", "plan_id"),
    Column("configuration", JSON, nullable=False),
    _flag("white_list"),
    _flag("is_deleted"),
    _time("created_at", required=True),
)

keys = Table(
    "keys",
    metadata,
    _id(),
    _uuid(),
    _of("worlds", "world_id", index=True),
    Column("name", String(64), nullable=False, default=""),
    Column("digest", String(64), nullable=False, unique=True),
    # The key itself, sealed; None where an import knew only the digest (such a key cannot sign webhooks).
    Column("sealed", Text),
    Column("hint", String(16), nullable=False, default=""),
    _flag("can_read", True),
    _flag("can_write", True),
    _time("expires_at"),
    _flag("is_deleted"),
    _time("created_at", required=True),
    # store/roles.py; None for those of a game.
    Column("role", String(16)),
)

users = Table(
    "users",
    metadata,
    _id(),
    _of("worlds", "world_id"),
    Column("external_id", Text, nullable=False),
    _time("created_at", required=True),
    UniqueConstraint("world_id", "external_id"),
)

assets = Table(
    "assets",
    metadata,
    _id(),
    _uuid(),
    Column("name", Text, nullable=False),
    Column("type", String(16), nullable=False),
    Column("source", String(16)),
    Column("metadata", JSON, nullable=False),
    Column("providers", JSON, nullable=False),
    Column("categories", JSON, nullable=False),
    # The world that made it; None for studio emotes, which every world sees.
    _of("worlds", "world_id", required=False),
    _time("created_at", required=True),
    Index("ix_assets_type_id", "type", "id"),
)

files = Table(
    "files",
    metadata,
    _id(),
    Column("asset_id", Integer, ForeignKey("assets.id"), nullable=False),
    Column("avatar_uuid", String(36)),
    Column("name", String(64), nullable=False),
    Column("extension", String(16), nullable=False),
    Column("blob", Text, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    _time("created_at", required=True),
    Index("ix_files_asset_id_name", "asset_id", "name"),
)

bag = Table(
    "bag",
    metadata,
    _id(),
    Column("user_id", Integer, ForeignKey("users.id"), nullable=False),
    Column("emote_uuid", String(36), nullable=False, index=True),
    _flag("is_uge"),
    _flag("is_deleted"),
    _time("deleted_at"),
    Column("deleted_by", String(16)),
    Column("deletion_reason", Text),
    _time("validated_at"),
    Column("validated_by", String(64)),
    Column("moderation", JSON),
    _time("created_at", required=True),
    # Once; besides, the rows of earlier times that were removed again.
    Index(
        "uq_bag_user_id_emote_uuid",
        "user_id",
        "emote_uuid",
        unique=True,
        sqlite_where=text("NOT is_deleted"),
        postgresql_where=text("NOT is_deleted"),
    ),
    Index("ix_bag_user_id_is_deleted_created_at", "user_id", "is_deleted", "created_at"),
)

world_emotes = Table(
    "world_emotes",
    metadata,
    _id(),
    Column("world_id", Integer, ForeignKey("worlds.id"), nullable=False),
    Column("emote_uuid", String(36), nullable=False),
    _time("created_at", required=True),
    UniqueConstraint("world_id", "emote_uuid"),
)

categories = Table(
    "categories",
    metadata,
    _id(),
    _uuid(),
    Column("name", String(64), nullable=False),
    Column("parent_uuid", String(36)),
    _time("created_at", required=True),
)

aliases = Table(
    "aliases",
    metadata,
    _id(),
    _uuid(),
    _of("worlds", "world_id"),
    Column("name", String(64), nullable=False),
    Column("name_key", String(64), nullable=False),
    Column("description", Text),
    Column("categories", JSON, nullable=False),
    Column("mature", Boolean),
    Column("emotes", JSON, nullable=False),
    _time("start_at"),
    Column("interval_ms", BigInteger),
    _time("created_at", required=True),
    UniqueConstraint("world_id", "name_key"),
)

tokens = Table(
    "tokens",
    metadata,
    Column("uuid", String(36), primary_key=True),
    _of("worlds", "world_id"),
    _of("keys", "key_id"),
    _of("users", "user_id"),
    Column("parent", String(36)),
    Column("metadata", JSON),
    _time("expires_at", required=True),
    _time("created_at", required=True),
)

processes = Table(
    "processes",
    metadata,
    _id(),
    _uuid(),
    _of("worlds", "world_id"),
    _of("users", "user_id"),
    _of("keys", "key_id"),
    Column("token", String(36), index=True),
    Column("name", Text, nullable=False),
    Column("emote", String(36), nullable=False, index=True),
    Column("animation", String(36), nullable=False),
    Column("video", String(36), nullable=False),
    Column("parent", String(36), index=True),
    Column("step", String(32), nullable=False, index=True),
    Column("progression", Integer, nullable=False, default=0),
    _flag("maturity"),
    _flag("validated"),
    _flag("rejected"),
    Column("return_code", Integer),
    # Told by imports only; None where nobody said.
    Column("fast_ml", Boolean),
    Column("post_ml_error", Boolean),
    Column("error_message", Text),
    # What is told instead of the message where there is room: code, title, detail, nextStep.
    Column("failure", JSON),
    Column("metadata", JSON),
    # What the upload asked for: trim, crop.
    Column("request", JSON, nullable=False),
    Column("quality", JSON),
    Column("attempts", Integer, nullable=False, default=0),
    Column("capture_seconds", Float),
    _time("created_at", required=True),
    # None until something happens to it.
    _time("updated_at"),
    _time("ml_started_at"),
    _time("ml_ended_at"),
    _time("ended_at"),
    Index("ix_processes_user_id_created_at", "user_id", "created_at"),
    Index("ix_processes_ended_at", "ended_at"),
)

# Who administered what (store/audit.py).
audit = Table(
    "audit",
    metadata,
    _id(),
    _time("at", required=True),
    Column("actor", String(128), nullable=False),
    Column("action", String(64), nullable=False),
    Column("details", JSON, nullable=False),
)

# What is to be captured and by whom (store/captures.py); the row goes when the capture is over.
captures = Table(
    "captures",
    metadata,
    _id(),
    Column("process", String(36), nullable=False, unique=True),
    _of("worlds", "world_id"),
    _of("users", "user_id"),
    # Of one world smaller ones begin earlier, those of one turn in the order in which they came (store/turns.py).
    Column("turn", BigInteger, nullable=False),
    # Who holds it; None while it waits.
    Column("worker", String(100)),
    Column("attempt", Integer, nullable=False, default=0),
    # Attempts whose worker process died.
    Column("deaths", Integer, nullable=False, default=0),
    # Counted, not timed: clocks of several machines, or one that is set, end no lease.
    Column("heartbeat", Integer, nullable=False, default=0),
    Column("stage", String(16)),
    Column("percent", Integer, nullable=False, default=0),
    Column("remaining_s", Integer),
    Column("elapsed_s", Integer, nullable=False, default=0),
    # Not before then (store/queue/turns.py), and what the storage said when it did not give the clip.
    _time("due_at"),
    Column("withheld", Text),
    _time("created_at", required=True),
    _time("updated_at", required=True),
    _waiting_index("ix_captures_world_id_turn_id", "world_id", "turn", "id"),
    Index(
        "ix_captures_worker",
        "worker",
        sqlite_where=text("worker IS NOT NULL"),
        postgresql_where=text("worker IS NOT NULL"),
    ),
    Index("ix_captures_user_id_turn", "user_id", "turn"),
)

# When a capture of a world began for the last time, as a number that grows: worlds take turns (store/turns.py).
world_turns = Table(
    "world_turns",
    metadata,
    Column("world_id", Integer, ForeignKey("worlds.id"), primary_key=True, autoincrement=False),
    Column("turn", BigInteger, nullable=False, index=True),
)

# Machines that may capture for the service (kinetix_studio/machines/store.py).
machines = Table(
    "machines",
    metadata,
    _id(),
    _uuid(),
    Column("name", String(64), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    # What it said of itself when it joined, and why it was refused then.
    Column("statement", JSON),
    Column("refused", Text),
    _time("seen_at"),
    _flag("is_deleted"),
    _time("created_at", required=True),
)

usages = Table(
    "usages",
    metadata,
    _id(),
    _of("worlds", "world_id"),
    _of("plans", "plan_id"),
    _of("keys", "key_id"),
    # Start of the month, or 0 for plans that count over all time.
    _time("period_start", required=True),
    Column("users", Integer, nullable=False, default=0),
    Column("uge", Integer, nullable=False, default=0),
    Column("calls", Integer, nullable=False, default=0),
    _time("last_usage"),
    _time("created_at", required=True),
    UniqueConstraint("world_id", "plan_id", "key_id", "period_start"),
)

# Who and what was active in a period: the monthly active emotes and emote users are counts of these rows.
actives = Table(
    "actives",
    metadata,
    Column("world_id", Integer, ForeignKey("worlds.id"), primary_key=True),
    Column("period_start", BigInteger, primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("value", String(64), primary_key=True),
)

deliveries = Table(
    "deliveries",
    metadata,
    _id(),
    _uuid(),
    _of("worlds", "world_id"),
    _of("keys", "key_id"),
    Column("process", String(36), nullable=False, index=True),
    Column("status", String(16), nullable=False),
    Column("url", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String(16), nullable=False, index=True),
    Column("attempts", JSON, nullable=False),
    _time("next_at"),
    _time("created_at", required=True),
    _time("ended_at"),
    # The service that sends it just now (store/replica.py).
    Column("sender", String(16)),
    UniqueConstraint("process", "status"),
)

# Files that are removed just now, as no row names them any more (store/removals.py).
going_files = Table("going_files", metadata, Column("blob", Text, primary_key=True), _time("noted_at", required=True))

# Words that a person put on an emote on the library page, to find it again.
tags = Table(
    "tags",
    metadata,
    _id(),
    Column("emote_uuid", String(36), nullable=False),
    Column("tag", String(64), nullable=False),
    UniqueConstraint("emote_uuid", "tag"),
)

# What was renamed or deleted on the library page and the hub has not taken over yet: one row per emote, the last edit counts.
# Every edit has a version of its own, so what the hub says that it took over takes nothing newer away.
library_edits = Table(
    "library_edits",
    metadata,
    _id(),
    Column("version", String(16), nullable=False),
    _of("users", "user_id"),
    Column("emote_uuid", String(36), nullable=False),
    Column("name", Text),
    Column("deleted", Boolean),
    UniqueConstraint("user_id", "emote_uuid"),
)
