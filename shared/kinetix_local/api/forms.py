"""Rows in the JSON forms of the API. Typed clients read them: integers stay integers, and what is not set is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kinetix_capture.quality_model import QualityReport
from kinetix_core.values.failure import PUBLISHED_TEXTS
from kinetix_local.store import process_steps
from kinetix_local.store.clock import iso
from kinetix_local.store.processes import emotes_of
from kinetix_local.store.queue.captures import Live
from kinetix_local.store.queue.waits import Wait
from kinetix_local.store.retakes import Retakes
from kinetix_local.store.sql.rows import AssetRow, BagRow, FileRow, ProcessRow, UserRow

# File of an avatar (or of the emote itself) → key of the flat answer.
_FLAT = {
    ("thumbnail", "gif"): "thumbnailGifUrl",
    ("thumbnail", "png"): "thumbnailPngUrl",
    ("animation", "fbx"): "animationFbxUrl",
    ("animation", "glb"): "animationGlbUrl",
    ("animation", "kinanim"): "animationKinanimUrl",
    ("userData", "json"): "avatarMappingUrl",
    ("unreal", "glb"): "unrealGlbUrl",
}


class Links:
    """Links to files: `{base}/user-data/{asset}-{name}[-{avatar}].{extension}`."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/")

    def file(self, asset_uuid: str, row: FileRow) -> str:
        if row.blob.startswith("http"):  # an import said that it lies elsewhere
            return row.blob
        avatar = f"-{row.avatar_uuid}" if row.avatar_uuid else ""
        return f"{self.base}/user-data/{asset_uuid}-{row.name}{avatar}.{row.extension}"


def user_json(user: UserRow) -> dict[str, Any]:
    # `virtualWorldId` is a misnomer of the API: it is the game's own id of the user.
    return {"id": user.id, "virtualWorldId": user.external_id, "createdAt": iso(user.created_at)}


def asset_json(
    row: AssetRow, files: Iterable[FileRow], links: Links, default_avatar: str | None = None
) -> dict[str, Any]:
    """An asset with its own files, and per avatar the files made for it."""
    own: list[dict[str, Any]] = []
    avatars: dict[str, list[dict[str, Any]]] = {}
    for file in files:
        entry: dict[str, Any] = {
            "id": file.id,
            "name": file.name,
            "extension": file.extension,
            "assetId": file.asset_id,
            "url": links.file(row.uuid, file),
            "createdAt": iso(file.created_at),
        }
        if file.avatar_uuid:
            avatars.setdefault(file.avatar_uuid, []).append(
                entry | {"uuid": file.avatar_uuid, "avatar": file.avatar_uuid}
            )
        else:
            own.append(entry)
    result = {
        "id": row.id,
        "uuid": row.uuid,
        "name": row.name,
        "type": row.type,
        "source": row.source,
        "metadata": row.metadata,
        "files": own,
        "avatars": avatars,
        "providers": row.providers,
        "categories": row.categories,
        "createdAt": iso(row.created_at),
    }
    # Those of the world's character where it has files of its own, even when no picture is among them.
    for file_json in avatars.get(default_avatar or "", own):
        if file_json["name"] == "thumbnail" and file_json["extension"] in {"gif", "png"}:
            result.setdefault(f"defaultThumbnail{file_json['extension'].title()}Url", file_json["url"])
    return result


def avatar_json(asset: Mapping[str, Any], avatar: str) -> dict[str, Any]:
    """The flat form: the urls of one avatar's files instead of the lists."""
    flat = {name: value for name, value in asset.items() if name not in {"files", "avatars"}}
    for file in asset["avatars"][avatar]:
        if key := _FLAT.get((file["name"], file["extension"])):
            flat.setdefault(key, file["url"])
    return flat


def bag_json(row: BagRow, asset: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": row.id,
        "userId": row.user_id,
        "emoteUuid": row.emote_uuid,
        "isUGE": row.is_uge,
        "isDeleted": row.is_deleted,
        "deletedAt": _time(row.deleted_at),
        "deletedBy": row.deleted_by,
        "deletionReason": row.deletion_reason,
        "validatedAt": _time(row.validated_at),
        "validatedBy": row.validated_by,
        "moderation": row.moderation,
        "createdAt": iso(row.created_at),
        "data": asset,
    }


def process_json(
    row: ProcessRow,
    *,
    retakes: Retakes | None = None,
    with_status: bool = False,
    live: Live | None = None,
    wait: Wait | None = None,
    thumbnail: str | None = None,
    strict: bool = False,
) -> dict[str, Any]:
    """A process.

    Args:
        retakes: adds the hierarchy.
        live: the running capture's progress.
        wait: place in the queue and expected wait, of a capture that waits.
        thumbnail: address of the video's picture.
        strict: nothing of Kinetix Local's own, from `failure` to `queueWait`, and no reasons but those that the published server
            knows.
    """
    result: dict[str, Any] = {
        "uuid": row.uuid,
        "name": row.name,
        "animation": row.animation,
        "emote": row.emote,
        "user": row.user_id,
        "video": row.video,
        "vw": row.world_id,
        "step": row.step,
        "progression": row.progression,
        "maturity": row.maturity,
        "validated": row.validated,
        "rejected": row.rejected,
        "key": row.key_id,
        "createdAt": iso(row.created_at),
    }
    for name, moment in (
        ("lastUpdateAt", row.updated_at),
        ("mlStartedAt", row.ml_started_at),
        ("mlEndedAt", row.ml_ended_at),
        ("endedAt", row.ended_at),
    ):
        if moment is not None:
            result[name] = iso(moment)
    for name, value in (
        ("mlReturnCode", row.return_code),
        ("fastML", row.fast_ml),
        ("postMLError", row.post_ml_error),
        ("thumbnailUrl", thumbnail if row.step != "transcode_failed" else None),
    ):
        if value is not None:
            result[name] = value
    own_reason = row.error_message if process_steps.group(row.step) == "failed" and not strict else None
    published = None if row.return_code is None else PUBLISHED_TEXTS.get(row.return_code)
    message = own_reason or published
    if message:
        result["errorMessage"] = message
    if own_reason and row.failure:
        result["failure"] = row.failure
    if row.quality and not strict:
        report = QualityReport.read(row.quality).plain()
        result |= {name: report[name] for name in ("hints", "wording") if name in report}
    if not strict and len(made := emotes_of(row)) > 1:
        result["emotes"] = made
    if row.parent:
        result["parent"] = row.parent
    if row.metadata:
        result["metadata"] = row.metadata
    if live is not None and row.step in {"ml_running", "rendering"}:
        result["step"] = live.step
        result["progression"] = max(row.progression, live.percent)
        result["lastUpdateAt"] = iso(live.updated_at)
        if not strict:
            result["stage"] = live.stage
        if live.step == "ml_running" and live.remaining_s is not None:
            result["ml"] = {
                "progression": live.percent,
                "mlRemaining": live.remaining_s,
                "mlElapsed": live.elapsed_s,
            }
    if wait is not None and not strict:
        result["queuePlace"] = wait.place
        if wait.seconds is not None:
            result["queueWait"] = wait.seconds
    if with_status:
        result["status"] = process_steps.status(result["step"], row.validated, row.rejected)
    if retakes is not None:
        result["hierarchy"] = retakes.hierarchy(row.uuid)
    return result


def created_json(row: ProcessRow) -> dict[str, Any]:
    """The answer to an upload: fewer keys, and its `createdAt` is a number."""
    whole = process_json(row)
    whole.pop("metadata", None)
    return whole | {"createdAt": row.created_at}


def _time(ms: int | None) -> str | None:
    return None if ms is None else iso(ms)
