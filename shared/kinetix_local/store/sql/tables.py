"""The tables. Times are whole milliseconds since 1970 (UTC), so that SQLite and PostgreSQL store and compare them alike."""

from __future__ import annotations

from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin, get_type_hints

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
from sqlalchemy.schema import SchemaItem

from kinetix_local.store.sql import rows
from kinetix_local.store.sql.columns import String, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


_TYPES: dict[Any, Any] = {int: Integer, bool: Boolean, float: Float, str: Text, dict: JSON, list: JSON}


def _table(name: str, row: type[NamedTuple], *constraints: SchemaItem) -> Table:
    """Return the table of a row: a field that may be None is a column that may be null."""
    fields = get_type_hints(row, include_extras=True)
    if row is rows.ProcessRow:
        del fields["external_id"]  # of its user
    return Table(name, metadata, *(_column(*field) for field in fields.items()), *constraints)


def _column(name: str, hint: Any) -> Column[Any]:
    parts = get_args(hint) if get_origin(hint) in {Union, UnionType} else (hint,)
    whole = next(part for part in parts if part is not NoneType)
    plain, *marks = get_args(whole) if get_origin(whole) is Annotated else (whole,)
    kind = _TYPES[get_origin(plain) or plain] if not name.endswith("_at") else BigInteger
    references: list[ForeignKey] = []
    options: dict[str, Any] = {"primary_key": True} if name == "id" else {}
    for mark in marks:
        if isinstance(mark, rows.Refers):
            references.append(ForeignKey(f"{mark.table}.id"))
        elif isinstance(mark, str):
            options[mark] = True
        else:
            kind = mark
    if name == "uuid" and not options:
        options["unique"] = True
    return Column(name, kind, *references, nullable=NoneType in parts, **options)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True, autoincrement=True)


def _of(table: str, name: str) -> Column[int]:
    return Column(name, Integer, ForeignKey(f"{table}.id"), nullable=False)


def _time(name: str, *, required: bool = False) -> Column[int]:
    return Column(name, BigInteger, nullable=not required)


def _only_where(condition: str, name: str, *columns: str, unique: bool = False) -> Index:
    where = text(condition)
    return Index(name, *columns, unique=unique, sqlite_where=where, postgresql_where=where)


settings = Table(
    "settings",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", JSON, nullable=False),
)

plans = _table("plans", rows.PlanRow)
worlds = _table("worlds", rows.WorldRow)
keys = _table("keys", rows.KeyRow)
users = _table("users", rows.UserRow, UniqueConstraint("world_id", "external_id"))
assets = _table("assets", rows.AssetRow, Index("ix_assets_type_id", "type", "id"))
files = _table("files", rows.FileRow, Index("ix_files_asset_id_name", "asset_id", "name"))
bag = _table(
    "bag",
    rows.BagRow,
    # Once; besides, the rows of earlier times that were removed again.
    _only_where("NOT is_deleted", "uq_bag_user_id_emote_uuid", "user_id", "emote_uuid", unique=True),
    Index("ix_bag_user_id_is_deleted_created_at", "user_id", "is_deleted", "created_at"),
)
world_emotes = _table("world_emotes", rows.ListedEmoteRow, UniqueConstraint("world_id", "emote_uuid"))
categories = _table("categories", rows.CategoryRow)
aliases = _table("aliases", rows.AliasRow, UniqueConstraint("world_id", "name_key"))
tokens = _table("tokens", rows.TokenRow)
processes = _table(
    "processes",
    rows.ProcessRow,
    Index("ix_processes_user_id_created_at", "user_id", "created_at"),
    Index("ix_processes_ended_at", "ended_at"),
)
audit = _table("audit", rows.AuditRow)
machines = _table("machines", rows.MachineRow)
usages = _table("usages", rows.UsageRow, UniqueConstraint("world_id", "plan_id", "key_id", "period_start"))
deliveries = _table("deliveries", rows.DeliveryRow, UniqueConstraint("process", "status"))

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
    _only_where("worker IS NULL", "ix_captures_world_id_turn_id", "world_id", "turn", "id"),
    _only_where("worker IS NOT NULL", "ix_captures_worker", "worker"),
    Index("ix_captures_user_id_turn", "user_id", "turn"),
)

# When a capture of a world began for the last time, as a number that grows: worlds take turns (store/turns.py).
world_turns = Table(
    "world_turns",
    metadata,
    Column("world_id", Integer, ForeignKey("worlds.id"), primary_key=True, autoincrement=False),
    Column("turn", BigInteger, nullable=False, index=True),
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
