"""The known world that the rows are written against, as a document for the service's own import.

Names below are what rows use. Users and processes that a row changes come from pools, so that no row meets another's traces.
"""

from __future__ import annotations

import base64
import datetime
from typing import Any


def uuid(kind: int, number: int = 0) -> str:
    return f"{kind:08x}-0000-4000-8000-{number:012x}"


def key(number: int) -> str:
    return f"{number:032x}"


NOBODY = uuid(0xFFFF)  # nothing has this id
NO_KEY = "f" * 32

# Keys by what they may do. The first key of the main world only reads: a check of flags must look at the key presented.
KEYS = {
    "reader": key(0xA1), "main": key(0xA2), "writer": key(0xA3), "expired": key(0xA4), "deleted": key(0xA5),
    "valid": key(0xB1), "valid_true": key(0xB2), "listed": key(0xB3), "no_ugc": key(0xB4), "daily": key(0xB5),
    "no_calls": key(0xB6), "no_uge": key(0xB7), "no_users": key(0xB8), "gone": key(0xB9), "other": key(0xBA),
    "config": key(0x1000), "listed_more": key(0xBB), "gta": key(0xBC), "few_calls": key(0xBD), "valid_object": key(0xBE),
    "zero": key(0xBF), "shown": key(0xC0),
}  # fmt: skip
WORLDS = {name: uuid(1, number) for number, name in enumerate(
    ("main", "valid", "valid_true", "listed", "no_ugc", "daily", "no_calls", "no_uge", "no_users", "gone", "other", "config", "gta",
     "listed_more", "few_calls", "valid_object", "zero", "shown")
)}  # fmt: skip

AVATAR, OTHER_AVATAR = uuid(2, 1), uuid(2, 2)
DANCE, MATURE, PLAIN, HIDDEN, FOREIGN, KEPT = (uuid(3, number) for number in range(6))
BAG = [uuid(4, number) for number in range(7)]
VIDEO, ANIMATION, FILMED = uuid(5, 1), uuid(5, 2), uuid(5, 3)
CATEGORIES = [uuid(6, number) for number in range(3)]
POOL = 40
# Worlds that one row each may configure as it likes; the first is also there under the name `config`.
CONFIGS = [key(0x1000 + number) for number in range(64)]
# A rendered take and one that never got into a bag, for the rows that decide about them.
RENDERED, UNBOUND = uuid(32, 0), uuid(32, 1)
# A process of which an import tells nothing but what it must, one with everything, and one in the world without a number of retakes.
BARE, MARKED, FLAGGED, UNLIMITED = (uuid(32, 10 + number) for number in range(4))
# One that was told to have changed the moment it was made, and one that is validated by its flag alone.
TOUCHED, WAVERING = uuid(32, 14), uuid(32, 15)
# First takes of users `failing` and `failed` with a retake that failed (of the second it was filmed once more), and one retaken twice.
FAILING, FAILED, FORKED = uuid(35, 0), uuid(36, 0), uuid(37, 0)
# Made by players of a world that lists them: one is accepted, the other is not yet.
ACCEPTED, WAITING = uuid(4, 100), uuid(4, 101)

GLB = b"glTF\x02\x00\x00\x00" + (4096).to_bytes(4, "little") + bytes(index % 251 for index in range(4084))
KINANIM = bytes(range(256)) * 60
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
GIF = b"GIF89a" + bytes(30)


def _file(name: str, extension: str, data: bytes, avatar: str | None = None) -> dict[str, Any]:
    content = base64.b64encode(data).decode()
    return {
        "name": name,
        "extension": extension,
        "data": content,
        "avatar": avatar,
        "createdAt": "2024-03-01T00:00:00.000Z",
    }


def _asset(uuid: str, name: str, *, mature: bool | None = False, **more: Any) -> dict[str, Any]:
    metadata: dict[str, Any] = {"duration": 1.6, "description": "a move"}
    if mature is not None:
        metadata["maturity"] = mature
    return {"uuid": uuid, "name": name, "metadata": metadata, "createdAt": "2024-02-01T00:00:00.000Z", **more}


_STUDIO: dict[str, Any] = {"source": "backOffice", "providers": [{"name": "KinePortal"}]}


def _assets() -> list[dict[str, Any]]:
    thumbnails = [_file("thumbnail", "png", PNG), _file("thumbnail", "gif", GIF)]
    dance = [
        *thumbnails,
        _file("animation", "glb", GLB), _file("animation", "fbx", b"Kaydara FBX Binary  \x00"),
        _file("animation-v2", "glb", GLB), _file("animation-v2", "kinanim", KINANIM), _file("gta", "ycd", b"RSC7" + bytes(40)),
        *(_file("animation", extension, GLB, AVATAR) for extension in ("glb", "fbx", "kinanim")),
        _file("thumbnail", "png", PNG + b"avatar", AVATAR), _file("userData", "json", b"{}", AVATAR),
    ]  # fmt: skip
    own: dict[str, Any] = {"source": "sdk", "world": WORLDS["main"]}
    return [
        _asset(DANCE, "dance of joy", files=dance, categories=[{"uuid": CATEGORIES[0]}], **_STUDIO),
        _asset(MATURE, "dance of night", mature=True, files=thumbnails, **_STUDIO),
        _asset(PLAIN, "plain wave", mature=None, files=thumbnails, **_STUDIO),
        _asset(HIDDEN, "not offered", source="backOffice", providers=[]),
        _asset(KEPT, "made, not offered", providers=[], **own),
        _asset(FOREIGN, "of another world", source="sdk", world=WORLDS["other"]),
        _asset(ACCEPTED, "dance of a player", source="sdk", world=WORLDS["shown"]),
        _asset(WAITING, "dance not accepted", source="sdk", world=WORLDS["shown"]),
        *(_asset(emote, f"bag {index}", mature=index % 2 == 1, files=thumbnails, **own) for index, emote in enumerate(BAG)),
        _asset(VIDEO, "a video", type="video", **own),
        _asset(FILMED, "a video with a picture", type="video", files=[_file("thumbnail", "jpg", PNG)], **own),
        _asset(ANIMATION, "an animation", type="animation", **own),
        *(
            _asset(uuid(10 + kind, number), "a take", source="sdk", world=WORLDS[world], files=thumbnails)
            for kind, world in enumerate(_TAKES)
            for number in range(POOL)
        ),
    ]  # fmt: skip


# Worlds with a pool of finished processes, each with a user of its own.
_TAKES = ("valid", "valid_true", "main")


def _take(kind: int, world: str, number: int, step: str = "done", **more: Any) -> dict[str, Any]:
    return {
        "uuid": uuid(20 + kind, number), "world": WORLDS[world], "user": f"taker-{number}", "key": uuid(7, _KEY_NUMBER[world]),
        "name": "a take", "emote": uuid(10 + kind, number), "animation": ANIMATION, "video": VIDEO, "step": step,
        "progression": 100 if step == "done" else 40, "createdAt": "2024-05-01T10:00:00.000Z",
        "lastUpdateAt": "2024-05-01T10:05:00.000Z",
        "mlStartedAt": "2024-05-01T10:01:00.000Z", "mlEndedAt": "2024-05-01T10:04:00.000Z", "endedAt": "2024-05-01T10:05:00.000Z",
        **more,
    }  # fmt: skip


_KEY_NUMBER = {name: number for number, name in enumerate(KEYS)}
STATES: dict[str, dict[str, Any]] = {
    "done": {"step": "done"}, "render_done": {"step": "render_done"}, "validated": {"step": "validated", "validated": True},
    "rejected": {"step": "rejected", "rejected": True}, "transcode_failed": {"step": "transcode_failed"},
    "many": {"step": "ml_failed", "mlReturnCode": 5}, "nobody": {"step": "ml_failed", "mlReturnCode": 6},
    "small": {"step": "ml_failed", "mlReturnCode": 7}, "unknown": {"step": "ml_failed", "mlReturnCode": -1},
    "association_failed": {"step": "association_failed"},
}  # fmt: skip


def state(name: str) -> str:
    """The process of user `states` in a state."""
    return uuid(30, list(STATES).index(name))


def _processes() -> list[dict[str, Any]]:
    takes = [_take(kind, world, number) for kind, world in enumerate(_TAKES) for number in range(POOL)]
    day = 1
    for number, (name, more) in enumerate(STATES.items()):
        values: dict[str, Any] = {
            "user": "states",
            "uuid": uuid(30, number),
            "name": name,
            "emote": uuid(13, number),
            "createdAt": f"2024-05-{day + number:02}T10:00:00.000Z",
        }
        takes.append(_take(0, "valid", number, **{**values, **more}))
    # A chain of two takes: the first was given up.
    chain: dict[str, Any] = {"user": "chain", "emote": uuid(13, 20), "createdAt": "2024-06-01T10:00:00.000Z"}
    takes.append(_take(0, "valid", 0, **{**chain, "uuid": uuid(31, 0), "step": "rejected", "rejected": True}))
    takes.append(
        _take(
            0,
            "valid",
            1,
            **{**chain, "uuid": uuid(31, 1), "parent": uuid(31, 0), "createdAt": "2024-06-02T10:00:00.000Z"},
        )
    )
    for number, step, process in ((2, "render_done", RENDERED), (3, "association_failed", UNBOUND)):
        takes.append(_take(0, "valid", number, uuid=process, emote=uuid(13, 21 + number), user="chain", step=step))
    return takes + _told() + _today() + _halfway() + _retaken()


def _told() -> list[dict[str, Any]]:
    """Processes of which more, or less, is told than of the others."""
    bare = {
        "world": WORLDS["valid"], "key": uuid(7, _KEY_NUMBER["valid"]), "name": "a take", "animation": ANIMATION, "video": VIDEO,
        "createdAt": "2024-05-01T10:00:00.000Z",
    }  # fmt: skip
    return [
        {**bare, "uuid": BARE, "user": "bare", "emote": uuid(13, 40)},
        {**bare, "uuid": MARKED, "user": "marked", "emote": uuid(13, 41), "video": FILMED, "fastML": True, "postMLError": False},
        {**bare, "uuid": FLAGGED, "user": "flagged", "emote": uuid(13, 42), "validated": True},
        {**bare, "uuid": TOUCHED, "user": "bare", "emote": uuid(13, 44), "lastUpdateAt": bare["createdAt"]},
        {**bare, "uuid": WAVERING, "user": "wavering", "emote": uuid(13, 45), "validated": True},
        {**bare, "uuid": UNLIMITED, "user": "player", "emote": uuid(13, 43), "world": WORLDS["valid_object"],
         "key": uuid(7, _KEY_NUMBER["valid_object"])},
    ]  # fmt: skip


def _halfway() -> list[dict[str, Any]]:
    """User `halfway`: given up in the middle, so that nothing works on them; a step that nobody knows; a decision without its flag."""
    states: dict[str, dict[str, Any]] = {
        **{step: {"step": step, "rejected": True} for step in ("ml_running", "ml_done", "rendering")},
        "baking": {"step": "baking"},
        "decided": {"step": "validated"},
    }
    return [
        _take(0, "valid", number, **{
            "uuid": uuid(38, number), "user": "halfway", "emote": uuid(13, 50 + number), "name": name,
            "createdAt": f"2024-07-{number + 1:02}T10:00:00.000Z", **more,
        })
        for number, (name, more) in enumerate(states.items())
    ]  # fmt: skip


def _retaken() -> list[dict[str, Any]]:
    gone: dict[str, Any] = {"step": "rejected", "rejected": True}
    failed = {"step": "ml_failed", "mlReturnCode": 6}
    lines = {
        FAILING: ("failing", [gone, failed]),
        FAILED: ("failed", [gone, gone | {"mlReturnCode": 6}, {}]),
        FORKED: ("forked", [gone, {}, {}]),
    }
    found = []
    for line, (first, (user, steps)) in enumerate(lines.items()):
        for number, more in enumerate(steps):
            at = first[:-12] + f"{number:012x}"
            before = first if user == "forked" else first[:-12] + f"{number - 1:012x}"
            parent = {"parent": before} if number else {}
            told = {"uuid": at, "user": user, "emote": uuid(13, 60 + 10 * line + number), **parent}
            found.append(
                _take(0, "valid", number, **{**told, "createdAt": f"2024-08-{number + 1:02}T10:00:00.000Z"}, **more)
            )
    return found


def _today() -> list[dict[str, Any]]:
    """The last hours of the world with a limit of one a day: one user has nothing that counts, the other one that does."""
    now = datetime.datetime.now(datetime.UTC)
    recent, long_ago = ((now - datetime.timedelta(hours=hours)).isoformat() for hours in (1, 25))
    common = {
        "world": WORLDS["daily"], "key": uuid(7, _KEY_NUMBER["daily"]), "name": "a take", "animation": ANIMATION, "video": VIDEO,
        "createdAt": recent,
    }  # fmt: skip
    excused: list[dict[str, Any]] = [
        {"step": "render_failed"}, {"step": "association_failed"}, {"step": "ml_failed", "mlReturnCode": -1},
        {"postMLError": True}, {"parent": uuid(33, 0)}, {"createdAt": long_ago},
    ]  # fmt: skip
    forgiven = [
        {**common, "uuid": uuid(33, number), "emote": uuid(14, number), "user": "forgiven", **more}
        for number, more in enumerate(excused)
    ]
    return [*forgiven, {**common, "uuid": uuid(34, 0), "emote": uuid(14, 20), "user": "spent"}]


def _bag() -> list[dict[str, Any]]:
    return [
        {"emote": emote, "isUGE": True, "createdAt": f"2024-01-{index + 1:02}T12:00:00.000Z"}
        for index, emote in enumerate(BAG)
    ]


def _users(*names: str) -> list[dict[str, Any]]:
    return [{"id": name, "createdAt": "2024-01-01T00:00:00.000Z"} for name in names]


def _key(name: str, **more: Any) -> dict[str, Any]:
    return {"uuid": uuid(7, _KEY_NUMBER[name]), "name": name, "value": KEYS[name], **more}


def _world(name: str, keys: list[dict[str, Any]] | None = None, **more: Any) -> dict[str, Any]:
    configuration = {"allowUGC": True, "allowPremium": True, **more.pop("configuration", {})}
    users = _users("player", *more.pop("players", ()))
    return {
        "name": f"World {name}"[:25], "uuid": WORLDS[name], "configuration": configuration, "keys": keys or [_key(name)],
        "users": users + more.pop("users", []), "createdAt": "2024-01-01T00:00:00.000Z", **more,
    }  # fmt: skip


def _used(name: str, plan: str, **counts: int) -> list[dict[str, Any]]:
    """All that the plan allows, in a month long past: these plans count over all time."""
    return [{"key": uuid(7, _KEY_NUMBER[name]), "plan": plan, "periodStart": "2024-01-01T00:00:00.000Z", **counts}]


def _config_world(number: int) -> dict[str, Any]:
    keys = [{"uuid": uuid(8, number), "name": "config", "value": CONFIGS[number]}]
    return _world("config", keys) | {"uuid": WORLDS["config"] if not number else uuid(9, number)}


def _keepers() -> list[dict[str, Any]]:
    """They have an emote that is not offered to games any more."""
    return [
        {"id": f"keeper-{number}", "bag": [{"emote": KEPT}], "createdAt": "2024-01-01T00:00:00.000Z"}
        for number in range(2)
    ]


def _takers() -> list[dict[str, Any]]:
    return _users(*(f"taker-{number}" for number in range(POOL)))


def document() -> dict[str, Any]:
    main = [
        _key("reader", canWrite=False), _key("main"), _key("writer", canRead=False),
        _key("expired", expire="2024-01-02T00:00:00.000Z"), _key("deleted", isDeleted=True),
    ]  # fmt: skip
    bags = [{"id": f"bag-{number}", "createdAt": "2024-01-01T00:00:00.000Z", "bag": _bag()} for number in range(POOL)]
    aliases = [
        {"name": "Daily", "emotes": [DANCE]},
        {"name": "Rota", "emotes": [PLAIN, MATURE, DANCE], "startDate": "2024-01-01T00:00:00.000Z", "interval": 10**14},
        {"name": "Stuck", "emotes": [PLAIN, MATURE]},
        {"name": "Empty", "emotes": []},
    ]
    return {
        "format": "kinetix-local",
        "version": 1,
        "plans": [
            {"name": "No calls", "callsLimit": 1}, {"name": "No emotes", "mugeLimit": 1}, {"name": "No users", "totalUsersLimit": 1},
            {"name": "Three calls", "callsLimit": 3}, {"name": "Zero", "callsLimit": 0},
        ],
        "categories": [
            {"uuid": CATEGORIES[0], "name": "Dances"}, {"uuid": CATEGORIES[1], "name": "Greetings"},
            {"uuid": CATEGORIES[2], "name": "Waltz", "parent": CATEGORIES[0]},
        ],
        "assets": _assets(),
        "worlds": [
            _world("main", main, configuration={"website": None}, users=[*bags, *_takers(), *_keepers()], aliases=aliases,
                   players=("empty",)),
            _world("valid", configuration={"ugcValidation": {"maxRetry": 1}}, users=_takers(),
                   players=("states", "chain", "bare", "marked", "flagged", "wavering", "halfway", "failing", "failed", "forked")),
            _world("valid_true", configuration={"ugcValidation": True}, users=_takers()),
            _world("listed", whiteList=True, emotes=[{"uuid": DANCE}, {"uuid": MATURE}]),
            _world("no_ugc", configuration={"allowUGC": False}),
            _world("daily", configuration={"maxEmotes": 1},
                   players=("forgiven", "spent", *(f"daily-{number}" for number in range(POOL)))),
            _world("no_calls", plan="No calls", usage=_used("no_calls", "No calls", calls=1)),
            _world("no_uge", plan="No emotes", usage=_used("no_uge", "No emotes", uge=1)),
            _world("no_users", plan="No users", usage=_used("no_users", "No users", users=1)),
            _world("zero", plan="Zero"),
            _world("shown", configuration={"listPlayerEmotes": True}, emotes=[{"uuid": ACCEPTED}]),
            _world("few_calls", plan="Three calls", usage=_used("few_calls", "Three calls", calls=1)),
            _world("valid_object", configuration={"ugcValidation": {}}),
            _world("listed_more", whiteList=True, emotes=[{"uuid": DANCE}]),
            _world("gone", isDeleted=True), _world("other"), *map(_config_world, range(len(CONFIGS))),
            _world("gta", configuration={"enableGTAV": True, "defaultAvatarUuid": AVATAR}),
        ],
        "processes": _processes(),
    }  # fmt: skip
