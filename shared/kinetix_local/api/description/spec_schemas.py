"""Schemas of the API's description, as data."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

_TIME: Json = {"type": "string", "format": "date-time"}
_UUID: Json = {"type": "string", "format": "uuid"}
_TEXT: Json = {"type": "string"}
_INT: Json = {"type": "integer"}
_BOOL: Json = {"type": "boolean"}
_OBJECT: Json = {"type": "object"}


def _nullable(schema: Json) -> Json:
    return {**schema, "nullable": True}


def _object(required: str, **properties: Json) -> Json:
    return {"type": "object", "required": required.split(), "properties": properties}


def _list(of: str | Json) -> Json:
    return {"type": "array", "items": ref(of) if isinstance(of, str) else of}


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


_PROCESS = {
    "uuid": _UUID,
    "name": _TEXT,
    "animation": _UUID,
    "emote": _UUID,
    "video": _UUID,
    "user": {**_INT, "description": "Kinetix' own number of the user, not the game's id."},
    "vw": _INT,
    "key": _INT,
    "step": {**_TEXT, "description": "How far it is, e.g. initialized, ml_running, done, ml_failed."},
    "status": {"type": "string", "enum": ["pending", "processing", "done", "failed", "validated", "rejected"]},
    "progression": {"type": "integer", "minimum": 0, "maximum": 100},
    "maturity": _BOOL,
    "validated": _BOOL,
    "rejected": _BOOL,
    "fastML": _BOOL,
    "postMLError": _BOOL,
    "mlReturnCode": {**_INT, "description": "5 too many people, 6 nobody, 7 too small, -1 unknown."},
    "parent": {**_UUID, "description": "The attempt that this one repeats."},
    "errorMessage": _TEXT,
    "metadata": _OBJECT,
    "ml": _object("progression mlRemaining mlElapsed", progression=_INT, mlRemaining=_INT, mlElapsed=_INT),
    "hierarchy": _object("parents children", parents=_INT, parent=_OBJECT, children=_INT, child=_OBJECT),
    "createdAt": _TIME,
    "lastUpdateAt": _TIME,
    "mlStartedAt": _TIME,
    "mlEndedAt": _TIME,
    "endedAt": _TIME,
    "hints": {
        "type": "array",
        "items": _TEXT,
        "description": "Of a clip that became an emote: what would make the next take better. Only Kinetix Local tells it.",
    },
    "wording": {
        **_OBJECT,
        "description": "What the hints that were filled in were made from: `hints` is a list of `text` with {names} and the `values` "
        "of these, null for a hint that is as it stands. Only Kinetix Local tells it.",
    },
    "emotes": {
        "type": "array",
        "items": _UUID,
        "description": "Of a clip of several people: the emotes of all of them, from left to right. Only Kinetix Local tells it.",
    },
    "queuePlace": {
        **_INT,
        "description": "Of a clip that waits: 1 begins next; 1000 is that or a later one. Only Kinetix Local tells it.",
    },
    "queueWait": {
        **_INT,
        "description": "Of a clip that waits: seconds until it may begin, guessed from the captures that run and from the last ones. "
        "Only Kinetix Local tells it.",
    },
}
_PROCESS_REQUIRED = "uuid name animation emote video user vw key step progression maturity validated rejected createdAt"

_ASSET_ENDS: Json = {
    "id": _INT,
    "uuid": _UUID,
    "name": _TEXT,
    "type": _TEXT,
    "source": {**_nullable(_TEXT), "description": "sdk (made by a user), backOffice (made by a studio), or null."},
    "metadata": {**_OBJECT, "description": "maturity, duration in seconds, …"},
    "providers": _list(_OBJECT),
    "categories": {"type": "array", "items": {}},
    "createdAt": _TIME,
    "defaultThumbnailGifUrl": _TEXT,
    "defaultThumbnailPngUrl": _TEXT,
}

SCHEMAS: dict[str, Json] = {
    "Health": _object("status info details", status=_TEXT, info=_OBJECT, details=_OBJECT),
    "User": _object(
        "id virtualWorldId createdAt",
        id=_INT,
        virtualWorldId={**_TEXT, "description": "The game's own id of the user, in spite of its name."},
        createdAt=_TIME,
        virtualWorlds=_list(_OBJECT),
    ),
    "Configuration": {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": _TEXT,
            "allowUGC": _nullable(_BOOL),
            "allowPremium": _nullable(_BOOL),
            "website": _nullable(_TEXT),
            "webhookUri": _nullable(_TEXT),
            "defaultAvatarUuid": _nullable(_UUID),
            "enableGTAV": _nullable(_BOOL),
            "ugcFrontentUrl": _nullable(_TEXT),
            "ugcValidation": {"description": "false, true, or {maxRetry}."},
            "maxEmotes": _nullable(_INT),
            "minSeconds": _nullable(
                {"type": "number", "description": "Ours: of a clip for one emote; 1 where absent."}
            ),
            "maxSeconds": _nullable(
                {"type": "number", "description": "Ours: of a clip for one emote; 10 where absent."}
            ),
        },
    },
    "ConfigurationUpdated": _object("message data", message=_TEXT, data=_OBJECT),
    "EmotesAdded": _object("status data", status=_TEXT, data=_OBJECT),
    "WorldEmotes": _list(_OBJECT),
    "File": _object(
        "id name extension assetId url createdAt",
        id=_INT,
        name=_TEXT,
        extension=_TEXT,
        assetId=_INT,
        url=_TEXT,
        createdAt=_TIME,
        uuid=_UUID,
        avatar=_UUID,
    ),
    "Asset": {
        "type": "object",
        "required": ["id", "uuid", "name", "type", "metadata", "files", "avatars", "createdAt"],
        "properties": {
            **_ASSET_ENDS,
            "files": _list("File"),
            "avatars": {"type": "object", "additionalProperties": _list("File")},
        },
    },
    "Assets": _list("Asset"),
    "AvatarFiles": {
        "type": "object",
        "required": ["id", "uuid", "name", "type"],
        "properties": {
            **_ASSET_ENDS,
            **dict.fromkeys(
                (
                    "thumbnailGifUrl",
                    "thumbnailPngUrl",
                    "animationFbxUrl",
                    "animationGlbUrl",
                    "animationKinanimUrl",
                    "avatarMappingUrl",
                    "unrealGlbUrl",
                ),
                _TEXT,
            ),
        },
    },
    "Categories": _object("data", data=_list(_OBJECT)),
    "Alias": _object("emoteUuid data", emoteUuid=_UUID, data=ref("Asset")),
    "UserEmote": _object(
        "id userId emoteUuid isUGE isDeleted createdAt data",
        id=_INT,
        userId=_INT,
        emoteUuid=_UUID,
        isUGE=_BOOL,
        isDeleted=_BOOL,
        deletedAt=_nullable(_TIME),
        deletedBy=_nullable(_TEXT),
        deletionReason=_nullable(_TEXT),
        validatedAt=_nullable(_TIME),
        validatedBy=_nullable(_TEXT),
        moderation=_nullable(_OBJECT),
        createdAt=_TIME,
        data=ref("Asset"),
    ),
    "Bag": _list("UserEmote"),
    "Message": _object("message", status=_TEXT, message=_TEXT, data=_OBJECT),
    "Token": _object("uuid expire url", uuid=_UUID, expire=_TIME, url=_TEXT),
    "TokenState": _object("expireIn retake expire", expireIn=_INT, retake=_BOOL, expire=_TIME),
    "Process": {"type": "object", "required": _PROCESS_REQUIRED.split(), "properties": _PROCESS},
    "ProcessCreated": {
        "type": "object",
        "required": _PROCESS_REQUIRED.split(),
        "properties": _PROCESS | {"createdAt": {**_INT, "description": "Milliseconds; every later answer has a date."}},
    },
    "Processes": _list("Process"),
    "Plans": _list(
        _object(
            "name createdAt",
            name=_TEXT,
            mugeLimit=_nullable(_INT),
            totalUsersLimit=_nullable(_INT),
            callsLimit=_nullable(_INT),
            createdAt=_TIME,
        )
    ),
    "VideoInfo": {"type": "object", "properties": {"title": _TEXT, "ext": _TEXT, "filesize": _nullable(_INT)}},
    "Error": _object(
        "message",
        errorCode={**_TEXT, "description": "Stable word for programs; new ones may come, then the status counts."},
        message=_TEXT,
        data=_OBJECT,
        details={"description": "Of a malformed request: one text, or a list of texts."},
    ),
    "FailedEmotes": _object("status data", status=_TEXT, data=_OBJECT),
}

INTRODUCTION = """
Kinetix Local serves the Kinetix SDK API on this machine. The routes are those of the API's version 1.4.45, described here in
our own words; this is no publication of Kinetix.

## Keys and tokens
* `x-api-key` is the game's key. It belongs to one virtual world and may read, write or both. Make one with
  `kinetix local key create`; its value is shown once.
* `x-api-token` is a generation token: it authorises one `POST /v1/process` for one user, lives five minutes, and is used up
  by the call that presents it. A call that is refused as malformed (400) leaves it valid.

## Order of checks
A malformed request is refused (400) before keys are looked at, then come key or token (401, 403), the key's flag (403), the rate
limit (429), the plan (403), the user's daily limit (429), and what the route itself checks.

## Codes
| status | errorCode | meaning |
| --- | --- | --- |
| 200, 201, 208 | | success; 208 is a bag from the cache |
| 304 | | you have this very answer (If-None-Match) |
| 400 | badRequest | the request does not fit the route; `details` says where |
| 401 | missingApiKey, missingToken | the header is absent |
| 403 | unknownApiKey, expiredApiKey, deletedApiKey, deletedVW, forbidden, wrongToken | the key or token does not open this |
| 403 | planLimitReached, noUGC, emoteNotAvailable, emoteNotAllowed | the world's plan or settings forbid it |
| 404 | notFound, videoNotFound | it is not here. Unknown paths and methods answer 404 with a page |
| 406 | videoMature | the online video is not for everyone |
| 409 | alreadyExists | the user exists |
| 413 | videoTooLong | too large or too long |
| 415 | | a charset or encoding that is not understood |
| 422 | unsupportedURL, badURL, timeOut | the online video cannot be fetched |
| 425 | | not available yet: the process still works |
| 428 | | the alias rotates, but nobody said how |
| 429 | rateLimiting, tooManyUserProcesses | too much of it; 600,000 requests per world and route group in five minutes by default |
| 429 | tooManyWaiting | as many clips wait as the world's configuration allows |
| 500 | | a fault of the server |

## Webhooks
`PUT /v1/virtual-world/config` with `webhookUri` registers one address per world. Each change of a process is sent to it once:
`baking`, `processing`, `done`, `validated`, `rejected`, `error`, as
`{"uuid": process, "user": the game's id, "status": …, "emote": uuid, "name": …}`. The header `x-signature` is the lower-case hex
HMAC-SHA256 of the raw body with the API key that requested the token. Any 2xx accepts; otherwise it is sent again after 1 s, 5 s,
30 s, 2 min, 10 min and 20 min. Deliveries may repeat or overtake each other: read the process again before acting.

## Files
The `url` of a file is served with `Range`, `ETag` and a proper type, and needs no key.
"""
