"""Queries about assets (emotes, animations, videos, avatars), their files, and bags."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Row,
    ScalarSelect,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from kinetix_local.store.sql import rows
from kinetix_local.store.sql.database import insert_missing
from kinetix_local.store.sql.rows import AssetRow, BagRow, FileRow, ListedEmoteRow
from kinetix_local.store.sql.tables import assets, bag, files, users, world_emotes

OFFERED = [{"name": "KinePortal"}]
"""Providers of an emote that games may give to their users: what is made here is."""

ORIGINAL = "original"
"""The file of a video that is the clip itself."""
_VIEW = "view-"

_BATCH = 500  # values of one IN list


def asset(db: Connection, uuid: str, kind: str = "emote") -> AssetRow | None:
    return rows.first(db, AssetRow, select(assets).where(assets.c.uuid == uuid, assets.c.type == kind))


def hidden(row: AssetRow) -> bool:
    """A studio emote that its studio does not offer to games."""
    return row.source == "backOffice" and not offered(row)


def offered(row: AssetRow) -> bool:
    """Return whether games may give the emote to their users, whoever made it."""
    return any(entry.get("name") == "KinePortal" for entry in row.providers)


def files_of(db: Connection, asset_ids: Sequence[int]) -> dict[int, list[FileRow]]:
    """Asset id → its files, oldest first."""
    found: dict[int, list[FileRow]] = defaultdict(list)
    for start in range(0, len(asset_ids), _BATCH):
        part = asset_ids[start : start + _BATCH]
        query = select(files).where(files.c.asset_id.in_(part)).order_by(files.c.id)
        for row in rows.every(db, FileRow, query):
            found[row.asset_id].append(row)
    return found


def files_by_uuid(db: Connection, uuid: str) -> list[FileRow]:
    """Oldest first."""
    query = select(files).join(assets, assets.c.id == files.c.asset_id).where(assets.c.uuid == uuid)
    return rows.every(db, FileRow, query.order_by(files.c.id))


def view_name(number: int) -> str:
    """The file of a video that is further view `number` of the same take, from 1 on."""
    return f"{_VIEW}{number}"


def clips_of(db: Connection, uuid: str) -> tuple[str | None, list[str]]:
    """Blobs of a video: the clip, None where it is gone, and the further views of its take in their order."""
    found = files_by_uuid(db, uuid)
    clip = next((file.blob for file in reversed(found) if file.name == ORIGINAL), None)
    return clip, [view.blob for view in views_of(found)]


def views_of(of_video: Iterable[FileRow]) -> list[FileRow]:
    """Return the further views of a take among a video's files, in order."""
    by_name = {file.name: file for file in of_video if file.name.startswith(_VIEW)}
    return [by_name[name] for name in sorted(by_name)]


def file_by_name(db: Connection, uuid: str, avatar: str | None, name: str, extension: str) -> FileRow | None:
    query = (
        select(files)
        .join(assets, assets.c.id == files.c.asset_id)
        .where(
            assets.c.uuid == uuid,
            files.c.name == name,
            files.c.extension == extension,
            files.c.avatar_uuid.is_(None) if avatar is None else files.c.avatar_uuid == avatar,
        )
        .order_by(files.c.id.desc())
    )
    return rows.first(db, FileRow, query)


def add_asset(
    db: Connection, uuid: str, name: str, now: int, *, kind: str = "emote", **values: Any
) -> ScalarSelect[int]:
    """Add an asset and return its id as `add_file` takes it. Reads nothing (`Database.pipeline`)."""
    empty: dict[str, Any] = {"source": "sdk", "metadata": {}, "providers": [], "categories": [], "world_id": None}
    row = {**empty, **values, "uuid": uuid, "name": name, "type": kind, "created_at": now}
    db.execute(_ADD_ASSET, row)
    return select(assets.c.id).where(assets.c.uuid == uuid).scalar_subquery()


def complete_asset(db: Connection, uuid: str, name: str, now: int, **values: Any) -> int | ScalarSelect[int]:
    """Add an asset, or tell the rest about one that was there before its files."""
    row = asset(db, uuid)
    if row is None:
        return add_asset(db, uuid, name, now, **values)
    db.execute(update(assets).where(assets.c.id == row.id).values(name=name, **values))
    return row.id


def add_file(
    db: Connection,
    asset_id: int | ScalarSelect[int],
    name: str,
    extension: str,
    blob: str,
    size: int,
    now: int,
    avatar: str | None = None,
) -> None:
    row = {"avatar_uuid": avatar, "name": name, "extension": extension, "blob": blob, "bytes": size, "created_at": now}
    db.execute(_ADD_FILE.values(asset_id=asset_id), row)


_ADD_ASSET = assets.insert().inline()
_ADD_FILE = files.insert().inline()


def was_own(db: Connection, user_id: int, emote_uuid: str) -> bool:
    """Return whether the user once had this emote as their own creation."""
    found = select(bag.c.id).where(bag.c.user_id == user_id, bag.c.emote_uuid == emote_uuid, bag.c.is_uge.is_(True))
    return db.execute(found.limit(1)).first() is not None


def holders(db: Connection, emote_uuid: str) -> list[int]:
    """The users, of any world, who have the emote in the bag."""
    query = select(bag.c.user_id).where(bag.c.emote_uuid == emote_uuid, bag.c.is_deleted.is_(False))
    return list(db.execute(query).scalars())


def give(db: Connection, user_id: int, emote_uuid: str, now: int, *, uge: bool = False) -> bool:
    """Put the emote into the bag; False when it is there already. The row of one that was removed stays as it is."""
    row = {"user_id": user_id, "emote_uuid": emote_uuid, "is_uge": uge, "is_deleted": False, "created_at": now}
    return insert_missing(db, bag, row)


def remove(db: Connection, user_id: int, emote_uuid: str, now: int, reason: str | None, by: str = "You") -> bool:
    """Remove the emote from the bag (softly); False when it was not in it."""
    result = db.execute(
        update(bag)
        .where(bag.c.user_id == user_id, bag.c.emote_uuid == emote_uuid, bag.c.is_deleted.is_(False))
        .values(
            is_deleted=True, deleted_at=now, deleted_by=by, deletion_reason=reason, validated_at=None, validated_by=None
        )
    )
    return result.rowcount > 0


def bag_row(db: Connection, user_id: int, emote_uuid: str) -> BagRow | None:
    query = select(bag).where(bag.c.user_id == user_id, bag.c.emote_uuid == emote_uuid, bag.c.is_deleted.is_(False))
    return rows.first(db, BagRow, query)


class BagEntry(NamedTuple):
    """A row of the bag with its asset and the asset's files, oldest first."""

    row: BagRow
    asset: AssetRow
    files: list[FileRow]


def bag_page(
    db: Connection,
    world_id: int,
    external_id: str,
    limit: int,
    offset: int,
    *,
    mature: bool | None = None,
    since: int | None = None,
    until: int | None = None,
) -> tuple[int, list[BagEntry], int] | None:
    """Return the user's id, a page of the bag, newest first, and the number of rows on all pages.

    Rows without an asset and those of hidden emotes are left out. None: the world has no such user.
    """
    conditions: list[ColumnElement[bool]] = []
    if mature is not None:
        flag = cast(assets.c.metadata["maturity"], Text)
        conditions.append(flag.in_(("true", "1") if mature else ("false", "0")))  # SQLite has no truth values
    if since is not None:
        conditions.append(bag.c.created_at >= since)
    if until is not None:
        conditions.append(bag.c.created_at <= until)
    owner = {"world": world_id, "external": external_id}
    page = {"limit": min(limit, _MOST_ROWS), "offset": min(offset, _MOST_ROWS)}
    found = db.execute(_bag_page(*conditions) if conditions else _BAG_PAGE, owner | page).all()
    if not found:
        return None
    user_id, total = found[0][0], found[0][-2]
    if total is None:  # an empty page
        query = select(func.count()).select_from(_in_bag(*conditions).subquery())
        return user_id, [], int(db.execute(query, owner).scalar_one()) if offset or not limit else 0
    return user_id, [_bag_entry(row) for row in found], total


def _bag_entry(row: Row[Any]) -> BagEntry:
    of_bag = 1 + len(bag.c)
    of_asset = sorted(map(FileRow._make, row[-1] or ()))  # by number, so oldest first
    return BagEntry(BagRow._make(row[1:of_bag]), AssetRow._make(row[of_bag:-2]), of_asset)


_MOST_ROWS = 1 << 31  # of an offset; a larger one is no number to a database
_OWNER = users.c.world_id == bindparam("world"), users.c.external_id == bindparam("external")


class _JsonRows(FunctionElement[list[list[Any]] | None]):
    """Aggregate that returns each row of a group as a list of its values; PostgreSQL returns null for no rows."""

    type = JSON()
    inherit_cache = True


@compiles(_JsonRows, "sqlite")
def _(rows_: _JsonRows, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array(json_array({compiler.process(rows_.clauses, **options)}))"


@compiles(_JsonRows, "postgresql")
def _(rows_: _JsonRows, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_agg(json_build_array({compiler.process(rows_.clauses, **options)}))"


def _in_bag(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*bag.c, *assets.c, func.count().over().label("total"))
        .join(assets, (assets.c.uuid == bag.c.emote_uuid) & (assets.c.type == "emote"))
        .where(bag.c.user_id == select(users.c.id).where(*_OWNER).scalar_subquery(), bag.c.is_deleted.is_(False))
        .where(or_(assets.c.source != "backOffice", cast(assets.c.providers, Text).contains('"KinePortal"')))
        .where(*conditions)
    )


def _bag_page(*conditions: ColumnElement[bool]) -> Select[Any]:
    # From the user on, who has a row where the page is empty, too.
    page = _in_bag(*conditions).order_by(bag.c.created_at.desc(), bag.c.id.desc())
    shown = page.limit(bindparam("limit")).offset(bindparam("offset")).subquery()
    newest = dict(zip(bag.c.keys(), shown.c, strict=False))
    asset_id = shown.c[len(bag.c)]
    # In the same statement: a second one for a hundred files costs more than all else.
    of_asset = select(_JsonRows(*files.c)).where(files.c.asset_id == asset_id).scalar_subquery()
    joined = select(users.c.id, shown, of_asset).select_from(users.outerjoin(shown, true())).where(*_OWNER)
    return joined.order_by(newest["created_at"].desc(), newest["id"].desc())


_BAG_PAGE = _bag_page()


def gallery(
    db: Connection, words: Iterable[str] = (), limit: int | None = None, *, of_players: int | None = None
) -> list[AssetRow]:
    """Studio emotes that games may see, newest first; all `words` must be in the name.

    Args:
        of_players: a world, for what its own players made and accepted as well.
    """
    wanted = assets.c.source == "backOffice"
    if of_players is not None:
        accepted = select(world_emotes.c.emote_uuid).where(world_emotes.c.world_id == of_players)
        made_here = and_(assets.c.source == "sdk", assets.c.world_id == of_players, assets.c.uuid.in_(accepted))
        wanted = or_(wanted, made_here)
    query = select(assets).where(assets.c.type == "emote", wanted).order_by(assets.c.id.desc())
    for word in words:
        query = query.where(func.lower(assets.c.name).contains(word.lower(), autoescape=True))
    seen = [row for row in rows.every(db, AssetRow, query) if not hidden(row)]
    return seen if limit is None else seen[:limit]


def listed_assets(db: Connection, world_id: int) -> list[tuple[ListedEmoteRow, AssetRow]]:
    """The rows of the world's own list, each with its asset."""
    query = select(world_emotes).where(world_emotes.c.world_id == world_id).order_by(world_emotes.c.id)
    listed = rows.every(db, ListedEmoteRow, query)
    return [(row, known) for row in listed if (known := asset(db, row.emote_uuid)) is not None]


def rename(db: Connection, uuid: str, name: str) -> None:
    db.execute(update(assets).where(assets.c.uuid == uuid).values(name=name))


def any_asset(db: Connection, uuid: str) -> AssetRow | None:
    """The asset of whichever type."""
    return rows.first(db, AssetRow, select(assets).where(assets.c.uuid == uuid))
