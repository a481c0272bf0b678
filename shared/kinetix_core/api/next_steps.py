"""Title and next step for each error code and status of the API. Texts only."""

from __future__ import annotations

TITLES: dict[int, str] = {
    400: "The API did not understand the request.",
    401: "The API requires a key or a token.",
    403: "The API denied access.",
    404: "The API did not find this.",
    406: "The API does not accept this video.",
    408: "The API waited too long for the request.",
    409: "This exists already.",
    413: "This is too large or too long.",
    415: "This kind of file is not accepted.",
    422: "This address cannot be used.",
    425: "This is not ready yet.",
    428: "A setting is missing.",
    429: "Too many requests.",
    500: "The API reported an internal error.",
    502: "The gateway received an invalid answer from the API.",
    503: "The API is not available at the moment.",
    504: "The gateway received no answer from the API in time.",
}

BY_CODE: dict[str, str] = {
    "badRequest": "Correct the value named in the detail and send it again.",
    "missingApiKey": "Set the key of your virtual world.",
    "missingToken": "Request a new upload link; each upload needs its own token.",
    "unknownApiKey": "Compare the key with the one in the developer portal and check that it belongs to this server.",
    "expiredApiKey": "Create a new key in the developer portal and enter it here; this one has expired.",
    "deletedApiKey": "Create a new key in the developer portal and enter it here; this one was deleted.",
    "wrongApiKey": "Use a key with read and write access, which you set in the developer portal.",
    "deletedVW": "Use the key of another virtual world, because this one was deleted.",
    "forbidden": "Check that the resource belongs to this virtual world and that the key has read and write access.",
    "wrongToken": "Request a new upload link; this one was used or has expired.",
    "planLimitReached": "Change your Kinetix plan in the developer portal, or wait for its next period.",
    "noUGC": "Turn on user-generated emotes for this virtual world in the developer portal.",
    "emoteNotAvailable": "Choose another emote; this one is not offered to games.",
    "emoteNotAllowed": "Add the emote to the virtual world's list first.",
    "notFound": "Check the id; it may have been removed or belong to another virtual world.",
    "videoNotFound": "Open the video's address in a browser; it may be private or removed.",
    "videoMature": "Choose a video that is not restricted to adults.",
    "alreadyExists": "Use the existing one.",
    "videoTooLong": "Choose a shorter video, or cut it before sending.",
    "unsupportedURL": "Download the video yourself and upload the file.",
    "badURL": "Copy the video's address again.",
    "timeOut": "Try again, or upload the file: the video's host was too slow.",
    "tooManyUserProcesses": "Try again tomorrow, or raise the virtual world's daily limit for players.",
    "tooManyWaiting": "Try again when some clips are done, or raise the virtual world's limit.",
    "rateLimiting": "Wait a few minutes, then try again.",
}

COMMANDS: dict[str, str] = {
    BY_CODE[code]: "kinetix profile key" for code in ("missingApiKey", "expiredApiKey", "deletedApiKey")
}
"""The command that does what a sentence says, where there is one."""

BY_STATUS: dict[int, str] = {
    400: BY_CODE["badRequest"],
    401: BY_CODE["missingApiKey"],
    403: BY_CODE["forbidden"],
    404: BY_CODE["notFound"],
    406: "Choose another video.",
    408: "Check the connection, then try again.",
    409: BY_CODE["alreadyExists"],
    413: "Send a shorter or smaller clip.",
    415: "Save the clip as MP4 or WebM, then send it.",
    422: BY_CODE["unsupportedURL"],
    425: "Wait until the process is done, then try again.",
    428: "Set an interval and a start date for this alias in the developer portal.",
    429: BY_CODE["rateLimiting"],
    500: "Try again in a minute; otherwise report the time and the path to the server's operator.",
    502: "Try again in a minute; check the proxy if you use one.",
    503: "Try again in a few minutes.",
    504: "Try again in a few minutes; check the proxy if you use one.",
}
