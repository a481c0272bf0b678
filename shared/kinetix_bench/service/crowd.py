"""Fills a database for the benchmark by statements of its own: users with bags, and a queue of waiting captures."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, text

BATCH = "batch"
"""The users who sent the waiting captures are called so, with a number."""

_FILES = (
    ("animation-v2", "glb"),
    ("animation-v2", "kinanim"),
    ("animation-v2", "fbx"),
    ("thumbnail", "png"),
    ("thumbnail", "gif"),
)


def name_of(number: int) -> str:
    return f"player-{number}"


def emote_uuid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000000"


def process_uuid(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000001"


# A statement's `numbers` from 1 to `count`.
_NUMBERS = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count}) "
_USERS = """
    INSERT INTO users (world_id, external_id, created_at)
    SELECT 1, '{name}-' || n, 0 FROM numbers WHERE true ON CONFLICT DO NOTHING
"""
_EMOTES = """
    INSERT INTO assets (uuid, name, type, source, metadata, providers, categories, world_id, created_at)
    SELECT lpad(to_hex(n), 8, '0') || '-0000-4000-8000-000000000000', 'emote ' || n, 'emote', 'sdk',
           '{{"maturity": false, "duration": 3.2}}', '[]', '[]', 1, n
    FROM numbers
"""
_OWN_FILES = """
    INSERT INTO files (asset_id, name, extension, blob, bytes, created_at)
    SELECT id, '{name}', '{extension}', '00/' || uuid || '.{extension}', 100000, created_at
    FROM assets WHERE type = 'emote'
"""
# Each user has `each` emotes of its own.
_BAGS = """
    INSERT INTO bag (user_id, emote_uuid, is_uge, is_deleted, created_at)
    SELECT u.id, lpad(to_hex((CAST(substr(u.external_id, 8) AS INTEGER) - 1) * {each} + n), 8, '0')
           || '-0000-4000-8000-000000000000', true, false, n
    FROM users u CROSS JOIN numbers WHERE u.external_id LIKE 'player-%'
"""
_PROCESSES = """
    INSERT INTO processes (uuid, world_id, user_id, key_id, name, emote, animation, video, step, progression, maturity,
                           validated, rejected, request, attempts, created_at)
    SELECT lpad(to_hex(n), 8, '0') || '-0000-4000-8000-000000000001', 1,
           (SELECT min(id) FROM users WHERE external_id LIKE 'batch-%') + n % {users}, 1, 'waits',
           gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'initialized', 0, false, false, false, '{{}}', 0, n
    FROM numbers
"""
_CAPTURES = """
    INSERT INTO captures ({columns})
    SELECT {values} FROM processes WHERE name = 'waits'
"""


def _fill(db: Connection, statement: str, **values: Any) -> None:
    if db.dialect.name == "sqlite":
        driver: Any = db.connection.driver_connection
        driver.create_function("to_hex", 1, "{:x}".format)
        driver.create_function("lpad", 3, str.rjust)
        driver.create_function("gen_random_uuid", 0, lambda: str(uuid.uuid4()))
    else:
        db.execute(text("SET LOCAL statement_timeout = 0"))  # a million rows take longer on a busy machine
    # SQLite has the numbers before INSERT, PostgreSQL has them on either side of it.
    db.execute(text(_NUMBERS.format(**values) + statement.format(**values)))


def add_users(db: Connection, users: int, each: int) -> None:
    """`users` in the first world, with `each` emotes of their own in the bag; an emote has five files."""
    _fill(db, _USERS, name="player", count=users)
    _fill(db, _EMOTES, count=users * each)
    for name, extension in _FILES:
        db.execute(text(_OWN_FILES.format(name=name, extension=extension)))
    _fill(db, _BAGS, each=each, count=each)


def add_batch(db: Connection, count: int, users: int) -> None:
    """`count` captures that wait, of `users` who sent equally many."""
    _fill(db, _USERS, name=BATCH, count=users)
    _fill(db, _PROCESSES, count=count, users=users)
    given = {
        "process": "uuid",
        "world_id": "world_id",
        "user_id": "user_id",
        "turn": f"created_at / {users}",
        "attempt": "0",
        "deaths": "0",
        "heartbeat": "0",
        "percent": "0",
        "remaining_s": "0",
        "elapsed_s": "0",
        "created_at": "created_at",
        "updated_at": "created_at",
    }
    db.execute(text(_CAPTURES.format(columns=", ".join(given), values=", ".join(given.values()))))
